/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How many threads a frame is worth, by the pace at which frames come.
 *
 * Threads that sleep between two frames wake with cold caches and wait for
 * one another: at 30 frames a second a second thread of a small network
 * costs processor time, and heat, for next to no speed. So a stream whose
 * frames one thread computes in a small part of the time between them gets
 * one; a stream that keeps the processor busy gets all. Results do not
 * depend on it. */

#ifndef MN_CPU_PACE_H
#define MN_CPU_PACE_H

#include <glib.h>

G_BEGIN_DECLS

/* One thread is enough while it computes for less than one part in so many of
 * the time. */
#define MN_PACE_PARTS 4
/* Zeros to start with. */
typedef struct
{
  gint64 start;  /* of the newest frame, us; 0: none yet */
  gint64 work;   /* us that one thread takes, about; 0: not
                  * known */
  guint threads; /* of the newest frame */
} MnPace;

/* A frame begins now (g_get_monotonic_time); returns on how many threads, 1
 * or all of them. */
guint mn_pace_begin (MnPace *pace, gint64 now, guint threads);
/* It has ended. */
void mn_pace_end (MnPace *pace, gint64 now);

G_END_DECLS

#endif /* MN_CPU_PACE_H */
