/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Rewrites of a validated graph. Each keeps the graph valid and its result
 * the same up to float rounding; each is a file that draws before and after.
 * Passes never look at a backend. Fusions are for float graphs: integer
 * nodes keep the rounding of their operators and are left alone. */

#ifndef MN_PASSES_H
#define MN_PASSES_H

#include "engine/graph/graph.h"

G_BEGIN_DECLS

/* All of the below, in the order that they need. */
gboolean mn_passes_run (MnGraph *graph, GError **error);

/* SHAPE, STRIDED_SLICE, PACK, RESHAPE, DEQUANTIZE of constants. */
gboolean mn_pass_fold_constants (MnGraph *graph, GError **error);
/* int8 weights with float activations, float16 weights: become float32. */
gboolean mn_pass_float_weights (MnGraph *graph, GError **error);
/* PAD in front of a convolution goes into its padding. */
gboolean mn_pass_fuse_pad (MnGraph *graph, GError **error);
/* MUL or ADD by constants at the start of the graph: input_scale, _offset. */
gboolean mn_pass_fold_input_scale (MnGraph *graph, GError **error);
/* MUL, ADD by per-channel constants after a convolution: its weights. */
gboolean mn_pass_fold_batchnorm (MnGraph *graph, GError **error);
/* add 3, relu6, times 1/6 (also with the 3 inside a convolution's bias)
 * becomes HARD_SIGMOID; times x, HARD_SWISH. */
gboolean mn_pass_fuse_hard_swish (MnGraph *graph, GError **error);
/* RELU, RELU6, HARD_SWISH, HARD_SIGMOID, LOGISTIC as the activation of the
 * node that feeds only them. */
gboolean mn_pass_fuse_activation (MnGraph *graph, GError **error);
/* A global AVERAGE_POOL_2D becomes MEAN; 1x1 convolutions of 1x1 pictures
 * become FULLY_CONNECTED-shaped CONV_2D, left to the backend. */
gboolean mn_pass_canonical_pool (MnGraph *graph, GError **error);
/* MEAN, 1x1, act, 1x1, gate, MUL becomes SQUEEZE_EXCITE. */
gboolean mn_pass_fuse_squeeze_excite (MnGraph *graph, GError **error);
/* ADD of a convolution's value and another tensor: its residual. */
gboolean mn_pass_fuse_residual (MnGraph *graph, GError **error);
/* Drops nodes nobody reads, and tensors nobody names (indices change). */
gboolean mn_pass_remove_dead (MnGraph *graph, GError **error);

G_END_DECLS

#endif /* MN_PASSES_H */
