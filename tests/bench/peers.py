# SPDX-License-Identifier: LGPL-2.1-or-later
"""The CPU backend beside the engines that people could pick instead.

usage: peers.py FOLDER [OPTION...]; peers.py --help lists the options

Makes the networks in FOLDER that are not there yet (make_models.py), then, on
the same cores and in turns, so that what disturbs hits all alike:
  - each network in each arithmetic at each number of threads, by every engine
    that is installed (engines.py) and by mobilenet-tool; an engine has a
    process of its own; the figure is the best of its rounds' medians
  - V3-Small in float32: the time from opening the file to the first result
    and the memory that loading and running add, the best of some starts
  - each of our layers, and this machine's peaks
  - the processor time of a frame in a pipeline of 30 frames a second
Results go to a JSON file after each step; report.py makes the table and the
plot of it. requirements.txt lists the peers' packages; one that is missing is
skipped, and said so. Keep the machine quiet meanwhile.
"""
import argparse
import json
import os
import platform
import re
import subprocess
import sys
import time

import engines
import make_models
import report

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.abspath(os.path.join(HERE, "../.."))
PRECISIONS = ("float32", "bfloat16", "int8")
STARTS = 5
# What is kept of a layer.
LAYER = ("name", "kernel", "ms", "flop", "bytes", "gflops",
         "share_of_peak")
PIPELINE_FRAMES = 300


class Missing(Exception):
    """Nothing to be measured, and why."""


class Peer:
    """An engine's process, asleep between its turns."""

    def __init__(self, engine, precision, stem, threads, cores, env=None):
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "engines.py"), engine,
             precision, stem, str(threads)], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env=dict(os.environ, **(env or {})),
            preexec_fn=lambda: os.sched_setaffinity(0, cores))
        self.report = self.answer()
        for reason in ("missing", "failed"):
            if reason in self.report:
                self.close()
                raise Missing(self.report[reason])

    def answer(self):
        line = self.process.stdout.readline()
        return json.loads(line) if line else {"failed": "it died"}

    def measure(self, seconds):
        print(seconds, file=self.process.stdin, flush=True)
        return self.answer()

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


class Ours:
    """mobilenet-tool bench, started anew for each turn."""

    def __init__(self, tool, precision, stem, threads, cores, env=None):
        self.cores = cores
        self.env = dict(os.environ, **(env or {}))
        integer = precision == "int8"
        self.command = [
            tool, "bench", stem + ("_int8.tflite" if integer else ".tflite"),
            "--threads", str(threads), "--json",
            "--precision", "auto" if integer else precision]
        self.bench(0.01)

    def bench(self, seconds, *options):
        run = subprocess.run(
            self.command + ["--seconds", str(seconds), *options],
            capture_output=True, text=True, env=self.env,
            preexec_fn=lambda: os.sched_setaffinity(0, self.cores))
        if run.returncode:
            raise Missing(run.stderr.strip() or "status %d" % run.returncode)
        return json.loads(run.stdout)

    def measure(self, seconds):
        return self.bench(seconds)

    def close(self):
        pass


def cores_for(threads):
    """The last ones that this process may use."""
    return set(sorted(os.sched_getaffinity(0))[-threads:])


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        found = re.search(r"model name\s*: (.*)", f.read())
    return found.group(1) if found else platform.machine()


class Bench:
    def __init__(self, options):
        self.options = options
        self.tool = os.path.join(options.build,
                                 "tools/mobilenet-tool")
        self.result = {
            "date": time.strftime("%Y-%m-%d"), "processor": processor(),
            "cores": len(os.sched_getaffinity(0)), "rounds": options.rounds,
            "seconds": options.seconds, "load": 0, "versions": {},
            "rows": [], "starts": {}, "layers": [], "pipeline": []}

    def note_load(self):
        """What else the machine does: told with the figures."""
        load = round(os.getloadavg()[0], 1)
        self.result["load"] = max(self.result["load"], load)

    def save(self):
        self.note_load()
        with open(self.options.json, "w", encoding="utf-8") as f:
            json.dump(self.result, f)
            f.write("\n")

    def stem(self, model):
        return os.path.join(self.options.folder, model)

    def open(self, engine, precision, model, threads, env=None):
        cores = cores_for(threads)
        if engine == "ours":
            return Ours(self.tool, precision, self.stem(model), threads,
                        cores, env)
        peer = Peer(engine, precision, self.stem(model), threads, cores, env)
        self.result["versions"][engine] = peer.report["version"]
        return peer

    def row(self, model, precision, threads, env=None, level=None):
        """All engines in turns. level: the instruction set that env holds
        them to."""
        row = {"model": model, "precision": precision, "threads": threads,
               "level": level, "engines": {}, "missing": {}}
        live = {}
        for engine in [*engines.ENGINES, "ours"]:
            if engine != "ours" and (engine, precision) not in engines.FILES:
                continue
            try:
                live[engine] = self.open(engine, precision, model, threads,
                                         env)
                row["engines"][engine] = {"rounds_ms": []}
            except Missing as why:
                row["missing"][engine] = str(why)
                print("SKIPPED %s, %s %s, %s: %s" % (
                    engine, model, precision, report.counted(threads), why),
                    flush=True)
        for _ in range(self.options.rounds):
            for engine, network in live.items():
                got = network.measure(self.options.seconds)
                row["engines"][engine]["rounds_ms"].append(
                    round(got["median_ms"], 4))
        for engine, network in live.items():
            network.close()
            rounds = row["engines"][engine]["rounds_ms"]
            row["engines"][engine]["best_ms"] = min(rounds)
        self.result["rows"].append(row)
        print(report.line(row), flush=True)
        self.save()

    def rows(self):
        for threads in self.options.threads:
            for model in self.options.models:
                for precision in PRECISIONS:
                    self.row(model, precision, threads)
        # What can be held to AVX2: ours, and OpenVINO by oneDNN's variable.
        if "v3_small" in self.options.models and platform.machine() \
                == "x86_64":
            self.row("v3_small", "float32", self.options.threads[0],
                     {"MOBILENET_CPU": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2"},
                     "avx2")

    def start(self, engine):
        if engine == "ours":
            got = self.open(engine, "float32", "v3_small", 1).bench(0.01)
            return {"first_result_ms": got["time_to_first_result_ms"],
                    "added_mb": got["memory_added_bytes"] / 1e6}
        peer = self.open(engine, "float32", "v3_small", 1)
        peer.close()
        return {"first_result_ms": peer.report["load_ms"]
                + peer.report["first_ms"],
                "added_mb": peer.report["added_mb"]}

    def starts(self):
        """In turns, too: the least of some starts of each."""
        for _ in range(STARTS):
            for engine in [*engines.ENGINES, "ours"]:
                try:
                    got = self.start(engine)
                except Missing:
                    continue
                best = self.result["starts"].setdefault(engine, got)
                for key, value in got.items():
                    best[key] = round(min(best[key], value), 2)
        self.save()

    def layers(self):
        for model in self.options.models:
            for precision in PRECISIONS:
                try:
                    got = self.open("ours", precision, model, 1).bench(
                        self.options.seconds * 2, "--per-layer")
                except Missing:
                    continue
                self.result["layers"].append({
                    "model": model, "precision": precision,
                    "layers": [{k: layer.get(k) for k in LAYER}
                               for layer in got["layers"]],
                    "peaks": got.get("peaks")})
        self.save()

    def pipeline_cpu(self, threads, frames):
        """Seconds of user and system time of so many frames."""
        command = [
            "gst-launch-1.0", "-q", "videotestsrc", "is-live=true",
            "num-buffers=%d" % frames, "!",
            "video/x-raw,format=NV12,width=640,height=480,framerate=30/1",
            "!", "mobilenet", "backend=cpu", "threads=%d" % threads,
            "model-file=" + self.stem("v3_small") + ".tflite", "!",
            "fakesink", "sync=true"]
        env = dict(os.environ,
                   GST_PLUGIN_PATH=os.path.join(self.options.build, "gst"))
        cores = cores_for(max(self.options.threads))
        try:
            process = subprocess.Popen(
                command, env=env, stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                preexec_fn=lambda: os.sched_setaffinity(0, cores))
        except OSError as error:
            raise Missing(error)
        message = process.stderr.read().decode(errors="replace")
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise Missing(message.strip() or "gst-launch-1.0 failed")
        return usage.ru_utime + usage.ru_stime

    def pipeline(self):
        """What starting takes is measured with few frames, and taken off."""
        few = 30
        try:
            self.pipeline_cpu(1, 1)
            for threads in self.options.threads:
                spent = self.pipeline_cpu(threads, few + PIPELINE_FRAMES) \
                    - self.pipeline_cpu(threads, few)
                self.result["pipeline"].append({
                    "threads": threads, "fps": 30,
                    "cpu_ms": round(spent * 1e3 / PIPELINE_FRAMES, 3)})
        except Missing as why:
            print("SKIPPED pipeline:", why, flush=True)
        self.save()


def numbers(text):
    return [int(n) for n in text.split(",")]


def parse():
    p = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folder", help="of the networks")
    p.add_argument("--build", default=os.path.join(TOP, "build"),
                   help="the build folder (default: build)")
    p.add_argument("--models", default=",".join(make_models.NAMES))
    p.add_argument("--threads", type=numbers, default=[1, 2])
    p.add_argument("--rounds", type=int, default=7)
    p.add_argument("--seconds", type=float, default=1, help="of a turn")
    p.add_argument("--json", default=os.path.join(HERE, "result.json"))
    p.add_argument("--only", default="rows,starts,layers,pipeline",
                   help="parts of the measurement")
    options = p.parse_args()
    options.folder = os.path.abspath(options.folder)
    options.build = os.path.abspath(options.build)
    options.models = options.models.split(",")
    unknown = set(options.models) - set(make_models.NAMES)
    if unknown:
        p.error("no network " + ", ".join(sorted(unknown)))
    return options


def main():
    options = parse()
    bench = Bench(options)
    if not os.access(bench.tool, os.X_OK):
        sys.exit("peers.py: no %s; build first (--build)" % bench.tool)
    make_models.make(options.folder, options.models)
    for part in options.only.split(","):
        getattr(bench, part)()
    print(report.table(bench.result))


if __name__ == "__main__":
    main()
