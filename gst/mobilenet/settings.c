/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/base/post.h"
#include "gst/meta/tensors.h"
#include "gst/mobilenet/element.h"
#include "gst/mobilenet/latency.h"
#include "gst/video/turned.h"

void
gst_mobilenet_request_model (GstMobilenet *self)
{
  GstMobilenetModelOptions options = self->props.model;

  options.depth = self->depth;
  self->props.model_changed = FALSE;
  gst_mobilenet_loader_request (self->loader, &options);
}

void
gst_mobilenet_tell_of_tensors (GstMobilenet *self, gboolean wanted)
{
  if (!wanted || self->told_of_tensors || gst_mobilenet_tensors_are_known ())
    return;
  self->told_of_tensors = TRUE;
  gst_mobilenet_post_warning (GST_ELEMENT (self), GST_LIBRARY_ERROR,
      GST_LIBRARY_ERROR_SETTINGS,
      "attach-tensors has no effect: it takes "
      "GStreamer 1.26 or newer, and this plugin was built with " G_STRINGIFY (
          GST_VERSION_MAJOR) "." G_STRINGIFY (GST_VERSION_MINOR));
}

/* The new model, where one is ready. */
static void
exchange_model (GstMobilenet *self)
{
  g_autoptr (GstMobilenetModel)
      model = gst_mobilenet_loader_take (self->loader);
  gboolean new_caps;
  guint n_classes;

  if (!model)
    return;
  gst_mobilenet_loader_dispose (self->loader,
      gst_mobilenet_stream_exchange (self->stream, model));
  n_classes = g_strv_length (model->labels);
  GST_OBJECT_LOCK (self);
  self->props.input_changed = TRUE;
  new_caps = self->props.live.show.tensors && self->n_classes != n_classes;
  self->n_classes = n_classes;
  GST_OBJECT_UNLOCK (self);
  if (new_caps)
    gst_base_transform_reconfigure_src (GST_BASE_TRANSFORM (self));
}

static void
set_input (GstMobilenet *self, MnFit fit, const gchar *mean, const gchar *std)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *text = NULL;

  gst_mobilenet_view_set_fit (gst_mobilenet_stream_get_view (self->stream),
      fit);
  if (gst_mobilenet_stream_set_norm (self->stream, mean, std, &error))
    return;
  text = g_strdup_printf ("%s; the old value stays", error->message);
  gst_mobilenet_post_warning (GST_ELEMENT (self), GST_LIBRARY_ERROR,
      GST_LIBRARY_ERROR_SETTINGS, text);
}

/* How the next frame is turned. */
static void
set_orientation (GstMobilenet *self, GstMobilenetOrientation orientation)
{
  GstMobilenetView *view = gst_mobilenet_stream_get_view (self->stream);
  gboolean automatic = orientation == GST_MOBILENET_ORIENTATION_AUTO;
  gboolean tag = automatic || orientation == GST_MOBILENET_ORIENTATION_TAG;
  gboolean meta = automatic || orientation == GST_MOBILENET_ORIENTATION_META;

  if (automatic && gst_mobilenet_view_get_tagged (view) != MN_ORIENT_0)
    tag = !gst_mobilenet_turned_upstream (GST_BASE_TRANSFORM_SINK_PAD (self));
  gst_mobilenet_view_set_trust (view, tag, meta);
}

void
gst_mobilenet_read_settings (GstMobilenet *self)
{
  g_autofree gchar *mean = NULL;
  g_autofree gchar *std = NULL;
  GstMobilenetOrientation orientation;
  GstMobilenetSchedule schedule;
  gboolean input_changed;
  MnFit fit;

  exchange_model (self);
  GST_OBJECT_LOCK (self);
  self->live = self->props.live;
  self->live.still = !GST_CLOCK_TIME_IS_VALID (self->frame_duration);
  schedule = self->props.schedule;
  orientation = self->props.orientation;
  input_changed = self->props.input_changed;
  if (input_changed) {
    self->props.input_changed = FALSE;
    mean = g_strdup (self->props.model.mean);
    std = g_strdup (self->props.model.std);
  }
  fit = self->props.fit;
  GST_OBJECT_UNLOCK (self);
  self->live.live = self->upstream_is_live;
  self->live.latest = schedule == GST_MOBILENET_SCHEDULE_LATEST
      || (schedule == GST_MOBILENET_SCHEDULE_AUTO && self->upstream_is_live);
  /* Objects are found anew on each frame, and their classes are theirs. */
  if (self->live.region == GST_MOBILENET_REGION_OBJECTS)
    self->live.latest = FALSE;
  if (input_changed)
    set_input (self, fit, mean, std);
  set_orientation (self, orientation);
  gst_mobilenet_tell_of_tensors (self, self->live.show.tensors);
}

void
gst_mobilenet_ask_upstream (GstMobilenet *self)
{
  if (!self->asked_upstream)
    self->upstream_is_live =
        gst_mobilenet_latency_is_live (GST_BASE_TRANSFORM_SINK_PAD (self));
  self->asked_upstream = TRUE;
}
