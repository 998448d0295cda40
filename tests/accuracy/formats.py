# SPDX-License-Identifier: LGPL-2.1-or-later
"""One photo in several formats and sizes gives one answer.

NV12, I420, RGB, 8 to 16 bits, tiles, with margins of 10 % (cut off by
videocrop, which leaves a crop meta or another offset), letterboxed, and 4K:
the same top-1, and confidences within 0.03 of RGB's.
"""
import os
import tempfile

from PIL import Image

import common
from common import check

BOUND = 0.03
PHOTOS = 5


def classify(path, chain):
    status, results, stderr = common.gst_launch([
        "filesrc", "location=" + path, "!", "pngdec", "!", *chain,
        "mobilenet", "post-messages=all", "threshold=0",
        "model-file=" + common.FLOAT, "labels-file=" + common.LABELS, "!",
        "fakesink"])
    if status or len(results) != 1:
        return None, stderr.strip()[-300:]
    return results[0], ""


def convert(caps):
    return ["videoconvert", "!", "video/x-raw," + caps, "!"]


def variants(image, folder):
    """(name, picture, chain in front of the element)"""
    def save(name, picture):
        path = os.path.join(folder, name + ".png")
        picture.save(path)
        return path

    n = image.width
    photo = save("photo", image)
    yield "RGB", photo, convert("format=RGB")
    for fmt in ("NV12", "I420", "YUY2", "BGRx", "P010_10LE", "I420_10LE",
                "I422_10LE", "Y42B", "Y444", "NV12_4L4", "NV12_32L32",
                "NV12_64Z32", "Y41B", "YUV9", "NV61", "GBR", "ARGB64", "v210",
                "UYVP", "P012_LE", "I420_12BE", "Y210", "Y444_16LE",
                "NV12_16L32S"):
        yield fmt, photo, convert("format=" + fmt)
    yield "NV12, BT.709", photo, convert("format=NV12,colorimetry=bt709")
    yield "I420, full range", photo, convert(
        "format=I420,colorimetry=1:4:0:1")
    margin = round(n * 0.1)
    wide = Image.new("RGB", (n + 2 * margin, n + 2 * margin))
    wide.paste(image, (margin, margin))
    sides = ["%s=%d" % (s, margin) for s in ("left", "right", "top",
                                             "bottom")]
    yield ("margins of 10 %, cropped", save("wide", wide),
           convert("format=RGB") + ["videocrop", *sides, "!"])
    boxed = Image.new("RGB", (n + 2 * margin, n))
    boxed.paste(image, (margin, 0))
    yield "bars at the sides", save("boxed", boxed), convert("format=NV12")
    uhd = Image.new("RGB", (3840, 2160))
    uhd.paste(image.resize((2160, 2160), Image.BICUBIC), (840, 0))
    yield "4K", save("uhd", uhd), convert("format=NV12")


def main():
    common.need("gst-launch-1.0")
    step = max(1, len(common.photos()) // PHOTOS)
    with tempfile.TemporaryDirectory() as folder:
        for path, _ in common.photos()[::step][:PHOTOS]:
            image = Image.open(path).convert("RGB")
            n = min(image.size) // 2 * 2
            first = None
            for name, file, chain in variants(common.centre_square(image, n),
                                              folder):
                result, error = classify(file, chain)
                what = "%s, %s" % (os.path.basename(path), name)
                if result is None:
                    check(False, "%s: %s" % (what, error))
                    continue
                first = first or result
                check(result["index"] == first["index"]
                      and abs(result["confidence"] - first["confidence"])
                      <= BOUND, "%s: %s %.3f" % (what, result["label"],
                                                 result["confidence"]))
    common.finish()


main()
