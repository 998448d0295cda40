/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sums and products of bytes, and this instruction set's part of the table.
 */

#include "engine/cpu/qkernels.h"
#include "engine/cpu/simd_kernels.h"

V_INLINE vi
load_operand (const guint8 * p, gsize i, gsize step, gsize n,
    const MnBytes * bytes)
{
  return vi_centre (step ? vi_load_bytes_n (p + i, n) : vi_set1 (*p), bytes);
}

V_INLINE vi
add_or_subtract (vi a, vi b, const gboolean subtract,
    const MnQBinaryArgs * args)
{
  vi bits = vi_set1 (MN_QADD_BITS);

  a = vi_requant_away (vi_shl (a, bits), args->a_factor);
  b = vi_requant_away (vi_shl (b, bits), args->b_factor);
  return subtract ? vi_sub (a, b) : vi_add (a, b);
}

V_INLINE void
binary (const MnBinaryKind kind, gsize n, const guint8 * a, gsize a_step,
    const guint8 * b, gsize b_step, guint8 * y, const MnQBinaryArgs * args)
{
  gsize i;

  for (i = 0; i < n; i += V_LEN) {
    gsize part = MIN (n - i, V_LEN);
    vi va = load_operand (a, i, a_step, part, &args->a);
    vi vb = load_operand (b, i, b_step, part, &args->b);
    vi q = kind == MN_BINARY_MUL ? vi_mul (va, vb)
        : add_or_subtract (va, vb, kind == MN_BINARY_SUB, args);

    vi_store_n (y + i, vi_requant_away (q, args->y_factor), &args->y,
        args->lo, args->hi, part);
  }
}

static void
add (gsize n, const guint8 * a, gsize a_step, const guint8 * b,
    gsize b_step, guint8 * y, const MnQBinaryArgs * args)
{
  binary (MN_BINARY_ADD, n, a, a_step, b, b_step, y, args);
}

static void
subtract (gsize n, const guint8 * a, gsize a_step, const guint8 * b,
    gsize b_step, guint8 * y, const MnQBinaryArgs * args)
{
  binary (MN_BINARY_SUB, n, a, a_step, b, b_step, y, args);
}

static void
multiply (gsize n, const guint8 * a, gsize a_step, const guint8 * b,
    gsize b_step, guint8 * y, const MnQBinaryArgs * args)
{
  binary (MN_BINARY_MUL, n, a, a_step, b, b_step, y, args);
}

void MN_SIMD (mn_qkernels_init) (MnQKernels * kernels)
{
  kernels->conv = MN_SIMD (mn_qconv);
  kernels->conv_width = TILE_WIDTH;
  kernels->conv_rows = TILE_ROWS;
  kernels->dwconv = MN_SIMD (mn_qdwconv);
  kernels->step = V_LEN;
  kernels->add = add;
  kernels->sub = subtract;
  kernels->mul = multiply;
  kernels->quantise = MN_SIMD (mn_qquantise);
  kernels->mean = MN_SIMD (mn_qmean);
}
