/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How many CPUs the process may use: mn_cpus_count in mn.h. What is known of
 * control groups lies in files, which a test lays elsewhere. */

#ifndef MN_CPUS_H
#define MN_CPUS_H

#include "engine/mn.h"

G_BEGIN_DECLS

/* The CPUs that the control groups' quota grants, in whole ones: of the
 * process whose proc/self and mounts lie below root ("" for the system's
 * own). 0: there is no quota, or nothing that makes sense of one. */
guint mn_cpus_quota (const gchar *root);

G_END_DECLS

#endif /* MN_CPUS_H */
