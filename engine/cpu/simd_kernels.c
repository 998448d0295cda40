/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The part of the table that one instruction set fills. */

#include "engine/cpu/qkernels.h"
#include "engine/cpu/simd_kernels.h"

static void
set_dwconv (MnKernels * kernels, MnDwconvKind kind, MnDwconvFunc func,
    const gchar * name)
{
  kernels->dwconv[kind].func = func;
  kernels->dwconv[kind].tile = (MnTile) {
  V_LEN, V_LEN, 1};
  kernels->dwconv[kind].name = name;
}

void MN_SIMD (mn_kernels_init) (MnKernels * kernels)
{
  kernels->name = MN_SIMD_NAME;
  kernels->gemm.func = MN_SIMD (mn_gemm_f32);
  kernels->gemm.tile = (MnTile) {
  TILE_WIDTH, V_LEN, TILE_ROWS};
  kernels->matvec.func = MN_SIMD (mn_matvec_f32);
  kernels->matvec.tile = (MnTile) {
  MATVEC_VECS *V_LEN, V_LEN, 1};
  kernels->conv.func = MN_SIMD (mn_conv_f32);
  kernels->conv.tile = kernels->gemm.tile;
  set_dwconv (kernels, MN_DWCONV_3X3S1, MN_SIMD (mn_dwconv_f32_3x3s1),
      "dwconv 3x3s1");
  set_dwconv (kernels, MN_DWCONV_3X3S2, MN_SIMD (mn_dwconv_f32_3x3s2),
      "dwconv 3x3s2");
  set_dwconv (kernels, MN_DWCONV_5X5S1, MN_SIMD (mn_dwconv_f32_5x5s1),
      "dwconv 5x5s1");
  set_dwconv (kernels, MN_DWCONV_5X5S2, MN_SIMD (mn_dwconv_f32_5x5s2),
      "dwconv 5x5s2");
  set_dwconv (kernels, MN_DWCONV_ANY, MN_SIMD (mn_dwconv_f32_any),
      "dwconv any");
  kernels->average_pool = MN_SIMD (mn_average_pool_f32);
  kernels->max_pool = MN_SIMD (mn_max_pool_f32);
  kernels->mean = MN_SIMD (mn_mean_f32);
  kernels->binary[MN_BINARY_ADD] = MN_SIMD (mn_add_f32);
  kernels->binary[MN_BINARY_SUB] = MN_SIMD (mn_sub_f32);
  kernels->binary[MN_BINARY_MUL] = MN_SIMD (mn_mul_f32);
  kernels->unary = MN_SIMD (mn_unary_f32);
  kernels->softmax = MN_SIMD (mn_softmax_f32);
  MN_SIMD (mn_qkernels_init) (&kernels->quant);
}
