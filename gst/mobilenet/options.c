/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/mobilenet/options.h"

void
gst_mobilenet_model_options_copy (GstMobilenetModelOptions *to,
    const GstMobilenetModelOptions *from)
{
  *to = *from;
  to->model_file = g_strdup (from->model_file);
  to->labels_file = g_strdup (from->labels_file);
  to->device = g_strdup (from->device);
  to->mean = g_strdup (from->mean);
  to->std = g_strdup (from->std);
  to->stop = from->stop ? g_atomic_rc_box_acquire (from->stop) : NULL;
}

void
gst_mobilenet_model_options_clear (GstMobilenetModelOptions *options)
{
  g_clear_pointer (&options->model_file, g_free);
  g_clear_pointer (&options->labels_file, g_free);
  g_clear_pointer (&options->device, g_free);
  g_clear_pointer (&options->mean, g_free);
  g_clear_pointer (&options->std, g_free);
  g_clear_pointer (&options->stop, g_atomic_rc_box_release);
}
