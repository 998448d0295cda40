/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Runs many models in one process, for comparisons with another engine's
 * results: usage: run-models BACKEND[:LEVEL] LIST. Each line of LIST is a
 * model, a file of bytes for its input (of one picture or several), and where
 * the bytes of the first output of each go, with tabs between. Writes a line
 * for each: "ok", or what went wrong. LEVEL: of instructions; a CPU that has
 * no such one exits with 77. */

#include "engine/cpu/cpu_flags.h"
#include "engine/mn.h"

#include <stdio.h>
#include <string.h>

static gboolean
run_picture (MnSession * session, const MnModelInfo * info,
    const gchar * data, gsize size, GByteArray * out, GError ** error)
{
  MnFrameDesc desc = {.format = MN_FORMAT_TENSOR,.width = info->width,
    .height = info->height
  };
  MnResult *result = NULL;
  const MnTensorView *view;
  MnFrame frame, *frames = &frame;
  MnTicket ticket;

  mn_frame_init (&frame, &desc, NULL, NULL);
  frame.n_planes = 1;
  frame.planes[0].data = (const guint8 *) data;
  frame.planes[0].size = size;
  if (!mn_session_submit (session, &frames, 1, &ticket, error)
      || !mn_session_wait (session, ticket, MN_FOREVER, &result, error))
    return FALSE;
  view = mn_result_get_output (result, 0);
  g_byte_array_append (out, view->data, view->size);
  mn_result_unref (result);
  return TRUE;
}

static gboolean
run_model (const gchar * backend, const gchar * path, const gchar * input,
    const gchar * output, GError ** error)
{
  MnPlanOptions options = {.backend = backend,.threads = 1 };
  g_autoptr (MnModel) model = mn_model_load (path, error);
  g_autoptr (MnPlan) plan = NULL;
  g_autoptr (MnSession) session = NULL;
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autofree gchar *data = NULL;
  const MnModelInfo *info;
  gsize length, size, at;

  if (!model || !g_file_get_contents (input, &data, &length, error))
    return FALSE;
  plan = mn_plan_new (mn_context_get_default (), model, &options, error);
  session = plan ? mn_session_new (plan, error) : NULL;
  if (!session)
    return FALSE;
  info = mn_model_get_info (model);
  size = (gsize) info->width * info->height * info->channels
      * mn_dtype_size (info->input_dtype);
  for (at = 0; at + size <= length; at += size) {
    if (!run_picture (session, info, data + at, size, out, error))
      return FALSE;
  }
  return g_file_set_contents (output, (const gchar *) out->data, out->len,
      error);
}

int
main (int argc, char **argv)
{
  g_autofree gchar *list = NULL;
  g_auto (GStrv) lines = NULL;
  g_auto (GStrv) backend = NULL;
  g_autoptr (GError) error = NULL;
  guint i;

  if (argc != 3) {
    fprintf (stderr, "usage: %s BACKEND[:LEVEL] LIST\n", argv[0]);
    return 2;
  }
  backend = g_strsplit (argv[1], ":", 2);
  if (backend[1]) {
    if (!mn_cpu_has_level (backend[1]))
      return 77;
    g_setenv ("MOBILENET_CPU", backend[1], TRUE);
  }
  if (!g_file_get_contents (argv[2], &list, NULL, &error)) {
    fprintf (stderr, "%s\n", error->message);
    return 2;
  }
  lines = g_strsplit (g_strchomp (list), "\n", -1);
  for (i = 0; lines[i]; i++) {
    g_auto (GStrv) parts = g_strsplit (lines[i], "\t", 3);
    g_autoptr (GError) local = NULL;

    if (g_strv_length (parts) == 3
        && run_model (backend[0], parts[0], parts[1], parts[2], &local))
      puts ("ok");
    else
      puts (local ? local->message : "not three parts");
  }
  return 0;
}
