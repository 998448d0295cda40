/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Measures this machine's limits. */

#ifndef MN_PEAKS_H
#define MN_PEAKS_H

#include "tools/roofline.h"

G_BEGIN_DECLS

/* What so many threads reach together with the instruction sets in flags
 * (cpu_flags.h); working sets up to that of max_bytes, within bounds. Takes
 * a fraction of a second. Whatever cannot be measured here stays 0. */
void mn_peaks_measure (MnPeaks *peaks, guint flags, guint threads,
    gdouble max_bytes);

G_END_DECLS

#endif /* MN_PEAKS_H */
