/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Zeros around a picture become the padding of the convolution after it.
 *
 *   x --> PAD --> CONV_2D --> y        x --> CONV_2D (explicit) --> y
 *
 * The same for DEPTHWISE_CONV_2D. Only rows and columns, only float. */

#include "engine/passes/rewrite.h"

/* Rows and columns that PAD adds: top, bottom, left, right. */
static gboolean
get_paddings (const MnGraph *graph, const MnNode *pad, gint64 around[4])
{
  const MnTensor *x = mn_graph_input_of (graph, pad, 0);
  const MnTensor *paddings = mn_graph_input_of (graph, pad, 1);
  gint64 p[8];

  if (!mn_pass_is_float (graph, pad) || x->rank != 4 || !paddings
      || !paddings->data || paddings->n_elements != 8)
    return FALSE;
  for (guint i = 0; i < 8; i++) {
    if (paddings->dtype == MN_DTYPE_I32)
      p[i] = ((const gint32 *) paddings->data)[i];
    else if (paddings->dtype == MN_DTYPE_I64)
      p[i] = ((const gint64 *) paddings->data)[i];
    else
      return FALSE;
    if (p[i] < 0)
      return FALSE;
  }
  for (guint i = 0; i < 4; i++)
    around[i] = p[2 + i];
  return p[0] == 0 && p[1] == 0 && p[6] == 0 && p[7] == 0;
}

/* Adds around to the convolution's own padding. FALSE: more than a filter's
 * width of it, which no kernel has to expect. */
static gboolean
add_paddings (const MnGraph *graph, MnNode *conv, const gint64 around[4])
{
  const MnTensor *weights = mn_graph_input_of (graph, conv, 1);
  MnConvParams *params = &conv->params.conv;
  gint *const own[4] = {&params->pad_top, &params->pad_bottom,
    &params->pad_left, &params->pad_right};
  const gint64 reach[2] = {(gint64) (weights->dims[1] - 1) * params->dilation_h,
    (gint64) (weights->dims[2] - 1) * params->dilation_w};

  for (guint i = 0; i < 4; i++) {
    if (around[i] > reach[i / 2] - *own[i])
      return FALSE;
  }
  for (guint i = 0; i < 4; i++)
    *own[i] += around[i];
  params->padding = MN_PADDING_EXPLICIT;
  return TRUE;
}

gboolean
mn_pass_fuse_pad (MnGraph *graph, GError **error)
{
  g_autoptr (MnRewrite) rw = mn_rewrite_new (graph);

  for (guint k = 0; k < rw->n_nodes; k++) {
    MnNode *conv = mn_rewrite_node (rw, k), *pad;
    gint64 around[4];
    gint padded;

    if (!conv
        || (conv->op != MN_OP_CONV_2D && conv->op != MN_OP_DEPTHWISE_CONV_2D))
      continue;
    padded = conv->inputs[0];
    pad = mn_rewrite_producer (rw, padded, NULL);
    if (!pad || pad->op != MN_OP_PAD || pad->activation != MN_ACT_NONE
        || !mn_pass_is_float_conv (graph, conv)
        || !get_paddings (graph, pad, around)
        || !add_paddings (graph, conv, around))
      continue;
    mn_rewrite_set_input (rw, conv, 0, pad->inputs[0]);
    mn_rewrite_prune (rw, padded);
  }
  return TRUE;
}
