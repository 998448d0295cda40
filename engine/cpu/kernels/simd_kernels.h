/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The kernels of the instruction set that is being compiled. */

#ifndef MN_SIMD_KERNELS_H
#define MN_SIMD_KERNELS_H

#include "engine/cpu/kernels/kernels.h"
#include "engine/cpu/kernels/vectors/simd.h"

/* Rows and vectors of a tile of accumulators: all registers but those for
 * the weights and one factor. */
#define TILE_VECS 3
#if V_REGS >= 32
#define TILE_ROWS 8
#else
#define TILE_ROWS 4
#endif
#define TILE_WIDTH (TILE_VECS * V_LEN)
/* Rows where there is one vector only: enough of them hide how long a sum
 * takes. */
#define TILE_HIGH (2 * TILE_ROWS)

/* Row tiles of a group: their inputs stay in the second cache. */
#define TILE_GROUP (64 / TILE_ROWS)

/* Vectors of channels in a depthwise tile. */
#ifdef V_PAIRS
#define DW_VECS 2
#else
#define DW_VECS 1
#endif
#define DW_WIDTH (DW_VECS * V_LEN)

/* Outputs of a tile of a matrix-vector product: so many vectors of sums; or a
 * line, which no two threads write. */
#ifdef V_PAIRS
#define MATVEC_VECS 8
#define MATVEC_WIDTH (MATVEC_VECS * V_LEN)
#define MATVEC_STEP V_LEN
#define MATVEC_PACKING MN_PACK_PAIRS
#else
#define MATVEC_WIDTH 16
#define MATVEC_STEP 1
#define MATVEC_PACKING MN_PACK_NOT
#endif

/* Out of line: the activations that do not come in inner loops. */
static vf __attribute__ ((noinline, unused))
v_act_other (vf x, const MnAct *act)
{
  if (act->kind == MN_ACT_KIND_SIGMOID)
    return v_sigmoid (x);
  if (act->kind == MN_ACT_KIND_HARD_SIGMOID)
    return v_hard_sigmoid (x);
  return x;
}

/* kind: act->kind, a constant where it can be. */
V_INLINE vf
v_act (vf x, const MnAct *act, MnActKind kind)
{
  if (kind == MN_ACT_KIND_CLAMP)
    return v_clamp (x, v_set1 (act->lo), v_set1 (act->hi));
  if (kind == MN_ACT_KIND_HARD_SWISH)
    return v_mul (x, v_hard_sigmoid (x));
  return v_act_other (x, act);
}

void MN_SIMD (mn_gemm_f32) (gsize m, gconstpointer a, const gfloat *w,
    gpointer c, const MnGemmArgs *args);
void MN_SIMD (mn_matvec_f32) (gsize first, gsize end, const gfloat *x,
    const gfloat *w, gfloat *y, const MnMatvecArgs *args);
void MN_SIMD (mn_conv_f32) (gsize first, gsize end, gconstpointer in,
    const gfloat *w, gpointer out, const MnConvArgs *args);
void MN_SIMD (mn_dwconv_f32_3x3s1) (gsize first_row, gsize end_row,
    gsize first_tile, gsize end_tile, gconstpointer in, const gfloat *w,
    gpointer out, const MnDwconvArgs *args);
void MN_SIMD (mn_dwconv_f32_3x3s2) (gsize first_row, gsize end_row,
    gsize first_tile, gsize end_tile, gconstpointer in, const gfloat *w,
    gpointer out, const MnDwconvArgs *args);
void MN_SIMD (mn_dwconv_f32_5x5s1) (gsize first_row, gsize end_row,
    gsize first_tile, gsize end_tile, gconstpointer in, const gfloat *w,
    gpointer out, const MnDwconvArgs *args);
void MN_SIMD (mn_dwconv_f32_5x5s2) (gsize first_row, gsize end_row,
    gsize first_tile, gsize end_tile, gconstpointer in, const gfloat *w,
    gpointer out, const MnDwconvArgs *args);
void MN_SIMD (mn_dwconv_f32_any) (gsize first_row, gsize end_row,
    gsize first_tile, gsize end_tile, gconstpointer in, const gfloat *w,
    gpointer out, const MnDwconvArgs *args);
void MN_SIMD (mn_average_pool_f32) (gsize first, gsize end, gconstpointer in,
    gpointer out, const MnPoolArgs *args);
void MN_SIMD (mn_max_pool_f32) (gsize first, gsize end, gconstpointer in,
    gpointer out, const MnPoolArgs *args);
void MN_SIMD (mn_mean_f32) (gsize n, gsize channels, gsize stride, gfloat scale,
    gconstpointer x, gfloat *y);
void MN_SIMD (mn_add_f32) (gsize n, gconstpointer a, gsize a_step,
    gconstpointer b, gsize b_step, gpointer y, const MnAct *act);
void MN_SIMD (mn_sub_f32) (gsize n, gconstpointer a, gsize a_step,
    gconstpointer b, gsize b_step, gpointer y, const MnAct *act);
void MN_SIMD (mn_mul_f32) (gsize n, gconstpointer a, gsize a_step,
    gconstpointer b, gsize b_step, gpointer y, const MnAct *act);
void MN_SIMD (mn_affine_f32) (gsize n, const gfloat *x, const gfloat *scale,
    const gfloat *offset, gfloat *y);
void MN_SIMD (mn_unary_f32) (gsize n, gconstpointer x, gpointer y,
    const MnAct *act);
void MN_SIMD (mn_softmax_f32) (gsize m, gsize n, gfloat beta, const gfloat *x,
    gfloat *y);
/* Of levels whose element is not float32. */
void MN_SIMD (mn_narrow) (gsize n, const gfloat *x, gpointer y);
void MN_SIMD (mn_widen) (gsize n, gconstpointer x, gfloat *y);

#endif /* MN_SIMD_KERNELS_H */
