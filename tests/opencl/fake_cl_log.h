/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What was called, for fake_cl.c. The functions may be called in several
 * threads. */

#ifndef FAKE_CL_LOG_H
#define FAKE_CL_LOG_H

/* name: static. */
void fake_cl_log_add (const char *name);
/* The next call is the first one. */
void fake_cl_log_restart (void);

#endif /* FAKE_CL_LOG_H */
