# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random valid graphs on every level of the CPU, on the plain kernels and on a
device, against what they mean.

A float graph is held to what NumPy makes of it in double precision, an integer
graph to LiteRT's builtin kernels; LiteRT also checks NumPy. A graph is the
function of its seed and kind: a failure names both.
usage: random_graphs.py [--count N] [--seed S] [--kind KIND]... [BACKEND...]
N graphs of each kind from seed S on (MOBILENET_GRAPHS, MOBILENET_GRAPHS_SEED;
default: 100, from a seed that is told). KIND: float32, uint8, int8. BACKEND:
reference, cpu, opencl; default: reference and cpu. Run it
in meson devenv.
"""
import argparse
import os
import random
import sys
import tempfile

import numpy as np

import common
import graph_maker
import graph_runner
from graph_runner import BOUND, NARROW, float_error, run, ways_of

# Graphs a process: what one leaves behind meets the next.
TOGETHER = 25


class Graph:
    """everything: all values are outputs."""

    def __init__(self, seed, kind, folder, everything=False):
        self.maker = graph_maker.make(seed, kind)
        self.seed, self.kind = seed, kind
        self.name = "%s graph of seed %d" % (kind, seed)
        if everything:
            self.maker.outputs = self.maker.values[1:]
        stem = os.path.join(folder, "%s-%d" % (kind, seed))
        self.model, self.input, self.output = (
            stem + end for end in (".tflite", ".in", ".out"))
        self.maker.write(self.model)
        self.maker.input.tofile(self.input)
        self.said = []

    def line(self, ways):
        return " ".join([self.model, self.input, self.output]
                        + [w.word for w in ways])

    def lite(self):
        """What LiteRT makes of it; None: it crashes, or refuses it."""
        if not self.maker.suits_litert:
            return None
        try:
            return litert(self.model, self.maker.input,
                          [v.tensor for v in self.maker.outputs])
        except RuntimeError:
            return None

    def want(self):
        """The right outputs; None: nobody knows."""
        if self.kind == "float32":
            return [v.arrays[0] for v in self.maker.outputs]
        return self.lite()

    def got(self, n_ok):
        """Those of each way that went well."""
        with open(self.output, "rb") as f:
            data = f.read()
        at, all_of = 0, []
        for _ in range(n_ok):
            one = []
            for v in self.maker.outputs:
                part = np.frombuffer(data, v.dtype, v.size, at)
                one.append(part.reshape(v.shape))
                at += part.nbytes
            all_of.append(one)
        assert at == len(data)
        return all_of


def litert(path, x, tensors):
    # A place for each tensor: LiteRT's own sharing of a RESHAPE's overwrites
    # what others have still to read.
    net = common.interpreter(path, experimental_preserve_all_tensors=True)
    net.set_tensor(net.get_input_details()[0]["index"], x)
    net.invoke()
    return [net.get_tensor(t) for t in tensors]


def error_of(graph, i, way, got, want):
    """How far an output is off, and how far it may be."""
    step = graph.maker.outputs[i].step
    if step is None:
        return float_error(got, want), NARROW.get(way.precision, BOUND)
    off = np.abs(got.astype(np.float64) - want.astype(np.float64)).max()
    return off / step, 0


def blame(runner, graph, way):
    """The first operator that is off where all values are outputs."""
    with tempfile.TemporaryDirectory() as folder:
        whole = Graph(graph.seed, graph.kind, folder, True)
        run(runner, [whole], {graph.kind: [way]})
        if whole.said != ["ok"]:
            return "all values: " + whole.said[0]
        got = whole.got(1)[0]
        for i, want in enumerate(whole.want() or []):
            error, bound = error_of(whole, i, way, got[i], want)
            if not error <= bound:
                return "first in %s, by %.3g" % (whole.maker.outputs[i].made,
                                                 error)
    return "not where all values are outputs"


class Judge:
    def __init__(self, runner):
        self.runner = runner
        self.n = self.n_refused = self.n_checked = self.n_unknown = 0
        self.failures = []
        self.worst = {}

    def fail(self, what):
        self.failures.append(what)
        print("FAILED", what, flush=True)

    def truth(self, graph, want):
        """NumPy by LiteRT."""
        lite = graph.lite() if graph.kind == "float32" else None
        for i, other in enumerate(lite or []):
            self.n_checked += 1
            if not float_error(other, want[i]) <= BOUND:
                self.fail("%s, output %d: LiteRT and NumPy differ by %.3g"
                          % (graph.name, i, float_error(other, want[i])))

    def answers(self, graph, ways):
        """The ways that went well."""
        for way, said in zip(ways, graph.said):
            if said.startswith("refused") and (
                    way.precision != "-" or way.backend == "opencl"):
                self.n_refused += 1
                self.refusal = said
            elif said not in ("ok", "-"):
                self.fail("%s, %s: %s" % (graph.name, way.word, said))
        return [w for w, said in zip(ways, graph.said) if said == "ok"]

    def graph(self, graph, ways):
        want = graph.want()
        if want:
            self.truth(graph, want)
        fine = self.answers(graph, ways)
        if "-" in graph.said or not fine:
            return
        got_all = graph.got(len(fine))
        if not want:
            self.n_unknown += 1
            want = got_all[0]
        bad = {}
        for way, outputs in zip(fine, got_all):
            self.n += 1
            for i, got in enumerate(outputs):
                error, bound = error_of(graph, i, way, got, want[i])
                key = "%s %s" % (graph.kind, way.precision)
                self.worst[key] = max(self.worst.get(key, 0), error)
                # Written so that a NaN fails.
                if not error <= bound:
                    bad.setdefault(way, (i, error))
        if bad:
            way, (i, error) = next(iter(bad.items()))
            self.fail("%s, output %d: off by %.3g in %d ways of %d: %s; %s" % (
                graph.name, i, error, len(bad), len(fine),
                " ".join(w.word for w in bad),
                blame(self.runner, graph, way)))


def read_arguments():
    p = argparse.ArgumentParser(description=__doc__.split("\n\n", 1)[0])
    p.add_argument("--count", type=int,
                   default=int(os.environ.get("MOBILENET_GRAPHS", 100)))
    p.add_argument("--seed", type=int, default=int(
        os.environ.get("MOBILENET_GRAPHS_SEED", random.randrange(10 ** 6))))
    p.add_argument("--kind", action="append",
                   choices=["float32", "uint8", "int8"])
    p.add_argument("backends", nargs="*")
    args = p.parse_args()
    args.kind = args.kind or ["float32", "uint8", "int8"]
    args.backends = args.backends or ["reference", "cpu"]
    return args


def main():
    args = read_arguments()
    runner, found = graph_runner.find()
    print("MOBILENET_GRAPHS_SEED=%d" % args.seed, flush=True)
    ways = {k: ways_of(k, args.backends, found) for k in args.kind}
    judge = Judge(runner)
    todo = [(args.seed + i, k) for i in range(args.count) for k in args.kind]
    for first in range(0, len(todo), TOGETHER):
        with tempfile.TemporaryDirectory() as folder:
            graphs = [Graph(*t, folder) for t in todo[first:first + TOGETHER]]
            run(runner, graphs, ways)
            for g in graphs:
                judge.graph(g, ways[g.kind])
    if judge.n == 0 and judge.n_refused and not judge.failures:
        print("SKIPPED %s" % judge.refusal)
        sys.exit(77)
    print("%d graphs in %d ways, %d refused; %d outputs checked with LiteRT, "
          "%d graphs that it refuses" % (len(todo), judge.n, judge.n_refused,
                                         judge.n_checked, judge.n_unknown))
    print("levels: %s; worst: %s" % (" ".join(found), ", ".join(
        "%s %.2g" % item for item in sorted(judge.worst.items()))))
    print("%d passed, %d failed" % (len(todo), len(judge.failures)))
    sys.exit(1 if judge.failures else 0)


if __name__ == "__main__":
    main()
