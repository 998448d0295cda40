/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What lies on the device while a frame is computed: the network's input; and
 * layers whose numbers are too large for halves, found by looking at what each
 * launch stores. */

#include "opencl/session.h"

#include <math.h>

/* A quarter of the largest half: other frames have larger numbers. */
#define MOST 16376.0f

/* All of a value, as it lies there. */
static gpointer
read_value (MnBackendSession *self, gint value, GError **error)
{
  gint place = mn_value_place (self->plan->values, value);
  gsize size = mn_value (self->plan->values, place)->size;
  g_autofree gpointer data = g_try_malloc (size);
  cl_int r;

  if (!data) {
    g_set_error (error, MN_ERROR, MN_ERROR_NO_MEMORY,
        "%s: no memory for what is read back", self->plan->graph->name);
    return NULL;
  }
  r = self->cl->EnqueueReadBuffer (self->queue,
      mn_cl_session_place (self, value), CL_TRUE, 0, size, data, 0, NULL, NULL);
  if (r != CL_SUCCESS) {
    mn_cl_fail (error, MN_ERROR_DEVICE, r, "clEnqueueReadBuffer",
        self->plan->graph->name);
    return NULL;
  }
  return g_steal_pointer (&data);
}

/* ---- the input ---------------------------------------------------------- */

/* Without its padding. */
static void
copy_input (const MnBackendPlan *plan, gconstpointer values, gfloat *out)
{
  const MnTensor *t = mn_graph_tensor (plan->graph, plan->input);
  gboolean half = mn_value (plan->values, plan->input)->element
      == MN_ELEMENT_F16;
  gsize row = mn_cl_row_of (t), padded = mn_cl_pad4 (row), i, k;

  for (i = 0; i < t->n_elements / row; i++) {
    for (k = 0; k < row; k++)
      out[i * row + k] = half
          ? mn_f16_value (((const guint16 *) values)[i * padded + k])
          : ((const gfloat *) values)[i * padded + k];
  }
}

/* Makes an input of the twin, if there is one, one of the declared network. */
static void
undo_twin (const MnBackendPlan *plan, gfloat *x)
{
  const MnTensor *t = mn_graph_tensor (plan->graph, plan->input);
  gsize row = mn_cl_row_of (t), i;

  for (i = 0; plan->twin && row <= 4 && i < t->n_elements; i++)
    x[i] = (x[i] - plan->twin_offset[i % row]) / plan->twin_scale[i % row];
}

gboolean
mn_cl_session_read_input (MnBackendSession *self, MnFrame *frame, gfloat *out,
    GError **error)
{
  g_autofree gpointer values = NULL;
  MnClHost host = {{0}};

  if (mn_cl_input_enqueue (self->input, frame, NULL, &host, NULL, error))
    values = read_value (self, self->plan->input, error);
  mn_cl_session_leave (self, frame, &host, values != NULL, error);
  if (!values)
    return FALSE;
  copy_input (self->plan, values, out);
  undo_twin (self->plan, out);
  return TRUE;
}

/* ---- layers that overflow ------------------------------------------------ */

static gboolean
is_too_large (const guint16 *halves, gsize n)
{
  gsize i;

  for (i = 0; i < n; i++) {
    /* What is not a number is too. */
    if (!(fabsf (mn_f16_value (halves[i])) <= MOST))
      return TRUE;
  }
  return FALSE;
}

/* Whether a launch, which was enqueued, has stored such numbers; those that it
 * has read are looked at too, and were all right. */
static gboolean
overflows (MnBackendSession *self, const MnClLaunch *launch, gboolean *answer,
    GError **error)
{
  const GArray *values = self->plan->values;
  guint i;

  *answer = FALSE;
  for (i = 0; i < launch->n_args && !*answer; i++) {
    const MnClArg *arg = &launch->args[i];
    g_autofree guint16 *halves = NULL;
    const MnValue *v;

    if (arg->kind != MN_CL_ARG_VALUE)
      continue;
    v = mn_value (values, mn_value_place (values, arg->value));
    if (v->constant || v->element != MN_ELEMENT_F16)
      continue;
    halves = read_value (self, arg->value, error);
    if (!halves)
      return FALSE;
    *answer = is_too_large (halves, v->size / sizeof (guint16));
  }
  return TRUE;
}

/* The first node that overflows; -1: none does, -2: error. */
static gint
find_node (MnBackendSession *self, MnFrame *frame, MnClHost *host,
    GError **error)
{
  const GPtrArray *launches = self->plan->launches;
  guint i;

  if (!mn_cl_input_enqueue (self->input, frame, NULL, host, NULL, error))
    return -2;
  for (i = 0; i < launches->len; i++) {
    const MnClLaunch *launch = g_ptr_array_index (launches, i);
    gboolean answer;

    if (!mn_cl_session_launch (self, i, NULL, error)
        || !overflows (self, launch, &answer, error))
      return -2;
    if (answer)
      return launch->node;
  }
  return -1;
}

static gint
find_overflow (MnBackendPlan *plan, const MnPreprocess *preprocess,
    MnFrame *frame, GError **error)
{
  MnBackendSession *session = mn_cl_session_new (plan, 1, error);
  MnClHost host = {{0}};
  gint node = -2;

  if (!session)
    return -2;
  if (mn_cl_session_set_input (session, preprocess, error)) {
    node = find_node (session, frame, &host, error);
    mn_cl_session_leave (session, frame, &host, node >= -1, error);
  }
  mn_cl_session_free (session);
  return node;
}

gboolean
mn_cl_plan_mend (MnBackendPlan *plan, const MnPreprocess *preprocess,
    MnFrame *frame, GError **error)
{
  gboolean mended = FALSE;
  gint node;

  if (!plan->half)
    return FALSE;
  while ((node = find_overflow (plan, preprocess, frame, error)) >= 0) {
    if (!plan->wide)
      plan->wide = g_new0 (gboolean, plan->graph->nodes->len);
    /* It has been told already: of what it has stored in floats nothing was
     * looked at, so that it is something else that it stores. */
    if (plan->wide[node])
      return FALSE;
    plan->wide[node] = TRUE;
    if (!mn_cl_plan_remake (plan, error))
      return FALSE;
    mended = TRUE;
  }
  return mended && node == -1;
}
