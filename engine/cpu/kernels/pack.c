/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Weights in the order in which a kernel reads them. */

#include "engine/cpu/kernels/pack.h"

#include "engine/base/element.h"

#include <stdlib.h>
#include <string.h>

gsize
mn_pack_n_tiles (const MnTile *tile, gsize n)
{
  return (n + tile->width - 1) / tile->width;
}

/* Rows of pairs that a run takes. */
static gsize
run_rows (const MnTile *tile, gsize run)
{
  gsize rows = (run + 1) / 2;

  return tile->packing == MN_PACK_PAIRS_16 ? (rows + 15) / 16 * 16 : rows;
}

/* Rows of weights in a tile. */
static gsize
n_rows (const MnTile *tile, gsize k, gsize run)
{
  if (tile->packing <= MN_PACK_FLOATS)
    return k;
  if (tile->packing == MN_PACK_RUN_PAIRS)
    return (k / run + 1) / 2 * run;
  return k / run * run_rows (tile, run);
}

gsize
mn_pack_size (const MnTile *tile, gsize n, gsize k, gsize run)
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
mn_pack_first (const MnTile *tile, gsize n, gsize i)
{
  gsize n_tiles = mn_pack_n_tiles (tile, n), first = i * tile->width;

  if (tile->even && n_tiles > 1 && i + 1 == n_tiles && n - first <= tile->step)
    first -= tile->step;
  return MIN (first, n);
}

gsize
mn_pack_offset (const MnTile *tile, gsize n, gsize k, gsize run, gsize i)
{
  return mn_pack_first (tile, n, i) * (n_rows (tile, k, run) + 1);
}

/* Which weights are in a row of pairs; k where there is none. */
static void
pair (const MnTile *tile, gsize k, gsize run, gsize row, gsize *first,
    gsize *second)
{
  if (tile->packing != MN_PACK_RUN_PAIRS) {
    gsize rows = run_rows (tile, run), i = row % rows * 2;
    gsize start = row / rows * run;

    *first = i < run ? start + i : k;
    *second = i + 1 < run ? start + i + 1 : k;
  } else {
    *first = row / run * 2 * run + row % run;
    *second = MIN (*first + run, k);
  }
}

/* What one tile is made of. */
typedef struct
{
  const MnTile *tile;
  gsize k, run, rows;
  const gfloat *w; /* of its first output */
  gsize n_stride, k_stride;
  gsize left, columns; /* outputs; and with those that fill up */
} Tile;

/* Block by block, so that what is read in columns and written in rows stays
 * in the nearest cache. */
#define BLOCK 32

typedef gfloat Four __attribute__ ((vector_size (16)));

/* Four outputs' weights: four each, one behind the other. */
static inline void
transpose_four (const gfloat *w, gsize n_stride, gfloat *packed, gsize columns)
{
  Four a, b, c, d, low_ac, low_bd, high_ac, high_bd, row;

  memcpy (&a, w, sizeof (a));
  memcpy (&b, w + n_stride, sizeof (b));
  memcpy (&c, w + 2 * n_stride, sizeof (c));
  memcpy (&d, w + 3 * n_stride, sizeof (d));
  low_ac = __builtin_shufflevector (a, c, 0, 4, 1, 5);
  low_bd = __builtin_shufflevector (b, d, 0, 4, 1, 5);
  high_ac = __builtin_shufflevector (a, c, 2, 6, 3, 7);
  high_bd = __builtin_shufflevector (b, d, 2, 6, 3, 7);
  row = __builtin_shufflevector (low_ac, low_bd, 0, 4, 1, 5);
  memcpy (packed, &row, sizeof (row));
  row = __builtin_shufflevector (low_ac, low_bd, 2, 6, 3, 7);
  memcpy (packed + columns, &row, sizeof (row));
  row = __builtin_shufflevector (high_ac, high_bd, 0, 4, 1, 5);
  memcpy (packed + 2 * columns, &row, sizeof (row));
  row = __builtin_shufflevector (high_ac, high_bd, 2, 6, 3, 7);
  memcpy (packed + 3 * columns, &row, sizeof (row));
}

/* Rows first .. end - 1 of outputs from j on. */
static void
pack_block (const Tile *t, gsize first, gsize end, gsize j, gfloat *packed)
{
  gsize i;

  for (; j < t->left; j++) {
    for (i = first; i < end; i++)
      packed[i * t->columns + j] = t->w[j * t->n_stride + i * t->k_stride];
  }
  for (; j < t->columns; j++) {
    for (i = first; i < end; i++)
      packed[i * t->columns + j] = 0;
  }
}

static void
pack_floats (const Tile *t, gfloat *packed)
{
  gsize first, i, j;

  for (first = 0; first < t->rows; first += BLOCK) {
    gsize end = MIN (first + BLOCK, t->rows);

    j = 0;
    if (t->k_stride == 1 && end == first + BLOCK) {
      for (; j + 4 <= t->left; j += 4) {
        for (i = first; i < end; i += 4)
          transpose_four (t->w + j * t->n_stride + i, t->n_stride,
              packed + i * t->columns + j, t->columns);
      }
    }
    pack_block (t, first, end, j, packed);
  }
}

static void
round_weights (const Tile *t, gsize j, guint16 *out)
{
  const gfloat *w = t->w + j * t->n_stride;
  gsize i;

  if (t->tile->packing != MN_PACK_HALF_PAIRS) {
    mn_bf16_round_weights (t->k, w, t->k_stride, out);
    return;
  }
  for (i = 0; i < t->k; i++)
    out[i] = mn_f16_round (w[i * t->k_stride]);
}

/* Weight i of column j: as the whole column was rounded, or where there is
 * no memory for that, by itself. What fills a pair up is weight k. */
static guint16
rounded (const Tile *t, const guint16 *column, gsize j, gsize i)
{
  gfloat w;

  if (i == t->k || j >= t->left)
    return 0;
  if (column)
    return column[i];
  w = t->w[j * t->n_stride + i * t->k_stride];
  return t->tile->packing == MN_PACK_HALF_PAIRS ? mn_f16_round (w)
                                                : mn_bf16_round (w);
}

static void
pack_pairs (const Tile *t, gfloat *packed)
{
  guint16 *column = t->k <= G_MAXSIZE / sizeof (*column)
      ? malloc (t->k * sizeof (*column))
      : NULL;
  gsize i, j, a, b;

  for (j = 0; j < t->columns; j++) {
    gfloat *to = packed + j;

    if (column && j < t->left)
      round_weights (t, j, column);
    for (i = 0; i < t->rows; i++, to += t->columns) {
      guint16 both[2];

      pair (t->tile, t->k, t->run, i, &a, &b);
      both[0] = rounded (t, column, j, a);
      both[1] = rounded (t, column, j, b);
      memcpy (to, both, sizeof (both));
    }
  }
  free (column);
}

void
mn_pack_tile (const MnTile *tile, gsize n, gsize k, gsize run, const gfloat *w,
    gsize n_stride, gsize k_stride, const gfloat *bias, gsize i, gfloat *packed)
{
  gsize first = mn_pack_first (tile, n, i);
  gsize left = mn_pack_first (tile, n, i + 1) - first, j;
  Tile t = {tile, k, run, n_rows (tile, k, run), w + first * n_stride, n_stride,
    k_stride, left, (left + tile->step - 1) / tile->step * tile->step};

  for (j = 0; j < t.columns; j++)
    packed[j] = bias && j < left ? bias[first + j] : 0;
  packed += t.columns;
  if (tile->packing == MN_PACK_FLOATS)
    pack_floats (&t, packed);
  else
    pack_pairs (&t, packed);
}

void
mn_pack_weights (const MnTile *tile, gsize n, gsize k, gsize run,
    const gfloat *w, gsize n_stride, gsize k_stride, const gfloat *bias,
    gfloat *packed)
{
  gsize i;

  for (i = 0; i < mn_pack_n_tiles (tile, n); i++)
    mn_pack_tile (tile, n, k, run, w, n_stride, k_stride, bias, i,
        packed + mn_pack_offset (tile, n, k, run, i));
}
