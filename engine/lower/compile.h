/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A graph on its way to a backend's plan: one walk over the nodes, with a
 * table that says who makes what of each; and what makers leave for those
 * behind them. */

#ifndef MN_COMPILE_H
#define MN_COMPILE_H

#include "engine/backend.h"
#include "engine/graph/uses.h"
#include "engine/lower/values.h"

G_BEGIN_DECLS

/* Arrays are by tensor, but for absorbed. */
typedef struct
{
  MnBackendPlan *plan; /* the backend's own */
  const MnGraph *graph;
  GArray *values; /* MnValue, the plan's */
  MnUses *uses;
  gboolean fuses;     /* FALSE: a layer is an operator */
  const MnNode *node; /* the one that is being made, and its index */
  guint index;
  gint *sums;         /* value of its sums over height and width; -1: none */
  guint *n_sums;      /* parts that they come in */
  gint *gate;         /* value of the factors that its reader has to apply, a
                       * channel each; -1: none */
  gboolean *absorbed; /* by node: an earlier one computes it */
} MnCompile;

/* Appends what node computes to the plan. */
typedef gboolean (*MnMake) (MnCompile *c, const MnNode *node, GError **error);

typedef struct
{
  MnMake make;               /* NULL: not supported */
  gboolean takes_activation; /* it applies the node's activation itself */
} MnMaker;

typedef struct
{
  const gchar *where; /* what an operator without a maker is not supported by
                       * or on */
  MnMake check;       /* before each; NULL: nothing */
  /* Appends the node's activation of value x, its output or its input. NULL
   * where all of them take it. */
  gboolean (*activate) (MnCompile *c, const MnNode *node, gint x,
      GError **error);
  const MnMaker *ops; /* by operator: MN_N_OPS */
} MnMakers;

/* The graph outlives c, and so do plan and values. */
void mn_compile_init (MnCompile *c, MnBackendPlan *plan, const MnGraph *graph,
    GArray *values, gboolean fuses);
void mn_compile_clear (MnCompile *c);
/* Makes all nodes: those with bytes at one end by integers, where there are
 * such makers. FALSE: as the maker says, or MN_ERROR_UNSUPPORTED. */
gboolean mn_compile_nodes (MnCompile *c, const MnMakers *floats,
    const MnMakers *integers, GError **error);

/* FALSE with MN_ERROR_UNSUPPORTED, led by the file, layer and operator. */
gboolean mn_compile_refuse (MnCompile *c, const MnNode *node, GError **error,
    const gchar *format, ...) G_GNUC_PRINTF (4, 5);
/* TRUE for a graph of one input, which is all that backends compute; else
 * MN_ERROR_UNSUPPORTED. */
gboolean mn_compile_has_one_input (const MnGraph *graph, GError **error);

/* The node whose inputs[0] the output of this one is, it being the last that
 * reads it; NULL: none, or as another input. */
const MnNode *mn_compile_reader (const MnCompile *c, const MnNode *node);

/* Squeeze-and-excite: whether it will ask for the sums of what node, a
 * depthwise convolution, writes. */
gboolean mn_compile_wants_sums (const MnCompile *c, const MnNode *node);
/* Whether whoever reads the value of node, a squeeze-and-excite, can multiply
 * by the gate itself; and leaves it to him. */
gboolean mn_compile_takes_gate (const MnCompile *c, const MnNode *node);
void mn_compile_leave_gate (MnCompile *c, const MnNode *node, gint gate);

G_END_DECLS

#endif /* MN_COMPILE_H */
