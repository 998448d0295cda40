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
#include "engine/cpu/lower/conv.h"

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

/* How far a task is with a block. */
typedef struct
{
  gsize kept, have; /* expanded rows kept .. have - 1 are there */
} Progress;

/* Rows first .. end - 1 of what a layer makes for a depthwise convolution
 * whose input is so wide. scratch, progress: what another block may use. */
typedef void (*MakeRows) (const MnCpuLayer *layer, const MnCpuExec *exec,
    gsize width, gsize first, gsize end, guint8 *scratch, Progress *progress,
    gpointer out);

/* The layers that it is made of are its own. */
typedef struct
{
  MnCpuLayer layer;
  MnCpuLayer *expand; /* pointwise, the stem, or another block; NULL:
                       * the depthwise convolution reads the block's
                       * input */
  MakeRows make_rows; /* of expand */
  MnCpuDwconv *depthwise;
  MnCpuGemm *project;    /* NULL: it writes the block's output */
  gsize rows;            /* of a tile */
  gsize in_row, out_row; /* bytes of a row before and after the
                          * depthwise convolution */
  gsize result_row;      /* bytes of a row that the block makes */
  gsize window;          /* bytes of a tile's expanded rows, at the
                          * start of the scratch memory; behind them
                          * the depthwise result */
  gsize size;            /* bytes of both; behind them another block's */
} Block;

static void
make_stem (const MnCpuLayer *layer, const MnCpuExec *exec, gsize width,
    gsize first, gsize end, guint8 *scratch, Progress *progress, gpointer out)
{
  gint in = layer->in[MN_CPU_IN];
  MnConvArgs args;
  gssize top;
  gsize start;

  /* Of a picture that begins where the first row's taps do. */
  args = ((const MnCpuConv *) layer)->args;
  top = (gssize) (first * args.stride_h) - (gssize) args.pad_top;
  start = MIN ((gsize) MAX (top, 0), args.in_h);
  args.in_h -= start;
  args.pad_top = start - top;
  layer->kernels->conv.func (0, end - first,
      mn_cpu_at (exec, in, start * args.in_w * args.in_stride), layer->weights,
      out, &args);
}

static void
make_pointwise (const MnCpuLayer *layer, const MnCpuExec *exec, gsize width,
    gsize first, gsize end, guint8 *scratch, Progress *progress, gpointer out)
{
  const MnGemmArgs *args = &((const MnCpuGemm *) layer)->args;

  layer->kernels->gemm.func ((end - first) * width,
      mn_cpu_at (exec, layer->in[MN_CPU_IN], first * width * args->a_stride),
      layer->weights, out, args);
}

/* Output rows y .. end - 1 of the depthwise convolution; in: its input from
 * row first to before row last. */
static void
convolve (const MnCpuDwconv *dw, gsize y, gsize end, gsize first, gsize last,
    gconstpointer in, gpointer out)
{
  const MnCpuLayer *layer = &dw->layer;
  MnDwconvArgs args = dw->args;
  MnDwconvKind kind = dw->kind;

  args.pad_top = first + args.pad_top - y * args.stride_h;
  args.in_h = last - first;
  layer->kernels->dwconv[kind].func (0, end - y, 0,
      mn_pack_n_tiles (&layer->kernels->dwconv[kind].tile, args.channels), in,
      layer->weights, out, &args);
}

/* m pixels from the given one on. */
static void
project (const MnCpuGemm *gemm, const MnCpuExec *exec, gsize pixel, gsize m,
    gconstpointer in, gpointer out)
{
  const MnCpuLayer *layer = &gemm->layer;
  MnGemmArgs args = gemm->args;

  args.residual = mn_cpu_at (exec, layer->in[MN_CPU_IN_RESIDUAL],
      pixel * args.residual_stride);
  layer->kernels->gemm.func (m, in, layer->weights, out, &args);
}

/* Its scratch memory and its progress come first. */
static void
make_block_rows (const MnCpuLayer *layer, const MnCpuExec *exec, gsize width,
    gsize y, gsize end, guint8 *scratch, Progress *progress, gpointer result)
{
  const Block *b = (const Block *) layer;
  const MnCpuDwconv *dw = b->depthwise;
  const MnDwconvArgs *args = &dw->args;
  guint8 *out = result;
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
      b->make_rows (b->expand, exec, args->in_w, progress->have, last,
          scratch + b->size, progress + 1,
          window + (progress->have - first) * b->in_row);
      progress->have = last;
      in = window;
    } else {
      in = (guint8 *) mn_cpu_value (exec, dw->layer.in[MN_CPU_IN])
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
  const Block *b = (const Block *) layer;
  Progress progress[2] = {{0, 0}, {0, 0}}; /* and another's */
  guint8 *out = mn_cpu_value (exec, layer->out);
  gsize first, end;

  mn_cpu_split (b->depthwise->out_h, task, layer->n_tasks, &first, &end);
  make_block_rows (layer, exec, b->depthwise->args.out_w, first, end,
      exec->scratch + thread * exec->plan->scratch_size, progress,
      out + first * b->result_row);
}

static void
clear_block (MnCpuLayer *layer)
{
  Block *b = (Block *) layer;

  mn_cpu_layer_free (b->expand);
  mn_cpu_layer_free (b->depthwise);
  mn_cpu_layer_free (b->project);
}

static const MnCpuKind block_kind = {sizeof (Block), run_block, clear_block};

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

/* layer, if it is one whose output rows all have taps in the picture, and
 * nobody asks for sums, which are those of a call; else NULL. */
static MnCpuDwconv *
as_depthwise (MnCpuLayer *layer)
{
  MnCpuDwconv *dw = (MnCpuDwconv *) layer;

  if (layer->kind != &mn_cpu_dwconv_kind)
    return NULL;
  return dw->kind != MN_DWCONV_MULTIPLIER && layer->sums < 0
          && dw->args.dilation_h == 1 && dw->args.pad_top < dw->args.kernel_h
          && (dw->out_h - 1) * dw->args.stride_h
              < dw->args.in_h + dw->args.pad_top
      ? dw
      : NULL;
}

/* Whether only dw reads what layer, the one before it, makes of its input. */
static gboolean
feeds (const guint *n_readers, const MnCpuLayer *layer, const MnCpuDwconv *dw)
{
  return layer->out == dw->layer.in[MN_CPU_IN]
      && layer->in[MN_CPU_IN_RESIDUAL] < 0 && layer->in[MN_CPU_IN_SCALE] < 0
      && n_readers[layer->out] == 1;
}

/* Not twice the threads: what lies between two tasks is computed twice. */
static guint
n_tasks (const MnBackendPlan *plan, const MnCpuDwconv *dw)
{
  return MIN (plan->threads, dw->out_h);
}

/* Whether a product has a row for each of so many pixels: FULLY_CONNECTED may
 * take several pixels for one row, or parts of one. */
static gboolean
is_pointwise (const MnCpuLayer *layer, gsize pixels)
{
  return layer->kind == &mn_cpu_gemm_kind
      && ((const MnCpuGemm *) layer)->m == pixels;
}

/* Whether layer is a block from which dw had better take rows as they are
 * made. */
static gboolean
is_worth_rows (const MnBackendPlan *plan, const MnCpuLayer *layer,
    const MnCpuDwconv *dw)
{
  gsize twice = MAX (dw->args.kernel_h, dw->args.stride_h) - dw->args.stride_h;
  guint tasks = n_tasks (plan, dw);
  const Block *b = (const Block *) layer;

  return (!b->expand || b->expand->kind != &block_kind)
      && value_size (plan, layer->out) > FAR (plan->cache)
      && (tasks == 1 || b->depthwise->out_h >= twice * WORTH_TWICE * tasks);
}

/* How layer, which feeds dw, makes rows for it: the stem, a pointwise one, or
 * another block. NULL: not, or not worth it. */
static MakeRows
choose_make_rows (const MnBackendPlan *plan, const MnCpuLayer *layer,
    const MnCpuDwconv *dw)
{
  if (layer->kind == &block_kind)
    return is_worth_rows (plan, layer, dw) ? make_block_rows : NULL;
  if (value_size (plan, layer->out) <= plan->cache)
    return NULL;
  if (layer->kind == &mn_cpu_conv_kind)
    return make_stem;
  return is_pointwise (layer, dw->args.in_h * dw->args.in_w) ? make_pointwise
                                                             : NULL;
}

static gboolean
projects (const guint *n_readers, const MnCpuLayer *layer,
    const MnCpuDwconv *dw)
{
  return is_pointwise (layer, dw->out_h * dw->args.out_w)
      && layer->in[MN_CPU_IN] == dw->layer.out && layer->in[MN_CPU_IN_SCALE] < 0
      && n_readers[dw->layer.out] == 1;
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
  const MnDwconvArgs *args = &b->depthwise->args;
  gsize out_h = b->depthwise->out_h;
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

/* What a layer of them all looks like from outside. */
static void
set_layer (const MnBackendPlan *plan, Block *b)
{
  const MnCpuLayer *dw = &b->depthwise->layer;
  const MnCpuLayer *behind = b->project ? &b->project->layer : NULL;
  const MnCpuLayer *first = b->expand ? b->expand : dw;
  const MnCpuLayer *last = behind ? behind : dw;
  MnCpuLayer *layer = &b->layer;

  layer->name = g_strdup_printf ("%s .. %s", first->name, last->name);
  layer->kernels = dw->kernels;
  layer->in[MN_CPU_IN] = first->in[MN_CPU_IN];
  if (behind)
    layer->in[MN_CPU_IN_RESIDUAL] = behind->in[MN_CPU_IN_RESIDUAL];
  layer->out = last->out;
  layer->scratch = b->size + (b->expand ? b->expand->scratch : 0);
  layer->flops = dw->flops + (b->expand ? b->expand->flops : 0)
      + (behind ? behind->flops : 0);
  layer->bytes = value_size (plan, layer->in[MN_CPU_IN])
      + value_size (plan, layer->out);
  layer->n_tasks = n_tasks (plan, b->depthwise);
}

/* Of dw, if it is a depthwise convolution, and its neighbours; NULL: no
 * block. */
static Block *
make_block (const MnBackendPlan *plan, const guint *n_readers,
    MnCpuLayer *before, MnCpuLayer *layer, MnCpuLayer *behind)
{
  MnCpuDwconv *dw = as_depthwise (layer);
  MakeRows make_rows = NULL;
  gsize element, size;
  Block *b;

  if (!dw)
    return NULL;
  if (before && feeds (n_readers, before, dw))
    make_rows = choose_make_rows (plan, before, dw);
  size = value_size (plan, layer->in[MN_CPU_IN])
      + value_size (plan, layer->out);
  if (behind
      && (!projects (n_readers, behind, dw)
          || (!make_rows && size <= 2 * plan->cache)))
    behind = NULL;
  if (!make_rows && !behind)
    return NULL;
  b = mn_cpu_layer_new ("block", &block_kind);
  b->expand = make_rows ? before : NULL;
  b->make_rows = make_rows;
  b->depthwise = dw;
  b->project = (MnCpuGemm *) behind;
  /* By what the kernels take for a row. */
  element = mn_element_size (layer->kernels->element);
  b->in_row = dw->args.in_w * dw->args.in_stride * element;
  b->out_row = dw->args.out_w * dw->args.out_stride * element;
  b->result_row = behind ? dw->args.out_w * b->project->args.c_stride * element
                         : b->out_row;
  set_tile (plan, b);
  set_layer (plan, b);
  return b;
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
    Block *b = make_block (plan, n_readers, before, old[i],
        i + 1 < n ? old[i + 1] : NULL);

    if (b) {
      /* What it consists of is no layer of its own. */
      if (b->expand)
        g_ptr_array_set_size (plan->layers, plan->layers->len - 1);
      i += b->project != NULL;
    }
    before = b ? &b->layer : old[i];
    g_ptr_array_add (plan->layers, before);
  }
  g_ptr_array_set_free_func (plan->layers, mn_cpu_layer_free);
}
