/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* mobilenet-tool preprocess: raw frames as filesink writes them become the
 * network's input, so that it can be looked at and checked, or be run. */

#include "tools/caps.h"
#include "tools/npy.h"
#include "tools/tool.h"

typedef struct
{
  gchar *input, *output, *model, *caps, *fit, *mean, *std;
  gboolean as_floats;
  MnToolPlanArgs plan;
} Args;

static void
args_clear (Args *args)
{
  g_free (args->input);
  g_free (args->output);
  g_free (args->model);
  g_free (args->caps);
  g_free (args->fit);
  g_free (args->mean);
  g_free (args->std);
  mn_tool_plan_args_clear (&args->plan);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Args, args_clear)
static gboolean
parse_fit (const gchar *text, MnFit *fit, GError **error)
{
  static const gchar *const names[] = {"crop", "stretch", "letterbox"};
  guint i;

  for (i = 0; i < G_N_ELEMENTS (names); i++) {
    if (g_str_equal (text, names[i])) {
      *fit = (MnFit) i;
      return TRUE;
    }
  }
  g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
      "--fit %s: not one of crop, stretch, letterbox", text);
  return FALSE;
}

/* A whole number of frames, at least one. */
static GBytes *
read_frames (const gchar *path, const MnRawFrame *raw, GError **error)
{
  g_autoptr (GError) local = NULL;
  gchar *data;
  gsize size;

  if (!g_file_get_contents (path, &data, &size, &local)) {
    g_set_error (error, MN_ERROR, MN_ERROR_READ, "%s: %s", path,
        local->message);
    return NULL;
  }
  if (size == 0 || size % raw->size) {
    g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
        "%s: %" G_GSIZE_FORMAT " bytes are no whole number of frames; one of "
        "these caps has %" G_GSIZE_FORMAT,
        path, size, raw->size);
    g_free (data);
    return NULL;
  }
  return g_bytes_new_take (data, size);
}

static gboolean
preprocess_frames (MnSession *session, const MnRawFrame *raw, GBytes *bytes,
    const MnTensorView *view, GError **error)
{
  gsize n_floats = view->size / sizeof (gfloat) / view->dims[0];
  const guint8 *data = g_bytes_get_data (bytes, NULL);
  gint i;

  for (i = 0; i < view->dims[0]; i++) {
    gfloat *out = (gfloat *) view->data + i * n_floats;
    MnFrame frame;

    mn_frame_init (&frame, &raw->desc, NULL, NULL);
    frame.n_planes = raw->n_planes;
    mn_raw_frame_set_planes (raw, data + i * raw->size, frame.planes);
    if (!mn_session_preprocess (session, &frame, out, n_floats, error))
      return FALSE;
  }
  return TRUE;
}

/* values, n_floats of them, as the model's input holds them. */
static gboolean
write_packed (MnModel *model, const MnTensorView *values, gsize n_floats,
    const gchar *path, GError **error)
{
  MnTensorView view = *values;
  g_autofree guint8 *data = NULL;

  view.dtype = mn_model_get_info (model)->input_dtype;
  view.size = n_floats * mn_dtype_size (view.dtype);
  view.data = data = g_try_malloc (view.size);
  if (!data) {
    g_set_error (error, MN_ERROR, MN_ERROR_NO_MEMORY,
        "no memory for %" G_GSIZE_FORMAT " bytes", view.size);
    return FALSE;
  }
  return mn_model_pack_input (model, values->data, n_floats, data, view.size,
             error)
      && mn_npy_write (path, &view, error);
}

static gboolean
write_input (MnSession *session, MnModel *model, const MnRawFrame *raw,
    GBytes *bytes, const Args *args, GError **error)
{
  const MnModelInfo *info = mn_model_get_info (model);
  gsize n = g_bytes_get_size (bytes) / raw->size;
  MnTensorView view = {NULL, MN_DTYPE_F32, 4,
    {(gint32) n, info->height, info->width, info->channels}};
  g_autofree gfloat *values = NULL;
  gsize n_floats;

  if (n > G_MAXINT32
      || !g_size_checked_mul (&n_floats, n,
          (gsize) info->height * info->width * info->channels)
      || !g_size_checked_mul (&view.size, n_floats, sizeof (gfloat))
      || !(values = g_try_malloc (view.size))) {
    g_set_error (error, MN_ERROR, MN_ERROR_NO_MEMORY,
        "no memory for %" G_GSIZE_FORMAT " frames", n);
    return FALSE;
  }
  view.data = values;
  if (!preprocess_frames (session, raw, bytes, &view, error))
    return FALSE;
  return args->as_floats
      ? mn_npy_write (args->output, &view, error)
      : write_packed (model, &view, n_floats, args->output, error);
}

static gboolean
preprocess (const Args *args, GError **error)
{
  g_autoptr (MnModel) model = NULL;
  g_autoptr (MnPlan) plan = NULL;
  g_autoptr (MnSession) session = NULL;
  g_autoptr (GBytes) bytes = NULL;
  const MnModelInfo *info;
  MnRawFrame raw;
  MnInput input = {0};

  if (args->fit && !parse_fit (args->fit, &input.fit, error))
    return FALSE;
  if (!mn_caps_parse (args->caps, &raw, error))
    return FALSE;
  input.source = raw.desc;
  model = mn_model_load (args->model, error);
  if (!model)
    return FALSE;
  info = mn_model_get_info (model);
  if (!mn_input_set_norm (&input, info, args->mean, args->std, error))
    return FALSE;
  bytes = read_frames (args->input, &raw, error);
  if (!bytes)
    return FALSE;
  plan = mn_tool_plan_new (model, &args->plan, FALSE, error);
  if (!plan)
    return FALSE;
  session = mn_session_new (plan, error);
  return session && mn_session_set_input (session, &input, error)
      && write_input (session, model, &raw, bytes, args, error);
}

gboolean
mn_tool_preprocess (gint *argc, gchar ***argv, GError **error)
{
  g_auto (Args) args = {0};
  const GOptionEntry entries[] = {
    {"input", 'i', 0, G_OPTION_ARG_FILENAME, &args.input,
      "raw frames, as filesink writes them", "FRAME.raw"},
    {"caps", 'c', 0, G_OPTION_ARG_STRING, &args.caps,
      "what they are: 'video/x-raw, format=NV12, width=1920, height=1080'",
      "CAPS"},
    {"model", 'm', 0, G_OPTION_ARG_FILENAME, &args.model,
      "whose input is wanted", "MODEL"},
    {"fit", 'f', 0, G_OPTION_ARG_STRING, &args.fit,
      "crop, stretch or letterbox (default: crop)", "FIT"},
    {"mean", 0, 0, G_OPTION_ARG_STRING, &args.mean,
      "instead of the model's: one number, or one a channel", "M[,M,M]"},
    {"std", 0, 0, G_OPTION_ARG_STRING, &args.std, "the same for the divisor",
      "S[,S,S]"},
    {"float", 0, 0, G_OPTION_ARG_NONE, &args.as_floats,
      "float32 also where the model's input is of bytes", NULL},
    {"output", 'o', 0, G_OPTION_ARG_FILENAME, &args.output,
      "[N, H, W, C] of the input's own type, before any scale of the "
      "graph's own; \"run\" takes it",
      "X.npy"},
    {NULL}};

  if (!mn_tool_parse (argc, argv, "",
          "Turns raw video frames into the network's input.", entries,
          &args.plan, error))
    return FALSE;
  if (*argc > 1) {
    g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
        "preprocess: \"%s\" is one argument too many", (*argv)[1]);
    return FALSE;
  }
  return mn_tool_require (args.input, "--input", error)
      && mn_tool_require (args.caps, "--caps", error)
      && mn_tool_require (args.model, "--model", error)
      && mn_tool_require (args.output, "--output", error)
      && preprocess (&args, error);
}
