/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Blocks: expand, depthwise and project tile by tile, so that the expanded
 * picture, the largest of all, never leaves the cache and has no place in the
 * arena. A tile is some output rows of the depthwise convolution; those of
 * its expanded rows that the next tile needs, too, are kept. Tasks share the
 * output's rows, and compute the few expanded rows between them twice. Of a
 * picture between two blocks that is far larger than the cache, the second
 * one has rows made by the first as it needs them, so that it is nowhere
 * whole. */

#include "engine/base/cpu_cache.h"
#include "engine/cpu/kernels/pack.h"
#include "engine/cpu/lower/plan.h"

#include <string.h>

/* Of the cache that a tile may take; the rest is for weights and what comes
 * and goes. An expanded picture that fits in it whole is no reason for a
 * block. */
#define MOST(cache) ((cache) / 5 * 2)

/* What makes a picture far larger. */
#define FAR(cache) ((cache) * 4)

/* Of the rows that a block makes for another one, so many are worth making one
 * of them twice. */
#define WORTH_TWICE 32

/* The layers are the block's own. */
typedef struct
{
  MnCpuLayer *expand; /* pointwise, the stem, or another block; NULL:
                       * the depthwise convolution reads the block's
                       * input */
  MnCpuLayer *depthwise;
  MnCpuLayer *project;   /* NULL: it writes the block's output */
  gsize rows;            /* of a tile */
  gsize in_row, out_row; /* bytes of a row before and after the
                          * depthwise convolution */
  gsize result_row;      /* bytes of a row that the block makes */
  gsize window;          /* bytes of a tile's expanded rows, at the
                          * start of the scratch memory; behind them
                          * the depthwise result */
  gsize size;            /* bytes of both; behind them another block's */
} Block;

/* How far a task is with a block. */
typedef struct
{
  gsize kept, have; /* expanded rows kept .. have - 1 are there */
} Progress;

static void run_block (const MnCpuLayer *layer, const MnCpuExec *exec,
    guint task, guint thread);
static void make_rows (const MnCpuLayer *layer, const MnCpuExec *exec, gsize y,
    gsize end, guint8 *scratch, Progress *progress, guint8 *out);

/* Rows first .. end - 1 of the stem. */
static void
make_stem (const MnCpuLayer *layer, const MnCpuExec *exec, gsize first,
    gsize end, gpointer out)
{
  gint in = layer->in[MN_CPU_IN];
  MnConvArgs args;
  gssize top;
  gsize start;

  /* Of a picture that begins where the first row's taps do. */
  args = layer->u.conv.args;
  top = (gssize) (first * args.stride_h) - (gssize) args.pad_top;
  start = MIN ((gsize) MAX (top, 0), args.in_h);
  args.in_h -= start;
  args.pad_top = start - top;
  layer->kernels->conv.func (0, end - first,
      mn_cpu_at (exec, in, start * args.in_w * args.in_stride), layer->weights,
      out, &args);
}

/* Rows first .. end - 1 of what the depthwise convolution reads. */
static void
expand (const Block *b, const MnCpuExec *exec, gsize first, gsize end,
    guint8 *scratch, Progress *progress, gpointer out)
{
  const MnCpuLayer *layer = b->expand;
  const MnGemmArgs *product = &layer->u.gemm.args;
  gsize width = b->depthwise->u.dwconv.args.in_w;

  if (layer->run == run_block)
    make_rows (layer, exec, first, end, scratch + b->size, progress + 1, out);
  else if (layer->run == mn_cpu_run_conv)
    make_stem (layer, exec, first, end, out);
  else
    layer->kernels->gemm.func ((end - first) * width,
        mn_cpu_at (exec, layer->in[MN_CPU_IN],
            first * width * product->a_stride),
        layer->weights, out, product);
}

/* Output rows y .. end - 1 of the depthwise convolution; in: its input from
 * row first to before row last. */
static void
convolve (const MnCpuLayer *layer, gsize y, gsize end, gsize first, gsize last,
    gconstpointer in, gpointer out)
{
  MnDwconvArgs args = layer->u.dwconv.args;
  MnDwconvKind kind = layer->u.dwconv.kind;

  args.pad_top = first + args.pad_top - y * args.stride_h;
  args.in_h = last - first;
  layer->kernels->dwconv[kind].func (0, end - y, 0,
      mn_pack_n_tiles (&layer->kernels->dwconv[kind].tile, args.channels), in,
      layer->weights, out, &args);
}

/* m pixels from the given one on. */
static void
project (const MnCpuLayer *layer, const MnCpuExec *exec, gsize pixel, gsize m,
    gconstpointer in, gpointer out)
{
  MnGemmArgs args = layer->u.gemm.args;

  args.residual = mn_cpu_at (exec, layer->in[MN_CPU_IN_RESIDUAL],
      pixel * args.residual_stride);
  layer->kernels->gemm.func (m, in, layer->weights, out, &args);
}

/* Rows y .. end - 1 of what a block computes, the first one at out. */
static void
make_rows (const MnCpuLayer *layer, const MnCpuExec *exec, gsize y, gsize end,
    guint8 *scratch, Progress *progress, guint8 *out)
{
  const Block *b = layer->owned;
  const MnCpuLayer *dw = b->depthwise;
  const MnDwconvArgs *args = &dw->u.dwconv.args;
  guint8 *window = scratch, *middle = scratch + b->window;
  gsize tile_end;

  for (; y < end && !mn_cpu_is_cancelled (exec); y = tile_end) {
    gsize first = y * args->stride_h, last;
    guint8 *in;

    first -= MIN (first, args->pad_top);
    tile_end = MIN (y + b->rows, end);
    last = MIN ((tile_end - 1) * args->stride_h + args->kernel_h
            - args->pad_top,
        args->in_h);
    if (b->expand) {
      if (progress->have <= first)
        progress->have = first;
      else
        memmove (window, window + (first - progress->kept) * b->in_row,
            (progress->have - first) * b->in_row);
      progress->kept = first;
      expand (b, exec, progress->have, last, scratch, progress,
          window + (progress->have - first) * b->in_row);
      progress->have = last;
      in = window;
    } else {
      in = (guint8 *) mn_cpu_value (exec, dw->in[MN_CPU_IN])
          + first * b->in_row;
    }
    convolve (dw, y, tile_end, first, last, in, b->project ? middle : out);
    if (b->project)
      project (b->project, exec, y * args->out_w, (tile_end - y) * args->out_w,
          middle, out);
    out += (tile_end - y) * b->result_row;
  }
}

static void
run_block (const MnCpuLayer *layer, const MnCpuExec *exec, guint task,
    guint thread)
{
  const Block *b = layer->owned;
  Progress progress[2] = {{0, 0}, {0, 0}}; /* and another's */
  guint8 *out = mn_cpu_value (exec, layer->out);
  gsize first, end;

  mn_cpu_split (b->depthwise->u.dwconv.out_h, task, layer->n_tasks, &first,
      &end);
  make_rows (layer, exec, first, end,
      exec->scratch + thread * exec->plan->scratch_size, progress,
      out + first * b->result_row);
}

/* ---- which layers are a block ------------------------------------------ */

/* How many layers read each value; outputs, and values whose place another
 * one shares, count as read, too. */
static guint *
count_readers (const MnBackendPlan *plan)
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
    gint alias = mn_value (plan->values, i)->alias;

    if (alias >= 0)
      n[alias]++;
  }
  return n;
}

/* In the place where it lies. */
static gsize
value_size (const MnBackendPlan *plan, gint value)
{
  return mn_value (plan->values, mn_value_place (plan->values, value))->size;
}

/* Each output row has taps in the picture, and nobody asks for sums, which
 * are those of a call. */
static gboolean
is_depthwise (const MnCpuLayer *layer)
{
  const MnDwconvArgs *args = &layer->u.dwconv.args;

  return layer->run == mn_cpu_run_dwconv
      && layer->u.dwconv.kind != MN_DWCONV_MULTIPLIER && layer->sums < 0
      && args->dilation_h == 1 && args->pad_top < args->kernel_h
      && (layer->u.dwconv.out_h - 1) * args->stride_h
      < args->in_h + args->pad_top;
}

/* Whether only dw reads what layer, the one before it, makes of its input. */
static gboolean
feeds (const guint *n_readers, const MnCpuLayer *layer, const MnCpuLayer *dw)
{
  return layer->out == dw->in[MN_CPU_IN] && layer->in[MN_CPU_IN_RESIDUAL] < 0
      && layer->in[MN_CPU_IN_SCALE] < 0 && n_readers[layer->out] == 1;
}

/* Not twice the threads: what lies between two tasks is computed twice. */
static guint
n_tasks (const MnBackendPlan *plan, const MnCpuLayer *dw)
{
  return MIN (plan->threads, dw->u.dwconv.out_h);
}

/* Whether a product has a row for each of so many pixels: FULLY_CONNECTED may
 * take several pixels for one row, or parts of one. */
static gboolean
is_pointwise (const MnCpuLayer *layer, gsize pixels)
{
  return layer->run == mn_cpu_run_gemm && layer->u.gemm.m == pixels;
}

/* Whether layer, which feeds dw, is the stem or pointwise, and worth it. */
static gboolean
expands (const MnBackendPlan *plan, const MnCpuLayer *layer,
    const MnCpuLayer *dw)
{
  const MnDwconvArgs *args = &dw->u.dwconv.args;

  return (layer->run == mn_cpu_run_conv
             || is_pointwise (layer, args->in_h * args->in_w))
      && value_size (plan, layer->out) > plan->cache;
}

/* Whether layer, which feeds dw, is a block from which dw had better take rows
 * as they are made. */
static gboolean
makes_rows (const MnBackendPlan *plan, const MnCpuLayer *layer,
    const MnCpuLayer *dw)
{
  const MnDwconvArgs *args = &dw->u.dwconv.args;
  gsize twice = MAX (args->kernel_h, args->stride_h) - args->stride_h;
  guint tasks = n_tasks (plan, dw);
  const Block *b = layer->owned;

  return layer->run == run_block && (!b->expand || b->expand->run != run_block)
      && value_size (plan, layer->out) > FAR (plan->cache)
      && (tasks == 1
          || b->depthwise->u.dwconv.out_h >= twice * WORTH_TWICE * tasks);
}

static gboolean
projects (const guint *n_readers, const MnCpuLayer *layer, const MnCpuLayer *dw)
{
  const MnDwconvArgs *args = &dw->u.dwconv.args;

  return is_pointwise (layer, dw->u.dwconv.out_h * args->out_w)
      && layer->in[MN_CPU_IN] == dw->out && layer->in[MN_CPU_IN_SCALE] < 0
      && n_readers[dw->out] == 1;
}

/* A picture's rows that so many rows of a depthwise result are made of. */
static gsize
window_rows (const MnDwconvArgs *args, gsize rows)
{
  return (rows - 1) * args->stride_h + args->kernel_h;
}

static gsize
lines (gsize size)
{
  return (size + MN_CACHE_LINE - 1) / MN_CACHE_LINE * MN_CACHE_LINE;
}

/* As many rows a tile as the cache takes, and what scratch memory they take. */
static void
set_tile (const MnBackendPlan *plan, Block *b)
{
  const MnDwconvArgs *args = &b->depthwise->u.dwconv.args;
  gsize out_h = b->depthwise->u.dwconv.out_h;
  gsize in_row = b->expand ? b->in_row : 0;
  gsize out_row = b->project ? b->out_row : 0;
  gsize rows = 1;

  while (rows < out_h
      && window_rows (args, rows + 1) * in_row + (rows + 1) * out_row
          <= MOST (plan->cache))
    rows++;
  b->rows = rows;
  b->window = lines (window_rows (args, rows) * in_row);
  b->size = b->window + lines (rows * out_row);
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
make_block (const MnBackendPlan *plan, const guint *n_readers,
    MnCpuLayer *before, MnCpuLayer *dw, MnCpuLayer *behind)
{
  const MnDwconvArgs *args = &dw->u.dwconv.args;
  gsize element = mn_element_size (dw->kernels->element);
  gsize in_size, out_size;
  MnCpuLayer *layer;
  Block *b;

  if (!is_depthwise (dw))
    return NULL;
  in_size = value_size (plan, dw->in[MN_CPU_IN]);
  out_size = value_size (plan, dw->out);
  if (before
      && !(feeds (n_readers, before, dw)
          && (expands (plan, before, dw) || makes_rows (plan, before, dw))))
    before = NULL;
  if (behind
      && (!projects (n_readers, behind, dw)
          || (!before && in_size + out_size <= 2 * plan->cache)))
    behind = NULL;
  if (!before && !behind)
    return NULL;
  b = g_new0 (Block, 1);
  b->expand = before;
  b->depthwise = dw;
  b->project = behind;
  /* By what the kernels take for a row. */
  b->in_row = args->in_w * args->in_stride * element;
  b->out_row = args->out_w * args->out_stride * element;
  b->result_row = behind ? args->out_w * behind->u.gemm.args.c_stride * element
                         : b->out_row;
  set_tile (plan, b);
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
  layer->scratch = b->size + (before ? before->scratch : 0);
  layer->flops = dw->flops + (before ? before->flops : 0)
      + (behind ? behind->flops : 0);
  layer->bytes = value_size (plan, layer->in[MN_CPU_IN])
      + value_size (plan, layer->out);
  layer->n_tasks = n_tasks (plan, dw);
  return layer;
}

void
mn_cpu_make_blocks (MnCompile *c)
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
