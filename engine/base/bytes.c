/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Bytes that stand for reals. */

#include "engine/base/bytes.h"

#include <math.h>

guint8
mn_bytes_quantise (const MnBytes *bytes, gfloat real)
{
  gfloat steps = roundf (real / bytes->scale) + bytes->zero;

  /* Written so that NaN becomes something. */
  if (!(steps > 0))
    return 0 ^ bytes->flip;
  return (guint8) MIN (steps, 255) ^ bytes->flip;
}
