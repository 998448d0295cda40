/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A machine's limits, and the time that a layer takes at least: the larger
 * of its operations at the peak of their kind of arithmetic, and of its bytes
 * at the rate at which a working set of that size is read. */

#ifndef MN_ROOFLINE_H
#define MN_ROOFLINE_H

#include "engine/mn.h"

G_BEGIN_DECLS

typedef enum
{
  MN_ARITH_F32,
  MN_ARITH_F16,
  MN_ARITH_BF16,
  MN_ARITH_I8,
  MN_N_ARITH
} MnArith;

#define MN_PEAKS_MAX_SIZES 20

typedef struct
{
  guint threads;           /* that all figures are the sum of */
  gdouble ops[MN_N_ARITH]; /* a second; 0: not known */
  guint n_sizes;
  gsize sizes[MN_PEAKS_MAX_SIZES];  /* bytes, of all threads; rising */
  gdouble read[MN_PEAKS_MAX_SIZES]; /* bytes a second */
} MnPeaks;

/* "float32" and the like. */
const gchar *mn_arith_name (MnArith arith);
/* By the kernel's name, which says what it computes in unless that is
 * float32: "int8 conv", "bfloat16 gemm". */
MnArith mn_arith_of_kernel (const gchar *kernel);
/* Bytes a second; between two sizes that were measured by the logarithm of
 * the size. 0: not known. */
gdouble mn_peaks_read (const MnPeaks *peaks, gdouble bytes);
/* Seconds that one run of the layer takes at least; 0: not known. */
gdouble mn_peaks_seconds (const MnPeaks *peaks, const MnLayerTime *layer);

G_END_DECLS

#endif /* MN_ROOFLINE_H */
