/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Depthwise convolution of bytes: a vector of channels after the other, so
 * that its weights stay close. */

#include "engine/cpu/kernels/simd_kernels_u8.h"

/* Channels c .. c + n - 1 of the output see these of an input pixel. */
V_INLINE vi
load_channels (const guint8 *x, gsize c, const gsize n,
    const gboolean multiplies, const MnConvU8Args *args)
{
  guint8 all[V_LEN] = {
    0,
  };
  gsize i;

  if (!multiplies)
    return vi_centre (vi_load_bytes_n (x + c, n), &args->x);
  for (i = 0; i < n; i++)
    all[i] = x[(c + i) / args->multiplier];
  return vi_centre (vi_load_bytes (all), &args->x);
}

/* Of a kernel's rows or columns, those inside the picture. */
V_INLINE void
clip (gint64 at, gsize size, gint kernel, gint dilation, gint *first, gint *end)
{
  *first = 0;
  *end = kernel;
  while (*first < kernel && at + *first * dilation < 0)
    ++*first;
  while (*end > *first && at + (*end - 1) * dilation >= (gint64) size)
    --*end;
}

/* Output rows first .. end - 1 of channels c .. c + n - 1. size: of the
 * kernel, 0 when it is not square or is dilated; mixes: not all of them round
 * halves up. */
V_INLINE void
channels (const gint size, const gsize n, const gboolean multiplies,
    const gboolean mixes, gsize c, gsize first, gsize end, const guint8 *x,
    guint8 *y, gsize padded, const MnConvU8Args *args)
{
  const gint kernel_h = size ? size : args->kernel_h;
  const gint kernel_w = size ? size : args->kernel_w;
  const gint dilation_h = size ? 1 : args->dilation_h;
  const gint dilation_w = size ? 1 : args->dilation_w;
  const gint16 *w = args->weights + c;
  vi bias = vi_load (args->bias + c);
  vi away = mixes ? vi_away_channels (args, c) : vi_set1 (0);
  gsize oy, ox;
  gint ky, kx, y0, y1, x0, x1;

  for (oy = first; oy < end; oy++) {
    gint64 row = (gint64) oy * args->stride_h - args->pad_top;

    clip (row, args->in_h, kernel_h, dilation_h, &y0, &y1);
    for (ox = 0; ox < args->out_w; ox++) {
      gint64 column = (gint64) ox * args->stride_w - args->pad_left;
      vi acc = bias;

      clip (column, args->in_w, kernel_w, dilation_w, &x0, &x1);
#define TAP(ky, kx) \
  acc = vi_dot (acc, \
      load_channels (x \
              + ((row + (ky) * dilation_h) * (gint64) args->in_w + column \
                    + (kx) * dilation_w) \
                  * (gint64) args->in_c, \
          c, n, multiplies, args), \
      vi_load_words (w + ((ky) * kernel_w + (kx)) * padded))
      if (size && y1 - y0 == size && x1 - x0 == size) {
        V_UNROLL for (ky = 0; ky < size; ky++)
        {
          V_UNROLL for (kx = 0; kx < size; kx++) TAP (ky, kx);
        }
      } else {
        for (ky = y0; ky < y1; ky++) {
          for (kx = x0; kx < x1; kx++)
            TAP (ky, kx);
        }
      }
#undef TAP
      acc = mixes ? vi_requant_mixed (acc, args, c, away)
                  : vi_requant_channels (acc, args, c);
      vi_store_n (y + (oy * args->out_w + ox) * args->out_c + c, acc, &args->y,
          args->lo, args->hi, n);
    }
  }
}

/* By itself, so that it costs the others nothing. */
static void __attribute__ ((noinline))
mixed_channels (gint size, gsize n, gsize c, gsize first, gsize end,
    const guint8 *x, guint8 *y, gsize padded, const MnConvU8Args *args)
{
  if (args->multiplier > 1)
    channels (0, n, TRUE, TRUE, c, first, end, x, y, padded, args);
  else if (size == 3)
    channels (3, n, FALSE, TRUE, c, first, end, x, y, padded, args);
  else if (size == 5)
    channels (5, n, FALSE, TRUE, c, first, end, x, y, padded, args);
  else
    channels (0, n, FALSE, TRUE, c, first, end, x, y, padded, args);
}

void
MN_SIMD (mn_dwconv_u8_s16) (gsize first, gsize end, const guint8 *x, guint8 *y,
    gpointer scratch, const MnConvU8Args *args)
{
  gsize padded = (args->out_c + V_LEN - 1) / V_LEN * V_LEN, c;
  gint size = 0;

  if (args->kernel_h == args->kernel_w && args->dilation_h == 1
      && args->dilation_w == 1)
    size = args->kernel_h;
  for (c = 0; c < args->out_c; c += V_LEN) {
    gsize n = MIN (args->out_c - c, V_LEN);

    if (c + n > args->n_up)
      mixed_channels (size, n, c, first, end, x, y, padded, args);
    else if (args->multiplier > 1)
      channels (0, n, TRUE, FALSE, c, first, end, x, y, padded, args);
    else if (size == 3 && n == V_LEN)
      channels (3, V_LEN, FALSE, FALSE, c, first, end, x, y, padded, args);
    else if (size == 3)
      channels (3, n, FALSE, FALSE, c, first, end, x, y, padded, args);
    else if (size == 5 && n == V_LEN)
      channels (5, V_LEN, FALSE, FALSE, c, first, end, x, y, padded, args);
    else if (size == 5)
      channels (5, n, FALSE, FALSE, c, first, end, x, y, padded, args);
    else
      channels (0, n, FALSE, FALSE, c, first, end, x, y, padded, args);
  }
}
