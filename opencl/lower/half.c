/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is of 16 bits: activations and weights of a plan in half precision,
 * but for the network's outputs, sums, what overflows, and weights that are
 * too large. */

#include "opencl/lower/plan.h"

#include "engine/graph/operators.h"

#include <math.h>

/* The largest that a half has. */
#define LARGEST 65504.0f

/* The numbers are those of kernels/common.h. */
#define HALF_X 1
#define HALF_W 2
#define HALF_ADDED 4
#define HALF_SCALE 8
#define HALF_Y 16
#define ALL_HALF 63 /* and what is computed */

static gboolean
is_half (const MnCompile *c, gint value)
{
  return mn_value (c->values, mn_value_place (c->values, value))->element
      == MN_ELEMENT_F16;
}

/* Where there is no such value nothing keeps from it. */
static gboolean
is_half_or_none (const MnCompile *c, gint value)
{
  return value < 0 || is_half (c, value);
}

guint
mn_cl_half (const MnCompile *c, const MnClOperands *o)
{
  guint half = is_half (c, o->y) ? HALF_Y : 0;

  if (is_half (c, o->x))
    half |= HALF_X;
  if (o->half_weights)
    half |= HALF_W;
  if (o->added >= 0 && is_half (c, o->added))
    half |= HALF_ADDED;
  if (o->scale >= 0 && is_half (c, o->scale))
    half |= HALF_SCALE;
  if (c->plan->half_maths && o->maths && (half & HALF_X) && (half & HALF_W)
      && (half & HALF_Y) && is_half_or_none (c, o->added)
      && is_half_or_none (c, o->scale))
    return ALL_HALF;
  return half;
}

void
mn_cl_option_half (MnClOptions *options, guint half)
{
  if (half)
    mn_cl_option (options, "HALF", half);
}

void
mn_cl_option_types (const MnCompile *c, MnClOptions *options, gint x, gint y)
{
  const MnClOperands operands = {.x = x, .added = -1, .scale = -1, .y = y};

  mn_cl_option_half (options, mn_cl_half (c, &operands));
}

void
mn_cl_option_input (const MnBackendPlan *plan, MnClOptions *options)
{
  if (mn_value (plan->values, plan->input)->element == MN_ELEMENT_F16)
    mn_cl_option (options, "HALF", HALF_Y);
}

gdouble
mn_cl_size_of (const MnCompile *c, gint value)
{
  return is_half (c, value) ? 2 : 4;
}

gint
mn_cl_add_like (MnCompile *c, gsize n, gint like)
{
  gboolean half = is_half (c, like);
  gint value = mn_values_add (c->values, n);

  if (half)
    mn_value_store (c->values, value, MN_ELEMENT_F16);
  return value;
}

static gboolean
fits_half (const MnTensor *t)
{
  const gfloat *x = t->data;
  gsize i;

  for (i = 0; i < t->n_elements; i++) {
    if (!(fabsf (x[i]) <= LARGEST))
      return FALSE;
  }
  return TRUE;
}

gboolean
mn_cl_fits_half (const MnBackendPlan *plan, const MnTensor *t)
{
  if (!plan->half)
    return FALSE;
  return !t || !t->data || t->dtype != MN_DTYPE_F32
      || mn_cl_recall (plan->halves, t, fits_half);
}

cl_mem
mn_cl_upload_floats (MnBackendPlan *plan, const gfloat *x, gsize n,
    gboolean half, GError **error)
{
  g_autofree guint16 *halves = NULL;
  gsize i;

  /* A rehearsal uploads nothing. */
  if (!x || !half || plan->wishes)
    return mn_cl_plan_upload (plan, x, n * sizeof (gfloat), error);
  halves = g_try_new (guint16, n);
  for (i = 0; halves && i < n; i++)
    halves[i] = mn_f16_round (x[i]);
  return mn_cl_plan_upload (plan, halves, n * sizeof (guint16), error);
}

/* ---- which values ------------------------------------------------------ */

/* Who may give its input another name, so that both are of one type. */
static gboolean
renames (const MnNode *node)
{
  return node->op == MN_OP_RESHAPE || node->op == MN_OP_SOFTMAX;
}

static gboolean
is_narrow (const MnBackendPlan *plan, gint tensor)
{
  return mn_value (plan->values, tensor)->element == MN_ELEMENT_F16;
}

static void
widen (MnBackendPlan *plan, gint tensor)
{
  if (is_narrow (plan, tensor))
    mn_value_store (plan->values, tensor, MN_ELEMENT_F32);
}

static void
widen_outputs (MnBackendPlan *plan)
{
  const MnGraph *graph = plan->graph;
  guint i, k;

  for (i = 0; i < graph->outputs->len; i++)
    widen (plan, g_array_index (graph->outputs, gint, i));
  for (i = 0; plan->wide && i < graph->nodes->len; i++) {
    const MnNode *node = mn_graph_node (graph, i);

    for (k = 0; plan->wide[i] && k < node->n_outputs; k++)
      widen (plan, node->outputs[k]);
  }
}

/* Nodes are in the order in which they are computed: names of names are all
 * found going backwards, and then forwards. */
static void
widen_names (MnBackendPlan *plan)
{
  guint n = plan->graph->nodes->len, i;

  for (i = 0; i < 2 * n; i++) {
    const MnNode *node = mn_graph_node (plan->graph, i < n ? n - 1 - i : i - n);

    if (!renames (node))
      continue;
    if (!is_narrow (plan, node->outputs[0]))
      widen (plan, node->inputs[0]);
    if (!is_narrow (plan, node->inputs[0]))
      widen (plan, node->outputs[0]);
  }
}

void
mn_cl_choose_elements (MnBackendPlan *plan)
{
  guint i;

  if (!plan->half)
    return;
  for (i = 0; i < plan->graph->tensors->len; i++) {
    const MnTensor *t = mn_graph_tensor (plan->graph, i);

    if (t->dtype == MN_DTYPE_F32 && mn_cl_fits_half (plan, t))
      mn_value_store (plan->values, i, MN_ELEMENT_F16);
  }
  widen_outputs (plan);
  widen_names (plan);
}
