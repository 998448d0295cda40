# SPDX-License-Identifier: LGPL-2.1-or-later
"""The driver of pipelines/fleet. For each camera a named-launch process whose
lines go into a store on disk (fleet_store.py), and a thread that takes them
from there to the broker with mosquitto_pub, a batch at a time, and confirms
them once it ended well. A batch that did not is sent again as a whole: a
subscriber may get a line twice, and drops those whose sequence is not above
the last."""

import fcntl
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

import files
import fleet_store

BATCH = 500                     # lines of one mosquitto_pub
PAUSE = 0.25                    # seconds between two of a camera
PATIENCE = 10                   # seconds for the rest, at the end
PUBLISH_TIMEOUT = 30            # enough for a batch at 3 KB a second
WITH_US = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
PATTERNS = ("smpte", "black", "snow")


def die(text):
    files.say("fleet: " + text, sys.stderr)
    sys.exit(1)


say = files.say


class Camera:
    """One input, by a name that may stand in a topic."""

    def __init__(self, text, options):
        name, _, self.input = text.partition("=")
        if (not self.input or not re.fullmatch(r"[\w.-]+", name)
                or name in (os.curdir, os.pardir)):
            die(f"{text}: NAME=INPUT expected, NAME of letters, digits, ._-")
        self.name = name
        self.options = options
        self.is_live = self.input.startswith(("rtsp://", "rtsps://", "/dev/"))
        self.process = None
        self.n_results = 0
        self.names, self.source = self.choose_source()

    def choose_source(self):
        """What the pipeline starts with, and names that are no part of it."""
        if self.input.startswith("pattern="):
            if not re.fullmatch("pattern=[a-z0-9-]+", self.input):
                die(f"{self.input}: no such pattern")
            return [], ["videotestsrc", "is-live=true", "num-buffers=150",
                        self.input, "!", "video/x-raw,width=320,height=240,"
                        "framerate=30/1"]
        if self.input.startswith(("rtsp://", "rtsps://")):
            return [f"input+.location={self.input}"], [
                "rtspsrc", "name=input+", "latency=200",
                "add-reference-timestamp-meta=true", "!", "decodebin"]
        if self.input.startswith("/dev/"):
            return [f"input+.device={self.input}"], ["v4l2src", "name=input+"]
        path = os.path.abspath(self.input)
        if not os.path.isfile(path) or not os.access(path, os.R_OK):
            die(f"cannot read {path}")
        return [f"input+.location={path}"], ["filesrc", "name=input+", "!",
                                            "decodebin"]

    def command(self):
        names = list(self.names)
        for option in ("model", "labels"):
            path = getattr(self.options, option)
            if path:
                names.append(f"{self.name}.{option}-file="
                             f"{os.path.abspath(path)}")
        # A file goes by as fast as it is read: each frame has its result.
        schedule = "latest" if self.is_live else "every-frame"
        return [*WITH_US, "named-launch", "-e", *names, "--", *self.source,
                "!", "videoconvert", "!", "mobilenet", f"name={self.name}",
                f"schedule={schedule}", f"max-rate={self.options.rate}", "!",
                "mobilenettext", "!", "application/x-ndjson",
                "!", "fdsink", "fd=1", "sync=false"]

    def start(self):
        self.process = subprocess.Popen(
            self.command(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            # Ctrl-C is ours: the pipeline is to end with what is in it.
            start_new_session=True)

    def end(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)


class Feed:
    """A camera, its store, and the two threads between them and the broker.
    """

    def __init__(self, camera, options, stopping):
        folder = options.folder
        self.camera, self.options, self.stopping = camera, options, stopping
        self.topic = f"{options.topic}/{camera.name}/results"
        self.store = fleet_store.Store(
            os.path.join(folder, "store", camera.name),
            int(options.store * 1e6))
        self.kept = (open_kept(os.path.join(folder, camera.name + ".ndjson"))
                     if options.keep else None)
        self.n_sent = 0
        self.is_away = False
        self.deadline = None
        self.threads = [threading.Thread(target=self.read, daemon=True),
                        threading.Thread(target=self.publish, daemon=True)]

    def start(self):
        for thread in self.threads:
            thread.start()

    # ---- from the camera

    def read(self):
        pause = 1
        while not self.stopping.is_set():
            try:
                self.camera.start()
            except OSError as error:
                say(f"{self.camera.name}: {files.reason(error)}; once more in "
                    f"{pause} s")
                self.stopping.wait(pause)
                pause = min(2 * pause, 30)
                continue
            before = self.camera.n_results
            for line in self.camera.process.stdout:
                self.add(line)
            status = self.camera.process.wait()
            if not self.camera.is_live and status == 0:
                break
            pause = 1 if self.camera.n_results > before else min(2 * pause, 30)
            if not self.stopping.is_set():
                say(f"{self.camera.name}: ended with {status}; "
                    f"once more in {pause} s")
            self.stopping.wait(pause)
            if not self.camera.is_live:
                break
        if self.kept:
            self.kept.close()
        self.store.close()

    def add(self, line):
        try:
            text = line.decode().strip()
            if not isinstance(json.loads(text), dict):
                return
        except (ValueError, RecursionError):
            return              # Cut, where the pipeline was.
        self.camera.n_results += 1
        self.store.add(self.camera.name, text)
        if self.kept:
            self.keep(text + "\n")

    def keep(self, line):
        try:
            self.kept.write(line.encode())
        except OSError as error:
            say(f"{self.kept.name}: {files.reason(error)}; nothing more is "
                "kept there")
            self.kept.close()
            self.kept = None

    # ---- to the broker

    def is_over(self):
        """Nothing comes any more, and there is no hope for what is left."""
        if not self.store.closed:
            return False
        if self.deadline is None:
            self.deadline = time.monotonic() + PATIENCE
        return not self.store.waiting() or time.monotonic() > self.deadline

    def publish(self):
        while not self.is_over():
            lines, place = self.store.take(BATCH, 1)
            if not lines:
                continue
            if self.send(lines):
                self.store.confirm(place)
                self.n_sent += len(lines)
                self.notice(False)
                self.tell(lines[-1])
                self.stopping.wait(PAUSE)
            else:
                self.notice(True)
                time.sleep(1)

    def send(self, lines):
        command = [*WITH_US, "mosquitto_pub", "-h", self.options.host, "-p",
                   str(self.options.port), "-q", "1", "-t", self.topic, "-l"]
        try:
            return subprocess.run(
                command, input=b"".join(lines), timeout=PUBLISH_TIMEOUT,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                start_new_session=True).returncode == 0
        except (OSError, subprocess.TimeoutExpired):
            return False

    def notice(self, away):
        if away != self.is_away:
            say(f"{self.camera.name}: " + (
                "the broker does not take them; they wait on disk" if away
                else "the broker is back"))
        self.is_away = away

    def tell(self, line):
        result = json.loads(line)["result"]
        label = files.printable(result.get("label") or "-")
        confidence = result.get("confidence")
        if not files.is_number(confidence):
            confidence = 0
        say(f"{self.camera.name:12} {label:20} {100 * confidence:3.0f} %  "
            f"{self.n_sent} sent")

    def join(self):
        for thread in self.threads:
            while thread.is_alive():
                thread.join(0.5)


def open_kept(path):
    """For appending, behind the last line that is whole."""
    if os.path.isdir(path):
        files.set_aside("fleet", path, ValueError("no file"), "results are "
                        "kept in a new one")
    file = open(path, "a+b", buffering=0)
    end = file.seek(0, os.SEEK_END)
    while end > 0:
        start = max(0, end - 65536)
        file.seek(start)
        found = file.read(end - start).rfind(b"\n")
        if found >= 0:
            end = start + found + 1
            break
        end = start
    file.truncate(end)
    return file


def start_broker(folder):
    """One of our own, for this machine alone; returns it and its port."""
    mosquitto = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    if not os.access(mosquitto, os.X_OK):
        die("no mosquitto; ./.ci/setup mosquitto installs it, or --broker "
            "names another one")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = os.path.join(folder, "broker")
    os.makedirs(data, exist_ok=True)
    user = "user root\n" if os.geteuid() == 0 else ""
    # The folder's name is not in it, which may be lines of settings itself.
    files.write_whole(
        os.path.join(data, "mosquitto.conf"),
        f"listener {port} 127.0.0.1\nallow_anonymous true\n"
        "persistence true\npersistence_location ./\n"
        # Of a subscriber that is away; 1000 would be few.
        f"max_queued_messages 100000\n{user}log_type error\n")
    broker = subprocess.Popen([*WITH_US, mosquitto, "-c", "mosquitto.conf"],
                              cwd=data, start_new_session=True)
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            say(f"mosquitto listens at 127.0.0.1:{port}; to see what comes: "
                f"mosquitto_sub -p {port} -t '#' -v")
            return broker, port
        except OSError:
            if broker.poll() is not None:
                break
            time.sleep(0.05)
    broker.kill()
    die("mosquitto does not start")


def lock(folder):
    """Held until the process ends, however it does."""
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "lock")
    if os.path.lexists(path) and not os.path.isfile(path):
        files.set_aside("fleet", path, ValueError("no file"),
                        "a new one is made")
    file = open(path, "w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        die(f"another one is at work in {folder} (--folder)")
    return file


def check_topic(topic):
    """What no broker takes: the results would wait for ever."""
    name = os.fsencode(topic)
    text = name.decode(errors="replace")
    if (not 0 < len(name) <= 60000 or text.encode() != name
            or not all(map(files.is_harmless, text)) or set(text) & set("+#")):
        die(f"--topic {text}: no name of a topic")


def split_broker(text):
    """HOST, HOST:PORT, or [HOST]:PORT where there are more colons."""
    match = re.fullmatch(r"(?:\[([^]]+)\]|([^:]+))(?::([0-9]{1,5}))?", text)
    if not match or not 0 < int(match[3] or 1883) < 65536:
        die(f"--broker {text}: HOST or HOST:PORT expected")
    return match[1] or match[2], int(match[3] or 1883)


def parse():
    parser = files.Parser(prog="fleet", add_help=False)
    parser.add_argument("cameras", nargs="*")
    parser.add_argument("--broker")
    parser.add_argument("--topic", default="mobilenet")
    parser.add_argument("--folder", default="fleet", type=os.path.abspath)
    parser.add_argument("--store", type=float, default=64)
    parser.add_argument("--rate", type=float, default=5)
    parser.add_argument("--model")
    parser.add_argument("--labels")
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    options.folder = os.path.abspath(options.folder)
    check_topic(options.topic)
    if not options.cameras:
        options.cameras = [f"camera{i}=pattern={pattern}"
                           for i, pattern in enumerate(PATTERNS)]
    return options


def open_all(options, cameras, stopping):
    """The lock, feeds with their stores, and a broker where it is ours."""
    broker = None
    try:
        locked = lock(options.folder)
        feeds = [Feed(camera, options, stopping) for camera in cameras]
        if options.broker:
            options.host, options.port = split_broker(options.broker)
        else:
            broker, options.port = start_broker(options.folder)
            options.host = "127.0.0.1"
    except OSError as error:
        die(f"{error.filename or options.folder}: {files.reason(error)}")
    return locked, feeds, broker


def main():
    options = parse()
    stopping = threading.Event()
    cameras = [Camera(text, options) for text in options.cameras]
    if len({camera.name for camera in cameras}) < len(cameras):
        die("two cameras of one name")
    locked, feeds, broker = open_all(options, cameras, stopping)

    def stop(number, frame):
        stopping.set()
        for camera in cameras:
            camera.end()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    for feed in feeds:
        feed.start()
    for feed in feeds:
        feed.join()
    left = 0
    for feed in feeds:
        waits = feed.store.waiting()
        left += waits
        say(f"{feed.camera.name}: {feed.camera.n_results} results, "
            f"{feed.n_sent} sent, {feed.store.state['lost']} lost"
            + (", the rest waits for the next start" if waits else ""))
    if broker:
        broker.terminate()
        broker.wait()
    locked.close()
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
