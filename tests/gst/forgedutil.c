/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/gst/forgedutil.h"

GstHarness *
test_forged_open (const gchar *name, const gchar *caps, GstBus **bus)
{
  GstHarness *h = gst_harness_new (name);

  if (caps)
    gst_harness_set_sink_caps_str (h, caps);
  *bus = gst_bus_new ();
  gst_element_set_bus (h->element, *bus);
  gst_harness_set_src_caps_str (h, TEST_FORGED_CAPS);
  return h;
}

GstBuffer *
test_forged_frame_new (void)
{
  return test_frame_new_for_caps (TEST_FORGED_CAPS, 0x808080, 0);
}

void
test_forged_add_result (GstBuffer *buffer, const gchar *element,
    const gchar *label, guint n)
{
  g_autofree GstMobilenetScore *scores = g_new0 (GstMobilenetScore, n);
  GstMobilenetResult result = {.element = element,
    .model = "m",
    .task = "classification",
    .backend = "cpu",
    .fresh = TRUE,
    .n_classes = n,
    .classes = scores};
  guint i;

  for (i = 0; i < n; i++) {
    scores[i].confidence = 0.9;
    scores[i].label = label;
  }
  gst_mobilenet_meta_attach (buffer, &result);
}
