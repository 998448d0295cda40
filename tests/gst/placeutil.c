/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/gst/placeutil.h"

GstElement *
test_place_element_new (GstBus **bus, TestPlace place)
{
  GstElement *element = test_element_new (bus);

  g_object_set (element, "threads", 3, NULL);
  if (place == ON_DEVICE) {
    gst_util_set_object_arg (G_OBJECT (element), "backend", "opencl");
    gst_mobilenet_set_tuning (GST_MOBILENET (element), 0, 0, PATIENT, 1);
  }
  return element;
}

GstBuffer *
test_nth_frame_new (guint n)
{
  return test_frame_new_for_caps (RGB_CAPS, test_rgb_colours[n % 3],
      n * DURATION);
}
