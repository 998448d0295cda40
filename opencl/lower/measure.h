/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What one launch takes on the device, in memory of its own, and whether it
 * computes what another form of it does. */

#ifndef MN_CL_MEASURE_H
#define MN_CL_MEASURE_H

#include "opencl/lower/plan.h"

G_BEGIN_DECLS

typedef struct _MnClMeasure MnClMeasure;

/* plan: outlives it. NULL: error. */
MnClMeasure *mn_cl_measure_new (const MnBackendPlan *plan, GError **error);
void mn_cl_measure_free (MnClMeasure *measure);
/* The layer from here on, by one of the plan's launches, which stays: runs it
 * on random values of its sizes. */
gboolean mn_cl_measure_set (MnClMeasure *measure, const MnClLaunch *launch,
    GError **error);
/* Nanoseconds of a launch of that layer: the best of several rounds, each long
 * enough to be measured. 0 with an error: a call failed, or it does not
 * compute what the first one did. */
gdouble mn_cl_measure_time (MnClMeasure *measure, const MnClLaunch *launch,
    GError **error);

G_END_DECLS

#endif /* MN_CL_MEASURE_H */
