/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Weights, biases and factors in the order of the kernels of 8-bit products.
 *
 * Convolution: tiles of vectors of outputs. Of each tile first the weights,
 * for four of k after the other: vectors of outputs by four of k; then the
 * constants, vector by vector. Each kernel row starts a new four.
 *
 * Depthwise: tiles of four vectors of slots. Of each first the weights, for
 * one step (mn_u8_s8_dw_steps) after the other: four vectors of slots by four;
 * then the constants; and where some channels do not round up (n_up) four
 * vectors of masks, -1 for those that do not.
 *
 * Weights are bytes, or words where is_wide (kernels_u8.h) says so. A step's
 * words for a convolution are first all weights 0 and 1 of each four, then 2
 * and 3; for a depthwise one, of each vector first 0 and 2, then 1 and 3.
 * Narrow ones are bytes in the order of words. */

#include "engine/cpu/kernels/pack_u8.h"

#include <string.h>

/* Bits by which a product may be shifted and still leave room for the zero
 * point above. */
#define MOST_RIGHT 22

static gint32
weight_at (const MnByteWeights *w, gsize i, gsize j)
{
  gsize at = i * w->k_stride + j * w->n_stride;
  gint32 value = w->is_signed ? ((const gint8 *) w->w)[at]
                              : ((const guint8 *) w->w)[at];

  return value - (gint32) w->zero[j * w->zero_step];
}

/* Bytes of four weights. */
static gsize
four_size (const MnU8S8Kernels *s8, const MnConvU8Args *args)
{
  return s8->is_wide && !args->is_narrow ? 4 * sizeof (gint16) : 4;
}

/* Weight number i of n fours at out. */
static void
put (const MnU8S8Kernels *s8, const MnConvU8Args *args, gsize n, gsize i,
    gint32 weight, guint8 *out)
{
  gsize part = i % 4;
  gint16 word = weight;

  if (s8->is_wide)
    i = (part / 2 * n + i / 4) * 2 + part % 2;
  if (s8->is_wide && !args->is_narrow)
    memcpy (out + i * sizeof (word), &word, sizeof (word));
  else
    out[i] = weight;
}

/* The same of a vector's fours, for a depthwise convolution. */
static void
put_dw (const MnU8S8Kernels *s8, const MnConvU8Args *args, gsize i,
    gint32 weight, guint8 *out)
{
  gsize part = i % 4;

  if (s8->is_wide && (part == 1 || part == 2))
    i += part == 1 ? 1 : -1;
  put (s8, args, s8->width, i, weight, out);
}

static gboolean
are_bytes (const MnByteWeights *w, gint64 zero)
{
  return w->is_signed && zero == 0;
}

/* What a product takes: bytes, or words of what bytes can differ by. */
static gboolean
zero_fits (const MnU8S8Kernels *s8, const MnByteWeights *w, gint64 zero)
{
  if (!s8->is_wide)
    return are_bytes (w, zero);
  return zero >= (w->is_signed ? G_MININT8 : 0)
      && zero <= (w->is_signed ? G_MAXINT8 : G_MAXUINT8);
}

static gsize
n_weights (gboolean depthwise, const MnConvU8Args *args)
{
  return (gsize) args->kernel_h * args->kernel_w * (depthwise ? 1 : args->in_c);
}

static gsize
n_vecs (const MnU8S8Kernels *s8, const MnConvU8Args *args)
{
  return (args->out_c + s8->width - 1) / s8->width;
}

/* Sum of the weights of output j; magnitude: of what it can become. */
static gint64
sum_weights (gboolean depthwise, const MnConvU8Args *args,
    const MnByteWeights *w, gsize j, gint64 *magnitude)
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
factor_at (const MnConvU8Args *args, gsize j)
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
mn_u8_s8_takes (const MnU8S8Kernels *s8, gboolean depthwise,
    const MnConvU8Args *args, const MnByteWeights *w)
{
  gint64 magnitude;
  gsize j;

  if (!(depthwise ? s8->dwconv : s8->conv))
    return FALSE;
  if (depthwise
      && (args->multiplier != 1 || args->kernel_h != args->kernel_w
          || (args->kernel_w != 3 && args->kernel_w != 5)
          || args->stride_h != args->stride_w || args->stride_w > 2
          || args->dilation_h != 1 || args->dilation_w != 1))
    return FALSE;
  for (j = 0; j < args->out_c; j++) {
    if (!zero_fits (s8, w, w->zero[j * w->zero_step]))
      return FALSE;
    sum_weights (depthwise, args, w, j, &magnitude);
    if (!channel_fits (magnitude, factor_at (args, j)))
      return FALSE;
  }
  return TRUE;
}

gboolean
mn_u8_s8_can_narrow (const MnU8S8Kernels *s8, gboolean depthwise,
    const MnConvU8Args *args, const MnByteWeights *w)
{
  gsize j;

  if (depthwise || !s8->is_wide)
    return FALSE;
  for (j = 0; j < args->out_c; j++) {
    if (!are_bytes (w, w->zero[j * w->zero_step]))
      return FALSE;
  }
  return TRUE;
}

gsize
mn_u8_s8_tiles (const MnU8S8Kernels *s8, gboolean depthwise,
    const MnConvU8Args *args)
{
  gsize vecs = depthwise ? 4 : s8->conv_vecs;

  return (n_vecs (s8, args) + vecs - 1) / vecs;
}

static gsize
constants_size (const MnU8S8Kernels *s8)
{
  return s8->width * sizeof (gint32) + s8->factors_size;
}

gsize
mn_u8_s8_size (const MnU8S8Kernels *s8, gboolean depthwise,
    const MnConvU8Args *args)
{
  gsize steps = depthwise ? mn_u8_s8_dw_steps (args->kernel_h)
                          : args->kernel_h * mn_u8_s8_row_steps (args);
  gsize vecs = depthwise ? 4 * mn_u8_s8_tiles (s8, TRUE, args)
                         : n_vecs (s8, args);
  gsize masks = depthwise && args->n_up < args->out_c
      ? s8->width * sizeof (gint32)
      : 0;

  return vecs
      * (steps * s8->width * four_size (s8, args) + constants_size (s8)
          + masks);
}

gsize
mn_u8_s8_scratch (const MnU8S8Kernels *s8, gboolean depthwise,
    const MnConvU8Args *args)
{
  gsize columns, k = mn_u8_s8_n_weights (args);

  if (!depthwise && s8->is_wide)
    return mn_u8_s8_group (args) * k * (1 + sizeof (gint16))
        + MN_U8_S8_SPARE * (1 + args->kernel_h);
  if (!depthwise)
    return MN_U8_S8_ROWS * k;
  /* A pixel outside, and where the columns of each row lie. */
  columns = (args->out_w + 3) * args->stride_w + args->kernel_w;
  return (args->in_c + 63) / 64 * 64
      + columns * args->kernel_h * sizeof (gpointer);
}

/* Constants of a vector with these channels; -1: none. */
static guint8 *
pack_constants (const MnU8S8Kernels *s8, gboolean depthwise,
    const MnConvU8Args *args, const MnByteWeights *w, const gint *channels,
    guint8 *out)
{
  gint32 zero = args->x.zero - (s8->is_signed ? 128 : 0);
  MnFactor factors[64] = {
    {0, 0},
  };
  gsize i;

  for (i = 0; i < s8->width; i++) {
    gint j = channels[i];
    gint32 bias = 0;

    if (j >= 0) {
      gint64 magnitude;
      gint64 sum = sum_weights (depthwise, args, w, j, &magnitude);

      /* With the zero point of x. */
      bias = args->bias[j] - zero * sum;
      if (!is_nothing (magnitude, factor_at (args, j)))
        factors[i] = factor_at (args, j);
    }
    memcpy (out + i * sizeof (bias), &bias, sizeof (bias));
  }
  out += s8->width * sizeof (gint32);
  s8->pack_factors (factors, args->y.zero, out);
  return out + s8->factors_size;
}

/* A tile of vectors first .. end - 1. */
static guint8 *
pack_tile (const MnU8S8Kernels *s8, const MnConvU8Args *args,
    const MnByteWeights *w, gsize first, gsize end, guint8 *out)
{
  gsize row = args->kernel_w * args->in_c, k, n = (end - first) * s8->width, i;
  gsize base = first * s8->width;
  gint channels[64], ky;

  for (ky = 0; ky < args->kernel_h; ky++) {
    for (k = 0; k < mn_u8_s8_row_steps (args) * 4; k += 4) {
      for (i = 0; i < n * 4; i++) {
        if (k + i % 4 < row && base + i / 4 < args->out_c)
          put (s8, args, n, i,
              weight_at (w, ky * row + k + i % 4, base + i / 4), out);
      }
      out += n * four_size (s8, args);
    }
  }
  for (; first < end; first++) {
    for (i = 0; i < s8->width; i++)
      channels[i] = first * s8->width + i < args->out_c
          ? (gint) (first * s8->width + i)
          : -1;
    out = pack_constants (s8, FALSE, args, w, channels, out);
  }
  return out;
}

/* Which of the kernel's weights is number i of a step's four; -1: none. */
static gint
dw_tap (const MnConvU8Args *args, gint step, gint i)
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
pack_masks (const MnU8S8Kernels *s8, const MnConvU8Args *args,
    const gint *channels, guint8 *out)
{
  gsize i;

  for (i = 0; i < s8->width; i++) {
    gint j = channels[i];
    gint32 mask = j >= 0 && (gsize) j >= args->n_up && args->rights[j] > 0 ? -1
                                                                           : 0;

    memcpy (out + i * sizeof (mask), &mask, sizeof (mask));
  }
  return out + s8->width * sizeof (gint32);
}

/* The four vectors' slots are in the order in which bytes unpack, sixteen by
 * sixteen: vector v, slot 4 L + e is channel 16 L + 4 v + e. */
static guint8 *
pack_dw_tile (const MnU8S8Kernels *s8, const MnConvU8Args *args,
    const MnByteWeights *w, gsize first, guint8 *out)
{
  gsize pixels = mn_u8_s8_dw_pixels (args->out_c - first, s8->width);
  gint slots[4][64], width = s8->width, v, i;
  gsize step;

  for (v = 0; v < 4; v++) {
    for (i = 0; i < width; i++) {
      gsize c = first + (16 * (i / 4) + 4 * v + i % 4) % (4 * width / pixels);

      slots[v][i] = c < args->out_c ? (gint) c : -1;
    }
  }
  for (step = 0; step < mn_u8_s8_dw_steps (args->kernel_h); step++) {
    for (v = 0; v < 4; v++) {
      for (i = 0; i < width * 4; i++) {
        gint tap = dw_tap (args, step, i % 4);

        if (tap >= 0 && slots[v][i / 4] >= 0)
          put_dw (s8, args, i, weight_at (w, tap, slots[v][i / 4]), out);
      }
      out += width * four_size (s8, args);
    }
  }
  for (v = 0; v < 4; v++)
    out = pack_constants (s8, TRUE, args, w, slots[v], out);
  for (v = 0; v < 4 && args->n_up < args->out_c; v++)
    out = pack_masks (s8, args, slots[v], out);
  return out;
}

void
mn_u8_s8_pack (const MnU8S8Kernels *s8, gboolean depthwise,
    const MnConvU8Args *args, const MnByteWeights *w, guint8 *out)
{
  gsize vecs = n_vecs (s8, args), n = mn_u8_s8_tiles (s8, depthwise, args), t;

  memset (out, 0, mn_u8_s8_size (s8, depthwise, args));
  for (t = 0; t < n; t++) {
    if (depthwise)
      out = pack_dw_tile (s8, args, w, t * 4 * s8->width, out);
    else
      out = pack_tile (s8, args, w,
          mn_u8_s8_tile_start (vecs, s8->conv_vecs, t),
          mn_u8_s8_tile_start (vecs, s8->conv_vecs, t + 1), out);
  }
}
