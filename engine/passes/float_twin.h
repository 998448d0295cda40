/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A network of integers as one of floats: what a backend without integers
 * computes instead. */

#ifndef MN_FLOAT_TWIN_H
#define MN_FLOAT_TWIN_H

#include "engine/graph/graph.h"

G_BEGIN_DECLS

/* The numbers that the integers stand for go through the same operators, and
 * are not rounded in between: a result differs by some steps of its
 * quantisation from that of integers. Where a convolution's range begins at
 * zero, and maybe ends at six, what would be cut off there still is.
 *
 * Inputs and outputs are in the same order and of the same shapes, all float.
 * Passes have run. It borrows the constants that it need not change, so graph
 * must outlive it. NULL: error, MN_ERROR_UNSUPPORTED where some part of it has
 * no such meaning. graph is valid and is not all of floats. */
MnGraph *mn_float_twin_new (const MnGraph *graph, GError **error);
/* An input that was written for graph, times scale plus offset, is one for its
 * twin: what that does first may be folded into its input_scale. A value a
 * channel. */
void mn_float_twin_get_scale (const MnGraph *twin, const MnGraph *graph,
    gfloat scale[4], gfloat offset[4]);
/* Frees constants that are its own; who compiled it needs them no more. */
void mn_float_twin_forget_constants (MnGraph *twin);

G_END_DECLS

#endif /* MN_FLOAT_TWIN_H */
