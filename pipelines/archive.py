# SPDX-License-Identifier: LGPL-2.1-or-later
"""The driver of pipelines/archive: which videos, how many at a time, how far
it is, and what is done already.

A video is done when its NDJSON is there, which is renamed into its place as
the last thing; next to it lies a file for the page (see archive_video.py).
Nothing else is shared between runs, so that several may work on one output
folder at a time, on one machine or on many."""

import argparse
import concurrent.futures
import fcntl
import hashlib
import json
import os
import shutil
import socket
import sys
import tempfile
import threading
import time

import archive_page
import archive_video
import cpus
import files

SUFFIXES = {".3gp", ".avi", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4",
            ".mpeg", ".mpg", ".mts", ".ogv", ".ts", ".webm", ".wmv"}
SETTINGS = "archive.json"


def say(text):
    files.say(text, sys.stderr)


def die(text):
    say("archive: " + text)
    sys.exit(1)


def part(text):
    k, _, n = text.partition("/")
    if not (k.isdigit() and n.isdigit() and 1 <= int(k) <= int(n)):
        raise argparse.ArgumentTypeError(f"{text}: K/N expected, 1/8 to 8/8")
    return int(k), int(n)


def positive(text):
    value = float(text)
    if not 0.01 <= value <= 86400:
        raise argparse.ArgumentTypeError("0.01 to 86400 expected")
    return value


def parse():
    cores = cpus.count()
    parser = files.Parser(prog="archive", add_help=False)
    parser.add_argument("inputs", nargs="*", type=os.path.abspath)
    parser.add_argument("--output", default="archive")
    parser.add_argument("--every", type=positive, default=1.0)
    parser.add_argument("--jobs", type=int, default=cores)
    parser.add_argument("--model", type=os.path.abspath)
    parser.add_argument("--labels", type=os.path.abspath)
    parser.add_argument("--threshold", type=float, default=0.1)
    parser.add_argument("--root", type=os.path.abspath)
    parser.add_argument("--part", type=part, default=(1, 1))
    parser.add_argument("--thumbs", type=int, default=12)
    parser.add_argument("--no-page", action="store_true")
    parser.add_argument("--page", action="store_true")
    options = parser.parse_args()
    options.output = os.path.abspath(options.output)
    options.jobs = max(1, options.jobs)
    if not options.inputs and not options.page:
        parser.error("which videos?")
    return options


def is_outside(name):
    """It is relative, and leads up: a folder "..x" does not."""
    return name == os.pardir or name.startswith(os.pardir + os.sep)


def say_unread(error):
    say(f"archive: {error.filename}: {files.reason(error)}; "
        "what is in it is left out")


def find_videos(options):
    """(path, name relative to the root), sorted by name; no name twice."""
    found = {}
    for given in options.inputs:
        paths = [given]
        root = options.root or os.path.dirname(given)
        if os.path.isdir(given):
            root = options.root or given
            paths = [os.path.join(folder, name)
                     for folder, _, names in os.walk(given, onerror=say_unread)
                     for name in names
                     if os.path.splitext(name)[1].lower() in SUFFIXES
                     and not name.startswith(".")]
        elif not os.path.isfile(given):
            die(f"{given}: no such video or folder")
        for path in paths:
            name = os.path.relpath(path, root)
            if is_outside(name):
                die(f"{path} is not below {root} (--root)")
            if found.setdefault(name, path) != path:
                die(f"{path} and {found[name]} have one name; --root with "
                    "a folder above both tells them apart")
    k, n = options.part
    return [(found[name], name) for name in sorted(found)][k - 1::n]


def settings_of(options):
    """What results depend on: it holds for all of the output folder."""
    model = options.model or os.path.join(
        os.environ.get("MOBILENET_MODELS_DIR", ""), "camera_health.tflite")
    digests = {}
    for what, path in (("model", model), ("labels", options.labels)):
        if path:
            try:
                with open(path, "rb") as file:
                    digests[what] = hashlib.sha256(file.read()).hexdigest()
            except OSError as error:
                die(f"{path}: {error.strerror}")
    return {"every": options.every, "threshold": options.threshold,
            "thumbs": options.thumbs, **digests}


def are_settings(value):
    return (isinstance(value, dict)
            and all(files.is_number(value.get(what))
                    for what in ("every", "threshold", "thumbs"))
            and isinstance(value.get("model"), str)
            and isinstance(value.get("labels", ""), str))


def load_settings(path):
    """None: there are none yet, or none any more."""
    try:
        there = files.load(path)
        if not are_settings(there):
            raise ValueError("no settings")
        return there
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        files.set_aside("archive", path, error, "what is there already counts "
                        "as made with the settings given now")
        return None


def check_settings(options):
    path = os.path.join(options.output, SETTINGS)
    wanted = settings_of(options)
    os.makedirs(options.output, exist_ok=True)
    there = load_settings(path)
    if there is None:
        files.write_whole(path, json.dumps(wanted, indent=1) + "\n")
        there = wanted
    for what in sorted(wanted.keys() | there.keys()):
        if wanted.get(what) != there.get(what):
            die(f"{options.output} was made with another {what}; take "
                "another --output, or remove it")


def size_of(path):
    """0 where it went away: its turn comes, and says so."""
    try:
        return os.path.getsize(path)
    except OSError:
        return 0


class Progress:
    """A bar where there is a terminal, else a line a video; on stderr."""

    def __init__(self, videos):
        self.sizes = {name: size_of(path) for path, name in videos}
        self.parts = dict.fromkeys(self.sizes, 0.0)
        self.n_done = self.n_kept = 0
        self.start = time.monotonic()
        self.at_start = 0
        self.lock = threading.Lock()
        self.is_bar = sys.stderr.isatty()
        self.drawn = 0.0

    def bytes_done(self):
        return sum(self.sizes[n] * p for n, p in self.parts.items())

    def keep(self, name):
        self.parts[name] = 1.0
        self.n_kept += 1
        self.n_done += 1
        self.at_start += self.sizes[name]

    def move(self, name, fraction):
        with self.lock:
            self.parts[name] = fraction
            if self.is_bar and time.monotonic() - self.drawn > 0.2:
                self.draw()

    def finish(self, name, error):
        with self.lock:
            self.parts[name] = 1.0
            self.n_done += 1
            if self.is_bar:
                print("\r\033[K", end="", file=sys.stderr)
            if error or not self.is_bar:
                say(f"[{self.n_done}/{len(self.parts)}] {name}"
                    + (f": {error}" if error else ""))
            if self.is_bar:
                self.draw()

    def draw(self):
        self.drawn = time.monotonic()
        total = sum(self.sizes.values()) or 1
        done = self.bytes_done()
        spent = self.drawn - self.start
        rate = (done - self.at_start) / spent if spent > 1 else 0
        left = f"{(total - done) / rate / 60:4.0f} min left" if rate else ""
        width = max(10, shutil.get_terminal_size().columns - 45)
        filled = int(width * done / total)
        print(f"\r[{'#' * filled}{'.' * (width - filled)}] "
              f"{100 * done / total:3.0f} %  {self.n_done}/{len(self.parts)} "
              f"videos {left}\033[K", end="", file=sys.stderr, flush=True)

    def end(self):
        if self.is_bar:
            print("\r\033[K", end="", file=sys.stderr)


class Work:
    """A folder for what is unfinished, of this process alone, for as long as
    its lock is held. What killed ones left here is removed."""

    def __init__(self, output):
        self.top = os.path.join(output, ".work")
        self.host = socket.gethostname().replace("/", "-")
        if os.path.exists(self.top) and not os.path.isdir(self.top):
            files.set_aside("archive", self.top, ValueError("no folder"),
                            "a new one is made")
        os.makedirs(self.top, exist_ok=True)
        for name in os.listdir(self.top):
            if name.startswith(self.host + "-") and name.endswith(".lock"):
                self.remove_if_left(name[:-len(".lock")])
        handle, path = tempfile.mkstemp(".lock", self.host + "-", self.top)
        self.lock = os.fdopen(handle)
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        self.folder = path[:-len(".lock")]
        os.mkdir(self.folder)

    def remove_if_left(self, name):
        path = os.path.join(self.top, name)
        try:
            with open(path + ".lock") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self.remove(path)
        except OSError:
            pass  # Somebody is at work there, or has just removed it.

    @staticmethod
    def remove(path):
        shutil.rmtree(path, ignore_errors=True)
        os.unlink(path + ".lock")

    def end(self):
        self.remove(self.folder)
        self.lock.close()
        try:
            os.rmdir(self.top)
        except OSError:
            pass  # Others are at work.


def run(options):
    videos = find_videos(options)
    if not videos:
        die("no videos there (by their suffixes)")
    check_settings(options)
    progress = Progress(videos)
    waiting = []
    for path, name in videos:
        if archive_video.is_done(path, name, options.output):
            progress.keep(name)
        else:
            waiting.append((path, name))
    if progress.n_kept:
        say(f"{progress.n_kept} of {len(videos)} were done before")
    failed = []
    work = Work(options.output)

    def one(item):
        path, name = item
        error = archive_video.label(
            path, name, options, work.folder,
            lambda fraction: progress.move(name, fraction))
        progress.finish(name, error)
        if error:
            failed.append((name, error))

    pool = concurrent.futures.ThreadPoolExecutor(options.jobs)
    try:
        # The largest first, so that none is left over at the end.
        waiting.sort(key=lambda item: -size_of(item[0]))
        for job in [pool.submit(one, item) for item in waiting]:
            job.result()
    except KeyboardInterrupt:
        pool.shutdown(wait=False, cancel_futures=True)
        archive_video.stop_all()
        progress.end()
        say("stopped; the same command goes on from here")
        return 130
    finally:
        pool.shutdown()
        work.end()
    progress.end()
    for name, error in sorted(failed):
        say(f"failed: {name}: {error}")
    return 1 if failed else 0


def main():
    options = parse()
    try:
        status = 0 if options.page else run(options)
        if status < 2 and not options.no_page:
            files.say(archive_page.make(options.output))
    except OSError as error:
        # Of the output folder: a video's own has said so before.
        die(f"{error.filename or options.output}: {files.reason(error)}")
    return status


if __name__ == "__main__":
    sys.exit(main())
