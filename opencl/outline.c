/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "opencl/outline.h"

#include "opencl/paper.h"
#include "opencl/lower/plan.h"

#include <stdlib.h>
#include <string.h>

/* Items a group of what makes the input. */
#define INPUT_GROUP 64

/* What of a launch the counts below need. */
typedef struct
{
  const gchar *form;
  const MnClLaunch *launch;
} Seen;

static gsize
share (gsize n, gsize of)
{
  return of > 0 ? (n + of - 1) / of : n;
}

/* The value of a definition; otherwise where there is none. */
static gsize
definition (const Seen *s, const gchar *name, gsize otherwise)
{
  g_autofree gchar *word = g_strdup_printf (" %s=", name);
  const gchar *found = strstr (s->form, word);

  return found ? strtoul (found + strlen (word), NULL, 10) : otherwise;
}

/* Number i of the kernel's n-th argument that is a number or several. */
static gsize
argument (const Seen *s, guint n, guint i)
{
  const MnClLaunch *launch = s->launch;
  guint k;

  for (k = 0; k < launch->n_args; k++) {
    if (launch->args[k].kind == MN_CL_ARG_DATA && n-- == 0)
      return MAX (((const gint32 *) launch->args[k].data)[i], 0);
  }
  return 0;
}

/* ---- loops, a kernel each ----------------------------------------------- */

static void
count_product (const Seen *s, MnOpenclLaunch *out)
{
  out->turns = share (argument (s, 0, 1),
      4 * definition (s, "STEP", 1) * definition (s, "SPLIT", 1));
}

static void
count_window (const Seen *s, MnOpenclLaunch *out)
{
  out->turns = argument (s, 2, 0);
  /* Any window: loops over columns and slices are in that over rows. */
  if (definition (s, "KERNEL", 0) == 0)
    out->inner = out->turns * (argument (s, 2, 1) * argument (s, 0, 2) - 1);
}

static void
count_depthwise (const Seen *s, MnOpenclLaunch *out)
{
  out->turns = definition (s, "KERNEL", 3);
}

static void
count_vector (const Seen *s, MnOpenclLaunch *out)
{
  gsize parts = argument (s, 0, 3);

  out->turns = share (argument (s, 0, 0), s->launch->local[1]);
  /* The first part is read in front of their loop. */
  if (definition (s, "PARTS", 0) && parts > 2)
    out->inner = out->turns * (parts - 2);
}

static void
count_mean (const Seen *s, MnOpenclLaunch *out)
{
  out->turns = share (argument (s, 0, 0), s->launch->local[1]);
}

/* Steps of a loop over n, which items share where there are more of them than
 * tiles. */
static gsize
shared_steps (gsize lanes, gsize tiles, gsize n)
{
  gsize split = CLAMP (lanes / MAX (tiles, 1), 1, MAX (n, 1));

  return share (tiles * split, lanes) * share (n, split);
}

/* Three loops over what is multiplied or added, in loops that run once or a
 * few times: those are what counts. */
static void
count_gate (const Seen *s, MnOpenclLaunch *out)
{
  gsize lanes = s->launch->local[0], v = definition (s, "V", 4);
  gsize parts = argument (s, 0, 0), channels = argument (s, 0, 1);
  gsize hidden = argument (s, 0, 2), outputs = argument (s, 0, 3);

  out->inner = shared_steps (lanes, channels / 4, parts)
      + shared_steps (lanes, hidden / v, channels)
      + share (outputs / v, lanes) * hidden;
}

static const struct
{
  const gchar *kernel;
  void (*count) (const Seen *s, MnOpenclLaunch *out);
} counts[] = {
  {"pointwise", count_product},
  {"conv", count_window},
  {"dwconv", count_depthwise},
  {"fully_connected", count_vector},
  {"mean", count_mean},
  {"squeeze_excite", count_gate},
};

/* ---- launches ----------------------------------------------------------- */

static void
launch_free (gpointer data)
{
  MnOpenclLaunch *launch = data;

  g_free (launch->layer);
  g_free (launch->form);
  g_free (launch);
}

static MnOpenclLaunch *
outline_launch (const MnClLaunch *launch)
{
  const MnClProgram *program = launch->program;
  MnOpenclLaunch *out = g_new0 (MnOpenclLaunch, 1);
  Seen seen;
  guint i;

  out->layer = g_strdup (launch->layer);
  out->form = mn_cl_paper_form (program->name, program->options);
  out->groups = out->items = out->turns = 1;
  out->group_items = mn_cl_group_items (launch);
  for (i = 0; i < 3; i++) {
    out->groups *= launch->global[i] / launch->local[i];
    out->items *= launch->items[i];
  }
  out->flops = launch->flops;
  out->bytes = launch->bytes;
  seen = (Seen) {out->form, launch};
  for (i = 0; i < G_N_ELEMENTS (counts); i++) {
    if (g_str_equal (program->name, counts[i].kernel))
      counts[i].count (&seen, out);
  }
  out->turns = MAX (out->turns, 1);
  return out;
}

static MnOpenclLaunch *
outline_input (const MnBackendPlan *plan)
{
  const MnTensor *t = mn_graph_tensor (plan->graph, plan->input);
  MnOpenclLaunch *out = g_new0 (MnOpenclLaunch, 1);

  out->layer = g_strdup ("input");
  out->form = mn_cl_paper_form (plan->tensor_input->name,
      plan->tensor_input->options);
  out->items = mn_cl_padded_size (t);
  out->group_items = INPUT_GROUP;
  out->groups = share (out->items, INPUT_GROUP);
  out->turns = 1;
  out->bytes = 4.0 * (t->n_elements + out->items);
  return out;
}

GPtrArray *
mn_opencl_outline (const MnGraph *graph, const MnOpenclPaper *paper,
    MnPrecision precision, MnOpenclAsk ask, gpointer data, GError **error)
{
  MnPlanOptions options = {.precision = precision};
  MnBackendPlan *plan = mn_cl_plan_for (graph,
      mn_cl_paper_device_new (paper, ask, data), &options, 1, error);
  GPtrArray *launches;
  guint i;

  if (!plan)
    return NULL;
  launches = g_ptr_array_new_with_free_func (launch_free);
  g_ptr_array_add (launches, outline_input (plan));
  for (i = 0; i < plan->launches->len; i++)
    g_ptr_array_add (launches,
        outline_launch (g_ptr_array_index (plan->launches, i)));
  mn_cl_plan_free (plan);
  return launches;
}
