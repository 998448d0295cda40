/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/mobilenet/model.h"

#include "gst/mobilenet/bundled.h"
#include "gst/mobilenet/labels.h"

GST_DEBUG_CATEGORY_EXTERN (gst_mobilenet_debug);
#define GST_CAT_DEFAULT gst_mobilenet_debug

static gboolean
check_task (const MnModelInfo *info, const gchar *file, GError **error)
{
  if (info->task == MN_TASK_CLASSIFICATION)
    return TRUE;
  g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED,
      "%s is %s; this version "
      "takes classification models only",
      file, mn_task_advice (info->task));
  return FALSE;
}

/* What is taken for granted from here on; and whether it is a guess that
 * nobody has confirmed. */
static void
tell_meaning (GstMobilenetModel *self, const GstMobilenetModelOptions *options,
    GPtrArray *warnings)
{
  g_autofree gchar *meaning = mn_model_explain (self->model);
  g_autofree gchar *ignored = mn_model_explain_precision (self->model,
      options->precision);
  gboolean said = options->mean && options->std;

  GST_INFO ("%s: %s%s", self->info->name, meaning,
      options->mean || options->std ? "; mean or std are set" : "");
  if (self->info->norm_doubt && !said)
    g_ptr_array_add (warnings,
        g_strdup_printf ("%s: %s", self->info->name, self->info->norm_doubt));
  if (ignored)
    g_ptr_array_add (warnings, g_steal_pointer (&ignored));
}

static gboolean
start_runner (GstMobilenetModel *self, const GstMobilenetModelOptions *options,
    GError **error)
{
  MnRunnerOptions runner = {
    .device_backend = options->backend == GST_MOBILENET_BACKEND_CPU ? NULL
                                                                    : "opencl",
    .need_device = options->backend == GST_MOBILENET_BACKEND_OPENCL,
    .device = options->device,
    .precision = options->precision,
    .tuning = options->tuning,
    /* For the model's whole life, so that its plans are one. */
    .threads = options->threads > 0 ? options->threads : mn_cpus_count (),
    .depth = options->depth,
    .start_timeout = options->start_timeout,
    .frame_timeout = options->frame_timeout,
    .retry_delay = options->retry_delay,
    .cancelled = self->stop,
    .any_speed = g_strcmp0 (gst_mobilenet_getenv ("MOBILENET_AUTO"), "device")
        == 0};

  self->runner = mn_runner_new (mn_context_get_default (), self->model, &runner,
      error);
  return self->runner != NULL;
}

static GstMobilenetModel *
load_file (const gchar *file, GError **error)
{
  static gint last_number = 0;
  g_autoptr (GstMobilenetModel) self = g_new0 (GstMobilenetModel, 1);

  self->refcount = 1;
  self->number = (guint) g_atomic_int_add (&last_number, 1) + 1;
  self->model = mn_model_get (mn_context_get_default (), file, error);
  if (!self->model)
    return NULL;
  self->info = mn_model_get_info (self->model);
  return g_steal_pointer (&self);
}

GstMobilenetModel *
gst_mobilenet_model_new (const GstMobilenetModelOptions *options,
    gchar **warning, GError **error)
{
  g_autoptr (GstMobilenetModel) self = NULL;
  g_autofree gchar *bundled = NULL;
  g_autoptr (GPtrArray) warnings = g_ptr_array_new_with_free_func (g_free);
  const gchar *file = options->model_file;
  MnInput input = {
    {
      0,
    },
  };

  *warning = NULL;
  if (!file)
    file = bundled = gst_mobilenet_find_bundled (error);
  if (!file)
    return NULL;
  self = load_file (file, error);
  if (!self)
    return NULL;
  self->stop = options->stop ? g_atomic_rc_box_acquire (options->stop) : NULL;
  self->labels = gst_mobilenet_labels_load (&self->model, options->labels_file,
      warnings, error);
  self->info = mn_model_get_info (self->model);
  if (!self->labels || !check_task (self->info, file, error)
      || !mn_input_set_norm (&input, self->info, options->mean, options->std,
          error)
      || !start_runner (self, options, error))
    return NULL;
  tell_meaning (self, options, warnings);
  g_ptr_array_add (warnings, NULL);
  if (warnings->len > 1)
    *warning = g_strjoinv ("; ", (gchar **) warnings->pdata);
  return g_steal_pointer (&self);
}

GstMobilenetModel *
gst_mobilenet_model_ref (GstMobilenetModel *self)
{
  g_atomic_int_inc (&self->refcount);
  return self;
}

void
gst_mobilenet_model_unref (GstMobilenetModel *self)
{
  if (!self || !g_atomic_int_dec_and_test (&self->refcount))
    return;
  mn_runner_free (self->runner);
  mn_model_unref (self->model);
  g_clear_pointer (&self->stop, g_atomic_rc_box_release);
  g_strfreev (self->labels);
  g_free (self);
}

gboolean
gst_mobilenet_model_is_last (GstMobilenetModel *self)
{
  return g_atomic_int_get (&self->refcount) == 1;
}

gboolean
gst_mobilenet_model_set_input (GstMobilenetModel *self, const MnInput *input,
    guint serial, GError **error)
{
  if (self->serial == serial)
    return TRUE;
  if (!mn_runner_set_input (self->runner, input, error))
    return FALSE;
  self->serial = serial;
  return TRUE;
}

MnResult *
gst_mobilenet_model_infer (GstMobilenetModel *self, const MnInput *input,
    guint serial, MnFrame *frame, GError **error)
{
  MnResult *result = NULL;
  MnTicket ticket;

  mn_runner_set_depth (self->runner, 1);
  if (!gst_mobilenet_model_set_input (self, input, serial, error))
    return NULL;
  if (mn_runner_submit (self->runner, &frame, 1, &ticket, error)
      && !mn_runner_wait (self->runner, ticket, MN_FOREVER, &result, error))
    result = NULL;
  return result;
}
