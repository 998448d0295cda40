#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Holds the network's input against Pillow's antialiased bilinear resize.

usage: pillow.py MOBILENET-TOOL [N-PHOTOS]

Takes photos of images/imagenet in the folder that MOBILENET_SHARED names
(else ../shared beside the checkout) at five sizes as RGB, and the same
pictures in the other formats. Prints mean and largest difference in steps of
1/255. Exit status: 0 good, 1 beyond the bounds, 77 something to test with is
missing.
"""

import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
    from PIL import Image
except ImportError as e:
    print(f"skipped: {e}")
    sys.exit(77)

MODEL = "models/mobilenet_v3_small_1.0_224_float.tflite"
SIDE = 224
# Rows of these have no padding in any format.
SIZES = [(200, 160), (640, 480), (1280, 720), (1920, 1080), (3840, 2160)]
MEAN_BOUND, MAX_BOUND = 1.0, 6.0
# Other formats against RGB. Permuted bytes: the same. YUV: two roundings to
# 8 bits and half of the colour, most at sharp saturated edges.
SAME_BOUND, YUV_BOUND = 0.01, (0.75, 12)


class Tool:
    def __init__(self, path, model, folder):
        self.path, self.model, self.folder = path, model, folder
        ends = [self.raw("RGB", 8, 8, bytes([v]) * 192, "stretch")
                for v in (0, 255)]
        self.black, self.white = ends[0][0, 0], ends[1][0, 0]

    def raw(self, fmt, width, height, data, fit, more=""):
        frame = os.path.join(self.folder, "frame.raw")
        output = os.path.join(self.folder, "x.npy")
        with open(frame, "wb") as f:
            f.write(data)
        caps = f"video/x-raw,format={fmt},width={width},height={height}"
        subprocess.run([self.path, "preprocess", "--input", frame, "--caps",
                        caps + more, "--model", self.model, "--fit", fit,
                        "--output", output], check=True)
        x = np.load(output)
        assert x.dtype == np.float32 and x.shape == (1, SIDE, SIDE, 3)
        return x[0].astype(np.float64)

    def pixels(self, *args):
        """The network's input as values 0..255."""
        x = self.raw(*args)
        return (x - self.black) / (self.white - self.black) * 255


def photo(path, width, height):
    """The photo side by side until it fills the size: fine detail stays."""
    p = np.asarray(Image.open(path).convert("RGB"))
    down, right = -(-height // p.shape[0]), -(-width // p.shape[1])
    return np.tile(p, (down, right, 1))[:height, :width]


def pillow(rgb, fit):
    """What the design promises, made with Pillow."""
    image = Image.fromarray(rgb)
    w, h = image.size
    out = np.full((SIDE, SIDE, 3), 127.5)
    if fit == "crop":
        side = min(w, h)
        x, y = (w - side) // 2, (h - side) // 2
        image = image.crop((x, y, x + side, y + side))
    if fit == "letterbox":
        iw = min(SIDE, int(SIDE * w / h + 0.5))
        ih = min(SIDE, int(SIDE * h / w + 0.5))
    else:
        iw = ih = SIDE
    x, y = (SIDE - iw) // 2, (SIDE - ih) // 2
    out[y:y + ih, x:x + iw] = np.asarray(
        image.resize((iw, ih), Image.BILINEAR))
    return out


def to_yuv(rgb):
    """BT.601, 16..235, as in the caps below; chroma amid its pixels."""
    r, g, b = (rgb[..., c].astype(np.float64) for c in range(3))
    y = 0.299 * r + 0.587 * g + 0.114 * b
    u, v = (b - y) / 1.772 * 224 / 255 + 128, (r - y) / 1.402 * 224 / 255 + 128
    return y * 219 / 255 + 16, u, v


def byte(x):
    return np.clip(np.rint(x), 0, 255).astype(np.uint8)


def encode(rgb, fmt):
    if fmt in ("RGB", "BGR"):
        return rgb[..., ::1 if fmt == "RGB" else -1].tobytes()
    if fmt in ("RGBx", "BGRA"):
        x = rgb if fmt == "RGBx" else rgb[..., ::-1]
        return np.dstack([x, x[..., :1]]).tobytes()
    y, u, v = to_yuv(rgb)
    y = byte(y)
    u, v = ((c[:, ::2] + c[:, 1::2]) / 2 for c in (u, v))
    if fmt in ("YUY2", "UYVY"):
        out = np.empty((*y.shape, 2), np.uint8)
        luma = 0 if fmt == "YUY2" else 1
        out[..., luma] = y
        out[:, ::2, 1 - luma], out[:, 1::2, 1 - luma] = byte(u), byte(v)
        return out.tobytes()
    u, v = (byte((c[::2] + c[1::2]) / 2) for c in (u, v))
    if fmt in ("I420", "YV12"):
        planes = (y, u, v) if fmt == "I420" else (y, v, u)
        return b"".join(p.tobytes() for p in planes)
    pair = (u, v) if fmt == "NV12" else (v, u)
    return y.tobytes() + np.dstack(pair).tobytes()


def report(name, differences, mean_bound, max_bound):
    mean = max(d.mean() for d in differences)
    top = max(d.max() for d in differences)
    good = mean <= mean_bound and top <= max_bound
    print(f"{name:24} mean {mean:.3f} max {top:.3f}"
          f"{'' if good else '  BEYOND THE BOUNDS'}", flush=True)
    return good


def check_sizes(tool, photos):
    good = True
    for width, height in SIZES:
        for fit in ("crop", "stretch", "letterbox"):
            some = photos if fit == "crop" else photos[:2]
            diffs = []
            for path in some:
                rgb = photo(path, width, height)
                got = tool.pixels("RGB", width, height, encode(rgb, "RGB"),
                                  fit)
                diffs.append(abs(got - pillow(rgb, fit)))
            good &= report(f"{width}x{height} {fit}", diffs, MEAN_BOUND,
                           MAX_BOUND)
    return good


def check_formats(tool, photos):
    good = True
    width, height = 640, 480
    for fmt in ("BGR", "RGBx", "BGRA", "NV12", "NV21", "I420", "YV12", "YUY2",
                "UYVY"):
        yuv = fmt[0] in "NIY" or fmt == "UYVY"
        more = ",colorimetry=bt601,chroma-site=jpeg" if yuv else ""
        diffs = []
        for path in photos:
            rgb = photo(path, width, height)
            want = tool.pixels("RGB", width, height, encode(rgb, "RGB"),
                               "crop")
            got = tool.pixels(fmt, width, height, encode(rgb, fmt), "crop",
                              more)
            diffs.append(abs(got - want))
        bound = YUV_BOUND if yuv else (SAME_BOUND, SAME_BOUND)
        good &= report(f"{fmt} against RGB", diffs, *bound)
    return good


def main():
    tool = sys.argv[1]
    root = os.path.dirname(os.path.dirname(os.path.dirname(
        os.path.abspath(__file__))))
    shared = os.environ.get("MOBILENET_SHARED") or os.path.join(
        os.path.dirname(root), "shared")
    model = os.path.join(shared, MODEL)
    folder = os.path.join(shared, "images", "imagenet")
    if not os.path.exists(model) or not os.path.isdir(folder):
        print(f"skipped: no {MODEL} or images/imagenet in {shared}")
        return 77
    n = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    names = sorted(f for f in os.listdir(folder) if f.endswith(".jpg"))
    photos = [os.path.join(folder, f) for f in names[::len(names) // n][:n]]
    with tempfile.TemporaryDirectory() as scratch:
        t = Tool(tool, model, scratch)
        good = check_sizes(t, photos)
        good &= check_formats(t, photos[:5])
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
