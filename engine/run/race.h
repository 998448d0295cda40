/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A device against the CPU on one network: run once, then kept in the cache
 * (cache.h). */

#ifndef MN_RACE_H
#define MN_RACE_H

#include "engine/core/internal.h"

G_BEGIN_DECLS

typedef struct
{
  gint64 device, cpu; /* us a frame; 0: not measured */
  gboolean kept;      /* it was run at an earlier start */
} MnRace;

/* Whom the device runs against, and on what: a frame of the stream, with all
 * that has to be done to it. */
typedef struct
{
  MnPlan *cpu;
  MnInput input;
  MnFrame *frame; /* a copy */
} MnRaceCourse;

/* frame: readable, in host memory, and what input says. NULL: it cannot be
 * copied. */
MnRaceCourse *
mn_race_course_new (MnPlan *cpu, const MnInput *input, const MnFrame *frame);
/* course may be NULL. */
void mn_race_course_free (MnRaceCourse *course);

/* The name in the cache: content of the model, device, driver, platform
 * (device: MnBackend's identify), the CPU plan's kernels and threads, kind of
 * frames and what of them is looked at, precision and tuning (options: the
 * device plan's) and the engine's version. NULL: nothing is kept. Free with
 * g_free. */
gchar *mn_race_name (const gchar *device, const MnRaceCourse *course,
    const MnPlanOptions *options);
/* FALSE: it is not there, or doubtful. */
gboolean mn_race_load (const gchar *name, MnRace *race);
void mn_race_store (const gchar *name, const MnRace *race);

/* Runs frames on both; on the CPU until *cancelled. FALSE: the device failed,
 * with error. A CPU that fails leaves the times 0: what becomes of it is looked
 * after elsewhere. */
gboolean mn_race_run (MnRace *race, const MnRaceCourse *course,
    MnSession *device, const gint *cancelled, GError **error);

/* TRUE: both were measured, and the CPU is the faster. */
gboolean mn_race_lost (const MnRace *race);

G_END_DECLS

#endif /* MN_RACE_H */
