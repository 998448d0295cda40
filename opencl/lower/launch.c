/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "opencl/lower/plan.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Items a group in kernels of one dimension. */
#define GROUP 64

void
mn_cl_option (MnClOptions *options, const gchar *name, gint value)
{
  gsize used = strlen (options->text), room = sizeof options->text - used;
  gint n = snprintf (options->text + used, room, "%s-D%s=%d", used ? " " : "",
      name, value);

  g_assert (n > 0 && (gsize) n < room);
}

void
mn_cl_option_act (MnClOptions *options, const gchar *name,
    MnActivation activation)
{
  gfloat bounds[2];

  mn_cl_option (options, name, mn_cl_act (activation, bounds));
}

MnClLaunch *
mn_cl_add_launch (MnCompile *c, const gchar *kernel, const MnClOptions *options,
    GError **error)
{
  const MnClProgram *program = mn_cl_plan_program (c->plan, kernel,
      options ? options->text : "", error);
  MnClLaunch *launch;

  if (!program)
    return NULL;
  launch = g_new0 (MnClLaunch, 1);
  launch->layer = g_strdup_printf ("%u %s", c->node->layer,
      mn_op_name (c->node->op));
  launch->node = c->index;
  launch->program = program;
  if (options) {
    launch->site = options->site;
    memcpy (launch->tuned, options->tuned, sizeof launch->tuned);
  }
  g_ptr_array_add (c->plan->launches, launch);
  return launch;
}

void
mn_cl_launch_free (gpointer data)
{
  MnClLaunch *launch = data;

  g_free (launch->layer);
  g_free (launch);
}

static MnClArg *
add_arg (MnClLaunch *launch, MnClArgKind kind)
{
  MnClArg *arg;

  g_assert (launch->n_args < MN_CL_MAX_ARGS);
  arg = &launch->args[launch->n_args++];
  arg->kind = kind;
  arg->value = -1;
  return arg;
}

void
mn_cl_arg_value (MnClLaunch *launch, gint value)
{
  add_arg (launch, MN_CL_ARG_VALUE)->value = value;
}

void
mn_cl_arg_mem (MnClLaunch *launch, cl_mem mem)
{
  add_arg (launch, MN_CL_ARG_MEM)->mem = mem;
}

void
mn_cl_arg_data (MnClLaunch *launch, gconstpointer data, gsize size)
{
  MnClArg *arg = add_arg (launch, MN_CL_ARG_DATA);

  g_assert (size <= sizeof arg->data);
  arg->size = size;
  memcpy (arg->data, data, size);
}

void
mn_cl_arg_int (MnClLaunch *launch, gint32 a)
{
  mn_cl_arg_data (launch, &a, sizeof a);
}

void
mn_cl_arg_int2 (MnClLaunch *launch, gint32 a, gint32 b)
{
  gint32 v[2] = {a, b};

  mn_cl_arg_data (launch, v, sizeof v);
}

void
mn_cl_arg_int4 (MnClLaunch *launch, gint32 a, gint32 b, gint32 c, gint32 d)
{
  gint32 v[4] = {a, b, c, d};

  mn_cl_arg_data (launch, v, sizeof v);
}

void
mn_cl_arg_float (MnClLaunch *launch, gfloat a)
{
  mn_cl_arg_data (launch, &a, sizeof a);
}

/* The numbers are those of kernels/common.h. */
gint32
mn_cl_act (MnActivation activation, gfloat bounds[2])
{
  bounds[0] = -INFINITY;
  bounds[1] = INFINITY;
  switch (activation) {
    case MN_ACT_RELU:
      bounds[0] = 0;
      return 1;
    case MN_ACT_RELU6:
      bounds[0] = 0;
      bounds[1] = 6;
      return 1;
    case MN_ACT_RELU_N1_TO_1:
      bounds[0] = -1;
      bounds[1] = 1;
      return 1;
    case MN_ACT_HARD_SWISH:
      return 2;
    case MN_ACT_HARD_SIGMOID:
      return 3;
    case MN_ACT_SIGMOID:
      return 4;
    default:
      return 0;
  }
}

void
mn_cl_arg_bounds (MnClLaunch *launch, MnActivation activation)
{
  gfloat bounds[2];

  mn_cl_act (activation, bounds);
  mn_cl_arg_data (launch, bounds, sizeof bounds);
}

void
mn_cl_arg_local (MnClLaunch *launch, gsize n_floats)
{
  add_arg (launch, MN_CL_ARG_LOCAL)->size = n_floats * sizeof (gfloat);
}

gsize
mn_cl_group_items (const MnClLaunch *launch)
{
  return launch->local[0] * launch->local[1] * launch->local[2];
}

/* Whether kernel and device take the group that was chosen. */
static gboolean
takes_tuned (const MnClDevice *device, const MnClLaunch *launch)
{
  const gsize *t = launch->tuned;
  guint i;

  for (i = 0; i < 3; i++) {
    if (t[i] == 0 || t[i] > device->max_items[i])
      return FALSE;
  }
  return t[0] * t[1] * t[2] <= launch->program->max_group;
}

void
mn_cl_set_size (const MnClDevice *device, MnClLaunch *launch, gsize x, gsize y,
    gsize z, gsize group_x, gsize group_y, gsize group_z)
{
  const gsize items[3] = {x, y, z}, rule[3] = {group_x, group_y, group_z};
  gsize *local = launch->local;
  guint i;

  memcpy (local, takes_tuned (device, launch) ? launch->tuned : rule,
      sizeof rule);
  for (i = 0; i < 3; i++) {
    while (local[i] > device->max_items[i])
      local[i] /= 2;
  }
  while (mn_cl_group_items (launch) > launch->program->max_group) {
    guint most = local[1] >= local[0] ? 1 : 0;

    if (local[2] > local[most])
      most = 2;
    local[most] = MAX (local[most] / 2, 1);
  }
  for (i = 0; i < 3; i++)
    launch->global[i] = (items[i] + local[i] - 1) / local[i] * local[i];
  memcpy (launch->items, items, sizeof items);
}

static gsize
groups_of (gsize items, gsize group)
{
  return (items + group - 1) / group;
}

/* Lanes that a device runs for groups of that size, which it fills up to
 * waves. */
static gsize
count_lanes (const gsize items[3], const gsize group[3], gsize wave)
{
  gsize size = group[0] * group[1] * group[2];

  return groups_of (items[0], group[0]) * groups_of (items[1], group[1])
      * groups_of (items[2], group[2]) * groups_of (size, wave) * wave;
}

/* What is little better is no reason to leave wide groups, and small ones
 * share too little. */
static void
find_group (const gsize items[3], const gsize most[3], gsize size, gsize wave,
    gsize best[3])
{
  gsize least = MIN (most[0] * most[1] * most[2], size) / 2;
  gsize fewest = G_MAXSIZE, x, y, z;

  for (x = MIN (most[0], size); x > 0; x--) {
    for (y = MIN (most[1], size / x); y > 0; y--) {
      for (z = MIN (most[2], size / x / y); z > 0; z--) {
        const gsize group[3] = {x, y, z};
        gsize lanes = count_lanes (items, group, wave);

        if (x * y * z < least
            || (fewest != G_MAXSIZE && lanes > fewest - fewest / 16))
          continue;
        fewest = lanes;
        memcpy (best, group, sizeof group);
      }
    }
  }
}

void
mn_cl_set_gpu_size (const MnClDevice *device, MnClLaunch *launch, gsize x,
    gsize y, gsize z, gsize most_x)
{
  const gsize items[3] = {x, y, z}, *limit = device->max_items;
  gsize size = MIN (device->quirks->group, launch->program->max_group);
  gsize most[3] = {
    MIN (MIN (x, most_x), limit[0]), MIN (y, limit[1]), MIN (z, limit[2])};
  gsize group[3] = {1, 1, 1};

  find_group (items, most, size, CLAMP (launch->program->multiple, 1, size),
      group);
  mn_cl_set_size (device, launch, x, y, z, group[0], group[1], group[2]);
}

void
mn_cl_set_split_size (const MnClDevice *device, MnClLaunch *launch, gsize x,
    gsize y, gsize split, gsize most_x)
{
  const gsize items[3] = {x, y, 1}, *limit = device->max_items;
  gsize size = MIN (device->quirks->group, launch->program->max_group);
  gsize most[3] = {MIN (MIN (x, most_x), limit[0]), MIN (y, limit[1]), 1};
  gsize wave = MIN (launch->program->multiple, size) / split;
  gsize group[3] = {1, 1, 1};

  /* Who share are in one group, whatever else was chosen. */
  if (launch->tuned[2] != split)
    launch->tuned[0] = 0;
  find_group (items, most, MAX (size / split, 1), MAX (wave, 1), group);
  mn_cl_set_size (device, launch, x, y, split, group[0], group[1], split);
}

void
mn_cl_set_linear_size (const MnClDevice *device, MnClLaunch *launch, gsize n)
{
  mn_cl_set_size (device, launch, n, 1, 1, GROUP, 1, 1);
}

void
mn_cl_six_dims (const MnTensor *t, gint32 *dims)
{
  guint i;

  for (i = 0; i < 8; i++)
    dims[i] = 1;
  for (i = 0; i < t->rank; i++)
    dims[6 - t->rank + i] = t->dims[i];
}
