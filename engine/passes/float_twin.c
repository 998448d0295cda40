/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*   x (uint8) --> CONV_2D --> y (uint8)    x --> CONV_2D, RELU6 --> y (floats)
 *   w (uint8), b (int32) --^               w, b (float32) --^
 *
 *   x --> QUANTIZE, DEQUANTIZE --> y       x is y
 */

#include "engine/passes/float_twin.h"

#include "engine/graph/operators.h"
#include "engine/passes/passes.h"

#include <math.h>
#include <string.h>

typedef struct
{
  const MnGraph *from;
  MnGraph *to;
  gint *map; /* tensor of from: that of to; -1: none yet */
} Twin;

/* -1: what its integers stand for is not said, or it has others than those of
 * 8 bits. */
static gint
add_value (Twin *self, gint t, GError **error)
{
  const MnTensor *old = mn_graph_tensor (self->from, t);
  gint twin;

  if (old->dtype != MN_DTYPE_F32
      && (!mn_tensor_is_bytes (old) || old->quant.n != 1)) {
    g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED,
        "%s: tensor '%s' of type %s stands for no floats", self->from->name,
        old->name, mn_dtype_name (old->dtype));
    return -1;
  }
  twin = mn_graph_add_tensor (self->to, old->name, MN_DTYPE_F32, old->rank,
      old->dims);
  mn_graph_tensor (self->to, twin)->n_elements = old->n_elements;
  return self->map[t] = twin;
}

/* ---- constants --------------------------------------------------------- */

/* Floats for a constant; -1: no memory. */
static gint
add_floats (Twin *self, const MnTensor *old, GError **error)
{
  gint t = mn_graph_add_tensor (self->to, old->name, MN_DTYPE_F32, old->rank,
      old->dims);
  MnTensor *tensor = mn_graph_tensor (self->to, t);

  tensor->n_elements = old->n_elements;
  if (g_size_checked_mul (&tensor->size, old->n_elements, sizeof (gfloat)))
    tensor->owned = g_try_malloc (MAX (tensor->size, 1));
  if (!tensor->owned) {
    mn_no_memory (self->from->name, "the floats of its integers", error);
    return -1;
  }
  tensor->data = tensor->owned;
  return t;
}

static gint
fail (const Twin *self, const MnNode *node, const MnTensor *constant,
    GError **error)
{
  mn_node_fail (self->from, node, MN_ERROR_UNSUPPORTED, error,
      "%s (%s) stands for no floats", constant->name,
      mn_dtype_name (constant->dtype));
  return -1;
}

/* Of integers of 8 bits by their own scales. */
static gint
add_numbers (Twin *self, const MnNode *node, gint t, GError **error)
{
  const MnTensor *old = mn_graph_tensor (self->from, t);
  gint twin = add_floats (self, old, error);

  if (twin < 0)
    return -1;
  if (!mn_tensor_to_float (old, mn_graph_tensor (self->to, twin)->owned))
    return fail (self, node, old, error);
  mn_tensor_remember_quant (mn_graph_tensor (self->to, twin), old);
  return self->map[t] = twin;
}

/* As it is: floats, and what is no value but says which. */
static gint
borrow (Twin *self, gint t)
{
  const MnTensor *old = mn_graph_tensor (self->from, t);
  gint twin = mn_graph_add_tensor (self->to, old->name, old->dtype, old->rank,
      old->dims);
  MnTensor *tensor = mn_graph_tensor (self->to, twin);

  tensor->n_elements = old->n_elements;
  tensor->data = old->data;
  tensor->size = old->size;
  return self->map[t] = twin;
}

/* A bias of int32 counts in steps of the input times those of the weights,
 * whatever it says itself. */
static gint
add_bias (Twin *self, const MnNode *node, GError **error)
{
  const MnTensor *old = mn_graph_input_of (self->from, node, 2);
  const MnQuant *x = &mn_graph_input_of (self->from, node, 0)->quant;
  const MnQuant *w = &mn_graph_input_of (self->from, node, 1)->quant;
  gint t = add_floats (self, old, error);
  gfloat *out;
  gsize i;

  if (t < 0)
    return -1;
  if (x->n != 1 || (w->n != 1 && w->n != old->n_elements))
    return fail (self, node, old, error);
  out = mn_graph_tensor (self->to, t)->owned;
  for (i = 0; i < old->n_elements; i++)
    out[i] = (gdouble) x->scale[0] * w->scale[w->n > 1 ? i : 0]
        * ((const gint32 *) old->data)[i];
  return t;
}

/* ---- nodes ------------------------------------------------------------- */

static gint
add_input (Twin *self, const MnNode *node, guint i, GError **error)
{
  gint t = node->inputs[i];
  const MnTensor *old = t < 0 ? NULL : mn_graph_tensor (self->from, t);

  if (!old)
    return -1;
  if (old->data && i == 2 && old->dtype == MN_DTYPE_I32
      && mn_operator (node->op)->weights != MN_WEIGHTS_NONE)
    return add_bias (self, node, error);
  if (self->map[t] >= 0)
    return self->map[t];
  if (!old->data) /* validated: somebody gives it */
    return add_value (self, t, error);
  return mn_tensor_is_bytes (old) ? add_numbers (self, node, t, error)
                                  : borrow (self, t);
}

/* What the ends of the range of a node with weights do to its values:
 * converters leave an activation out that this does as well. */
static MnActivation
implied_activation (const Twin *self, const MnNode *node)
{
  const MnTensor *y = mn_graph_output_of (self->from, node, 0);
  gint lowest = y->dtype == MN_DTYPE_U8 ? 0 : G_MININT8;
  gfloat scale, top;

  if (node->activation != MN_ACT_NONE || !mn_tensor_is_bytes (y)
      || mn_operator (node->op)->weights == MN_WEIGHTS_NONE || y->quant.n != 1
      || y->quant.zero_point[0] != lowest)
    return node->activation;
  scale = y->quant.scale[0];
  top = scale * 255;
  return fabsf (top - 6) <= scale / 2 ? MN_ACT_RELU6 : MN_ACT_RELU;
}

/* Of nodes that compute floats and integers alike. */
static gboolean
add_node (Twin *self, const MnNode *node, GError **error)
{
  MnNode *twin;
  guint i;

  twin = mn_graph_add_node (self->to, node->op, node->layer);
  twin->activation = implied_activation (self, node);
  twin->params = node->params;
  for (i = 0; i < node->n_inputs; i++) {
    gint t = add_input (self, node, i, error);

    if (t < 0 && node->inputs[i] >= 0)
      return FALSE;
    mn_node_set_input (twin, i, t);
  }
  for (i = 0; i < node->n_outputs; i++) {
    gint t = add_value (self, node->outputs[i], error);

    if (t < 0)
      return FALSE;
    mn_node_set_output (twin, i, t);
  }
  return TRUE;
}

static gboolean
add_nodes (Twin *self, GError **error)
{
  guint k;

  for (k = 0; k < self->from->nodes->len; k++) {
    const MnNode *node = mn_graph_node (self->from, k);
    gint x = node->inputs[0];

    if (mn_operator (node->op)->work == MN_WORK_CONVERTS && x >= 0
        && self->map[x] >= 0)
      self->map[node->outputs[0]] = self->map[x];
    else if (!add_node (self, node, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
add_all (Twin *self, GError **error)
{
  guint i;

  for (i = 0; i < self->from->inputs->len; i++) {
    gint t = add_value (self, g_array_index (self->from->inputs, gint, i),
        error);

    if (t < 0)
      return FALSE;
    g_array_append_val (self->to->inputs, t);
  }
  if (!add_nodes (self, error))
    return FALSE;
  for (i = 0; i < self->from->outputs->len; i++) {
    gint t = self->map[g_array_index (self->from->outputs, gint, i)];

    g_array_append_val (self->to->outputs, t);
  }
  return TRUE;
}

MnGraph *
mn_float_twin_new (const MnGraph *graph, GError **error)
{
  g_autoptr (MnGraph) to = mn_graph_new (graph->name);
  g_autofree gint *map = g_try_new (gint, MAX (graph->tensors->len, 1));
  Twin self = {graph, to, map};
  guint i;

  if (!map) {
    mn_no_memory (graph->name, "its twin of floats", error);
    return NULL;
  }
  for (i = 0; i < graph->tensors->len; i++)
    map[i] = -1;
  memcpy (to->input_scale, graph->input_scale, sizeof to->input_scale);
  memcpy (to->input_offset, graph->input_offset, sizeof to->input_offset);
  to->n_folded = graph->n_folded;
  if (!add_all (&self, error) || !mn_graph_validate (to, error)
      || !mn_passes_run (to, error))
    return NULL;
  return g_steal_pointer (&to);
}

void
mn_float_twin_get_scale (const MnGraph *twin, const MnGraph *graph,
    gfloat scale[4], gfloat offset[4])
{
  guint c;

  for (c = 0; c < 4; c++) {
    scale[c] = twin->input_scale[c] / graph->input_scale[c];
    offset[c] = twin->input_offset[c] - scale[c] * graph->input_offset[c];
  }
}

void
mn_float_twin_forget_constants (MnGraph *twin)
{
  guint i;

  for (i = 0; i < twin->tensors->len; i++) {
    MnTensor *tensor = mn_graph_tensor (twin, i);

    if (tensor->owned) {
      g_clear_pointer (&tensor->owned, g_free);
      tensor->data = NULL;
      tensor->size = 0;
    }
  }
}
