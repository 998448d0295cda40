# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random models of one integer operator each, and of one with functions of
its result behind it.

CASES is a table of functions by operator: each takes a random generator and
returns a Case. The picture that goes in has one channel or three; a RESHAPE
makes of it whatever the operator takes, with a scale and a zero point of its
own.
"""
import numpy as np

import tflite

RANGES = {"int8": (-128, 127), "uint8": (0, 255)}
# The schema's numbers of fused activations.
ACTIVATIONS = (0, 1, 2, 3)      # none, RELU, RELU_N1_TO_1, RELU6
SAME, VALID = 0, 1
CHANNELS = (1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 20, 24, 31, 33, 40, 72)


class Case:
    """A model and the pictures that go in: an array [n, height, width,
    channels]."""

    def __init__(self, rng):
        self.rng, self.net, self.x = rng, tflite.Model(), None
        self.what = ""

    def value(self, shape, dtype, scale, zero, near=None):
        """A tensor of that shape made of the picture. near: the bytes are
        around this one rather than anywhere."""
        shape = tuple(int(s) for s in shape)
        n = int(np.prod(shape))
        picture = shape
        if len(shape) != 4 or shape[0] != 1 or shape[3] not in (1, 3):
            picture = (1, n, 1, 1)
        self.input = self.net.tensor(picture, dtype, scale=scale, zero=zero)
        self.x = bytes_of(self.rng, (2,) + picture[1:], dtype, near)
        if picture == shape:
            return self.input
        return self.reshaped(self.input, shape, dtype, scale, zero)

    def reshaped(self, x, shape, dtype, scale, zero):
        y = self.net.tensor(shape, dtype, scale=scale, zero=zero)
        self.net.add("RESHAPE", [x, self.net.constant(shape)], [y],
                     newShape=np.array(shape, np.int32))
        return y

    def result(self, shape, dtype, scale=None, zero=0):
        self.output = self.net.tensor(shape, dtype, scale=scale, zero=zero)
        self.form = tuple(int(s) for s in shape), dtype, scale, zero
        return self.output

    def write(self, path):
        self.net.write(path, [self.input], [self.output])


def activation(rng, scale):
    """One whose limits are numbers of 32 bits in such steps."""
    return int(pick(rng, ACTIVATIONS)) if scale > 1e-8 else 0


def pick(rng, values):
    return values[rng.integers(len(values))]


def bytes_of(rng, shape, dtype, near=None):
    low, high = RANGES[dtype]
    kind = rng.integers(8)
    if near is not None and kind < 4:
        x = near + np.round(rng.normal(0, 12, shape))
    elif kind == 7:
        x = rng.choice([low, low + 1, 0 if low else 128, high - 1, high],
                       shape)
    else:
        x = rng.integers(low, high + 1, shape)
    return np.clip(x, low, high).astype(dtype)


def any_scale(rng):
    kind = rng.integers(10)
    if kind < 5:
        return np.float32(10 ** rng.uniform(-3, -0.3))
    if kind < 7:
        return np.float32(2.0 ** rng.integers(-10, 2))
    if kind == 7:
        return np.float32(rng.uniform(1, 40))
    if kind == 8:
        return np.float32(10 ** rng.uniform(-8, -4))
    return np.float32(1 / pick(rng, (127.5, 255.0, 256.0)))


def any_zero(rng, dtype):
    low, high = RANGES[dtype]
    kind = rng.integers(5)
    if kind == 0:
        return low
    if kind == 1:
        return high
    if kind == 2:
        return 0 if dtype == "int8" else 128
    return int(rng.integers(low, high + 1))


def output_scale(rng, product, spread):
    """For results that are about spread steps of product wide."""
    step = float(product) * spread / 100
    kind = rng.integers(8)
    if kind == 0:
        step *= 10 ** rng.uniform(-3, 3)
    elif kind < 4:
        # The factor is a power of two: exact halves.
        return np.float32(float(product) * 2.0 ** np.round(
            np.log2(max(spread / 100, 1e-6))
            + rng.integers(-2, 3)))
    elif kind == 4:
        # It is some 64ths, where it is taken in floats.
        return np.float32(float(product) / (max(
            1, np.round(64 / max(spread / 100, 1e-6)
                        * 2 ** rng.uniform(-1, 1))) / 64))
    else:
        step *= 2 ** rng.uniform(-2, 2)
    return np.float32(step)


def quant(rng):
    dtype = pick(rng, ("int8", "uint8"))
    return dtype, any_scale(rng), any_zero(rng, dtype)


def side(x, kernel, stride, dilation, padding):
    window = (kernel - 1) * dilation + 1
    if padding == SAME:
        return -(-x // stride)
    return (x - window) // stride + 1


def window(rng, least=1):
    """Kernel, stride, dilation of an axis, and a size that they fit in."""
    kernel = int(pick(rng, (1, 1, 2, 3, 3, 3, 5)))
    kernel = max(kernel, least)
    stride, dilation = int(pick(rng, (1, 1, 2))), 1
    if stride == 1 and kernel > 1 and rng.integers(5) == 0:
        dilation = 2
    size = int(rng.integers((kernel - 1) * dilation + 1, 12))
    return kernel, stride, dilation, size


def windows(rng):
    a = window(rng)
    if rng.integers(4):
        return a, a[:3] + (int(rng.integers((a[0] - 1) * a[2] + 1, 12)),)
    b = window(rng)
    return a, b


def weights_of(rng, shape, axis, dtype, x_scale):
    """Weights, their scales and zero point, and the steps of the bias."""
    low, high = RANGES[dtype]
    if dtype == "int8":
        w = rng.integers(-127, 128, shape).astype(np.int8)
        if rng.integers(8) == 0:
            w = rng.integers(-128, 128, shape).astype(np.int8)
        zero = 0
    else:
        w = rng.integers(low, high + 1, shape).astype(np.uint8)
        zero = any_zero(rng, dtype)
    if rng.integers(4) == 0:
        w = np.clip(zero + np.round(rng.normal(0, 3, shape)), low,
                    high).astype(dtype)
    scale = any_scale(rng)
    if dtype == "int8" and rng.integers(4):
        n = shape[axis]
        if rng.integers(3) == 0:
            scale = scale * np.float32(2) ** rng.integers(-3, 4, n)
        else:
            scale = scale * 10 ** rng.uniform(-0.5, 0.5, n)
    scale = np.atleast_1d(np.asarray(scale, np.float32))
    return w, scale, zero


def weighted(case, op, x_shape, w_shape, y_shape, axis, taps, **options):
    """An operator with weights and perhaps a bias."""
    rng, net = case.rng, case.net
    dtype, x_scale, x_zero = quant(rng)
    x = case.value(x_shape, dtype, x_scale, x_zero, x_zero)
    w, w_scale, w_zero = weights_of(rng, w_shape, axis, dtype, x_scale)
    product = np.float64(x_scale) * w_scale.astype(np.float64)
    spread = 100 * max(np.abs(w.astype(int) - w_zero).mean(), 0.5) \
        * np.sqrt(taps)
    y_scale = output_scale(rng, np.median(product), spread)
    y_zero = any_zero(rng, dtype)
    inputs = [x, net.tensor(w_shape, data=w, scale=w_scale, zero=w_zero,
                            axis=axis)]
    # Without one, LiteRT refuses or ends the process.
    if op != "FULLY_CONNECTED" or rng.integers(8):
        bias = np.round(rng.normal(0, spread / 3, y_shape[-1]))
        if rng.integers(8) == 0:
            bias *= 100
        bias = np.clip(bias, -1 << 30, 1 << 30).astype(np.int32)
        inputs.append(net.tensor((y_shape[-1],), data=bias,
                                 scale=product.astype(np.float32)))
    case.result(y_shape, dtype, y_scale, y_zero)
    net.add(op, inputs, [case.output],
            fusedActivationFunction=activation(rng, y_scale), **options)
    case.what = "%s %s * %s -> %s, scales %g %g %g, zero %d %d %d, %s" % (
        dtype, x_shape, w_shape, y_shape, x_scale, w_scale[0], y_scale,
        x_zero, w_zero, y_zero, options)
    return case


def conv(rng):
    case = Case(rng)
    (kh, sh, dh, h), (kw, sw, dw, w) = windows(rng)
    padding = int(rng.integers(2))
    c, n = int(pick(rng, CHANNELS)), int(pick(rng, CHANNELS))
    y = (1, side(h, kh, sh, dh, padding), side(w, kw, sw, dw, padding), n)
    return weighted(case, "CONV_2D", (1, h, w, c), (n, kh, kw, c), y, 0,
                    kh * kw * c, padding=padding, strideH=sh, strideW=sw,
                    dilationHFactor=dh, dilationWFactor=dw)


def depthwise(rng):
    case = Case(rng)
    (kh, sh, dh, h), (kw, sw, dw, w) = windows(rng)
    padding = int(rng.integers(2))
    c = int(pick(rng, CHANNELS))
    m = int(pick(rng, (1, 1, 1, 1, 1, 2, 3, 4, 5, 8, 16)))
    if m > 4:
        c = min(c, 9)
    y = (1, side(h, kh, sh, dh, padding), side(w, kw, sw, dw, padding), c * m)
    return weighted(case, "DEPTHWISE_CONV_2D", (1, h, w, c),
                    (1, kh, kw, c * m), y, 3, kh * kw, padding=padding,
                    strideH=sh, strideW=sw, depthMultiplier=m,
                    dilationHFactor=dh, dilationWFactor=dw)


def fully_connected(rng):
    case = Case(rng)
    k, n = int(pick(rng, CHANNELS + (100, 257))), int(pick(rng, CHANNELS))
    rows = int(pick(rng, (1, 1, 1, 2, 5)))
    x = pick(rng, ((rows, k), (rows, k), (1, rows, 1, k)))
    return weighted(case, "FULLY_CONNECTED", x, (n, k), (rows, n), 0, k)


def pool(op):
    def make(rng):
        case = Case(rng)
        dtype, scale, zero = quant(rng)
        (kh, sh, _, h), (kw, sw, _, w) = windows(rng)
        if rng.integers(6) == 0:
            h, w = int(rng.integers(1, 20)), int(rng.integers(1, 20))
            kh, kw = h, w
        padding = int(rng.integers(2))
        c = int(pick(rng, CHANNELS))
        shape = (1, h, w, c)
        x = case.value(shape, dtype, scale, zero)
        y = (1, side(h, kh, sh, 1, padding), side(w, kw, sw, 1, padding), c)
        case.result(y, dtype, scale, zero)
        case.net.add(op, [x], [case.output], padding=padding, strideH=sh,
                     strideW=sw, filterHeight=kh, filterWidth=kw,
                     fusedActivationFunction=activation(rng, scale))
        case.what = "%s %s, %dx%d, strides %d %d, padding %d" % (
            dtype, shape, kh, kw, sh, sw, padding)
        return case
    return make


def mean(rng):
    case = Case(rng)
    dtype, scale, zero = quant(rng)
    shape = (1, int(rng.integers(1, 15)), int(rng.integers(1, 15)),
             int(pick(rng, CHANNELS)))
    keep = bool(rng.integers(2))
    y = (1, 1, 1, shape[3]) if keep else (1, shape[3])
    x = case.value(shape, dtype, scale, zero, zero)
    kind = rng.integers(6)
    y_scale, y_zero = scale, any_zero(rng, dtype)
    if kind == 0:
        y_zero = zero
    elif kind < 3:
        y_scale = scale * np.float32(2.0 ** rng.integers(-4, 3))
    else:
        y_scale = scale * np.float32(10 ** rng.uniform(-1.5, 1))
    case.result(y, dtype, y_scale, y_zero)
    axes = pick(rng, ((1, 2), (2, 1), (-3, -2)))
    case.net.add("MEAN", [x, case.net.constant(axes)], [case.output],
                 keepDims=keep)
    case.what = "%s %s keep %s, scales %g %g, zero %d %d" % (
        dtype, shape, keep, scale, y_scale, zero, y_zero)
    return case


def pad(rng):
    case = Case(rng)
    dtype, scale, zero = quant(rng)
    shape = (1, int(rng.integers(1, 9)), int(rng.integers(1, 9)),
             int(pick(rng, CHANNELS)))
    pads = np.zeros((4, 2), np.int32)
    pads[1:3] = rng.integers(0, 4, (2, 2))
    if rng.integers(4) == 0:
        pads[3] = rng.integers(0, 3, 2)
    x = case.value(shape, dtype, scale, zero)
    case.result(tuple(np.array(shape) + pads.sum(1)), dtype, scale, zero)
    case.net.add("PAD", [x, case.net.constant(pads)], [case.output])
    case.what = "%s %s %s" % (dtype, shape, pads.tolist())
    return case


def small_shape(rng):
    if rng.integers(4) == 0:
        return (1, int(rng.integers(1, 70)))
    sides = (1, 1, 2, 3, 4, 5, 6, 7, 8)
    return (1, int(pick(rng, sides)), int(pick(rng, sides)),
            int(pick(rng, CHANNELS)))


def second_shape(rng, shape):
    kind = rng.integers(8)
    if kind < 3:
        return shape
    if kind == 3:
        return pick(rng, ((1,), (1,) * len(shape)))
    if kind == 4:
        return shape[-1:]
    if kind == 5:
        return (1,) * (len(shape) - 1) + shape[-1:]
    return tuple(int(pick(rng, (1, s))) for s in shape)


def binary(op):
    def make(rng):
        case = Case(rng)
        net = case.net
        dtype, a_scale, a_zero = quant(rng)
        shape = small_shape(rng)
        other = second_shape(rng, shape)
        kind = rng.integers(5)
        if kind == 0:
            b_scale = a_scale
        elif kind < 3:
            b_scale = a_scale * np.float32(2.0 ** rng.integers(-6, 5))
        else:
            b_scale = a_scale * np.float32(10 ** rng.uniform(-3, 2))
        b_zero = any_zero(rng, dtype)
        # Halves of a step, and what is hardly more or less.
        halves = op != "MUL" and rng.integers(3) == 0
        if halves:
            a_scale = np.float32(2.0 ** rng.integers(-10, 2))
            b_scale = a_scale * np.float32(2.0 ** rng.uniform(-33, -14))
        kind = rng.integers(3) if other == shape else 2
        if kind == 0 and len(shape) == 4:
            a, b = two_pictures(case, shape, dtype, (a_scale, a_zero),
                                (b_scale, b_zero))
        elif kind == 1:
            a = case.value(shape, dtype, a_scale, a_zero, a_zero)
            b = case.reshaped(a, shape, dtype, b_scale, b_zero)
        else:
            a = case.value(shape, dtype, a_scale, a_zero, a_zero)
            b = net.tensor(other, data=bytes_of(rng, other, dtype, b_zero),
                           scale=b_scale, zero=b_zero)
        if op == "MUL":
            y_scale = output_scale(rng, np.float64(a_scale) * b_scale,
                                   100 * 60.0)
        else:
            # Below a 2^19th of the larger, LiteRT ends the process.
            larger = max(a_scale, b_scale)
            y_scale = max(output_scale(rng, larger, 150.0),
                          larger * np.float32(1e-5))
            if halves:
                y_scale = a_scale * np.float32(2.0 ** rng.integers(1, 4))
        case.result(shape, dtype, y_scale, any_zero(rng, dtype))
        operands = [a, b] if rng.integers(3) else [b, a]
        net.add(op, operands, [case.output],
                fusedActivationFunction=activation(rng, y_scale))
        case.what = "%s %s %s, scales %g %g %g" % (
            dtype, shape, other, a_scale, b_scale, y_scale)
        return case
    return make


def two_pictures(case, shape, dtype, first, second):
    """Two values of that shape that have nothing to do with each other:
    every other pixel of a larger picture, and those behind and below
    them, by a convolution that changes nothing."""
    _, h, w, c = shape
    nothing = 0 if dtype == "int8" else 128
    x = case.value((1, 2 * h, 2 * w, c), dtype, *first)
    a = case.net.tensor(shape, dtype, scale=first[0], zero=first[1])
    case.net.add("MAX_POOL_2D", [x], [a], padding=VALID, strideH=2,
                 strideW=2, filterHeight=1, filterWidth=1)
    data = np.full((1, 2, 2, c), nothing, dtype)
    data[0, 1, 1] = nothing + 2
    k = case.net.tensor(data.shape, data=data, scale=0.5, zero=nothing,
                        axis=3)
    bias = case.net.tensor((c,), data=np.zeros(c, np.int32),
                           scale=first[0] / 2)
    same = case.net.tensor(shape, dtype, scale=first[0], zero=first[1])
    case.net.add("DEPTHWISE_CONV_2D", [x, k, bias], [same], padding=VALID,
                 strideH=2, strideW=2, depthMultiplier=1)
    return a, case.reshaped(same, shape, dtype, *second)


def unary(op, scale=None, **options):
    """scale: the output's, where it is not free; its zero is the lowest."""
    def make(rng):
        case = Case(rng)
        dtype, x_scale, x_zero = quant(rng)
        shape = small_shape(rng)
        x = case.value(shape, dtype, x_scale, x_zero, x_zero)
        if scale is None:
            y_scale = output_scale(rng, x_scale, 100.0)
            y_zero = any_zero(rng, dtype)
            # Finer ones LiteRT refuses, or has no number of 32 bits for 6.
            if op == "HARD_SWISH":
                y_scale = max(y_scale, x_scale / np.float32(64))
            if op == "RELU6":
                y_scale = max(y_scale, np.float32(1e-8))
        else:
            y_scale, y_zero = scale, RANGES[dtype][0]
        case.result(shape, dtype, y_scale, y_zero)
        given = dict(options)
        if op == "SOFTMAX":
            given["beta"] = pick(rng, (1.0, 1.0, 0.5, 2.0))
        case.net.add(op, [x], [case.output], **given)
        case.what = "%s %s, scales %g %g, zeros %d %d %s" % (
            dtype, shape, x_scale, y_scale, x_zero, y_zero, given)
        return case
    return make


def reshape(rng):
    case = Case(rng)
    dtype, scale, zero = quant(rng)
    shape = (1, int(rng.integers(1, 9)), int(rng.integers(1, 9)), 3)
    other = pick(rng, ((1, shape[1] * shape[2] * 3),
                       (shape[1], shape[2] * 3), (1, 3) + shape[1:3]))
    x = case.value(shape, dtype, scale, zero)
    case.output = case.reshaped(x, other, dtype, scale, zero)
    case.what = "%s %s %s" % (dtype, shape, other)
    return case


def transpose(rng):
    case = Case(rng)
    dtype, scale, zero = quant(rng)
    shape = (1, int(rng.integers(1, 9)), int(rng.integers(1, 9)),
             int(pick(rng, CHANNELS)))
    order = rng.permutation(4).astype(np.int32)
    x = case.value(shape, dtype, scale, zero)
    case.result(tuple(shape[i] for i in order), dtype, scale, zero)
    case.net.add("TRANSPOSE", [x, case.net.constant(order)], [case.output])
    case.what = "%s %s %s" % (dtype, shape, order.tolist())
    return case


def quantize_floats(rng):
    case = Case(rng)
    dtype, scale, zero = quant(rng)
    shape = (2, int(rng.integers(1, 12)), int(rng.integers(1, 12)),
             int(pick(rng, (1, 3))))
    steps = rng.normal(0, 100, shape)
    halves = rng.integers(3, size=shape)
    steps = np.where(halves == 0, np.round(steps) + 0.5, steps)
    steps = np.where(halves == 1, np.round(steps), steps)
    far = rng.integers(60, size=shape)
    with np.errstate(over="ignore"):
        x = (steps * np.float64(scale)).astype(np.float32)
    for i, value in enumerate((np.inf, -np.inf, 1e30, -1e30, np.nan)):
        x[far == i] = value
    case.x = x
    case.input = case.net.tensor((1,) + shape[1:], "float32")
    case.result((1,) + shape[1:], dtype, scale, zero)
    case.net.add("QUANTIZE", [case.input], [case.output])
    case.what = "%s %s, scale %g, zero %d" % (dtype, shape, scale, zero)
    return case


def requantize(rng):
    case = Case(rng)
    dtype, scale, zero = quant(rng)
    to = pick(rng, ("int8", "uint8"))
    shape = small_shape(rng)
    x = case.value(shape, dtype, scale, zero, zero)
    y_scale, y_zero = output_scale(rng, scale, 100.0), any_zero(rng, to)
    if rng.integers(6) == 0:
        y_scale = scale
        if to != dtype:
            y_zero = zero + (128 if to == "uint8" else -128)
    case.result(shape, to, y_scale, y_zero)
    case.net.add("QUANTIZE", [x], [case.output])
    case.what = "%s to %s %s, scales %g %g, zeros %d %d" % (
        dtype, to, shape, scale, y_scale, zero, y_zero)
    return case


def dequantize(rng):
    case = Case(rng)
    dtype, scale, zero = quant(rng)
    shape = small_shape(rng)
    x = case.value(shape, dtype, scale, zero)
    case.result(shape, "float32")
    case.net.add("DEQUANTIZE", [x], [case.output])
    case.what = "%s %s, scale %g, zero %d" % (dtype, shape, scale, zero)
    return case


def add_function(case):
    """An operator more, of the result's bytes alone."""
    rng, net, x = case.rng, case.net, case.output
    shape, dtype, scale, zero = case.form
    op = pick(rng, ("RELU", "HARD_SWISH", "QUANTIZE", "ADD", "SUB", "MUL"))
    y_scale = scale * np.float32(pick(rng, (0.25, 0.5, 1, 2, 2, 4, 8)) if
                                 rng.integers(2) else rng.uniform(0.1, 4))
    inputs, options = [x], {}
    if op in ("ADD", "SUB", "MUL"):
        options["fusedActivationFunction"] = activation(rng, y_scale)
        other = (np.float32(1 / 64) if op == "MUL" else
                 scale * np.float32(2.0 ** rng.uniform(-30, 2)))
        inputs.append(net.tensor((1,), data=bytes_of(rng, (1,), dtype),
                                 scale=other, zero=any_zero(rng, dtype)))
        if rng.integers(2):
            inputs.reverse()
    to = dtype
    if op == "QUANTIZE":
        to = pick(rng, ("int8", "uint8"))
    case.result(shape, to, y_scale, any_zero(rng, to))
    net.add(op, inputs, [case.output], **options)
    case.what += ", %s with scale %g to %s" % (op, y_scale, to)


def chain(rng):
    case = pick(rng, (conv, depthwise, fully_connected, requantize))(rng)
    for _ in range(rng.integers(1, 4)):
        add_function(case)
    return case


CASES = {
    "CONV_2D": conv,
    "DEPTHWISE_CONV_2D": depthwise,
    "FULLY_CONNECTED": fully_connected,
    "ADD": binary("ADD"),
    "SUB": binary("SUB"),
    "MUL": binary("MUL"),
    "AVERAGE_POOL_2D": pool("AVERAGE_POOL_2D"),
    "MAX_POOL_2D": pool("MAX_POOL_2D"),
    "MEAN": mean,
    "PAD": pad,
    "RESHAPE": reshape,
    "TRANSPOSE": transpose,
    "RELU": unary("RELU"),
    "RELU6": unary("RELU6"),
    "HARD_SWISH": unary("HARD_SWISH"),
    "LOGISTIC": unary("LOGISTIC", 1 / 256),
    "SOFTMAX": unary("SOFTMAX", 1 / 256),
    "QUANTIZE": quantize_floats,
    "QUANTIZE of integers": requantize,
    "DEQUANTIZE": dequantize,
    "functions": chain,
}
