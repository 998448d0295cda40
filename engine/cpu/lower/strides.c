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

gsize
mn_cpu_pixel (const MnBackendPlan *plan, gint value)
{
  return g_array_index (plan->values, MnCpuValue, value).pixel;
}

static gboolean
is_depthwise (MnCpuCompile *c, const MnNode *node)
{
  const MnTensor *x = mn_graph_input_of (c->graph, node, 0);
  const MnTensor *y = mn_graph_tensor (c->graph, node->outputs[0]);

  return node->op == MN_OP_DEPTHWISE_CONV_2D && x->rank == 4
      && x->dims[3] == y->dims[3];
}

/* Whether node reads its input i pixel by pixel. */
static gboolean
reads_pixels (MnCpuCompile *c, const MnNode *node, guint i)
{
  if (node->op == MN_OP_CONV_2D)
    return i == 0 || i == MN_CONV_RESIDUAL;
  return is_depthwise (c, node) && i == 0;
}

static gboolean
writes_pixels (MnCpuCompile *c, const MnNode *node)
{
  return node->op == MN_OP_CONV_2D || is_depthwise (c, node);
}

/* The one reader of a depthwise result is squeeze-and-excite, which takes the
 * sums and leaves the product to the projection. */
static gboolean
is_gated (MnCpuCompile *c, const MnNode *writer)
{
  gint t = writer->outputs[0];
  const MnNode *reader;

  if (!is_depthwise (c, writer) || c->n_readers[t] != 1 || c->reader[t] < 0)
    return FALSE;
  reader = mn_graph_node (c->graph, c->reader[t]);
  return reader->op == MN_OP_SQUEEZE_EXCITE && reader->inputs[0] == t
      && mn_cpu_reader_takes_gate (c, reader);
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
mn_cpu_choose_strides (MnCpuCompile *c)
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
    MnCpuValue *v = &g_array_index (c->plan->values, MnCpuValue,
        node->outputs[0]);

    /* Whoever reads a picture under another shape, through a RESHAPE, takes
     * its elements as they follow each other: dense. */
    if (!is_picture (y) || !writes_pixels (c, node)
        || (dense[node->outputs[0]] && !is_gated (c, node)))
      continue;
    v->pixel = padded (y->dims[3], mn_element_size (c->plan->element));
    v->size = v->size / y->dims[3] * v->pixel;
  }
}
