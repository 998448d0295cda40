/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Runs many models, each in many ways, in one process: for graph_runner.py.
 *
 * A line of the standard input is MODEL INPUT OUTPUT WAY...: paths without
 * blanks, the input one or several pictures, dense and raw. A way is BACKEND:
 * LEVEL:THREADS:PRECISION:CACHE, with "-" for what is left alone. Each is
 * answered by a line, "ok", "refused ..." (it does not do this) or "failed
 * ...". OUTPUT becomes all outputs of each picture of each way that is ok, one
 * after another. With --levels: what this CPU has. */

#include "engine/base/cpu_flags.h"
#include "engine/mn.h"
#include "opencl/opencl.h"

#include <stdio.h>
#include <string.h>

static void
set_variable (const gchar *name, const gchar *value)
{
  if (g_str_equal (value, "-"))
    g_unsetenv (name);
  else
    g_setenv (name, value, TRUE);
}

/* FALSE: it makes no sense. */
static gboolean
read_way (gchar **parts, MnPlanOptions *options, GError **error)
{
  static const struct
  {
    const gchar *name;
    MnPrecision precision;
  } names[] = {
    {"-", MN_PRECISION_F32},
    {"float32", MN_PRECISION_F32},
    {"bfloat16", MN_PRECISION_BF16},
    {"float16", MN_PRECISION_F16},
  };
  guint i;

  memset (options, 0, sizeof (*options));
  if (g_strv_length (parts) == 5) {
    set_variable ("MOBILENET_CPU", parts[1]);
    set_variable ("MOBILENET_CPU_CACHE", parts[4]);
    options->backend = parts[0];
    options->threads = g_ascii_strtoull (parts[2], NULL, 10);
    for (i = 0; i < G_N_ELEMENTS (names); i++) {
      options->precision = names[i].precision;
      if (g_str_equal (names[i].name, parts[3]))
        return TRUE;
    }
  }
  g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT, "no such way");
  return FALSE;
}

static gboolean
run_once (MnSession *session, const MnModelInfo *info, gconstpointer data,
    gsize size, MnResult **result, GError **error)
{
  MnFrameDesc desc = {.format = MN_FORMAT_TENSOR};
  MnFrame frame, *frames = &frame;
  MnTicket ticket;

  desc.width = info->width;
  desc.height = info->height;
  mn_frame_init (&frame, &desc, NULL, NULL);
  frame.n_planes = 1;
  frame.planes[0].data = data;
  frame.planes[0].size = size;
  return mn_session_submit (session, &frames, 1, &ticket, error)
      && mn_session_wait (session, ticket, MN_FOREVER, result, error);
}

/* size: of one, in memory of its own when it is run: one byte more is not its
 * own. */
typedef struct
{
  gchar *data;
  gsize length, size;
} Pictures;

static gboolean
read_pictures (const gchar *path, const MnModelInfo *info, Pictures *x,
    GError **error)
{
  if (!g_file_get_contents (path, &x->data, &x->length, error))
    return FALSE;
  x->size = (gsize) info->width * info->height * info->channels
      * mn_dtype_size (info->input_dtype);
  if (x->length > 0 && x->length % x->size == 0)
    return TRUE;
  g_set_error (error, MN_ERROR, MN_ERROR_READ,
      "no whole pictures of %" G_GSIZE_FORMAT " bytes", x->size);
  return FALSE;
}

static gboolean
run_picture (MnSession *session, const MnModelInfo *info, gconstpointer data,
    gsize size, FILE *output, GError **error)
{
  g_autoptr (MnResult) result = NULL;
  guint i;

  if (!run_once (session, info, data, size, &result, error))
    return FALSE;
  for (i = 0; i < mn_result_get_n_outputs (result); i++) {
    const MnTensorView *view = mn_result_get_output (result, i);

    if (fwrite (view->data, 1, view->size, output) != view->size) {
      g_set_error (error, MN_ERROR, MN_ERROR_READ, "the output's file is full");
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
run_way (MnContext *context, MnModel *model, const MnPlanOptions *options,
    const Pictures *x, FILE *output, GError **error)
{
  const MnModelInfo *info = mn_model_get_info (model);
  g_autoptr (MnPlan) plan = mn_plan_new (context, model, options, error);
  g_autoptr (MnSession) session = plan ? mn_session_new (plan, error) : NULL;
  g_autoptr (MnResult) before = NULL;
  g_autofree guint8 *picture = g_malloc0 (x->size);
  gsize at;

  /* Another frame first: nothing of it may be left. */
  if (!session || !run_once (session, info, picture, x->size, &before, error))
    return FALSE;
  for (at = 0; at < x->length; at += x->size) {
    memcpy (picture, x->data + at, x->size);
    if (!run_picture (session, info, picture, x->size, output, error))
      return FALSE;
  }
  return TRUE;
}

static void
answer (GError *error)
{
  if (!error)
    puts ("ok");
  else if (g_error_matches (error, MN_ERROR, MN_ERROR_UNSUPPORTED)
      || g_error_matches (error, MN_ERROR, MN_ERROR_NO_BACKEND))
    printf ("refused %s\n", error->message);
  else
    printf ("failed %s\n", error->message);
  fflush (stdout);
}

static void
run_model (MnContext *context, gchar **words)
{
  g_autoptr (GError) why = NULL;
  g_autoptr (MnModel) model = mn_model_load (words[0], &why);
  FILE *output = fopen (words[2], "wb");
  Pictures x = {NULL};
  guint i;

  if (model && !output)
    g_set_error (&why, MN_ERROR, MN_ERROR_READ, "no file for the output");
  if (!why)
    read_pictures (words[1], mn_model_get_info (model), &x, &why);
  for (i = 3; words[i]; i++) {
    g_auto (GStrv) parts = g_strsplit (words[i], ":", -1);
    g_autoptr (GError) error = NULL;
    MnPlanOptions options;

    if (why)
      error = g_error_copy (why);
    else if (read_way (parts, &options, &error))
      run_way (context, model, &options, &x, output, &error);
    answer (error);
  }
  if (output)
    fclose (output);
  g_free (x.data);
}

static void
print_levels (void)
{
  static const gchar *const levels[] = {"reference", "scalar", "avx2",
    "avxvnni", "avx512", "avx512vnni", "amx", "neon", "neondot"};
  guint i;

  for (i = 0; i < G_N_ELEMENTS (levels); i++) {
    if (mn_cpu_has_level (levels[i]))
      puts (levels[i]);
  }
}

int
main (int argc, char **argv)
{
  g_autoptr (MnContext) context = mn_context_new ();
  char *line = NULL;
  size_t room = 0;

  if (argc > 1 && g_str_equal (argv[1], "--levels")) {
    print_levels ();
    return 0;
  }
  mn_context_add_backend (context, &mn_backend_opencl);
  while (getline (&line, &room, stdin) > 0) {
    g_auto (GStrv) words = g_strsplit (g_strstrip (line), " ", -1);

    if (g_strv_length (words) > 3)
      run_model (context, words);
  }
  free (line);
  return 0;
}
