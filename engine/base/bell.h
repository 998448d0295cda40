/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What somebody rings once, on whatever thread, for whoever waits: how a
 * driver's thread says that a frame has ended. It outlives its owner for as
 * long as it may still be rung. */

#ifndef MN_BELL_H
#define MN_BELL_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct _MnBell MnBell;

/* Nobody is to ring it yet. */
MnBell *mn_bell_new (void);
/* The owner's reference; bell may be NULL. */
void mn_bell_unref (MnBell *bell);

/* From here on somebody is to ring it, whose reference this takes. It must not
 * be due. */
void mn_bell_arm (MnBell *bell);
/* Once after it was armed, on any thread; waits for nobody. Also by whoever
 * armed it, when nobody else will ring it after all. */
void mn_bell_ring (MnBell *bell);

/* TRUE: it was armed, and has not been rung. */
gboolean mn_bell_is_due (MnBell *bell);
/* TRUE: it is not due, or not any more. FALSE: the deadline
 * (g_get_monotonic_time; G_MAXINT64: none) passed first. */
gboolean mn_bell_wait (MnBell *bell, gint64 deadline);

G_END_DECLS

#endif /* MN_BELL_H */
