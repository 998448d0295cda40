/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Weights in the order in which a kernel reads them. */

#include "engine/cpu/pack.h"

#include <string.h>

gsize
mn_pack_n_tiles (const MnTile * tile, gsize n)
{
  return (n + tile->width - 1) / tile->width;
}

/* Rows of weights in a tile. */
static gsize
n_rows (const MnTile * tile, gsize k, gsize run)
{
  if (tile->packing == MN_PACK_PAIRS)
    return k / run * ((run + 1) / 2);
  if (tile->packing == MN_PACK_RUN_PAIRS)
    return (k / run + 1) / 2 * run;
  return k;
}

gsize
mn_pack_size (const MnTile * tile, gsize n, gsize k, gsize run)
{
  gsize columns = (n + tile->step - 1) / tile->step * tile->step;
  gsize rows = n_rows (tile, k, run), elements, bytes;

  if (!g_size_checked_add (&rows, rows, 1)
      || !g_size_checked_mul (&elements, columns, rows)
      || !g_size_checked_mul (&bytes, elements, sizeof (gfloat)))
    return G_MAXSIZE;
  return elements;
}

gsize
mn_pack_offset (const MnTile * tile, gsize k, gsize run, gsize i)
{
  return i * tile->width * (n_rows (tile, k, run) + 1);
}

guint16
mn_bf16_round (gfloat x)
{
  guint32 bits;

  memcpy (&bits, &x, sizeof (bits));
  if ((bits & 0x7fffffff) > 0x7f800000)
    return bits >> 16 | 0x40;
  return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

/* Which weights are in a row of pairs; second: k where there is none. */
static void
pair (const MnTile * tile, gsize k, gsize run, gsize row, gsize * first,
    gsize * second)
{
  if (tile->packing == MN_PACK_PAIRS) {
    gsize run_rows = (run + 1) / 2, i = row % run_rows * 2;

    *first = row / run_rows * run + i;
    *second = i + 1 < run ? *first + 1 : k;
  } else {
    *first = row / run * 2 * run + row % run;
    *second = MIN (*first + run, k);
  }
}

void
mn_pack_weights (const MnTile * tile, gsize n, gsize k, gsize run,
    const gfloat * w, gsize n_stride, gsize k_stride, const gfloat * bias,
    gfloat * packed)
{
  gsize rows = n_rows (tile, k, run), first, i, j;

  for (first = 0; first < n; first += tile->width) {
    gsize left = MIN (n - first, tile->width);
    gsize columns = (left + tile->step - 1) / tile->step * tile->step;

    for (j = 0; j < columns; j++)
      *packed++ = bias && j < left ? bias[first + j] : 0;
    for (i = 0; i < rows; i++) {
      gsize a = i, b = k;

      if (tile->packing != MN_PACK_FLOATS)
        pair (tile, k, run, i, &a, &b);
      for (j = 0; j < columns; j++, packed++) {
        const gfloat *of = w + (first + j) * n_stride;
        guint16 both[2] = { 0, 0 };

        if (tile->packing == MN_PACK_FLOATS) {
          *packed = j < left ? of[i * k_stride] : 0;
          continue;
        }
        if (j < left)
          both[0] = mn_bf16_round (of[a * k_stride]);
        if (j < left && b < k)
          both[1] = mn_bf16_round (of[b * k_stride]);
        memcpy (packed, both, sizeof (both));
      }
    }
  }
}
