# SPDX-License-Identifier: LGPL-2.1-or-later
"""Drawn pictures to measure a network's statistics on."""
import numpy as np
from PIL import Image, ImageDraw, ImageFilter


def draw_one(random, side):
    """A lit background with shapes on it, a little blurred and noisy."""
    corners = random.integers(0, 256, (2, 2, 3)).astype(np.uint8)
    picture = Image.fromarray(corners).resize((side, side),
                                              Image.Resampling.BILINEAR)
    pen = ImageDraw.Draw(picture)
    for _ in range(random.integers(4, 30)):
        x, y = random.integers(-side // 4, side, 2)
        width, height = random.integers(4, side // 2, 2)
        shape = random.choice((pen.ellipse, pen.rectangle))
        shape((int(x), int(y), int(x + width), int(y + height)),
              fill=tuple(int(c) for c in random.integers(0, 256, 3)))
    picture = picture.filter(ImageFilter.GaussianBlur(random.uniform(0, 2)))
    pixels = np.asarray(picture, np.float32)
    pixels = pixels + random.normal(0, random.uniform(1, 12), pixels.shape)
    return np.clip(pixels, 0, 255).astype(np.float32)


def draw(n, seed, side=224):
    """n pictures: float32 NHWC, 0..255."""
    random = np.random.default_rng(seed)
    return np.stack([draw_one(random, side) for _ in range(n)])
