/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Programs that a plan will ask for, built side by side before it does. What
 * fails here is built once more when it is asked for, and says what is wrong
 * there. */

#include "opencl/lower/plan.h"

#include "engine/mn_worker.h"

/* More compilers than that wait for memory, and heat a phone. */
#define MAX_BUILDERS 4

typedef struct
{
  MnWork work; /* first */
  const MnClProgram *wish;
  MnClProgram *program; /* NULL: it failed, or was given up */
} Build;

static void
build (MnWork *work, guint thread, gpointer user_data)
{
  Build *self = (Build *) work;
  const MnBackendPlan *plan = user_data;

  if (!plan->cancelled || !g_atomic_int_get (plan->cancelled))
    self->program = mn_cl_program_new (plan->device, self->wish->name,
        self->wish->wanted, NULL);
}

void
mn_cl_plan_build (MnBackendPlan *plan, const GPtrArray *wishes,
    guint n_builders, gboolean background)
{
  g_autofree Build *builds = g_new0 (Build, wishes->len);
  MnWorker *worker;
  guint i;

  n_builders = MIN (MIN (n_builders, MAX_BUILDERS), wishes->len);
  if (n_builders < 2 || plan->device->quirks->one_builder)
    return;
  worker = mn_worker_new (n_builders, background, "mn-build", build, NULL, plan,
      NULL);
  if (!worker)
    return;
  for (i = 0; i < wishes->len; i++) {
    builds[i].wish = g_ptr_array_index (wishes, i);
    mn_worker_push (worker, &builds[i].work);
  }
  for (i = 0; i < wishes->len; i++) {
    mn_worker_wait (worker, &builds[i].work);
    if (builds[i].program)
      g_ptr_array_add (plan->programs, builds[i].program);
  }
  mn_worker_free (worker);
}

void
mn_cl_walk_exchange (MnBackendPlan *plan, MnClWalk *walk)
{
  const MnClWalk before = {
    plan->launches, walk->wishes, plan->values, plan->softmaxes};

  plan->launches = walk->launches;
  plan->values = walk->values;
  plan->softmaxes = walk->softmaxes;
  *walk = before;
}

gboolean
mn_cl_plan_rehearse (MnBackendPlan *plan, MnClMakeAll make_all, MnClWalk *walk)
{
  gboolean ok;

  walk->launches = g_ptr_array_new_with_free_func (mn_cl_launch_free);
  walk->wishes = g_ptr_array_new_with_free_func ((GDestroyNotify)
          mn_cl_program_free);
  walk->values = mn_values_new (plan->graph, 4);
  walk->softmaxes = g_array_new (FALSE, FALSE, sizeof (MnClSoftmax));
  plan->wishes = walk->wishes;
  mn_cl_walk_exchange (plan, walk);
  ok = make_all (plan, NULL);
  mn_cl_walk_exchange (plan, walk);
  plan->wishes = NULL;
  return ok;
}

void
mn_cl_walk_clear (MnClWalk *walk)
{
  g_ptr_array_unref (walk->launches);
  g_ptr_array_unref (walk->wishes);
  g_array_unref (walk->values);
  g_array_unref (walk->softmaxes);
}

void
mn_cl_plan_build_ahead (MnBackendPlan *plan, MnClMakeAll make_all,
    guint n_builders, gboolean background)
{
  MnClWalk walk;

  /* What comes in front of something that cannot be made is built too. */
  mn_cl_plan_rehearse (plan, make_all, &walk);
  mn_cl_plan_build (plan, walk.wishes, n_builders, background);
  mn_cl_walk_clear (&walk);
}
