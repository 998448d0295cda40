/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The time that a launch takes on a GPU that is not here, from what is known
 * of its program and of the GPU: the largest of
 *   issue    its instructions, by all lanes that run, idle ones too
 *   bytes    what it reads and writes at least, by the memory's rate
 *   waiting  one item's way through the program with the latency of a load in
 *            each turn of its loop, as often as waves must follow each other
 * and what any launch costs. A model, and no more: docs/numbers.md says how
 * far published times are from it. */

#ifndef MN_DEVICE_MODEL_H
#define MN_DEVICE_MODEL_H

#include "tools/device_profile.h"

G_BEGIN_DECLS

typedef struct
{
  gdouble groups, group_items; /* all groups; items in each */
  gdouble slots;               /* instructions that an item issues */
  gdouble cycles;              /* Mali: of its core's busiest unit, an item;
                                * 0: slots count */
  gdouble waits;               /* loads that an item waits for in turn */
  guint wave;                  /* items; 0: the GPU's */
  guint resident;              /* waves that a core holds; 0: not known */
  gdouble bytes;
} MnModelLaunch;

typedef struct
{
  gdouble issue, bytes, waiting; /* seconds */
  gdouble seconds;               /* with the launch's cost */
} MnModelTime;

void mn_device_model_time (const MnDeviceProfile *profile,
    const MnModelLaunch *launch, MnModelTime *time);

/* One launch of a frame. */
typedef struct
{
  gchar *layer, *kernel;
  MnModelTime time;
  gdouble bytes;
  gboolean known, exact; /* whether its instructions are, and of this very
                          * program, not of a similar one */
} MnModelled;

/* All launches of a frame, input included, MnModelled each. NULL: the graph
 * is none that the OpenCL backend takes. */
GPtrArray *mn_device_model_frame (const MnGraph *graph,
    const MnDeviceProfile *profile, MnPrecision precision, GError **error);
/* Seconds of them all. */
gdouble mn_device_model_sum (const GPtrArray *launches);

G_END_DECLS

#endif /* MN_DEVICE_MODEL_H */
