# SPDX-License-Identifier: LGPL-2.1-or-later
"""Top-1 over the photos through gst-launch-1.0, for each file and backend.

jpegdec's own format goes in, no videoconvert; nearly every photo changes the
caps. The bound is the table's figure less 0.015; for the int8 V3-Small it is
LiteRT's own share on the same photos. Files run on the CPU and, where there
is a device, with OpenCL; of float files both name the same class in 99% of
the photos. Integers are floats there: the bound counts, not the agreement.
usage: photos.py [NUMBER OF PHOTOS] [ELEMENT SETTING...]
"""
import os
import sys
import tempfile

import numpy as np
from PIL import Image

import common
from common import check

MARGIN = 0.015
SAME = 0.99


def classes(model, photos, folder, settings):
    """The best class of each photo; None when something went wrong."""
    status, results, stderr = common.gst_launch([
        "multifilesrc", "location=" + os.path.join(folder, "%03d.jpg"),
        "caps=image/jpeg,framerate=1/1", "!", "jpegdec", "!",
        "mobilenet", "post-messages=all", "threshold=0",
        "model-file=" + model, "labels-file=" + common.LABELS, *settings,
        "!", "fakesink"])
    name = os.path.basename(model)
    check(status == 0, "%s: gst-launch-1.0 ends with %d %s"
          % (name, status, stderr.strip()[-300:]))
    if not check(len(results) == len(photos), "%s: %d results of %d photos"
                 % (name, len(results), len(photos))):
        return None
    # 1001 classes: the first one is the background.
    first = 0 if common.BASE in model else 1
    return np.array([r["index"] - first for r in results])


def litert_top_1(model, photos, truth):
    run = common.litert(model)
    best = [run(np.asarray(common.centre_square(
        Image.open(p).convert("RGB"), run.side))).argmax() for p, _ in photos]
    return (np.array(best) == truth).mean()


def check_model(model, figure, backends, photos, folder, settings, wanted):
    name = os.path.basename(model)
    truth = np.array([c for _, c in photos])
    first = None
    for backend in backends:
        got = classes(model, photos, folder, [
            "backend=" + backend, "precision=float32", *settings])
        if got is None:
            continue
        share = (got == truth).mean()
        check(share >= figure - MARGIN, "%s on %s: top-1 %.3f, expected %.3f"
              % (name, backend, share, figure))
        if first is None or wanted is None:
            first = got
            continue
        same = (got == first).mean()
        check(same >= wanted, "%s: %s and %s agree on %.3f of the photos"
              % (name, backends[0], backend, same))


def check_precisions(model, photos, folder, settings):
    """What storing activations in fewer bits costs on the CPU."""
    truth = np.array([c for _, c in photos])
    wanted = common.narrow_precisions()
    plain = classes(model, photos, folder,
                    ["backend=cpu", "precision=float32", *settings]) \
        if wanted else None
    for precision in wanted if plain is not None else []:
        got = classes(model, photos, folder,
                      ["backend=cpu", "precision=" + precision, *settings])
        if got is not None:
            common.check_narrow(precision, got, plain, truth)


def main():
    common.need("gst-launch-1.0", "mobilenet-tool")
    photos = common.photos()
    settings = sys.argv[1:]
    if settings and settings[0].isdigit():
        photos = photos[:int(settings.pop(0))]
    truth = np.array([c for _, c in photos])
    both = ["cpu"] + (["opencl"] if common.opencl_works() else [])
    with tempfile.TemporaryDirectory() as folder:
        for i, (path, _) in enumerate(photos):
            os.symlink(path, os.path.join(folder, "%03d.jpg" % i))
        for model, figure in common.float_models():
            check_model(model, figure, both, photos, folder, settings, SAME)
        check_precisions(common.FLOAT, photos, folder, settings)
        for model, figure in common.integer_models():
            if model.endswith("_int8.tflite"):
                figure = litert_top_1(model, photos, truth)
            check_model(model, figure, both, photos, folder, settings,
                        None)
    common.finish()


main()
