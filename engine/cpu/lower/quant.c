/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Operators of quantised networks other than convolutions. */

#include "engine/cpu/lower/quant.h"
#include "engine/lower/operands.h"

#include <string.h>

/* Bytes of a line of the cache. */
#define LINE 64

gboolean
mn_cpu_bytes (MnCompile *c, const MnNode *node, gint i, MnBytes *bytes,
    GError **error)
{
  const MnTensor *t = i < 0 ? mn_graph_tensor (c->graph, node->outputs[0])
                            : mn_graph_input_of (c->graph, node, i);

  if (t && mn_bytes_of (t, bytes))
    return TRUE;
  return mn_compile_refuse (c, node, error,
      "tensor \"%s\" of type %s with %u scales is not supported here",
      t ? t->name : "?", t ? mn_dtype_name (t->dtype) : "?",
      t ? t->quant.n : 0);
}

gpointer
mn_cpu_add_qlayer (MnCompile *c, const MnNode *node, const gchar *kernel,
    const MnCpuKind *kind)
{
  const MnTensor *x = mn_graph_input_of (c->graph, node, 0);
  const MnTensor *y = mn_graph_tensor (c->graph, node->outputs[0]);
  MnCpuLayer *layer = mn_cpu_add_layer (c, node, "", kernel, kind);

  layer->in[MN_CPU_IN] = node->inputs[0];
  layer->out = node->outputs[0];
  layer->flops = y->n_elements;
  layer->bytes = mn_tensor_size (x) + mn_tensor_size (y);
  return layer;
}

/* ---- between floats and bytes -------------------------------------------- */

typedef struct
{
  MnCpuLayer layer;
  MnBytes bytes;
  gsize n, n_vectors; /* elements; those that LiteRT has in vectors */
} QQuantise;

static void
run_quantise (const MnCpuLayer *layer, const MnCpuExec *exec, guint task,
    guint thread)
{
  const QQuantise *q = (const QQuantise *) layer;
  const gfloat *x = mn_cpu_value (exec, layer->in[MN_CPU_IN]);
  guint8 *y = mn_cpu_value (exec, layer->out);
  gsize first, end, middle;

  mn_cpu_split (q->n, task, layer->n_tasks, &first, &end);
  middle = CLAMP (q->n_vectors, first, end);
  exec->plan->kernels.u8.quantise_even (middle - first, x + first, y + first,
      &q->bytes);
  mn_quantise_rest_u8 (end - middle, x + middle, y + middle, &q->bytes);
}

static const MnCpuKind quantise_kind = {sizeof (QQuantise), run_quantise};

typedef struct
{
  MnCpuLayer layer;
  gsize n, n_vectors;
  gfloat table[256], rest[256]; /* of bytes as they lie in memory */
} QDequantise;

static void
run_dequantise (const MnCpuLayer *layer, const MnCpuExec *exec, guint task,
    guint thread)
{
  const QDequantise *q = (const QDequantise *) layer;
  const guint8 *x = mn_cpu_value (exec, layer->in[MN_CPU_IN]);
  gfloat *y = mn_cpu_value (exec, layer->out);
  gsize first, end, middle, i;

  mn_cpu_split (q->n, task, layer->n_tasks, &first, &end);
  middle = CLAMP (q->n_vectors, first, end);
  for (i = first; i < middle; i++)
    y[i] = q->table[x[i]];
  for (; i < end; i++)
    y[i] = q->rest[x[i]];
}

static const MnCpuKind dequantise_kind = {sizeof (QDequantise), run_dequantise};

static gboolean
make_quantise (MnCompile *c, const MnNode *node, GError **error)
{
  QQuantise *q = mn_cpu_add_qlayer (c, node, "quantise", &quantise_kind);
  MnCpuLayer *layer = &q->layer;

  q->n = mn_graph_tensor (c->graph, node->outputs[0])->n_elements;
  q->n_vectors = q->n / MN_QUANTISE_U8_STEP * MN_QUANTISE_U8_STEP;
  layer->n_tasks = mn_cpu_n_tasks (c, q->n, layer->flops);
  return mn_cpu_bytes (c, node, -1, &q->bytes, error);
}

static gboolean
make_dequantise (MnCompile *c, const MnNode *node, GError **error)
{
  QDequantise *q = mn_cpu_add_qlayer (c, node, "dequantise", &dequantise_kind);
  MnCpuLayer *layer = &q->layer;
  MnBytes bytes;
  gint i;

  if (!mn_cpu_bytes (c, node, 0, &bytes, error))
    return FALSE;
  q->n = mn_graph_tensor (c->graph, node->outputs[0])->n_elements;
  q->n_vectors = q->n / MN_DEQUANTISE_U8_STEP * MN_DEQUANTISE_U8_STEP;
  for (i = 0; i < 256; i++) {
    q->table[i] = mn_dequantise_u8 (&bytes, i, FALSE);
    q->rest[i] = mn_dequantise_u8 (&bytes, i, TRUE);
  }
  layer->n_tasks = mn_cpu_n_tasks (c, q->n, layer->flops);
  return TRUE;
}

static gboolean
make_convert (MnCompile *c, const MnNode *node, GError **error)
{
  const MnTensor *x = mn_graph_input_of (c->graph, node, 0);
  const MnTensor *y = mn_graph_tensor (c->graph, node->outputs[0]);

  if (mn_cpu_is_qtable (c, node))
    return mn_cpu_make_qtable (c, node, error);
  if (y->dtype == MN_DTYPE_F32)
    return make_dequantise (c, node, error);
  if (x->dtype == MN_DTYPE_F32)
    return make_quantise (c, node, error);
  return mn_compile_refuse (c, node, error, "%s to %s is not supported",
      mn_dtype_name (x->dtype), mn_dtype_name (y->dtype));
}

/* ---- pooling ----------------------------------------------------------- */

typedef struct
{
  MnCpuLayer layer;
  MnPoolU8Args args;
  gsize out_h;
  void (*func) (gsize first, gsize end, const guint8 *x, guint8 *y,
      const MnPoolU8Args *args);
} QPool;

static void
run_pool (const MnCpuLayer *layer, const MnCpuExec *exec, guint task,
    guint thread)
{
  const QPool *q = (const QPool *) layer;
  gsize first, end;

  mn_cpu_split (q->out_h, task, layer->n_tasks, &first, &end);
  q->func (first, end, mn_cpu_value (exec, layer->in[MN_CPU_IN]),
      mn_cpu_value (exec, layer->out), &q->args);
}

static const MnCpuKind pool_kind = {sizeof (QPool), run_pool};

static gboolean
make_pool (MnCompile *c, const MnNode *node, GError **error)
{
  const MnPoolParams *p = &node->params.pool;
  const MnTensor *x = mn_graph_input_of (c->graph, node, 0);
  const MnTensor *y = mn_graph_tensor (c->graph, node->outputs[0]);
  gboolean average = node->op == MN_OP_AVERAGE_POOL_2D;
  QPool *q = mn_cpu_add_qlayer (c, node,
      average ? "int8 average pool" : "int8 max pool", &pool_kind);
  MnCpuLayer *layer = &q->layer;
  MnBytes out;

  if (!mn_cpu_bytes (c, node, 0, &q->args.x, error)
      || !mn_cpu_bytes (c, node, -1, &out, error))
    return FALSE;
  if (out.scale != q->args.x.scale || out.zero != q->args.x.zero
      || out.flip != q->args.x.flip)
    return mn_compile_refuse (c, node, error,
        "pooling from one quantisation to another is not supported");
  q->args.in_h = x->dims[1];
  q->args.in_w = x->dims[2];
  q->args.channels = x->dims[3];
  q->args.out_w = y->dims[2];
  q->args.filter_h = p->filter_h;
  q->args.filter_w = p->filter_w;
  q->args.stride_h = p->stride_h;
  q->args.stride_w = p->stride_w;
  q->args.pad_top = p->pad_top;
  q->args.pad_left = p->pad_left;
  mn_bytes_range (&out, mn_act (node->activation), &q->args.lo, &q->args.hi);
  q->out_h = y->dims[1];
  q->func = average ? mn_average_pool_u8 : mn_max_pool_u8;
  layer->flops *= (gdouble) p->filter_h * p->filter_w;
  layer->n_tasks = mn_cpu_n_tasks (c, q->out_h, 8 * layer->flops);
  return TRUE;
}

typedef struct
{
  MnCpuLayer layer;
  MnMeanU8Args args;
} QMean;

static void
run_mean (const MnCpuLayer *layer, const MnCpuExec *exec, guint task,
    guint thread)
{
  const MnMeanU8Args *args = &((const QMean *) layer)->args;
  gsize first, end;

  mn_cpu_split ((args->channels + LINE - 1) / LINE, task, layer->n_tasks,
      &first, &end);
  exec->plan->kernels.u8.mean (first * LINE, MIN (end * LINE, args->channels),
      mn_cpu_value (exec, layer->in[MN_CPU_IN]),
      mn_cpu_value (exec, layer->out), args);
}

static const MnCpuKind mean_kind = {sizeof (QMean), run_mean};

static gboolean
make_mean (MnCompile *c, const MnNode *node, GError **error)
{
  const MnTensor *x = mn_graph_input_of (c->graph, node, 0);
  QMean *q = mn_cpu_add_qlayer (c, node, "int8 mean", &mean_kind);
  MnCpuLayer *layer = &q->layer;
  MnMeanU8Args *args = &q->args;
  guint axes;

  if (!mn_compile_mean_axes (c, node, &axes, error))
    return FALSE;
  if (x->rank != 4 || axes != (1u << 1 | 1u << 2))
    return mn_compile_refuse (c, node, error,
        "an integer mean over other axes than height and width is not "
        "supported");
  args->n = (gsize) x->dims[1] * x->dims[2];
  args->channels = x->dims[3];
  args->keeps_dims = node->params.mean.keep_dims;
  if (!mn_cpu_bytes (c, node, 0, &args->x, error)
      || !mn_cpu_bytes (c, node, -1, &args->y, error))
    return FALSE;
  mn_mean_u8_prepare (args);
  layer->flops = x->n_elements;
  layer->n_tasks = mn_cpu_n_tasks (c, (args->channels + LINE - 1) / LINE,
      layer->flops);
  return TRUE;
}

/* ---- the rest ----------------------------------------------------------- */

typedef struct
{
  MnCpuLayer layer;
  MnBytes x, y;
  gsize m, n;
  gfloat table[256];
} QSoftmax;

static void
run_softmax (const MnCpuLayer *layer, const MnCpuExec *exec, guint task,
    guint thread)
{
  const QSoftmax *q = (const QSoftmax *) layer;

  mn_softmax_u8 (q->m, q->n, mn_cpu_value (exec, layer->in[MN_CPU_IN]),
      mn_cpu_value (exec, layer->out), &q->x, &q->y, q->table);
}

static const MnCpuKind softmax_kind = {sizeof (QSoftmax), run_softmax};

static gboolean
make_softmax (MnCompile *c, const MnNode *node, GError **error)
{
  const MnTensor *x = mn_graph_input_of (c->graph, node, 0);
  QSoftmax *q = mn_cpu_add_qlayer (c, node, "int8 softmax", &softmax_kind);

  q->n = x->rank > 0 ? x->dims[x->rank - 1] : 1;
  q->m = x->n_elements / q->n;
  if (!mn_cpu_bytes (c, node, 0, &q->x, error)
      || !mn_cpu_bytes (c, node, -1, &q->y, error))
    return FALSE;
  mn_table_softmax (q->x.scale, node->params.softmax.beta, q->table);
  return TRUE;
}

typedef struct
{
  MnCpuLayer layer;
  guint rank;
  gsize in[MN_MAX_RANK], out[MN_MAX_RANK], before[MN_MAX_RANK];
  gsize n_in, n_out;
  guint8 zero;
} QPad;

static void
run_pad (const MnCpuLayer *layer, const MnCpuExec *exec, guint task,
    guint thread)
{
  const QPad *q = (const QPad *) layer;
  const guint8 *x = mn_cpu_value (exec, layer->in[MN_CPU_IN]);
  guint8 *y = mn_cpu_value (exec, layer->out);
  gsize i;

  memset (y, q->zero, q->n_out);
  for (i = 0; i < q->n_in; i++) {
    gsize rest = i, at = 0, stride = 1;
    guint d = q->rank;

    while (d-- > 0) {
      at += (rest % q->in[d] + q->before[d]) * stride;
      rest /= q->in[d];
      stride *= q->out[d];
    }
    y[at] = x[i];
  }
}

static const MnCpuKind pad_kind = {sizeof (QPad), run_pad};

static gboolean
make_pad (MnCompile *c, const MnNode *node, GError **error)
{
  const MnTensor *x = mn_graph_input_of (c->graph, node, 0);
  const gint32 *paddings = mn_compile_paddings (c, node, error);
  const MnTensor *y = mn_graph_tensor (c->graph, node->outputs[0]);
  QPad *q = mn_cpu_add_qlayer (c, node, "int8 pad", &pad_kind);
  MnBytes bytes;
  guint d;

  if (!paddings || !mn_cpu_bytes (c, node, -1, &bytes, error))
    return FALSE;
  q->rank = x->rank;
  q->n_in = x->n_elements;
  q->n_out = y->n_elements;
  q->zero = (guint8) bytes.zero ^ bytes.flip;
  for (d = 0; d < x->rank; d++) {
    q->in[d] = x->dims[d];
    q->out[d] = y->dims[d];
    q->before[d] = paddings[2 * d];
  }
  return TRUE;
}

static const MnMaker integer_makers[MN_N_OPS] = {
  [MN_OP_CONV_2D] = {mn_cpu_make_qconv, TRUE},
  [MN_OP_DEPTHWISE_CONV_2D] = {mn_cpu_make_qconv, TRUE},
  [MN_OP_FULLY_CONNECTED] = {mn_cpu_make_qconv, TRUE},
  [MN_OP_AVERAGE_POOL_2D] = {make_pool, TRUE},
  [MN_OP_MAX_POOL_2D] = {make_pool, TRUE},
  [MN_OP_MEAN] = {make_mean, TRUE},
  [MN_OP_ADD] = {mn_cpu_make_qbinary, TRUE},
  [MN_OP_SUB] = {mn_cpu_make_qbinary, TRUE},
  [MN_OP_MUL] = {mn_cpu_make_qbinary, TRUE},
  [MN_OP_PAD] = {make_pad, TRUE},
  [MN_OP_RELU] = {mn_cpu_make_qtable, TRUE},
  [MN_OP_RELU6] = {mn_cpu_make_qtable, TRUE},
  [MN_OP_HARD_SWISH] = {mn_cpu_make_qtable, TRUE},
  [MN_OP_LOGISTIC] = {mn_cpu_make_qtable, TRUE},
  [MN_OP_SOFTMAX] = {make_softmax, TRUE},
  [MN_OP_TRANSPOSE] = {mn_cpu_make_transpose, TRUE},
  [MN_OP_RESHAPE] = {mn_cpu_make_reshape, TRUE},
  [MN_OP_QUANTIZE] = {make_convert, TRUE},
  [MN_OP_DEQUANTIZE] = {make_convert, TRUE},
};

const MnMakers mn_cpu_integers = {
  .where = "on integers",
  .ops = integer_makers,
};
