/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The plain kernels of quantised networks: the truth for all others. */

#include "engine/cpu/kernels/kernels_u8.h"

#include <math.h>
#include <string.h>

static inline gint32
load (const guint8 *x, const MnBytes *bytes)
{
  return (*x ^ bytes->flip) - bytes->zero;
}

static inline guint8
store (gint32 q, const MnBytes *bytes, gint32 lo, gint32 hi)
{
  /* Clamped first: the sum could overflow. */
  q = CLAMP (q, lo - bytes->zero, hi - bytes->zero);
  return (guint8) (q + bytes->zero) ^ bytes->flip;
}

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

    y[c] = store (q, &args->y, args->lo, args->hi);
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
    gint32 value = load (&x[k], &args->x);

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
    gint32 value = load (&x[k], &args->x);

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

/* ---- elementwise ------------------------------------------------------ */

static inline gint32
scale_operand (gint32 steps, MnFactor factor, MnAddU8Scaling scaling)
{
  gint shift = factor.shift, left = MN_ADD_U8_BITS + shift;

  /* Nothing is left of what goes too far to the right. */
  if (scaling == MN_ADD_U8_TWICE)
    return mn_requant_away (steps * (1 << MN_ADD_U8_BITS), factor);
  if (scaling == MN_ADD_U8_ONCE) {
    steps = left >= 0 ? steps * (1 << left) : left > -31 ? steps >> -left : 0;
    shift = 0;
  } else {
    steps *= 1 << MN_ADD_U8_BITS;
  }
  steps = mn_requant_up (steps, (MnFactor) {factor.multiplier, 0});
  return shift > -31 ? steps >> -shift : 0;
}

static inline void
add_or_subtract (gsize n, const guint8 *a, gsize a_step, const guint8 *b,
    gsize b_step, guint8 *y, const MnBinaryU8Args *args, gint32 sign)
{
  gsize i;

  for (i = 0; i < n; i++) {
    gint32 sum = scale_operand (load (a + i * a_step, &args->a), args->a_factor,
                     args->scaling)
        + sign
            * scale_operand (load (b + i * b_step, &args->b), args->b_factor,
                args->scaling);

    y[i] = store (mn_narrow (mn_requant_away (sum, args->y_factor), &args->y,
                      args->narrow),
        &args->y, args->lo, args->hi);
  }
}

void
mn_add_u8_ref (gsize n, const guint8 *a, gsize a_step, const guint8 *b,
    gsize b_step, guint8 *y, const MnBinaryU8Args *args)
{
  add_or_subtract (n, a, a_step, b, b_step, y, args, 1);
}

void
mn_sub_u8_ref (gsize n, const guint8 *a, gsize a_step, const guint8 *b,
    gsize b_step, guint8 *y, const MnBinaryU8Args *args)
{
  add_or_subtract (n, a, a_step, b, b_step, y, args, -1);
}

void
mn_mul_u8_ref (gsize n, const guint8 *a, gsize a_step, const guint8 *b,
    gsize b_step, guint8 *y, const MnBinaryU8Args *args)
{
  gsize i;

  for (i = 0; i < n; i++) {
    gint32 product = load (a + i * a_step, &args->a)
        * load (b + i * b_step, &args->b);

    y[i] = store (mn_narrow (mn_requant_away (product, args->y_factor),
                      &args->y, args->narrow),
        &args->y, args->lo, args->hi);
  }
}

void
mn_quantise_u8_ref (gsize n, const gfloat *x, guint8 *y, const MnBytes *bytes)
{
  gsize i;

  for (i = 0; i < n; i++)
    y[i] = mn_bytes_quantise (bytes, x[i]);
}

/* The integer next to steps, with the zero point, clamped. */
static guint8
quantised (gdouble steps, const MnBytes *bytes)
{
  gint32 own = bytes->zero - bytes->flip;
  gint32 lo = bytes->flip ? G_MININT8 : 0, q = G_MININT32;

  if (steps >= G_MININT32 && steps <= G_MAXINT32)
    q = (gint32) steps;
  q = (gint32) ((guint32) q + (guint32) own);
  return (guint8) CLAMP (q, lo, lo + 255);
}

void
mn_quantise_even_u8_ref (gsize n, const gfloat *x, guint8 *y,
    const MnBytes *bytes)
{
  gfloat inverse = 1 / bytes->scale;
  gsize i;

  for (i = 0; i < n; i++)
    y[i] = quantised (rintf (x[i] * inverse), bytes);
}

void
mn_quantise_rest_u8 (gsize n, const gfloat *x, guint8 *y, const MnBytes *bytes)
{
  gsize i;

  for (i = 0; i < n; i++)
    y[i] = quantised (round ((gdouble) x[i] / (gdouble) bytes->scale), bytes);
}

gfloat
mn_dequantise_u8 (const MnBytes *bytes, guint8 x, gboolean rest)
{
  gint32 own = bytes->zero - bytes->flip, q = (x ^ bytes->flip) - bytes->flip;
  /* Neither joined with the sum by compilers that could. */
  volatile gfloat product = bytes->scale * q;
  volatile gfloat zero = (gfloat) ((gdouble) -own * (gdouble) bytes->scale);

  return rest ? bytes->scale * (q - own) : product + zero;
}

void
mn_lookup_u8_ref (gsize n, const guint8 *x, guint8 *y, const guint8 *table)
{
  gsize i;

  for (i = 0; i < n; i++)
    y[i] = table[x[i]];
}

/* ---- pooling ---------------------------------------------------------- */

typedef struct
{
  gsize first_row, end_row, first_column, end_column;
} Window;

static Window
window_of (gsize oy, gsize ox, const MnPoolU8Args *args)
{
  gint64 row = (gint64) oy * args->stride_h - args->pad_top;
  gint64 column = (gint64) ox * args->stride_w - args->pad_left;
  Window w;

  w.first_row = MAX (row, 0);
  w.end_row = MIN (row + args->filter_h, (gint64) args->in_h);
  w.first_column = MAX (column, 0);
  w.end_column = MIN (column + args->filter_w, (gint64) args->in_w);
  return w;
}

/* The mean of signed bytes rounds halves away from their own zero, not from
 * the unsigned one. */
static gint32
rounded_mean (gint32 sum, gint32 n, const MnBytes *bytes)
{
  gint32 base = bytes->flip;
  gint64 own = sum - (gint64) n * base;

  return (own >= 0 ? (own + n / 2) / n : (own - n / 2) / n) + base;
}

void
mn_average_pool_u8 (gsize first, gsize end, const guint8 *x, guint8 *y,
    const MnPoolU8Args *args)
{
  gsize oy, ox, c, iy, ix;

  for (oy = first; oy < end; oy++) {
    for (ox = 0; ox < args->out_w; ox++) {
      Window w = window_of (oy, ox, args);
      gint32 n = (w.end_row - w.first_row) * (w.end_column - w.first_column);

      for (c = 0; c < args->channels; c++) {
        guint32 sum = 0;
        gint32 q;

        for (iy = w.first_row; iy < w.end_row; iy++) {
          for (ix = w.first_column; ix < w.end_column; ix++)
            sum += x[(iy * args->in_w + ix) * args->channels + c]
                ^ args->x.flip;
        }
        q = rounded_mean (sum, n, &args->x);
        y[(oy * args->out_w + ox) * args->channels + c] = (guint8) CLAMP (q,
                                                              args->lo,
                                                              args->hi)
            ^ args->x.flip;
      }
    }
  }
}

void
mn_max_pool_u8 (gsize first, gsize end, const guint8 *x, guint8 *y,
    const MnPoolU8Args *args)
{
  gsize oy, ox, c, iy, ix;

  for (oy = first; oy < end; oy++) {
    for (ox = 0; ox < args->out_w; ox++) {
      Window w = window_of (oy, ox, args);

      for (c = 0; c < args->channels; c++) {
        gint32 top = 0;

        for (iy = w.first_row; iy < w.end_row; iy++) {
          for (ix = w.first_column; ix < w.end_column; ix++) {
            gint32 q = x[(iy * args->in_w + ix) * args->channels + c]
                ^ args->x.flip;

            top = MAX (top, q);
          }
        }
        y[(oy * args->out_w + ox) * args->channels + c] = (guint8) CLAMP (top,
                                                              args->lo,
                                                              args->hi)
            ^ args->x.flip;
      }
    }
  }
}

void
mn_mean_u8_ref (gsize first, gsize end, const guint8 *x, guint8 *y,
    const MnMeanU8Args *args)
{
  gsize c, i;

  for (c = first; c < end; c++) {
    guint32 wraps = -(guint32) args->zero;
    gint32 sum, q;

    for (i = 0; i < args->n; i++)
      wraps += x[i * args->channels + c] ^ args->x.flip;
    sum = (gint32) wraps;
    q = c < args->n_up ? mn_requant_up (sum, args->factor)
                       : mn_requant_away (sum, args->factor);
    /* Clamped first: the sum could overflow. */
    q = CLAMP (q, -args->bias, 255 - args->bias);
    y[c] = (guint8) (q + args->bias) ^ args->y.flip;
  }
}

/* ---- softmax ---------------------------------------------------------- */

void
mn_softmax_u8 (gsize m, gsize n, const guint8 *x, guint8 *y,
    const MnBytes *x_bytes, const MnBytes *y_bytes, const gfloat *table)
{
  gsize i, j;

  for (i = 0; i < m; i++, x += n, y += n) {
    gint32 top = 0;
    gfloat sum = 0, factor;

    for (j = 0; j < n; j++)
      top = MAX (top, x[j] ^ x_bytes->flip);
    for (j = 0; j < n; j++)
      sum += table[255 - top + (x[j] ^ x_bytes->flip)];
    factor = 1 / (sum * y_bytes->scale);
    for (j = 0; j < n; j++) {
      /* Not joined with the sum by compilers that could. */
      volatile gfloat steps = table[255 - top + (x[j] ^ x_bytes->flip)]
          * factor;
      gint32 q = (y_bytes->flip ? (gint32) roundf (steps)
                                : (gint32) (steps + 0.5f))
          + y_bytes->zero;

      y[j] = (guint8) CLAMP (q, 0, 255) ^ y_bytes->flip;
    }
  }
}

void
mn_kernels_init_u8_ref (MnU8Kernels *kernels)
{
  kernels->conv = mn_conv_u8_s16_ref;
  kernels->dwconv = mn_dwconv_u8_s16_ref;
  kernels->conv_width = 0;
  kernels->conv_rows = 1;
  kernels->step = 1;
  kernels->add = mn_add_u8_ref;
  kernels->sub = mn_sub_u8_ref;
  kernels->mul = mn_mul_u8_ref;
  kernels->quantise = mn_quantise_u8_ref;
  kernels->quantise_even = mn_quantise_even_u8_ref;
  kernels->lookup = mn_lookup_u8_ref;
  kernels->mean = mn_mean_u8_ref;
  kernels->scale = NULL;
  kernels->weighted_sum = NULL;
  kernels->s8 = (MnU8S8Kernels) {
    NULL,
  };
}
