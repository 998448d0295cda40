/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Memory that a device may write at any time, with nobody able to tell. */

#ifndef MN_KEEP_H
#define MN_KEEP_H

#include <glib.h>

G_BEGIN_DECLS

/* Keeps memory (taken) for the rest of the process; nobody is to use it. */
void mn_keep_for_good (gpointer memory);

G_END_DECLS

#endif /* MN_KEEP_H */
