# SPDX-License-Identifier: LGPL-2.1-or-later
"""What goes in and what comes out, for files as people have them.

Real networks are written anew in each usual way to normalise pixels (in the
graph, folded into weights, left out) and to end (one value, two outputs,
sigmoids), with float, uint8 and int8 inputs, beside files from elsewhere. The
pictures are PNG files of the network's own size, so that all that differs is
what is made of them. Through gst-launch-1.0 with no property set each file
names LiteRT's class, given what its author meant, in at least 0.98 of them;
where neither the file nor its metadata tells the range there is a warning,
and elsewhere none.
usage: meanings.py [NUMBER OF PHOTOS]; default: 100
"""
import os
import sys
import tempfile

import numpy as np
from PIL import Image

import common
import tflite
from common import check

SAME = 0.98
INT8 = os.path.join(common.MODELS, common.BASE + "int8.tflite")
V2 = os.path.join(common.MODELS, "mobilenet_v2_1.0_224_quant.tflite")
OTHERS = os.path.join(common.MODELS, "others")

# ImageNet's, of pixels in 0..255.
MEAN = np.array([123.675, 116.28, 103.53], np.float32)
STD = np.array([58.395, 57.12, 57.375], np.float32)
CAFFE = np.array([123.68, 116.779, 103.939], np.float32)


class Real(tflite.Model):
    """A file that is there already, to be changed."""

    def __init__(self, path):
        s = tflite.schema()
        with open(path, "rb") as f:
            self.model = s.ModelT.InitFromObj(s.Model.GetRootAs(f.read(), 0))
        self.model.signatureDefs = None
        self.graph = self.model.subgraphs[0]
        self.graph.operators = list(self.graph.operators)
        self.graph.tensors = list(self.graph.tensors)
        self.model.operatorCodes = list(self.model.operatorCodes)
        self.model.buffers = list(self.model.buffers)
        self.inputs, self.outputs = ([int(t) for t in ends] for ends in
                                     (self.graph.inputs, self.graph.outputs))

    def code_index(self, code):
        # Older files have the code in the older field alone.
        for i, known in enumerate(self.model.operatorCodes):
            if max(known.builtinCode, known.deprecatedBuiltinCode) == code:
                return i
        return super().code_index(code)

    def prepend(self, op, inputs, outputs, **options):
        self.add(op, inputs, outputs, **options)
        self.graph.operators.insert(0, self.graph.operators.pop())

    def values(self, tensor):
        t = self.graph.tensors[tensor]
        data = np.asarray(self.model.buffers[t.buffer].data, np.uint8)
        return np.frombuffer(data.tobytes(), np.float32).reshape(t.shape)

    def set_values(self, tensor, values):
        t = self.graph.tensors[tensor]
        self.model.buffers[t.buffer].data = np.frombuffer(
            np.ascontiguousarray(values, np.float32).tobytes(), np.uint8)

    def set_quant(self, tensor, scale, zero):
        t = self.graph.tensors[tensor]
        q = t.quantization = tflite.schema().QuantizationParametersT()
        q.scale = np.array([scale], np.float32)
        q.zeroPoint = np.array([zero], np.int64)

    def add_metadata(self, mean, std):
        """TFLite metadata with a normalisation of the input."""
        s = tflite.schema()
        buffer = s.BufferT()
        buffer.data = np.frombuffer(metadata(mean, std), np.uint8)
        entry = s.MetadataT()
        entry.name, entry.buffer = "TFLITE_METADATA", len(self.model.buffers)
        self.model.buffers.append(buffer)
        self.model.metadata = [m for m in self.model.metadata or []
                               if m.name != b"TFLITE_METADATA"] + [entry]

    def save(self, path):
        self.write(path, self.inputs, self.outputs)


def metadata(mean, std):
    import flatbuffers
    b = flatbuffers.Builder(256)

    def floats(values):
        b.StartVector(4, len(values), 4)
        for v in reversed(values):
            b.PrependFloat32(v)
        return b.EndVector()

    def table(n, fields):
        b.StartObject(n)
        for field, value in fields:
            b.PrependUOffsetTRelativeSlot(field, value, 0)
        return b.EndObject()

    def vector(item):
        b.StartVector(4, 1, 4)
        b.PrependUOffsetTRelative(item)
        return b.EndVector()

    means, stds = floats(mean), floats(std)
    norm = table(2, [(0, means), (1, stds)])
    b.StartObject(2)
    b.PrependUint8Slot(0, 1, 0)
    b.PrependUOffsetTRelativeSlot(1, norm, 0)
    unit = b.EndObject()
    tensor = table(5, [(4, vector(unit))])
    graph = table(4, [(2, vector(tensor))])
    b.Finish(table(4, [(3, vector(graph))]), b"M001")
    return bytes(b.Output())


# ---- normalisations -------------------------------------------------------

def network(scale, offset, steps=()):
    """V3-Small whose first convolution gets z with x = z * scale + offset, x
    being the -1..1 that it was trained with, behind steps from the input."""
    net = Real(common.FLOAT)
    conv = net.graph.operators[2]
    del net.graph.operators[:2]
    scale, offset = (np.broadcast_to(np.asarray(v, np.float32), 3)
                     for v in (scale, offset))
    weights, bias = (net.values(int(t)) for t in conv.inputs[1:3])
    net.set_values(int(conv.inputs[2]),
                   bias + (weights * offset).sum(axis=(1, 2, 3)))
    net.set_values(int(conv.inputs[1]), weights * scale)
    x = net.inputs[0]
    conv.inputs = np.array([x, *conv.inputs[1:]], np.int32)
    for op, value in steps[::-1]:
        y = net.tensor((1, 224, 224, 3), name="step")
        constant = net.constant(value, "float32")
        # Backwards: each one goes in front of those before.
        for reader in net.graph.operators:
            reader.inputs = np.array([y if int(t) == x else int(t)
                                      for t in reader.inputs], np.int32)
        net.prepend(op, [x, constant], [y])
    return net


def plain(pixels):
    return pixels


def unit(pixels):
    return pixels / np.float32(255)


def signed(pixels):
    return pixels / np.float32(127.5) - 1


# name, network, what its author feeds it with, whether the file tells it
FLOATS = (
    ("Rescaling (1/127.5, -1)", plain, True, lambda: network(
        1, 0, (("MUL", 1 / 127.5), ("SUB", 1)))),
    ("x / 127.5 + -1", plain, True, lambda: network(
        1, 0, (("MUL", 1 / 127.5), ("ADD", -1)))),
    ("(x - 127.5) / 127.5, folded", plain, True, lambda: network(
        1 / 127.5, 0, (("SUB", 127.5),))),
    ("(x - 127.5) * c", plain, True, lambda: network(
        1, 0, (("SUB", 127.5), ("MUL", 1 / 127.5)))),
    ("(x - 127.5) * 0.05", plain, True, lambda: network(
        1 / 127.5 / 0.05, 0, (("SUB", 127.5), ("MUL", 0.05)))),
    ("(x - 128) / 128", plain, True, lambda: network(
        1, 0, (("SUB", 128), ("MUL", 1 / 128)))),
    ("(x - 128) / 128, folded", plain, True, lambda: network(
        1 / 128, 0, (("SUB", 128),))),
    ("Rescaling (1/255)", plain, True, lambda: network(
        2, -1, (("MUL", 1 / 255),))),
    ("Rescaling (1/255, -0.5)", plain, True, lambda: network(
        2, 0, (("MUL", 1 / 255), ("ADD", -0.5)))),
    ("Normalization", plain, True, lambda: network(
        STD / 127.5, MEAN / 127.5 - 1, (("SUB", MEAN), ("MUL", 1 / STD)))),
    ("Normalization, folded", plain, True, lambda: network(
        1 / 127.5, MEAN / 127.5 - 1, (("SUB", MEAN),))),
    ("ImageNet's means in RGB", plain, True, lambda: network(
        1 / 127.5, CAFFE / 127.5 - 1, (("SUB", CAFFE),))),
    ("Normalization of 0..1", unit, True, lambda: network(
        STD / 127.5, MEAN / 127.5 - 1,
        (("SUB", MEAN / 255), ("MUL", 255 / STD)))),
    ("2 x - 1", unit, True, lambda: network(
        1, 0, (("MUL", 2), ("SUB", 1)))),
    ("x - 0.5", unit, True, lambda: network(2, 0, (("SUB", 0.5),))),
    ("nothing, 1/255 folded", plain, False, lambda: network(2 / 255, -1)),
    ("nothing, 1/127.5 folded", plain, False, lambda: network(1 / 127.5, -1)),
    ("nothing, -1..1", signed, False, lambda: network(1, 0)),
)


def with_metadata(net, mean, std):
    net.add_metadata(mean, std)
    return net


# ---- integers -------------------------------------------------------------

def integers(kind, span=1):
    """The int8 V3-Small: its input of kind, pixels 0..255 being 0..255 / span
    by its quantisation."""
    net = Real(INT8)
    quantize = net.graph.operators[0]
    x, q = int(quantize.inputs[0]), int(quantize.outputs[0])
    net.set_quant(q, 1 / span, -128)
    if span != 1:
        factor = net.graph.tensors[int(net.graph.operators[1].inputs[1])]
        factor.quantization.scale = factor.quantization.scale * span
    if kind == "int8":
        del net.graph.operators[0]
        net.inputs = [q]
    elif kind == "float32":
        t = net.graph.tensors[x]
        t.type, t.quantization = tflite.schema().TensorType.FLOAT32, None
    else:
        net.set_quant(x, 1 / span, 0)
    return net


def v2_float():
    """V2 from -1..1 floats. (Of a range of 255 steps each pixel lies on a half
    of one, where the last bit of a float decides.)"""
    net = Real(V2)
    x = net.inputs[0]
    net.inputs = [net.tensor((1, 224, 224, 3))]
    net.prepend("QUANTIZE", net.inputs, [x])
    net.model.metadata = None
    return net


def v2_int8():
    net = Real(V2)
    x = net.inputs[0]
    net.inputs = [net.tensor((1, 224, 224, 3), "int8", scale=1 / 128)]
    net.prepend("QUANTIZE", net.inputs, [x])
    net.model.metadata = None
    return net


INTEGERS = (
    ("V3 int8, uint8 in", plain, lambda: integers("uint8")),
    ("V3 int8, int8 in", plain, lambda: integers("int8")),
    ("V3 int8, int8 in of 0..1", plain, lambda: integers("int8", 255)),
    ("V3 int8, int8 in, said -1..1", plain, lambda: with_metadata(
        integers("int8"), [127.5], [127.5])),
    ("V3 int8, uint8 in, said 0..1", plain, lambda: with_metadata(
        integers("uint8"), [0], [255])),
    ("V3 int8, float in", plain, lambda: integers("float32")),
    ("V3 int8, float in of 0..1", unit, lambda: integers("float32", 255)),
    ("V2 uint8", plain, lambda: Real(V2)),
    ("V2 uint8, said 0..255", plain, lambda: with_metadata(
        Real(V2), [0], [1])),
    ("V2 uint8, int8 in", plain, v2_int8),
    ("V2 uint8, float in", signed, v2_float),
)


# ---- ends -----------------------------------------------------------------

def end_tensors(net):
    """Before the last convolution, its values, behind the softmax."""
    conv = [o for o in net.graph.operators
            if net.model.operatorCodes[o.opcodeIndex].builtinCode == 3][-1]
    return int(conv.inputs[0]), conv, net.outputs[0]


def two_outputs(first):
    net = Real(common.FLOAT)
    features, _, scores = end_tensors(net)
    flat = net.tensor((1, 1024), name="embedding")
    net.add("RESHAPE", [features, net.constant((1, 1024))], [flat],
            newShape=[1, 1024])
    net.outputs = [flat, scores] if first else [scores, flat]
    return net


def sigmoids():
    net = Real(common.FLOAT)
    softmax = net.graph.operators.pop()
    net.add("LOGISTIC", [int(softmax.inputs[0])], [int(softmax.outputs[0])])
    return net


def without_softmax():
    net = Real(common.FLOAT)
    net.outputs = [int(net.graph.operators.pop().inputs[0])]
    return net


def one_value(sigmoid, quantised=None):
    """Animal or not: the first 398 classes against the others."""
    net = Real(common.FLOAT)
    features, conv, _ = end_tensors(net)
    weights, bias = (net.values(int(t)) for t in conv.inputs[1:3])
    weights = weights.reshape(len(bias), -1)
    w = 3 * (weights[:398].mean(axis=0) - weights[398:].mean(axis=0))
    b = 3 * (bias[:398].mean() - bias[398:].mean())
    net.graph.operators = net.graph.operators[
        :net.graph.operators.index(conv)]
    flat, y = net.tensor((1, len(w))), net.tensor((1, 1))
    net.add("RESHAPE", [features, net.constant((1, len(w)))], [flat],
            newShape=[1, len(w)])
    net.add("FULLY_CONNECTED",
            [flat, net.constant(w[None], "float32"),
             net.constant([b], "float32")], [y])
    if sigmoid:
        z = net.tensor((1, 1))
        net.add("LOGISTIC", [y], [z])
        y = z
    if quantised:
        scale, zero = quantised
        z = net.tensor((1, 1), "int8", scale=scale, zero=zero)
        net.add("QUANTIZE", [y], [z])
        y = z
    net.outputs = [y]
    return net


def best(y):
    return int(np.argmax(y))


def above(limit):
    return lambda y: int(y.ravel()[0] > limit)


# name, network, which output, the class that it tells
ENDS = (
    ("embedding, then classes", lambda: two_outputs(True), 1, best),
    ("classes, then embedding", lambda: two_outputs(False), 0, best),
    ("sigmoids", sigmoids, 0, best),
    ("no softmax", without_softmax, 0, best),
    ("one value", lambda: one_value(False), 0, above(0)),
    ("one value, sigmoid", lambda: one_value(True), 0, above(0.5)),
    ("one value, int8", lambda: one_value(False, (0.05, 10)), 0, above(10)),
    ("one value, sigmoid, int8",
     lambda: one_value(True, (1 / 256, -128)), 0, above(0)),
)

FILES = ("automl_labeler_uint8", "st_food101_v2_0.35_int8", "ei_grey_int8")


# ---- running --------------------------------------------------------------

class Pictures:
    """Photos as PNG files, a folder for each size and kind."""

    def __init__(self, folder, paths):
        self.folder, self.paths, self.known = folder, paths, {}

    def get(self, side, mode):
        if (side, mode) not in self.known:
            folder = os.path.join(self.folder, "%s%d" % (mode, side))
            os.mkdir(folder)
            pixels = []
            for i, path in enumerate(self.paths):
                image = common.centre_square(
                    Image.open(path).convert(mode), side)
                image.save(os.path.join(folder, "%03d.png" % i))
                pixels.append(np.asarray(image).reshape(side, side, -1))
            self.known[side, mode] = folder, pixels
        return self.known[side, mode]


def litert(path, feed, pictures, output, tell):
    """The folder of the network's pictures, and LiteRT's class of each."""
    net = common.interpreter(path)
    x, y = net.get_input_details()[0], net.get_output_details()[output]
    folder, pixels = pictures.get(int(x["shape"][1]),
                                  "L" if x["shape"][3] == 1 else "RGB")
    classes = []
    for p in pixels:
        p = p.astype(np.int32) - 128 if x["dtype"] == np.int8 else \
            feed(p.astype(np.float32))
        net.set_tensor(x["index"], p[None].astype(x["dtype"]))
        net.invoke()
        classes.append(tell(net.get_tensor(y["index"])))
    return folder, np.array(classes)


def ours(path, folder, settings):
    return common.gst_launch([
        "multifilesrc", "location=" + os.path.join(folder, "%03d.png"),
        "caps=image/png,framerate=1/1", "!", "pngdec", "!", "mobilenet",
        "post-messages=all", "threshold=0", "model-file=" + path, *settings,
        "!", "fakesink"])


def compare(name, path, feed, pictures, told=True, settings=(), output=0,
            tell=best):
    folder, want = litert(path, feed, pictures, output, tell)
    status, results, said = ours(path, folder, settings)
    if status != 0 or len(results) != len(want):
        check(False, "%s: %d results, status %d %s" % (
            name, len(results), status, said.strip()[-300:]))
        return
    same = (np.array([r["index"] for r in results]) == want).mean()
    check(same >= SAME, "%s: LiteRT's class in %.3f" % (name, same))
    warns = "mean=0 std=255" in said
    check(warns != told, "%s: %s" % (name, "warns" if warns
                                     else "does not warn"))


def main():
    common.need("gst-launch-1.0")
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    paths = [p for p, _ in common.photos()]
    paths = paths[::max(1, len(paths) // n)][:n]
    with tempfile.TemporaryDirectory() as folder:
        pictures = Pictures(folder, paths)
        path = os.path.join(folder, "net.tflite")
        for name, feed, told, make in FLOATS:
            make().save(path)
            compare(name, path, feed, pictures, told)
        network(2, -1).save(path)
        compare("nothing, 0..1, set", path, unit, pictures,
                settings=["mean=0", "std=255"])
        with_metadata(network(2, -1), [0], [255]).save(path)
        compare("said 0..1", path, unit, pictures)
        with_metadata(network(STD / 127.5, MEAN / 127.5 - 1), MEAN,
                      STD).save(path)
        compare("said a channel", path, lambda p: (p - MEAN) / STD, pictures)
        for name, feed, make in INTEGERS:
            make().save(path)
            compare(name, path, feed, pictures)
        for name, make, output, tell in ENDS:
            make().save(path)
            compare(name, path, plain, pictures, output=output, tell=tell)
        for name in FILES:
            there = os.path.join(OTHERS, name + ".tflite")
            if os.path.exists(there):
                compare(name, there, plain, pictures)
            else:
                print("SKIPPED %s: it is not in %s" % (name, OTHERS))
    common.finish()


main()
