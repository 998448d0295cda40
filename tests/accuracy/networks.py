# SPDX-License-Identifier: LGPL-2.1-or-later
"""mobilenet-tool run against LiteRT's builtin kernels.

For each classification file with float activations, and each backend, on 20
photos: the largest difference is at most 1e-4 of the largest value. Dynamic
range files are held to LiteRT on the float file with the same weights, since
LiteRT quantises activations on the fly and the engine computes in float.
usage: networks.py [BACKEND...]; default: reference, cpu and, where there is a
device, opencl with the kernels that it gets and with those for GPUs. On the
CPU also with bfloat16 or float16 where it computes in them: at most 0.15 and
0.02 of the largest value. With OpenCL the float file also in float16, on 100
photos: 0.99 of them have float32's class.
"""
import os
import sys
import tempfile

import numpy as np
from PIL import Image

import common
from common import check

BOUND = 1e-4
# Where activations are stored with eight and eleven bits.
NARROW = {"bfloat16": 0.15, "float16": 0.02}


def check_half(pictures, truth, run, shape, folder):
    """Halves on a device: with its arithmetic of them, where it has that."""
    got, error = common.run_tool(common.FLOAT, "opencl", pictures, folder,
                                 shape, "float16")
    if not check(got is not None, "in float16 on opencl: %s" % error):
        return
    plain = np.array([np.argmax(run(p)) for p in pictures])
    first = 1 if got.shape[-1] > 1000 else 0
    common.check_narrow("float16", got.reshape(len(got), -1).argmax(1) - first,
                        plain - first, truth)


def main():
    common.need("mobilenet-tool")
    backends = [(b, None) for b in sys.argv[1:] or ["reference", "cpu"]]
    if not sys.argv[1:] and common.opencl_works():
        backends += [("opencl", None), ("opencl", "gpu")]
    narrow = common.narrow_precisions()
    photos = common.photos()[::5][:100]
    many = np.array([
        np.asarray(common.centre_square(Image.open(p).convert("RGB"), 224),
                   np.float32) for p, _ in photos])
    pictures = many[::5][:20]
    with tempfile.TemporaryDirectory() as folder:
        for path, _ in common.float_models():
            dynamic = path.endswith("dynamic_range.tflite")
            run = common.litert(common.FLOAT if dynamic else path)
            expected = np.array([run(p) for p in pictures])
            for backend, shape in backends:
                got, error = common.run_tool(path, backend, pictures, folder,
                                             shape, "float32")
                name = "%s on %s%s" % (os.path.basename(path), backend,
                                       " as a GPU" if shape else "")
                if got is None or got.shape != expected.shape:
                    check(False, "%s: %s" % (name, error or got.shape))
                    continue
                off = np.abs(got - expected).max() / np.abs(expected).max()
                check(off <= BOUND, "%s: off by %.2g of the largest value"
                      % (name, off))
            if path == common.FLOAT and backends[-1][0] == "opencl":
                check_half(many, np.array([c for _, c in photos]), run,
                           backends[-1][1], folder)
            for precision in narrow if "cpu" in dict(backends) else []:
                got, error = common.run_tool(path, "cpu", pictures, folder,
                                             precision=precision)
                if not check(got is not None, "%s in %s%s" % (
                        os.path.basename(path), precision, error)):
                    continue
                off = np.abs(got - expected).max() / np.abs(expected).max()
                check(off <= NARROW[precision],
                      "%s in %s: off by %.2g of the largest value"
                      % (os.path.basename(path), precision, off))
    common.finish()


main()
