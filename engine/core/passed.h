/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Self-tests that were passed at an earlier start: kept in the cache
 * (engine/base/cache.h), so that a start need not repeat them. */

#ifndef MN_PASSED_H
#define MN_PASSED_H

#include "engine/core/internal.h"

G_BEGIN_DECLS

/* As mn_self_test, for a plan that was compiled with options, their precision
 * the plan's, whose model is held; but what passed before, for this content of
 * the model on this device (MnBackend's identify) in this precision, passes,
 * if all that was made for the plan comes from then. */
gboolean mn_passes_self_test (MnPlan *plan, const MnPlanOptions *options,
    GError **error);

G_END_DECLS

#endif /* MN_PASSED_H */
