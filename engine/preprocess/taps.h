/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Tap tables of one axis. */

#ifndef MN_TAPS_H
#define MN_TAPS_H

#include <glib.h>

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

/* Output i reads samples start[i] .. start[i] + n_taps - 1 with
 * weights[i * pitch + t]; unused ones are 0 and in range, and there are zeros
 * up to the next output. The memory is that of whoever has the tables. */
typedef struct
{
  guint n_out;
  guint n_taps; /* the most that any output needs */
  guint pitch;
  gint32 *start;
  gfloat *weights;
} MnTaps;

/* The crop offset .. offset + size - 1 of an axis, in whole samples, and the
 * same in chroma samples, one for every 1 << shift pixels. cosited: a chroma
 * sample sits on the first of its pixels, else amid them. */
MnAxis mn_axis_luma (gint offset, gint size, guint n_out, gboolean mirror);
MnAxis mn_axis_chroma (gint offset, gint size, guint n_out, gboolean mirror,
    guint shift, gboolean cosited);

/* As many weights as n_out outputs or fewer have at most, of any part of
 * n_samples samples, where the pitch is a multiple of so many. */
gsize mn_taps_max_weights (guint n_samples, guint n_out, guint multiple);
/* A triangle of half width max (1, size / n_out) samples about the middle of
 * each output's share, its weights made to sum up to 1. start and weights have
 * room for them (mn_taps_max_weights); so many weights are written. */
gsize mn_taps_set (MnTaps *taps, const MnAxis *axis, guint multiple,
    gint32 *start, gfloat *weights);

G_END_DECLS

#endif /* MN_TAPS_H */
