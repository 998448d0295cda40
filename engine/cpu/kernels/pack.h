/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Weights in the order in which a kernel reads them (kernels.h).
 *
 * run: the k weights of an output are runs of that many. It divides k, and
 * says something only where the tile's packing makes pairs. */

#ifndef MN_PACK_H
#define MN_PACK_H

#include "engine/cpu/kernels/kernels.h"

G_BEGIN_DECLS

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
/* The nearest bfloat16, of two the even one. */
guint16 mn_bf16_round (gfloat x);
/* What it stands for, exactly. */
gfloat mn_bf16_value (guint16 x);
/* k weights of an output, stride apart, so that their sum stays: where inputs
 * resemble each other, as neighbouring pixels do, or are seldom negative, it is
 * the sum's error that shows. Each is one of the two neighbours of its weight,
 * at most three quarters of the way between them off, but one small one. */
void
mn_bf16_round_weights (gsize k, const gfloat *w, gsize stride, guint16 *out);
/* The nearest float16 (IEEE 754 binary16), of two the even one; what is too
 * large is infinite. */
guint16 mn_f16_round (gfloat x);

G_END_DECLS

#endif /* MN_PACK_H */
