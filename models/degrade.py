# SPDX-License-Identifier: LGPL-2.1-or-later
"""What can be wrong with a camera's picture, at strengths from just visible to total.

All lengths are in pixels of a 224 x 224 picture, all levels in steps of 255.
BOUNDS says where each label starts and ends.  Between what still counts as
good and the weakest fault there is a gap that is not trained on.
"""
import cv2
import numpy as np

SIDE = 224
LABELS = ["good", "dark", "overexposed", "blurred", "noisy", "test-card", "no-signal", "broken"]

BOUNDS = {
    "good": "blur sigma to 0.9, enlargement to 2.2x, noise sigma to 5, gain 0.65 to 1.25 with at most a "
            "tenth of the pixels newly clipped, gamma 0.65 to 1.5, JPEG quality 30 and up",
    "dark": "gain at most 0.35 (display) or 0.08 (linear light), gamma 2.8 and up, or 30 % of the pixels "
            "crushed to black; to wholly black, with noise sigma to 10",
    "overexposed": "30 % to all of the pixels clipped to white, by gain, linear gain, offset or gamma, "
                   "with or without flare",
    "blurred": "Gaussian sigma 1.8 to 30, disc radius 3.8 to 35, motion 8 to 90, or lines of that "
               "effect over most of the picture; noise sigma to 5 after it",
    "noisy": "deviation from the clean picture 11 to 110, of any distribution and grain to 1.2",
    "broken": "2 % to all of the picture replaced, shifted, smeared or recoloured",
}


def uniform_log(rng, low, high):
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def clip(img):
    return np.clip(img, 0, 255)


def jpeg(img, quality):
    """Through JPEG and back; img is float or uint8, RGB."""
    u = np.clip(img, 0, 255).astype(np.uint8)
    ok, data = cv2.imencode(".jpg", u[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, int(quality)])
    return cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1].astype(np.float32)


def smooth(rng, side, cells, low=0.0, high=1.0):
    """A smooth random field."""
    small = rng.random((cells, cells)).astype(np.float32)
    field = cv2.resize(small, (side, side), interpolation=cv2.INTER_CUBIC)
    return np.clip(field, 0, 1) * (high - low) + low


# -- what a healthy camera does ---------------------------------------------

def healthy(rng, img):
    """Variation that leaves a picture good.  img: float32, square."""
    side = len(img)
    r = rng.random
    if r() < 0.5:
        img = 255 * (clip(img) / 255) ** uniform_log(rng, 0.65, 1.5)
    if r() < 0.4:
        gain = rng.uniform(0.65, 1.25)
        gain = min(gain, 262 / max(1.0, float(np.percentile(img, 90)))) if gain > 1 else gain
        img = img * gain
    if r() < 0.35:
        img = img * rng.uniform(0.88, 1.12, 3).astype(np.float32)
    if r() < 0.3:
        grey = img.mean(2, keepdims=True)
        img = grey + (img - grey) * rng.uniform(0, 1.6)
    if r() < 0.15:
        y, x = np.mgrid[0:side, 0:side].astype(np.float32) / side - 0.5
        img = img * (1 - rng.uniform(0.2, 1.0) * (x * x + y * y))[..., None]
    if r() < 0.2:
        floor = rng.uniform(0, 40)
        img = floor + img * (255 - floor) / 255
    soft = r()
    if soft < 0.25:
        img = cv2.GaussianBlur(img, (0, 0), rng.uniform(0.3, 0.9))
    elif soft < 0.42:
        small = int(side / rng.uniform(1.1, 2.2))
        way = cv2.INTER_CUBIC if r() < 0.5 else cv2.INTER_LINEAR
        img = cv2.resize(cv2.resize(img, (small, small), interpolation=cv2.INTER_AREA), (side, side),
                         interpolation=way)
    elif soft < 0.6:
        img = img + (img - cv2.GaussianBlur(img, (0, 0), rng.uniform(0.6, 1.4))) * rng.uniform(0.2, 1.3)
    return sensor(rng, clip(img))


def sensor(rng, img, most=5.0):
    """Grain and coding that any camera leaves."""
    if rng.random() < 0.5:
        n = rng.standard_normal(img.shape).astype(np.float32)
        if rng.random() < 0.5:
            n = np.repeat(n[..., :1], 3, 2) * 1.0
        if rng.random() < 0.5:
            n = cv2.GaussianBlur(n, (0, 0), rng.uniform(0.4, 1.0))
            n /= n.std()
        img = img + n * rng.uniform(0.5, most)
    if rng.random() < 0.6:
        img = jpeg(img, rng.integers(30, 96) if rng.random() < 0.35 else rng.integers(65, 97))
    return clip(img)


# -- exposure ----------------------------------------------------------------

def dark(rng, img):
    side = len(img)
    kind = rng.random()
    lum = img.mean(2)
    if kind < 0.22:
        img = img * (rng.uniform(0.01, 0.35) if rng.random() < 0.5 else rng.uniform(0.2, 0.35))
    elif kind < 0.32:
        img = 255 * ((img / 255) ** 2.2 * uniform_log(rng, 0.0005, 0.08)) ** (1 / 2.2)
    elif kind < 0.60:                # black crush: a share of the pixels at 0
        share = 0.3 + 0.7 * rng.random() ** 1.6
        way = lum if rng.random() < 0.6 else img.max(2)
        off = float(np.quantile(way, min(share, 0.995)))
        img = (img - off) * (rng.uniform(0.4, 1.0) if rng.random() < 0.7 else 255 / max(40, 255 - off))
        if share > 0.97:
            img = img * 0.3
    elif kind < 0.70:
        img = 255 * (img / 255) ** uniform_log(rng, 2.8, 9.0)
        img = img * min(1.0, 110 / max(1.0, float(np.percentile(img, 90))))
    elif kind < 0.80:                # wholly covered, with what the sensor adds
        img = np.zeros_like(img) + rng.uniform(0, 20) * (0.7 + 0.6 * rng.random(3).astype(np.float32))
    elif kind < 0.90:                # covered, light leaking in from a side
        y, x = np.mgrid[0:side, 0:side].astype(np.float32) / side
        cx, cy = rng.choice([-0.1, 0, 0.5, 1, 1.1], 2)
        d = ((x - cx) ** 2 + (y - cy) ** 2) / rng.uniform(0.01, 0.15)
        leak = (np.exp(-d) * rng.uniform(20, 220))[..., None]
        img = img * rng.uniform(0, 0.06) + leak * rng.uniform(0.4, 1, 3).astype(np.float32)
    elif kind < 0.95:                # a hole of light in a dark tube
        y, x = np.mgrid[0:side, 0:side].astype(np.float32) / side - 0.5
        d = (x - rng.uniform(-0.3, 0.3)) ** 2 + (y - rng.uniform(-0.3, 0.3)) ** 2
        img = img * (np.exp(-d / rng.uniform(0.003, 0.02)) * rng.uniform(0.3, 1))[..., None]
    else:                            # finger over the lens: dim red
        tone = np.array([1, rng.uniform(0.1, 0.5), rng.uniform(0.05, 0.4)], np.float32)
        img = smooth(rng, len(img), 3, 0.3, 1)[..., None] * tone * rng.uniform(10, 75)
    if rng.random() < 0.5:
        sigma = rng.uniform(0.5, 10)
        n = rng.standard_normal(img.shape).astype(np.float32) * sigma
        if rng.random() < 0.3:
            n = np.repeat(n[..., :1], 3, 2)
        img = img + n
    if rng.random() < 0.3:
        img = jpeg(img, rng.integers(50, 96))
    return clip(img)


def clipped_gain(rng, img, share, linear):
    """Gain that takes this share of the pixels to white."""
    way = rng.random()
    level = img.max(2) if way < 0.35 else img.min(2) if way < 0.55 else img.mean(2)
    q = max(2.0, float(np.quantile(level, 1 - min(share, 0.998))))
    if linear:
        return 255 * ((img / 255) ** 2.2 * (255 / q) ** 2.2) ** (1 / 2.2)
    return img * (255 / q)


def overexposed(rng, img):
    share = 0.3 + 0.7 * rng.random() ** 1.5
    kind = rng.random()
    if kind < 0.55:
        out = clipped_gain(rng, img, share, kind < 0.2)
    elif kind < 0.75:                # offset: blacks rise too
        q = float(np.quantile(img.mean(2), 1 - min(share, 0.998)))
        out = img + (255 - q)
    elif kind < 0.88:                # washed out
        g = uniform_log(rng, 0.1, 0.45)
        out = 255 * (img / 255) ** g
        out = clipped_gain(rng, out, share, False)
    else:                            # toe lifted, shoulder gone
        floor = rng.uniform(20, 150)
        out = floor + clipped_gain(rng, img, share, False) * (1 - floor / 400)
        q = float(np.quantile(out.mean(2), 1 - min(share, 0.998)))
        out = out + max(0.0, 255 - q)
    if rng.random() < 0.35:          # light spills over
        over = np.maximum(out - 255, 0)
        out = clip(out) + cv2.GaussianBlur(clip(over), (0, 0), rng.uniform(3, 20)) * rng.uniform(0.2, 1)
    if rng.random() < 0.06:
        out = np.full_like(img, 255) - np.abs(rng.normal(0, 3, img.shape)).astype(np.float32)
    out = clip(out)
    return sensor(rng, out, 4.0) if rng.random() < 0.5 else out


# -- optics --------------------------------------------------------------------

def line_kernel(rng, length):
    n = int(length) | 1
    k = np.zeros((n, n), np.float32)
    a, h = rng.uniform(0, np.pi), n // 2
    if rng.random() < 0.4:
        a = rng.choice([0, np.pi / 2])
    d = (h * np.cos(a), h * np.sin(a))
    bend = rng.normal(0, 0.15, 2) * h if rng.random() < 0.4 else (0, 0)
    pts = np.array([[h - d[0], h - d[1]], [h + bend[0], h + bend[1]], [h + d[0], h + d[1]]])
    cv2.polylines(k, [pts.round().astype(np.int32)], False, 1.0, 1)
    return k / k.sum()


def spin(rng, img, zoom):
    """Zoom or rotation while the shutter is open."""
    side = len(img)
    out, steps = np.zeros_like(img), 14
    amount = rng.uniform(0.09, 0.5) if zoom else rng.uniform(6, 35)
    centre = tuple(rng.uniform(0.3, 0.7, 2) * side)
    for i in range(steps):
        t = i / (steps - 1)
        m = cv2.getRotationMatrix2D(centre, 0 if zoom else amount * (t - 0.5), 1 + amount * t if zoom else 1)
        out += cv2.warpAffine(img, m, (side, side), borderMode=cv2.BORDER_REFLECT)
    return cv2.GaussianBlur(out / steps, (0, 0), 1.2)


def blurred(rng, img):
    side = len(img)
    sharp = img
    kind = rng.random()
    edge = cv2.BORDER_REFLECT
    if kind < 0.33:
        img = cv2.GaussianBlur(img, (0, 0), uniform_log(rng, 1.8, 30), borderType=edge)
    elif kind < 0.48:
        r = uniform_log(rng, 3.8, 35)
        n = int(2 * r + 3) | 1
        y, x = np.mgrid[0:n, 0:n] - n // 2
        k = np.clip(r + 0.5 - np.sqrt(x * x + y * y), 0, 1).astype(np.float32)
        img = cv2.filter2D(img, -1, k / k.sum(), borderType=edge)
    elif kind < 0.70:
        img = cv2.filter2D(img, -1, line_kernel(rng, uniform_log(rng, 9, 90)), borderType=edge)
        img = cv2.GaussianBlur(img, (0, 0), rng.uniform(0.2, 1.2))
    elif kind < 0.75:
        img = spin(rng, img, rng.random() < 0.5)
    elif kind < 0.82:                # enlarged from next to nothing
        small = int(side / uniform_log(rng, 4.2, 40))
        way = cv2.INTER_CUBIC if rng.random() < 0.5 else cv2.INTER_LINEAR
        img = cv2.resize(cv2.resize(img, (small, small), interpolation=cv2.INTER_AREA), (side, side),
                         interpolation=way)
    elif kind < 0.91:                # smeared: blurred differently from place to place
        s0 = uniform_log(rng, 1.8, 6)
        a = cv2.GaussianBlur(img, (0, 0), s0)
        b = cv2.filter2D(img, -1, line_kernel(rng, rng.uniform(12, 60)), borderType=edge)
        b = cv2.GaussianBlur(b, (0, 0), 1.5)
        c = cv2.GaussianBlur(img, (0, 0), s0 * rng.uniform(1.5, 4))
        m = np.clip(smooth(rng, len(img), int(rng.integers(2, 7))) * 3 - 1, 0, 1)[..., None]
        w = np.clip(smooth(rng, len(img), int(rng.integers(2, 7))) * 3 - 1, 0, 1)[..., None]
        img = (a * m + b * (1 - m)) * w + c * (1 - w)
    elif kind < 0.96:                # water or grease on the glass
        y, x = np.mgrid[0:side, 0:side].astype(np.float32)
        cells, d = int(rng.integers(4, 24)), rng.uniform(6, 45)
        img = cv2.remap(img, x + smooth(rng, len(img), cells, -d, d), y + smooth(rng, len(img), cells, -d, d),
                        cv2.INTER_LINEAR, borderMode=edge)
        img = cv2.GaussianBlur(img, (0, 0), rng.uniform(1.8, 6))
    else:                            # a veil: blur and haze with a trace of the sharp picture
        b = cv2.GaussianBlur(img, (0, 0), rng.uniform(4, 16))
        t = rng.uniform(0, 0.15)
        img = (b * (1 - t) + img * t) * rng.uniform(0.6, 1) + rng.uniform(0, 60)
    if float(img.std((0, 1)).max()) < 8:     # nothing left: that would be a plain field
        img = cv2.GaussianBlur(sharp, (0, 0), rng.uniform(1.8, 4), borderType=edge)
    return sensor(rng, clip(img))


# -- sensor ----------------------------------------------------------------------

def noisy(rng, img):
    side = len(img)
    kind = rng.random()
    sigma = uniform_log(rng, 11, 45) if rng.random() < 0.6 else rng.uniform(11, 110)
    if float(img.std()) < 35:        # a picture of little content would drown and be snow
        sigma = min(sigma, 45.0)
    n = rng.standard_normal(img.shape).astype(np.float32)
    if kind < 0.30:
        out = img + n * sigma
    elif kind < 0.42:                # brightness only
        out = img + n[..., :1] * sigma
    elif kind < 0.50:                # with a grain
        n = cv2.GaussianBlur(n, (0, 0), rng.uniform(0.4, 1.2))
        if rng.random() < 0.4:
            n = np.repeat(n[..., :1], 3, 2)
        out = img + n / n.std() * sigma
    elif kind < 0.60:                # photons: grows with the square root of light
        base = np.sqrt(np.maximum(img, 1) / max(16.0, float(img.mean())))
        out = img + n * base * sigma + n[..., ::-1] * 2
    elif kind < 0.66:                # speckle
        strength = sigma / max(30.0, float(np.sqrt((img ** 2).mean())))
        out = img * (1 + n * strength)
    elif kind < 0.79:                # dead and hot pixels
        p = uniform_log(rng, 0.012, 0.5) if rng.random() < 0.6 else rng.uniform(0.05, 0.6)
        hit = rng.random(img.shape if rng.random() < 0.4 else img.shape[:2] + (1,)) < p
        value = 255.0 * (rng.random(hit.shape) < rng.choice([0.5, 0.5, 0.9, 0.1]))
        out = np.where(hit, value, img)
    elif kind < 0.84:                # colour blotches
        n = cv2.GaussianBlur(n, (0, 0), rng.uniform(0.6, 1.4))
        n -= n.mean(2, keepdims=True) * rng.uniform(0.5, 1)
        out = img + n / n.std() * sigma * 1.1
    elif kind < 0.89:                # rows and columns, with some grain
        axis = (side, 1, 1) if rng.random() < 0.6 else (1, side, 1)
        lines = rng.standard_normal(axis).astype(np.float32)
        out = img + lines * sigma * 0.8 + n * sigma * 0.6
    elif kind < 0.94:                # high gain: little light first, then amplified
        g = rng.uniform(0.2, 0.8)
        out = (img * g + n * np.sqrt(np.maximum(img, 1)) * sigma / 12 * g) * rng.uniform(0.8, 1 / g)
        out = out + rng.standard_normal(img.shape) * 11
    else:
        out = img + (rng.random(img.shape) - 0.5) * 3.46 * sigma
    out = clip(out)
    if rng.random() < 0.25:
        out = jpeg(out, rng.integers(55, 97))
    return out


MAKERS = {"dark": dark, "overexposed": overexposed, "blurred": blurred, "noisy": noisy}
