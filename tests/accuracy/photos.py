# SPDX-License-Identifier: LGPL-2.1-or-later
"""Top-1 over the photos through gst-launch-1.0, for each float file.

jpegdec's own format goes in, no videoconvert; nearly every photo changes the
caps. The bound is the table's figure less 0.015.
usage: photos.py [NUMBER OF PHOTOS] [ELEMENT SETTING...]
"""
import os
import sys
import tempfile

import common
from common import check

MARGIN = 0.015


def top_1(model, photos, folder, settings):
    status, results, stderr = common.gst_launch([
        "multifilesrc", "location=" + os.path.join(folder, "%03d.jpg"),
        "caps=image/jpeg,framerate=1/1", "!", "jpegdec", "!",
        "mobilenet", "post-messages=all", "threshold=0",
        "model-file=" + model, "labels-file=" + common.LABELS, *settings,
        "!", "fakesink"])
    name = os.path.basename(model)
    check(status == 0, "%s: gst-launch-1.0 ends with %d %s"
          % (name, status, stderr.strip()[-300:]))
    check(len(results) == len(photos), "%s: %d results of %d photos"
          % (name, len(results), len(photos)))
    if len(results) != len(photos):
        return 0
    return sum(r["index"] == c for r, (_, c) in zip(results, photos)) \
        / len(photos)


def main():
    common.need("gst-launch-1.0")
    photos = common.photos()
    settings = sys.argv[1:]
    if settings and settings[0].isdigit():
        photos = photos[:int(settings.pop(0))]
    with tempfile.TemporaryDirectory() as folder:
        for i, (path, _) in enumerate(photos):
            os.symlink(path, os.path.join(folder, "%03d.jpg" % i))
        for model, figure in common.float_models():
            share = top_1(model, photos, folder, settings)
            check(share >= figure - MARGIN, "%s: top-1 %.3f, the table has "
                  "%.3f" % (os.path.basename(model), share, figure))
    common.finish()


main()
