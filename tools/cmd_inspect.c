/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* mobilenet-tool inspect: a model for people, or for Graphviz. */

#include "tools/tool.h"

gboolean
mn_tool_inspect (gint *argc, gchar ***argv, GError **error)
{
  gboolean dot = FALSE;
  const GOptionEntry entries[] = {{"dot", 0, 0, G_OPTION_ARG_NONE, &dot,
                                    "print the graph for Graphviz", NULL},
    {NULL}};
  g_autoptr (MnModel) model = NULL;
  g_autofree gchar *text = NULL;
  const gchar *path;

  if (!mn_tool_parse (argc, argv, "MODEL",
          "Prints a model's input, output and layers.", entries, NULL, error))
    return FALSE;
  path = mn_tool_operand (*argc, *argv, "model file", error);
  if (!path)
    return FALSE;
  model = mn_model_load (path, error);
  if (!model)
    return FALSE;
  text = dot ? mn_model_to_dot (model) : mn_model_describe (model);
  return mn_tool_print (text, error);
}
