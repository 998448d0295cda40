#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the element costs a pipeline: the table of docs/numbers.md.

Each figure is that of plain gst-launch-1.0 processes, whose command is
printed above it; what is compared runs in turns, and the median counts. Run
it within `meson devenv -C build`. --model takes another network than the
bundled one; --quick makes one short round, for a look."""

import argparse
import glob
import os
import resource
import shlex
import statistics
import subprocess
import sys
import tempfile
import time

SOURCE = ("videotestsrc num-buffers=1 ! "
          "video/x-raw,format=NV12,width={w},height={h} ! "
          "imagefreeze num-buffers={n}")
SIZES = {"1080p": (1920, 1080), "4K": (3840, 2160)}


class Figures:
    def __init__(self, options):
        self.options = options
        self.rounds = 1 if options.quick else 5
        self.frames = 101 if options.quick else 601
        model = f" model-file={options.model}" if options.model else ""
        self.element = "mobilenet backend=cpu" + model
        self.rows = []

    def row(self, what, value, command):
        self.rows.append((what, value, command))
        print(f"$ {command}\n{what}: {value}\n", flush=True)


def launch(line):
    return "gst-launch-1.0 -q " + line


def used(line):
    """Seconds of wall clock and of CPU, of a process of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    subprocess.run(shlex.split(launch(line)), check=True,
                   stdout=subprocess.DEVNULL)
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, (after.ru_utime + after.ru_stime
                  - before.ru_utime - before.ru_stime)


def a_frame(figures, size, elements):
    """Medians of seconds a frame, wall and CPU; the start not counted."""
    width, height = SIZES[size]
    tail = (elements + " ! " if elements else "") + "fakesink"
    walls, cpus = [], []
    for _ in range(figures.rounds):
        few, many = (used(SOURCE.format(w=width, h=height, n=n) + " ! " + tail)
                     for n in (1, figures.frames))
        walls.append((many[0] - few[0]) / (figures.frames - 1))
        cpus.append((many[1] - few[1]) / (figures.frames - 1))
    return statistics.median(walls), statistics.median(cpus)


def model_time(figures):
    """Seconds of the network alone, at one thread."""
    model = figures.options.model or os.path.join(
        os.environ["MOBILENET_MODELS_DIR"], "camera_health.tflite")
    command = ["mobilenet-tool", "bench", model, "--threads", "1"]
    out = subprocess.run(command, check=True, text=True,
                         stdout=subprocess.PIPE).stdout
    return float(out.split()[-1]) / 1000, shlex.join(command)


def speed(figures):
    for size, (width, height) in SIZES.items():
        wall, _ = a_frame(figures, size, figures.element)
        line = SOURCE.format(w=width, h=height, n=figures.frames)
        figures.row(f"frames a second, {size} NV12, all cores",
                    f"{1 / wall:.0f}",
                    launch(f"{line} ! {figures.element} ! fakesink"))


def overhead(figures):
    network, command = model_time(figures)
    one = figures.element + " threads=1 schedule=every-frame"
    for size in SIZES:
        plain = a_frame(figures, size, "identity")[1]
        with_it = a_frame(figures, size, one)[1]
        figures.row(f"CPU time a frame, {size} NV12, less the network's "
                    f"{network * 1e3:.2f} ms and identity's "
                    f"{plain * 1e3:.3f} ms",
                    f"{(with_it - plain - network) * 1e3:.2f} ms", command)
        off = a_frame(figures, size, figures.element + " enabled=false")[1]
        figures.row(f"the same with enabled=false, {size}",
                    f"{(off - plain) * 1e3:+.4f} ms",
                    launch(SOURCE.format(
                        w=SIZES[size][0], h=SIZES[size][1], n=figures.frames)
                        + f" ! {figures.element} enabled=false ! fakesink"))


def first_label(figures):
    line = ("-m videotestsrc pattern=smpte ! "
            "video/x-raw,format=NV12,width=1920,height=1080 ! "
            f"{figures.element} ! fakesink")
    plain = line.replace(figures.element, "identity")

    def until(text, line):
        command = shlex.split("gst-launch-1.0 " + line)
        start = time.monotonic()
        with subprocess.Popen(command, text=True,
                              stdout=subprocess.PIPE) as process:
            for out in process.stdout:
                if text in out:
                    break
            taken = time.monotonic() - start
            process.kill()
        return taken

    took, base = [], []
    for _ in range(3 * figures.rounds):
        took.append(until("mobilenet-result", line))
        base.append(until("async-done", plain))
    label, preroll = statistics.median(took), statistics.median(base)
    figures.row("from typing the command to the first label "
                f"(the same without mobilenet prerolls in "
                f"{preroll * 1e3:.0f} ms)",
                f"{label * 1e3:.0f} ms", "gst-launch-1.0 " + line)


def background(process):
    """Seconds that the threads of a lower priority have computed."""
    total = 0
    for task in glob.glob(f"/proc/{process.pid}/task/*"):
        with open(task + "/stat") as stat, open(task + "/schedstat") as sched:
            if int(stat.read().rpartition(")")[2].split()[16]) > 0:
                total += int(sched.read().split()[0]) / 1e9
    return total


def until_device(line, environment, takes_over=False):
    """Seconds from the start of a process to its first result, or to the
    first one of the device; and what its background has computed by then."""
    command = shlex.split("gst-launch-1.0 -m " + line)
    start = time.monotonic()
    with subprocess.Popen(command, text=True, stdout=subprocess.PIPE,
                          env=dict(os.environ, **environment)) as process:
        for out in process.stdout:
            if "mobilenet-result" in out and (
                    not takes_over or "backend=(string)opencl" in out):
                break
        taken, computed = time.monotonic() - start, background(process)
        process.kill()
    return taken, computed


def device_start(figures):
    """What a device that is made ready beside it costs the first result, and
    when it takes over, in turns; any OpenCL device is taken for a GPU."""
    line = ("videotestsrc is-live=true ! video/x-raw,format=NV12,width=1280,"
            "height=720,framerate=60/1 ! "
            + figures.element.replace("backend=cpu", "backend={}")
            + " post-messages=all ! fakesink")
    auto = line.format("auto")
    cpu, cold, warm, taken, computed = [], [], [], [], []

    with tempfile.TemporaryDirectory() as filled:
        # GStreamer's own cache is none of these.
        registry = {"GST_REGISTRY": os.path.join(filled, "registry")}

        def caches(folder):
            return dict(registry, XDG_CACHE_HOME=folder,
                        POCL_CACHE_DIR=folder, MOBILENET_AUTO="device",
                        MOBILENET_OPENCL_DEVICE_TYPE="gpu")

        until_device(auto, caches(filled), True)
        for _ in range(3 * figures.rounds):
            with tempfile.TemporaryDirectory() as empty:
                cpu.append(until_device(line.format("cpu"), registry)[0])
                cold.append(until_device(auto, caches(empty))[0])
                warm.append(until_device(auto, caches(filled))[0])
                then = until_device(auto, caches(filled), True)
                taken.append(then[0])
                computed.append(then[1])
    middle = statistics.median
    command = "gst-launch-1.0 -m " + auto
    figures.row("the first result with a device made ready beside it, to that "
                "without one: nothing cached, and on the second start",
                f"{middle(cold) / middle(cpu):.2f}, "
                f"{middle(warm) / middle(cpu):.2f}", command)
    figures.row("from typing the command until that device computes, on the "
                "second start, and how long the background computes for it "
                "(the first result is there after "
                f"{middle(warm) * 1e3:.0f} ms)",
                f"{middle(taken) * 1e3:.0f} ms, "
                f"{middle(computed) * 1e3:.0f} ms", command)


def memory(figures):
    """Of one process with so many streams, while all of them play."""
    stream = ("videotestsrc is-live=true ! video/x-raw,format=NV12,"
              "width=1920,height=1080,framerate=30/1 ! {} ! fakesink")

    def resident(elements, n):
        line = " ".join([stream.format(elements)] * n)
        with subprocess.Popen(shlex.split(launch(line)),
                              stdout=subprocess.DEVNULL) as process:
            time.sleep(3 if figures.options.quick else 6)
            with open(f"/proc/{process.pid}/smaps_rollup") as rollup:
                kilobytes = [int(text.split()[1]) for text in rollup
                             if text.startswith("Pss:")]
            process.kill()
        return kilobytes[0] / 1024

    counts = (1, 2, 8)
    with_it = {n: resident(figures.element, n) for n in counts}
    without = {n: resident("identity", n) for n in counts}
    command = launch(stream.format(figures.element)) + " ..."
    figures.row("memory of the first stream of live 1080p",
                f"{with_it[1] - without[1]:.1f} MB", command)
    further = (with_it[8] - with_it[1] - without[8] + without[1]) / 7
    figures.row("memory of each further one, of 8",
                f"{further:.1f} MB", command)


def load(figures):
    seconds = 5 if figures.options.quick else 60
    build = os.path.dirname(os.environ["GST_PLUGIN_PATH"].split(":")[0])
    command = ["tests/gst/bench-live", "-s", str(seconds), "-r", "1"]
    if figures.options.model:
        command += ["-m", figures.options.model]
    out = subprocess.run(command, check=True, text=True, cwd=build,
                         stdout=subprocess.PIPE).stdout
    figures.row("live 1080p60, schedule=latest, every core taken by another "
                "process", "; ".join(out.strip().splitlines()),
                shlex.join(command))


PARTS = {"speed": speed, "overhead": overhead, "first-label": first_label,
         "device-start": device_start, "memory": memory, "load": load}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", metavar="FILE", type=os.path.abspath)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", choices=PARTS, action="append")
    options = parser.parse_args()
    if "MOBILENET_MODELS_DIR" not in os.environ:
        sys.exit("costs.py: run it within meson devenv -C build")
    figures = Figures(options)
    for name in options.only or PARTS:
        PARTS[name](figures)
    for what, value, _ in figures.rows:
        print(f"| {what} | {value} |")


if __name__ == "__main__":
    main()
