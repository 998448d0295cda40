/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The kernels on bytes of the instruction set that is being compiled. */

#ifndef MN_SIMD_KERNELS_U8_H
#define MN_SIMD_KERNELS_U8_H

#include "engine/cpu/kernels/vectors/simd_i32.h"

void MN_SIMD (mn_conv_u8_s16) (gsize first, gsize end, const guint8 *x,
    guint8 *y, gpointer scratch, const MnConvU8Args *args);
void MN_SIMD (mn_dwconv_u8_s16) (gsize first, gsize end, const guint8 *x,
    guint8 *y, gpointer scratch, const MnConvU8Args *args);
void MN_SIMD (mn_add_u8) (gsize n, const guint8 *a, gsize a_step,
    const guint8 *b, gsize b_step, guint8 *y, const MnBinaryU8Args *args);
void MN_SIMD (mn_sub_u8) (gsize n, const guint8 *a, gsize a_step,
    const guint8 *b, gsize b_step, guint8 *y, const MnBinaryU8Args *args);
void MN_SIMD (mn_mul_u8) (gsize n, const guint8 *a, gsize a_step,
    const guint8 *b, gsize b_step, guint8 *y, const MnBinaryU8Args *args);
void MN_SIMD (mn_mean_u8) (gsize first, gsize end, const guint8 *x, guint8 *y,
    const MnMeanU8Args *args);
void MN_SIMD (mn_quantise_u8) (gsize n, const gfloat *x, guint8 *y,
    const MnBytes *bytes);
void MN_SIMD (mn_quantise_even_u8) (gsize n, const gfloat *x, guint8 *y,
    const MnBytes *bytes);
void MN_SIMD (mn_kernels_init_u8) (MnU8Kernels *kernels);

#endif /* MN_SIMD_KERNELS_U8_H */
