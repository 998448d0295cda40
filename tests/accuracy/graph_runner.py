# SPDX-License-Identifier: LGPL-2.1-or-later
"""Many models, each in many ways, through run-graphs (run_graphs.c), which
meson devenv has on the path; MOBILENET_RUN_GRAPHS names another one, and what
emulates its processor."""
import os
import shutil
import subprocess
import sys

import numpy as np

# Of the largest value of an output. The others are for pictures that are
# stored with eight and eleven bits, of which differences may leave little.
BOUND = 2e-5
NARROW = {"bfloat16": 0.15, "float16": 0.04}


class Way:
    def __init__(self, backend, level="-", threads=1, precision="-",
                 cache="-"):
        self.backend, self.precision = backend, precision
        self.word = "%s:%s:%d:%s:%s" % (backend, level, threads, precision,
                                        cache)


def find():
    """The command, and the levels that it has."""
    runner = os.environ.get("MOBILENET_RUN_GRAPHS", "run-graphs").split()
    if not shutil.which(runner[0]):
        print("SKIPPED no run-graphs on the path (run it in meson devenv)")
        sys.exit(77)
    r = subprocess.run([*runner, "--levels"], capture_output=True, text=True,
                       check=True)
    return runner, r.stdout.split()


def ways_of(kind, backends, found):
    """How a graph of a kind is run."""
    ways = []
    if "reference" in backends:
        ways.append(Way("reference"))
    for level in found if "cpu" in backends else []:
        ways += [Way("cpu", level, threads, "-", cache)
                 for threads, cache in ((1, "-"), (3, "1"), (1, "4"))
                 if kind == "float32" or cache == "-" or threads == 3]
        if kind != "float32":
            continue
        for precision in NARROW:
            ways += [Way("cpu", level, 1, precision, "-"),
                     Way("cpu", level, 3, precision, "1")]
    if "opencl" in backends and kind == "float32":
        ways.append(Way("opencl"))
    return ways


def run(runner, graphs, ways):
    """What is said of each graph and way. A process that ends early is said of
    the one that it was at, and the others go on in another one."""
    todo = list(graphs)
    while todo:
        r = subprocess.run(runner, input="".join(
            g.line(ways[g.kind]) + "\n" for g in todo),
            capture_output=True, text=True, errors="replace")
        lines = r.stdout.splitlines()
        for g in list(todo):
            n = len(ways[g.kind])
            g.said, lines = lines[:n], lines[n:]
            if len(g.said) < n:
                why = r.stderr.strip() or "status %d" % r.returncode
                g.said += ["failed " + why] + ["-"] * (n - len(g.said) - 1)
                todo.remove(g)
                break
            todo.remove(g)
        else:
            if r.returncode:
                graphs[-1].said[-1] = "failed " + r.stderr.strip()


def float_error(got, want):
    """Of the largest value; NaN where one is."""
    return np.abs(got - want).max() / np.abs(want).max()
