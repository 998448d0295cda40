/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Weights in the order in which a kernel reads them. */

#include "engine/cpu/pack.h"

gsize
mn_pack_n_tiles (const MnTile * tile, gsize n)
{
  return (n + tile->width - 1) / tile->width;
}

gsize
mn_pack_size (const MnTile * tile, gsize n, gsize k)
{
  gsize columns = (n + tile->step - 1) / tile->step * tile->step;
  gsize elements, bytes;

  if (!g_size_checked_add (&k, k, 1)
      || !g_size_checked_mul (&elements, columns, k)
      || !g_size_checked_mul (&bytes, elements, sizeof (gfloat)))
    return G_MAXSIZE;
  return elements;
}

gsize
mn_pack_offset (const MnTile * tile, gsize k, gsize i)
{
  return i * tile->width * (k + 1);
}

void
mn_pack_f32 (const MnTile * tile, gsize n, gsize k, const gfloat * w,
    gsize n_stride, gsize k_stride, const gfloat * bias, gfloat * packed)
{
  gsize first, i, j;

  for (first = 0; first < n; first += tile->width) {
    gsize left = MIN (n - first, tile->width);
    gsize columns = (left + tile->step - 1) / tile->step * tile->step;

    for (j = 0; j < columns; j++)
      *packed++ = bias && j < left ? bias[first + j] : 0;
    for (i = 0; i < k; i++) {
      for (j = 0; j < columns; j++)
        *packed++ = j < left ? w[(first + j) * n_stride + i * k_stride] : 0;
    }
  }
}
