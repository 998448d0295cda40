#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The same through GstAnalytics, GStreamer 1.24 and newer."""
import gi

gi.require_version("Gst", "1.0")
try:
    gi.require_version("GstAnalytics", "1.0")
except ValueError as error:
    print(error)
    raise SystemExit(77)
from gi.repository import GLib, Gst, GstAnalytics  # noqa: E402


def look(pad, info):
    meta = GstAnalytics.buffer_get_analytics_relation_meta(info.get_buffer())
    # Ids of what a buffer carries count from 0.
    for i in range(GstAnalytics.relation_get_length(meta) if meta else 0):
        found, mtd = meta.get_cls_mtd(i)
        for c in range(mtd.get_length() if found else 0):
            print(GLib.quark_to_string(mtd.get_quark(c)),
                  round(mtd.get_level(c), 2))
    return Gst.PadProbeReturn.OK


Gst.init(None)
pipeline = Gst.parse_launch(
    "videotestsrc pattern=smpte num-buffers=30 ! "
    "mobilenet schedule=every-frame ! fakesink name=sink")
pad = pipeline.get_by_name("sink").get_static_pad("sink")
pad.add_probe(Gst.PadProbeType.BUFFER, look)
pipeline.set_state(Gst.State.PLAYING)
pipeline.get_bus().timed_pop_filtered(
    Gst.CLOCK_TIME_NONE, Gst.MessageType.EOS | Gst.MessageType.ERROR)
pipeline.set_state(Gst.State.NULL)
