/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* All passes, in the order that they need. */

#include "engine/passes/passes.h"

typedef gboolean (*Pass) (MnGraph *graph, GError **error);

/* Once, before anything is matched. */
static const Pass prepare[] = {
  mn_pass_fold_constants,
  mn_pass_float_weights,
  mn_pass_fold_input_scale,
  mn_pass_fuse_pad,
  mn_pass_canonical_pool,
};

/* Networks need three; of a graph that is made to need one a node, the rest
 * stays as it is. */
#define MOST_ROUNDS 16

/* Each may open the way for another: until none of them drops a node. Hard
 * swish first, since the others take its parts away one by one. */
static const Pass simplify[] = {
  mn_pass_fuse_hard_swish,
  mn_pass_fold_batchnorm,
  mn_pass_fuse_activation,
};

/* Once, on what has come of it. */
static const Pass finish[] = {
  mn_pass_fuse_squeeze_excite,
  mn_pass_fold_batchnorm, /* what a rounded gate left behind */
  mn_pass_fuse_residual,
  mn_pass_remove_dead,
};

static gboolean
run (MnGraph *graph, const Pass *passes, guint n, GError **error)
{
  for (guint i = 0; i < n; i++) {
    if (!passes[i](graph, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
mn_passes_run (MnGraph *graph, GError **error)
{
  guint n, round = 0;

  if (!run (graph, prepare, G_N_ELEMENTS (prepare), error))
    return FALSE;
  do {
    n = graph->nodes->len;
    if (!run (graph, simplify, G_N_ELEMENTS (simplify), error))
      return FALSE;
  } while (graph->nodes->len < n && ++round < MOST_ROUNDS);
  return run (graph, finish, G_N_ELEMENTS (finish), error)
      && mn_graph_validate (graph, error);
}
