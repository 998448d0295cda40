# SPDX-License-Identifier: LGPL-2.1-or-later
"""What of one camera waits to be sent: lines on disk, in order, bounded.

A folder with segments, 00000001.ndjson and so on, each at most SEGMENT bytes,
and state.json: the first line that is not confirmed yet (segment and offset),
how many lines were lost, and the last number given to one. A line goes to the
disk's cache at once, and to the disk before it is sent: a crash of this
process loses none, one of the machine may lose the last seconds, but no number
that somebody has seen is given again. The newest segment stays, since it knows
the last number as well.

What is damaged is moved aside when the store is opened (NAME.damaged-1 and so
on), the rest of it stays. Where the disk takes no more, lines are lost, and
counted.

One thread adds, one takes. When the segments together are larger than the
bound, the oldest goes, sent or not."""

import contextlib
import errno
import json
import os
import re
import threading
import time

import files

MIN_SEGMENT, SEGMENTS = 4096, 16
MOST_BYTES = 1 << 16            # of a batch, and so of a line
MOST_OF_FOREIGN = 1 << 30       # of a segment that was made with another bound
MOST_NUMBER = 1 << 53           # that all readers of JSON can tell
MOST_SEGMENT = 10 ** 12
STATE = {"segment": 0, "offset": 0, "lost": 0, "sequence": 0}
SEGMENT_NAME = re.compile(r"([0-9]{8,15})\.ndjson")


def sequence_of(line):
    """The number of a line that is whole; ValueError: it is not."""
    try:
        value = json.loads(line.decode())
    except RecursionError:
        raise ValueError("too deep") from None
    sequence = value.get("sequence") if isinstance(value, dict) else None
    if (type(sequence) is not int or not 0 < sequence < MOST_NUMBER
            or not isinstance(value.get("camera"), str)
            or not isinstance(value.get("result"), dict)):
        raise ValueError("no result")
    return sequence


def is_whole(line):
    try:
        return sequence_of(line) > 0
    except ValueError:
        return False


def parts_of(file):
    """(start, end, number) of each line; number 0: it is damaged. A cut one
    at the end is none; one up to its last zero is one, the rest another."""
    end = 0
    while piece := file.readline(MOST_BYTES):
        first = start = end
        line, is_long = b"", False
        while piece:
            end += len(piece)
            line += piece
            zeros = line.rfind(b"\0") + 1
            if zeros:
                start = end - len(line) + zeros
                line, is_long = line[zeros:], False
            elif len(line) > MOST_BYTES:
                line, is_long = b"", True
            if piece.endswith(b"\n"):
                break
            piece = file.readline(MOST_BYTES)
        if start > first:
            yield first, start, 0
        number = 0
        if piece and not is_long:
            with contextlib.suppress(ValueError):
                number = sequence_of(line)
        if piece or is_long:
            yield start, end, number


def load_state(path):
    """ValueError or OSError: it is damaged."""
    state = files.load(path)
    if not isinstance(state, dict):
        raise ValueError("no object")
    state = {key: state.get(key, 0) for key in STATE}
    for key, value in state.items():
        most = MOST_SEGMENT if key == "segment" else MOST_NUMBER
        if type(value) is not int or not 0 <= value < most:
            raise ValueError(f"its {key}")
    return state


class Store:
    """tell (text) hears what goes wrong with the disk, and when that ends."""

    def __init__(self, folder, bound, tell=files.say):
        self.folder = folder
        self.bound = bound
        self.tell = tell
        self.trouble = None
        self.segment_size = max(MIN_SEGMENT, bound // SEGMENTS)
        self.lock = threading.Lock()
        self.changed = threading.Condition(self.lock)
        self.closed = False
        self.file = None
        self.make_folder()
        self.open_state()
        self.open_segments()
        # What another run began is not written to: its last line may be cut.
        self.last = max([self.state["segment"], *self.segments], default=0) + 1

    def path(self, segment):
        return os.path.join(self.folder, f"{segment:08d}.ndjson")

    def state_path(self):
        return os.path.join(self.folder, "state.json")

    # ---- what another run left

    def make_folder(self):
        if os.path.lexists(self.folder) and not os.path.isdir(self.folder):
            files.set_aside("fleet", self.folder, ValueError("no folder"),
                            "a new one is made")
        os.makedirs(self.folder, exist_ok=True)
        files.remove_unfinished(self.folder)

    def open_state(self):
        self.state = dict(STATE)
        self.state_was_damaged = False
        try:
            self.state = load_state(self.state_path())
        except FileNotFoundError:
            pass
        except (OSError, ValueError) as error:
            self.state_was_damaged = True
            files.set_aside("fleet", self.state_path(), error,
                            "what waits on disk is sent, maybe again")
        self.sequence = self.state["sequence"]

    def open_segments(self):
        names = map(SEGMENT_NAME.fullmatch, os.listdir(self.folder))
        found = sorted(int(name[1]) for name in names
                       if name and f"{int(name[1]):08d}" == name[1])
        self.sizes = {}
        for segment in found:
            self.open_segment(segment)
        self.segments = sorted(self.sizes)
        if self.state_was_damaged and found and self.sequence == 0:
            # Numbers were given, and nothing tells which: these are above.
            self.sequence = int(time.time())
        if self.state["offset"] > self.sizes.get(
                self.state["segment"], MOST_NUMBER):
            self.state["offset"] = 0
        if self.state_was_damaged or self.segments != found:
            self.save()

    def open_segment(self, segment):
        """Adds it with the size of its whole lines, or what is left of it."""
        path = self.path(segment)
        offset = (self.state["offset"]
                  if segment == self.state["segment"] else 0)
        good, lost = [], 0
        try:
            with files.open_file(path) as file:
                if os.fstat(file.fileno()).st_size > max(self.bound,
                                                         MOST_OF_FOREIGN):
                    raise ValueError("too large")
                for start, end, number in parts_of(file):
                    self.sequence = max(self.sequence, number)
                    if number:
                        good.append((start, end))
                    else:
                        lost += 1
                data = b""
                if lost:
                    for start, end in good:
                        file.seek(start)
                        data += file.read(end - start)
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            files.set_aside("fleet", path, error, "the rest is sent")
            self.state["lost"] += 1
            return
        if not lost:
            self.sizes[segment] = good[-1][1] if good else 0
            # One that is not at the start of a line is of no use.
            if offset and offset not in {end for _, end in good}:
                self.state["offset"] = 0
            return
        files.set_aside("fleet", path, ValueError(f"{lost} of its lines"),
                        f"{len(good)} of its lines stay")
        self.state["lost"] += lost
        if segment == self.state["segment"]:
            self.state["offset"] = sum(end - start for start, end in good
                                       if end <= offset)
        if good:
            files.write_whole(path, data)
            self.sizes[segment] = len(data)

    # ---- the disk

    def failed(self, error):
        if self.trouble is None:
            self.tell(f"{self.folder}: {files.reason(error)}; until that is "
                      "mended, results are lost")
        self.trouble = error

    def worked(self):
        if self.trouble is not None:
            self.tell(f"{self.folder}: the disk takes results again")
        self.trouble = None

    def save(self):
        text = json.dumps({**self.state, "sequence": self.sequence}) + "\n"
        try:
            files.write_whole(self.state_path(), text)
        except OSError as error:
            self.failed(error)

    def lines(self, segment, offset, most=-1):
        """Whole lines from offset on, of at most so many bytes."""
        try:
            with files.open_file(self.path(segment)) as file:
                file.seek(offset)
                data = file.read(most)
        except (OSError, ValueError):
            return []
        return [line + b"\n" for line in data.split(b"\n")[:-1]]

    def sync(self, segment):
        with contextlib.suppress(OSError, ValueError):
            with files.open_file(self.path(segment)) as file:
                os.fsync(file.fileno())

    # ---- the thread that adds

    def add(self, camera, result):
        """result: the text of a JSON object. Returns its number, from 1 on."""
        with self.changed:
            self.sequence += 1
            line = (f'{{"camera":{json.dumps(camera)},"sequence":'
                    f'{self.sequence},"result":{result}}}\n').encode()
            try:
                self.write(line)
                self.worked()
            except OSError as error:
                self.state["lost"] += 1
                self.failed(error)
            self.bind()
            self.changed.notify()
            return self.sequence

    def write(self, line):
        if len(line) > MOST_BYTES:
            raise OSError(errno.EMSGSIZE, os.strerror(errno.EMSGSIZE))
        if not self.file or (self.sizes[self.last] + len(line)
                             > self.segment_size):
            self.begin_segment()
        size = self.sizes[self.last]
        try:
            if self.file.write(line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError:
            # The next line is not to go on in the middle of this one.
            try:
                os.truncate(self.path(self.last), size)
            except OSError:
                self.end_segment()
            raise
        self.sizes[self.last] += len(line)

    def end_segment(self):
        self.file.close()
        self.file = None
        self.last += 1

    def begin_segment(self):
        if self.file:
            self.end_segment()
        self.file = open(self.path(self.last), "ab", buffering=0)
        files.sync_folder(self.folder)
        self.segments.append(self.last)
        self.sizes[self.last] = 0

    def bind(self):
        while len(self.segments) > 1 and sum(
                self.sizes.values()) > self.bound:
            oldest = self.segments[0]
            offset = (self.state["offset"]
                      if oldest == self.state["segment"] else 0)
            self.state["lost"] += len(self.lines(oldest, offset))
            self.drop(oldest)
            self.save()

    def drop(self, segment):
        with contextlib.suppress(OSError):
            os.unlink(self.path(segment))
        self.segments.remove(segment)
        del self.sizes[segment]
        if self.state["segment"] <= segment:
            self.state.update(segment=segment + 1, offset=0)

    # ---- the thread that takes

    def take(self, most, timeout):
        """The oldest lines that are not confirmed, at most so many of one
        segment, and what confirm wants for them; [] after timeout seconds or
        at the end."""
        with self.changed:
            if not self.waiting() and not self.closed:
                self.changed.wait(timeout)
            lines, place = self.oldest(most)
        if lines:
            self.sync(place[0])
        return lines, place

    def oldest(self, most):
        for segment in list(self.segments):
            offset = (self.state["offset"]
                      if segment == self.state["segment"] else 0)
            while lines := self.lines(segment, offset, MOST_BYTES)[:most]:
                offset += sum(map(len, lines))
                whole = [line for line in lines if is_whole(line)]
                if whole:
                    return whole, (segment, offset, len(lines) - len(whole))
                # Damaged since the start.
                self.state["lost"] += len(lines)
                self.state.update(segment=segment, offset=offset)
            if segment != self.segments[-1]:
                self.drop(segment)
        return [], None

    def waiting(self):
        return any(
            self.sizes[n] > (self.state["offset"]
                             if n == self.state["segment"] else 0)
            for n in self.segments)

    def confirm(self, place):
        segment, offset, lost = place
        with self.lock:
            self.state["lost"] += lost
            # It may have been dropped meanwhile.
            if segment in self.segments:
                self.state.update(segment=segment, offset=offset)
                if (offset >= self.sizes[segment]
                        and segment != self.segments[-1]):
                    self.drop(segment)
            self.save()

    def close(self):
        """Nothing is added any more."""
        with self.changed:
            self.closed = True
            self.save()
            self.changed.notify()
