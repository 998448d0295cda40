/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/lower/conv_case.h"

static gboolean
is_pointwise (const MnTensor *w, const MnConvParams *p)
{
  return w->dims[1] == 1 && w->dims[2] == 1 && p->stride_h == 1
      && p->stride_w == 1 && !p->pad_top && !p->pad_left && !p->pad_bottom
      && !p->pad_right;
}

static gboolean
is_square (const MnTensor *w, const MnConvParams *p)
{
  return w->dims[1] == w->dims[2] && (w->dims[1] == 3 || w->dims[1] == 5)
      && p->stride_h == p->stride_w && p->stride_h <= 2 && p->dilation_h == 1
      && p->dilation_w == 1;
}

MnConvCase
mn_conv_case (const MnGraph *graph, const MnNode *node)
{
  const MnConvParams *p = &node->params.conv;
  const MnTensor *x, *w;

  if (node->op != MN_OP_CONV_2D && node->op != MN_OP_DEPTHWISE_CONV_2D)
    return MN_CONV_NOT;
  x = mn_graph_input_of (graph, node, 0);
  w = mn_graph_input_of (graph, node, 1);
  if (node->op == MN_OP_CONV_2D)
    return is_pointwise (w, p) ? MN_CONV_POINTWISE : MN_CONV_ANY;
  if (mn_graph_tensor (graph, node->outputs[0])->dims[3] != x->dims[3])
    return MN_CONV_DEPTHWISE_MULTIPLIER;
  return is_square (w, p) ? MN_CONV_DEPTHWISE_SQUARE : MN_CONV_DEPTHWISE_ANY;
}
