#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Names of files, cameras, models, topics and labels with everything in them
that a shell, a pipeline's text, HTML or a terminal could take for its own:
through each script. BUILD is the build folder. 77: an element is missing."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
BUILD = os.path.abspath(os.environ["BUILD"])

# Each runs something, or makes a file "canary", where it is not just a name.
ELEMENTS = (b'x" ! fakesink filesrc location=frame.raw ! filesink '
            b'location=canary videotestsrc num-buffers=1 ! name="y')
ALL = (b"-a\"b'c d\te\\f\ng!h%d%s%n%08d$(touch canary)`touch canary`;touch "
       b"canary;&|*?[x]{y}~#<script>x<img src=x>&amp;\xc3\xbc\xff\xfe\x1b[31m"
       b"\xc2\x9b\xe2\x80\xae=z")
PLAIN = [b"..x", b"a'b", b"a b", b"a\\b", b"a\tb", b"a\nb", b"-b", b"a!b",
         b"%d", b"\xff", b" a ", b"a,b;c", b"(a)", b"a=b", b"a\n"]
LABEL = ("<script>\"'\\ $(touch canary) `touch canary` </script><!-- ü \x1b[31m"
         "\u009b \u2028 \u202e %s &amp;")


def skip(text):
    print("skipped:", text, flush=True)


class Place:
    """An empty folder where scripts run, with a video and a model of odd names
    beside it."""

    def __init__(self, top):
        self.top = os.fsencode(top)
        self.odd = os.path.join(self.top, b"odd " + ALL[:120])
        self.here = os.path.join(self.odd, b"here")
        os.makedirs(self.here)
        self.build = os.path.join(self.top, b"build \" $(touch canary)`touch "
                                  b"canary` ' x")
        os.symlink(BUILD, self.build)
        self.bin = os.path.join(self.top, b"bin")
        os.mkdir(self.bin)
        self.env = {os.fsencode(key): os.fsencode(value)
                    for key, value in os.environ.items()
                    if key not in ("DISPLAY", "WAYLAND_DISPLAY")}
        self.env.update({b"MOBILENET_BUILD": self.build,
                         b"MOBILENET_NO_BUILD": b"1",
                         b"LC_ALL": b"C.UTF-8",
                         b"TMPDIR": self.odd,
                         b"PATH": self.bin + b":" + self.env[b"PATH"]})
        self.video = os.path.join(self.top, b"video.mkv")
        subprocess.run(
            ["gst-launch-1.0", "-q", "videotestsrc", "pattern=smpte",
             "num-buffers=4", "!", "video/x-raw,format=I420,width=64,"
             "height=48,framerate=4/1", "!", "vp8enc", "deadline=1", "!",
             "matroskamux", "!", "filesink", b"location=" + self.video],
            check=True)
        self.model = os.path.join(self.odd, ELEMENTS + b".tflite")
        shutil.copy(os.path.join(TOP, "models/camera_health.tflite"),
                    self.model)
        self.labels = os.path.join(self.odd, ALL + b".txt")
        with open(self.labels, "w", encoding="utf-8") as file:
            file.writelines(f"{LABEL}{c}\n" for c in "ABCDEFGH")

    def input(self, name):
        path = os.path.join(self.here, name)
        shutil.copy(self.video, path)
        return path

    def run(self, script, *args, status=0):
        """Its output, checked: it ends with this status, and nothing in it
        can change a terminal."""
        command = [os.path.join(TOP, "pipelines", script), *args]
        r = subprocess.run(command, cwd=self.here, env=self.env, timeout=120,
                           check=False, stdin=subprocess.DEVNULL,
                           capture_output=True)
        text = r.stdout + r.stderr
        if status is not None and r.returncode != status:
            raise AssertionError((script, r.returncode, text.decode(
                errors="replace")))
        odd = re.search(rb"[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|"
                        rb"\xe2\x80[\xa8-\xae]", text)
        assert not odd, (script, odd, text)
        return r.stdout

    def check(self, wanted, what):
        """What is in the folder now, and no canary anywhere; empties it."""
        found = set(os.listdir(self.here))
        assert found == set(wanted), (what, found ^ set(wanted))
        for folder in (self.top, self.odd, self.here, TOP.encode()):
            assert b"canary" not in os.listdir(folder), (what, folder)
        for name in found:
            path = os.path.join(self.here, name)
            if os.path.isdir(path):
                shutil.rmtree(path)
            else:
                assert os.path.getsize(path) > 0, (what, path)
                os.unlink(path)

    def lines(self, path):
        """Results, which have the model's name and the odd labels."""
        with open(path, "rb") as file:
            lines = [json.loads(line.decode())
                     for line in file.read().split(b"\n")[:-1]]
        assert lines, path
        model = os.path.basename(self.model).decode(errors="replace")
        for line in lines:
            assert line["model"] == model, line
        return lines


def names_of(suffix=b""):
    for name in (ELEMENTS, ALL):
        yield name + suffix


def check_first_run(place):
    name, output = ELEMENTS + b".mkv", ALL + b".png"
    out = place.run("first-run", b"--output", output, b"--model", place.model,
                    b"--labels", place.labels, b"--", place.input(name))
    assert b"<script>\"'\\ $(touch canary)" in out, out
    assert b" \xc3\xbc ?[31m? ? ? %s &amp;F" in out, out
    place.check([name, output], "first-run")
    output = ELEMENTS + b".jpg"
    place.run("first-run", b"--output", output)
    place.check([output], "first-run, drawn")


def check_burn_in(place):
    for name, output in zip(names_of(b".mkv"), (ALL, ELEMENTS)):
        output += b" out.mkv"
        video = place.input(name)
        place.run("burn-in", b"--output", output, b"--model", place.model,
                  b"--", os.path.basename(video))
        place.check([name, output], "burn-in")
    name = ALL + b".mkv"
    place.input(name)
    place.run("burn-in", b"--output", name, b"--", name, status=2)
    place.check([name], "burn-in over itself")


def check_record(place):
    for name, output in zip(names_of(b".mkv"), (ALL, ELEMENTS)):
        video = place.input(name)
        place.run("record", b"--output", output, b"--model", place.model,
                  b"--", video)
        place.lines(os.path.join(place.here, output + b".ndjson"))
        wanted = {name, output + b".mkv", output + b".ndjson"}
        if output + b".mp4" in os.listdir(place.here):
            wanted.add(output + b".mp4")
        place.check(wanted, "record")


def check_many_streams(place):
    names = list(names_of(b".mkv"))
    for name in names:
        place.input(name)
    folder = ALL + b" folder"
    place.run("many-streams", b"--output", folder, b"--model", place.model,
              b"--", *names)
    path = os.path.join(place.here, folder)
    assert set(os.listdir(path)) == {b"mosaic.mkv", b"stream0.ndjson",
                                     b"stream1.ndjson"}, os.listdir(path)
    for i in (b"0", b"1"):
        place.lines(os.path.join(path, b"stream" + i + b".ndjson"))
    place.check([*names, folder], "many-streams")
    place.run("many-streams", b"pattern=smpte ! filesink location=canary",
              status=2)
    place.check([b"streams"], "many-streams, pattern")


def check_cameras(place):
    """Devices and addresses that are none: what is in them does not run."""
    place.run("live", b"--seconds", b"1", b"--model", place.model)
    for name in (ELEMENTS, ALL):
        place.run("live", b"--seconds", b"1", b"/dev/" + name, status=1)
        place.run("network-camera", b"--seconds", b"1", b"--output",
                  name + b".ndjson", b"--model", place.model,
                  b"rtsp://127.0.0.1:1/" + name)
        for made in os.listdir(place.here):
            os.unlink(os.path.join(place.here, made))
    place.run("rtsp-test-camera",
              b"smpte ! filesink location=canary videotestsrc", status=1)
    place.check([], "cameras")


def check_recorder(place):
    names = [b'x" ! filesink location=canary.mkv', ALL.replace(b"\n", b"")
             + b".mkv"]
    names[0] += b".mkv"
    for name in names:
        environment = {**place.env, b"GST_PLUGIN_PATH":
                       os.fsencode(BUILD) + b"/gst", b"MOBILENET_MODELS_DIR":
                       os.fsencode(TOP) + b"/models"}
        process = subprocess.Popen(
            [os.path.join(BUILD, "pipelines/recorder"), "--source",
             "videotestsrc is-live=true num-buffers=25 ! "
             "video/x-raw,width=64,height=48,framerate=30/1"],
            cwd=place.here, env=environment, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE)
        process.stdin.write(b"start " + name + b"\n")
        process.stdin.flush()
        out = process.stdout.read()
        process.stdin.close()
        assert process.wait() == 0 and b"saved " in out, out
        assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]",
                             out), out
        place.check([name], "recorder")


def check_archive(place):
    names = [ELEMENTS + b".mkv", ALL + b".mkv"]
    for folder in PLAIN:
        names.append(os.path.join(folder, b"v" + folder + b".mkv"))
    videos = os.path.join(place.here, ALL)
    for name in names:
        path = os.path.join(videos, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.link(place.video, path)
    # What is none, and does not end the others.
    os.symlink("nowhere", os.path.join(videos, b"gone.mkv"))
    os.mkfifo(os.path.join(videos, b"fifo.mkv"))
    output = b"out " + ALL
    options = [b"--every", b"0.5", b"--model", place.model, b"--labels",
               place.labels, b"--output", output]
    place.run("archive", *options, b"--", ALL, status=1)
    path = os.path.join(place.here, output)
    for name in names:
        lines = place.lines(os.path.join(path, name + b".ndjson"))
        assert lines[0]["label"] == LABEL + "F", lines[0]
    check_page(path, names)
    # Again, it finds them done.
    said = subprocess.run(
        [os.path.join(TOP, "pipelines/archive"), *options, b"--", ALL],
        cwd=place.here, env=place.env, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, check=False).stderr
    assert b"%d of %d were done" % (len(names), len(names) + 2) in said, said
    place.check([ALL, output], "archive")


def check_page(output, names):
    with open(os.path.join(output, b"index.html"), encoding="utf-8") as file:
        page = file.read()
    with open(os.path.join(TOP, "pipelines/archive_page.html"),
              encoding="utf-8") as file:
        template = file.read()
    for mark in ("<script", "</script", "<img", "<!--"):
        assert page.count(mark) == template.count(mark), mark
    videos = json.loads(re.search(
        'id="data">(.*?)</script>', page, re.S)[1])
    assert ({video["name"] for video in videos}
            == {name.decode(errors="replace") for name in names})
    for video in videos:
        where = urllib.parse.unquote_to_bytes(video["url"])
        assert os.path.isfile(os.path.join(output, where)), video["url"]
        assert video["spans"][0][2] == LABEL + "F", video["spans"]
        assert not re.search("[^A-Za-z0-9/%._~-]", video["url"])


MOSQUITTO_PUB = r"""#!/bin/sh
for argument; do printf '%s\0' "$argument"; done >>"$SENT.arguments"
cat >>"$SENT"
"""


def check_fleet(place):
    path = os.path.join(place.bin, b"mosquitto_pub")
    with open(path, "w", encoding="utf-8") as file:
        file.write(MOSQUITTO_PUB)
    os.chmod(path, 0o755)
    place.env[b"SENT"] = os.path.join(place.top, b"sent")
    names = list(names_of(b".mkv"))
    for name in names:
        place.input(name)
    folder = ALL + b" folder"
    # Without what no broker takes in a topic.
    topic = re.sub(rb"[^ -~]|[#+]", b"", ALL) + ELEMENTS
    common = [b"--broker", b"127.0.0.1:1", b"--rate", b"1000"]
    out = place.run("fleet", *common, b"--topic=" + topic, b"--folder=" +
                    folder, b"--keep", b"--model", place.model, b"--labels",
                    place.labels, b"--", b"a.1-_=" + names[0],
                    "ü=".encode() + names[1])
    assert b"<script>" in out and b"?[31m" in out, out
    for camera in ("a.1-_", "ü"):
        kept = os.path.join(place.here, folder, camera.encode() + b".ndjson")
        assert len(place.lines(kept)) == 4, camera
    with open(place.env[b"SENT"], "rb") as file:
        sent = [json.loads(line.decode()) for line in file]
    assert len(sent) == 8, sent
    with open(place.env[b"SENT"] + b".arguments", "rb") as file:
        arguments = file.read().split(b"\0")
    for camera in ("a.1-_", "ü"):
        assert topic + f"/{camera}/results".encode() in arguments, arguments
    place.check([*names, folder], "fleet")
    for wrong in ([b"..=x"], [b".=x"], [b"a b=x"], [b"a/b=x"], [b"\xff=x"],
                  [b"a=pattern=smpte ! filesink location=canary"],
                  [b"a=" + ALL], [b"a=/tmp"], [b"--topic=a#"],
                  [b"--topic=a+"], [b"--topic=a\xff"], [b"--topic=a\nb"],
                  [b"--topic="], [b"--broker=a:b"], [b"--broker=:1"]):
        out = place.run("fleet", *common, *wrong, status=None)
        assert not out, (wrong, out)
        for made in os.listdir(place.here):
            shutil.rmtree(os.path.join(place.here, made))


def check_broker(place):
    """Our own, whose settings are a file."""
    # Debian has the broker where only root looks.
    if not (shutil.which("mosquitto_pub") and shutil.which(
            "mosquitto", path=os.environ["PATH"] + ":/usr/sbin")):
        skip("the fleet's own broker (mosquitto, mosquitto-clients)")
        return
    place.input(b"x.mkv")
    folder = b"a\nlog_dest file canary\nb\\ \"c"
    place.run("fleet", b"--folder", folder, b"a=x.mkv")
    broker = os.listdir(os.path.join(place.here, folder, b"broker"))
    assert b"mosquitto.db" in broker and b"canary" not in broker, broker
    place.check([b"x.mkv", folder], "broker")


def main():
    for element in ("vp8enc", "matroskamux", "multifilesink", "jpegenc",
                    "pngenc", "compositor", "v4l2src", "rtspsrc"):
        if subprocess.run(["gst-inspect-1.0", "--exists", element],
                          check=False).returncode:
            skip(f"no {element}")
            return 77
    for check in (check_first_run, check_burn_in, check_record,
                  check_many_streams, check_cameras, check_recorder,
                  check_archive, check_fleet, check_broker):
        start = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            check(Place(folder))
        print(f"ok {check.__name__} ({time.monotonic() - start:.1f} s)",
              flush=True)
    return 0


sys.exit(main())
