/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/preprocess/tiles.h"

#include <string.h>

/* Which tile in memory is the one of column x, row y, of so many columns and
 * rows.
 *
 * MN_TILES_Z, two rows of tiles (numbers in memory):
 *
 *    0  1  6  7  8  9 14 15 ...
 *    2  3  4  5 10 11 12 13 ...
 *
 * A last row without a partner is in plain order; columns are even. */
static gsize
find_tile_z (gsize x, gsize y, gsize columns, gsize rows)
{
  gsize in_pair;

  if (y == rows - 1 && rows % 2 == 1)
    return y * columns + x;
  in_pair = (x / 2) * 4 + x % 2;
  if ((x / 2) % 2 == 0)
    in_pair += y % 2 == 0 ? 0 : 2;
  else
    in_pair += y % 2 == 0 ? 2 : 0;
  return y / 2 * 2 * columns + in_pair;
}

/* n whole tiles that follow each other, of the same width. */
static inline void
read_tiles (const guint8 *data, gsize width, gsize size, gsize n, guint8 *out)
{
  for (; n > 0; n--, data += size, out += width)
    memcpy (out, data, width);
}

/* Bytes of tiles in plain order. */
static void
read_run (const guint8 *data, gsize width, gsize size, gsize skip,
    gsize n_bytes, guint8 *out)
{
  gsize first = skip ? MIN (width - skip, n_bytes) : 0, n;

  memcpy (out, data + skip, first);
  if (skip)
    data += size;
  out += first;
  n_bytes -= first;
  n = n_bytes / width;
  /* A copy of a known length needs no call. */
  if (width == 4)
    read_tiles (data, 4, size, n, out);
  else
    read_tiles (data, width, size, n, out);
  memcpy (out + n * width, data + n * size, n_bytes - n * width);
}

void
mn_tiles_read_row (const MnTiles *tiles, const MnPlane *plane, gsize row,
    gsize first_byte, gsize n_bytes, guint8 *out)
{
  gsize width = tiles->width, size = width * tiles->height;
  gsize columns = plane->stride / size, y = row / tiles->height;
  gsize x = first_byte / width, skip = first_byte % width;
  const guint8 *data = plane->data + row % tiles->height * width;

  if (tiles->order == MN_TILES_ROWS) {
    read_run (data + (y * columns + x) * size, width, size, skip, n_bytes, out);
    return;
  }
  for (; n_bytes > 0; x++, skip = 0) {
    gsize n = MIN (width - skip, n_bytes);

    memcpy (out,
        data + find_tile_z (x, y, columns, plane->tile_rows) * size + skip, n);
    out += n;
    n_bytes -= n;
  }
}
