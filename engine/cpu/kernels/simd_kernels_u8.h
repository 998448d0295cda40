/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The kernels on bytes of the instruction set that is being compiled. */

#ifndef MN_SIMD_KERNELS_U8_H
#define MN_SIMD_KERNELS_U8_H

#include "engine/cpu/kernels/kernels_u8.h"
#include "engine/cpu/kernels/vectors/simd_i32.h"

/* mn_requant_up with the factors of channels c .. c + V_LEN - 1. */
V_INLINE vi
vi_requant_channels (vi x, const MnConvU8Args *a, gsize c)
{
  x = vi_shl (x, vi_load (a->lefts + c));
  x = vi_high (x, vi_load (a->multipliers + c));
  return vi_round_up (x, vi_load (a->rights + c));
}

/* Of channels c .. c + V_LEN - 1: -1 for those that round halves away from
 * zero; 0 also where there is nothing to round. */
V_INLINE vi
vi_away_channels (const MnConvU8Args *a, gsize c)
{
  gint32 away[V_LEN];
  gsize i;

  for (i = 0; i < V_LEN; i++)
    away[i] = c + i >= a->n_up && a->rights[c + i] > 0 ? -1 : 0;
  return vi_load (away);
}

/* As vi_requant_channels, but halves below zero of some go further down. */
V_INLINE vi
vi_requant_mixed (vi x, const MnConvU8Args *a, gsize c, vi away)
{
  x = vi_shl (x, vi_load (a->lefts + c));
  x = vi_high (x, vi_load (a->multipliers + c));
  x = vi_add (x, vi_max (vi_min (x, vi_set1 (0)), away));
  return vi_round_up (x, vi_load (a->rights + c));
}

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
