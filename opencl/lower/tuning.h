/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Tuning: which form of its kernel, and which groups, each layer of a plan
 * gets where measuring on the device found better than the table and the rule
 * (variants.h, launch.c); and its memory on disk (engine/base/cache.h), by
 * device, driver, kernels and what is to be computed. */

#ifndef MN_CL_TUNING_H
#define MN_CL_TUNING_H

#include "opencl/lower/variants.h"

G_BEGIN_DECLS

/* One that is chosen: a tile, and items a group, zeros where the rule is to
 * say them. Zeros: the table's. */
typedef struct
{
  guint32 width, pixels, step, split;
  guint32 local[3];
} MnClChoice;

/* What a form is chosen for: all layers that are the same to the device. */
typedef struct
{
  guint number; /* from 1 on */
  gchar *key;
  const gchar *kernel;
  guint n;
  MnClForm forms[MN_CL_MAX_FORMS];
  MnClChoice choice;
} MnClSite;

struct _MnClTuning
{
  MnTuning level;   /* not OFF */
  GPtrArray *sites; /* MnClSite, owned, in the order of the walk */
  gchar *file;      /* in the cache; NULL: not known yet */
  guint n_kept;     /* sites that it is about: others may come in later walks,
                     * as of a layer that is made anew in another precision */
  gboolean is_new;  /* measured at this start, and not stored yet */
};

/* tuning.c */
MnClTuning *mn_cl_tuning_new (MnTuning level);
void mn_cl_tuning_free (MnClTuning *tuning);
/* NULL: there is none of this key. */
MnClSite *mn_cl_tuning_find (const MnClTuning *tuning, const gchar *key);
/* kernel and the forms' variants: not copied. */
MnClSite *mn_cl_tuning_add (MnClTuning *tuning, const gchar *key,
    const gchar *kernel, const MnClForm *forms, guint n);
/* The form that was chosen, with its options. NULL: none, or none that can be
 * had. */
const MnClVariant *mn_cl_site_take (MnBackendPlan *plan, const MnClSite *site,
    MnClOptions *options);
/* Chooses as at an earlier start that looked no less closely; all sites are
 * there. FALSE: nothing is known, or what is there is doubtful. */
gboolean mn_cl_tuning_load (MnBackendPlan *plan, MnPrecision precision);
/* Into the cache, what was measured at this start. */
void mn_cl_tuning_store (MnBackendPlan *plan);

/* tune.c: us that tuning may take, by its level, with all compiling. Tests,
 * which are to find the same on the slowest machine, set them. */
extern gint64 mn_cl_tune_time[];
/* Measures, and changes the plan, whose values are not placed yet, to
 * what was found. Whatever fails, the plan is a good one. n_builders and
 * background: as for mn_cl_plan_build. */
void mn_cl_plan_tune (MnBackendPlan *plan, MnClMakeAll make_all,
    guint n_builders, gboolean background);

G_END_DECLS

#endif /* MN_CL_TUNING_H */
