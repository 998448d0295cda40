/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/gstmobilenetmodel.h"

#include <stdlib.h>

#define BUNDLED_MODEL "camera_health.tflite"

/* NULL in programs that run with more rights than their user. */
static const gchar *
safe_getenv (const gchar * name)
{
#ifdef HAVE_SECURE_GETENV
  return secure_getenv (name);
#else
  return NULL;
#endif
}

static gchar *
bundled_model (void)
{
  const gchar *dir = safe_getenv ("MOBILENET_MODELS_DIR");

  return g_build_filename (dir && dir[0] ? dir : MN_MODELS_DIR,
      BUNDLED_MODEL, NULL);
}

/* One label a class: from list, where it has one, else the index. */
static gchar **
make_labels (const MnModelInfo * info, const gchar * const *list,
    guint n_list, const gchar * source, gchar ** warning)
{
  gchar **labels = g_new0 (gchar *, info->n_classes + 1);
  gint offset = 0;
  guint i;

  if (list && !mn_labels_offset (n_list, info->n_classes, &offset))
    *warning = g_strdup_printf ("%s has %u labels, but %s tells %u classes "
        "apart; classes without a label are shown as numbers",
        source ? source : "the model", n_list, info->name, info->n_classes);
  for (i = 0; i < info->n_classes; i++) {
    gint64 line = (gint64) i + offset;

    if (list && line >= 0 && line < n_list)
      labels[i] = g_strdup (list[line]);
    else
      labels[i] = g_strdup_printf ("%u", i);
  }
  return labels;
}

static gboolean
load_labels (GstMobilenetModel * self, const gchar * file, gchar ** warning,
    GError ** error)
{
  const MnModelInfo *info = self->info;
  g_auto (GStrv) list = NULL;

  if (!file) {
    self->labels = make_labels (info, info->labels, info->n_labels,
        info->labels_source, warning);
    return TRUE;
  }
  list = mn_labels_load (file, error);
  if (!list)
    return FALSE;
  self->labels = make_labels (info, (const gchar * const *) list,
      g_strv_length (list), file, warning);
  return TRUE;
}

static gboolean
start_runner (GstMobilenetModel * self,
    const GstMobilenetModelOptions * options, GError ** error)
{
  MnRunnerOptions runner = {
    .device_backend =
        options->backend == GST_MOBILENET_BACKEND_CPU ? NULL : "opencl",
    .need_device = options->backend == GST_MOBILENET_BACKEND_OPENCL,
    .device = options->device,
    .precision = options->precision,
    .threads = options->threads,
    .start_timeout = options->start_timeout,
    .frame_timeout = options->frame_timeout,
    .retry_delay = options->retry_delay,
    .any_speed = g_strcmp0 (safe_getenv ("MOBILENET_AUTO"), "device") == 0
  };

  self->runner = mn_runner_new (mn_context_get_default (), self->model,
      &runner, error);
  return self->runner != NULL;
}

GstMobilenetModel *
gst_mobilenet_model_new (const GstMobilenetModelOptions * options,
    gchar ** warning, GError ** error)
{
  g_autoptr (GstMobilenetModel) self = g_new0 (GstMobilenetModel, 1);
  g_autofree gchar *bundled = NULL;
  const gchar *file = options->model_file;

  *warning = NULL;
  if (!file)
    file = bundled = bundled_model ();
  self->model = mn_model_get (mn_context_get_default (), file, error);
  if (!self->model)
    return NULL;
  self->info = mn_model_get_info (self->model);
  if (self->info->task != MN_TASK_CLASSIFICATION) {
    g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED,
        "%s is a %s model; this version takes classification models only",
        file, mn_task_name (self->info->task));
    return NULL;
  }
  if (!load_labels (self, options->labels_file, warning, error)
      || !start_runner (self, options, error)) {
    g_clear_pointer (warning, g_free);
    return NULL;
  }
  return g_steal_pointer (&self);
}

void
gst_mobilenet_model_free (GstMobilenetModel * self)
{
  if (!self)
    return;
  mn_runner_free (self->runner);
  mn_model_unref (self->model);
  g_strfreev (self->labels);
  g_free (self);
}

static const struct
{
  MnError code;
  gboolean stream;              /* else a resource error */
  gint gst;
} codes[] = {
  {MN_ERROR_NOT_FOUND, FALSE, GST_RESOURCE_ERROR_NOT_FOUND},
  {MN_ERROR_READ, FALSE, GST_RESOURCE_ERROR_OPEN_READ},
  {MN_ERROR_FORMAT, TRUE, GST_STREAM_ERROR_WRONG_TYPE},
  {MN_ERROR_TRUNCATED, TRUE, GST_STREAM_ERROR_DECODE},
  {MN_ERROR_INVALID, TRUE, GST_STREAM_ERROR_DECODE},
  {MN_ERROR_UNSUPPORTED, TRUE, GST_STREAM_ERROR_NOT_IMPLEMENTED},
  {MN_ERROR_ARGUMENT, FALSE, GST_RESOURCE_ERROR_SETTINGS},
  {MN_ERROR_NO_MEMORY, FALSE, GST_RESOURCE_ERROR_NO_SPACE_LEFT},
  {MN_ERROR_NO_BACKEND, FALSE, GST_RESOURCE_ERROR_NOT_FOUND},
};

void
gst_mobilenet_post_error (GstElement * element, const GError * error)
{
  GQuark domain = GST_RESOURCE_ERROR;
  gint code = GST_RESOURCE_ERROR_FAILED;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (codes); i++) {
    if (g_error_matches (error, MN_ERROR, codes[i].code)) {
      domain = codes[i].stream ? GST_STREAM_ERROR : GST_RESOURCE_ERROR;
      code = codes[i].gst;
    }
  }
  gst_element_message_full (element, GST_MESSAGE_ERROR, domain, code,
      g_strdup (error->message), NULL, __FILE__, GST_FUNCTION, __LINE__);
}
