#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hears of each change of the best class on the bus, in the main loop."""
import gi

gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst  # noqa: E402


def hear(bus, message):
    if message.type == Gst.MessageType.ELEMENT:
        result = message.get_structure()
        if result.get_name() == "mobilenet-result":
            print(result.get_string("label"),
                  round(result.get_double("confidence").value, 2))
    elif message.type == Gst.MessageType.ERROR:
        print("error:", message.parse_error()[0].message)
        loop.quit()
    elif message.type == Gst.MessageType.EOS:
        loop.quit()


Gst.init(None)
loop = GLib.MainLoop()
pipeline = Gst.parse_launch(
    "videotestsrc is-live=true pattern=smpte num-buffers=30 ! "
    "mobilenet ! fakesink")
bus = pipeline.get_bus()
bus.add_signal_watch()
bus.connect("message", hear)
pipeline.set_state(Gst.State.PLAYING)
loop.run()
pipeline.set_state(Gst.State.NULL)
