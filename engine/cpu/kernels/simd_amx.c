/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What CPUs with AMX compute otherwise than those with BF16 alone. Their
 * vectors multiply pairs of bfloat16 at half the rate of floats, so depthwise
 * convolutions are in floats, with pictures in bfloat16. */

#include "engine/cpu/kernels/simd_amx.h"

void
MN_SIMD (mn_kernels_init) (MnKernels *kernels)
{
  static const MnDwconvFunc dwconv[] = {MN_SIMD (mn_dwconv_f32_3x3s1),
    MN_SIMD (mn_dwconv_f32_3x3s2), MN_SIMD (mn_dwconv_f32_5x5s1),
    MN_SIMD (mn_dwconv_f32_5x5s2)};
  guint i;

  kernels->name = MN_SIMD_NAME;
  kernels->gemm.func = MN_SIMD (mn_gemm_f32);
  kernels->gemm.name = "bf16 amx gemm";
  /* As many rows in a part as there happen to be: tiles have any number. */
  kernels->gemm.tile = (MnTile) {
    AMX_GEMM_WIDTH, V_LEN, 1, MN_PACK_PAIRS_16, AMX_GEMM_ROWS};
  kernels->conv.func = MN_SIMD (mn_conv_f32);
  kernels->conv.name = "bf16 amx conv";
  for (i = 0; i < G_N_ELEMENTS (dwconv); i++) {
    kernels->dwconv[MN_DWCONV_3X3S1 + i].func = dwconv[i];
    kernels->dwconv[MN_DWCONV_3X3S1 + i].tile = (MnTile) {
      DW_WIDTH, V_LEN, 1, MN_PACK_FLOATS};
  }
}
