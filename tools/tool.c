/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Options and output that several commands share. */

#include "tools/tool.h"
#include "engine/base/printable.h"
#include "opencl/opencl.h"

#include <errno.h>
#include <stdio.h>

void
mn_tool_plan_args_clear (MnToolPlanArgs *args)
{
  g_clear_pointer (&args->backend, g_free);
  g_clear_pointer (&args->device, g_free);
  g_clear_pointer (&args->precision, g_free);
  g_clear_pointer (&args->tuning, g_free);
}

static void
add_plan_entries (GOptionContext *context, MnToolPlanArgs *args)
{
  const GOptionEntry entries[] = {
    {"backend", 'b', 0, G_OPTION_ARG_STRING, &args->backend,
      "cpu, reference or opencl (default: cpu)", "NAME"},
    {"device", 'd', 0, G_OPTION_ARG_STRING, &args->device,
      "OpenCL device: its index or a part of its name", "DEVICE"},
    {"threads", 't', 0, G_OPTION_ARG_INT, &args->threads,
      "threads of the CPU backend, 0 for as many as there are CPUs "
      "for the process (default: 0)",
      "N"},
    {"precision", 'p', 0, G_OPTION_ARG_STRING, &args->precision,
      "auto, float32, float16 or bfloat16 (default: auto)", "NAME"},
    {"tuning", 0, 0, G_OPTION_ARG_STRING, &args->tuning,
      "off, fast or full: search for an OpenCL device's fastest kernels "
      "(default: fast)",
      "NAME"},
    {NULL}};

  g_option_context_add_main_entries (context, entries, NULL);
}

gboolean
mn_tool_parse (gint *argc, gchar ***argv, const gchar *operands,
    const gchar *description, const GOptionEntry *entries, MnToolPlanArgs *args,
    GError **error)
{
  g_autofree gchar *usage = g_strdup_printf ("%s%s%s", (*argv)[0],
      *operands ? " " : "", operands);
  g_autoptr (GOptionContext) context = g_option_context_new (usage);
  g_autoptr (GError) local = NULL;

  g_option_context_set_summary (context, description);
  g_option_context_add_main_entries (context, entries, NULL);
  if (args)
    add_plan_entries (context, args);
  if (g_option_context_parse (context, argc, argv, &local))
    return TRUE;
  g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT, "%s: %s", (*argv)[0],
      local->message);
  return FALSE;
}

const gchar *
mn_tool_operand (gint argc, gchar **argv, const gchar *what, GError **error)
{
  gint first = 1;

  /* GOption leaves the "--" that ends the options where it stood. */
  if (first < argc && g_str_equal (argv[first], "--"))
    first++;
  if (first + 1 == argc)
    return argv[first];
  if (first >= argc)
    g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT, "%s: no %s given", argv[0],
        what);
  else
    g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
        "%s: one %s expected, \"%s\" is one too many", argv[0], what,
        argv[first + 1]);
  return NULL;
}

gboolean
mn_tool_require (const gchar *value, const gchar *option, GError **error)
{
  if (value)
    return TRUE;
  g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT, "%s is missing", option);
  return FALSE;
}

/* The place of an option's text among names, NULL-terminated; otherwise for
 * NULL. -1: error. */
static gint
parse_name (const gchar *option, const gchar *text, const gchar *const *names,
    gint otherwise, GError **error)
{
  g_autofree gchar *list = NULL;
  gint i;

  for (i = 0; text && names[i]; i++) {
    if (g_str_equal (text, names[i]))
      return i;
  }
  if (!text)
    return otherwise;
  list = g_strjoinv (", ", (gchar **) names);
  g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT, "--%s %s: not one of %s",
      option, text, list);
  return -1;
}

gboolean
mn_tool_parse_precision (const gchar *text, MnPrecision *precision,
    GError **error)
{
  static const gchar *const names[] = {
    "auto", "float32", "float16", "bfloat16", NULL};
  gint i = parse_name ("precision", text, names, MN_PRECISION_AUTO, error);

  if (i >= 0)
    *precision = (MnPrecision) i;
  return i >= 0;
}

static gboolean
parse_tuning (const gchar *text, MnTuning *tuning, GError **error)
{
  static const gchar *const names[] = {"off", "fast", "full", NULL};
  gint i = parse_name ("tuning", text, names, MN_TUNING_FAST, error);

  if (i >= 0)
    *tuning = (MnTuning) i;
  return i >= 0;
}

MnPlan *
mn_tool_plan_new (MnModel *model, const MnToolPlanArgs *args, gboolean profile,
    GError **error)
{
  MnContext *context = mn_context_get_default ();
  g_autofree gchar *ignored = NULL;
  MnPlanOptions options = {0};

  mn_context_add_backend (context, &mn_backend_opencl);
  options.backend = args->backend ? args->backend : "cpu";
  options.device = args->device;
  options.profile = profile;
  if (args->threads < 0 || args->threads > 1024) {
    g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
        "--threads %d: not within 0 to 1024", args->threads);
    return NULL;
  }
  options.threads = args->threads;
  if (!mn_tool_parse_precision (args->precision, &options.precision, error)
      || !parse_tuning (args->tuning, &options.tuning, error))
    return NULL;
  ignored = mn_model_explain_precision (model, options.precision);
  if (ignored)
    mn_tool_say (ignored);
  return mn_plan_new (context, model, &options, error);
}

void
mn_tool_say (const gchar *text)
{
  g_autofree gchar *line = mn_printable (text);

  fprintf (stderr, "mobilenet-tool: %s\n", line);
}

gboolean
mn_tool_print (const gchar *text, GError **error)
{
  if (fputs (text, stdout) != EOF && fflush (stdout) == 0)
    return TRUE;
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno),
      "standard output: %s", g_strerror (errno));
  return FALSE;
}
