/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The part of the table that an instruction set with products of bytes
 * fills, over what the level below has. */

#include "engine/cpu/kernels/vectors/simd_u8.h"

void
MN_BYTES (mn_kernels_init) (MnKernels *kernels)
{
  MnQ8Kernels *q8 = &kernels->quant.q8;

#ifdef MN_BYTES_NAME
  kernels->name = MN_BYTES_NAME;
#endif
  kernels->quant.lookup = MN_BYTES (mn_qlookup);
  kernels->quant.scale = MN_BYTES (mn_qscale);
  q8->conv = MN_BYTES (mn_qconv8);
#ifdef VB_HAS_QUADS
  kernels->quant.sum8 = MN_BYTES (mn_qsum8);
  q8->dwconv = MN_BYTES (mn_qdwconv8);
#endif
  q8->width = V_LEN;
  q8->is_signed = VB_SIGNED;
  q8->is_wide = VW_WIDE;
  q8->conv_vecs = VR_VECS;
  q8->factors_size = VF_SIZE;
  q8->pack_factors = vf_pack;
  q8->pack_table = vb_pack_table;
}
