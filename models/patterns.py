# SPDX-License-Identifier: LGPL-2.1-or-later
"""Test cards and the pictures of a missing signal.

Where gst-launch-1.0 is at hand, GStreamer's own videotestsrc patterns are part
of both; everything else is drawn here, each time with other proportions.
"""
import shutil
import subprocess
import tempfile

import cv2
import numpy as np

from degrade import SIDE, clip, jpeg, smooth, uniform_log
from scenes import FONTS

BARS = [(1, 1, 1), (1, 1, 0), (0, 1, 1), (0, 1, 0), (1, 0, 1), (1, 0, 0), (0, 0, 1), (0, 0, 0)]
CARD_PATTERNS = {"smpte": 3, "smpte75": 3, "smpte100": 3, "smpte-rp-219": 4, "zone-plate": 3, "circular": 2,
                 "checkers-8": 2, "gamut": 1, "chroma-zone-plate": 2,
                 "pinwheel": 2, "spokes": 2, "gradient": 1, "colors": 2}
LOST_PATTERNS = {"snow": 4, "blue": 1, "green": 1, "red": 1}


def from_gstreamer():
    """Frames of videotestsrc at a few sizes: (cards, no-signal); empty without GStreamer."""
    got = ([], [])
    if not shutil.which("gst-launch-1.0"):
        return got
    for which, names in enumerate((CARD_PATTERNS, LOST_PATTERNS)):
        for name, weight in names.items():
            for w, h in ((320, 240), (640, 480), (1280, 720)):
                with tempfile.NamedTemporaryFile(suffix=".raw") as f:
                    done = subprocess.run(
                        ["gst-launch-1.0", "-q", "videotestsrc", "num-buffers=2", f"pattern={name}", "kx2=20", "ky2=20",
                         "kt=1", "!", f"video/x-raw,format=RGB,width={w},height={h}", "!", "filesink",
                         f"location={f.name}"], capture_output=True, check=False)
                    raw = np.fromfile(f.name, np.uint8)
                if done.returncode or raw.size < 2 * h * w * 3:
                    continue
                frame = raw[-h * w * 3:].reshape(h, w, 3)
                if w > 640:
                    frame = cv2.resize(frame, (640, 360), interpolation=cv2.INTER_AREA)
                got[which].extend([np.ascontiguousarray(frame)] * weight)
    return got


def grid_xy():
    y, x = np.mgrid[0:2 * SIDE, 0:2 * SIDE].astype(np.float32)
    return y, x


def board(value=0.0):
    return np.full((2 * SIDE, 2 * SIDE, 3), value, np.float32)


def colour_bars(rng):
    level = rng.choice([191, 191, 255, 255, 180, rng.uniform(120, 255)])
    floor = rng.choice([0, 0, 16])
    n = int(rng.choice([7, 8, 8, 6]))
    order = [BARS[i] for i in range(n)]
    if rng.random() < 0.12:
        rng.shuffle(order)
    if rng.random() < 0.1:
        order = order[::-1]
    bars = np.array(order, np.float32) * (level - floor) + floor
    if rng.random() < 0.6:
        bars[0] = rng.choice([level, 255, 235])
    img = board()
    side = 2 * SIDE
    edge = 0
    if rng.random() < 0.25:          # grey pillars, as in HD bars
        edge = int(side * rng.uniform(0.05, 0.15))
        img[:] = rng.uniform(60, 130)
    xs = np.linspace(edge, side - edge, n + 1).astype(int)
    for i in range(n):
        img[:, xs[i]:xs[i + 1]] = bars[i]
    kind = rng.random()
    if kind < 0.55:                  # a lower part of its own
        y1 = int(side * rng.uniform(0.55, 0.8))
        y2 = int(y1 + (side - y1) * rng.uniform(0.1, 0.5))
        if rng.random() < 0.8:
            for i in range(n):
                img[y1:y2, xs[i]:xs[i + 1]] = bars[n - 1 - i] if i % 2 == 0 else rng.choice([0, 16])
        else:
            y2 = y1
        x = 0
        img[y2:] = rng.choice([0, 16])
        for c in ([0, 33, 76], [255, 255, 255], [50, 0, 106], [0, 0, 0], [9, 9, 9], [19, 19, 19]):
            w = int(side * rng.uniform(0.06, 0.2))
            img[y2:, x:x + w] = c
            x += w
        if rng.random() < 0.3:       # a ramp between
            y3 = y2 + (side - y2) // 2
            img[y2:y3] = np.linspace(0, 255, side)[None, :, None]
    elif kind < 0.62:
        img = np.ascontiguousarray(img.transpose(1, 0, 2))
    return img


def greys(rng):
    """Steps or a ramp of grey, or of one colour, in one or several rows."""
    img = board()
    rows = int(rng.choice([1, 1, 2, 3, 4]))
    h = 2 * SIDE // rows
    t = np.linspace(0, 1, 2 * SIDE)
    for r in range(rows):
        n = int(rng.choice([5, 8, 10, 11, 16, 256]))
        v = np.floor(t * n).clip(0, n - 1) / (n - 1)
        if rng.random() < 0.4:
            v = v[::-1]
        tint = np.ones(3) if rng.random() < 0.6 else np.array(BARS[rng.integers(7)], float)
        img[r * h:(r + 1) * h if r < rows - 1 else None] = v[None, :, None] * 255 * tint
    if rng.random() < 0.3:
        img = np.ascontiguousarray(img.transpose(1, 0, 2))
    return img


def gratings(rng):
    """Lines of one or several pitches; bursts, wedges, spokes, rings, zone plates."""
    y, x = grid_xy()
    kind = rng.random()
    c = SIDE + rng.normal(0, 10 if rng.random() < 0.8 else 120, 2)
    r = np.hypot(x - c[0], y - c[1])
    if kind < 0.25:                  # multiburst
        n = int(rng.integers(3, 9))
        i = np.floor(x / (2 * SIDE) * n)
        v = np.sin(x * np.pi / (2 + (n - i) * rng.uniform(1.2, 4)))
        if rng.random() < 0.3:
            v = np.where(y < SIDE, v, np.sin(y * np.pi / rng.uniform(3, 20)))
    elif kind < 0.5:                 # zone plate
        v = np.cos(r * r * np.pi / (2 * SIDE) * rng.uniform(0.1, 1.0) + rng.uniform(0, 6))
    elif kind < 0.65:                # spokes
        v = np.sin(np.arctan2(y - c[1], x - c[0]) * rng.integers(6, 60) + rng.uniform(0, 6))
    elif kind < 0.8:                 # rings
        v = np.sin(r * np.pi / rng.uniform(4, 36))
    else:                            # plain grating, upright or slanted
        a = rng.choice([0, np.pi / 2, rng.uniform(0, np.pi)])
        v = np.sin((x * np.cos(a) + y * np.sin(a)) * np.pi / uniform_log(rng, 4, 50))
    if rng.random() < 0.5:
        v = np.sign(v)
    a, b = np.array([0, 0, 0.0]), np.array([255, 255, 255.0])
    if rng.random() < 0.25:
        a, b = np.array(BARS[rng.integers(8)]) * 255.0, np.array(BARS[rng.integers(8)]) * 255.0
        if (a == b).all():
            b = 255 - a
    v = (v[..., None] + 1) / 2
    return (a + (b - a) * v).astype(np.float32)


def checks(rng):
    y, x = grid_xy()
    s = uniform_log(rng, 8, 130)
    v = (np.floor(x / s) + np.floor(y / s)) % 2
    a, b = rng.choice([0, 0, 40]), rng.choice([255, 255, 200])
    img = (a + (b - a) * v)[..., None] * np.ones(3, np.float32)
    if rng.random() < 0.3:
        img = img * np.array(BARS[rng.integers(7)], np.float32)
    if rng.random() < 0.3:
        img = with_circle(rng, img)
    return img.astype(np.float32)


def lattice(rng):
    """Crosshatch or dots on black, grey or a colour."""
    img = board(rng.choice([0, 0, 0, 60, 128, 255]))
    c = [0.0] * 3 if img[0, 0, 0] > 130 else [255.0] * 3
    s, w = int(rng.integers(16, 90)), int(rng.integers(2, 6))
    off = int(rng.integers(0, s))
    if rng.random() < 0.75:
        for p in range(off, 2 * SIDE, s):
            img[p:p + w] = c
            img[:, p:p + w] = c
    else:
        for py in range(off, 2 * SIDE, s):
            for px in range(off, 2 * SIDE, s):
                img[py:py + 2 * w, px:px + 2 * w] = c
    return with_circle(rng, img) if rng.random() < 0.4 else img


def with_circle(rng, img):
    u = np.ascontiguousarray(clip(img).astype(np.uint8))
    c = [255] * 3 if rng.random() < 0.7 else [0, 0, 0]
    for r in rng.choice([1, 2, 3]) * [SIDE * rng.uniform(0.5, 0.98)]:
        cv2.circle(u, (SIDE, SIDE), int(r), c, int(rng.integers(2, 8)), cv2.LINE_AA)
    if rng.random() < 0.5:
        s = int(SIDE * rng.uniform(0.15, 0.3))
        for cy in (s, 2 * SIDE - s):
            for cx in (s, 2 * SIDE - s):
                cv2.circle(u, (cx, cy), s - 4, c, 3, cv2.LINE_AA)
    return u.astype(np.float32)


def strip(rng, img, y0, y1, x0, x1):
    """Fill a field of a card with one of its usual contents."""
    h, w = y1 - y0, x1 - x0
    if h < 4 or w < 4:
        return
    x = np.arange(w)[None, :, None]
    kind = rng.integers(7)
    if kind == 0:
        i = (x * 8 // w).clip(0, 7)
        img[y0:y1, x0:x1] = np.array(BARS, np.float32)[i[0, :, 0]][None] * rng.choice([191, 255])
    elif kind == 1:
        img[y0:y1, x0:x1] = x * 255 / w
    elif kind == 2:
        n = int(rng.integers(4, 12))
        img[y0:y1, x0:x1] = (x * n // w) * 255 / (n - 1)
    elif kind == 3:
        n = int(rng.integers(3, 7))
        i = x * n // w
        img[y0:y1, x0:x1] = 127 + 127 * np.sign(np.sin(x * np.pi / (2 + 3 * (n - i))))
    elif kind == 4:
        img[y0:y1, x0:x1] = rng.choice([0, 255, 128])
    elif kind == 5:
        img[y0:y1, x0:x1] = ((x * rng.integers(6, 20) // w) % 2) * 255
    else:
        a, b = np.array(BARS)[rng.integers(8, size=2)] * 191.0
        img[y0:y1, x0:x1] = np.where(x < w // 2, a, b)


def circle_card(rng):
    """A broadcast card: hatched ground, a great circle, fields of tests in it."""
    img = board(rng.choice([128, 110, 60, 0, 255]))
    s = int(rng.integers(24, 50))
    c = 255.0 if img[0, 0, 0] < 200 else 0.0
    for p in range(int(rng.integers(0, s)), 2 * SIDE, s):
        img[p:p + 3] = c
        img[:, p:p + 3] = c
    inner = board(rng.choice([0, 128, 60]))
    y = 0
    while y < 2 * SIDE:
        h = int(rng.uniform(0.06, 0.25) * 2 * SIDE)
        strip(rng, inner, y, min(2 * SIDE, y + h), 0, 2 * SIDE)
        y += h
    yy, xx = grid_xy()
    r = SIDE * rng.uniform(0.6, 0.98)
    if rng.random() < 0.85:
        img = np.where((np.hypot(xx - SIDE, yy - SIDE) < r)[..., None], inner, img)
    else:
        q = int(SIDE - r * 0.8)
        img[q:-q, q:-q] = inner[q:-q, q:-q]
    if rng.random() < 0.4:
        img = with_circle(rng, img)
    if rng.random() < 0.5:
        img = label(rng, img)
    return img


def fields(rng):
    """A chart of many fields: colour checker, logo card, resolution chart."""
    n, m = int(rng.integers(2, 7)), int(rng.integers(2, 7))
    img = board(rng.choice([0, 20, 128, 255]))
    gap = int(rng.choice([0, 0, 6, 14]))
    h, w = 2 * SIDE // n, 2 * SIDE // m
    patches = rng.random() < 0.4
    for i in range(n):
        for j in range(m):
            box = (i * h + gap, (i + 1) * h - gap, j * w + gap, (j + 1) * w - gap)
            if patches:
                img[box[0]:box[1], box[2]:box[3]] = rng.uniform(0, 255, 3) if i < n - 1 else 255 * j / max(1, m - 1)
            else:
                strip(rng, img, *box)
    if rng.random() < 0.3:
        img = with_circle(rng, img)
    return img


def wedges(rng):
    """A resolution chart: converging lines in several places, on white."""
    y, x = grid_xy()
    img = board(rng.choice([255, 255, 200, 128]))
    for _ in range(int(rng.integers(3, 9))):
        cx, cy = rng.uniform(0.1, 0.9, 2) * 2 * SIDE
        r = rng.uniform(40, 160)
        ang = np.arctan2(y - cy, x - cx)
        d = np.hypot(x - cx, y - cy)
        on = d < r
        if rng.random() < 0.5:
            on &= np.abs(((ang - rng.uniform(-3, 3) + np.pi) % (2 * np.pi)) - np.pi) < rng.uniform(0.2, 0.8)
        v = (np.sin(ang * rng.integers(20, 90)) if rng.random() < 0.6 else np.sin(d * np.pi / rng.uniform(4, 12))) > 0
        img[on] = (v[on] * 255.0)[:, None]
    img = with_circle(rng, img)
    return label(rng, img) if rng.random() < 0.5 else img


def hues(rng):
    """Smooth fields of all hues."""
    y, x = grid_xy()
    if rng.random() < 0.5:
        h, v = x / (2 * SIDE) * 180, y / (2 * SIDE) * 255
    else:
        h, v = (np.arctan2(y - SIDE, x - SIDE) / np.pi * 90 + 90), np.full_like(x, 255)
    s = np.full_like(x, 255) if rng.random() < 0.7 else 255 - v * 0.8
    hsv = np.stack([h % 180, s, np.maximum(v, 30)], 2).astype(np.uint8)
    if rng.random() < 0.4:
        hsv = np.ascontiguousarray(hsv.transpose(1, 0, 2))
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB).astype(np.float32)


def label(rng, img, words=None):
    u = np.ascontiguousarray(clip(img).astype(np.uint8))
    text = words or "".join(chr(c) for c in rng.integers(65, 91, rng.integers(3, 10)))
    scale = rng.uniform(0.7, 2.2)
    font = FONTS[rng.integers(len(FONTS))]
    (w, h), _ = cv2.getTextSize(text, font, scale, 3)
    x = int((2 * SIDE - w) / 2 + rng.normal(0, 25))
    y = int((2 * SIDE + h) / 2 + rng.normal(0, 60))
    if rng.random() < 0.5:
        box = [int(v) for v in (rng.choice([0, 0, 255, 40]),) * 3]
        if rng.random() < 0.3:
            box = [int(v) for v in rng.integers(0, 256, 3)]
        cv2.rectangle(u, (x - 14, y - h - 14), (x + w + 14, y + 18), box, -1)
        c = [255] * 3 if sum(box) < 380 else [0] * 3
    else:
        c = [255] * 3 if u[y % (2 * SIDE), x % (2 * SIDE)].mean() < 150 else [0] * 3
    cv2.putText(u, text, (x, y), font, scale, c, int(rng.integers(1, 4)), cv2.LINE_AA)
    return u.astype(np.float32)


CARDS = [colour_bars, colour_bars, colour_bars, greys, gratings, gratings, checks, lattice, circle_card, circle_card,
         fields, fields, wedges, hues]


def fit(rng, img, side, zoom=0.2):
    """Any picture to side x side; now and then cropped or stretched."""
    h, w = img.shape[:2]
    n = min(h, w)
    if rng.random() < 0.7:           # centre crop, as the element does
        y, x = (h - n) // 2, (w - n) // 2
        img = img[y:y + n, x:x + n]
    if rng.random() < 0.4:
        h, w = img.shape[:2]
        ch, cw = (int(v * (1 - rng.uniform(0, zoom))) for v in (h, w))
        y, x = rng.integers(0, h - ch + 1), rng.integers(0, w - cw + 1)
        img = img[y:y + ch, x:x + cw]
    return cv2.resize(np.ascontiguousarray(img), (side, side), interpolation=cv2.INTER_AREA).astype(np.float32)


def shown(rng, img, noise=12.0):
    """What a cable, a converter or a camera before a screen does to it."""
    r = rng.random
    if r() < 0.3:
        img = img * rng.uniform(0.45, 1.0) + rng.uniform(0, 30)
    if r() < 0.2:
        img = img * rng.uniform(0.85, 1.1, 3).astype(np.float32)
    if r() < 0.12:
        img = np.repeat(img.mean(2, keepdims=True), 3, 2)
    if r() < 0.25:
        img = cv2.GaussianBlur(img, (0, 0), rng.uniform(0.4, 1.3) if r() < 0.7 else rng.uniform(1.3, 2.5))
    if r() < 0.3:
        img = img + rng.standard_normal(img.shape).astype(np.float32) * rng.uniform(0.5, noise) * (1 if r() < 0.8 else 2.5)
    if r() < 0.4:
        img = jpeg(img, rng.integers(35, 97))
    return clip(img)


def test_card(rng, ready, side=SIDE):
    if ready and rng.random() < 0.25:
        img = ready[rng.integers(len(ready))].astype(np.float32)
    else:
        img = CARDS[rng.integers(len(CARDS))](rng)
        if rng.random() < 0.12:
            img = label(rng, img)
    img = fit(rng, img, side)
    if rng.random() < 0.06:          # a little turned, as a filmed chart
        m = cv2.getRotationMatrix2D((side / 2, side / 2), rng.uniform(-8, 8), rng.uniform(1, 1.2))
        img = cv2.warpAffine(img, m, (side, side), borderMode=cv2.BORDER_REFLECT)
    return shown(rng, img)


def plain_field(rng, side):
    """One colour: blue and grey above all; never black or white without a text."""
    kind = rng.random()
    if kind < 0.35:
        c = np.array([rng.uniform(0, 40), rng.uniform(0, 80), rng.uniform(90, 255)])
    elif kind < 0.6:
        c = np.full(3, rng.uniform(45, 215)) + rng.normal(0, 3, 3)
    elif kind < 0.78:
        c = np.array([rng.uniform(0, 60), rng.uniform(70, 255), rng.uniform(0, 60)])
    elif kind < 0.83:
        c = np.array([rng.uniform(150, 255), rng.uniform(0, 40), rng.uniform(0, 255)])
    else:
        c = rng.uniform(0, 255, 3)
        c[rng.integers(3)] = rng.uniform(90, 255)
    img = board() + c.astype(np.float32)
    if rng.random() < 0.4:
        words = rng.choice(["NO SIGNAL", "No Signal", "NO INPUT", "VIDEO LOSS", "NO VIDEO", "Searching...", "HDMI 1", "AV",
                            "Check cable", "CAM 3 OFFLINE", "SIGNAL LOST", "No connection", "CH 04", "STANDBY"])
        if rng.random() < 0.25:      # on black it takes the text to tell it from a covered lens
            img[:] = rng.uniform(0, 12)
        img = label(rng, img, str(words))
    if rng.random() < 0.1:           # hum: a faint bar or gradient
        img = img * (1 + rng.uniform(-0.06, 0.06) * np.sin(np.linspace(0, rng.uniform(2, 12), 2 * SIDE)))[:, None, None].astype(np.float32)
    return fit(rng, img, side)


def snow(rng, side):
    """The noise of a receiver without a station: no picture behind it."""
    k = uniform_log(rng, 0.5, 4) if rng.random() < 0.6 else 1.0
    h, w = int(side / k), int(side / k / (1 if rng.random() < 0.6 else rng.uniform(1, 4)))
    h, w = max(h, 40), max(w, 30)
    colours = 3 if rng.random() < 0.35 else 1
    n = rng.random((h, w, colours)).astype(np.float32)
    kind = rng.random()
    if kind < 0.4:
        v = n * 255
    elif kind < 0.65:
        v = 127 + rng.uniform(35, 100) * rng.standard_normal(n.shape).astype(np.float32) + rng.uniform(-40, 40)
    elif kind < 0.85:
        v = (n < rng.uniform(0.15, 0.7)) * 255.0
    else:
        v = n ** rng.uniform(1, 4) * 255
    if k < 1:
        way = cv2.INTER_AREA
    else:
        way = rng.choice([cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_CUBIC])
    img = cv2.resize(v.astype(np.float32), (side, side), interpolation=int(way)).reshape(side, side, colours)
    img = np.repeat(img, 3, 2) if colours == 1 else img
    spread = float(img.std())
    if spread < 28:                  # averaging must not turn snow into plain grey
        img = (img - img.mean()) * (rng.uniform(28, 60) / spread) + img.mean()
    if rng.random() < 0.25:          # bands of the lost synchronisation
        y0, hh = rng.integers(0, side), int(rng.integers(6, 60))
        img[y0:y0 + hh] = img[y0:y0 + hh] * rng.uniform(0, 0.6) + rng.choice([0, 90])
    if rng.random() < 0.15:
        img = img * (0.5 + smooth(rng, side, 4))[..., None]
    return img


def no_signal(rng, ready, side=SIDE):
    kind = rng.random()
    if ready and kind < 0.12:
        img = fit(rng, ready[rng.integers(len(ready))], side)
    elif kind < 0.58:
        img = plain_field(rng, side)
    else:
        return clip(snow(rng, side)) if rng.random() < 0.7 else shown(rng, snow(rng, side))
    return shown(rng, img, 8.0)
