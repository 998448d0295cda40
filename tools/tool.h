/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* mobilenet-tool: what its commands share. A command gets the arguments
 * after its own name, prints its result to stdout, and sets an error or
 * returns TRUE. */

#ifndef MN_TOOL_H
#define MN_TOOL_H

#include "engine/mn.h"

G_BEGIN_DECLS

/* argv[0] is the command's name; both are changed as GOption does it. */
typedef gboolean (*MnToolCommand) (gint *argc, gchar ***argv, GError **error);

gboolean mn_tool_inspect (gint *argc, gchar ***argv, GError **error);
gboolean mn_tool_run (gint *argc, gchar ***argv, GError **error);
gboolean mn_tool_preprocess (gint *argc, gchar ***argv, GError **error);
gboolean mn_tool_bench (gint *argc, gchar ***argv, GError **error);

/* --backend, --device, --threads, --precision, --tuning as they were given. */
typedef struct
{
  gchar *backend, *device, *precision, *tuning;
  gint threads;
} MnToolPlanArgs;

void mn_tool_plan_args_clear (MnToolPlanArgs *args);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MnToolPlanArgs, mn_tool_plan_args_clear)
/* Entries are copied. description: one sentence under the usage line. args:
 * adds the plan's options; NULL: the command compiles nothing. */
gboolean mn_tool_parse (gint *argc, gchar ***argv, const gchar *operands,
    const gchar *description, const GOptionEntry *entries, MnToolPlanArgs *args,
    GError **error);
/* The one operand that is left after parsing; NULL with an error when there
 * is none or there are more. what: "model file". */
const gchar *
mn_tool_operand (gint argc, gchar **argv, const gchar *what, GError **error);
/* MN_ERROR_ARGUMENT unless value was given. */
gboolean
mn_tool_require (const gchar *value, const gchar *option, GError **error);
/* --precision as it was given, or NULL for auto. FALSE: MN_ERROR_ARGUMENT. */
gboolean mn_tool_parse_precision (const gchar *text, MnPrecision *precision,
    GError **error);
/* Compiles for args->backend, or "cpu". Says what of args is ignored. */
MnPlan *mn_tool_plan_new (MnModel *model, const MnToolPlanArgs *args,
    gboolean profile, GError **error);
/* Prints one line to stderr, whatever the text holds: names of files and
 * layers may hold anything. */
void mn_tool_say (const gchar *text);
/* Prints text to stdout; a full disk or a closed pipe is an error. */
gboolean mn_tool_print (const gchar *text, GError **error);

G_END_DECLS

#endif /* MN_TOOL_H */
