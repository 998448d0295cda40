/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* mobilenet-tool: finds the command, and turns its error into one line and
 * an exit status. */

#include "tools/tool.h"

#include <locale.h>
#include <stdio.h>

/* What scripts can tell apart. */
#define EXIT_FAILED 1  /* it started, and failed on the way */
#define EXIT_REFUSED 2 /* a bad argument, file or model */

static const struct
{
  const gchar *name;
  const gchar *what;
  MnToolCommand run; /* NULL: not there yet */
} commands[] = {
  {"inspect", "prints a model's input, output and layers, or its graph",
    mn_tool_inspect},
  {"run", "runs a model on an .npy file", mn_tool_run},
  {"preprocess", "turns a raw video frame into the network's input",
    mn_tool_preprocess},
  {"bench", "measures a model's time on this machine", mn_tool_bench},
  {"latency-table", "not in this version: times of single layers", NULL},
};

static void
print_help (void)
{
  guint i;

  printf ("Usage: mobilenet-tool COMMAND [OPTION...]\n\nCommands:\n");
  for (i = 0; i < G_N_ELEMENTS (commands); i++)
    printf ("  %-14s %s\n", commands[i].name, commands[i].what);
  printf ("\n\"mobilenet-tool COMMAND --help\" explains a command.\n"
          "Exit status: 0; 2 for a bad argument, file or model; 1 for a run "
          "that failed.\n");
}

static gint
status_of (const GError *error)
{
  if (error->domain != MN_ERROR)
    return EXIT_REFUSED;
  switch ((MnError) error->code) {
    case MN_ERROR_NO_MEMORY:
    case MN_ERROR_DEVICE:
    case MN_ERROR_LOST:
    case MN_ERROR_TIMEOUT:
    case MN_ERROR_CANCELLED:
      return EXIT_FAILED;
    default:
      return EXIT_REFUSED;
  }
}

static gint
run_command (guint index, gint argc, gchar **argv)
{
  g_autoptr (GError) error = NULL;

  if (!commands[index].run) {
    g_autofree gchar *text = g_strdup_printf ("%s: not in this version",
        commands[index].name);

    mn_tool_say (text);
    return EXIT_REFUSED;
  }
  if (commands[index].run (&argc, &argv, &error))
    return 0;
  mn_tool_say (error->message);
  return status_of (error);
}

gint
main (gint argc, gchar **argv)
{
  g_autofree gchar *text = NULL;
  guint i;

  setlocale (LC_CTYPE, "");
  g_set_prgname ("mobilenet-tool");
  if (argc < 2) {
    mn_tool_say ("no command given; --help lists them");
    return EXIT_REFUSED;
  }
  if (g_str_equal (argv[1], "--help") || g_str_equal (argv[1], "-h")) {
    print_help ();
    return 0;
  }
  if (g_str_equal (argv[1], "--version")) {
    printf ("mobilenet-tool %s\n", MN_VERSION);
    return 0;
  }
  for (i = 0; i < G_N_ELEMENTS (commands); i++) {
    if (g_str_equal (argv[1], commands[i].name))
      return run_command (i, argc - 1, argv + 1);
  }
  text = g_strdup_printf ("unknown command \"%s\"; --help lists them", argv[1]);
  mn_tool_say (text);
  return EXIT_REFUSED;
}
