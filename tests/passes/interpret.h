/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The plainest way to compute a float graph, for comparing it with what the
 * passes make of it; shares no code with the engine's kernels. */

#ifndef INTERPRET_H
#define INTERPRET_H

#include "engine/graph/graph.h"

/* The first output's values for the declared input x (input_scale and
 * input_offset are applied here); n: how many. Free with g_free. Aborts at
 * what is not float. */
gfloat *interpret (const MnGraph *graph, const gfloat *x, gsize *n);

#endif /* INTERPRET_H */
