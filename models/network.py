# SPDX-License-Identifier: LGPL-2.1-or-later
"""MobileNetV3-Small with a width multiplier and a small head, in torch.

Padding is TFLite's SAME: at stride 2 an even side gets its odd pixel of
padding at the bottom and the right.  So the file written from this network
needs no PAD operator and still computes the same numbers.
"""
import torch
from torch import nn
from torch.nn import functional as F

# kernel, expansion, output channels at width 1, squeeze-excite, hard-swish, stride
BLOCKS = [
    (3, 1.0, 16, True, False, 2),
    (3, 72 / 16, 24, False, False, 2),
    (3, 88 / 24, 24, False, False, 1),
    (5, 4.0, 40, True, True, 2),
    (5, 6.0, 40, True, True, 1),
    (5, 6.0, 40, True, True, 1),
    (5, 3.0, 48, True, True, 1),
    (5, 3.0, 48, True, True, 1),
    (5, 6.0, 96, True, True, 2),
    (5, 6.0, 96, True, True, 1),
    (5, 6.0, 96, True, True, 1),
]
STEM = 16
WATCHED = 7                          # the last block before the sides are halved for the fifth time


def even(channels, by=8):
    """Nearest multiple of `by` that loses at most a tenth of the channels."""
    up = max(by, int(channels + by / 2) // by * by)
    return up + by if up < 0.9 * channels else up


def same_padding(size, kernel, stride):
    total = max(0, (-(-size // stride) - 1) * stride + kernel - size)
    return total // 2, total - total // 2


class Conv(nn.Module):
    """Convolution with SAME padding, batch norm and an activation."""

    def __init__(self, cin, cout, kernel=1, stride=1, groups=1, act="none"):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, kernel, stride, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(cout, eps=1e-3, momentum=0.03)
        self.kernel, self.stride, self.act = kernel, stride, act
        nn.init.kaiming_normal_(self.conv.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x):
        if self.kernel > 1:
            top, bottom = same_padding(x.shape[2], self.kernel, self.stride)
            left, right = same_padding(x.shape[3], self.kernel, self.stride)
            x = F.pad(x, (left, right, top, bottom))
        x = self.norm(self.conv(x))
        if self.act == "hswish":
            return F.hardswish(x)
        return F.relu(x) if self.act == "relu" else x

    def folded(self):
        """Weight and bias with the batch norm inside."""
        scale = self.norm.weight / torch.sqrt(self.norm.running_var + self.norm.eps)
        weight = self.conv.weight * scale[:, None, None, None]
        return weight.detach(), (self.norm.bias - self.norm.running_mean * scale).detach()


class SqueezeExcite(nn.Module):
    def __init__(self, channels):
        super().__init__()
        inner = even(channels / 4)
        self.reduce = nn.Conv2d(channels, inner, 1)
        self.expand = nn.Conv2d(inner, channels, 1)

    def forward(self, x):
        gate = F.relu(self.reduce(x.mean((2, 3), keepdim=True)))
        return x * F.hardsigmoid(self.expand(gate))


class Block(nn.Module):
    def __init__(self, cin, kernel, expansion, cout, excite, hswish, stride):
        super().__init__()
        act = "hswish" if hswish else "relu"
        middle = even(cin * expansion)
        self.expand = Conv(cin, middle, act=act) if expansion != 1 else None
        self.depthwise = Conv(middle, middle, kernel, stride, groups=middle, act=act)
        self.excite = SqueezeExcite(middle) if excite else None
        self.project = Conv(middle, cout)
        self.residual = stride == 1 and cin == cout

    def forward(self, x):
        y = self.expand(x) if self.expand else x
        y = self.depthwise(y)
        if self.excite:
            y = self.excite(y)
        y = self.project(y)
        return x + y if self.residual else y


class MobileNetV3Small(nn.Module):
    def __init__(self, classes, width=0.5, head=128, dropout=0.1):
        super().__init__()
        self.stem = Conv(3, STEM, 3, 2, act="hswish")
        blocks, cin = [], STEM
        for kernel, expansion, cout, excite, hswish, stride in BLOCKS:
            cout = even(cout * width)
            blocks.append(Block(cin, kernel, expansion, cout, excite, hswish, stride))
            cin = cout
        self.blocks = nn.ModuleList(blocks)
        self.last = Conv(cin, even(cin * 6), act="hswish")
        self.head = nn.Conv2d(even(cin * 6), head, 1)
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Conv2d(head, classes, 1)

    def forward(self, x, between=None):
        """x: N,3,H,W, normalised; gives logits.

        between: called with what the last block at a 16th of the size gives.
        """
        x = self.stem(x)
        for number, block in enumerate(self.blocks):
            x = block(x)
            if between and number == WATCHED:
                between(x)
        x = self.last(x).mean((2, 3), keepdim=True)
        x = self.dropout(F.hardswish(self.head(x)))
        return self.classifier(x).flatten(1)
