/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Random numbers of tests that can be repeated. */

#ifndef RANDOM_UTIL_H
#define RANDOM_UTIL_H

#include <glib.h>

G_BEGIN_DECLS

/* From MOBILENET_TEST_SEED, else another one each time; printed. */
extern GRand *test_rand;

/* test_setup and test_teardown, and test_rand with them. For a checked
 * fixture. */
void test_setup_random (void);
void test_teardown_random (void);

/* One of first .. last. */
gint test_pick (gint first, gint last);

G_END_DECLS

#endif /* RANDOM_UTIL_H */
