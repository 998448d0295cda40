/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Convolutions: which kernel computes which, and how it is split. */

#include "engine/cpu/kernels/pack.h"
#include "engine/cpu/lower/conv.h"
#include "engine/lower/conv_case.h"

static void
run_gemm (const MnCpuLayer *layer, const MnCpuExec *exec, guint task,
    guint thread)
{
  const MnCpuGemm *self = (const MnCpuGemm *) layer;
  const MnKernels *kernels = layer->kernels;
  const MnTile *tile = &kernels->gemm.tile;
  MnGemmArgs args = self->args;
  gsize m = self->m, n = args.n;
  gsize first_row, end_row, first_tile, end_tile, column;

  mn_cpu_split ((m + tile->rows - 1) / tile->rows, task % self->m_tasks,
      self->m_tasks, &first_row, &end_row);
  first_row *= tile->rows;
  end_row = MIN (end_row * tile->rows, m);
  mn_cpu_split (mn_pack_n_tiles (tile, n), task / self->m_tasks, self->n_tasks,
      &first_tile, &end_tile);
  column = mn_pack_first (tile, n, first_tile);
  args.n = mn_pack_first (tile, n, end_tile) - column;
  args.scale = mn_cpu_floats (exec, layer->in[MN_CPU_IN_SCALE]);
  args.residual = mn_cpu_at (exec, layer->in[MN_CPU_IN_RESIDUAL],
      first_row * args.residual_stride + column);
  args.scratch = exec->scratch + thread * exec->plan->scratch_size;
  kernels->gemm.func (end_row - first_row,
      mn_cpu_at (exec, layer->in[MN_CPU_IN], first_row * args.a_stride),
      layer->weights + mn_pack_offset (tile, n, args.k, args.k, first_tile),
      mn_cpu_at (exec, layer->out, first_row * args.c_stride + column), &args);
}

const MnCpuKind mn_cpu_gemm_kind = {sizeof (MnCpuGemm), run_gemm};

typedef struct
{
  MnCpuLayer layer;
  MnMatvecArgs args;
} Matvec;

static void
run_matvec (const MnCpuLayer *layer, const MnCpuExec *exec, guint task,
    guint thread)
{
  const Matvec *self = (const Matvec *) layer;
  const MnKernels *kernels = layer->kernels;
  MnMatvecArgs args = self->args;
  gsize first, end;

  mn_cpu_split (mn_pack_n_tiles (&kernels->matvec.tile, args.n), task,
      layer->n_tasks, &first, &end);
  args.bias = layer->bias;
  args.residual = mn_cpu_floats (exec, layer->in[MN_CPU_IN_RESIDUAL]);
  kernels->matvec.func (first, end, mn_cpu_floats (exec, layer->in[MN_CPU_IN]),
      layer->weights, mn_cpu_floats (exec, layer->out), &args);
}

static const MnCpuKind matvec_kind = {sizeof (Matvec), run_matvec};

static void
run_conv (const MnCpuLayer *layer, const MnCpuExec *exec, guint task,
    guint thread)
{
  const MnCpuConv *self = (const MnCpuConv *) layer;
  MnConvArgs args = self->args;
  gsize first, end;

  mn_cpu_split (self->out_h, task, layer->n_tasks, &first, &end);
  args.residual = mn_cpu_value (exec, layer->in[MN_CPU_IN_RESIDUAL]);
  layer->kernels->conv.func (first, end,
      mn_cpu_value (exec, layer->in[MN_CPU_IN]), layer->weights,
      mn_cpu_value (exec, layer->out), &args);
}

const MnCpuKind mn_cpu_conv_kind = {sizeof (MnCpuConv), run_conv};

static void
run_dwconv (const MnCpuLayer *layer, const MnCpuExec *exec, guint task,
    guint thread)
{
  const MnCpuDwconv *self = (const MnCpuDwconv *) layer;
  const MnKernels *kernels = layer->kernels;
  MnDwconvKind kind = self->kind;
  MnDwconvArgs args = self->args;
  gsize first_row = 0, end_row = self->out_h;
  gsize first_tile = 0, end_tile;

  end_tile = mn_pack_n_tiles (&kernels->dwconv[kind].tile, args.channels);
  if (self->split_rows)
    mn_cpu_split (end_row, task, layer->n_tasks, &first_row, &end_row);
  else
    mn_cpu_split (end_tile, task, layer->n_tasks, &first_tile, &end_tile);
  args.sums = mn_cpu_floats (exec, layer->sums);
  if (args.sums && self->split_rows)
    args.sums += task * args.channels;
  kernels->dwconv[kind].func (first_row, end_row, first_tile, end_tile,
      mn_cpu_value (exec, layer->in[MN_CPU_IN]), layer->weights,
      mn_cpu_value (exec, layer->out), &args);
}

const MnCpuKind mn_cpu_dwconv_kind = {sizeof (MnCpuDwconv), run_dwconv};

/* Whether there is room for a whole vector behind n channels. */
static gboolean
is_padded (const MnKernels *kernels, gsize n, gsize stride)
{
  gsize step = kernels->dwconv[MN_DWCONV_3X3S1].tile.step;

  return (n + step - 1) / step * step <= stride;
}

/* How far a residual's pixels are apart; stride where there is none. */
static gsize
residual_stride (const MnCompile *c, gint residual, gsize stride)
{
  return residual >= 0 ? mn_value (c->values, residual)->pixel : stride;
}

/* Splits the product into parts as even as its tiles allow. */
static void
split_gemm (MnCompile *c, MnCpuGemm *self)
{
  MnCpuLayer *layer = &self->layer;
  const MnTile *tile = &layer->kernels->gemm.tile;
  gsize m_tiles = (self->m + tile->rows - 1) / tile->rows;
  gsize n_tiles = mn_pack_n_tiles (tile, self->args.n);
  guint n = mn_cpu_n_tasks (c, m_tiles * n_tiles, layer->flops);
  guint m_tasks = MIN (n, m_tiles), n_tasks = MIN (n, n_tiles);

  self->m_tasks = self->n_tasks = 1;
  /* The slowest part, in units of the whole: the smaller the better. */
  if ((gdouble) ((m_tiles + m_tasks - 1) / m_tasks) / m_tiles
      <= (gdouble) ((n_tiles + n_tasks - 1) / n_tasks) / n_tiles)
    self->m_tasks = m_tasks;
  else
    self->n_tasks = n_tasks;
  layer->n_tasks = self->m_tasks * self->n_tasks;
}

/* Rows are the pixels of pictures, or dense. */
static void
set_strides (MnCompile *c, const MnNode *node, MnCpuGemm *self)
{
  const MnCpuLayer *layer = &self->layer;
  MnGemmArgs *args = &self->args;

  if (node->op != MN_OP_CONV_2D)
    return;
  args->a_stride = mn_value (c->values, layer->in[MN_CPU_IN])->pixel;
  args->c_stride = mn_value (c->values, layer->out)->pixel;
  args->residual_stride = residual_stride (c, layer->in[MN_CPU_IN_RESIDUAL],
      args->c_stride);
  args->padded = is_padded (layer->kernels, args->n,
      MIN (args->c_stride, args->residual_stride));
}

gboolean
mn_cpu_add_matvec (MnCompile *c, const MnNode *node, const gchar *suffix,
    guint w_input, gint x, gint residual, gint out, const MnMatvecArgs *args,
    GError **error)
{
  const MnTensor *w = mn_graph_input_of (c->graph, node, w_input);
  const MnTensor *bias = mn_graph_input_of (c->graph, node, w_input + 1);
  const MnKernels *kernels = mn_cpu_kernels (c, c->plan->element);
  const MnTile *tile = &kernels->matvec.tile;
  Matvec *self = mn_cpu_add_layer (c, node, suffix, kernels->matvec.name,
      &matvec_kind);
  MnCpuLayer *layer = &self->layer;
  gsize n = args->n, k = args->k;

  self->args = *args;
  layer->kernels = kernels;
  layer->in[MN_CPU_IN] = x;
  layer->in[MN_CPU_IN_RESIDUAL] = residual;
  layer->out = out;
  layer->flops = 2.0 * n * k;
  layer->bytes = 4.0 * (k + n + (residual >= 0 ? n : 0));
  layer->n_tasks = mn_cpu_n_tasks (c, mn_pack_n_tiles (tile, n), layer->flops);
  return mn_cpu_pack (c, node, layer, tile, n, k, k, w, k, 1, bias, error);
}

static gboolean
add_gemm (MnCompile *c, const MnNode *node, gint x, gint residual, gsize m,
    gsize n, gsize k, GError **error)
{
  const MnTensor *w = mn_graph_input_of (c->graph, node, 1);
  const MnTensor *bias = mn_graph_input_of (c->graph, node, 2);
  MnElement element = c->plan->element;
  const MnKernels *kernels = mn_cpu_kernels (c, element);
  const MnTile *tile = &kernels->gemm.tile;
  MnCpuGemm *self = mn_cpu_add_layer (c, node, "", kernels->gemm.name,
      &mn_cpu_gemm_kind);
  MnCpuLayer *layer = &self->layer;

  layer->kernels = kernels;
  layer->in[MN_CPU_IN] = x;
  layer->in[MN_CPU_IN_RESIDUAL] = residual;
  layer->in[MN_CPU_IN_SCALE] = c->gate[node->inputs[0]];
  layer->out = node->outputs[0];
  mn_value_store (c->values, layer->out, element);
  layer->flops = 2.0 * m * n * k;
  layer->bytes = (gdouble) mn_element_size (element) * m
      * (k + n + (residual >= 0 ? n : 0));
  self->m = m;
  self->args = (MnGemmArgs) {
    k, n, k, n, n, NULL, NULL, NULL, FALSE, mn_act (node->activation)};
  set_strides (c, node, self);
  if (layer->in[MN_CPU_IN_SCALE] >= 0)
    layer->scratch = MIN (m, tile->most_rows) * k * sizeof (gfloat);
  split_gemm (c, self);
  return mn_cpu_pack (c, node, layer, tile, n, k, k, w, k, 1, bias, error);
}

/* A product of x (m rows of k) with w (OI); matrix or vector by m. Vectors
 * are floats in all tables. residual: an input of node; or past the last. */
static gboolean
make_product (MnCompile *c, const MnNode *node, gsize m, gsize n, gsize k,
    guint residual, GError **error)
{
  gboolean vector = m == 1 && c->gate[node->inputs[0]] < 0;
  MnElement element = vector ? MN_ELEMENT_F32 : c->plan->element;
  gint x = mn_cpu_input_as (c, node, 0, element);
  gint in_residual = residual < node->n_inputs
      ? mn_cpu_input_as (c, node, residual, element)
      : -1;
  MnMatvecArgs args = {k, n, 1, NULL, NULL, mn_act (node->activation)};

  if (!vector)
    return add_gemm (c, node, x, in_residual, m, n, k, error);
  return mn_cpu_add_matvec (c, node, "", 1, x, in_residual, node->outputs[0],
      &args, error);
}

gboolean
mn_cpu_make_fully_connected (MnCompile *c, const MnNode *node, GError **error)
{
  const MnTensor *x = mn_graph_input_of (c->graph, node, 0);
  const MnTensor *w = mn_graph_input_of (c->graph, node, 1);
  gsize n = w->dims[0], k = w->dims[1];

  return make_product (c, node, x->n_elements / k, n, k, G_MAXUINT, error);
}

static MnConvArgs
conv_args (const MnNode *node, const MnTensor *x, const MnTensor *w,
    const MnTensor *y)
{
  const MnConvParams *p = &node->params.conv;
  MnConvArgs args = {
    0,
  };

  args.in_h = x->dims[1];
  args.in_w = x->dims[2];
  args.in_c = args.in_stride = x->dims[3];
  args.out_w = y->dims[2];
  args.out_c = args.out_stride = args.residual_stride = y->dims[3];
  args.kernel_h = w->dims[1];
  args.kernel_w = w->dims[2];
  args.stride_h = p->stride_h;
  args.stride_w = p->stride_w;
  args.dilation_h = p->dilation_h;
  args.dilation_w = p->dilation_w;
  args.pad_top = p->pad_top;
  args.pad_left = p->pad_left;
  args.act = mn_act (node->activation);
  return args;
}

gboolean
mn_cpu_make_conv (MnCompile *c, const MnNode *node, GError **error)
{
  const MnTensor *x = mn_graph_input_of (c->graph, node, 0);
  const MnTensor *w = mn_graph_input_of (c->graph, node, 1);
  const MnTensor *bias = mn_graph_input_of (c->graph, node, 2);
  const MnTensor *y = mn_graph_tensor (c->graph, node->outputs[0]);
  MnElement element = mn_cpu_conv_element (c, node);
  const MnKernels *kernels = mn_cpu_kernels (c, element);
  MnConvArgs args = conv_args (node, x, w, y);
  gsize m = (gsize) y->dims[1] * y->dims[2];
  gsize k = args.kernel_h * args.kernel_w * args.in_c;
  gint in, residual = -1;
  MnCpuLayer *layer;
  MnCpuConv *self;

  if (w->dims[3] != x->dims[3])
    return mn_compile_refuse (c, node, error,
        "grouped convolution (%d of %d input channels) is not supported",
        w->dims[3], x->dims[3]);
  if (mn_conv_case (c->graph, node) == MN_CONV_POINTWISE)
    return make_product (c, node, m, args.out_c, k, MN_CONV_RESIDUAL, error);

  in = mn_cpu_input_as (c, node, 0, element);
  if (node->n_inputs > MN_CONV_RESIDUAL)
    residual = mn_cpu_input_as (c, node, MN_CONV_RESIDUAL, element);
  self = mn_cpu_add_layer (c, node, "", kernels->conv.name, &mn_cpu_conv_kind);
  layer = &self->layer;
  layer->kernels = kernels;
  layer->in[MN_CPU_IN] = in;
  layer->in[MN_CPU_IN_RESIDUAL] = residual;
  layer->out = node->outputs[0];
  mn_value_store (c->values, layer->out, element);
  layer->flops = 2.0 * m * args.out_c * k;
  layer->bytes = (gdouble) mn_element_size (element)
      * (x->n_elements + y->n_elements);
  self->out_h = y->dims[1];
  args.in_stride = mn_value (c->values, in)->pixel;
  args.out_stride = mn_value (c->values, layer->out)->pixel;
  args.residual_stride = residual_stride (c, residual, args.out_stride);
  args.padded = is_padded (kernels, args.out_c,
      MIN (args.out_stride, args.residual_stride));
  self->args = args;
  layer->n_tasks = mn_cpu_n_tasks (c, y->dims[1], layer->flops);
  return mn_cpu_pack (c, node, layer, &kernels->conv.tile, args.out_c, k,
      args.kernel_w * args.in_c, w, k, 1, bias, error);
}

static MnDwconvKind
dwconv_kind (MnConvCase c, const MnDwconvArgs *args)
{
  if (c == MN_CONV_DEPTHWISE_MULTIPLIER)
    return MN_DWCONV_MULTIPLIER;
  if (c != MN_CONV_DEPTHWISE_SQUARE)
    return MN_DWCONV_ANY;
  if (args->kernel_h == 3)
    return args->stride_h == 1 ? MN_DWCONV_3X3S1 : MN_DWCONV_3X3S2;
  return args->stride_h == 1 ? MN_DWCONV_5X5S1 : MN_DWCONV_5X5S2;
}

static MnDwconvArgs
dwconv_args (const MnNode *node, const MnTensor *x, const MnTensor *w,
    const MnTensor *y)
{
  const MnConvParams *p = &node->params.conv;
  MnDwconvArgs args = {
    0,
  };

  args.in_h = x->dims[1];
  args.in_w = x->dims[2];
  args.in_stride = x->dims[3];
  args.out_w = y->dims[2];
  args.out_stride = args.channels = y->dims[3];
  args.multiplier = y->dims[3] / x->dims[3];
  args.kernel_h = w->dims[1];
  args.kernel_w = w->dims[2];
  args.stride_h = p->stride_h;
  args.stride_w = p->stride_w;
  args.dilation_h = p->dilation_h;
  args.dilation_w = p->dilation_w;
  args.pad_top = p->pad_top;
  args.pad_left = p->pad_left;
  args.act = mn_act (node->activation);
  return args;
}

/* Tasks that share channels have sums each, to be added up behind them. */
static void
add_sums (MnCompile *c, const MnNode *node, MnCpuDwconv *self)
{
  MnCpuLayer *layer = &self->layer;
  gsize channels = self->args.channels;
  guint parts = self->split_rows ? layer->n_tasks : 1;

  layer->sums = mn_values_add (c->values, parts * channels);
  c->sums[node->outputs[0]] = layer->sums;
  if (parts == 1)
    return;
  c->sums[node->outputs[0]] = mn_values_add (c->values, channels);
  mn_cpu_add_mean (c, node, layer->sums, c->sums[node->outputs[0]], parts,
      channels, 1);
}

gboolean
mn_cpu_make_dwconv (MnCompile *c, const MnNode *node, GError **error)
{
  const MnTensor *x = mn_graph_input_of (c->graph, node, 0);
  const MnTensor *w = mn_graph_input_of (c->graph, node, 1);
  const MnTensor *bias = mn_graph_input_of (c->graph, node, 2);
  const MnTensor *y = mn_graph_tensor (c->graph, node->outputs[0]);
  MnDwconvArgs args = dwconv_args (node, x, w, y);
  MnDwconvKind kind = dwconv_kind (mn_conv_case (c->graph, node), &args);
  MnElement element = kind == MN_DWCONV_MULTIPLIER
      ? MN_ELEMENT_F32
      : mn_cpu_element (c->plan, node->inputs[0]);
  const MnKernels *kernels = mn_cpu_kernels (c, element);
  const MnTile *tile = &kernels->dwconv[kind].tile;
  gsize k = args.kernel_h * args.kernel_w;
  gsize n_tiles = mn_pack_n_tiles (tile, args.channels);
  gint in = mn_cpu_input_as (c, node, 0, element);
  MnCpuDwconv *self = mn_cpu_add_layer (c, node, "", kernels->dwconv[kind].name,
      &mn_cpu_dwconv_kind);
  MnCpuLayer *layer = &self->layer;

  layer->kernels = kernels;
  layer->in[MN_CPU_IN] = in;
  layer->out = node->outputs[0];
  mn_value_store (c->values, layer->out, element);
  layer->flops = 2.0 * y->n_elements * k;
  layer->bytes = (gdouble) mn_element_size (element)
      * (x->n_elements + y->n_elements);
  self->out_h = y->dims[1];
  self->kind = kind;
  if (kind != MN_DWCONV_MULTIPLIER) {
    args.in_stride = mn_value (c->values, in)->pixel;
    args.out_stride = mn_value (c->values, layer->out)->pixel;
    args.padded = is_padded (kernels, args.channels,
        MIN (args.in_stride, args.out_stride));
  }
  self->args = args;
  /* Rows share their neighbours' input, channels share nothing. */
  self->split_rows = n_tiles < 8 * c->plan->threads && y->dims[1] > n_tiles;
  layer->n_tasks = mn_cpu_n_tasks (c, self->split_rows ? y->dims[1] : n_tiles,
      layer->flops);
  if (mn_compile_wants_sums (c, node))
    add_sums (c, node, self);
  return mn_cpu_pack (c, node, layer, tile, args.channels, k, args.kernel_w, w,
      1, args.channels, bias, error);
}
