/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Tap tables of one axis. */

#ifndef MN_TAPS_H
#define MN_TAPS_H

#include "engine/preprocess/preprocess.h"

G_BEGIN_DECLS

/* Sample k covers k .. k + 1. The outputs share origin .. origin + size
 * evenly; samples first .. end - 1 exist. */
typedef struct
{
  gint first, end;
  gdouble origin, size;
  guint n_out;
  gboolean mirror; /* output 0 is the one at the far end */
} MnAxis;

/* The crop offset .. offset + size - 1 of an axis, in whole samples, and the
 * same in chroma samples, one for every 1 << shift pixels. cosited: a chroma
 * sample sits on the first of its pixels, else amid them. */
MnAxis mn_axis_luma (gint offset, gint size, guint n_out, gboolean mirror);
MnAxis mn_axis_chroma (gint offset, gint size, guint n_out, gboolean mirror,
    guint shift, gboolean cosited);

/* A triangle of half width max (1, size / n_out) samples about the middle of
 * each output's share, its weights made to sum up to 1. FALSE: no
 * memory. */
gboolean mn_taps_init (MnTaps *taps, const MnAxis *axis);
void mn_taps_clear (MnTaps *taps);

G_END_DECLS

#endif /* MN_TAPS_H */
