# SPDX-License-Identifier: LGPL-2.1-or-later
"""Procedural scenes with the statistics of photographs.

What a camera-health network must not take for a fault is in here on purpose:
shallow depth of field, fur and gravel (which look like noise), white studio
backgrounds, black backgrounds, night streets, fog, brick walls and window
grids, stripes, printed text, framed and letterboxed pictures, drawings.

A scene is drawn at twice its side and reduced by area averaging, so that its
edges are those of a sensor and not of a rasteriser.
"""
import cv2
import numpy as np

SIDE = 288                 # side of a stored scene
BIG = 2 * SIDE             # side at which it is drawn
FONTS = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_COMPLEX, cv2.FONT_HERSHEY_TRIPLEX,
         cv2.FONT_HERSHEY_SCRIPT_COMPLEX, cv2.FONT_HERSHEY_PLAIN)


def fractal(rng, side, slope, stretch=1.0):
    """Tileable noise whose amplitude falls as 1/f^slope; mean 0, deviation 1."""
    fy = np.fft.fftfreq(side)[:, None] * stretch
    fx = np.fft.rfftfreq(side)[None, :] / stretch
    f = np.sqrt(fy * fy + fx * fx)
    f[0, 0] = 1
    spectrum = np.fft.rfft2(rng.standard_normal((side, side))) / f ** slope
    spectrum[0, 0] = 0
    noise = np.fft.irfft2(spectrum, s=(side, side)).astype(np.float32)
    return noise / noise.std()


class Textures:
    """A pool of tileable noises, from which every scene takes its own pieces."""

    def __init__(self, seed):
        rng = np.random.default_rng([seed, 77])
        self.pool = []
        for i in range(40):
            slope = rng.uniform(0.8, 1.9)
            stretch = 1.0 if i % 3 else float(np.exp(rng.uniform(-1.2, 1.2)))
            self.pool.append(fractal(rng, 512, slope, stretch))

    def piece(self, rng, side=BIG, scale=None):
        """Noise in a random place, size and direction."""
        noise = self.pool[rng.integers(len(self.pool))]
        s = scale or float(np.exp(rng.uniform(np.log(0.5), np.log(3.0))))
        a = rng.uniform(0, 2 * np.pi)
        m = np.array([[np.cos(a) / s, -np.sin(a) / s, rng.uniform(0, 512)],
                      [np.sin(a) / s, np.cos(a) / s, rng.uniform(0, 512)]], np.float32)
        return cv2.warpAffine(noise, m, (side, side), borderMode=cv2.BORDER_WRAP,
                              flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)


def blur(img, sigma):
    """Gaussian blur; a wide one is done on a reduced picture, which looks the same."""
    k = 4 if sigma > 10 else 2 if sigma > 4 else 1
    if k == 1:
        return cv2.GaussianBlur(img, (0, 0), sigma)
    h, w = img.shape[:2]
    small = cv2.resize(img, (w // k, h // k), interpolation=cv2.INTER_AREA)
    return cv2.resize(cv2.GaussianBlur(small, (0, 0), sigma / k), (w, h), interpolation=cv2.INTER_LINEAR)


def palette(rng, n):
    """Colours as nature has them: few hues, mostly pale, brightness wide."""
    hue = rng.uniform(0, 180)
    spread = rng.choice([8, 25, 60, 180])
    h = (hue + rng.normal(0, spread, n)) % 180
    s = np.clip(rng.gamma(1.6, 45 if rng.random() < 0.8 else 90, n), 0, 255)
    v = np.clip(rng.normal(rng.uniform(80, 170), 60, n), 6, 252)
    hsv = np.stack([h, s, v], 1).astype(np.uint8)[None]
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0].astype(np.float32)


def ramp(rng, side=BIG, curve=None):
    """A gradient from 0 to 1 in a random direction."""
    a = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) / side - 0.5
    g = np.clip((x * np.cos(a) + y * np.sin(a)) / 1.4 + 0.5, 0, 1)
    return g ** (curve or float(np.exp(rng.uniform(-0.7, 0.7))))


def outline(rng, cx, cy, r):
    """A random closed shape: round, angular, or wavy as leaves and limbs are."""
    kind = rng.random()
    if kind < 0.3:
        n = int(rng.integers(3, 7))
        a = np.sort(rng.uniform(0, 2 * np.pi, n))
        rad = r * rng.uniform(0.6, 1.3, n)
    else:
        n = 14 if r < 24 else 40
        a = np.linspace(0, 2 * np.pi, n, endpoint=False)
        rad = np.full(n, r)
        if kind > 0.5:
            for k in range(2, 6):
                rad = rad * (1 + rng.normal(0, 0.35 / k) * np.cos(k * a + rng.uniform(0, 6.3)))
    flat = float(np.exp(rng.normal(0, 0.5)))
    x, y = rad * np.cos(a) * flat, rad * np.sin(a) / flat
    t = rng.uniform(0, np.pi)
    pts = np.stack([cx + x * np.cos(t) - y * np.sin(t), cy + x * np.sin(t) + y * np.cos(t)], 1)
    return (pts * 16).astype(np.int32)


def leaves(rng, tex, count=None, smallest=None):
    """Dead leaves: textured shapes in front of each other, sizes by a power law."""
    count = count or int(np.exp(rng.uniform(np.log(40), np.log(900))))
    r0 = smallest or float(np.exp(rng.uniform(np.log(5), np.log(30))))
    r1 = rng.uniform(0.2, 0.5) * BIG
    power = rng.uniform(1.6, 3.2)
    u = rng.random(count)
    e = 1 - power
    radius = (r0 ** e + u * (r1 ** e - r0 ** e)) ** (1 / e)
    colours = palette(rng, int(rng.integers(3, 12)))
    img = np.empty((BIG, BIG, 3), np.uint8)
    img[:] = colours[0]
    amp = np.full((BIG, BIG), 20, np.uint8)
    loud = rng.choice([3, 10, 25, 45])
    order = np.argsort(-radius * np.exp(rng.normal(0, 0.6, count)))   # mostly large ones behind
    for i in order:
        pts = outline(rng, rng.uniform(0, BIG), rng.uniform(0, BIG), radius[i])
        c = colours[rng.integers(len(colours))] + rng.normal(0, 14) + rng.normal(0, 5, 3)
        cv2.fillPoly(img, [pts], np.clip(c, 0, 255).tolist(), cv2.LINE_AA, 4)
        cv2.fillPoly(amp, [pts], float(np.clip(rng.gamma(1.2, loud), 0, 255)), cv2.LINE_8, 4)
    out = img.astype(np.float32)
    out += (tex.piece(rng) * amp)[..., None]
    if rng.random() < 0.5:
        out += (tex.piece(rng) * amp)[..., None] * rng.normal(0, 0.4, 3).astype(np.float32)
    return out


def fibres(rng, tex):
    """Fur, grass, hair, wood: noise drawn out along a slowly turning direction."""
    base = rng.standard_normal((BIG // 2, BIG // 2)).astype(np.float32)
    n = int(rng.integers(9, 41)) | 1
    k = np.zeros((n, n), np.float32)
    a = rng.uniform(0, np.pi)
    half = n // 2
    tip = (int(half + half * np.cos(a)), int(half + half * np.sin(a)))
    cv2.line(k, (n - 1 - tip[0], n - 1 - tip[1]), tip, 1.0, 1)
    base = cv2.filter2D(base, -1, k / k.sum())
    base = cv2.resize(base, (BIG, BIG), interpolation=cv2.INTER_CUBIC)
    y, x = np.mgrid[0:BIG, 0:BIG].astype(np.float32)
    bend = blur(tex.piece(rng), 30) * rng.uniform(10, 200)
    base = cv2.remap(base, x + bend, y + bend * rng.uniform(-1, 1), cv2.INTER_LINEAR,
                     borderMode=cv2.BORDER_WRAP)
    colours = palette(rng, 2)
    base = base / base.std() * rng.uniform(8, 40)
    mix = np.clip(0.5 + 0.3 * tex.piece(rng, scale=3), 0, 1)[..., None]
    return colours[0] * mix + colours[1] * (1 - mix) + base[..., None]


def masonry(rng, tex):
    """Bricks, tiles, windows, fences: a grid seen under some angle."""
    n = int(rng.integers(3, 22))
    cell = BIG // n + 1
    aspect = rng.choice([1, 2, 3])
    gap = max(1, int(cell * rng.uniform(0.03, 0.3)))
    colours = palette(rng, 3)
    big = int(BIG * 1.5)
    img = np.empty((big, big, 3), np.float32)
    img[:] = colours[0]
    noisy = rng.uniform(0, 30)
    shift = rng.choice([0, 0.5])
    for row in range(big // cell + 1):
        off = int((row % 2) * shift * cell * aspect)
        for col in range(-1, big // (cell * aspect) + 1):
            x = col * cell * aspect + off
            c = colours[1] + rng.normal(0, noisy) if rng.random() < 0.9 else colours[2]
            img[row * cell:row * cell + cell - gap, max(0, x):max(0, x + cell * aspect - gap)] = c
    corners = np.array([[0, 0], [big, 0], [big, big], [0, big]], np.float32)
    to = np.array([[0, 0], [BIG, 0], [BIG, BIG], [0, BIG]], np.float32)
    to += rng.normal(0, BIG * rng.choice([0.01, 0.1, 0.25]), (4, 2)).astype(np.float32)
    m = cv2.getPerspectiveTransform(corners, to)
    img = cv2.warpPerspective(img, m, (BIG, BIG), borderMode=cv2.BORDER_REFLECT)
    return img + (tex.piece(rng) * rng.uniform(2, 25))[..., None]


def sky(rng, tex):
    """Sky, wall, fog, water far off: a gradient, with or without clouds."""
    a, b = palette(rng, 2)
    if rng.random() < 0.5:
        a = np.array([rng.uniform(90, 190), rng.uniform(140, 220), rng.uniform(190, 250)])
        b = np.clip(a + rng.uniform(0, 70), 0, 252)
    g = ramp(rng)[..., None]
    img = (a * g + b * (1 - g)).astype(np.float32)
    if rng.random() < 0.6:
        noise = blur(tex.piece(rng, scale=3), rng.uniform(1, 8))
        cloud = np.clip(noise * rng.uniform(0.2, 0.9) + rng.uniform(-0.3, 0.5), 0, 1)[..., None]
        img = img * (1 - cloud) + rng.uniform(180, 250) * cloud
    return img


def bytes_of(img):
    """OpenCV draws smooth edges and text into 8-bit pictures only."""
    return np.ascontiguousarray(np.clip(img, 0, 255).astype(np.uint8))


def plain(rng, tex):
    """Studio background: white, black or one colour, with a soft fall of light."""
    kind = rng.random()
    if kind < 0.45:
        c = np.full(3, rng.choice([255, 255, 252, 245, 235]), np.float32)
    elif kind < 0.65:
        c = np.full(3, rng.uniform(0, 20), np.float32)
    else:
        c = palette(rng, 1)[0]
    img = np.empty((BIG, BIG, 3), np.float32)
    img[:] = c
    if rng.random() < 0.6:
        img *= (1 - rng.uniform(0.03, 0.5) * ramp(rng))[..., None]
    return img


def ground(rng, tex):
    kinds = (leaves, leaves, fibres, masonry, sky, sky, plain, plain)
    img = kinds[rng.integers(len(kinds))](rng, tex)
    if rng.random() < 0.25:          # horizon: a second ground below
        line = int(BIG * rng.uniform(0.25, 0.8))
        other = kinds[rng.integers(6)](rng, tex)
        edge = (line + tex.piece(rng, scale=2)[0] * rng.uniform(0, 25)).astype(np.int32)
        below = (np.arange(BIG)[:, None] > edge[None, :])[..., None]
        img = np.where(below, other, img)
    return img


def solid(rng, tex):
    """The inside of an object: a textured surface with light and shade."""
    kind = rng.random()
    if kind < 0.3:
        img = leaves(rng, tex, int(rng.integers(20, 150)))
    elif kind < 0.5:
        img = fibres(rng, tex)
    elif kind < 0.6:
        img = masonry(rng, tex)
    else:
        a, b = palette(rng, 2)
        mix = np.clip(0.5 + rng.uniform(0.2, 1) * tex.piece(rng), 0, 1)[..., None]
        img = a * mix + (b * 0.4 + a * 0.6) * (1 - mix)
        img = img + (tex.piece(rng) * rng.uniform(2, 20))[..., None]
    return img * (rng.uniform(0.3, 1) + ramp(rng))[..., None]


def put_object(rng, tex, img, size):
    """An object of several parts, with a shadow and a highlight, in focus."""
    cx, cy = rng.uniform(0.2, 0.8, 2) * BIG
    mask = np.zeros((BIG, BIG), np.uint8)
    for _ in range(int(rng.integers(1, 6))):
        r = size * rng.uniform(0.25, 1)
        cv2.fillPoly(mask, [outline(rng, cx, cy, r)], 255, cv2.LINE_AA, 4)
        cx, cy = cx + rng.normal(0, r * 0.7), cy + rng.normal(0, r * 0.7)
    if rng.random() < 0.3:           # a ragged edge, as of hair and foliage
        y, x = np.mgrid[0:BIG, 0:BIG].astype(np.float32)
        d = rng.uniform(2, 12)
        mask = cv2.remap(mask, x + tex.piece(rng) * d, y + tex.piece(rng) * d, cv2.INTER_LINEAR)
    if rng.random() < 0.5:
        soft = blur(np.roll(mask, tuple(rng.integers(-30, 31, 2)), (0, 1)),
                                rng.uniform(5, 40))
        img = img * (1 - rng.uniform(0.1, 0.7) * soft.astype(np.float32) / 255)[..., None]
    alpha = (mask.astype(np.float32) / 255)[..., None]
    inside = solid(rng, tex)
    if rng.random() < 0.5:           # rounded: darker towards its rim
        depth = blur(mask, size * 0.3 + 1).astype(np.float32) / 255
        inside = inside * (0.3 + 0.8 * depth)[..., None]
    img = img * (1 - alpha) + inside * alpha
    img = bytes_of(img)
    for _ in range(int(rng.integers(0, 4))):     # small dark and bright details: eyes, screws, glints
        p = (int(cx + rng.normal(0, size / 2)), int(cy + rng.normal(0, size / 2)))
        shade = rng.choice([0, 10, 30, 255, 250])
        cv2.circle(img, p, int(rng.integers(2, 14)), [float(shade)] * 3, -1, cv2.LINE_AA)
    return img.astype(np.float32)


def put_lines(rng, img):
    """Wires, branches, cracks, edges of furniture."""
    img = bytes_of(img)
    for _ in range(int(rng.integers(1, 14))):
        turn = np.cumsum(rng.normal(0, rng.choice([0.02, 0.1, 0.4]), 24)) + rng.uniform(0, 6.3)
        step = np.stack([np.cos(turn), np.sin(turn)], 1) * rng.uniform(4, 40)
        p = rng.uniform(0, BIG, (1, 2)) + np.cumsum(step, 0)
        c = (rng.uniform(0, 255) + rng.normal(0, 15, 3)).clip(0, 255).tolist()
        cv2.polylines(img, [(p * 16).astype(np.int32)], False, c, int(rng.integers(1, 9)), cv2.LINE_AA, 4)
    return img.astype(np.float32)


def put_text(rng, img):
    img = bytes_of(img)
    for _ in range(int(rng.integers(1, 9))):
        n = int(rng.integers(2, 16))
        word = "".join(chr(c) for c in rng.choice(np.r_[48:58, 65:91, 97:123, 32, 46], n))
        at = (int(rng.uniform(-20, BIG * 0.8)), int(rng.uniform(20, BIG)))
        c = (rng.choice([0, 20, 128, 255]) + rng.normal(0, 40, 3)).clip(0, 255).tolist()
        cv2.putText(img, word, at, FONTS[rng.integers(len(FONTS))], rng.uniform(0.5, 4), c,
                    int(rng.integers(1, 6)), cv2.LINE_AA)
    return img.astype(np.float32)


def put_stripes(rng, img):
    """A striped or checked thing: flag, shirt, crossing, zebra, awning."""
    colours = palette(rng, int(rng.integers(2, 5)))
    a, period = rng.uniform(0, np.pi), rng.uniform(8, 90)
    y, x = np.mgrid[0:BIG, 0:BIG].astype(np.float32)
    wave = np.sin(y / rng.uniform(20, 200)) * rng.uniform(0, 30)
    index = (((x * np.cos(a) + y * np.sin(a) + wave) / period).astype(np.int32)) % len(colours)
    cloth = colours[index] * (0.5 + 0.6 * ramp(rng))[..., None]
    mask = np.zeros((BIG, BIG), np.uint8)
    pts = outline(rng, *(rng.uniform(0.2, 0.8, 2) * BIG), rng.uniform(40, 200))
    cv2.fillPoly(mask, [pts], 255, cv2.LINE_AA, 4)
    alpha = (mask.astype(np.float32) / 255)[..., None]
    return img * (1 - alpha) + cloth * alpha


def drawing(rng, tex):
    """Graphics, screens, drawings, documents: flat and sharp, and good."""
    img = bytes_of(plain(rng, tex))
    colours = palette(rng, 6)
    for _ in range(int(rng.integers(2, 16))):
        pts = outline(rng, *(rng.uniform(0, BIG, 2)), rng.uniform(10, 160))
        c = colours[rng.integers(6)].tolist()
        if rng.random() < 0.6:
            cv2.fillPoly(img, [pts], c, cv2.LINE_AA, 4)
        else:
            cv2.polylines(img, [pts], True, c, int(rng.integers(1, 10)), cv2.LINE_AA, 4)
    if rng.random() < 0.6:
        img = put_text(rng, img)
    return img


def night(rng, tex):
    """Dark, and good: lamps, windows or a lit subject stand out of the black."""
    img = ground(rng, tex) * rng.uniform(0.05, 0.3)
    img = put_object(rng, tex, img, rng.uniform(60, 180))
    if rng.random() < 0.6:
        y, x = np.mgrid[0:BIG, 0:BIG].astype(np.float32)
        cx, cy = rng.uniform(0.2, 0.8, 2) * BIG
        d = np.sqrt((x - cx) ** 2 + (y - cy) ** 2) / (BIG * rng.uniform(0.2, 0.5))
        img = img * (rng.uniform(0, 0.3) + 1.2 * np.exp(-d * d))[..., None]
        img = img * (230 / max(60.0, float(np.percentile(img, 98))))
    glow = np.zeros((BIG, BIG, 3), np.uint8)
    for _ in range(int(rng.integers(3, 50))):
        p = (int(rng.uniform(0, BIG)), int(rng.uniform(0, BIG)))
        c = np.array([255, rng.uniform(150, 255), rng.uniform(60, 255)]).tolist()
        if rng.random() < 0.5:
            cv2.circle(glow, p, int(rng.integers(2, 14)), c, -1, cv2.LINE_AA)
        else:
            q = (p[0] + int(rng.integers(6, 50)), p[1] + int(rng.integers(6, 50)))
            cv2.rectangle(glow, p, q, c, -1)
    glow = glow.astype(np.float32)
    return img + glow + blur(glow, 12) * rng.uniform(0.3, 2)


def frame_it(rng, img):
    """Borders and bars, as scanned, framed and letterboxed pictures have them."""
    side = img.shape[0]
    c = rng.choice([0, 0, 255, 255, rng.uniform(0, 255)])
    n = int(side * rng.uniform(0.02, 0.2))
    kind = rng.random()
    if kind < 0.7:
        img[:n] = c
        img[side - n:] = c
    if kind > 0.4:
        img[:, :n] = c
        img[:, side - n:] = c
    return img


def scene(rng, tex, other=None):
    """One scene, SIDE x SIDE x 3, uint8; `other` may draw it instead."""
    kind = rng.random()
    if other:
        img = other(rng, tex)
    elif kind < 0.10:
        img = leaves(rng, tex)
    elif kind < 0.16:
        img = drawing(rng, tex)
    elif kind < 0.23:
        img = night(rng, tex)
    else:
        img = ground(rng, tex)
        if rng.random() < 0.5:       # shallow depth of field: what is behind is soft
            img = blur(img, float(np.exp(rng.uniform(0.5, 3.2))))
        for _ in range(int(rng.choice([1, 1, 1, 2, 2, 3, 5, 9]))):
            img = put_object(rng, tex, img, float(np.exp(rng.uniform(np.log(40), np.log(280)))))
        if rng.random() < 0.3:
            img = put_stripes(rng, img)
    img = np.ascontiguousarray(img, np.float32)
    if rng.random() < 0.3:
        img = put_lines(rng, img)
    if rng.random() < 0.12:
        img = put_text(rng, img)
    if rng.random() < 0.4:           # light falls unevenly
        img *= (rng.uniform(0.5, 0.9) + rng.uniform(0.2, 0.7) * ramp(rng))[..., None]
    if rng.random() < 0.15:          # haze
        h = rng.uniform(0.1, 0.5)
        img = img * (1 - h) + rng.uniform(120, 230) * h
    if rng.random() < 0.3:           # fine grain of matter itself, on part of the scene
        where = np.clip(tex.piece(rng, scale=2.5), 0, 1)
        img += (tex.piece(rng, scale=0.7) * where * rng.uniform(3, 18))[..., None]
    img = cv2.resize(np.clip(img, 0, 255), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    if rng.random() < 0.3:           # the camera's own sharpening
        img += (img - blur(img, rng.uniform(0.6, 1.5))) * rng.uniform(0.2, 1.2)
    if rng.random() < 0.08:
        img = frame_it(rng, img)
    if rng.random() < 0.05:
        img[:] = cv2.cvtColor(np.clip(img, 0, 255), cv2.COLOR_RGB2GRAY)[..., None]
    return np.clip(img + 0.5, 0, 255).astype(np.uint8)


def make(seed, first, count, other=None):
    """Scenes first..first+count-1 of this seed; each is its own, in any order."""
    tex = Textures(seed)
    return np.stack([scene(np.random.default_rng([seed, i]), tex, other) for i in range(first, first + count)])
