/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is known of each operator, a row each: the one place where the
 * validator, the passes and the descriptions ask. No order of MnOp means
 * anything. */

#ifndef MN_OPERATORS_H
#define MN_OPERATORS_H

#include "engine/graph/graph.h"

G_BEGIN_DECLS

typedef struct _MnCheck MnCheck; /* validate_internal.h */
typedef struct _MnShape MnShape;

/* In all of these 0 says that the row is incomplete. */

/* What it is for people: the colour of its box. */
typedef enum
{
  MN_KIND_CONV = 1, /* also FULLY_CONNECTED */
  MN_KIND_DEPTHWISE,
  MN_KIND_BLOCK, /* several operators in one */
  MN_KIND_POOL,
  MN_KIND_ARITHMETIC, /* of two operands; broadcasts */
  MN_KIND_FUNCTION,   /* of each value, or of a row of them */
  MN_KIND_OTHER
} MnOpKind;

/* What it does to values. */
typedef enum
{
  MN_WORK_COMPUTES = 1,
  MN_WORK_MOVES,    /* the same values in other places */
  MN_WORK_RENAMES,  /* the same values where they are, with another shape */
  MN_WORK_CONVERTS, /* the same values in another type */
  MN_WORK_INDEXES   /* sizes and indices, on the way to a constant: none is
                     * left after folding */
} MnOpWork;

/* What the scale and zero point of an integer output are. */
typedef enum
{
  MN_QUANTISED_NEVER = 1, /* has none, or no integer output */
  MN_QUANTISED_OWN,       /* the output's own */
  MN_QUANTISED_SAME,      /* the input's */
  MN_QUANTISED_UNIT       /* fixed: 1/256 from the lowest integer on */
} MnOpQuantised;

/* When the output is known before any frame. */
typedef enum
{
  MN_FOLD_NEVER = 1,
  MN_FOLD_CONSTANTS, /* where all inputs are */
  MN_FOLD_ALWAYS     /* made of shapes alone */
} MnOpFold;

/* Whether input 1 are weights, 2 a bias; where the output channels lie. */
typedef enum
{
  MN_WEIGHTS_NONE = 1,
  MN_WEIGHTS_FIRST, /* along the weights' first axis */
  MN_WEIGHTS_LAST
} MnOpWeights;

/* Where the size of the window that moves over a picture stands. */
typedef enum
{
  MN_WINDOW_NONE = 1,
  MN_WINDOW_WEIGHTS, /* params.conv and the weights' shape */
  MN_WINDOW_POOL     /* params.pool */
} MnOpWindow;

typedef struct
{
  const gchar *name;
  MnOpKind kind;
  struct
  {
    guint least, most;
    guint needed;   /* so many of the first must not be left out */
    guint operands; /* so many of the first are values, the others weights
                     * or parameters */
  } inputs;
  struct
  {
    guint least, most;
  } outputs;
  MnOpWork work;
  MnOpQuantised quantised;
  MnOpFold fold;
  MnOpWeights weights;
  MnOpWindow window;
  /* The activation that does the same inside another node; left out, which is
   * MN_ACT_NONE: there is none. */
  MnActivation activation;
  /* Types of operands and results that some backend computes. */
  gboolean (*check) (const MnCheck *check, GError **error);
  /* Whether the operands' shapes go together; the outputs' shapes, of which
   * there are as many as outputs, zeros before; the node's resolved
   * paddings. */
  gboolean (*infer) (const MnCheck *check, MnNode *node, MnShape *shapes,
      GError **error);
  /* Multiply-adds for a batch of 1. */
  guint64 (*macs) (const MnGraph *graph, const MnNode *node);
  /* The outputs of a node that folds, as constants of the graph's own. NULL
   * where it never folds. */
  gboolean (*evaluate) (const MnGraph *graph, const MnNode *node,
      GError **error);
} MnOperator;

/* The row of an operator. */
const MnOperator *mn_operator (MnOp op);

/* The size of the node's window and how far it moves downwards; FALSE: it has
 * none. */
gboolean mn_node_window (const MnGraph *graph, const MnNode *node, gint *height,
    gint *width, gint *stride);
/* Output channels of a node with weights. */
gint32 mn_node_channels (const MnGraph *graph, const MnNode *node);

/* Elements of a constant as floats: float16, or integers by their
 * quantisation. out: n_elements. FALSE where the type has no such meaning. */
gboolean mn_tensor_to_float (const MnTensor *tensor, gfloat *out);
/* The quantisation of what to's values are made of becomes to's, or is not
 * remembered. */
void mn_tensor_remember_quant (MnTensor *to, const MnTensor *from);
void mn_tensor_forget_quant (MnTensor *tensor);

/* Sets error, led by the file, the layer and the operator. */
void mn_node_fail (const MnGraph *graph, const MnNode *node, MnError code,
    GError **error, const gchar *format, ...) G_GNUC_PRINTF (5, 6);

G_END_DECLS

#endif /* MN_OPERATORS_H */
