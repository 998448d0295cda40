# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random valid graphs, each a function of a seed and of a kind: "float32",
"uint8" or "int8".

A value is computed as soon as there is one, for two inputs at once: weights
are scaled by what comes of them, integers get their scales from it, and
what would be the same for both inputs is not added. Of a float graph these
values are what any backend has to give; of an integer graph they are what it
stands for, to within its steps. All is computed once more in eight bits:
where that leaves little of a value, rounding alone would, too.
"""
import numpy as np

import graph_ops
import tflite
from graph_ops import NONE, RELU, RELU6, SAME, VALID

MOST_ELEMENTS = 40000
MOST_MACS = 5e6
LIMITS = {"uint8": (0, 255), "int8": (-128, 127)}

def rounded(x):
    """To eight bits."""
    mantissa, exponent = np.frexp(x)
    return np.ldexp(np.round(mantissa * 256) / 256, exponent)

class Value:
    """tensor: in the file; arrays: for both inputs, and for the first one
    rounded; scale, zero: None for floats; step: between two of its values;
    None for floats that were computed; made: by which operator."""

    def __init__(self, tensor, arrays, dtype, scale=None, zero=0,
                 made="input"):
        self.made = made
        self.step = None if dtype == "float32" and made != "input" else 1
        self.tensor, self.arrays, self.dtype = tensor, arrays, dtype
        self.scale, self.zero = scale, zero
        self.shape = arrays[0].shape
        self.size = arrays[0].size

class Maker:
    def __init__(self, seed, kind):
        self.rng = np.random.default_rng([seed, len(kind)])
        self.kind = kind
        self.net = tflite.Model()
        self.values = []
        self.suits_litert = True
        self.start()

    # ---- chance --------------------------------------------------------

    def chance(self, p):
        return self.rng.random() < p

    def pick(self, things):
        return things[self.rng.integers(len(things))]

    def channels(self, most=40):
        """Odd ones, small ones, and those that fill vectors."""
        c = self.pick([1, 2, 3, 4, 5, 7, 8, 12, 15, 16, 17, 24, 31, 32, 33,
                       36, 40, 64, 72, 88])
        return min(int(c), most)

    def activation(self):
        return int(self.pick([NONE, NONE, RELU, RELU6]))

    def value(self, fits=lambda v: True):
        """One that fits, rather one of the last; None."""
        found = [v for v in self.values if fits(v)]
        if not found:
            return None
        return found[-1] if self.chance(0.6) else self.pick(found)

    def picture(self):
        return self.value(lambda v: len(v.shape) == 4 and v.shape[0] == 1)

    # ---- quantisation --------------------------------------------------

    def quantise_range(self, low, high):
        low, high = min(low, 0.0), max(high, 0.0)
        scale = np.float32(max(high - low, 1e-6) / 255
                           * self.pick([1, 1, 1, 0.8, 1.2]))
        least, most = LIMITS[self.kind]
        return scale, int(np.clip(round(least - low / scale), least, most))

    def output_quant(self, op, inputs, arrays):
        if op in ("LOGISTIC", "SOFTMAX"):
            return np.float32(1 / 256), LIMITS[self.kind][0]
        if op in ("PAD", "RESHAPE", "TRANSPOSE", "AVERAGE_POOL_2D",
                  "MAX_POOL_2D") or (op == "MEAN" and self.chance(0.5)):
            return inputs[0].scale, inputs[0].zero
        return self.quantise_range(min(a.min() for a in arrays),
                                   max(a.max() for a in arrays))

    # ---- adding --------------------------------------------------------

    def start(self):
        sizes = [1, 2, 3, 5, 7, 8, 9, 12, 13, 16, 20, 24, 33]
        h, w = int(self.pick(sizes)), int(self.pick(sizes))
        shape = (1, h, w, int(self.pick([1, 3, 3])))
        if self.kind == "float32" or self.chance(0.15):
            arrays = [self.rng.uniform(-1, 1, shape).astype(np.float32)
                      for _ in range(2)]
            self.input = arrays[0]
            tensor = self.net.tensor(shape)
            arrays = [a.astype(np.float64) for a in arrays]
            self.values.append(Value(
                tensor, arrays + [rounded(arrays[0])], "float32"))
            if self.kind != "float32":
                self.requantise(self.values[0])
                del self.values[0]
            self.inputs = [tensor]
            return
        scale, zero = self.quantise_range(-1, 1)
        least, most = LIMITS[self.kind]
        q = [self.rng.integers(least, most + 1, shape) for _ in range(2)]
        self.input = q[0].astype(self.kind)
        self.inputs = [self.net.tensor(shape, self.kind, scale=scale,
                                       zero=zero)]
        arrays = [(a - zero) * np.float64(scale) for a in q]
        self.values.append(Value(
            self.inputs[0], arrays + [rounded(arrays[0])], self.kind, scale,
            zero))

    def add(self, op, inputs, constants=(), quants=None, dtype=None,
            turned=False, **options):
        """constants: arrays behind the inputs, or turned: in front, in real
        numbers; quants: how they are written, a function each, else as they
        are. Returns the value, or None where it is of no use."""
        known = [np.asarray(c, np.float64) for c in constants]
        inexact = [k if np.asarray(c).dtype.kind == "i" else rounded(k)
                   for k, c in zip(known, constants)]
        order = -1 if turned else 1
        with np.errstate(all="ignore"):
            arrays = [graph_ops.compute(op, options, ([
                v.arrays[i] for v in inputs] + (inexact if i == 2 else known))
                [::order]) for i in range(3)]
        arrays[2] = rounded(arrays[2])
        if not self.is_useful(arrays):
            return None
        dtype = dtype or inputs[0].dtype
        scale = zero = None
        if dtype != "float32":
            scale, zero = self.output_quant(op, inputs, arrays)
        operands = [v.tensor for v in inputs]
        for i, c in enumerate(constants):
            operands.append(quants[i](c) if quants and quants[i]
                            else self.net.tensor(np.shape(c),
                                                 data=np.asarray(c)))
        tensor = self.net.tensor(arrays[0].shape, dtype, scale=scale,
                                 zero=zero or 0)
        self.net.add(op, operands[::order], [tensor], **options)
        shape = "x".join(map(str, arrays[0].shape))
        value = Value(tensor, arrays, dtype, scale, zero,
                      "%s to %s" % (op, shape))
        self.values.append(value)
        return value

    @staticmethod
    def is_useful(arrays):
        """Finite, neither tiny nor huge, not the same for both inputs, and not
        what rounding has left."""
        a, b, inexact = arrays
        if a.size > MOST_ELEMENTS or not np.isfinite(a).all():
            return False
        most = np.abs(a).max()
        return (1e-3 < most < 1e3
                and np.abs(a - b).max() > 0.02 * most
                and np.abs(a - inexact).max() < 0.08 * most)

    # ---- weights -------------------------------------------------------

    def weights_quant(self, w, axis, per_channel):
        """How integer weights are written; also what they then are."""
        rest = tuple(i for i in range(w.ndim) if i != axis)
        if self.kind == "uint8":
            scale = np.float32((max(w.max(), 0) - min(w.min(), 0)) / 254)
            zero = int(np.clip(round(-w.min() / scale), 0, 255))
            q = np.clip(np.round(w / scale) + zero, 1, 255).astype(np.uint8)
            return scale, zero, (q.astype(np.float64) - zero) * scale, q
        most = np.abs(w).max(axis=rest) if per_channel else np.abs(w).max()
        scale = np.asarray(np.maximum(most, 1e-4) / 127, np.float32)
        shaped = scale
        if per_channel:
            shaped = scale.reshape([-1 if i == axis else 1
                                    for i in range(w.ndim)])
        q = np.clip(np.round(w / shaped), -127, 127).astype(np.int8)
        return scale, 0, q * shaped.astype(np.float64), q

    def weighted(self, op, x, shape, axis, **options):
        """A convolution of either kind, or FULLY_CONNECTED."""
        w = self.rng.standard_normal(shape)
        out = shape[axis]
        raw = graph_ops.compute(op, {**options, "fusedActivationFunction":
                                     NONE}, [x.arrays[0], w])
        if raw.size == 0 or raw.size > MOST_ELEMENTS or raw.std() < 1e-6 or (
                w.size / out * raw.size > MOST_MACS):
            return None
        w = (w / raw.std() * self.pick([0.7, 1, 1, 1.5])).astype(np.float32)
        bias = (self.rng.standard_normal(out) * 0.3).astype(np.float32)
        if x.dtype != "float32":
            return self.weighted_integers(op, x, w, bias, axis, options)
        quants = [None, None]
        if self.chance(0.05):
            w = w.astype(np.float16)
            quants[0] = self.write_half
        elif self.chance(0.05):
            quants[0] = self.write_turned
        constants = [w, bias]
        if self.chance(0.1):
            constants.pop()
            # LiteRT refuses such convolutions, or crashes.
            self.suits_litert &= op == "FULLY_CONNECTED"
        return self.add(op, [x], constants, quants, **options)

    def weighted_integers(self, op, x, w, bias, axis, options):
        per_channel = (self.kind == "int8" and op != "FULLY_CONNECTED"
                       and self.chance(0.7))
        scale, zero, real, q = self.weights_quant(
            w.astype(np.float64), axis, per_channel)
        steps = x.scale.astype(np.float64) * scale
        b = np.round(bias / steps).astype(np.int32)

        def write_weights(_):
            return self.net.tensor(q.shape, data=q, scale=scale, zero=zero,
                                   axis=axis)

        def write_bias(_):
            return self.net.tensor(b.shape, data=b, scale=steps)
        return self.add(op, [x], [real, b * steps],
                        [write_weights, write_bias], **options)

    def write_turned(self, w):
        """With the axes in another order, and the way back."""
        order = self.rng.permutation(w.ndim)
        turned = w.transpose(order)
        kept = self.net.tensor(turned.shape, data=np.ascontiguousarray(turned))
        whole = self.net.tensor(w.shape)
        back = np.argsort(order).astype(np.int32)
        self.net.add("TRANSPOSE", [kept, self.net.constant(back)], [whole])
        return whole

    def write_half(self, w):
        half = self.net.tensor(w.shape, data=w)
        whole = self.net.tensor(w.shape)
        self.net.add("DEQUANTIZE", [half], [whole])
        return whole

    # ---- operators -----------------------------------------------------

    def conv(self, x, out=None, kernel=None, stride=None, act=None):
        kernel = kernel or [int(self.pick([1, 1, 2, 3, 3, 5])) if
                            self.chance(0.2) else 3 for _ in range(2)]
        return self.window_op("CONV_2D", x, kernel, stride,
                              (out or self.channels(), *kernel, x.shape[3]),
                              0, act)

    def pointwise(self, x, out=None, act=None):
        return self.conv(x, out, [1, 1], 1, act)

    def depthwise(self, x, multiplier=None, kernel=None, stride=None,
                  act=None):
        multiplier = multiplier or int(self.pick([1] * 8 + [2, 3, 4, 16]))
        k = int(self.pick([3, 3, 3, 5, 5, 1, 2, 7]))
        kernel = kernel or [k, k if self.chance(0.9) else 4]
        out = x.shape[3] * multiplier
        return self.window_op("DEPTHWISE_CONV_2D", x, kernel, stride,
                              (1, *kernel, out), 3, act,
                              depthMultiplier=multiplier)

    def window_op(self, op, x, kernel, stride, shape, axis, act, **more):
        strides = [stride] * 2 if stride else [int(self.pick(
            [1, 1, 1, 2, 2, 3]))] * 2
        if not stride and self.chance(0.1):
            strides[1] = 1 + strides[1] % 3
        dilation = 1
        if strides == [1, 1] and kernel != [1, 1] and self.chance(0.1):
            dilation = 2
        padding = self.padding(x, kernel, dilation)
        return self.weighted(
            op, x, shape, axis, strideH=strides[0], strideW=strides[1],
            dilationHFactor=dilation, dilationWFactor=dilation,
            padding=padding, fusedActivationFunction=self.activation()
            if act is None else act, **more)

    def padding(self, x, kernel, dilation=1):
        fits = all((k - 1) * dilation < s
                   for k, s in zip(kernel, x.shape[1:3]))
        return VALID if fits and self.chance(0.35) else SAME

    def fully_connected(self, x):
        # Rows of one pixel, of several, or of all that there is.
        sizes = [x.shape[-1], x.size] + [
            k for k in range(1, 400) if x.size % k == 0]
        k = int(self.pick(sizes[:2] if self.chance(0.6) else sizes))
        keep = k == x.shape[-1] and len(x.shape) > 1 and self.chance(0.5)
        return self.weighted("FULLY_CONNECTED", x, (self.channels(), k), 0,
                             fusedActivationFunction=self.activation(),
                             keepNumDims=keep)

    def pool(self, x):
        kernel = [min(int(self.pick([1, 2, 2, 3, 3, 7])), s)
                  for s in x.shape[1:3]]
        if self.chance(0.2):
            kernel = list(x.shape[1:3])
        strides = [int(self.pick([1, 2, 2, 3])) for _ in range(2)]
        return self.add(
            self.pick(["AVERAGE_POOL_2D", "MAX_POOL_2D"]), [x],
            filterHeight=kernel[0], filterWidth=kernel[1],
            strideH=strides[0], strideW=strides[1],
            padding=self.padding(x, kernel),
            fusedActivationFunction=self.activation())

    def mean(self, x, keep=None):
        axes = self.pick([[1, 2], [1, 2], [2, 1], [-3, -2], [-2, 1]])
        return self.add("MEAN", [x], [np.array(axes, np.int32)],
                        keepDims=bool(self.chance(0.5) if keep is None
                                      else keep))

    def pad(self, x):
        around = np.zeros((4, 2), np.int32)
        around[1:3] = self.rng.integers(0, 3, (2, 2))
        if self.chance(0.2):
            around[3] = self.rng.integers(0, 4, 2)
        return self.add("PAD", [x], [around])

    def unary(self, x):
        return self.add(self.pick(["RELU", "RELU6", "HARD_SWISH",
                                   "LOGISTIC"]), [x])

    def softmax(self, x):
        return self.add("SOFTMAX", [x],
                        beta=1.0 if self.chance(0.8) else 0.5)

    def constant(self, x, shape):
        """A second operand; how it is written."""
        c = self.rng.uniform(0.3, 1.5, shape) * self.rng.choice([-1, 1], shape)
        if x.dtype == "float32":
            return c.astype(np.float32), None
        scale, zero = self.quantise_range(c.min(), c.max())
        q = np.clip(np.round(c / scale) + zero,
                    *LIMITS[self.kind]).astype(self.kind)

        def write(_):
            return self.net.tensor(shape, data=q, scale=scale, zero=zero)
        return (q.astype(np.float64) - zero) * scale, write

    def binary(self, x):
        op = self.pick(["ADD", "ADD", "MUL", "MUL", "SUB"])
        act = {"fusedActivationFunction": self.activation()}
        if self.chance(0.45):
            last = x.shape[-1:] if x.shape else ()
            shape = self.pick([(), (1,), last, (1, 1, 1) + last, x.shape])
            # More dimensions than x has would be given to it.
            c, write = self.constant(x, shape[max(0, len(shape)
                                                  - len(x.shape)):])
            return self.add(op, [x], [c], [write],
                            turned=bool(self.chance(0.3)), **act)

        def goes_with(v):
            try:
                shape = np.broadcast_shapes(v.shape, x.shape)
            except ValueError:
                return False
            return len(shape) <= 4 and v.dtype == x.dtype and (
                v is not x or self.chance(0.1))
        other = self.value(goes_with)
        if other is None:
            return None
        return self.add(op, [x, other] if self.chance(0.5) else [other, x],
                        **act)

    def shape_for(self, size, picture):
        """Some factors whose product is size."""
        rank = 3 if picture else int(self.rng.integers(1, 6))
        shape = []
        for _ in range(rank - 1):
            divisors = [d for d in range(1, size + 1) if size % d == 0]
            d = int(self.pick(divisors))
            shape.append(d)
            size //= d
        shape.insert(int(self.rng.integers(0, rank)), size)
        return ([1] if picture else []) + shape

    def reshape(self, x, shape=None):
        shape = list(shape or self.shape_for(x.size, self.chance(0.7)))
        if self.chance(0.1):
            return self.add("RESHAPE", [x], [np.array(shape, np.int32)],
                            newShape=None)
        return self.add("RESHAPE", [x], [np.array(shape, np.int32)],
                        newShape=np.array(shape, np.int32))

    def transpose(self, x):
        return self.add("TRANSPOSE", [x],
                        [self.rng.permutation(len(x.shape)).astype(np.int32)])

    def requantise(self, x):
        """To other scales, or from floats that nothing was computed in: of
        others a step may be another one's."""
        if x.dtype == "float32" and x.step is None:
            return None
        return self.add("QUANTIZE", [x], dtype=self.kind)

    def dequantise(self, x):
        if x.dtype == "float32":
            return None
        y = self.add("DEQUANTIZE", [x], dtype="float32")
        if y:
            y.step = float(x.scale)
        return y

    # ---- what networks are made of --------------------------------------

    def chain(self, x, steps):
        """One after another, as long as there is something."""
        for step in steps:
            x = x and step(x)
        return x

    def affine(self, x):
        """A factor and a term a channel, as of a normalisation."""
        for op in ("MUL", "ADD"):
            if x:
                c, write = self.constant(x, x.shape[-1:])
                x = self.add(op, [x], [c], [write],
                             fusedActivationFunction=NONE)
        return x

    def normalised(self, x):
        steps = [self.affine, self.pick([self.conv, self.pointwise,
                                         self.depthwise])]
        return self.chain(x, steps[::self.pick([1, -1])])

    def padded(self, x):
        """A convolution that may take up the padding in front of it."""
        x = self.pad(x)
        return x and self.pick([self.conv, self.depthwise])(x)

    def gate(self, x):
        """Between 0 and 1."""
        if x.dtype != "float32" or self.chance(0.5):
            return self.add("LOGISTIC", [x])
        gate = self.add("ADD", [x], [np.float32(3)],
                        fusedActivationFunction=RELU6)
        return gate and self.add("MUL", [gate], [np.float32(1 / 6)],
                                 fusedActivationFunction=NONE)

    def squeeze_excite(self, x):
        inner = self.channels(16)
        c = x.shape[3]
        dense = self.chance(0.3)

        def product(out, act):
            if dense:
                return lambda v: self.weighted(
                    "FULLY_CONNECTED", v, (out, v.shape[-1]), 0,
                    fusedActivationFunction=act, keepNumDims=False)
            return lambda v: self.pointwise(v, out, act)
        shape = [1, c] if dense else [1, 1, 1, c]
        gate = self.chain(x, [
            lambda v: self.mean(v, keep=True),
            lambda v: self.reshape(v, shape) if dense or self.chance(0.3)
            else v,
            product(inner, RELU), product(c, NONE),
            self.gate,
            lambda v: self.reshape(v, [1, 1, 1, c]) if len(v.shape) != 4
            else v])
        return gate and self.add("MUL", [x, gate] if self.chance(0.5)
                                 else [gate, x],
                                 fusedActivationFunction=NONE)

    def hard_swish(self, x):
        """Written out."""
        if x.dtype != "float32":
            return self.add("HARD_SWISH", [x])
        gate = self.add("ADD", [x], [np.float32(3)],
                        fusedActivationFunction=RELU6)
        if self.chance(0.5):
            gate = gate and self.add("MUL", [gate], [np.float32(1 / 6)],
                                     fusedActivationFunction=NONE)
            return gate and self.add("MUL", [gate, x],
                                     fusedActivationFunction=NONE)
        y = gate and self.add("MUL", [x, gate], fusedActivationFunction=NONE)
        return y and self.add("MUL", [y], [np.float32(1 / 6)],
                              fusedActivationFunction=NONE)

    def bottleneck(self, x):
        """Expand, depthwise, perhaps squeeze-and-excite, project, add."""
        out = x.shape[3] if self.chance(0.6) else self.channels()
        stride = 1 if out == x.shape[3] else int(self.pick([1, 2]))
        act = self.activation()
        y = self.chain(x, [
            lambda v: self.pointwise(v, self.channels(88), act),
            lambda v: self.depthwise(v, 1, [self.pick([3, 5])] * 2, stride,
                                     act),
            lambda v: self.squeeze_excite(v) if self.chance(0.4) else v,
            lambda v: self.hard_swish(v) if self.chance(0.2) else v,
            lambda v: self.pointwise(v, out, NONE)])
        if not y or y.shape != x.shape:
            return y
        return self.add("ADD", [x, y] if self.chance(0.5) else [y, x],
                        fusedActivationFunction=NONE)

    def residual_over_reshape(self, x):
        """x under another shape, and what is made of that, together."""
        a = self.reshape(x, self.shape_for(x.size, True))
        b = a and (self.pointwise(a, a.shape[3], NONE) if self.chance(0.7)
                   else self.depthwise(a, 1, [3, 3], 1))
        if not b or b.shape != a.shape:
            return b
        if self.chance(0.5):
            a, b = self.reshape(a, x.shape), self.reshape(b, x.shape)
        return a and b and self.add("ADD", [a, b],
                                    fusedActivationFunction=NONE)

    def step(self):
        pictures = [self.conv, self.pointwise, self.depthwise,
                    self.depthwise, self.pool, self.mean, self.pad,
                    self.bottleneck, self.bottleneck, self.squeeze_excite,
                    self.normalised, self.padded, self.hard_swish,
                    self.residual_over_reshape, self.residual_over_reshape]
        others = [self.reshape, self.reshape, self.binary, self.binary,
                  self.transpose, self.unary, self.fully_connected,
                  self.softmax]
        if self.kind != "float32":
            others.append(self.requantise)
            if self.chance(0.1):
                others.append(self.dequantise)
        if self.chance(0.65):
            x = self.picture()
            return x and self.pick(pictures)(x)
        x = self.value(lambda v: len(v.shape) > 0)
        return x and self.pick(others)(x)

    def make(self, most_steps=9):
        """False: nothing came of it."""
        for _ in range(int(self.rng.integers(2, most_steps + 1))):
            self.step()
        made = self.values[1:]
        if not made:
            return False
        chosen = [made[-1]] + [v for v in made[:-1] if self.chance(0.12)]
        self.outputs = []
        for v in chosen[:4]:
            if v.dtype != "float32" and self.chance(0.2):
                v = self.dequantise(v)
            if v:
                self.outputs.append(v)
        if self.outputs and self.chance(0.03):
            self.outputs.append(self.outputs[0])
        return bool(self.outputs)

    def write(self, path):
        self.net.write(path, self.inputs, [v.tensor for v in self.outputs])

def make(seed, kind):
    """The graph of a seed."""
    for attempt in range(100):
        maker = Maker(seed * 100 + attempt, kind)
        if maker.make():
            return maker
    raise RuntimeError("no graph comes of seed %d" % seed)
