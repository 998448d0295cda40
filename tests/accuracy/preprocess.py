# SPDX-License-Identifier: LGPL-2.1-or-later
"""mobilenet-tool preprocess against Pillow's bilinear resize.

RGB, 20 photos at 5 sizes, the same crop: mean difference at most 1/255,
largest 6/255. Every other format, converted by videoconvert, against the same
picture in RGB: no more than its subsampling and rounding explain. On the CPU
and, where there is a device, with OpenCL.
"""
import os
import subprocess
import tempfile

import numpy as np
from PIL import Image

import common
from common import check

SIZES = [(200, 160), (641, 479), (1280, 720), (1920, 1080), (3840, 2160)]
# Mean difference from RGB that each format may have, of 255.
FORMATS = dict.fromkeys(("RGBx", "BGRx", "RGBA", "BGRA", "BGR", "xRGB", "ARGB",
                         "xBGR", "ABGR"), 0.01)
FORMATS.update(dict.fromkeys((
    "NV12", "NV21", "I420", "YV12", "YUY2", "UYVY", "YVYU", "NV16", "NV24",
    "Y42B", "Y444", "P010_10LE", "P010_10BE", "I420_10LE", "I420_10BE",
    "I422_10LE", "Y444_10LE"), 1.5))
# The same where the picture is converted here, to the nearest value.
NEAREST = {"Y444": (8, 0.5), "Y444_10LE": (10, 0.15)}


def preprocess(raw, caps, folder, backend, fit="crop"):
    out = os.path.join(folder, "x.npy")
    subprocess.run(["mobilenet-tool", "preprocess", "--input", raw, "--caps",
                    caps, "--model", common.FLOAT, "--output", out,
                    "--backend", backend, "--fit", fit],
                   check=True)
    return np.load(out)[0]


def write_rgb(image, path):
    """As filesink writes it: rows of a multiple of four bytes."""
    rows = np.asarray(image).reshape(image.height, -1)
    pad = -rows.shape[1] % 4
    np.pad(rows, ((0, 0), (0, pad))).tofile(path)
    return "video/x-raw,format=RGB,width=%d,height=%d" % image.size


def check_rgb(pictures, folder, backend):
    raw = os.path.join(folder, "f.raw")
    for size in SIZES:
        mean = most = 0
        for picture in pictures:
            image = picture.resize(size, Image.BICUBIC)
            caps = write_rgb(image, raw)
            got = preprocess(raw, caps, folder, backend)
            want = np.asarray(common.centre_square(image, 224), np.float32)
            off = np.abs(got - want)
            mean, most = max(mean, off.mean()), max(most, off.max())
        check(mean <= 1 and most <= 6, "%s, RGB %dx%d: mean %.3f, largest "
              "%.2f of 255" % (backend, *size, mean, most))


def fitted(image, fit):
    """What Pillow makes of it; margins are of 127.5."""
    if fit == "stretch":
        return np.asarray(image.resize((224, 224), Image.BILINEAR), np.float32)
    w, h = image.size
    inner = (min(224, int(224 * w / h + 0.5)), min(224, int(224 * h / w + 0.5)))
    x, y = (224 - inner[0]) // 2, (224 - inner[1]) // 2
    out = np.full((224, 224, 3), 127.5, np.float32)
    out[y:y + inner[1], x:x + inner[0]] = image.resize(inner, Image.BILINEAR)
    return out


def check_fits(picture, folder, backend):
    raw = os.path.join(folder, "f.raw")
    for size in ((641, 479), (479, 1080)):
        image = picture.resize(size, Image.BICUBIC)
        caps = write_rgb(image, raw)
        for fit in ("stretch", "letterbox"):
            off = np.abs(preprocess(raw, caps, folder, backend, fit)
                         - fitted(image, fit))
            check(off.mean() <= 1 and off.max() <= 6,
                  "%s, RGB %dx%d, %s: mean %.3f, largest %.2f of 255"
                  % (backend, *size, fit, off.mean(), off.max()))


def check_formats(picture, folder, backend):
    raw = os.path.join(folder, "f.raw")
    png = os.path.join(folder, "f.png")
    for size in ((641, 479), (1920, 1080)):
        image = picture.resize(size, Image.BICUBIC)
        image.save(png)
        rgb = preprocess(raw, write_rgb(image, raw), folder, backend)
        for fmt, bound in FORMATS.items():
            caps = "video/x-raw,format=%s,width=%d,height=%d" % (fmt, *size)
            subprocess.run(["gst-launch-1.0", "-q", "filesrc",
                            "location=" + png, "!", "pngdec", "!",
                            "videoconvert", "chroma-resampler=linear", "!",
                            caps, "!", "filesink", "location=" + raw],
                           check=True)
            got = preprocess(raw, caps, folder, backend)
            off = np.abs(got - rgb).mean()
            check(off <= bound, "%s, %s %dx%d: mean %.3f of 255 from RGB"
                  % (backend, fmt, *size, off))


def to_yuv(image, bits, full):
    """Planes Y, U, V of BT.709."""
    r, g, b = np.moveaxis(np.asarray(image, np.float64) / 255, -1, 0)
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    more, last = 1 << (bits - 8), (1 << bits) - 1
    luma, black = (last, 0) if full else (219 * more, 16 * more)
    chroma = last if full else 224 * more
    planes = [black + luma * y, 128 * more + chroma * (b - y) / 1.8556,
              128 * more + chroma * (r - y) / 1.5748]
    return [np.clip(np.rint(p), 0, last) for p in planes]


def check_nearest(picture, folder, backend):
    raw = os.path.join(folder, "f.raw")
    image = picture.resize((641, 479), Image.BICUBIC)
    rgb = preprocess(raw, write_rgb(image, raw), folder, backend)
    for fmt, (bits, bound) in NEAREST.items():
        for full in (False, True):
            planes = np.stack(to_yuv(image, bits, full))
            planes = planes.astype("<u2" if bits > 8 else "u1")
            pad = -planes.shape[2] % (4 // planes.itemsize)
            np.pad(planes, ((0, 0), (0, 0), (0, pad))).tofile(raw)
            caps = ("video/x-raw,format=%s,width=641,height=479,"
                    "colorimetry=%d:3:5:1" % (fmt, 1 if full else 2))
            off = np.abs(preprocess(raw, caps, folder, backend) - rgb).mean()
            check(off <= bound, "%s, %s%s, to the nearest: mean %.3f of 255 "
                  "from RGB" % (backend, fmt, ", full range" if full else "",
                                off))


def main():
    common.need("mobilenet-tool", "gst-launch-1.0")
    pictures = [Image.open(p).convert("RGB")
                for p, _ in common.photos()[::25][:20]]
    both = ["cpu"] + (["opencl"] if common.opencl_works() else [])
    with tempfile.TemporaryDirectory() as folder:
        for backend in both:
            check_rgb(pictures, folder, backend)
            check_fits(pictures[7], folder, backend)
            check_formats(pictures[3], folder, backend)
            check_nearest(pictures[3], folder, backend)
    common.finish()


main()
