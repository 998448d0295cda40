# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random integer operators, one a model, against LiteRT's builtin kernels;
and some with functions of their bytes behind them ("functions").

Bit for bit, in each backend; the CPU's once for each level of instructions
that this machine has.
usage: random_integer_ops.py [BACKEND...]; default: reference cpu
MOBILENET_CASES: models an operator (200; with MOBILENET_FULL 1000).
MOBILENET_SEED: of another run, to repeat it. MOBILENET_OPERATORS: some of
them, with commas between. MOBILENET_KEEP: a folder where the models stay.
"""
import importlib.metadata
import os
import subprocess
import sys
import tempfile
import time

import numpy as np

import common
import graph_runner
import integer_cases
from common import check

# Cases that are told in full, of an operator.
MOST_TOLD = 3


def reference(path, x):
    """What LiteRT makes of each picture."""
    net = common.interpreter(path)
    source = net.get_input_details()[0]["index"]
    result = net.get_output_details()[0]["index"]
    out = []
    for picture in x:
        net.set_tensor(source, picture[None])
        net.invoke()
        out.append(net.get_tensor(result).ravel())
    return np.concatenate(out)


def make(name, seed, count, folder):
    """Models with their inputs: (path, case, what LiteRT says)."""
    number = list(integer_cases.CASES).index(name)
    made = []
    for i in range(count):
        rng = np.random.default_rng([seed, number, i])
        case = integer_cases.CASES[name](rng)
        path = os.path.join(folder, "%d-%d.tflite" % (number, i))
        case.write(path)
        case.x.tofile(path + ".x")
        made.append((path, case, reference(path, case.x)))
    return made


def run(runner, way, made):
    """What run-graphs says of each model, and what it complains of."""
    r = subprocess.run(runner, input="".join(
        "%s %s.x %s.y %s\n" % (model, model, model, way.word)
        for model, _, _ in made), capture_output=True, text=True)
    return r.stdout.splitlines(), r.stderr


def ways_of(backends, found):
    """By name; the CPU's backend once for each level that there is here."""
    ways = {}
    for backend in backends:
        if backend == "cpu":
            ways.update(("cpu:" + level, graph_runner.Way("cpu", level))
                        for level in found if level != "reference")
        else:
            ways[backend] = graph_runner.Way(backend)
    return ways


def compare(name, where, made, said, complaint):
    wrong = 0
    for (path, case, want), line in zip(made, said):
        problem = None
        if line != "ok":
            problem = line
        else:
            got = np.fromfile(path + ".y", want.dtype)
            if got.shape != want.shape:
                problem = "%d values, not %d" % (got.size, want.size)
            elif got.tobytes() != want.tobytes():
                differ = np.flatnonzero(got.view(np.uint8).reshape(
                    got.size, -1).any(1) & (got != want))
                at = differ[0] if differ.size else 0
                problem = "%d of %d differ, the first is number %d: " \
                    "%s, not %s" % (differ.size, want.size, at, got[at],
                                    want[at])
        if problem:
            wrong += 1
            if wrong <= MOST_TOLD:
                print("      %s: %s: %s" % (os.path.basename(path),
                                            case.what, problem))
    if len(said) != len(made):
        wrong += len(made) - len(said)
        print("      run-graphs ended after %d: %s" % (len(said), complaint))
    check(wrong == 0, "%s on %s: %d of %d cases differ" % (
        name, where, wrong, len(made)))


def main():
    runner, found = graph_runner.find()
    seed = int(os.environ.get("MOBILENET_SEED") or time.time_ns() % 10 ** 9)
    count = int(os.environ.get("MOBILENET_CASES") or
                (1000 if os.environ.get("MOBILENET_FULL") else 200))
    some = os.environ.get("MOBILENET_OPERATORS")
    names = some.split(",") if some else list(integer_cases.CASES)
    print("MOBILENET_SEED=%d MOBILENET_CASES=%d, LiteRT %s" % (
        seed, count, importlib.metadata.version("ai-edge-litert")), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        folder = os.environ.get("MOBILENET_KEEP") or folder
        ways = ways_of(sys.argv[1:] or ["reference", "cpu"], found)
        for name in names:
            made = make(name, seed, count, folder)
            for where, way in ways.items():
                compare(name, where, made, *run(runner, way, made))
    common.finish()


if __name__ == "__main__":
    main()
