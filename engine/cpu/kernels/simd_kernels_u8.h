/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The kernels on bytes of the instruction set that is being compiled. */

#ifndef MN_QKERNELS_H
#define MN_QKERNELS_H

#include "engine/cpu/kernels/vectors/simd_i32.h"

void MN_SIMD (mn_qconv) (gsize first, gsize end, const guint8 *x, guint8 *y,
    gpointer scratch, const MnQConvArgs *args);
void MN_SIMD (mn_qdwconv) (gsize first, gsize end, const guint8 *x, guint8 *y,
    gpointer scratch, const MnQConvArgs *args);
void MN_SIMD (mn_qmean) (gsize first, gsize end, const guint8 *x, guint8 *y,
    const MnQMeanArgs *args);
void MN_SIMD (mn_qquantise) (gsize n, const gfloat *x, guint8 *y,
    const MnBytes *bytes);
void MN_SIMD (mn_qquantise_even) (gsize n, const gfloat *x, guint8 *y,
    const MnBytes *bytes);
void MN_SIMD (mn_qkernels_init) (MnQKernels *kernels);

#endif /* MN_QKERNELS_H */
