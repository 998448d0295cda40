# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes .tflite files tensor by tensor and operator by operator.

    net = tflite.Model()
    x = net.tensor((1, 8, 8, 3))
    w = net.tensor((4, 1, 1, 3), data=np.ones((4, 1, 1, 3), np.float32))
    y = net.tensor((1, 8, 8, 4))
    net.add("CONV_2D", [x, w], [y], strideH=1, strideW=1)
    net.write("one.tflite", [x], [y])

Options are the schema's own names and numbers. Whether the file makes sense is
the caller's business.
"""
import numpy as np

TYPES = {"float32": "FLOAT32", "float16": "FLOAT16", "int8": "INT8",
         "uint8": "UINT8", "int16": "INT16", "int32": "INT32",
         "int64": "INT64", "bool": "BOOL"}

# Tables of options whose name does not follow from the operator's.
OPTIONS = {
    "CONV_2D": "Conv2DOptions", "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions",
    "AVERAGE_POOL_2D": "Pool2DOptions", "MAX_POOL_2D": "Pool2DOptions",
    "MEAN": "ReducerOptions", "SUM": "ReducerOptions",
    "CONCATENATION": "ConcatenationOptions",
}
# Operators that have none, or whose options are empty.
WITHOUT = {"RELU", "RELU6", "RELU_N1_TO_1", "LOGISTIC"}


def schema():
    from ai_edge_litert import schema_py_generated
    return schema_py_generated


def options_name(op):
    words = op.split("_")
    return OPTIONS.get(op, "".join(w.capitalize() for w in words) + "Options")


class Model:
    def __init__(self):
        s = schema()
        self.graph = s.SubGraphT()
        self.graph.tensors, self.graph.operators = [], []
        self.model = s.ModelT()
        self.model.version = 3
        self.model.subgraphs = [self.graph]
        self.model.operatorCodes = []
        self.model.buffers = [s.BufferT()]

    def tensor(self, shape, dtype="float32", data=None, scale=None, zero=0,
               axis=0, name=None):
        """Returns its index. scale: a number, or one for each slice of axis,
        then zero may be as many; data: an array, whose type it has."""
        s = schema()
        t = s.TensorT()
        t.shape = np.array(shape, np.int32)
        t.buffer = 0
        if data is not None:
            data = np.ascontiguousarray(data)
            dtype = data.dtype.name
            buffer = s.BufferT()
            buffer.data = np.frombuffer(data.tobytes(), np.uint8)
            t.buffer = len(self.model.buffers)
            self.model.buffers.append(buffer)
        t.type = getattr(s.TensorType, TYPES[np.dtype(dtype).name])
        t.name = name or "t%d" % len(self.graph.tensors)
        if scale is not None:
            q = t.quantization = s.QuantizationParametersT()
            q.scale = np.atleast_1d(np.asarray(scale, np.float32))
            q.zeroPoint = np.broadcast_to(
                np.asarray(zero, np.int64), q.scale.shape).copy()
            q.quantizedDimension = axis
        self.graph.tensors.append(t)
        return len(self.graph.tensors) - 1

    def constant(self, values, dtype="int32"):
        """Indices, shapes, paddings."""
        values = np.asarray(values, dtype)
        return self.tensor(values.shape, data=values)

    def add(self, op, inputs, outputs, **options):
        s = schema()
        code = getattr(s.BuiltinOperator, op)
        node = s.OperatorT()
        node.inputs = np.array(inputs, np.int32)
        node.outputs = np.array(outputs, np.int32)
        node.opcodeIndex = self.code_index(code)
        if op not in WITHOUT:
            name = options_name(op)
            node.builtinOptionsType = getattr(s.BuiltinOptions, name)
            node.builtinOptions = getattr(s, name + "T")()
            for key, value in options.items():
                if not hasattr(node.builtinOptions, key):
                    raise KeyError("%s has no %s" % (name, key))
                setattr(node.builtinOptions, key, value)
        self.graph.operators.append(node)

    def code_index(self, code):
        s = schema()
        for i, known in enumerate(self.model.operatorCodes):
            if known.builtinCode == code:
                return i
        known = s.OperatorCodeT()
        known.builtinCode, known.version = code, 1
        known.deprecatedBuiltinCode = min(code, 127)
        self.model.operatorCodes.append(known)
        return len(self.model.operatorCodes) - 1

    def write(self, path, inputs, outputs):
        import flatbuffers
        self.graph.inputs = np.array(inputs, np.int32)
        self.graph.outputs = np.array(outputs, np.int32)
        builder = flatbuffers.Builder(1 << 16)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        with open(path, "wb") as f:
            f.write(builder.Output())
