/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sums and products of bytes: the truth. */

#include "engine/cpu/kernels/prepare_u8.h"
#include "engine/cpu/kernels/ref_u8.h"

static inline gint32
scale_operand (gint32 steps, MnFactor factor, MnAddU8Scaling scaling)
{
  gint shift = factor.shift, left = MN_ADD_U8_BITS + shift;

  /* Nothing is left of what goes too far to the right. */
  if (scaling == MN_ADD_U8_TWICE)
    return mn_requant_away (steps * (1 << MN_ADD_U8_BITS), factor);
  if (scaling == MN_ADD_U8_ONCE) {
    steps = left >= 0 ? steps * (1 << left) : left > -31 ? steps >> -left : 0;
    shift = 0;
  } else {
    steps *= 1 << MN_ADD_U8_BITS;
  }
  steps = mn_requant_up (steps, (MnFactor) {factor.multiplier, 0});
  return shift > -31 ? steps >> -shift : 0;
}

static inline void
add_or_subtract (gsize n, const guint8 *a, gsize a_step, const guint8 *b,
    gsize b_step, guint8 *y, const MnBinaryU8Args *args, gint32 sign)
{
  gsize i;

  for (i = 0; i < n; i++) {
    gint32 sum = scale_operand (mn_ref_load (a + i * a_step, &args->a),
                     args->a_factor, args->scaling)
        + sign
            * scale_operand (mn_ref_load (b + i * b_step, &args->b),
                args->b_factor, args->scaling);

    y[i] = mn_ref_store (mn_narrow (mn_requant_away (sum, args->y_factor),
                             &args->y, args->narrow),
        &args->y, args->lo, args->hi);
  }
}

void
mn_add_u8_ref (gsize n, const guint8 *a, gsize a_step, const guint8 *b,
    gsize b_step, guint8 *y, const MnBinaryU8Args *args)
{
  add_or_subtract (n, a, a_step, b, b_step, y, args, 1);
}

void
mn_sub_u8_ref (gsize n, const guint8 *a, gsize a_step, const guint8 *b,
    gsize b_step, guint8 *y, const MnBinaryU8Args *args)
{
  add_or_subtract (n, a, a_step, b, b_step, y, args, -1);
}

void
mn_mul_u8_ref (gsize n, const guint8 *a, gsize a_step, const guint8 *b,
    gsize b_step, guint8 *y, const MnBinaryU8Args *args)
{
  gsize i;

  for (i = 0; i < n; i++) {
    gint32 product = mn_ref_load (a + i * a_step, &args->a)
        * mn_ref_load (b + i * b_step, &args->b);

    y[i] = mn_ref_store (mn_narrow (mn_requant_away (product, args->y_factor),
                             &args->y, args->narrow),
        &args->y, args->lo, args->hi);
  }
}
