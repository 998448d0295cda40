/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Pooling of bytes. */

#include "engine/cpu/kernels/kernels_u8.h"

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
