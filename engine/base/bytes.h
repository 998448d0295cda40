/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Bytes that stand for reals: real = scale * (q - zero). Signed ones are mapped
 * to unsigned by flip = 0x80 and a zero point greater by 128, so that one
 * kernel serves both types. */

#ifndef MN_BASE_BYTES_H
#define MN_BASE_BYTES_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  gfloat scale;
  gint32 zero; /* of the unsigned byte */
  guint8 flip; /* 0, or 0x80 for int8 */
} MnBytes;

/* The byte of a real value: rounded, halves away from zero, and clamped. */
guint8 mn_bytes_quantise (const MnBytes *bytes, gfloat real);

G_END_DECLS

#endif /* MN_BASE_BYTES_H */
