/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The part of the table that an instruction set with products of bytes
 * fills, over what the level below has. */

#include "engine/cpu/kernels/simd_bytes.h"

void
MN_BYTES (mn_kernels_init) (MnKernels *kernels)
{
  MnU8S8Kernels *s8 = &kernels->u8.s8;

#ifdef MN_BYTES_NAME
  kernels->name = MN_BYTES_NAME;
#endif
  kernels->u8.lookup = MN_BYTES (mn_lookup_u8);
  kernels->u8.scale = MN_BYTES (mn_scale_u8);
  s8->conv = MN_BYTES (mn_conv_u8_s8);
#ifdef VB_HAS_QUADS
  kernels->u8.weighted_sum = MN_BYTES (mn_weighted_sum_u8);
  s8->dwconv = MN_BYTES (mn_dwconv_u8_s8);
#endif
  s8->width = V_LEN;
  s8->is_signed = VB_SIGNED;
  s8->is_wide = VW_WIDE;
  s8->conv_vecs = VR_VECS;
  s8->factors_size = VF_SIZE;
  s8->pack_factors = vf_pack;
  s8->pack_table = vb_pack_table;
}
