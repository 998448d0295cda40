#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the scripts in Python keep on disk, damaged in every way: it is moved
aside and said, and the rest goes on.
usage: stores.py FOLDER, where their modules lie."""

import contextlib
import io
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from unittest import mock

FOLDER = sys.argv[1]
sys.path.insert(0, FOLDER)
sys.dont_write_bytecode = True
import archive  # noqa: E402
import archive_page  # noqa: E402
import archive_video  # noqa: E402
import fleet_store  # noqa: E402

RESULT = '{"label":"a\u2028b","confidence":0.5}'
DEEP = b"[" * 100000
LINE = b'{"camera":"c","sequence":%d,"result":{"label":"x"}}\n'

# Ways to damage a file that has a JSON object in it.
WRONG_VALUES = [b"", b"\0" * 300, b"[]", b"null", b"3", b'"text"', b"{",
                b"\xff\xfe\x00", b'{"a":"\xff"}', DEEP, b"NaN",
                b'{"a":' + b"9" * 5000 + b"}"]


def put(path, data):
    """data: bytes; or what shall be there instead of the file."""
    if os.path.isfile(path):
        os.unlink(path)
    if data == "folder":
        os.mkdir(path)
        with open(os.path.join(path, "inside"), "w"):
            pass
    elif data == "fifo":
        os.mkfifo(path)
    elif data == "unreadable":
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0))
    else:
        with open(path, "wb") as file:
            file.write(data)


def get(path):
    with open(path, "rb") as file:
        return file.read()


@contextlib.contextmanager
def said():
    """What the block prints, as a list of one text."""
    text, out = [], io.StringIO()
    with contextlib.redirect_stderr(out), contextlib.redirect_stdout(out):
        yield text
    text.append(out.getvalue())


def damaged(folder):
    return sorted(n for n in os.listdir(folder) if ".damaged-" in n)


# ---- the fleet's

class Stored:
    """A store with 200 lines, of which the first 50 are confirmed."""

    def __init__(self, folder):
        self.folder = os.path.join(folder, "store")
        shutil.rmtree(self.folder, ignore_errors=True)
        store = self.open()
        for _ in range(200):
            store.add("c", RESULT)
        self.drain(store, 50)
        store.close()

    def open(self, bound=100000):
        return fleet_store.Store(self.folder, bound)

    @staticmethod
    def drain(store, most=10 ** 9):
        """The numbers of what it gives, in order; and confirms it."""
        numbers = []
        while len(numbers) < most:
            lines, place = store.take(min(500, most - len(numbers)), 0)
            if not lines:
                break
            numbers += [json.loads(line)["sequence"] for line in lines]
            store.confirm(place)
        return numbers

    def state(self):
        return os.path.join(self.folder, "state.json")

    def segments(self):
        return sorted(os.path.join(self.folder, name)
                      for name in os.listdir(self.folder)
                      if re.fullmatch(r"[0-9]+\.ndjson", name))


def goes_on(stored, what, wanted, lines=1):
    """Opens it, with so many lines said, and takes all, also after one more."""
    with said() as text:
        store = stored.open()
    assert text[0].count("\n") == lines, (what, text)
    assert lines == 0 or "damaged" in text[0], (what, text)
    got = stored.drain(store)
    assert got == wanted, (what, got, wanted)
    added = store.add("c", RESULT)
    assert added == 201, (what, added)
    assert stored.drain(store) == [201], what
    assert not store.waiting(), what
    store.close()
    # Said once, and not at the next start.
    with said() as text:
        stored.open().close()
    assert not text[0], (what, text)


def check_state(folder):
    wrong = [*WRONG_VALUES, "folder", "fifo"]
    # To root, all is readable.
    wrong += ["unreadable"] if os.geteuid() else []
    for key in ("segment", "offset", "lost", "sequence"):
        for value in ("-1", "1.5", '"1"', "null", "[]", "true", "1e400",
                      "9" * 30):
            wrong.append(f'{{"{key}":{value}}}'.encode())
    for data in wrong:
        stored = Stored(folder)
        put(stored.state(), data)
        # Twice is promised, lost is not.
        goes_on(stored, data, list(range(1, 201)))
        assert damaged(stored.folder) == ["state.json.damaged-1"], data
        aside = stored.state() + ".damaged-1"
        if isinstance(data, bytes):
            assert get(aside) == data, data
    # A place that is none.
    for offset in (7, 10 ** 9):
        stored = Stored(folder)
        state = json.loads(get(stored.state()))
        put(stored.state(), json.dumps({**state, "offset": offset}).encode())
        goes_on(stored, offset, list(range(1, 201)), 0)


def check_numbers(folder):
    """None that somebody may have seen is given again."""
    stored = Stored(folder)
    store = stored.open()
    stored.drain(store)
    store.close()
    for _ in range(3):          # All is sent; the number is still known.
        store = stored.open()
        assert not stored.drain(store)
        store.close()
    put(stored.state(), b"")
    with said():
        store = stored.open()
    assert store.add("c", RESULT) == 201
    store.close()
    put(stored.state(), b"")
    for path in stored.segments():
        put(path, b"\0" * 999)
    with said():
        store = stored.open()
    assert store.add("c", RESULT) > 201
    store.close()


def check_segments(folder):
    everything = list(range(51, 201))
    stored = Stored(folder)
    whole = [get(path) for path in stored.segments()]
    count = [data.count(b"\n") for data in whole]
    ends = whole[0].find(b'"sequence":61,')
    ends = whole[0].find(b"\n", ends) + 1
    start = whole[0].find(b'"sequence":60,')
    start = whole[0].rfind(b"\n", 0, start) + 1
    without = [n for n in everything if n not in (60, 61)]
    cases = [
        # A part of the first one's lines, in several ways.
        (whole[0][:start] + bytes(ends - start) + whole[0][ends:],
         without, 1),
        (whole[0][:start - 20] + bytes(ends - start + 20) + whole[0][ends:],
         [n for n in without if n != 59], 1),
        (whole[0][:start] + bytes(ends - start + 20) + whole[0][ends + 20:],
         [n for n in without if n != 62], 1),
        (whole[0][:start] + bytes(300000) + whole[0][ends:], without, 1),
        (whole[0][:start] + b"x" * 200000 + bytes(9) + whole[0][ends:],
         without, 1),
        (whole[0][:start] + b"\xff" * 99 + b"\n" + whole[0][ends:],
         without, 1),
        (whole[0][:start] + b"{}\n[]\n\n" + whole[0][ends:], without, 1),
        (whole[0][:start] + b'{"camera":"c","sequence":0,"result":{}}\n'
         + whole[0][ends:], without, 1),
        (whole[0][:start] + b"x" * 200000 + b"\n" + whole[0][ends:],
         without, 1),
        (whole[0][:start] + DEEP[:60000] + b"\n" + whole[0][ends:],
         without, 1),
        (whole[0][:start] + whole[0][ends:], without, 0),
        # Its end: what a crash leaves, with and without zeros.
        (whole[0][:ends - 20], [n for n in everything
                                if n < 61 or n > count[0]], 0),
        (whole[0][:ends] + bytes(500), [n for n in everything
                                        if n < 62 or n > count[0]], 1),
        # All of it.
        (b"", everything[count[0] - 50:], 0),
        (bytes(4096), everything[count[0] - 50:], 1),
        ("folder", everything[count[0] - 50:], 1),
        ("fifo", everything[count[0] - 50:], 1),
    ]
    for data, wanted, lines in cases:
        stored = Stored(folder)
        path = stored.segments()[0]
        put(path, data)
        goes_on(stored, data if isinstance(data, str) else data[:40], wanted,
                lines)
        names = damaged(stored.folder)
        assert len(names) == lines, (data[:40], names)
        if lines and isinstance(data, bytes):
            assert get(os.path.join(stored.folder, names[0])) == data
    # The newest: its numbers are known from the state.
    stored = Stored(folder)
    put(stored.segments()[-1], bytes(999))
    goes_on(stored, "newest", everything[:sum(count[:-1]) - 50])
    # Names that are none of a segment.
    stored = Stored(folder)
    for name in ("x.ndjson", "1.ndjson", "\u0661" * 8 + ".ndjson",
                 "000000001.ndjson", ".ndjson", "-0000001.ndjson"):
        put(os.path.join(stored.folder, name), b"x")
    goes_on(stored, "names", everything, 0)


def check_folder(folder):
    stored = Stored(folder)
    shutil.rmtree(stored.folder)
    put(stored.folder, b"x")
    with said() as text:
        store = stored.open()
    assert "damaged" in text[0], text
    assert store.add("c", RESULT) == 1
    store.close()


def check_sent_lines(folder):
    """What is damaged while it runs is not sent, and stops nothing."""
    stored = Stored(folder)
    store = stored.open()
    first = stored.segments()[0]
    size = os.path.getsize(first)
    put(first, b"\0" * 60 + b"\n" + b"x\n" * ((size - 61) // 2))
    got = stored.drain(store)
    assert got and got[-1] == 200, got
    # One that is too long is lost, as the number tells.
    with said() as text:
        assert store.add("c", '{"label":"' + "x" * 70000 + '"}') == 201
        assert store.add("c", RESULT) == 202
    assert "are lost" in text[0], text
    assert stored.drain(store) == [202]
    store.close()


def check_full_disk(folder):
    """In a process of its own: files cannot grow beyond 20 KB, then they can
    again."""
    stored = Stored(folder)
    script = f"""
import resource, sys
sys.dont_write_bytecode = True
sys.path.insert(0, {FOLDER!r})
import fleet_store
store = fleet_store.Store({stored.folder!r}, 1000000)
resource.setrlimit(resource.RLIMIT_FSIZE, (20000, resource.RLIM_INFINITY))
for _ in range(600):
    store.add("c", {RESULT!r})
lost = store.state["lost"]
assert 200 < lost < 400, lost
resource.setrlimit(resource.RLIMIT_FSIZE,
                   (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
for _ in range(10):
    store.add("c", {RESULT!r})
assert store.state["lost"] == lost
store.close()
"""
    r = subprocess.run([sys.executable, "-c", script], capture_output=True,
                       text=True, check=False)
    assert r.returncode == 0, r
    lines = r.stdout.splitlines()
    assert len(lines) == 2 and "until that is mended" in lines[0], r
    assert "again" in lines[1], r
    store = stored.open(1000000)
    got = stored.drain(store)
    assert got[0] == 51 and got[-10:] == list(range(801, 811)), got[-12:]
    assert len(got) == 760 - store.state["lost"], (len(got), store.state)
    store.close()


def check_synced(folder):
    """Each file is on the disk before it has its name, and the name, too; a
    line is before it is sent."""
    stored = Stored(folder)
    store = stored.open()
    events = []
    rename = os.rename
    with mock.patch("os.fsync", lambda fd: events.append(
            os.readlink(f"/proc/self/fd/{fd}"))), \
        mock.patch("os.rename", lambda a, b: (events.append((a, b)),
                                              rename(a, b))):
        _, place = store.take(10, 0)
        taken = list(events)
        store.confirm(place)
    assert taken == [stored.segments()[0]], taken
    new, (source, target), top = events[1:]
    assert new == source and target == stored.state(), events
    assert top == stored.folder, events
    store.close()


# ---- the archive's

PAGE = {"source": {"size": 1, "time": 2}, "path": "/v/a.mkv", "seconds": 3.0,
        "spans": [[0, 3, "dark", 0.9]], "thumbs": [[0, "QUJD"]]}


def page_with(**changes):
    return json.dumps({**PAGE, **changes}).encode()


def videos_of(output):
    html = get(os.path.join(output, "index.html")).decode()
    data = re.search('id="data">(.*?)</script>', html, re.S)[1]
    return json.loads(data)


def check_pages(folder):
    wrong = [*WRONG_VALUES, "folder", "{}", b"{}"]
    for key, values in {
            "source": [[], None, 3], "path": [None, 3, []],
            "seconds": ["3", None, [], True],
            "spans": [None, {}, [3], [[0, 1]], [[0, 1, 2, 3]],
                      [["0", 1, "x", 1]], [[0, 1, "x", None]]],
            "thumbs": [None, 3, ["x"], [[0, 1]], [["0", "x"]]]}.items():
        wrong += [page_with(**{key: value}) for value in values]
    wrong += [page_with(seconds=float("nan")), page_with(seconds=float("inf"))]
    for data in wrong:
        output = os.path.join(folder, "archive")
        shutil.rmtree(output, ignore_errors=True)
        os.makedirs(os.path.join(output, "..x"))
        for name in ("a.mkv", "..x/b.mkv"):
            put(os.path.join(output, name + ".ndjson"), b"{}\n")
            put(os.path.join(output, name + ".page.json"), page_with())
        path = os.path.join(output, "a.mkv.page.json")
        if isinstance(data, bytes):
            put(path, data)
        else:
            put(path, "folder")
        with said() as text:
            archive_page.make(output)
        names = [video["name"] for video in videos_of(output)]
        assert names == ["..x/b.mkv"], (data, names)
        if isinstance(data, bytes):
            assert text[0].count("\n") == 1 and "damaged" in text[0], data
            assert get(path + ".damaged-1") == data, data
        # The video is looked at again.
        with said():
            assert not archive_video.is_done("/none", "a.mkv", output), data


def check_texts(folder):
    """What cannot be a text is none on the page, and nothing ends its data."""
    output = os.path.join(folder, "archive")
    shutil.rmtree(output, ignore_errors=True)
    os.makedirs(output)
    name = os.fsdecode(b"\xff <i>&'\"%41.mkv")
    put(os.path.join(output, name + ".ndjson"), b"{}\n")
    put(os.path.join(output, name + ".page.json"), page_with(
        path=os.path.join(output, name),
        spans=[[0, 3, "</script><!--\ud800\u2028", 1]]))
    archive_page.make(output)
    (video,) = videos_of(output)
    assert video["name"] == "\ufffd <i>&'\"%41.mkv", video
    assert video["url"] == "%FF%20%3Ci%3E%26%27%22%2541.mkv", video
    assert video["spans"][0][2] == "</script><!--?\u2028", video
    # A folder in the page's place.
    os.unlink(os.path.join(output, "index.html"))
    put(os.path.join(output, "index.html"), "folder")
    with said() as text:
        archive_page.make(output)
    assert "damaged" in text[0] and len(videos_of(output)) == 1


def check_done(folder):
    output = os.path.join(folder, "archive")
    video = os.path.join(folder, "v.mkv")
    put(video, b"video")
    lines = os.path.join(output, "v.mkv.ndjson")
    for data, done in ((b"{}\n", True), (b"", False), (bytes(3), False),
                       (b"{}", False), (b"{}\n{}\n", False),
                       ("folder", False), ("fifo", False)):
        shutil.rmtree(output, ignore_errors=True)
        os.makedirs(output)
        put(os.path.join(output, "v.mkv.page.json"), page_with(
            source=archive_video.source_of(video), bytes=3))
        put(lines, data)
        with said() as text:
            found = archive_video.is_done(video, "v.mkv", output)
        assert found == done, data
        assert (text[0] == "") == (done or data == "folder"), (data, text)


def check_settings(folder):
    right = {"every": 1.0, "threshold": 0.1, "thumbs": 12, "model": "abc"}
    path = os.path.join(folder, "archive.json")
    put(path, json.dumps(right).encode())
    assert archive.load_settings(path) == right
    wrong = [*WRONG_VALUES, b"{}", "folder", "fifo"]
    wrong += [json.dumps({**right, key: value}).encode()
              for key in (*right, "labels") for value in (None, [], {}, True)]
    for data in wrong:
        put(path, data)
        with said() as text:
            assert archive.load_settings(path) is None, data
        assert text[0].count("\n") == 1 and "damaged" in text[0], data
        assert not os.path.lexists(path), data
    # Any number of them takes so much room.
    assert len(damaged(folder)) == 9, damaged(folder)


def check_no_disk(folder):
    """Where nothing can be written, a line says so."""
    video = os.path.join(folder, "v.mkv")
    put(video, b"x")
    file = os.path.join(folder, "file")
    put(file, b"x")
    for place in ("/proc/none", file + "/none", file):
        for script, *arguments in (
                ("fleet.py", "--broker", "127.0.0.1:1", "--folder", place,
                 "a=pattern=smpte"),
                ("archive.py", "--model", video, "--output", place, video),
                ("archive.py", "--page", "--output", place)):
            r = subprocess.run(
                [sys.executable, "-B", os.path.join(FOLDER, script),
                 *arguments], capture_output=True, text=True, check=False)
            assert r.returncode == 1, (place, r)
            assert r.stderr.count("\n") == 1 and not r.stdout, (place, r)
            assert r.stderr.startswith(script[:-3] + ": "), (place, r)


def main():
    # What is synced is looked at where that is tested; the disk's own time is
    # saved.
    os.fsync = lambda fd: None
    for check in (check_state, check_numbers, check_segments, check_folder,
                  check_sent_lines, check_full_disk, check_synced, check_pages,
                  check_texts, check_done, check_settings, check_no_disk):
        # In memory, where there is such a folder.
        with tempfile.TemporaryDirectory(
                dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        ) as folder:
            check(folder)
        print("ok", check.__name__, flush=True)


main()
