/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/mobilenet/model.h"

#include "gst/mobilenet/bundled.h"

GST_DEBUG_CATEGORY_EXTERN (gst_mobilenet_debug);
#define GST_CAT_DEFAULT gst_mobilenet_debug

/* A list of labels: the model's own, or one that was read. */
typedef struct
{
  const gchar *const *names; /* NULL: none */
  guint n;
  const gchar *source;
  const MnLabelsNote *note;
} Labels;

static void
append_warning (GString *text, const gchar *format, ...) G_GNUC_PRINTF (2, 3);

static void
append_warning (GString *text, const gchar *format, ...)
{
  va_list args;

  if (text->len > 0)
    g_string_append (text, "; ");
  va_start (args, format);
  g_string_append_vprintf (text, format, args);
  va_end (args);
}

/* What to tell the user of a list. */
static void
warn_of_labels (const MnModelInfo *info, const Labels *list, gboolean fits,
    GString *warning)
{
  if (list->note->doubt)
    append_warning (warning, "%s: %s", list->source, list->note->doubt);
  if (!fits)
    append_warning (warning,
        "%s has %u labels, but %s tells %u "
        "classes apart; classes without a label are shown as numbers",
        list->source, list->n, info->name, info->n_classes);
}

/* One label a class: from list, where it has one, else the index; and what
 * is not the only label is that. NULL: no memory. */
static gchar **
make_labels (const MnModelInfo *info, const Labels *list, gint offset)
{
  gchar **labels = g_try_new0 (gchar *, (gsize) info->n_classes + 1);
  guint i;

  if (!labels)
    return NULL;
  for (i = 0; i < info->n_classes; i++) {
    gint64 line = (gint64) i + offset;

    if (list->names && line >= 0 && line < list->n)
      labels[i] = g_strdup (list->names[line]);
    else if (list->n == 1 && offset == -1 && info->n_classes == 2)
      labels[i] = g_strdup_printf ("not %s", list->names[0]);
    else
      labels[i] = g_strdup_printf ("%u", i);
  }
  return labels;
}

/* The labels, and the model as it is with them. */
static gboolean
load_labels (GstMobilenetModel *self, const gchar *file, GString *warning,
    GError **error)
{
  g_auto (MnLabelsNote) note = {
    0,
  };
  g_auto (GStrv) names = NULL;
  Labels list = {self->info->labels, self->info->n_labels,
    self->info->labels_source, &self->info->labels_note};
  gint offset = 0;

  if (file) {
    MnModel *model;

    names = mn_labels_read (file, &note, error);
    if (!names)
      return FALSE;
    list = (Labels) {
      (const gchar *const *) names, g_strv_length (names), file, &note};
    model = mn_model_with_labels (self->model, list.n, &note);
    mn_model_unref (self->model);
    self->model = model;
    self->info = mn_model_get_info (self->model);
  }
  if (list.names) {
    gboolean fits = mn_labels_fit_model (list.note, list.n, self->info,
        &offset);

    warn_of_labels (self->info, &list, fits, warning);
  }
  self->labels = make_labels (self->info, &list, offset);
  if (self->info->output_doubt)
    append_warning (warning, "%s: %s", self->info->name,
        self->info->output_doubt);
  if (!self->labels)
    g_set_error (error, MN_ERROR, MN_ERROR_NO_MEMORY,
        "%s: no memory for the labels of %u classes", self->info->name,
        self->info->n_classes);
  return self->labels != NULL;
}

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
    GString *warning)
{
  g_autofree gchar *meaning = mn_model_explain (self->model);
  g_autofree gchar *ignored = mn_model_explain_precision (self->model,
      options->precision);
  gboolean said = options->mean && options->std;

  GST_INFO ("%s: %s%s", self->info->name, meaning,
      options->mean || options->std ? "; mean or std are set" : "");
  if (self->info->norm_doubt && !said)
    append_warning (warning, "%s: %s", self->info->name,
        self->info->norm_doubt);
  if (ignored)
    append_warning (warning, "%s", ignored);
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
    .threads = self->threads,
    .start_timeout = options->start_timeout,
    .frame_timeout = options->frame_timeout,
    .retry_delay = options->retry_delay,
    .cancelled = self->stop,
    .any_speed = g_strcmp0 (gst_mobilenet_getenv ("MOBILENET_AUTO"), "device")
        == 0};

  self->runner = mn_runner_new (mn_context_get_default (), self->model, &runner,
      error);
  return self->runner
      && (!options->with_lanes || gst_mobilenet_model_add_lanes (self, error));
}

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
  g_autoptr (GString) text = g_string_new (NULL);
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
  self->precision = options->precision;
  self->stop = options->stop ? g_atomic_rc_box_acquire (options->stop) : NULL;
  /* For the model's whole life, so that its plans are one. */
  self->threads = options->threads > 0 ? options->threads : mn_cpus_count ();
  self->may_use_device = options->backend != GST_MOBILENET_BACKEND_CPU;
  if (!load_labels (self, options->labels_file, text, error)
      || !check_task (self->info, file, error)
      || !mn_input_set_norm (&input, self->info, options->mean, options->std,
          error)
      || !start_runner (self, options, error))
    return NULL;
  tell_meaning (self, options, text);
  if (text->len > 0)
    *warning = g_strdup (text->str);
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
  guint i;

  if (!self || !g_atomic_int_dec_and_test (&self->refcount))
    return;
  for (i = 0; i < self->n_lanes; i++)
    mn_session_free (self->lanes[i].session);
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

guint
gst_mobilenet_model_count_lanes (const GstMobilenetModel *self)
{
  return MIN (self->threads, GST_MOBILENET_MAX_LANES);
}

gboolean
gst_mobilenet_model_add_lanes (GstMobilenetModel *self, GError **error)
{
  guint n = gst_mobilenet_model_count_lanes (self);
  MnPlanOptions options = {
    .backend = "cpu", .precision = self->precision, .threads = self->threads};
  g_autoptr (MnPlan) plan = NULL;

  if (n < 2 || self->n_lanes >= n)
    return TRUE;
  /* The runner's own, so that there is one copy of the weights. */
  plan = mn_plan_get (mn_context_get_default (), self->model, &options, error);
  while (plan && self->n_lanes < n) {
    MnSession *session = mn_session_new (plan, error);

    if (!session)
      return FALSE;
    mn_session_set_threads (session, 1);
    mn_session_set_cancelled (session, self->stop);
    self->lanes[self->n_lanes++].session = session;
  }
  return plan != NULL;
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

static MnResult *
infer_on_lane (GstMobilenetLane *lane, const MnInput *input, guint serial,
    MnFrame *frame, GError **error)
{
  MnResult *result = NULL;
  MnTicket ticket;

  if (lane->serial != serial
      && !mn_session_set_input (lane->session, input, error))
    return NULL;
  lane->serial = serial;
  if (mn_session_submit (lane->session, &frame, 1, &ticket, error)
      && !mn_session_wait (lane->session, ticket, MN_FOREVER, &result, error))
    result = NULL;
  return result;
}

MnResult *
gst_mobilenet_model_infer (GstMobilenetModel *self, gint lane,
    const MnInput *input, guint serial, MnFrame *frame, GError **error)
{
  MnResult *result = NULL;
  MnTicket ticket;

  if (lane >= 0)
    return infer_on_lane (&self->lanes[lane], input, serial, frame, error);
  if (!gst_mobilenet_model_set_input (self, input, serial, error))
    return NULL;
  if (mn_runner_submit (self->runner, &frame, 1, &ticket, error)
      && !mn_runner_wait (self->runner, ticket, MN_FOREVER, &result, error))
    result = NULL;
  return result;
}
