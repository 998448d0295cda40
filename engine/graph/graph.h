/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The graph: tensors and the nodes between them, in execution order.
 *
 * Shapes are logical NHWC whatever the file or a backend uses; no kernel's
 * layout shows here. The batch (dims[0] of an activation) is 1 in the graph;
 * a backend computes n of them. Quantisation is data on each tensor.
 *
 * A reader builds a graph, mn_graph_validate checks it and infers shapes,
 * the passes rewrite it. After validation everything may assert.
 */

#ifndef MN_GRAPH_H
#define MN_GRAPH_H

#include "engine/base/error.h"
#include "engine/base/file.h"

G_BEGIN_DECLS

typedef enum
{
  MN_OP_CONV_2D,           /* in: x, weights OHWI, bias or -1,
                            * residual or absent */
  MN_OP_DEPTHWISE_CONV_2D, /* in: x, weights 1HWC, bias or -1 */
  MN_OP_FULLY_CONNECTED,   /* in: x, weights OI, bias or -1 */
  MN_OP_AVERAGE_POOL_2D,   /* padding does not count */
  MN_OP_MAX_POOL_2D,
  MN_OP_MEAN, /* in: x, axes (i32 constant) */
  MN_OP_ADD,  /* broadcasts, as SUB and MUL */
  MN_OP_SUB,
  MN_OP_MUL,
  MN_OP_PAD, /* in: x, paddings [rank][2] (i32) */
  MN_OP_RELU,
  MN_OP_RELU6,
  MN_OP_HARD_SWISH,
  MN_OP_LOGISTIC,
  MN_OP_SOFTMAX,   /* last axis */
  MN_OP_TRANSPOSE, /* in: x, order of its axes (i32 constant) */
  MN_OP_RESHAPE,   /* also SQUEEZE; shape = the output's */
  MN_OP_QUANTIZE,  /* float to integer, or integer to integer
                    * with other quantisation */
  MN_OP_DEQUANTIZE,
  MN_OP_SHAPE, /* these three only on the way to a constant:
                * none is left after folding */
  MN_OP_STRIDED_SLICE,
  MN_OP_PACK,
  /* made by passes */
  MN_OP_SQUEEZE_EXCITE, /* in: x [1,h,w,c], w1 OI [r,c], b1, w2 OI
                         * [c,r], b2; y = x * gate (w2 * act (w1 *
                         * mean (x) + b1) + b2); act = activation of
                         * the node, gate = params.se.gate */
  MN_OP_HARD_SIGMOID,   /* relu6 (x + 3) / 6, where it stands alone */
  MN_N_OPS
} MnOp;

typedef enum
{
  MN_ACT_NONE,
  MN_ACT_RELU,
  MN_ACT_RELU6,
  MN_ACT_RELU_N1_TO_1,
  MN_ACT_HARD_SWISH,   /* x * relu6 (x + 3) / 6; made by a pass */
  MN_ACT_HARD_SIGMOID, /* relu6 (x + 3) / 6; made by a pass */
  MN_ACT_SIGMOID       /* made by a pass */
} MnActivation;

typedef enum
{
  MN_PADDING_VALID,
  MN_PADDING_SAME, /* TensorFlow's: the odd row goes below */
  MN_PADDING_EXPLICIT
} MnPadding;

/* real = scale * (q - zero_point); a scale a tensor, or one a slice along
 * axis. Arrays belong to the graph. Of a constant of floats: what the integers
 * were that its values are made of. */
typedef struct
{
  guint n;    /* 0: not quantised; 1: per tensor */
  guint axis; /* of the dims, when n > 1 */
  gfloat *scale;
  gint64 *zero_point;
} MnQuant;

typedef struct
{
  gchar *name; /* never NULL */
  MnDType dtype;
  guint rank;
  gint32 dims[MN_MAX_RANK]; /* all >= 1 after validation; before it, -1
                             * for an unknown batch */
  gsize n_elements;         /* set by validation */
  MnQuant quant;
  gconstpointer data;         /* constant: dense, aligned to its type;
                               * NULL: an activation */
  gsize size;                 /* bytes at data */
  gpointer owned;             /* g_free'd with the tensor when the data is
                               * its own and not the model file's */
  gboolean is_variable_batch; /* the file leaves the batch open */
  gint8 uniform;              /* a float constant's values: 1 all the same,
                               * -1 not, 0 not known (mn_pass_uniform) */
} MnTensor;

typedef struct
{
  gint stride_h, stride_w;
  gint dilation_h, dilation_w;
  MnPadding padding;
  gint pad_top, pad_left, pad_bottom, pad_right; /* validation sets
                                                  * them */
} MnConvParams;

typedef struct
{
  gint filter_h, filter_w;
  gint stride_h, stride_w;
  MnPadding padding;
  gint pad_top, pad_left, pad_bottom, pad_right;
} MnPoolParams;

typedef struct
{
  gint32 begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask;
} MnSliceParams;

typedef struct
{
  MnOp op;
  MnActivation activation; /* applied to the node's value, before a
                            * residual is added */
  guint layer;             /* operator's index in the file */
  /* Tensor indices, the node's own arrays: changed by the functions below. */
  guint n_inputs, n_outputs;
  gint *inputs; /* -1: left out */
  gint *outputs;
  union
  {
    MnConvParams conv; /* CONV_2D, DEPTHWISE_CONV_2D */
    MnPoolParams pool;
    MnSliceParams slice;
    struct
    {
      gboolean keep_dims;
    } mean;
    struct
    {
      gfloat beta;
    } softmax;
    struct
    {
      gint axis;
    } pack;
    struct
    {
      MnActivation gate; /* HARD_SIGMOID or SIGMOID */
    } se;
  } params;
} MnNode;

typedef struct
{
  gchar *name;              /* of the file, for messages */
  GPtrArray *tensors;       /* MnTensor *, owned */
  GPtrArray *nodes;         /* MnNode *, owned, in execution order */
  GArray *inputs, *outputs; /* gint, tensor indices */
  GBytes *bytes;            /* the file that constants point into */
  MnFile *file;             /* a reference to what may give these bytes
                             * back; NULL: they stay */
  /* What the network does first to its declared input, a value a channel:
   * x * input_scale + input_offset (1 and 0 where it does nothing). Nodes
   * see the scaled values; whoever writes the input applies them. */
  gfloat input_scale[4], input_offset[4];
  guint64 n_folded; /* constant values that passes rewrote */
} MnGraph;

/* The residual input of a CONV_2D: same shape as the output, added after
 * bias and activation. */
#define MN_CONV_RESIDUAL 3

MnGraph *mn_graph_new (const gchar *name);
void mn_graph_free (MnGraph *graph);
/* Takes copies of the strings; returns the new tensor's index. */
gint mn_graph_add_tensor (MnGraph *graph, const gchar *name, MnDType dtype,
    guint rank, const gint32 *dims);
/* Appends a node with no inputs and one output, -1; owned by the graph. */
MnNode *mn_graph_add_node (MnGraph *graph, MnOp op, guint layer);
/* Input i becomes t; where there are fewer, those in between are left out. */
void mn_node_set_input (MnNode *node, guint i, gint t);
/* All inputs become these n, which may be the node's own. */
void mn_node_set_inputs (MnNode *node, guint n, const gint *inputs);
/* The same for the outputs. */
void mn_node_set_output (MnNode *node, guint i, gint t);
void mn_node_set_outputs (MnNode *node, guint n, const gint *outputs);
MnTensor *mn_graph_tensor (const MnGraph *graph, gint index);
MnNode *mn_graph_node (const MnGraph *graph, guint index);
/* The tensor of the graph's input i, and of its output i. */
MnTensor *mn_graph_input (const MnGraph *graph, guint i);
MnTensor *mn_graph_output (const MnGraph *graph, guint i);
/* Between the two calls a constant's data stays what it is, whoever holds the
 * model's file. Counted; of a constant that is there when it is kept. */
void mn_graph_keep (const MnGraph *graph, const MnTensor *constant);
void mn_graph_unkeep (const MnGraph *graph, const MnTensor *constant);
/* Bytes of a validated tensor's elements, constant or not. */
gsize mn_tensor_size (const MnTensor *tensor);
/* TRUE for integers of 8 bits, as quantised activations are; NULL: FALSE. */
gboolean mn_tensor_is_bytes (const MnTensor *tensor);
/* TRUE for integers of 32 and 64 bits, as shapes and axes are; NULL: FALSE. */
gboolean mn_tensor_is_index (const MnTensor *tensor);
/* Element i of a constant of those. */
gint64 mn_tensor_get_index (const MnTensor *tensor, gsize i);
/* The node's input tensor i; NULL where it is left out. */
MnTensor *mn_graph_input_of (const MnGraph *graph, const MnNode *node, guint i);
/* The node's output tensor i. */
MnTensor *
mn_graph_output_of (const MnGraph *graph, const MnNode *node, guint i);
const gchar *mn_op_name (MnOp op);
/* The residual input of a CONV_2D, a tensor; -1: none, as of others. */
gint mn_node_residual (const MnNode *node);
const gchar *mn_activation_name (MnActivation activation);

/* Checks everything that a kernel would otherwise have to: indices, order,
 * ranks, types, sizes of constants, padding, quantisation; infers every
 * shape and sets the resolved paddings; operators or types that no backend
 * computes are MN_ERROR_UNSUPPORTED. An unknown batch becomes 1. */
gboolean mn_graph_validate (MnGraph *graph, GError **error);

/* TRUE when activations are integers. */
gboolean mn_graph_is_quantised (const MnGraph *graph);
/* TRUE when all that is computed is floats, from floats. */
gboolean mn_graph_is_float (const MnGraph *graph);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MnGraph, mn_graph_free)

G_END_DECLS

#endif /* MN_GRAPH_H */
