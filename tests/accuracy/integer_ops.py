# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every integer operator of the quantised files against LiteRT's.

Each file is cut after each of its operators in turn and run on one photo; as
the operators before are exact, each sees LiteRT's own input. Whole networks
run on 20 photos. The results are equal bit for bit.
usage: integer_ops.py [BACKEND...]; default: reference cpu
"""
import glob
import os
import sys
import tempfile

import numpy as np
from PIL import Image

import common
from common import check


def cut(path, count, out):
    """The file's first count operators; the tensor that they end with."""
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema
    with open(path, "rb") as f:
        model = schema.ModelT.InitFromObj(
            schema.Model.GetRootAs(f.read(), 0))
    graph = model.subgraphs[0]
    graph.operators = graph.operators[:count]
    graph.outputs = [graph.operators[-1].outputs[0]]
    model.signatureDefs = None
    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(model.Pack(builder), b"TFL3")
    with open(out, "wb") as f:
        f.write(builder.Output())
    return graph.outputs[0]


def pictures(detail, paths):
    side = int(detail["shape"][1])
    mode = "RGB" if detail["shape"][3] == 3 else "L"
    x = np.array([np.asarray(common.centre_square(
        Image.open(p).convert(mode), side)) for p in paths])
    x = x.reshape((len(paths),) + tuple(detail["shape"][1:]))
    if detail["dtype"] == np.int8:
        x = x.astype(np.int32) - 128
    return x.astype(detail["dtype"])


def operators(path, backends, net, x, folder):
    from ai_edge_litert import schema_py_generated as schema
    with open(path, "rb") as f:
        graph = schema.Model.GetRootAs(f.read(), 0).Subgraphs(0)
    part = os.path.join(folder, "part.tflite")
    net.set_tensor(net.get_input_details()[0]["index"], x[:1])
    net.invoke()
    for count in range(1, graph.OperatorsLength() + 1):
        want = net.get_tensor(cut(path, count, part)).ravel()
        # Arithmetic of shapes is no operator on the picture.
        if want.dtype not in (np.int8, np.uint8, np.float32):
            continue
        for backend in backends:
            got, error = common.run_tool(part, backend, x[:1], folder)
            what = "%s: operator %d on %s" % (os.path.basename(path),
                                              count - 1, backend)
            if got is None:
                check(False, "%s: %s" % (what, error.strip()))
            else:
                check(np.array_equal(got.ravel(), want), what)


def whole(path, backends, net, x, folder):
    source, result = (net.get_input_details()[0]["index"],
                      net.get_output_details()[0]["index"])
    want = []
    for picture in x:
        net.set_tensor(source, picture[None])
        net.invoke()
        want.append(net.get_tensor(result).ravel())
    want = np.array(want)
    for backend in backends:
        got, error = common.run_tool(path, backend, x, folder)
        what = "%s on %s" % (os.path.basename(path), backend)
        if got is None:
            check(False, "%s: %s" % (what, error.strip()))
            continue
        got = got.reshape(want.shape)
        check(np.array_equal(got, want), "%s: %d of %d values" % (
            what, (got != want).sum(), want.size))


def main():
    common.need("mobilenet-tool")
    backends = sys.argv[1:] or ["reference", "cpu"]
    paths = [p for p, _ in common.photos()[::25][:20]]
    files = sorted(sum((glob.glob(os.path.join(common.MODELS, name)) for name
                        in ("mobilenet_v*quant*.tflite",
                            "mobilenet_v*int8.tflite",
                            "others/st_food101*int8.tflite",
                            "others/ei_grey_int8.tflite",
                            "others/automl_labeler_uint8.tflite")), []))
    if not files:
        common.skip("no quantised models")
    with tempfile.TemporaryDirectory() as folder:
        for path in files:
            net = common.interpreter(
                path, experimental_preserve_all_tensors=True)
            x = pictures(net.get_input_details()[0], paths)
            operators(path, backends, net, x, folder)
            whole(path, backends, net, x, folder)
    common.finish()


main()
