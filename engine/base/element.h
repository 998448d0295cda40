/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How activations of floats are stored, and how a float becomes that. */

#ifndef MN_ELEMENT_H
#define MN_ELEMENT_H

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  MN_ELEMENT_F32,
  MN_ELEMENT_BF16, /* the upper half of a float32 */
  MN_ELEMENT_F16
} MnElement;

static inline gsize
mn_element_size (MnElement element)
{
  return element == MN_ELEMENT_F32 ? 4 : 2;
}

/* The nearest bfloat16, of two the even one. */
guint16 mn_bf16_round (gfloat x);
/* What it stands for, exactly. */
gfloat mn_bf16_value (guint16 x);
/* k weights of an output, stride apart, so that their sum stays: where inputs
 * resemble each other, as neighbouring pixels do, or are seldom negative, it is
 * the sum's error that shows. Each is one of the two neighbours of its weight,
 * at most three quarters of the way between them off, but one small one. */
void
mn_bf16_round_weights (gsize k, const gfloat *w, gsize stride, guint16 *out);
/* The nearest float16 (IEEE 754 binary16), of two the even one; what is too
 * large is infinite. */
guint16 mn_f16_round (gfloat x);
/* What it stands for, exactly. */
gfloat mn_f16_value (guint16 half);

G_END_DECLS

#endif /* MN_ELEMENT_H */
