# SPDX-License-Identifier: LGPL-2.1-or-later
"""More scenes: what people build, sell and tread on.

Straight upright edges, shelves, horizons and shutters look like torn or
displaced pictures to a network that has only seen nature; goods on pure white
look overexposed, sand and gravel noisy.  All of them are good.
"""
import cv2
import numpy as np

from scenes import (BIG, blur, fibres, leaves, palette, put_lines, put_object, put_stripes,
                    put_text, ramp, sky, solid)


def waves(rng, tex):
    """Noise stretched along the horizon: water, dunes, fields, far woods."""
    rows = rng.standard_normal((BIG, BIG // int(rng.integers(3, 16)))).astype(np.float32)
    img = cv2.resize(rows, (BIG, BIG), interpolation=cv2.INTER_CUBIC)
    img = cv2.GaussianBlur(img, (0, 0), rng.uniform(0.6, 2.5))
    img = img / img.std() * rng.uniform(3, 28)
    a, b = palette(rng, 2)
    t = np.linspace(0, 1, BIG, dtype=np.float32)[:, None, None]
    return a * t + b * (1 - t) + img[..., None]


def gravel(rng, tex):
    """Sand, gravel, asphalt, carpet, spines: as fine as noise, but matter."""
    n = rng.standard_normal((BIG, BIG, 1)).astype(np.float32)
    n = cv2.GaussianBlur(n, (0, 0), rng.uniform(0.8, 2.0))[..., None]
    n = n / n.std() * rng.uniform(5, 28)
    if rng.random() < 0.5:           # it fades with distance
        n = n * (0.3 + np.linspace(0, 1, BIG, dtype=np.float32) ** rng.uniform(0.5, 2))[:, None, None]
    c = palette(rng, 1)[0]
    patch = (tex.piece(rng, scale=3) * rng.uniform(4, 22))[..., None]
    return c + n * (1 + 0.35 * np.clip(tex.piece(rng), -2, 2))[..., None] + patch


def panel(rng, tex, h, w):
    """What fills one field of a building, a shelf or a shop."""
    kind = rng.random()
    c = palette(rng, 1)[0]
    img = np.empty((h, w, 3), np.float32)
    img[:] = c
    if kind < 0.2:                   # books, bottles, planks side by side
        x = 0
        while x < w:
            n = int(rng.integers(3, 26))
            img[int(h * rng.uniform(0, 0.4)):, x:x + n] = palette(rng, 1)[0] if rng.random() < 0.7 else c * 0.4
            img[:, x:x + 1] *= 0.4
            x += n
    elif kind < 0.4:                 # shutters, steps, siding, decks
        n = int(rng.integers(4, 30))
        y = np.arange(h) % n / n
        img *= (1 - rng.uniform(0.1, 0.7) * (y if rng.random() < 0.5 else (y < 0.25)))[:, None, None]
    elif kind < 0.55:                # windows
        n, m = rng.integers(8, 60, 2)
        glass = palette(rng, 1)[0] * rng.uniform(0.2, 1)
        for y in range(int(n) // 3, h, int(n)):
            for x in range(int(m) // 3, w, int(m)):
                img[y:y + int(n * 0.6), x:x + int(m * 0.6)] = glass * rng.uniform(0.6, 1.3)
    elif kind < 0.7:
        t = np.linspace(rng.uniform(0.3, 1), rng.uniform(0.5, 1.3), h if rng.random() < 0.5 else w, dtype=np.float32)
        img *= t[:, None, None] if len(t) == h else t[None, :, None]
    y, x = rng.integers(0, BIG - h + 1), rng.integers(0, BIG - w + 1)
    return img + (tex.piece(rng)[y:y + h, x:x + w] * rng.uniform(1, 16))[..., None]


def split(rng, tex, img, y0, y1, x0, x1, depth):
    """Divide a field again and again by straight upright lines."""
    h, w = y1 - y0, x1 - x0
    if depth == 0 or min(h, w) < 40 or rng.random() < 0.12:
        img[y0:y1, x0:x1] = panel(rng, tex, h, w)
        return
    if rng.random() < 0.55:
        m = y0 + int(h * rng.uniform(0.2, 0.8))
        split(rng, tex, img, y0, m, x0, x1, depth - 1)
        split(rng, tex, img, m, y1, x0, x1, depth - 1)
        edge = img[m:m + int(rng.integers(0, 8)), x0:x1]
    else:
        m = x0 + int(w * rng.uniform(0.2, 0.8))
        split(rng, tex, img, y0, y1, x0, m, depth - 1)
        split(rng, tex, img, y0, y1, m, x1, depth - 1)
        edge = img[y0:y1, m:m + int(rng.integers(0, 8))]
    edge[:] = rng.uniform(0, 255)


def street(rng, tex):
    """A front, a room, a shelf: seen straight on, or a little askew."""
    img = np.zeros((BIG, BIG, 3), np.float32)
    split(rng, tex, img, 0, BIG, 0, BIG, int(rng.integers(2, 7)))
    if rng.random() < 0.6:
        a = np.array([[0, 0], [BIG, 0], [BIG, BIG], [0, BIG]], np.float32)
        b = a + rng.normal(0, BIG * rng.choice([0.01, 0.04, 0.12]), (4, 2)).astype(np.float32)
        img = cv2.warpPerspective(img, cv2.getPerspectiveTransform(a, b), (BIG, BIG), borderMode=cv2.BORDER_REFLECT)
    return img


def shore(rng, tex):
    """Bands from edge to edge under a straight horizon, and something on it."""
    kinds = (waves, waves, sky, gravel, leaves, fibres)
    img = sky(rng, tex)
    y = 0.0
    for _ in range(int(rng.integers(1, 5))):
        y += rng.uniform(0.1, 0.4)
        if y >= 0.95:
            break
        band = kinds[rng.integers(len(kinds))](rng, tex)
        tilt = rng.normal(0, 8) if rng.random() < 0.4 else 0
        line = (y * BIG + np.linspace(-tilt, tilt, BIG))[None, :]
        img = np.where((np.arange(BIG)[:, None] > line)[..., None], band, img)
        if rng.random() < 0.4:
            x = int(rng.integers(0, BIG - 80))
            w, h = int(rng.integers(40, 400)), int(rng.integers(8, 80))
            img[max(0, int(y * BIG) - h):int(y * BIG), x:x + w] = palette(rng, 1)[0]
    return img


def goods(rng, tex):
    """Things on pure white, as shops show them: one, several, or a collage."""
    img = np.full((BIG, BIG, 3), rng.choice([255, 255, 255, 254, 250]), np.float32)
    if rng.random() < 0.3:
        img -= (rng.uniform(2, 40) * ramp(rng))[..., None]
    n = int(rng.choice([1, 1, 1, 2, 3]))
    for _ in range(n):
        if rng.random() < 0.4:       # a box with a face and a side
            x, y = (rng.uniform(0.1, 0.5, 2) * BIG).astype(int)
            h, w = (rng.uniform(0.2, 0.5, 2) * BIG).astype(int)
            shade = np.zeros((BIG, BIG), np.uint8)
            shade[y + h // 2:y + h + 20, x + 10:x + w + 20] = 255
            img *= 1 - rng.uniform(0.1, 0.5) * blur(shade, rng.uniform(4, 18)).astype(np.float32)[..., None] / 255
            face = solid(rng, tex) if rng.random() < 0.5 else street(rng, tex)
            img[y:y + h, x:x + w] = face[y:y + h, x:x + w]
        else:
            img = put_object(rng, tex, img, rng.uniform(90, 270))
    if rng.random() < 0.25:
        img = put_text(rng, img)
    if rng.random() < 0.12:          # an inset
        h, w = (rng.uniform(0.15, 0.4, 2) * BIG).astype(int)
        y, x = rng.integers(0, BIG - h), rng.integers(0, BIG - w)
        img[y:y + h, x:x + w] = solid(rng, tex)[y:y + h, x:x + w]
    return img


def scene(rng, tex):
    """One of these scenes, BIG x BIG x 3, float32."""
    kind = rng.random()
    if kind < 0.22:
        return goods(rng, tex)
    if kind < 0.55:
        img = street(rng, tex)
    elif kind < 0.78:
        img = shore(rng, tex)
    else:
        img = gravel(rng, tex)
        if rng.random() < 0.4:
            img = put_lines(rng, img)
    if kind > 0.3 and rng.random() < 0.25:
        img = blur(np.ascontiguousarray(img, np.float32), float(np.exp(rng.uniform(0.5, 2.5))))
    for _ in range(int(rng.choice([0, 1, 1, 2, 3]))):
        img = put_object(rng, tex, img, float(np.exp(rng.uniform(np.log(30), np.log(250)))))
    if rng.random() < 0.15:
        img = put_stripes(rng, img)
    if rng.random() < 0.2:
        img = put_text(rng, img)
    return img
