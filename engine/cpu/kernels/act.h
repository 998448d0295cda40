/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What becomes of a sum before it is stored. */

#ifndef MN_KERNELS_ACT_H
#define MN_KERNELS_ACT_H

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  MN_ACT_KIND_CLAMP,
  MN_ACT_KIND_HARD_SWISH,   /* x * relu6 (x + 3) / 6 */
  MN_ACT_KIND_HARD_SIGMOID, /* relu6 (x + 3) / 6 */
  MN_ACT_KIND_SIGMOID
} MnActKind;

/* lo and hi are the bounds of one that clamps, -inf and inf where there is
 * none; and always these of the others. */
typedef struct
{
  MnActKind kind;
  gfloat lo, hi;
} MnAct;

G_END_DECLS

#endif /* MN_KERNELS_ACT_H */
