/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/mobilenet/outlet.h"

#include "gst/base/post.h"

GST_DEBUG_CATEGORY_EXTERN (gst_mobilenet_debug);
#define GST_CAT_DEFAULT gst_mobilenet_debug

void
gst_mobilenet_outlet_init (GstMobilenetOutlet *self, GstElement *element,
    GstMobilenetStatus *status)
{
  self->element = element;
  self->status = status;
  self->results = gst_mobilenet_results_new (element, status->instance);
  self->warned = FALSE;
}

void
gst_mobilenet_outlet_clear (GstMobilenetOutlet *self)
{
  g_clear_pointer (&self->results, gst_mobilenet_results_free);
}

void
gst_mobilenet_outlet_time (GstMobilenetOutlet *self, guint64 latency)
{
  GST_OBJECT_LOCK (self->element);
  gst_mobilenet_stats_add (&self->status->stats, latency);
  GST_OBJECT_UNLOCK (self->element);
}

void
gst_mobilenet_outlet_take (GstMobilenetOutlet *self, GstMobilenetModel *model,
    MnResult *result, const GstMobilenetFrameId *frame,
    const GstMobilenetShow *show)
{
  gst_mobilenet_results_take (self->results, model, result, frame, show);
  gst_mobilenet_outlet_time (self, mn_result_get_latency (result));
  gst_mobilenet_results_post (self->results);
}

void
gst_mobilenet_outlet_count (GstMobilenetOutlet *self, guint frames,
    guint skipped)
{
  GST_OBJECT_LOCK (self->element);
  self->status->stats.frames += frames;
  self->status->stats.skipped += skipped;
  GST_OBJECT_UNLOCK (self->element);
}

void
gst_mobilenet_outlet_warn (GstMobilenetOutlet *self, const GError *error)
{
  g_autofree gchar *text = NULL;

  GST_DEBUG_OBJECT (self->element, "not classified: %s", error->message);
  /* The end is near, and was asked for. */
  if (g_error_matches (error, MN_ERROR, MN_ERROR_CANCELLED))
    return;
  if (!g_atomic_int_compare_and_exchange (&self->warned, FALSE, TRUE))
    return;
  text = g_strdup_printf ("A frame passes without a result: %s. This is said "
                          "once.",
      error->message);
  gst_mobilenet_post_warning (self->element, GST_STREAM_ERROR,
      GST_STREAM_ERROR_FAILED, text);
}

void
gst_mobilenet_outlet_fail (GstMobilenetOutlet *self, const GError *error)
{
  gst_mobilenet_results_miss (self->results);
  gst_mobilenet_outlet_warn (self, error);
}

static void
report_active (GstMobilenetOutlet *self, GstMobilenetModel *model)
{
  const gchar *backend = mn_runner_get_backend (model->runner);
  const gchar *device = mn_runner_get_device (model->runner);
  const gchar *status = mn_runner_get_device_status (model->runner);
  GObject *object = G_OBJECT (self->element);
  gboolean new_backend, new_device;

  GST_OBJECT_LOCK (self->element);
  new_backend = g_strcmp0 (self->status->backend, backend) != 0;
  new_device = g_strcmp0 (self->status->device, device) != 0;
  self->status->model = g_intern_string (model->info->name);
  if (new_backend)
    self->status->backend = g_intern_string (backend);
  if (new_device)
    self->status->device = g_intern_string (device);
  self->status->device_status = status;
  GST_OBJECT_UNLOCK (self->element);
  if (new_backend)
    g_object_notify (object, "active-backend");
  if (new_device)
    g_object_notify (object, "active-device");
}

void
gst_mobilenet_outlet_report (GstMobilenetOutlet *self, GstMobilenetModel *model)
{
  GError *warning;

  while ((warning = mn_runner_pop_warning (model->runner))) {
    gst_mobilenet_post_warning (self->element, GST_RESOURCE_ERROR,
        GST_RESOURCE_ERROR_FAILED, warning->message);
    g_error_free (warning);
  }
  report_active (self, model);
}
