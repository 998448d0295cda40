#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads each frame's result where it passes, on the streaming thread."""
import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gst  # noqa: E402


def look(pad, info):
    meta = info.get_buffer().get_custom_meta("mobilenet-result")
    if meta is not None:
        result = meta.get_structure()
        print(result.get_string("label"),
              round(result.get_double("confidence").value, 2))
    return Gst.PadProbeReturn.OK


Gst.init(None)
pipeline = Gst.parse_launch(
    "videotestsrc pattern=smpte num-buffers=30 ! "
    "mobilenet name=m schedule=every-frame ! fakesink")
pad = pipeline.get_by_name("m").get_static_pad("src")
pad.add_probe(Gst.PadProbeType.BUFFER, look)
pipeline.set_state(Gst.State.PLAYING)
message = pipeline.get_bus().timed_pop_filtered(
    Gst.CLOCK_TIME_NONE, Gst.MessageType.EOS | Gst.MessageType.ERROR)
pipeline.set_state(Gst.State.NULL)
if message.type == Gst.MessageType.ERROR:
    raise SystemExit(message.parse_error()[0].message)
