/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The cases of a convolution that are computed differently. */

#ifndef MN_CONV_CASE_H
#define MN_CONV_CASE_H

#include "engine/graph/graph.h"

G_BEGIN_DECLS

typedef enum
{
  MN_CONV_NOT,       /* no convolution of pictures */
  MN_CONV_POINTWISE, /* 1x1, pixel by pixel: a product of matrices */
  MN_CONV_ANY,
  MN_CONV_DEPTHWISE_SQUARE, /* 3x3 or 5x5, of stride 1 or 2 both ways, not
                             * dilated */
  MN_CONV_DEPTHWISE_ANY,
  MN_CONV_DEPTHWISE_MULTIPLIER /* several outputs of an input channel */
} MnConvCase;

/* That of a validated node. */
MnConvCase mn_conv_case (const MnGraph *graph, const MnNode *node);

/* TRUE when output channels are of the input channels below them. */
static inline gboolean
mn_conv_is_by_channel (MnConvCase c)
{
  return c == MN_CONV_DEPTHWISE_SQUARE || c == MN_CONV_DEPTHWISE_ANY;
}

G_END_DECLS

#endif /* MN_CONV_CASE_H */
