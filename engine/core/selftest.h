/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Whether a plan computes what the CPU does. */

#ifndef MN_SELFTEST_H
#define MN_SELFTEST_H

#include "engine/backend.h"

G_BEGIN_DECLS

/* Runs the whole network, from the pixels of a picture made on the spot on
 * (where its input is no picture: from numbers), with the plan and with the
 * CPU's, and tells the backend (plan_passed) when both agree: networks of
 * integers exactly, of floats as far as options->precision lets them. options:
 * those that the plan was compiled with; their precision is the plan's. A
 * backend may have mended the plan (plan_mend) before they did; then *mended
 * is TRUE, and the next plan like it will have to be mended as well. FALSE:
 * MN_ERROR_COMPILE says how they differ, or another error what failed. Called
 * where the backend's calls are made, while the graph's constants are held. */
gboolean mn_self_test (MnContext *context, const MnBackend *backend,
    MnBackendPlan *plan, const MnGraph *graph, const MnPlanOptions *options,
    gboolean *mended, GError **error);

G_END_DECLS

#endif /* MN_SELFTEST_H */
