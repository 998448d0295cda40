/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which of the calls that the fake library has counted are to fail. */

#ifndef TEST_OPENCL_PICKS_H
#define TEST_OPENCL_PICKS_H

#include <glib.h>

/* Of the first n_calls those that stand for all: of each function, in each
 * phase, at most so many, some early and some late, by chance. With
 * MOBILENET_FULL all of them. library: from dlopen(). Returns an array of
 * guint in rising order, for g_array_unref(). */
GArray *
pick_calls (gpointer library, guint n_calls, guint most, GRand *generator);

#endif /* TEST_OPENCL_PICKS_H */
