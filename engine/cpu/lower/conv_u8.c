/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Convolutions of quantised networks. */

#include "engine/cpu/kernels/pack_u8.h"
#include "engine/cpu/lower/quant.h"

#include <stdlib.h>
#include <string.h>

typedef struct
{
  MnCpuLayer layer;
  MnConvU8Args args;
  MnConvU8S16Func func;
  MnConvU8S8Func func8; /* NULL: func */
  gsize out_h;
  gsize n_units, n_tiles; /* of func8: pixels or rows, and tiles of
                           * channels; one of them is split */
  gboolean splits_tiles;
  gboolean looks_up;
  guint8 table[256]; /* of func8: args.table; of func: what becomes
                      * of the bytes that it stores */
  gpointer channels; /* of func: what there is by channel, and its weights
                      * of 16 bits; g_free */
  gpointer packed;   /* of func8: its weights; free */
} QConv;

static void
clear_qconv (MnCpuLayer *layer)
{
  QConv *q = (QConv *) layer;

  g_free (q->channels);
  free (q->packed);
}

static void
run_qconv (const MnCpuLayer *layer, const MnCpuExec *exec, guint task,
    guint thread)
{
  const QConv *q = (const QConv *) layer;
  gpointer scratch = exec->scratch + thread * exec->plan->scratch_size;
  gsize row = q->args.out_w * q->args.out_c, first, end;
  guint8 *y = mn_cpu_value (exec, layer->out);

  mn_cpu_split (q->out_h, task, layer->n_tasks, &first, &end);
  q->func (first, end, mn_cpu_value (exec, layer->in[MN_CPU_IN]), y, scratch,
      &q->args);
  if (q->looks_up)
    exec->plan->kernels.u8.lookup ((end - first) * row, y + first * row,
        y + first * row, q->table);
}

static void
run_qconv8 (const MnCpuLayer *layer, const MnCpuExec *exec, guint task,
    guint thread)
{
  const QConv *q = (const QConv *) layer;
  gpointer scratch = exec->scratch + thread * exec->plan->scratch_size;
  gsize first = 0, end = q->n_units, first_tile = 0, end_tile = q->n_tiles;

  if (q->splits_tiles)
    mn_cpu_split (q->n_tiles, task, layer->n_tasks, &first_tile, &end_tile);
  else
    mn_cpu_split (q->n_units, task, layer->n_tasks, &first, &end);
  q->func8 (first, end, first_tile, end_tile,
      mn_cpu_value (exec, layer->in[MN_CPU_IN]),
      mn_cpu_value (exec, layer->out), scratch, &q->args);
}

static const MnCpuKind qconv_kind = {sizeof (QConv), run_qconv, clear_qconv};
static const MnCpuKind qconv8_kind = {sizeof (QConv), run_qconv8, clear_qconv};

/* Per channel quantisation: that of output channel c. */
static guint
quant_of (const MnTensor *w, gsize c)
{
  return w->quant.n > 1 ? c : 0;
}

static gboolean
check_weights (MnCompile *c, const MnNode *node, const MnTensor *w,
    const MnTensor *bias, gsize out_c, GError **error)
{
  if (!w || !w->data || (bias && !bias->data))
    return mn_compile_refuse (c, node, error,
        "weights that are not constant are not supported");
  if ((w->dtype != MN_DTYPE_I8 && w->dtype != MN_DTYPE_U8)
      || (w->quant.n != 1 && w->quant.n != out_c)
      || (bias && bias->dtype != MN_DTYPE_I32))
    return mn_compile_refuse (c, node, error,
        "integer activations with weights of type %s (%u scales) and bias "
        "of type %s are not supported",
        mn_dtype_name (w->dtype), w->quant.n,
        bias ? mn_dtype_name (bias->dtype) : "none");
  return TRUE;
}

/* Shapes; a fully connected layer is a 1x1 picture with many channels, or
 * as many rows as there are vectors. */
static void
fill_shape (const MnNode *node, const MnTensor *x, const MnTensor *w,
    const MnTensor *y, QConv *q)
{
  MnConvU8Args *a = &q->args;

  a->out_c = y->dims[y->rank - 1];
  a->kernel_h = a->kernel_w = a->stride_h = a->stride_w = 1;
  a->dilation_h = a->dilation_w = 1;
  a->multiplier = 1;
  if (node->op == MN_OP_FULLY_CONNECTED) {
    a->in_c = w->dims[1];
    a->in_h = q->out_h = x->n_elements / a->in_c;
    a->in_w = a->out_w = 1;
    return;
  }
  a->in_h = x->dims[1];
  a->in_w = x->dims[2];
  a->in_c = x->dims[3];
  q->out_h = y->dims[1];
  a->out_w = y->dims[2];
  a->kernel_h = w->dims[1];
  a->kernel_w = w->dims[2];
  a->stride_h = node->params.conv.stride_h;
  a->stride_w = node->params.conv.stride_w;
  a->dilation_h = node->params.conv.dilation_h;
  a->dilation_w = node->params.conv.dilation_w;
  a->pad_top = node->params.conv.pad_top;
  a->pad_left = node->params.conv.pad_left;
  a->multiplier = a->out_c / a->in_c;
}

/* Room for what there is by channel, and n_weights of 16 bits behind it, with
 * what is there already. FALSE: no memory. */
static gboolean
resize_channels (QConv *q, gsize padded, gsize n_weights)
{
  gsize size = 4 * padded * sizeof (gint32) + n_weights * sizeof (gint16);
  gpointer channels = q->channels ? g_try_realloc (q->channels, size)
                                  : g_try_malloc0 (size);

  if (!channels)
    return FALSE;
  q->channels = channels;
  q->args.bias = channels;
  q->args.multipliers = q->args.bias + padded;
  q->args.lefts = q->args.multipliers + padded;
  q->args.rights = q->args.lefts + padded;
  q->args.weights = (const gint16 *) (q->args.rights + padded);
  return TRUE;
}

/* The 8-bit kernel has all of it in its weights. */
static void
drop_channels (QConv *q)
{
  g_clear_pointer (&q->channels, g_free);
  q->args.bias = q->args.multipliers = q->args.lefts = q->args.rights = NULL;
  q->args.weights = NULL;
}

/* The factor of channel c. LiteRT rounds the product of the two scales to
 * float where there is one scale for all channels and the kernel is an old
 * one: uint8, or fully connected. */
static MnFactor
factor_of (const MnNode *node, const MnTensor *w, const MnConvU8Args *a,
    gsize c)
{
  gfloat scale = w->quant.scale[quant_of (w, c)];
  gdouble product = (gdouble) a->x.scale * (gdouble) scale;

  if (w->quant.n == 1
      && (w->dtype == MN_DTYPE_U8 || node->op == MN_OP_FULLY_CONNECTED))
    product = (gfloat) product;
  return mn_factor (product / (gdouble) a->y.scale);
}

static void
fill_channels (const MnNode *node, const MnTensor *w, const MnTensor *bias,
    MnConvU8Args *a)
{
  gsize c;

  for (c = 0; c < a->out_c; c++) {
    MnFactor factor = factor_of (node, w, a, c);

    ((gint32 *) a->multipliers)[c] = factor.multiplier;
    ((gint32 *) a->lefts)[c] = MAX (factor.shift, 0);
    ((gint32 *) a->rights)[c] = MAX (-factor.shift, 0);
  }
  if (bias)
    memcpy ((gint32 *) a->bias, bias->data, a->out_c * sizeof (gint32));
}

/* Channels that LiteRT's vectors of int8 have, in a depthwise convolution. */
#define DW_LANES 8

/* How a depthwise convolution rounds (kernels_u8.h). */
static void
set_rounding (gboolean is_signed, MnConvU8Args *a)
{
  a->n_up = is_signed ? a->out_c / DW_LANES * DW_LANES : 0;
  /* Only halves below zero differ: nobody sees them. */
  if (a->lo >= a->y.zero)
    a->n_up = a->out_c;
}

/* The 8-bit kernel's weights and tasks; FALSE: no memory. */
static gboolean
use_qconv8 (MnCompile *c, QConv *q, gboolean depthwise, const MnByteWeights *w)
{
  MnCpuLayer *layer = &q->layer;
  const MnU8S8Kernels *s8 = &c->plan->kernels.u8.s8;
  guint8 stored[256];
  gsize outputs = q->out_h * q->args.out_w * q->args.out_c, most, size;
  gint i;

  q->args.is_narrow = q->out_h * q->args.out_w == 1
      && mn_u8_s8_can_narrow (s8, depthwise, &q->args, w);
  size = mn_u8_s8_size (s8, depthwise, &q->args);
  if (mn_cpu_count_packed (c, size))
    q->packed = mn_cpu_alloc (size);
  if (!q->packed)
    return FALSE;
  mn_u8_s8_pack (s8, depthwise, &q->args, w, q->packed);
  q->args.packed = q->packed;
  q->func8 = depthwise ? s8->dwconv : s8->conv;
  memcpy (stored, q->table, 256);
  for (i = 0; i < 256; i++)
    q->table[i] = stored[CLAMP (i, q->args.lo, q->args.hi) ^ q->args.y.flip];
  s8->pack_table (q->table);
  q->n_units = depthwise ? q->out_h : q->out_h * q->args.out_w;
  q->n_tiles = mn_u8_s8_tiles (s8, depthwise, &q->args);
  layer->kind = &qconv8_kind;
  layer->scratch = mn_u8_s8_scratch (s8, depthwise, &q->args);
  /* Small pictures: each thread reads its own weights only. */
  most = 2 * c->plan->threads;
  q->splits_tiles = q->n_tiles >= most
      && q->n_units < (depthwise ? 2 * most : 64);
  layer->n_tasks = mn_cpu_n_tasks (c, q->splits_tiles ? q->n_tiles : q->n_units,
      layer->flops / 8 + 4 * outputs);
  return TRUE;
}

/* The 16-bit one's. */
static gboolean
use_qconv16 (MnCompile *c, QConv *q, gboolean depthwise, gsize padded,
    const MnByteWeights *w)
{
  MnCpuLayer *layer = &q->layer;
  const MnU8Kernels *kernels = &c->plan->kernels.u8;
  gsize k = (gsize) q->args.kernel_h * q->args.kernel_w
      * (depthwise ? 1 : q->args.in_c);
  gsize size = mn_u8_s16_size (kernels, depthwise, q->args.out_c, k);

  if (!mn_cpu_count_packed (c, size * sizeof (gint16))
      || !resize_channels (q, padded, size))
    return FALSE;
  mn_u8_s16_pack (kernels, depthwise, q->args.out_c, k, w,
      (gint16 *) q->args.weights);
  q->func = depthwise ? kernels->dwconv : kernels->conv;
  layer->scratch = mn_u8_s16_scratch (kernels, q->args.out_c, k);
  layer->n_tasks = mn_cpu_n_tasks (c, q->out_h, layer->flops);
  return TRUE;
}

/* Packs the weights for the kernel that computes this. FALSE: no memory. */
static gboolean
choose_kernel (MnCompile *c, const MnNode *node, QConv *q, gsize padded,
    const MnTensor *w)
{
  gboolean depthwise = node->op == MN_OP_DEPTHWISE_CONV_2D;
  gsize n = q->args.out_c, k = w->n_elements / n;
  MnByteWeights weights = {w->data, w->dtype == MN_DTYPE_I8, depthwise ? n : 1,
    depthwise ? 1 : k, w->quant.zero_point, w->quant.n > 1};

  q->args.n_up = n;
  if (depthwise)
    set_rounding (weights.is_signed, &q->args);
  if (!mn_u8_s8_takes (&c->plan->kernels.u8.s8, depthwise, &q->args, &weights))
    return use_qconv16 (c, q, depthwise, padded, &weights);
  if (!use_qconv8 (c, q, depthwise, &weights))
    return FALSE;
  drop_channels (q);
  if (q->looks_up)
    q->args.table = q->table;
  return TRUE;
}

static gboolean
no_memory (MnCompile *c, const MnNode *node, GError **error)
{
  g_set_error (error, MN_ERROR, MN_ERROR_NO_MEMORY,
      "%s: layer %u (%s): no memory for its weights", c->graph->name,
      node->layer, mn_op_name (node->op));
  return FALSE;
}

gboolean
mn_cpu_make_qconv (MnCompile *c, const MnNode *node, GError **error)
{
  const MnTensor *x = mn_graph_input_of (c->graph, node, 0);
  const MnTensor *w = mn_graph_input_of (c->graph, node, 1);
  const MnTensor *bias = mn_graph_input_of (c->graph, node, 2);
  const MnTensor *y = mn_graph_tensor (c->graph, node->outputs[0]);
  gboolean depthwise = node->op == MN_OP_DEPTHWISE_CONV_2D;
  gsize out_c = y->dims[y->rank - 1], step = c->plan->kernels.u8.step;
  gsize padded = (out_c + step - 1) / step * step;
  MnCpuLayer *layer;
  QConv *q;

  if (!check_weights (c, node, w, bias, out_c, error))
    return FALSE;
  q = mn_cpu_add_layer (c, node, "", depthwise ? "int8 depthwise" : "int8 conv",
      &qconv_kind);
  layer = &q->layer;
  if (!resize_channels (q, padded, 0))
    return no_memory (c, node, error);
  if (!mn_cpu_bytes (c, node, 0, &q->args.x, error)
      || !mn_cpu_bytes (c, node, -1, &q->args.y, error))
    return FALSE;
  fill_shape (node, x, w, y, q);
  mn_bytes_range (&q->args.y, mn_act (node->activation), &q->args.lo,
      &q->args.hi);
  fill_channels (node, w, bias, &q->args);
  layer->in[MN_CPU_IN] = node->inputs[0];
  layer->out = mn_cpu_absorb_functions (c, node->outputs[0], q->table,
      &q->looks_up);
  layer->flops = 2.0 * y->n_elements * (w->n_elements / out_c);
  layer->bytes = x->n_elements + y->n_elements + w->n_elements;
  return choose_kernel (c, node, q, padded, w) || no_memory (c, node, error);
}
