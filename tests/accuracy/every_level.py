# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whole networks on every level of the CPU against the plain kernels: floats to
within rounding, integers bit for bit. Made for builds that watch memory
(-Db_sanitize=address), where it is most of the point.
usage: every_level.py [MODEL...]; default: the bundled model, and of those in
MOBILENET_SHARED a float and two integer networks, or all with MOBILENET_FULL.
Run it in meson devenv.
"""
import glob
import os
import sys
import tempfile

import numpy as np

import common
import graph_runner
from common import check
from graph_runner import NARROW, Way, float_error

# Many layers, sums of which each level adds up in its own order.
BOUND = 1e-4
FEW = ["mobilenet_v3_small_1.0_224_float", "mobilenet_v3_small_1.0_224_int8",
       "mobilenet_v1_0.25_128_quant"]


def models():
    if sys.argv[1:]:
        return sys.argv[1:]
    names = FEW if not os.environ.get("MOBILENET_FULL") else ["*"]
    found = [p for n in names for p in sorted(glob.glob(os.path.join(
        common.MODELS, n + ".tflite")))]
    return [os.path.join(common.TOP, "models/camera_health.tflite")] + found


def specification(path):
    """Shape and type of the input; types of the outputs."""
    from ai_edge_litert import schema_py_generated as schema
    types = {schema.TensorType.FLOAT32: np.float32,
             schema.TensorType.UINT8: np.uint8,
             schema.TensorType.INT8: np.int8,
             schema.TensorType.INT32: np.int32,
             schema.TensorType.INT64: np.int64}
    with open(path, "rb") as f:
        graph = schema.Model.GetRootAs(f.read(), 0).Subgraphs(0)
    x = graph.Tensors(graph.Inputs(0))
    y = [graph.Tensors(i) for i in graph.OutputsAsNumpy()]
    return (np.abs(x.ShapeAsNumpy()), types[x.Type()],
            [types[t.Type()] for t in y])


class Network:
    kind = "network"

    def __init__(self, path, folder):
        self.path, self.said = path, []
        self.name = os.path.basename(path)
        self.input, self.output = (os.path.join(folder, n)
                                   for n in ("x", "y"))
        shape, dtype, self.types = specification(path)
        rng = np.random.default_rng(1)
        x = rng.uniform(-1, 1, shape) if dtype == np.float32 else (
            rng.integers(*np.iinfo(dtype).min + np.array([0, 256]), shape))
        x.astype(dtype).tofile(self.input)

    def line(self, ways):
        return " ".join([self.path, self.input, self.output]
                        + [w.word for w in ways])

    def judge(self, ways):
        """Of one output, or several of one type. What no backend computes
        yet is no failure where it is said in words."""
        if all(said.startswith("refused") for said in self.said):
            print("skipped %s: %s" % (self.name, self.said[0]))
            return
        for way, said in zip(ways, self.said):
            if said != "ok" and not (said.startswith("refused")
                                     and way.precision in NARROW):
                check(False, "%s, %s: %s" % (self.name, way.word, said))
        fine = [w for w, said in zip(ways, self.said) if said == "ok"]
        if not fine or fine[0] is not ways[0] or len(set(self.types)) > 1:
            return
        all_of = np.fromfile(self.output, self.types[0]).reshape(
            len(fine), -1)
        for way, y in zip(fine[1:], all_of[1:]):
            if self.types[0] == np.float32:
                error = float_error(y, all_of[0])
            else:
                error = np.abs(y.astype(int) - all_of[0]).max()
            check(error <= NARROW.get(way.precision, BOUND),
                  "%s, %s: off by %.2g" % (self.name, way.word, error))


def main():
    runner, found = graph_runner.find()
    ways = [Way("reference")]
    for level in found[1:]:
        ways += [Way("cpu", level, 3), Way("cpu", level, 1, "-", "1")]
        ways += [Way("cpu", level, 3, precision) for precision in NARROW]
    with tempfile.TemporaryDirectory() as folder:
        for path in models():
            network = Network(path, folder)
            graph_runner.run(runner, [network], {Network.kind: ways})
            network.judge(ways)
    common.finish()


main()
