# SPDX-License-Identifier: LGPL-2.1-or-later
"""The MobileNets in PyTorch, as the papers' tables have them, in training
mode with He-scaled weights."""
from torch import nn

# Kernel, width inside, width behind, squeeze-and-excite, activation, stride
# (Howard et al. 2019, tables 1 and 2).
R, H = nn.ReLU, nn.Hardswish
V3 = {
    "v3_small": (576, 1024, (
        (3, 16, 16, 1, R, 2), (3, 72, 24, 0, R, 2), (3, 88, 24, 0, R, 1),
        (5, 96, 40, 1, H, 2), (5, 240, 40, 1, H, 1), (5, 240, 40, 1, H, 1),
        (5, 120, 48, 1, H, 1), (5, 144, 48, 1, H, 1), (5, 288, 96, 1, H, 2),
        (5, 576, 96, 1, H, 1), (5, 576, 96, 1, H, 1))),
    "v3_large": (960, 1280, (
        (3, 16, 16, 0, R, 1), (3, 64, 24, 0, R, 2), (3, 72, 24, 0, R, 1),
        (5, 72, 40, 1, R, 2), (5, 120, 40, 1, R, 1), (5, 120, 40, 1, R, 1),
        (3, 240, 80, 0, H, 2), (3, 200, 80, 0, H, 1), (3, 184, 80, 0, H, 1),
        (3, 184, 80, 0, H, 1), (3, 480, 112, 1, H, 1),
        (3, 672, 112, 1, H, 1), (5, 672, 160, 1, H, 2),
        (5, 960, 160, 1, H, 1), (5, 960, 160, 1, H, 1))),
}
# Expansion, width, repetitions, stride (Sandler et al. 2018, table 2).
V2 = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2),
      (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
# Width, stride (Howard et al. 2017, table 1).
V1 = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1),
      (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1))


def convolution(inputs, outputs, kernel=1, stride=1, groups=1, act=None):
    parts = [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2,
                       groups=groups, bias=False),
             nn.BatchNorm2d(outputs)]
    return parts + ([act()] if act else [])


class Gate(nn.Module):
    """Squeeze-and-excite: a factor for each channel."""

    def __init__(self, width):
        super().__init__()
        inside = max(8, (width // 4 + 4) // 8 * 8)
        self.factors = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(width, inside, 1), nn.ReLU(),
            nn.Conv2d(inside, width, 1), nn.Hardsigmoid())

    def forward(self, x):
        return x * self.factors(x)


class Residual(nn.Module):
    def __init__(self, parts):
        super().__init__()
        self.parts = nn.Sequential(*parts)

    def forward(self, x):
        return x + self.parts(x)


def block(inputs, kernel, inside, outputs, gate, act, stride):
    parts = []
    if inside != inputs:
        parts += convolution(inputs, inside, act=act)
    parts += convolution(inside, inside, kernel, stride, inside, act)
    if gate:
        parts.append(Gate(inside))
    parts += convolution(inside, outputs)
    return [Residual(parts)] if stride == 1 and inputs == outputs else parts


def v3(name):
    last, hidden, table = V3[name]
    parts, width = convolution(3, 16, 3, 2, act=H), 16
    for kernel, inside, outputs, gate, act, stride in table:
        parts += block(width, kernel, inside, outputs, gate, act, stride)
        width = outputs
    parts += convolution(width, last, act=H)
    return parts, [nn.Linear(last, hidden), H(), nn.Linear(hidden, 1000)]


def v2():
    act = nn.ReLU6
    parts, width = convolution(3, 32, 3, 2, act=act), 32
    for expansion, outputs, times, stride in V2:
        for i in range(times):
            parts += block(width, 3, width * expansion, outputs, False, act,
                           stride if i == 0 else 1)
            width = outputs
    parts += convolution(width, 1280, act=act)
    return parts, [nn.Linear(1280, 1000)]


def v1():
    act = nn.ReLU6
    parts, width = convolution(3, 32, 3, 2, act=act), 32
    for outputs, stride in V1:
        parts += convolution(width, width, 3, stride, width, act)
        parts += convolution(width, outputs, act=act)
        width = outputs
    return parts, [nn.Linear(1024, 1000)]


def scale(module):
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        nn.init.kaiming_normal_(module.weight)
        if module.bias is not None:
            nn.init.normal_(module.bias, std=0.1)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.uniform_(module.weight, 0.7, 1.3)
        nn.init.normal_(module.bias, std=0.25)
        module.momentum = 0.5


def make(name):
    body, head = v3(name) if name in V3 else v2() if name == "v2" else v1()
    network = nn.Sequential(*body, nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                            *head)
    network.apply(scale)
    return network.train()
