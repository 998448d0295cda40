/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* An OpenCL library that stands between a program and the real one. Named by
 * MOBILENET_OPENCL_LIBRARY, it counts calls and live objects, and fails or
 * hangs at the n-th call (from 1 on). Environment, read at the first call:
 *   FAKE_CL_LIBRARY  the real one; default libOpenCL.so.1
 *   FAKE_CL_FAIL     n
 *   FAKE_CL_FAIL_ON  n; that call and all after it fail
 *   FAKE_CL_HANG     n
 *   FAKE_CL_CODE     the error; default -5, CL_OUT_OF_RESOURCES
 *   FAKE_CL_REPORT   a file, to which calls and live objects are written at
 *                    exit
 * A release or an unmapping that fails has done it all the same. */

#ifndef FAKE_CL_H
#define FAKE_CL_H

/* These forget the count of calls; call 0: none. A call fails once, or it and
 * all after it fail, or it hangs until the release. */
void fake_cl_fail (unsigned call, int code);
void fake_cl_fail_on (unsigned call, int code);
void fake_cl_hang (unsigned call);
/* Lets a call go that hangs; it then does its work. */
void fake_cl_release (void);
unsigned fake_cl_calls (void);
/* The next read of a buffer, and with it all behind it in its queue, stays on
 * the device until it is let go: with CL_COMPLETE, or with an error, and then
 * whoever waits for its event is told that it has failed. 0: nothing was
 * held. */
void fake_cl_hold (void);
int fake_cl_let_go (int status);
/* From now on, until 0, the driver takes callbacks of events and does not call
 * them; and calls all that it has not called. How many it keeps. */
void fake_cl_keep_callbacks (int keep);
void fake_cl_call_back (void);
unsigned fake_cl_kept_callbacks (void);
/* Of the builds from now on, the two after the first so many wait for each
 * other. */
void fake_cl_pair_builds (unsigned first);
/* From now on, until NULL, all calls of the name fail. */
void fake_cl_fail_calls (const char *name, int code);
/* How often it was called. */
unsigned fake_cl_count (const char *name);
/* The calls from now on are of this phase, until the count is forgotten and it
 * is 0 again. */
void fake_cl_phase (unsigned phase);
/* Of one of the calls counted (from 1 on): its name, and in phase its phase.
 * NULL: there were fewer. */
const char *fake_cl_name (unsigned call, unsigned *phase);
/* Contexts, queues, buffers, programs, kernels and events that were made and
 * not released, and mappings. */
int fake_cl_live (void);
/* All that were ever made but for the events. */
unsigned fake_cl_made (void);
/* The name of the call that failed or hung last; NULL: none. */
const char *fake_cl_failed (void);

#endif /* FAKE_CL_H */
