/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Pooling and the mean over a picture: the truth. */

#include "engine/cpu/kernels/kernels.h"

#include <math.h>

typedef struct
{
  gssize y0, y1, x0, x1;
} Window;

static Window
window (const MnPoolArgs *args, gsize y, gsize x)
{
  gssize top = (gssize) (y * args->stride_h) - (gssize) args->pad_top;
  gssize left = (gssize) (x * args->stride_w) - (gssize) args->pad_left;
  Window w;

  w.y0 = MAX (top, 0);
  w.y1 = MIN (top + (gssize) args->filter_h, (gssize) args->in_h);
  w.x0 = MAX (left, 0);
  w.x1 = MIN (left + (gssize) args->filter_w, (gssize) args->in_w);
  return w;
}

static void
pool (gsize first, gsize end, const gfloat *in, gfloat *out,
    const MnPoolArgs *args, gboolean average)
{
  gsize y, x, c;
  gssize iy, ix;

  for (y = first; y < end; y++) {
    for (x = 0; x < args->out_w; x++) {
      Window w = window (args, y, x);
      gfloat n = (gfloat) ((w.y1 - w.y0) * (w.x1 - w.x0));

      for (c = 0; c < args->channels; c++) {
        gfloat sum = 0, max = -INFINITY;

        for (iy = w.y0; iy < w.y1; iy++) {
          for (ix = w.x0; ix < w.x1; ix++) {
            gfloat v = in[(iy * args->in_w + ix) * args->channels + c];

            sum += v;
            max = v > max ? v : max;
          }
        }
        out[(y * args->out_w + x) * args->channels + c] =
            mn_act_f32_ref (&args->act, average ? sum / n : max);
      }
    }
  }
}

void
mn_average_pool_f32_ref (gsize first, gsize end, gconstpointer in, gpointer out,
    const MnPoolArgs *args)
{
  pool (first, end, in, out, args, TRUE);
}

void
mn_max_pool_f32_ref (gsize first, gsize end, gconstpointer in, gpointer out,
    const MnPoolArgs *args)
{
  pool (first, end, in, out, args, FALSE);
}

void
mn_mean_f32_ref (gsize n, gsize channels, gsize stride, gfloat scale,
    gconstpointer from, gfloat *y)
{
  const gfloat *x = from;
  gsize i, c;

  for (c = 0; c < channels; c++) {
    gfloat sum = 0;

    for (i = 0; i < n; i++)
      sum += x[i * stride + c];
    y[c] = sum * scale;
  }
}
