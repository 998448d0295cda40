# SPDX-License-Identifier: LGPL-2.1-or-later
"""What of one camera waits to be sent: lines on disk, in order, bounded.

A folder with segments, 00000001.ndjson and so on, each at most SEGMENT bytes,
and state.json: the first line that is not confirmed yet (segment and offset)
and how many lines were lost. A line goes to the disk's cache at once; a crash
of this process loses none, one of the machine may lose the last seconds.

One thread adds, one takes. When the segments together are larger than the
bound, the oldest goes, sent or not."""

import json
import os
import threading

MIN_SEGMENT, SEGMENTS = 4096, 16
MOST_BYTES = 1 << 16            # of a batch; a line has far fewer


def write_whole(path, text):
    with open(path + ".new", "w") as file:
        file.write(text)
    os.rename(path + ".new", path)


class Store:
    def __init__(self, folder, bound):
        self.folder = folder
        self.bound = bound
        self.segment_size = max(MIN_SEGMENT, bound // SEGMENTS)
        self.lock = threading.Lock()
        self.changed = threading.Condition(self.lock)
        self.closed = False
        os.makedirs(folder, exist_ok=True)
        self.segments = sorted(
            int(name[:-len(".ndjson")]) for name in os.listdir(folder)
            if name.endswith(".ndjson"))
        self.state = {"segment": 0, "offset": 0, "lost": 0, "sequence": 0}
        try:
            with open(self.state_path()) as file:
                self.state.update(json.load(file))
        except FileNotFoundError:
            pass
        self.sequence = max(self.state["sequence"], self.last_sequence())
        # What another run began is not written to: its last line may be cut.
        self.last = max([self.state["segment"], *self.segments], default=0) + 1
        self.file = None
        self.sizes = {n: os.path.getsize(self.path(n)) for n in self.segments}

    def path(self, segment):
        return os.path.join(self.folder, f"{segment:08d}.ndjson")

    def state_path(self):
        return os.path.join(self.folder, "state.json")

    def lines(self, segment, offset, most=-1):
        """Whole lines from offset on, of at most so many bytes."""
        try:
            with open(self.path(segment), "rb") as file:
                file.seek(offset)
                data = file.read(most)
        except FileNotFoundError:
            return []
        return data[:data.rfind(b"\n") + 1].splitlines(keepends=True)

    def last_sequence(self):
        for segment in reversed(self.segments):
            lines = self.lines(segment, 0)
            if lines:
                return json.loads(lines[-1])["sequence"]
        return 0

    def save(self):
        write_whole(self.state_path(), json.dumps(
            {**self.state, "sequence": self.sequence}) + "\n")

    # ---- the thread that adds

    def add(self, camera, result):
        """result: the text of a JSON value. Returns its number, from 1 on."""
        with self.changed:
            self.sequence += 1
            line = (f'{{"camera":{json.dumps(camera)},"sequence":'
                    f'{self.sequence},"result":{result}}}\n').encode()
            if not self.file or (self.sizes[self.last] + len(line)
                                 > self.segment_size):
                self.begin_segment()
            self.file.write(line)
            self.sizes[self.last] += len(line)
            self.bind()
            self.changed.notify()
            return self.sequence

    def begin_segment(self):
        if self.file:
            self.file.close()
            self.last += 1
        self.file = open(self.path(self.last), "ab", buffering=0)
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
            for segment in list(self.segments):
                offset = (self.state["offset"]
                          if segment == self.state["segment"] else 0)
                lines = self.lines(segment, offset, MOST_BYTES)[:most]
                if lines:
                    return lines, (segment, offset + sum(map(len, lines)))
                if segment != self.last:
                    self.drop(segment)
            return [], None

    def waiting(self):
        return any(
            self.sizes[n] > (self.state["offset"]
                             if n == self.state["segment"] else 0)
            for n in self.segments)

    def confirm(self, place):
        segment, offset = place
        with self.lock:
            # It may have been dropped meanwhile.
            if segment in self.segments:
                self.state.update(segment=segment, offset=offset)
                if offset >= self.sizes[segment] and segment != self.last:
                    self.drop(segment)
            self.save()

    def close(self):
        """Nothing is added any more."""
        with self.changed:
            self.closed = True
            self.save()
            self.changed.notify()
