/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A byte for the plain kernels. */

#ifndef MN_REF_U8_H
#define MN_REF_U8_H

#include "engine/cpu/kernels/kernels_u8.h"

G_BEGIN_DECLS

/* The steps that a byte is from its zero point. */
static inline gint32
mn_ref_load (const guint8 *x, const MnBytes *bytes)
{
  return (*x ^ bytes->flip) - bytes->zero;
}

/* And the byte, within lo..hi, of so many. */
static inline guint8
mn_ref_store (gint32 q, const MnBytes *bytes, gint32 lo, gint32 hi)
{
  /* Clamped first: the sum could overflow. */
  q = CLAMP (q, lo - bytes->zero, hi - bytes->zero);
  return (guint8) (q + bytes->zero) ^ bytes->flip;
}

G_END_DECLS

#endif /* MN_REF_U8_H */
