# SPDX-License-Identifier: LGPL-2.1-or-later
"""What each operator computes, in double precision and plain NumPy.

Nothing here is shared with the engine: it is what the engine is held to.
Pictures are 1 x height x width x channels; options have the names and numbers
of the file format.
"""
import numpy as np

SAME, VALID = 0, 1
NONE, RELU, RELU6 = 0, 1, 3


def window(size, kernel, stride, dilation, padding):
    """Outputs along one axis, and the padding before the first pixel."""
    reach = (kernel - 1) * dilation + 1
    if padding == VALID:
        return (size - reach) // stride + 1, 0
    out = -(-size // stride)
    return out, max((out - 1) * stride + reach - size, 0) // 2


def activate(x, activation):
    if activation == RELU:
        return np.maximum(x, 0)
    return np.clip(x, 0, 6) if activation == RELU6 else x


def taps(x, kernel, strides, dilations, padding, outside):
    """For each position in the kernel: the pixels that it falls on."""
    out, before = zip(*(window(x.shape[1 + i], kernel[i], strides[i],
                               dilations[i], padding) for i in range(2)))
    needs = [(out[i] - 1) * strides[i] + (kernel[i] - 1) * dilations[i] + 1
             for i in range(2)]
    after = [max(needs[i] - before[i] - x.shape[1 + i], 0) for i in range(2)]
    padded = np.pad(x, [(0, 0), (before[0], after[0]), (before[1], after[1]),
                        (0, 0)], constant_values=outside)
    for i in range(kernel[0]):
        for j in range(kernel[1]):
            top, left = i * dilations[0], j * dilations[1]
            yield i, j, padded[:, top:top + (out[0] - 1) * strides[0] + 1:
                               strides[0],
                               left:left + (out[1] - 1) * strides[1] + 1:
                               strides[1]]


def geometry(o):
    return ((o["strideH"], o["strideW"]),
            (o.get("dilationHFactor", 1), o.get("dilationWFactor", 1)),
            o["padding"])


def conv(o, x, w, b=None):
    y = 0
    for i, j, part in taps(x, w.shape[1:3], *geometry(o), 0):
        y = y + part @ w[:, i, j].T
    return y if b is None else y + b


def depthwise(o, x, w, b=None):
    x = np.repeat(x, w.shape[3] // x.shape[3], axis=3)
    y = 0
    for i, j, part in taps(x, w.shape[1:3], *geometry(o), 0):
        y = y + part * w[0, i, j]
    return y if b is None else y + b


def fully_connected(o, x, w, b=None):
    y = x.reshape(-1, w.shape[1]) @ w.T
    if o.get("keepNumDims"):
        y = y.reshape(*x.shape[:-1], w.shape[0])
    return y if b is None else y + b


def pool(o, x, average):
    kernel = (o["filterHeight"], o["filterWidth"])
    shape = geometry(o)
    outside = 0 if average else -np.inf
    parts = [p for _, _, p in taps(x, kernel, *shape, outside)]
    if not average:
        return np.max(parts, axis=0)
    inside = [p for _, _, p in taps(np.ones_like(x), kernel, *shape, 0)]
    return np.sum(parts, axis=0) / np.sum(inside, axis=0)


def mean(o, x, axes):
    return x.mean(axis=tuple(int(a) for a in axes),
                  keepdims=bool(o.get("keepDims")))


def softmax(o, x):
    e = np.exp(o["beta"] * (x - x.max(axis=-1, keepdims=True)))
    return e / e.sum(axis=-1, keepdims=True)


def pad(o, x, around):
    return np.pad(x, [tuple(p) for p in np.asarray(around).astype(int)])


OPERATORS = {
    "CONV_2D": conv, "DEPTHWISE_CONV_2D": depthwise,
    "FULLY_CONNECTED": fully_connected,
    "AVERAGE_POOL_2D": lambda o, x: pool(o, x, True),
    "MAX_POOL_2D": lambda o, x: pool(o, x, False),
    "MEAN": mean, "SOFTMAX": softmax, "PAD": pad,
    "ADD": lambda o, a, b: a + b, "SUB": lambda o, a, b: a - b,
    "MUL": lambda o, a, b: a * b,
    "RELU": lambda o, x: np.maximum(x, 0),
    "RELU6": lambda o, x: np.clip(x, 0, 6),
    "HARD_SWISH": lambda o, x: x * np.clip(x + 3, 0, 6) / 6,
    "LOGISTIC": lambda o, x: 1 / (1 + np.exp(-x)),
    "RESHAPE": lambda o, x, shape: x.reshape(np.asarray(shape).astype(int)),
    "TRANSPOSE": lambda o, x, order: x.transpose(np.asarray(order).astype(int)),
    "QUANTIZE": lambda o, x: x, "DEQUANTIZE": lambda o, x: x,
}


def compute(op, options, inputs):
    """inputs: arrays; what is no index is in double precision."""
    y = OPERATORS[op](options, *inputs)
    return activate(y, options.get("fusedActivationFunction", NONE))
