/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How far pixels are apart.
 *
 * A vector that lies across two cache lines costs twice, and with 72 or 88
 * channels half of them do. Pictures that only convolutions touch get room
 * behind each pixel, up to a whole number of lines; kernels then also need no
 * special case for the last channels. An odd number of lines, so that pixels
 * below each other do not fall on the same few places of a cache. */

#include "engine/base/cpu_cache.h"
#include "engine/cpu/lower/plan.h"
#include "engine/lower/conv_case.h"

/* Whether node reads its input i pixel by pixel. */
static gboolean
reads_pixels (MnCompile *c, const MnNode *node, guint i)
{
  if (node->op == MN_OP_CONV_2D)
    return i == 0 || i == MN_CONV_RESIDUAL;
  return i == 0 && mn_conv_is_by_channel (mn_conv_case (c->graph, node));
}

static gboolean
writes_pixels (MnCompile *c, const MnNode *node)
{
  return node->op == MN_OP_CONV_2D
      || mn_conv_is_by_channel (mn_conv_case (c->graph, node));
}

/* The one reader of a depthwise result is squeeze-and-excite, which takes the
 * sums and leaves the product to the projection. */
static gboolean
is_gated (MnCompile *c, const MnNode *writer)
{
  return mn_conv_is_by_channel (mn_conv_case (c->graph, writer))
      && mn_uses_only_reader (c->uses, writer->outputs[0]) >= 0
      && mn_compile_wants_sums (c, writer)
      && mn_compile_takes_gate (c, mn_compile_reader (c, writer));
}

static gboolean
is_picture (const MnTensor *t)
{
  return t->rank == 4 && t->dtype == MN_DTYPE_F32 && !t->data && t->dims[0] == 1
      && t->dims[1] * t->dims[2] > 1;
}

/* Channels with the room behind them, in elements. */
static gsize
padded (gsize channels, gsize size)
{
  gsize lines = (channels * size + MN_CACHE_LINE - 1) / MN_CACHE_LINE;

  if (lines > 1 && lines % 2 == 0)
    lines++;
  /* More memory to go through costs too. */
  return lines * MN_CACHE_LINE * 3 <= channels * size * 4
      ? lines * MN_CACHE_LINE / size
      : channels;
}

void
mn_cpu_choose_strides (MnCompile *c)
{
  guint n = c->graph->tensors->len, i, j;
  g_autofree gboolean *dense = g_new0 (gboolean, n);

  for (i = 0; i < c->graph->outputs->len; i++)
    dense[g_array_index (c->graph->outputs, gint, i)] = TRUE;
  for (i = 0; i < c->graph->nodes->len; i++) {
    const MnNode *node = mn_graph_node (c->graph, i);

    for (j = 0; j < node->n_inputs; j++) {
      if (node->inputs[j] >= 0 && !reads_pixels (c, node, j))
        dense[node->inputs[j]] = TRUE;
    }
  }
  for (i = 0; i < c->graph->nodes->len; i++) {
    const MnNode *node = mn_graph_node (c->graph, i);
    const MnTensor *y = mn_graph_tensor (c->graph, node->outputs[0]);
    MnValue *v = mn_value (c->values, node->outputs[0]);

    /* Whoever reads a picture under another shape, through a RESHAPE, takes
     * its elements as they follow each other: dense. */
    if (!is_picture (y) || !writes_pixels (c, node)
        || (dense[node->outputs[0]] && !is_gated (c, node)))
      continue;
    v->pixel = padded (y->dims[3], mn_element_size (c->plan->element));
    v->size = v->size / y->dims[3] * v->pixel;
  }
}
