/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Weights in the order in which a kernel reads them (kernels.h). */

#ifndef MN_PACK_H
#define MN_PACK_H

#include "engine/cpu/kernels.h"

G_BEGIN_DECLS
/* How many tiles n outputs make. */
    gsize mn_pack_n_tiles (const MnTile * tile, gsize n);
/* Elements of the packed weights of n outputs with k weights each;
 * G_MAXSIZE when that is more than can be counted in bytes. */
gsize mn_pack_size (const MnTile * tile, gsize n, gsize k);
/* Where tile i starts. */
gsize mn_pack_offset (const MnTile * tile, gsize k, gsize i);
/* Weight k of output j is w[j * n_stride + k * k_stride]. bias: n, or
 * NULL for zeros. */
void mn_pack_f32 (const MnTile * tile, gsize n, gsize k, const gfloat * w,
    gsize n_stride, gsize k_stride, const gfloat * bias, gfloat * packed);

G_END_DECLS
#endif /* MN_PACK_H */
