# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes a trained network as a .tflite file, with metadata.

The form is that of Keras' MobileNetV3 after the converter: NHWC, batch norm
inside the convolutions, the hard sigmoid as a convolution whose bias holds the
3 with a fused RELU6, then MUL by 1/6.  Weights are float16 behind DEQUANTIZE
(or float32); biases are float32.
"""
import io
import zipfile

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as tfl

OP = tfl.BuiltinOperator
ACT = {"none": 0, "relu": 1, "relu6": 3}
SAME = 0


class Aligned(flatbuffers.Builder):
    """Puts the contents of buffers at multiples of 16, as the schema asks (readers map them)."""

    def StartVector(self, size, count, alignment):
        return super().StartVector(size, count, 16 if size == 1 else alignment)


class Writer:
    def __init__(self, name, half):
        self.model = tfl.ModelT()
        self.model.version = 3
        self.model.description = name
        self.model.buffers = [tfl.BufferT()]        # buffer 0 is the empty one
        self.model.operatorCodes = []
        self.graph = tfl.SubGraphT()
        self.graph.name = "main"
        self.graph.tensors, self.graph.operators = [], []
        self.half, self.codes, self.scalars = half, {}, {}

    def tensor(self, name, shape, data=None, kind=tfl.TensorType.FLOAT32):
        t = tfl.TensorT()
        t.name, t.shape, t.type, t.buffer = name, [int(n) for n in shape], kind, 0
        if data is not None:
            b = tfl.BufferT()
            b.data = np.frombuffer(np.ascontiguousarray(data).tobytes(), np.uint8)
            self.model.buffers.append(b)
            t.buffer = len(self.model.buffers) - 1
        self.graph.tensors.append(t)
        return len(self.graph.tensors) - 1

    def operator(self, code, inputs, shape, name, options=None, kind=None, version=1):
        if code not in self.codes:
            c = tfl.OperatorCodeT()
            c.builtinCode = code
            c.deprecatedBuiltinCode = min(code, 127)
            c.version = version
            self.codes[code] = len(self.model.operatorCodes)
            self.model.operatorCodes.append(c)
        out = self.tensor(name, shape)
        o = tfl.OperatorT()
        o.opcodeIndex, o.inputs, o.outputs = self.codes[code], inputs, [out]
        if options is not None:
            o.builtinOptionsType, o.builtinOptions = kind, options
        self.graph.operators.append(o)
        return out

    def shape(self, t):
        return self.graph.tensors[t].shape

    def weights(self, name, data):
        if not self.half:
            return self.tensor(name, data.shape, data.astype(np.float32))
        stored = self.tensor(name + "/half", data.shape, data.astype(np.float16), tfl.TensorType.FLOAT16)
        return self.operator(OP.DEQUANTIZE, [stored], data.shape, name, tfl.DequantizeOptionsT(),
                             tfl.BuiltinOptions.DequantizeOptions, 3)

    def scalar(self, value):
        if value not in self.scalars:
            self.scalars[value] = self.tensor(f"constant_{len(self.scalars)}", [], np.float32(value))
        return self.scalars[value]

    def conv(self, x, weight, bias, name, stride=1, act="none", depthwise=False):
        """weight as torch has it: out, in, height, width."""
        n, h, w, _ = self.shape(x)
        data = weight.transpose(1, 2, 3, 0) if depthwise else weight.transpose(0, 2, 3, 1)
        options = tfl.DepthwiseConv2DOptionsT() if depthwise else tfl.Conv2DOptionsT()
        kind = tfl.BuiltinOptions.DepthwiseConv2DOptions if depthwise else tfl.BuiltinOptions.Conv2DOptions
        options.padding, options.strideH, options.strideW = SAME, stride, stride
        options.dilationHFactor = options.dilationWFactor = 1
        options.fusedActivationFunction = ACT[act]
        if depthwise:
            options.depthMultiplier = 1
        inputs = [x, self.weights(name + "/weights", data),
                  self.tensor(name + "/bias", bias.shape, bias.astype(np.float32))]
        code = OP.DEPTHWISE_CONV_2D if depthwise else OP.CONV_2D
        return self.operator(code, inputs, [n, -(-h // stride), -(-w // stride), weight.shape[0]], name, options, kind)

    def hard_swish(self, x, name):
        return self.operator(OP.HARD_SWISH, [x], self.shape(x), name, tfl.HardSwishOptionsT(),
                             tfl.BuiltinOptions.HardSwishOptions)

    def mul(self, a, b, name):
        options = tfl.MulOptionsT()
        options.fusedActivationFunction = 0
        return self.operator(OP.MUL, [a, b], self.shape(a), name, options, tfl.BuiltinOptions.MulOptions)

    def add(self, a, b, name):
        options = tfl.AddOptionsT()
        options.fusedActivationFunction, options.potScaleInt16 = 0, False
        return self.operator(OP.ADD, [a, b], self.shape(a), name, options, tfl.BuiltinOptions.AddOptions)

    def mean(self, x, name):
        if not hasattr(self, "axes"):
            self.axes = self.tensor("axes", [2], np.array([1, 2], np.int32), tfl.TensorType.INT32)
        options = tfl.ReducerOptionsT()
        options.keepDims = True
        n, _, _, c = self.shape(x)
        return self.operator(OP.MEAN, [x, self.axes], [n, 1, 1, c], name, options, tfl.BuiltinOptions.ReducerOptions)

    def reshape(self, x, shape, name):
        to = self.tensor(name + "/shape", [len(shape)], np.array(shape, np.int32), tfl.TensorType.INT32)
        options = tfl.ReshapeOptionsT()
        options.newShape = shape
        return self.operator(OP.RESHAPE, [x, to], shape, name, options, tfl.BuiltinOptions.ReshapeOptions)

    def softmax(self, x, name):
        options = tfl.SoftmaxOptionsT()
        options.beta = 1.0
        return self.operator(OP.SOFTMAX, [x], self.shape(x), name, options, tfl.BuiltinOptions.SoftmaxOptions)

    def attach(self, name, data):
        b = tfl.BufferT()
        b.data = np.frombuffer(data, np.uint8)
        self.model.buffers.append(b)
        m = tfl.MetadataT()
        m.name, m.buffer = name, len(self.model.buffers) - 1
        self.model.metadata = (self.model.metadata or []) + [m]

    def finish(self):
        self.model.subgraphs = [self.graph]
        builder = Aligned(1 << 20)
        builder.Finish(self.model.Pack(builder), file_identifier=b"TFL3")
        return bytes(builder.Output())


def table(b, **fields):
    """A FlatBuffers table; a field is slot=(kind, value)."""
    b.StartObject(max(f[0] for f in fields.values()) + 1)
    for slot, kind, value in fields.values():
        if kind == "offset":
            b.PrependUOffsetTRelativeSlot(slot, value, 0)
        elif kind == "byte":
            b.PrependUint8Slot(slot, value, 0)
        else:
            raise ValueError(kind)
    return b.EndObject()


def vector(b, offsets):
    b.StartVector(4, len(offsets), 4)
    for o in reversed(offsets):
        b.PrependUOffsetTRelative(o)
    return b.EndVector()


def floats(b, values):
    b.StartVector(4, len(values), 4)
    for v in reversed(values):
        b.PrependFloat32(v)
    return b.EndVector()


def metadata(name, description, labels_file, mean, std, low, high, licence):
    """The metadata FlatBuffer (identifier M001): normalisation, range, labels."""
    b = flatbuffers.Builder(1024)
    text = b.CreateString
    # ProcessUnit { options_type, options }; 1 is NormalizationOptions { mean, std }
    options = table(b, mean=(0, "offset", floats(b, [mean])), std=(1, "offset", floats(b, [std])))
    unit = table(b, type=(0, "byte", 1), options=(1, "offset", options))
    # Content { properties_type, properties }; 2 is ImageProperties { color_space = RGB }
    image = table(b, space=(0, "byte", 1))
    content = table(b, type=(0, "byte", 2), properties=(1, "offset", image))
    stats = table(b, max=(0, "offset", floats(b, [high])), min=(1, "offset", floats(b, [low])))
    entry = table(b, name=(0, "offset", text("image")), description=(1, "offset", text("RGB picture, 0..255")),
                  content=(3, "offset", content), units=(4, "offset", vector(b, [unit])), stats=(5, "offset", stats))
    # AssociatedFile { name, description, type }; 2 is TENSOR_AXIS_LABELS
    file = table(b, name=(0, "offset", text(labels_file)), description=(1, "offset", text("One label a line")),
                 type=(2, "byte", 2))
    feature = table(b, none=(0, "byte", 0))
    content = table(b, type=(0, "byte", 1), properties=(1, "offset", feature))
    stats = table(b, max=(0, "offset", floats(b, [1.0])), min=(1, "offset", floats(b, [0.0])))
    result = table(b, name=(0, "offset", text("probability")), description=(1, "offset", text("One for each label")),
                   content=(3, "offset", content), stats=(5, "offset", stats), files=(6, "offset", vector(b, [file])))
    sub = table(b, name=(0, "offset", text("main")), inputs=(2, "offset", vector(b, [entry])),
                outputs=(3, "offset", vector(b, [result])))
    root = table(b, name=(0, "offset", text(name)), description=(1, "offset", text(description)),
                 version=(2, "offset", text("1")), subgraphs=(3, "offset", vector(b, [sub])),
                 licence=(5, "offset", text(licence)), parser=(7, "offset", text("1.0.0")))
    b.Finish(root, file_identifier=b"M001")
    return bytes(b.Output())


def write(path, net, side, labels, mean, std, name, description, half=True):
    """Write the network `net` (in eval mode) to `path`; gives the size in bytes."""
    def raw(conv):
        return conv.weight.detach().numpy(), conv.bias.detach().numpy()

    def unit(conv, x, label, depthwise=False):
        weight, bias = (t.numpy() for t in conv.folded())
        fused = conv.act if conv.act != "hswish" else "none"
        y = w.conv(x, weight, bias, label, conv.stride, fused, depthwise)
        return w.hard_swish(y, label + "/hard_swish") if conv.act == "hswish" else y

    w = Writer(description, half)
    x = first = w.tensor("image", [1, side, side, 3])
    x = unit(net.stem, x, "stem")
    for i, block in enumerate(net.blocks):
        label, start = f"block_{i}", x
        if block.expand:
            x = unit(block.expand, x, label + "/expand")
        x = unit(block.depthwise, x, label + "/depthwise", True)
        if block.excite:
            gate = w.mean(x, label + "/squeeze")
            gate = w.conv(gate, *raw(block.excite.reduce), label + "/reduce", act="relu")
            weight, bias = raw(block.excite.expand)
            gate = w.conv(gate, weight, bias + 3, label + "/gate", act="relu6")
            gate = w.mul(gate, w.scalar(1 / 6), label + "/hard_sigmoid")
            x = w.mul(x, gate, label + "/excite")
        x = unit(block.project, x, label + "/project")
        if block.residual:
            x = w.add(start, x, label + "/add")
    x = w.mean(unit(net.last, x, "last"), "pool")
    x = w.hard_swish(w.conv(x, *raw(net.head), "head"), "head/hard_swish")
    x = w.conv(x, *raw(net.classifier), "logits")
    x = w.softmax(w.reshape(x, [1, len(labels)], "flat"), "probability")
    w.graph.inputs, w.graph.outputs = [first], [x]
    w.attach("TFLITE_METADATA", metadata(name, description, "labels.txt", mean, std, (0 - mean) / std,
                                         (255 - mean) / std, "LGPL-2.1-or-later"))
    w.attach("min_runtime_version", b"2.3.0".ljust(16, b"\0"))
    data = w.finish()
    # The labels follow as a zip archive; its offsets count from the file's start, so that both readers are content.
    archive = io.BytesIO(data)
    with zipfile.ZipFile(archive, "a", zipfile.ZIP_STORED) as z:
        z.writestr(zipfile.ZipInfo("labels.txt", (2000, 1, 1, 0, 0, 0)), "\n".join(labels) + "\n")
    with open(path, "wb") as f:
        f.write(archive.getvalue())
    return len(archive.getvalue())
