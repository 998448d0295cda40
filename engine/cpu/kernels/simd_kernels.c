/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The part of the table that one instruction set fills. */

#include "engine/cpu/kernels/simd_kernels_u8.h"
#include "engine/cpu/kernels/simd_kernels.h"

/* How weights of products, and of depthwise rows, lie. */
#ifdef V_PAIRS
#define PACKING MN_PACK_PAIRS
#define DW_PACKING MN_PACK_RUN_PAIRS
#else
#ifdef V_HALVES
#define PACKING MN_PACK_HALF_PAIRS
#else
#define PACKING MN_PACK_FLOATS
#endif
#define DW_PACKING MN_PACK_FLOATS
#endif

static void
set_dwconv (MnKernels *kernels, MnDwconvKind kind, MnDwconvFunc func,
    gsize width, MnPacking packing, const gchar *name)
{
  kernels->dwconv[kind].func = func;
  kernels->dwconv[kind].tile = (MnTile) {width, V_LEN, 1, packing};
  kernels->dwconv[kind].name = name;
}

void
MN_SIMD (mn_kernels_init) (MnKernels *kernels)
{
  kernels->name = MN_SIMD_NAME;
  kernels->element = V_ELEMENT;
  kernels->gemm.func = MN_SIMD (mn_gemm_f32);
  kernels->gemm.name = V_ELEMENT_NAME "gemm";
  kernels->gemm.tile = (MnTile) {
    TILE_WIDTH, V_LEN, TILE_ROWS, PACKING, TILE_GROUP * TILE_ROWS, TRUE};
  kernels->matvec.func = MN_SIMD (mn_matvec_f32);
  kernels->matvec.name = V_ELEMENT_NAME "matvec";
  kernels->matvec.tile = (MnTile) {
    MATVEC_WIDTH, MATVEC_STEP, 1, MATVEC_PACKING};
  kernels->conv.func = MN_SIMD (mn_conv_f32);
  kernels->conv.name = V_ELEMENT_NAME "conv";
  kernels->conv.tile = kernels->gemm.tile;
  set_dwconv (kernels, MN_DWCONV_3X3S1, MN_SIMD (mn_dwconv_f32_3x3s1), DW_WIDTH,
      DW_PACKING, V_ELEMENT_NAME "dwconv 3x3s1");
  set_dwconv (kernels, MN_DWCONV_3X3S2, MN_SIMD (mn_dwconv_f32_3x3s2), DW_WIDTH,
      DW_PACKING, V_ELEMENT_NAME "dwconv 3x3s2");
  set_dwconv (kernels, MN_DWCONV_5X5S1, MN_SIMD (mn_dwconv_f32_5x5s1), DW_WIDTH,
      DW_PACKING, V_ELEMENT_NAME "dwconv 5x5s1");
  set_dwconv (kernels, MN_DWCONV_5X5S2, MN_SIMD (mn_dwconv_f32_5x5s2), DW_WIDTH,
      DW_PACKING, V_ELEMENT_NAME "dwconv 5x5s2");
  set_dwconv (kernels, MN_DWCONV_ANY, MN_SIMD (mn_dwconv_f32_any), V_LEN,
      MN_PACK_FLOATS, "dwconv any");
  kernels->average_pool = MN_SIMD (mn_average_pool_f32);
  kernels->max_pool = MN_SIMD (mn_max_pool_f32);
  kernels->mean = MN_SIMD (mn_mean_f32);
  kernels->binary[MN_BINARY_ADD] = MN_SIMD (mn_add_f32);
  kernels->binary[MN_BINARY_SUB] = MN_SIMD (mn_sub_f32);
  kernels->binary[MN_BINARY_MUL] = MN_SIMD (mn_mul_f32);
  kernels->unary = MN_SIMD (mn_unary_f32);
  kernels->affine = MN_SIMD (mn_affine_f32);
  kernels->softmax = MN_SIMD (mn_softmax_f32);
#ifdef MN_SIMD_NARROW
  kernels->narrow = MN_SIMD (mn_narrow);
  kernels->widen = MN_SIMD (mn_widen);
#else
  MN_SIMD (mn_kernels_init_u8) (&kernels->u8);
#endif
}
