# SPDX-License-Identifier: LGPL-2.1-or-later
"""mobilenet-tool run against LiteRT's builtin kernels.

For each classification file with float activations, and each backend, on 20
photos: the largest difference is at most 1e-4 of the largest value. Dynamic
range files are held to LiteRT on the float file with the same weights, since
LiteRT quantises activations on the fly and the engine computes in float.
usage: networks.py [BACKEND...]; default: reference cpu
"""
import os
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image

import common
from common import check

BOUND = 1e-4


def litert(path, pictures):
    from ai_edge_litert.interpreter import Interpreter, OpResolverType
    kernels = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    net = Interpreter(path, experimental_op_resolver_type=kernels)
    net.allocate_tensors()
    x, y = net.get_input_details()[0], net.get_output_details()[0]
    out = []
    for picture in pictures:
        net.set_tensor(x["index"], picture[None])
        net.invoke()
        out.append(net.get_tensor(y["index"])[0].copy())
    return np.array(out)


def tool(path, backend, pictures, folder):
    x, y = os.path.join(folder, "x.npy"), os.path.join(folder, "y.npy")
    np.save(x, pictures)
    r = subprocess.run(["mobilenet-tool", "run", path, "--input", x,
                        "--output", y, "--backend", backend],
                       capture_output=True, text=True)
    if r.returncode:
        return None, r.stderr.strip()
    return np.load(y), ""


def main():
    common.need("mobilenet-tool")
    backends = sys.argv[1:] or ["reference", "cpu"]
    pictures = np.array([
        np.asarray(common.centre_square(Image.open(p).convert("RGB"), 224),
                   np.float32) for p, _ in common.photos()[::25][:20]])
    with tempfile.TemporaryDirectory() as folder:
        for path, _ in common.float_models():
            dynamic = path.endswith("dynamic_range.tflite")
            expected = litert(common.FLOAT if dynamic else path, pictures)
            for backend in backends:
                got, error = tool(path, backend, pictures, folder)
                name = "%s on %s" % (os.path.basename(path), backend)
                if got is None or got.shape != expected.shape:
                    check(False, "%s: %s" % (name, error or got.shape))
                    continue
                off = np.abs(got - expected).max() / np.abs(expected).max()
                check(off <= BOUND, "%s: off by %.2g of the largest value"
                      % (name, off))
    common.finish()


main()
