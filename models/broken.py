# SPDX-License-Identifier: LGPL-2.1-or-later
"""Pictures that a cable, a decoder or a driver has broken.

A way takes (rng, img, other, marks) and gives the broken picture.  In marks,
a bool array of the picture's height and width, it sets what gives it away:
the foreign blocks, but of a part that was moved only the seams.
"""
import cv2
import numpy as np

from degrade import clip, jpeg, sensor, uniform_log


def seam(marks, y, x=0):
    """Mark where the rows above y and from y on do not belong together."""
    if 0 < y < len(marks):
        marks[max(0, y - 2):y + 2, x:] = True


def blocks(rng, img, other, marks):
    """Macroblocks frozen, moved, flat, missing or full of rubbish."""
    side = len(img)
    size = int(rng.choice([8, 8, 16, 16, 16, 32]))
    n = side // size
    share = uniform_log(rng, 0.025, 0.9)
    off = rng.integers(0, size, 2) if rng.random() < 0.2 else (0, 0)
    hit = rng.random((n, n)) < share
    if rng.random() < 0.6:           # in runs along the rows, as slices are lost
        hit = np.zeros((n, n), bool)
        while hit.mean() < share:
            y, x, run = rng.integers(n), rng.integers(n), int(rng.integers(1, n))
            hit.reshape(-1)[y * n + x:y * n + x + run] = True
    fill = rng.choice(["other", "moved", "flat", "mean", "mosaic", "rubbish", "codec", "mix"])
    tint = rng.choice([0, 128, 255, rng.uniform(0, 255)]) + rng.normal(0, 30, 3) * (rng.random() < 0.5)
    if rng.random() < 0.2:
        tint = np.array([[0, 135, 0], [255, 0, 255], [0, 255, 0], [128, 128, 128]][rng.integers(4)], float)
    crushed = jpeg(img, rng.integers(1, 6))
    shift = rng.integers(-60, 61, 2)
    moved = np.roll(img, tuple(shift), (0, 1))
    out = img.copy()
    if not hit.any():
        hit.reshape(-1)[rng.integers(n * n, size=3)] = True
    for by, bx in zip(*np.nonzero(hit)):
        y, x = by * size + off[0], bx * size + off[1]
        old = out[y:y + size, x:x + size]
        if not old.size:
            continue
        h, w = old.shape[:2]
        kind = fill if fill != "mix" else rng.choice(["other", "moved", "mean", "flat", "codec", "rubbish"])
        if kind == "other":
            new = other[y:y + h, x:x + w]
        elif kind == "moved":
            if rng.random() < 0.3:
                shift = rng.integers(-60, 61, 2)
                yy, xx = (np.array([y, x]) + shift) % (side - size)
                new = img[yy:yy + h, xx:xx + w]
            else:
                new = moved[y:y + h, x:x + w]
        elif kind == "flat":
            new = tint
        elif kind == "mean":
            new = old.mean((0, 1)) + rng.normal(0, 12, 3)
        elif kind == "mosaic":
            src = img.reshape(-1, 3)
            new = src[rng.integers(len(src))] * rng.uniform(0.5, 1.5)
        elif kind == "codec":
            new = crushed[y:y + h, x:x + w] + rng.normal(0, 25, 3)
        else:
            k = int(rng.choice([2, 4]))
            grid = rng.uniform(0, 255, (size // k, size // k, 3)).astype(np.float32)
            if rng.random() < 0.5:   # a lone cosine coefficient gone wild
                t = np.arange(size)[:, None]
                wave = np.cos(np.pi * (t + 0.5) * rng.integers(0, 6) / size)
                wave = wave * np.cos(np.pi * (t.T + 0.5) * rng.integers(1, 6) / size)
                new = old + (wave[:h, :w] * rng.uniform(40, 200))[..., None] * rng.uniform(-1, 1, 3)
            else:
                new = cv2.resize(grid, (size, size), interpolation=cv2.INTER_NEAREST)[:h, :w]
        out[y:y + h, x:x + w] = new
        marks[y:y + h, x:x + w] = True
    return out


def mosaic(rng, img, other, marks):
    """The whole picture, or a part, in squares: a starved codec."""
    side = len(img)
    size = int(rng.choice([6, 8, 12, 16, 24, 32]))
    n = -(-side // size)
    low = cv2.resize(img, (n, n), interpolation=cv2.INTER_AREA)
    low = low + rng.normal(0, rng.choice([0, 6, 20]), low.shape)
    low = cv2.resize(low.astype(np.float32), (n * size, n * size), interpolation=cv2.INTER_NEAREST)[:side, :side]
    if rng.random() < 0.4:
        marks[:] = True
        return low
    a, b = np.sort(rng.integers(0, side // 8 + 1, 2)) * 8
    if b - a < 24:
        a, b = max(0, a - 24), a + 24
    out = img.copy()
    if rng.random() < 0.5:
        out[a:b] = low[a:b]
        marks[a:b] = True
    else:
        out[:, a:b] = low[:, a:b]
        marks[:, a:b] = True
    return out


def starved(rng, img, other, marks):
    """JPEG of so low a quality that its blocks stand out, or a picture cut in its stream."""
    marks[:] = True
    return jpeg(img, rng.integers(1, 7))


def cut_stream(rng, img, other, marks):
    """Bytes of the coded picture overwritten; what still decodes is shown."""
    u = np.clip(img, 0, 255).astype(np.uint8)
    ok, data = cv2.imencode(".jpg", u[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(40, 90))])
    data = data.reshape(-1).copy()
    for _ in range(int(rng.integers(1, 12))):
        at = int(rng.integers(700, max(701, len(data) - 300)))
        run = int(rng.integers(1, 12))
        data[at:at + run] = rng.integers(0, 255, len(data[at:at + run]))
    out = cv2.imdecode(data, cv2.IMREAD_COLOR)
    if out is None or out.shape != u.shape:
        return blocks(rng, img, other, marks)
    out = out[..., ::-1].astype(np.float32)
    if np.abs(out - img).mean() < 4:
        return tear(rng, out, other, marks)
    marks[:] = True
    return out


def tear(rng, img, other, marks):
    """Parts of two frames, or of one moved sideways, above each other."""
    side = len(img)
    out = img.copy()
    src = other if rng.random() < 0.35 else img
    for _ in range(int(rng.choice([1, 1, 1, 2, 3, 6]))):
        y0 = int(rng.integers(4, side - 20))
        y1 = side if rng.random() < 0.6 else min(side, y0 + int(rng.integers(6, 120)))
        dx = int(rng.choice([-1, 1]) * uniform_log(rng, 6, 110))
        out[y0:y1] = np.roll(src[y0:y1], dx, 1)
        seam(marks, y0)
        seam(marks, y1)
        marks[y0:y1, max(0, dx % side - 2):dx % side + 2] = True
        if rng.random() < 0.15:
            out[y0:y1, :abs(dx)] = rng.choice([0, 128])
    return out


def lines(rng, img, other, marks):
    """Lines moved: singly, in bands, as a wave, or as a skew (a wrong stride)."""
    side = len(img)
    y = np.arange(side)
    kind = rng.random()
    if kind < 0.3:
        share = uniform_log(rng, 0.06, 1)
        dx = rng.normal(0, uniform_log(rng, 5, 60), side) * (rng.random(side) < share)
    elif kind < 0.5:
        band = int(rng.integers(2, 24))
        step = rng.normal(0, uniform_log(rng, 6, 50), side // band + 1)
        step *= rng.random(len(step)) < uniform_log(rng, 0.15, 1)
        dx = np.repeat(step, band)[:side]
    elif kind < 0.62:
        dx = rng.uniform(4, 30) * np.sin(y / rng.uniform(2, 20) + rng.uniform(0, 6))
    elif kind < 0.82:                # wrong stride: the slant shows where the picture wraps round
        dx = y * rng.choice([-1, 1]) * uniform_log(rng, 0.15, 40) + rng.integers(0, side)
    else:                            # interlace: the fields are apart
        dx = (y % 2) * rng.choice([-1, 1]) * rng.integers(5, 30)
    if np.abs(dx).max() < 5:
        dx = dx + (y > rng.integers(40, side - 40)) * 14
    cols = (np.arange(side)[None, :] - dx.round().astype(int)[:, None]) % side
    out = img[y[:, None], cols]
    marks[1:][np.abs(np.diff(dx)) >= 2] = True
    marks[(cols < 2) | (cols >= side - 2)] = True     # where a line wraps round
    if kind > 0.82 and rng.random() < 0.5:
        out = img.copy()
        out[1::2] = other[1::2]
        marks[:] = True
    return out


def lost(rng, img, other, marks):
    """Slices missing: grey, green, black, the line above repeated, or an old frame."""
    side = len(img)
    out = img.copy()
    for _ in range(int(rng.choice([1, 1, 2, 4]))):
        h = int(uniform_log(rng, 7, 0.8 * side))
        y0 = int(rng.integers(0, side - h // 2))
        if rng.random() < 0.4:
            y0 = side - h
        x0 = int(rng.integers(0, side)) // 16 * 16 if rng.random() < 0.3 else 0
        if side - x0 < 48:
            x0 = 0
        kind = rng.random()
        part = out[y0:y0 + h, x0:]
        if kind < 0.7:
            marks[y0:y0 + h, x0:] = True
        else:
            seam(marks, y0, x0)
            seam(marks, y0 + h, x0)
            marks[y0:y0 + h, max(0, x0 - 2):x0 + 2] |= x0 > 0
        if kind < 0.35:
            c = [[128, 128, 128], [0, 136, 0], [0, 0, 0], [0, 255, 0], [255, 0, 255], [77, 77, 77]]
            part[:] = c[rng.integers(6)]
        elif kind < 0.7:             # smear downwards
            part[:] = img[max(0, y0 - 1), x0:][None]
            part += rng.normal(0, 3, (1, part.shape[1], 3))
        elif kind < 0.85:
            part[:] = other[y0:y0 + h, x0:]
        else:
            part[:] = np.roll(img, (int(rng.integers(8, 60)), int(rng.integers(-90, 90))), (0, 1))[y0:y0 + h, x0:]
    return out


def planes(rng, img, other, marks):
    """Colour planes moved, swapped, missing or wrapped round."""
    marks[:] = True
    side = len(img)
    kind = rng.random()
    ycc = cv2.cvtColor(clip(img).astype(np.float32), cv2.COLOR_RGB2YCrCb)
    if kind < 0.3:
        out = img.copy()
        for c in rng.choice(3, int(rng.integers(1, 3)), replace=False):
            d = rng.choice([-1, 1], 2) * rng.integers(0, 40, 2)
            if np.abs(d).max() < 6:
                d = d + 8
            out[..., c] = np.roll(img[..., c], tuple(d), (0, 1))
        return out
    if kind < 0.6:                   # chroma of another place, or gone green and magenta
        d = tuple(rng.choice([-1, 1], 2) * rng.integers(10, 90, 2))
        ycc[..., 1:] = np.roll(ycc[..., 1:], d, (0, 1))
        if rng.random() < 0.6:
            y0 = int(rng.integers(0, side - 30))
            ycc[y0:, :, 1:] = rng.uniform(0, 255, 2)
        else:
            ycc[..., 1:] = np.clip((ycc[..., 1:] - 128) * rng.uniform(4, 9) + 128, 0, 255)
    elif kind < 0.8:                 # half of it decoded as something else
        ycc[..., 1:] = 0 if rng.random() < 0.5 else 255 - ycc[..., 1:]
        if rng.random() < 0.5:
            ycc[..., 0] = (ycc[..., 0] * rng.choice([2, 3, 4])) % 256
    else:                            # bits wrap round
        return ((img.astype(np.int32) * int(rng.choice([2, 3, 4, 8]))) % 256).astype(np.float32)
    return cv2.cvtColor(clip(ycc).astype(np.float32), cv2.COLOR_YCrCb2RGB)


def smear(rng, img, other, marks):
    """Packets lost between key frames: blocks drag along the motion."""
    side = len(img)
    out = img.copy()
    size = int(rng.choice([8, 16]))
    a = rng.uniform(0, 2 * np.pi)
    for _ in range(int(uniform_log(rng, 6, 160))):
        y, x = rng.integers(0, side // size, 2) * size
        src = out[y:y + size, x:x + size].copy()
        t = a + rng.normal(0, 0.4)
        for k in range(1, int(rng.integers(2, 9))):
            yy = int(y + k * size * 0.6 * np.sin(t)) // 4 * 4
            xx = int(x + k * size * 0.6 * np.cos(t)) // 4 * 4
            if 0 <= yy <= side - size and 0 <= xx <= side - size:
                out[yy:yy + size, xx:xx + size] = src
                marks[yy:yy + size, xx:xx + size] = True
    return out


WAYS = [blocks, blocks, blocks, blocks, mosaic, starved, cut_stream, tear, tear, tear, tear, lines, lines, lines, lost, lost,
        planes, smear, smear]


def broken(rng, img, other):
    """The broken picture, and a bool array of the places that give it away.

    img and other: float32 pictures, `other` standing in for an older frame.
    """
    side = len(img)
    if rng.random() < 0.3:           # the older frame is the same scene, moved
        other = np.roll(img, tuple(rng.integers(-40, 41, 2)), (0, 1))
    for _ in range(4):
        way = WAYS[rng.integers(len(WAYS))]
        marks = np.zeros((side, side), bool)
        out = way(rng, img, other, marks)
        d = np.abs(clip(out) - clip(img)).max(2) > 12
        if d.mean() > 0.02 and (d.mean(1) > 0.03).sum() > 5:
            break                    # it can be seen
    else:                            # a scene so plain that only foreign blocks show
        out = lost(rng, img, other, marks) if rng.random() < 0.3 else img.copy()
        for _ in range(int(rng.integers(6, 60))):
            y, x = rng.integers(0, side // 16, 2) * 16
            out[y:y + 16, x:x + 16] = rng.uniform(0, 255, 3)
            marks[y:y + 16, x:x + 16] = True
    if rng.random() < 0.15:
        out = WAYS[rng.integers(len(WAYS))](rng, clip(out).astype(np.float32), other, marks)
    out = clip(out).astype(np.float32)
    near = np.abs(out - clip(img)).max(2) > 12       # a seam in a plain field cannot be seen
    marks &= cv2.dilate(near.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    return sensor(rng, out, 3.0) if rng.random() < 0.3 else out, marks
