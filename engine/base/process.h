/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What kind of process this is, and what kind of thread. */

#ifndef MN_PROCESS_H
#define MN_PROCESS_H

#include <glib.h>

G_BEGIN_DECLS

/* TRUE in a setuid program: the environment is somebody else's. */
gboolean mn_is_secure (void);

/* Of the calling thread: see mn_thread_set_background. */
gboolean mn_thread_is_background (void);

G_END_DECLS

#endif /* MN_PROCESS_H */
