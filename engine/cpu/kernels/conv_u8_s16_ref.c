/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Convolutions of bytes: the truth. */

#include "engine/cpu/kernels/ref_u8.h"

#include <string.h>

/* Sums of products wrap as the vector instructions do. */
static inline gint32
add_product (gint32 sum, gint32 a, gint32 b)
{
  return (gint32) ((guint32) sum + (guint32) (a * b));
}

static void
store_channels (const gint32 *acc, guint8 *y, const MnConvU8Args *args)
{
  gsize c;

  for (c = 0; c < args->out_c; c++) {
    MnFactor factor = {args->multipliers[c], args->lefts[c] - args->rights[c]};
    gint32 q = c < args->n_up ? mn_requant_up (acc[c], factor)
                              : mn_requant_away (acc[c], factor);

    y[c] = mn_ref_store (q, &args->y, args->lo, args->hi);
  }
}

static gboolean
inside (gint64 row, gint64 column, const MnConvU8Args *args)
{
  return row >= 0 && row < (gint64) args->in_h && column >= 0
      && column < (gint64) args->in_w;
}

/* One output pixel: adds what a tap contributes. */
static void
conv_tap (const guint8 *x, const gint16 *w, gint32 *acc,
    const MnConvU8Args *args)
{
  gsize k, c;

  for (k = 0; k < args->in_c; k++) {
    gint32 value = mn_ref_load (&x[k], &args->x);

    for (c = 0; c < args->out_c; c++)
      acc[c] = add_product (acc[c], value, w[k * args->out_c + c]);
  }
}

static void
dwconv_tap (const guint8 *x, const gint16 *w, gint32 *acc,
    const MnConvU8Args *args)
{
  gsize k, m;

  for (k = 0; k < args->in_c; k++) {
    gint32 value = mn_ref_load (&x[k], &args->x);

    for (m = 0; m < args->multiplier; m++) {
      gsize c = k * args->multiplier + m;

      acc[c] = add_product (acc[c], value, w[c]);
    }
  }
}

typedef void (*TapFunc) (const guint8 *x, const gint16 *w, gint32 *acc,
    const MnConvU8Args *args);

static void
conv_rows (gsize first, gsize end, const guint8 *x, guint8 *y, gint32 *acc,
    const MnConvU8Args *args, TapFunc tap, gsize tap_size)
{
  gsize oy, ox;
  gint ky, kx;

  for (oy = first; oy < end; oy++) {
    for (ox = 0; ox < args->out_w; ox++) {
      memcpy (acc, args->bias, args->out_c * sizeof (gint32));
      for (ky = 0; ky < args->kernel_h; ky++) {
        for (kx = 0; kx < args->kernel_w; kx++) {
          gint64 row = (gint64) oy * args->stride_h - args->pad_top
              + ky * args->dilation_h;
          gint64 column = (gint64) ox * args->stride_w - args->pad_left
              + kx * args->dilation_w;

          if (inside (row, column, args))
            tap (x + (row * args->in_w + column) * args->in_c,
                args->weights + (ky * args->kernel_w + kx) * tap_size, acc,
                args);
        }
      }
      store_channels (acc, y + (oy * args->out_w + ox) * args->out_c, args);
    }
  }
}

void
mn_conv_u8_s16_ref (gsize first, gsize end, const guint8 *x, guint8 *y,
    gpointer scratch, const MnConvU8Args *args)
{
  conv_rows (first, end, x, y, scratch, args, conv_tap,
      args->in_c * args->out_c);
}

void
mn_dwconv_u8_s16_ref (gsize first, gsize end, const guint8 *x, guint8 *y,
    gpointer scratch, const MnConvU8Args *args)
{
  conv_rows (first, end, x, y, scratch, args, dwconv_tap, args->out_c);
}
