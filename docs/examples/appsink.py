#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Takes frames and all their classes out of the pipeline."""
import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstApp", "1.0")
from gi.repository import GObject, Gst, GstApp  # noqa: E402, F401


def classes_of(buffer):
    """[(label, confidence)], best first."""
    meta = buffer.get_custom_meta("mobilenet-result")
    if meta is None:
        return []
    found, classes = meta.get_structure().get_array("classes")
    # As a list: what the array itself offers is deprecated.
    classes = GObject.Value(GObject.ValueArray, classes).get_value()
    return [(c.get_string("label"), c.get_double("confidence").value)
            for c in classes]


Gst.init(None)
pipeline = Gst.parse_launch(
    "videotestsrc pattern=smpte num-buffers=30 ! "
    "video/x-raw,format=RGB,width=320,height=240 ! "
    "mobilenet schedule=every-frame ! "
    "appsink name=sink max-buffers=4 sync=false")
sink = pipeline.get_by_name("sink")
pipeline.set_state(Gst.State.PLAYING)
while (sample := sink.pull_sample()) is not None:
    buffer = sample.get_buffer()
    pixels = buffer.extract_dup(0, buffer.get_size())
    print(len(pixels), "bytes", *(f"{label} {confidence:.2f}"
                                  for label, confidence in classes_of(buffer)))
pipeline.set_state(Gst.State.NULL)
