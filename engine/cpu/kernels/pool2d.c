/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Pooling and the mean over a picture. */

#include "engine/cpu/kernels/simd_kernels.h"

typedef struct
{
  gsize y0, y1, x0, x1;
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

V_INLINE void
pool (const gboolean average, gsize first, gsize end, const ve *in, ve *out,
    const MnPoolArgs *args)
{
  gsize y, x, c, iy, ix;

  for (y = first; y < end; y++) {
    for (x = 0; x < args->out_w; x++) {
      Window w = window (args, y, x);
      vf scale = v_set1 (1.0f / ((w.y1 - w.y0) * (w.x1 - w.x0)));
      ve *to = out + (y * args->out_w + x) * args->channels;

      for (c = 0; c < args->channels; c += V_LEN) {
        gsize n = MIN (args->channels - c, V_LEN);
        vf acc = average ? v_zero () : v_set1 (-INFINITY);

        for (iy = w.y0; iy < w.y1; iy++) {
          for (ix = w.x0; ix < w.x1; ix++) {
            vf v = e_load_n (in + (iy * args->in_w + ix) * args->channels + c,
                n);

            acc = average ? v_add (acc, v) : v_max (acc, v);
          }
        }
        if (average)
          acc = v_mul (acc, scale);
        e_store_n (to + c, v_act (acc, &args->act, args->act.kind), n);
      }
    }
  }
}

void
MN_SIMD (mn_average_pool_f32) (gsize first, gsize end, gconstpointer in,
    gpointer out, const MnPoolArgs *args)
{
  pool (TRUE, first, end, in, out, args);
}

void
MN_SIMD (mn_max_pool_f32) (gsize first, gsize end, gconstpointer in,
    gpointer out, const MnPoolArgs *args)
{
  pool (FALSE, first, end, in, out, args);
}

void
MN_SIMD (mn_mean_f32) (gsize n, gsize channels, gsize stride, gfloat scale,
    gconstpointer from, gfloat *y)
{
  const ve *x = from;
  vf factor = v_set1 (scale);
  gsize c, i;

  for (c = 0; c < channels; c += V_LEN) {
    gsize part = MIN (channels - c, V_LEN);
    vf even = v_zero (), odd = v_zero ();

    for (i = 0; i + 2 <= n; i += 2) {
      even = v_add (even, e_load_n (x + i * stride + c, part));
      odd = v_add (odd, e_load_n (x + (i + 1) * stride + c, part));
    }
    if (i < n)
      even = v_add (even, e_load_n (x + i * stride + c, part));
    v_store_n (y + c, v_mul (v_add (even, odd), factor), part);
  }
}
