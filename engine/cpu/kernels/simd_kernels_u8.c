/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The part of the table of kernels on bytes that one instruction set fills. */

#include "engine/cpu/kernels/simd_kernels.h"
#include "engine/cpu/kernels/simd_kernels_u8.h"

void
MN_SIMD (mn_kernels_init_u8) (MnU8Kernels *kernels)
{
  kernels->conv = MN_SIMD (mn_conv_u8_s16);
  kernels->conv_width = TILE_WIDTH;
  kernels->conv_rows = TILE_ROWS;
  kernels->dwconv = MN_SIMD (mn_dwconv_u8_s16);
  kernels->step = V_LEN;
  kernels->add = MN_SIMD (mn_add_u8);
  kernels->sub = MN_SIMD (mn_sub_u8);
  kernels->mul = MN_SIMD (mn_mul_u8);
  kernels->quantise = MN_SIMD (mn_quantise_u8);
  kernels->quantise_even = MN_SIMD (mn_quantise_even_u8);
  kernels->mean = MN_SIMD (mn_mean_u8);
}
