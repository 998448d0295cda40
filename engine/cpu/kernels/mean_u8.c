/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Means of bytes over a picture: some vectors of channels at once. */

#include "engine/cpu/kernels/simd_kernels_u8.h"

#define VECS 4

/* Channels c .. c + n - 1, of which the last vector may want fewer. */
V_INLINE void
means (const gsize vecs, const gsize last, gsize c, const guint8 *x, guint8 *y,
    const MnMeanU8Args *args)
{
  const vi flip = vi_set1 (args->x.flip);
  vi sums[VECS];
  gsize i, v, lane;

  V_UNROLL for (v = 0; v < vecs; v++) sums[v] = vi_set1 (-args->zero);
  x += c;
  for (i = 0; i < args->n; i++, x += args->channels) {
    V_UNROLL for (v = 0; v < vecs; v++)
    {
      vi bytes = vi_load_bytes_n (x + v * V_LEN, v + 1 < vecs ? V_LEN : last);

      sums[v] = vi_add (sums[v], vi_xor (bytes, flip));
    }
  }
  V_UNROLL for (v = 0; v < vecs; v++)
  {
    gsize at = c + v * V_LEN, n = v + 1 < vecs ? V_LEN : last;
    MnBytes unsigned_y = {0, args->bias, args->y.flip};

    /* Where halves go another way, another store follows. */
    if (at < args->n_up)
      vi_store_n (y + at, vi_requant_up (sums[v], args->factor), &unsigned_y, 0,
          255, n);
    lane = at < args->n_up ? args->n_up - at : 0;
    if (lane < n) {
      guint8 rest[V_LEN];

      vi_store_n (rest, vi_requant_away (sums[v], args->factor), &unsigned_y, 0,
          255, V_LEN);
      memcpy (y + at + lane, rest + lane, n - lane);
    }
  }
}

void
MN_SIMD (mn_mean_u8) (gsize first, gsize end, const guint8 *x, guint8 *y,
    const MnMeanU8Args *args)
{
  for (; first + VECS * V_LEN <= end; first += VECS * V_LEN)
    means (VECS, V_LEN, first, x, y, args);
  for (; first + V_LEN <= end; first += V_LEN)
    means (1, V_LEN, first, x, y, args);
  if (first < end)
    means (1, end - first, first, x, y, args);
}
