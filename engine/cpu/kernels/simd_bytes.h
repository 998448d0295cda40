/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The kernels of products of bytes of the instruction set that is being
 * compiled. */

#ifndef MN_SIMD_BYTES_H
#define MN_SIMD_BYTES_H

#include "engine/cpu/kernels/kernels.h"
#include "engine/cpu/kernels/pack_u8.h"
#include "engine/cpu/kernels/vectors/simd_u8.h"

G_STATIC_ASSERT (VR_VECS <= MN_U8_S8_VECS);

V_INLINE VStore
vb_store_of (const MnConvU8Args *args)
{
  return (VStore) {args->table, vb_set1 (args->lo), vb_set1 (args->hi),
    vb_set1 (args->y.flip)};
}

void MN_BYTES (mn_conv_u8_s8) (gsize first, gsize end, gsize first_tile,
    gsize end_tile, const guint8 *x, guint8 *y, gpointer scratch,
    const MnConvU8Args *args);
void MN_BYTES (mn_dwconv_u8_s8) (gsize first, gsize end, gsize first_tile,
    gsize end_tile, const guint8 *x, guint8 *y, gpointer scratch,
    const MnConvU8Args *args);
void MN_BYTES (mn_lookup_u8) (gsize n, const guint8 *x, guint8 *y,
    const guint8 *table);
void MN_BYTES (mn_scale_u8) (gsize n, const guint8 *a, const guint8 *b,
    guint8 *y, const MnScaleU8Args *args);
void MN_BYTES (mn_weighted_sum_u8) (gsize n, const guint8 *a, const guint8 *b,
    guint8 *y, const MnWeightedSumU8Args *args);
void MN_BYTES (mn_kernels_init) (MnKernels *kernels);

#endif /* MN_SIMD_BYTES_H */
