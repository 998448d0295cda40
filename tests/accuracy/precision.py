# SPDX-License-Identifier: LGPL-2.1-or-later
"""What storing activations in fewer bits costs, in photos, through
mobilenet-tool run: for processors on which there is no GStreamer to run
photos.py, such as emulated ones.

The bounds are those of photos.py, whose pixels these are not to the last bit:
about one photo in two hundred is so close that this decides it.
usage: precision.py [cpu] [NUMBER OF PHOTOS]
"""
import os
import sys
import tempfile

import numpy as np
from PIL import Image

import common
from common import check


MARGIN = 0.01


def classes(pictures, precision, folder):
    """The best class of each; None when something went wrong."""
    got, error = common.run_tool(common.FLOAT, "cpu", pictures, folder,
                                 precision=precision)
    name = os.path.basename(common.FLOAT)
    if not check(got is not None, "%s in %s %s" % (name, precision, error)):
        return None
    return got.argmax(1)


def main():
    common.need("mobilenet-tool")
    photos = common.photos()
    for word in sys.argv[1:]:
        if word.isdigit():
            photos = photos[:int(word)]
    wanted = common.narrow_precisions()
    if not wanted:
        common.skip("this CPU computes in neither bfloat16 nor float16")
    truth = np.array([c for _, c in photos])
    pictures = np.array([
        np.asarray(common.centre_square(Image.open(p).convert("RGB"), 224),
                   np.float32) for p, _ in photos])
    with tempfile.TemporaryDirectory() as folder:
        plain = classes(pictures, "float32", folder)
        for precision in wanted if plain is not None else []:
            got = classes(pictures, precision, folder)
            if got is not None:
                common.check_narrow(precision, got, plain, truth, MARGIN)
    common.finish()


main()
