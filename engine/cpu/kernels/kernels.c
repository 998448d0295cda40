/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which kernels a CPU gets. */

#include "engine/cpu/kernels/kernels.h"

#include "engine/base/cpu_flags.h"

static void
init_u8_reference (MnU8Kernels *kernels)
{
  kernels->conv = mn_conv_u8_s16_ref;
  kernels->dwconv = mn_dwconv_u8_s16_ref;
  kernels->conv_width = 0;
  kernels->conv_rows = 1;
  kernels->step = 1;
  kernels->add = mn_add_u8_ref;
  kernels->sub = mn_sub_u8_ref;
  kernels->mul = mn_mul_u8_ref;
  kernels->quantise = mn_quantise_u8_ref;
  kernels->quantise_even = mn_quantise_even_u8_ref;
  kernels->lookup = mn_lookup_u8_ref;
  kernels->mean = mn_mean_u8_ref;
  kernels->scale = NULL;
  kernels->weighted_sum = NULL;
  kernels->s8 = (MnU8S8Kernels) {
    NULL,
  };
}

static void
init_reference (MnKernels *kernels)
{
  static const MnTile one = {1, 1, 1, MN_PACK_FLOATS, 1};
  static const MnTile row = {1, 1, 1, MN_PACK_NOT};
  guint i;

  kernels->name = "reference";
  kernels->element = MN_ELEMENT_F32;
  kernels->narrow = NULL;
  kernels->widen = NULL;
  kernels->gemm.func = mn_gemm_f32_ref;
  kernels->gemm.tile = one;
  kernels->gemm.name = "gemm";
  kernels->matvec.func = mn_matvec_f32_ref;
  kernels->matvec.tile = row;
  kernels->matvec.name = "matvec";
  kernels->conv.func = mn_conv_f32_ref;
  kernels->conv.tile = one;
  kernels->conv.name = "conv";
  for (i = 0; i < MN_N_DWCONV; i++) {
    kernels->dwconv[i].func = mn_dwconv_f32_ref;
    kernels->dwconv[i].tile = one;
    kernels->dwconv[i].name = "dwconv";
  }
  kernels->average_pool = mn_average_pool_f32_ref;
  kernels->max_pool = mn_max_pool_f32_ref;
  kernels->mean = mn_mean_f32_ref;
  kernels->binary[MN_BINARY_ADD] = mn_add_f32_ref;
  kernels->binary[MN_BINARY_SUB] = mn_sub_f32_ref;
  kernels->binary[MN_BINARY_MUL] = mn_mul_f32_ref;
  kernels->unary = mn_unary_f32_ref;
  kernels->affine = mn_affine_f32_ref;
  kernels->softmax = mn_softmax_f32_ref;
  init_u8_reference (&kernels->u8);
}

void
mn_kernels_init (MnKernels *kernels, guint flags)
{
  init_reference (kernels);
  if (flags & MN_CPU_SCALAR)
    mn_kernels_init_scalar (kernels);
#ifdef __x86_64__
  if (flags & MN_CPU_AVX2) {
    mn_kernels_init_avx2 (kernels);
    mn_kernels_init_avx2bytes (kernels);
  }
  if (flags & MN_CPU_AVX_VNNI)
    mn_kernels_init_avxvnni (kernels);
  if (flags & MN_CPU_AVX512)
    mn_kernels_init_avx512 (kernels);
  if ((flags & MN_CPU_AVX512_BYTES) == MN_CPU_AVX512_BYTES)
    mn_kernels_init_avx512vnni (kernels);
#endif
#ifdef __aarch64__
  if (flags & MN_CPU_NEON)
    mn_kernels_init_neon (kernels);
  if (flags & MN_CPU_NEON_DOTPROD)
    mn_kernels_init_neondot (kernels);
#endif
}

gboolean
mn_kernels_init_element (MnKernels *kernels, guint flags, MnElement element)
{
  mn_kernels_init (kernels, flags);
#ifdef __x86_64__
  if (element == MN_ELEMENT_BF16 && flags & MN_CPU_AVX512_BF16)
    mn_kernels_init_avx512bf16 (kernels);
  if (kernels->element == MN_ELEMENT_BF16 && flags & MN_CPU_AMX_BF16
      && mn_cpu_request_amx ())
    mn_kernels_init_amxbf16 (kernels);
#endif
#ifdef __aarch64__
  if (element == MN_ELEMENT_F16 && flags & MN_CPU_NEON_FP16)
    mn_kernels_init_neonfp16 (kernels);
#endif
  return kernels->element == element;
}
