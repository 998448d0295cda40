/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* mobilenet-tool run: .npy in, .npy out. A batch of any length runs in
 * parts of MN_MAX_BATCH. */

#include "tools/npy.h"
#include "tools/tool.h"

#include <string.h>

/* The outputs of all pictures so far, by output of the network. */
typedef struct
{
  GPtrArray *data; /* GByteArray */
  GArray *views;   /* MnTensorView, dims of one picture */
} Outputs;

static void
outputs_clear (Outputs *outputs)
{
  g_ptr_array_unref (outputs->data);
  g_array_unref (outputs->views);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Outputs, outputs_clear)
static gboolean
check_input (const MnTensorView *view, const gchar *path,
    const MnModelInfo *info, gsize *n, GError **error)
{
  const gint32 *dims = view->dims + (view->rank == 4);

  if (view->dtype != info->input_dtype) {
    g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
        "%s: it holds %s, the input of %s is %s", path,
        mn_dtype_name (view->dtype), info->name,
        mn_dtype_name (info->input_dtype));
    return FALSE;
  }
  *n = view->rank == 4 ? view->dims[0] : 1;
  if ((view->rank != 3 && view->rank != 4) || *n < 1 || dims[0] != info->height
      || dims[1] != info->width || dims[2] != info->channels) {
    g_autoptr (GString) shape = g_string_new (NULL);
    guint i;

    for (i = 0; i < view->rank; i++)
      g_string_append_printf (shape, i ? ", %d" : "%d", view->dims[i]);
    g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
        "%s: its shape is [%s], the input of %s is [N, %u, %u, %u]", path,
        shape->str, info->name, info->height, info->width, info->channels);
    return FALSE;
  }
  return TRUE;
}

static void
collect (Outputs *outputs, const MnResult *result)
{
  guint n = mn_result_get_n_outputs (result);
  guint i;

  for (i = 0; i < n; i++) {
    const MnTensorView *view = mn_result_get_output (result, i);

    if (outputs->data->len == i) {
      g_ptr_array_add (outputs->data, g_byte_array_new ());
      g_array_append_val (outputs->views, *view);
    }
    g_byte_array_append (g_ptr_array_index (outputs->data, i), view->data,
        view->size);
  }
}

/* Pictures that lie one after the other at data. */
static gboolean
run_part (MnSession *session, const MnModelInfo *info, const guint8 *data,
    gsize size, guint n, Outputs *outputs, GError **error)
{
  MnFrameDesc desc = {.format = MN_FORMAT_TENSOR};
  MnFrame frames[MN_MAX_BATCH];
  MnFrame *pointers[MN_MAX_BATCH];
  MnResult *results[MN_MAX_BATCH] = {NULL};
  MnTicket ticket;
  guint i;

  desc.width = info->width;
  desc.height = info->height;
  for (i = 0; i < n; i++) {
    mn_frame_init (&frames[i], &desc, NULL, NULL);
    frames[i].n_planes = 1;
    frames[i].planes[0].data = data + i * size;
    frames[i].planes[0].size = size;
    pointers[i] = &frames[i];
  }
  if (!mn_session_submit (session, pointers, n, &ticket, error)
      || !mn_session_wait (session, ticket, MN_FOREVER, results, error))
    return FALSE;
  for (i = 0; i < n; i++) {
    collect (outputs, results[i]);
    mn_result_unref (results[i]);
  }
  return TRUE;
}

static gboolean
run_all (MnPlan *plan, const MnTensorView *input, gsize n, Outputs *outputs,
    GError **error)
{
  const MnModelInfo *info = mn_model_get_info (mn_plan_get_model (plan));
  g_autoptr (MnSession) session = mn_session_new (plan, error);
  gsize size = input->size / n;
  gsize done;

  if (!session)
    return FALSE;
  for (done = 0; done < n; done += MN_MAX_BATCH) {
    const guint8 *data = (const guint8 *) input->data + done * size;

    if (!run_part (session, info, data, size, MIN (n - done, MN_MAX_BATCH),
            outputs, error))
      return FALSE;
  }
  return TRUE;
}

/* y.npy, y.1.npy, y.2.npy... */
static gchar *
output_path (const gchar *path, guint i)
{
  gsize stem = strlen (path);

  if (i == 0)
    return g_strdup (path);
  if (g_str_has_suffix (path, ".npy"))
    stem -= strlen (".npy");
  return g_strdup_printf ("%.*s.%u.npy", (gint) stem, path, i);
}

static gboolean
write_outputs (const Outputs *outputs, const gchar *path, gsize n,
    GError **error)
{
  guint i;

  for (i = 0; i < outputs->data->len; i++) {
    g_autofree gchar *name = output_path (path, i);
    const GByteArray *data = g_ptr_array_index (outputs->data, i);
    MnTensorView view = g_array_index (outputs->views, MnTensorView, i);

    if (view.rank > 0)
      view.dims[0] *= (gint32) n;
    view.data = data->data;
    view.size = data->len;
    if (!mn_npy_write (name, &view, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
run_model (const gchar *path, const gchar *input, const gchar *output,
    const MnToolPlanArgs *args, GError **error)
{
  g_autoptr (MnModel) model = NULL;
  g_autoptr (MnPlan) plan = NULL;
  g_auto (MnNpy) npy = {0};
  g_auto (Outputs) outputs = {
    g_ptr_array_new_with_free_func ((GDestroyNotify) g_byte_array_unref),
    g_array_new (FALSE, FALSE, sizeof (MnTensorView))};
  gsize n;

  model = mn_model_load (path, error);
  if (!model || !mn_npy_read (input, &npy, error)
      || !check_input (&npy.view, input, mn_model_get_info (model), &n, error))
    return FALSE;
  plan = mn_tool_plan_new (model, args, FALSE, error);
  return plan && run_all (plan, &npy.view, n, &outputs, error)
      && write_outputs (&outputs, output, n, error);
}

gboolean
mn_tool_run (gint *argc, gchar ***argv, GError **error)
{
  g_autofree gchar *input = NULL, *output = NULL;
  g_auto (MnToolPlanArgs) args = {0};
  const GOptionEntry entries[] = {
    {"input", 'i', 0, G_OPTION_ARG_FILENAME, &input,
      "the network's input: [H, W, C] or [N, H, W, C]", "X.npy"},
    {"output", 'o', 0, G_OPTION_ARG_FILENAME, &output,
      "where the first output goes; further ones: Y.1.npy, ...", "Y.npy"},
    {NULL}};
  const gchar *path;

  if (!mn_tool_parse (argc, argv, "MODEL", "Runs a model on an .npy file.",
          entries, &args, error))
    return FALSE;
  path = mn_tool_operand (*argc, *argv, "model file", error);
  return path && mn_tool_require (input, "--input", error)
      && mn_tool_require (output, "--output", error)
      && run_model (path, input, output, &args, error);
}
