/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Loops that do nothing but what a machine does fastest: multiply and
 * accumulate in registers, and read memory. */

#ifndef MN_PEAK_LOOPS_H
#define MN_PEAK_LOOPS_H

#include "tools/roofline.h"

G_BEGIN_DECLS

typedef struct
{
  void (*run) (gsize n); /* n > 0 rounds */
  gdouble ops;           /* of a round; multiply-add = 2 */
} MnArithLoop;

/* Reads bytes, a multiple of MN_READ_STEP greater than 0, from p on. */
typedef void (*MnReadLoop) (gconstpointer p, gsize bytes);

#define MN_READ_STEP 256

/* The fastest that a CPU with these flags (cpu_flags.h) has for the kind of
 * arithmetic; run is NULL where it has none, or where none is written. */
MnArithLoop mn_peak_arith_loop (guint flags, MnArith arith);
/* NULL where none is written for this machine. */
MnReadLoop mn_peak_read_loop (guint flags);

G_END_DECLS

#endif /* MN_PEAK_LOOPS_H */
