/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Blocks: expand, depthwise and project tile by tile, so that the expanded
 * picture, the largest of all, never leaves the cache and has no place in the
 * arena. A tile is some output rows of the depthwise convolution; those of
 * its expanded rows that the next tile needs, too, are kept. Tasks share the
 * output's rows, and compute the few expanded rows between them twice. */

#include "engine/cpu/cpu_cache.h"
#include "engine/cpu/pack.h"
#include "engine/cpu/plan.h"

#include <string.h>

/* Of the cache that a tile may take; the rest is for weights and what comes
 * and goes. An expanded picture that fits in it whole is no reason for a
 * block. */
#define MOST(cache) ((cache) / 5 * 2)

/* The layers are the block's own. */
typedef struct
{
  MnCpuLayer *expand;           /* pointwise, or the stem; NULL: the depthwise
                                 * convolution reads the block's input */
  MnCpuLayer *depthwise;
  MnCpuLayer *project;          /* NULL: it writes the block's output */
  gsize rows;                   /* of a tile */
  gsize in_row, out_row;        /* bytes of a row before and after the
                                 * depthwise convolution */
  gsize window;                 /* bytes of a tile's expanded rows, at the
                                 * start of the scratch memory; behind them
                                 * the depthwise result */
} Block;

/* Rows first .. end - 1 of the expanded picture. */
static void
expand (const MnCpuLayer * layer, const MnCpuExec * exec, gsize width,
    gsize first, gsize end, gpointer out)
{
  gint in = layer->in[MN_CPU_IN];
  MnConvArgs args;
  gssize top;
  gsize start;

  if (layer->run == mn_cpu_run_gemm) {
    const MnGemmArgs *product = &layer->u.gemm.args;

    layer->kernels->gemm.func ((end - first) * width, mn_cpu_at (exec, in,
            first * width * product->a_stride), layer->weights, out, product);
    return;
  }
  /* Of a picture that begins where the first row's taps do. */
  args = layer->u.conv.args;
  top = (gssize) (first * args.stride_h) - (gssize) args.pad_top;
  start = MIN ((gsize) MAX (top, 0), args.in_h);
  args.in_h -= start;
  args.pad_top = start - top;
  layer->kernels->conv.func (0, end - first, mn_cpu_at (exec, in,
          start * args.in_w * args.in_stride), layer->weights, out, &args);
}

/* Output rows y .. end - 1 of the depthwise convolution; in: its input from
 * row first to before row last. */
static void
convolve (const MnCpuLayer * layer, gsize y, gsize end, gsize first,
    gsize last, gconstpointer in, gpointer out)
{
  MnDwconvArgs args = layer->u.dwconv.args;
  MnDwconvKind kind = layer->u.dwconv.kind;

  args.pad_top = first + args.pad_top - y * args.stride_h;
  args.in_h = last - first;
  layer->kernels->dwconv[kind].func (0, end - y, 0,
      mn_pack_n_tiles (&layer->kernels->dwconv[kind].tile, args.channels),
      in, layer->weights, out, &args);
}

/* m pixels from the given one on. */
static void
project (const MnCpuLayer * layer, const MnCpuExec * exec, gsize pixel,
    gsize m, gconstpointer in)
{
  MnGemmArgs args = layer->u.gemm.args;

  args.residual = mn_cpu_at (exec, layer->in[MN_CPU_IN_RESIDUAL],
      pixel * args.residual_stride);
  layer->kernels->gemm.func (m, in, layer->weights, mn_cpu_at (exec,
          layer->out, pixel * args.c_stride), &args);
}

static void
run_block (const MnCpuLayer * layer, const MnCpuExec * exec, guint task,
    guint thread)
{
  const Block *b = layer->owned;
  const MnCpuLayer *dw = b->depthwise;
  const MnDwconvArgs *args = &dw->u.dwconv.args;
  guint8 *window = exec->scratch + thread * exec->plan->scratch_size;
  guint8 *middle = window + b->window;
  gsize kept = 0, have = 0;     /* expanded rows kept .. have - 1 are there */
  gsize y, tile_end, end;

  mn_cpu_split (dw->u.dwconv.out_h, task, layer->n_tasks, &y, &end);
  for (; y < end; y = tile_end) {
    gsize first = y * args->stride_h, last;
    guint8 *in, *out;

    first -= MIN (first, args->pad_top);
    tile_end = MIN (y + b->rows, end);
    last = MIN ((tile_end - 1) * args->stride_h + args->kernel_h
        - args->pad_top, args->in_h);
    if (b->expand) {
      if (have <= first)
        have = first;
      else
        memmove (window, window + (first - kept) * b->in_row,
            (have - first) * b->in_row);
      kept = first;
      expand (b->expand, exec, args->in_w, have, last,
          window + (have - first) * b->in_row);
      have = last;
      in = window;
    } else {
      in = (guint8 *) mn_cpu_value (exec, dw->in[MN_CPU_IN])
          + first * b->in_row;
    }
    out = b->project ? middle : (guint8 *) mn_cpu_value (exec, dw->out)
        + y * b->out_row;
    convolve (dw, y, tile_end, first, last, in, out);
    if (b->project)
      project (b->project, exec, y * args->out_w,
          (tile_end - y) * args->out_w, middle);
  }
}

/* ---- which layers are a block ------------------------------------------ */

/* How many layers read each value; outputs, and values whose place another
 * one shares, count as read, too. */
static guint *
count_readers (const MnBackendPlan * plan)
{
  guint *n = g_new0 (guint, plan->values->len), i, j;

  for (i = 0; i < plan->layers->len; i++) {
    const MnCpuLayer *layer = g_ptr_array_index (plan->layers, i);

    for (j = 0; j < MN_CPU_N_IN; j++) {
      if (layer->in[j] >= 0)
        n[layer->in[j]]++;
    }
  }
  for (i = 0; i < plan->outputs->len; i++)
    n[g_array_index (plan->outputs, gint, i)]++;
  for (i = 0; i < plan->values->len; i++) {
    gint alias = g_array_index (plan->values, MnCpuValue, i).alias;

    if (alias >= 0)
      n[alias]++;
  }
  return n;
}

static gsize
value_size (const MnBackendPlan * plan, gint value)
{
  return g_array_index (plan->values, MnCpuValue, value).size;
}

/* Each output row has taps in the picture, and nobody asks for sums, which
 * are those of a call. */
static gboolean
is_depthwise (const MnCpuLayer * layer)
{
  const MnDwconvArgs *args = &layer->u.dwconv.args;

  return layer->run == mn_cpu_run_dwconv
      && layer->u.dwconv.kind != MN_DWCONV_MULTIPLIER && layer->sums < 0
      && args->dilation_h == 1 && args->pad_top < args->kernel_h
      && (layer->u.dwconv.out_h - 1) * args->stride_h
      < args->in_h + args->pad_top;
}

/* Whether only dw reads what layer, the one before it, computes. */
static gboolean
expands (const guint * n_readers, const MnCpuLayer * layer,
    const MnCpuLayer * dw)
{
  return (layer->run == mn_cpu_run_gemm || layer->run == mn_cpu_run_conv)
      && layer->out == dw->in[MN_CPU_IN]
      && layer->in[MN_CPU_IN_RESIDUAL] < 0 && layer->in[MN_CPU_IN_SCALE] < 0
      && n_readers[layer->out] == 1;
}

static gboolean
projects (const guint * n_readers, const MnCpuLayer * layer,
    const MnCpuLayer * dw)
{
  return layer->run == mn_cpu_run_gemm
      && layer->in[MN_CPU_IN] == dw->out && layer->in[MN_CPU_IN_SCALE] < 0
      && n_readers[dw->out] == 1;
}

/* As many rows a tile as the cache takes. */
static gsize
tile_size (const MnBackendPlan * plan, Block * b, gsize out_h,
    const MnDwconvArgs * args)
{
  gsize in_row = b->expand ? b->in_row : 0;
  gsize out_row = b->project ? b->out_row : 0;
  gsize rows = 0, window, size;

  do {
    b->rows = ++rows;
    b->window = ((rows - 1) * args->stride_h + args->kernel_h) * in_row;
    b->window = (b->window + MN_CACHE_LINE - 1) / MN_CACHE_LINE * MN_CACHE_LINE;
    size = b->window + rows * out_row;
    window = ((rows * args->stride_h) + args->kernel_h) * in_row;
  } while (rows < out_h && window + (rows + 1) * out_row <= MOST (plan->cache));
  return size;
}

static void
block_free (gpointer data)
{
  Block *b = data;

  mn_cpu_layer_free (b->expand);
  mn_cpu_layer_free (b->depthwise);
  mn_cpu_layer_free (b->project);
  g_free (b);
}

/* Of dw and its neighbours; NULL: no block. */
static MnCpuLayer *
make_block (const MnBackendPlan * plan, const guint * n_readers,
    MnCpuLayer * before, MnCpuLayer * dw, MnCpuLayer * behind)
{
  const MnDwconvArgs *args = &dw->u.dwconv.args;
  gsize in_size, out_size;
  MnCpuLayer *layer;
  Block *b;

  if (!is_depthwise (dw))
    return NULL;
  in_size = value_size (plan, dw->in[MN_CPU_IN]);
  out_size = value_size (plan, dw->out);
  if (before && (!expands (n_readers, before, dw) || in_size <= plan->cache))
    before = NULL;
  if (behind && (!projects (n_readers, behind, dw)
          || (!before && in_size + out_size <= 2 * plan->cache)))
    behind = NULL;
  if (!before && !behind)
    return NULL;
  b = g_new0 (Block, 1);
  b->expand = before;
  b->depthwise = dw;
  b->project = behind;
  b->in_row = in_size / args->in_h;
  b->out_row = out_size / dw->u.dwconv.out_h;
  layer = mn_cpu_layer_new ("block", run_block);
  layer->name = g_strdup_printf ("%s .. %s", before ? before->name : dw->name,
      behind ? behind->name : dw->name);
  layer->kernels = dw->kernels;
  layer->in[MN_CPU_IN] = (before ? before : dw)->in[MN_CPU_IN];
  if (behind)
    layer->in[MN_CPU_IN_RESIDUAL] = behind->in[MN_CPU_IN_RESIDUAL];
  layer->out = (behind ? behind : dw)->out;
  layer->owned = b;
  layer->owned_free = block_free;
  layer->scratch = tile_size (plan, b, dw->u.dwconv.out_h, args);
  layer->flops = dw->flops + (before ? before->flops : 0)
      + (behind ? behind->flops : 0);
  layer->bytes = value_size (plan, layer->in[MN_CPU_IN])
      + value_size (plan, layer->out);
  /* Not twice the threads: what lies between two tasks is computed twice. */
  layer->n_tasks = MIN (plan->threads, dw->u.dwconv.out_h);
  return layer;
}

void
mn_cpu_make_blocks (MnCpuCompile * c)
{
  MnBackendPlan *plan = c->plan;
  g_autofree guint *n_readers = count_readers (plan);
  guint n = plan->layers->len, i;
  g_autofree gpointer *old = g_memdup2 (plan->layers->pdata,
      n * sizeof (gpointer));
  MnCpuLayer *before = NULL;

  g_ptr_array_set_free_func (plan->layers, NULL);
  g_ptr_array_set_size (plan->layers, 0);
  for (i = 0; i < n; i++) {
    MnCpuLayer *layer = make_block (plan, n_readers, before, old[i],
        i + 1 < n ? old[i + 1] : NULL);

    if (layer) {
      const Block *b = layer->owned;

      /* What it consists of is no layer of its own. */
      if (b->expand)
        g_ptr_array_set_size (plan->layers, plan->layers->len - 1);
      i += b->project != NULL;
    }
    before = layer ? layer : old[i];
    g_ptr_array_add (plan->layers, before);
  }
  g_ptr_array_set_free_func (plan->layers, mn_cpu_layer_free);
}
