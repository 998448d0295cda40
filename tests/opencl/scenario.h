/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A start and ten frames of a small network, through a library that fails
 * (fake_cl.h). */

#ifndef TEST_OPENCL_SCENARIO_H
#define TEST_OPENCL_SCENARIO_H

#include "opencl/opencl.h"
#include "tests/opencl/fake_cl.h"

typedef struct
{
  __typeof__ (fake_cl_fail) *fail;
  __typeof__ (fake_cl_calls) *calls;
  __typeof__ (fake_cl_live) *live;
  __typeof__ (fake_cl_failed) *failed;
  __typeof__ (fake_cl_phase) *phase;
} FakeCl;

/* The functions of the library that was opened last. */
extern FakeCl fake;

/* For good. */
gpointer fake_cl_open (const gchar *library);

/* One of each kind of launch that a MobileNetV3 has. */
MnGraph *scenario_graph (void);
/* Makes frames, and what the CPU says of them. */
void scenario_init (MnContext *context, const MnGraph *graph);
/* FALSE: a call failed, and an error with words said so. Whatever is given as
 * a result is right. The library is told of phases. n: for messages; with
 * profiling where it is odd. */
gboolean scenario_run (MnContext *context, const MnGraph *graph, guint n);

#endif /* TEST_OPENCL_SCENARIO_H */
