/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Weights of floats in the order in which a kernel reads them.
 *
 * Outputs go in tiles of `width`; the last tile may be narrower, a multiple of
 * `step`, and has zeros past the last output; if it is only a step wide, an
 * `even` tile before it leaves it another one. A tile is one row of biases and
 * then a row of weights for each k. Weights that are not packed (MN_PACK_NOT)
 * lie as in the model's file: w[j][k], of any alignment, and without biases.
 *
 * run: the k weights of an output are runs of that many. It divides k, and
 * says something only where the tile's packing makes pairs. */

#ifndef MN_PACK_H
#define MN_PACK_H

#include <glib.h>

G_BEGIN_DECLS

/* What a row of packed weights is. A run is a part of an output's weights
 * (mn_pack_weights), at whose start a new row begins. */
typedef enum
{
  MN_PACK_NOT,        /* there are none (see above) */
  MN_PACK_FLOATS,     /* a float an output */
  MN_PACK_PAIRS,      /* two bfloat16 an output: weights 2i, 2i + 1
                       * of a run; 0 behind an odd one */
  MN_PACK_HALF_PAIRS, /* the same of float16 */
  MN_PACK_RUN_PAIRS,  /* weight i of two runs, 2r and 2r + 1 */
  MN_PACK_PAIRS_16    /* as MN_PACK_PAIRS; rows of zeros make a run a
                       * multiple of 16 rows */
} MnPacking;

typedef struct
{
  gsize width, step; /* see above */
  gsize rows;        /* rows at once; 1 where that says nothing */
  MnPacking packing;
  gsize most_rows; /* that one scratch memory is for */
  gboolean even;   /* see above */
} MnTile;

/* How many tiles n outputs make. */
gsize mn_pack_n_tiles (const MnTile *tile, gsize n);
/* Size of the packed weights of n outputs with k weights each, in floats;
 * G_MAXSIZE when that is more than can be counted in bytes. */
gsize mn_pack_size (const MnTile *tile, gsize n, gsize k, gsize run);
/* The first of n outputs that tile i takes; n behind the last tile. */
gsize mn_pack_first (const MnTile *tile, gsize n, gsize i);
/* Where tile i starts, in floats. */
gsize mn_pack_offset (const MnTile *tile, gsize n, gsize k, gsize run, gsize i);
/* Weight k of output j is w[j * n_stride + k * k_stride]. bias: n, or
 * NULL for zeros. */
void mn_pack_weights (const MnTile *tile, gsize n, gsize k, gsize run,
    const gfloat *w, gsize n_stride, gsize k_stride, const gfloat *bias,
    gfloat *packed);
/* Only tile i of them, which packed points to. */
void mn_pack_tile (const MnTile *tile, gsize n, gsize k, gsize run,
    const gfloat *w, gsize n_stride, gsize k_stride, const gfloat *bias,
    gsize i, gfloat *packed);

G_END_DECLS

#endif /* MN_PACK_H */
