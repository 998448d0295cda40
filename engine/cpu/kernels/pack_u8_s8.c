/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Weights, biases and factors in the order of the kernels of 8-bit products.
 *
 * Convolution: tiles of vectors of outputs. Of each tile first the weights,
 * for four of k after the other: vectors of outputs by four of k; then the
 * constants, vector by vector. Each kernel row starts a new four.
 *
 * Depthwise: tiles of four vectors of slots. Of each first the weights, for
 * one step (mn_q8_dw_steps) after the other: four vectors of slots by four;
 * then the constants; and where some channels do not round up (n_up) four
 * vectors of masks, -1 for those that do not.
 *
 * Weights are bytes, or words where is_wide (quant.h) says so. A step's words
 * for a convolution are first all weights 0 and 1 of each four, then 2 and 3;
 * for a depthwise one, of each vector first 0 and 2, then 1 and 3. Narrow ones
 * are bytes in the order of words. */

#include "engine/cpu/kernels/kernels_u8.h"

#include <string.h>

/* Bits by which a product may be shifted and still leave room for the zero
 * point above. */
#define MOST_RIGHT 22

static gint32
weight_at (const MnQWeights *w, gsize i, gsize j)
{
  gsize at = i * w->k_stride + j * w->n_stride;
  gint32 value = w->is_signed ? ((const gint8 *) w->w)[at]
                              : ((const guint8 *) w->w)[at];

  return value - (gint32) w->zero[j * w->zero_step];
}

/* Bytes of four weights. */
static gsize
four_size (const MnQ8Kernels *q8, const MnQConvArgs *args)
{
  return q8->is_wide && !args->is_narrow ? 4 * sizeof (gint16) : 4;
}

/* Weight number i of n fours at out. */
static void
put (const MnQ8Kernels *q8, const MnQConvArgs *args, gsize n, gsize i,
    gint32 weight, guint8 *out)
{
  gsize part = i % 4;
  gint16 word = weight;

  if (q8->is_wide)
    i = (part / 2 * n + i / 4) * 2 + part % 2;
  if (q8->is_wide && !args->is_narrow)
    memcpy (out + i * sizeof (word), &word, sizeof (word));
  else
    out[i] = weight;
}

/* The same of a vector's fours, for a depthwise convolution. */
static void
put_dw (const MnQ8Kernels *q8, const MnQConvArgs *args, gsize i, gint32 weight,
    guint8 *out)
{
  gsize part = i % 4;

  if (q8->is_wide && (part == 1 || part == 2))
    i += part == 1 ? 1 : -1;
  put (q8, args, q8->width, i, weight, out);
}

static gboolean
are_bytes (const MnQWeights *w, gint64 zero)
{
  return w->is_signed && zero == 0;
}

/* What a product takes: bytes, or words of what bytes can differ by. */
static gboolean
zero_fits (const MnQ8Kernels *q8, const MnQWeights *w, gint64 zero)
{
  if (!q8->is_wide)
    return are_bytes (w, zero);
  return zero >= (w->is_signed ? G_MININT8 : 0)
      && zero <= (w->is_signed ? G_MAXINT8 : G_MAXUINT8);
}

static gsize
n_weights (gboolean depthwise, const MnQConvArgs *args)
{
  return (gsize) args->kernel_h * args->kernel_w * (depthwise ? 1 : args->in_c);
}

static gsize
n_vecs (const MnQ8Kernels *q8, const MnQConvArgs *args)
{
  return (args->out_c + q8->width - 1) / q8->width;
}

/* Sum of the weights of output j; magnitude: of what it can become. */
static gint64
sum_weights (gboolean depthwise, const MnQConvArgs *args, const MnQWeights *w,
    gsize j, gint64 *magnitude)
{
  gsize k = n_weights (depthwise, args), i;
  gint64 sum = 0, all = 0;

  for (i = 0; i < k; i++) {
    gint32 value = weight_at (w, i, j);

    sum += value;
    all += ABS (value);
  }
  *magnitude = ABS ((gint64) args->bias[j]) + 2 * 255 * all;
  return sum;
}

static MnFactor
factor_at (const MnQConvArgs *args, gsize j)
{
  return (MnFactor) {args->multipliers[j], args->lefts[j] - args->rights[j]};
}

/* A factor that makes nothing but 0 of everything up to magnitude. */
static gboolean
is_nothing (gint64 magnitude, MnFactor factor)
{
  return factor.multiplier == 0
      || (mn_requant_up (magnitude, factor) == 0
          && mn_requant_up (-magnitude, factor) == 0);
}

static gboolean
channel_fits (gint64 magnitude, MnFactor factor)
{
  if (magnitude >= G_MAXINT32 / 2)
    return FALSE;
  if (factor.shift > 0)
    return (magnitude << MIN (factor.shift, 31)) < G_MAXINT32 / 2;
  return factor.shift >= -MOST_RIGHT || is_nothing (magnitude, factor);
}

gboolean
mn_q8_takes (const MnQ8Kernels *q8, gboolean depthwise, const MnQConvArgs *args,
    const MnQWeights *w)
{
  gint64 magnitude;
  gsize j;

  if (!(depthwise ? q8->dwconv : q8->conv))
    return FALSE;
  if (depthwise
      && (args->multiplier != 1 || args->kernel_h != args->kernel_w
          || (args->kernel_w != 3 && args->kernel_w != 5)
          || args->stride_h != args->stride_w || args->stride_w > 2
          || args->dilation_h != 1 || args->dilation_w != 1))
    return FALSE;
  for (j = 0; j < args->out_c; j++) {
    if (!zero_fits (q8, w, w->zero[j * w->zero_step]))
      return FALSE;
    sum_weights (depthwise, args, w, j, &magnitude);
    if (!channel_fits (magnitude, factor_at (args, j)))
      return FALSE;
  }
  return TRUE;
}

gboolean
mn_q8_can_narrow (const MnQ8Kernels *q8, gboolean depthwise,
    const MnQConvArgs *args, const MnQWeights *w)
{
  gsize j;

  if (depthwise || !q8->is_wide)
    return FALSE;
  for (j = 0; j < args->out_c; j++) {
    if (!are_bytes (w, w->zero[j * w->zero_step]))
      return FALSE;
  }
  return TRUE;
}

gsize
mn_q8_tiles (const MnQ8Kernels *q8, gboolean depthwise, const MnQConvArgs *args)
{
  gsize vecs = depthwise ? 4 : q8->conv_vecs;

  return (n_vecs (q8, args) + vecs - 1) / vecs;
}

static gsize
constants_size (const MnQ8Kernels *q8)
{
  return q8->width * sizeof (gint32) + q8->factors_size;
}

gsize
mn_q8_size (const MnQ8Kernels *q8, gboolean depthwise, const MnQConvArgs *args)
{
  gsize steps = depthwise ? mn_q8_dw_steps (args->kernel_h)
                          : args->kernel_h * mn_q8_row_steps (args);
  gsize vecs = depthwise ? 4 * mn_q8_tiles (q8, TRUE, args) : n_vecs (q8, args);
  gsize masks = depthwise && args->n_up < args->out_c
      ? q8->width * sizeof (gint32)
      : 0;

  return vecs
      * (steps * q8->width * four_size (q8, args) + constants_size (q8)
          + masks);
}

gsize
mn_q8_scratch (const MnQ8Kernels *q8, gboolean depthwise,
    const MnQConvArgs *args)
{
  gsize columns, k = mn_q8_n_weights (args);

  if (!depthwise && q8->is_wide)
    return mn_q8_group (args) * k * (1 + sizeof (gint16))
        + MN_Q8_SPARE * (1 + args->kernel_h);
  if (!depthwise)
    return MN_Q8_ROWS * k;
  /* A pixel outside, and where the columns of each row lie. */
  columns = (args->out_w + 3) * args->stride_w + args->kernel_w;
  return (args->in_c + 63) / 64 * 64
      + columns * args->kernel_h * sizeof (gpointer);
}

/* Constants of a vector with these channels; -1: none. */
static guint8 *
pack_constants (const MnQ8Kernels *q8, gboolean depthwise,
    const MnQConvArgs *args, const MnQWeights *w, const gint *channels,
    guint8 *out)
{
  gint32 zero = args->x.zero - (q8->is_signed ? 128 : 0);
  MnQChannel all[64] = {
    {0, {0, 0}},
  };
  gsize i;

  for (i = 0; i < q8->width; i++) {
    gint j = channels[i];

    if (j >= 0) {
      gint64 magnitude;
      gint64 sum = sum_weights (depthwise, args, w, j, &magnitude);

      all[i].bias = args->bias[j] - zero * sum;
      all[i].factor = factor_at (args, j);
      if (is_nothing (magnitude, all[i].factor))
        all[i].factor = (MnFactor) {0, 0};
    }
    memcpy (out + i * sizeof (gint32), &all[i].bias, sizeof (gint32));
  }
  out += q8->width * sizeof (gint32);
  q8->pack_factors (all, args->y.zero, out);
  return out + q8->factors_size;
}

/* A tile of vectors first .. end - 1. */
static guint8 *
pack_tile (const MnQ8Kernels *q8, const MnQConvArgs *args, const MnQWeights *w,
    gsize first, gsize end, guint8 *out)
{
  gsize row = args->kernel_w * args->in_c, k, n = (end - first) * q8->width, i;
  gsize base = first * q8->width;
  gint channels[64], ky;

  for (ky = 0; ky < args->kernel_h; ky++) {
    for (k = 0; k < mn_q8_row_steps (args) * 4; k += 4) {
      for (i = 0; i < n * 4; i++) {
        if (k + i % 4 < row && base + i / 4 < args->out_c)
          put (q8, args, n, i,
              weight_at (w, ky * row + k + i % 4, base + i / 4), out);
      }
      out += n * four_size (q8, args);
    }
  }
  for (; first < end; first++) {
    for (i = 0; i < q8->width; i++)
      channels[i] = first * q8->width + i < args->out_c
          ? (gint) (first * q8->width + i)
          : -1;
    out = pack_constants (q8, FALSE, args, w, channels, out);
  }
  return out;
}

/* Which of the kernel's weights is number i of a step's four; -1: none. */
static gint
dw_tap (const MnQConvArgs *args, gint step, gint i)
{
  gint size = args->kernel_h;

  if (step < size)
    return i < size ? i * size + step : -1;
  if (step == 5)
    return 4 * size + i;
  return i == (args->stride_w == 1 ? 3 : 2) ? 4 * size + 4 : -1;
}

/* Where there is nothing to round there is no half. */
static guint8 *
pack_masks (const MnQ8Kernels *q8, const MnQConvArgs *args,
    const gint *channels, guint8 *out)
{
  gsize i;

  for (i = 0; i < q8->width; i++) {
    gint j = channels[i];
    gint32 mask = j >= 0 && (gsize) j >= args->n_up && args->rights[j] > 0 ? -1
                                                                           : 0;

    memcpy (out + i * sizeof (mask), &mask, sizeof (mask));
  }
  return out + q8->width * sizeof (gint32);
}

/* The four vectors' slots are in the order in which bytes unpack, sixteen by
 * sixteen: vector v, slot 4 L + e is channel 16 L + 4 v + e. */
static guint8 *
pack_dw_tile (const MnQ8Kernels *q8, const MnQConvArgs *args,
    const MnQWeights *w, gsize first, guint8 *out)
{
  gsize pixels = mn_q8_dw_pixels (args->out_c - first, q8->width);
  gint slots[4][64], width = q8->width, v, i;
  gsize step;

  for (v = 0; v < 4; v++) {
    for (i = 0; i < width; i++) {
      gsize c = first + (16 * (i / 4) + 4 * v + i % 4) % (4 * width / pixels);

      slots[v][i] = c < args->out_c ? (gint) c : -1;
    }
  }
  for (step = 0; step < mn_q8_dw_steps (args->kernel_h); step++) {
    for (v = 0; v < 4; v++) {
      for (i = 0; i < width * 4; i++) {
        gint tap = dw_tap (args, step, i % 4);

        if (tap >= 0 && slots[v][i / 4] >= 0)
          put_dw (q8, args, i, weight_at (w, tap, slots[v][i / 4]), out);
      }
      out += width * four_size (q8, args);
    }
  }
  for (v = 0; v < 4; v++)
    out = pack_constants (q8, TRUE, args, w, slots[v], out);
  for (v = 0; v < 4 && args->n_up < args->out_c; v++)
    out = pack_masks (q8, args, slots[v], out);
  return out;
}

void
mn_qpack8 (const MnQ8Kernels *q8, gboolean depthwise, const MnQConvArgs *args,
    const MnQWeights *w, guint8 *out)
{
  gsize vecs = n_vecs (q8, args), n = mn_q8_tiles (q8, depthwise, args), t;

  memset (out, 0, mn_q8_size (q8, depthwise, args));
  for (t = 0; t < n; t++) {
    if (depthwise)
      out = pack_dw_tile (q8, args, w, t * 4 * q8->width, out);
    else
      out = pack_tile (q8, args, w, mn_q8_tile_start (vecs, q8->conv_vecs, t),
          mn_q8_tile_start (vecs, q8->conv_vecs, t + 1), out);
  }
}
