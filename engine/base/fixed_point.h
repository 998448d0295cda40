/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Real factors as integers: a pair of a 31-bit multiplier and a power of two
 * (Jacob et al., Quantization and Training of Neural Networks for Efficient
 * Integer-Arithmetic-Only Inference, 2017, 2.2). Two roundings of the final
 * shift are in use, which differ for negative halves. */

#ifndef MN_FIXED_POINT_H
#define MN_FIXED_POINT_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  gint32 multiplier; /* 0, or 2^30 .. 2^31 - 1 */
  gint32 shift;      /* -31 .. 30: factor = multiplier * 2^(shift
                      * - 31) */
} MnFactor;

MnFactor mn_factor (gdouble real);
/* a / b in floats, as LiteRT divides for some operators; what registers hold of
 * it may be more. */
gfloat mn_ratio_f32 (gfloat a, gfloat b);

/* round (round (x * 2^max (shift, 0) * multiplier / 2^31) /
 * 2^max (-shift, 0)), halves away from zero. What does not fit 32 bits before
 * the product wraps, as the vector instructions do. */
gint32 mn_requant_away (gint32 x, MnFactor factor);
/* The same, halves up. */
gint32 mn_requant_up (gint32 x, MnFactor factor);

G_END_DECLS

#endif /* MN_FIXED_POINT_H */
