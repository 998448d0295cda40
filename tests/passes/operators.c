/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The table of operators: every row says all that is asked of it. */

#include "engine/graph/operators.h"
#include "tests/passes/build.h"

#include <string.h>

/* The first member that the row leaves out or that cannot be; NULL: none. */
static const gchar *
find_missing (const MnOperator *row)
{
  gboolean folds = row->fold > MN_FOLD_NEVER;
  const struct
  {
    const gchar *name;
    gboolean is_there;
  } members[] = {
    {"name", row->name != NULL},
    {"kind", row->kind > 0},
    {"inputs", row->inputs.least > 0 && row->inputs.most >= row->inputs.least},
    {"inputs.needed",
      row->inputs.needed > 0 && row->inputs.needed <= row->inputs.most},
    {"inputs.operands",
      row->inputs.operands > 0 && row->inputs.operands <= row->inputs.needed},
    {"outputs",
      row->outputs.least > 0 && row->outputs.most >= row->outputs.least},
    {"work", row->work > 0},
    {"quantised", row->quantised > 0},
    {"fold", row->fold > 0 && (folds || row->work != MN_WORK_INDEXES)},
    {"weights", row->weights > 0},
    {"window", row->window > 0},
    {"check", row->check != NULL},
    {"infer", row->infer != NULL},
    {"macs", row->macs != NULL},
    {"evaluate", (row->evaluate != NULL) == folds},
  };

  for (guint i = 0; i < G_N_ELEMENTS (members); i++) {
    if (!members[i].is_there)
      return members[i].name;
  }
  return NULL;
}

static void
test_complete (void)
{
  for (guint op = 0; op < MN_N_OPS; op++) {
    const MnOperator *row = mn_operator (op);
    const gchar *missing = find_missing (row);

    if (missing)
      g_error ("operator %u (%s) of engine/graph/operators.c lacks \"%s\"", op,
          row->name ? row->name : "without a name", missing);
    g_assert_cmpstr (mn_op_name (op), ==, row->name);
    for (guint other = 0; other < op; other++)
      g_assert_cmpstr (mn_op_name (other), !=, row->name);
  }
  g_assert_cmpstr (mn_op_name (MN_N_OPS), ==, "unknown");
}

/* What is left out is named. */
static void
test_incomplete (void)
{
#define WITHOUT(member, said) \
  { \
    MnOperator row = *mn_operator (MN_OP_RESHAPE); \
    memset (&row.member, 0, sizeof (row.member)); \
    g_assert_cmpstr (find_missing (&row), ==, said); \
  }
  WITHOUT (name, "name");
  WITHOUT (kind, "kind");
  WITHOUT (inputs, "inputs");
  WITHOUT (inputs.needed, "inputs.needed");
  WITHOUT (inputs.operands, "inputs.operands");
  WITHOUT (outputs, "outputs");
  WITHOUT (work, "work");
  WITHOUT (quantised, "quantised");
  WITHOUT (fold, "fold");
  WITHOUT (weights, "weights");
  WITHOUT (window, "window");
  WITHOUT (check, "check");
  WITHOUT (infer, "infer");
  WITHOUT (macs, "macs");
  WITHOUT (evaluate, "evaluate");
#undef WITHOUT
}

void
test_operators_add (void)
{
  g_test_add_func ("/passes/operators/complete", test_complete);
  g_test_add_func ("/passes/operators/incomplete", test_incomplete);
}
