/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* GPUs that a frame's time is modelled for: what they are, as far as somebody
 * has published it. */

#ifndef MN_DEVICE_PROFILE_H
#define MN_DEVICE_PROFILE_H

#include "opencl/outline.h"

G_BEGIN_DECLS

typedef struct
{
  const gchar *name;     /* "adreno-640" */
  const gchar *what;     /* for people, with the system it is in */
  const gchar *compiler; /* GPU of the table whose programs count for it */
  MnOpenclPaper limits;
  /* Instructions that all its cores together begin a clock, an item each. */
  guint lanes;
  guint wave; /* items that run as one; Adreno: the narrow ones */
  guint port; /* items of a wave that begin an instruction in a clock */
  /* Mali: waves that a core can hold; 0: the table says it. */
  guint waves;
  /* Mali: what the table's cycles are divided by to be this core's; of its
   * arithmetic, and of loads and stores. 0: the table counts no cycles. */
  gdouble arithmetic, loads;
  gdouble mhz, gbps;
  gdouble launch_us;  /* between the ends of two launches, beyond their work */
  gdouble latency_ns; /* until what was loaded is there */
} MnDeviceProfile;

/* NULL behind the last one. */
const MnDeviceProfile *mn_device_profile (guint i);
/* NULL: MN_ERROR_ARGUMENT, which names those that there are. */
const MnDeviceProfile *
mn_device_profile_find (const gchar *name, GError **error);

G_END_DECLS

#endif /* MN_DEVICE_PROFILE_H */
