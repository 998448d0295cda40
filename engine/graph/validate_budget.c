/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The validator: what a network takes, against budget.h. Everything is
 * counted from shapes, before anybody takes memory for it. */

#include "engine/graph/describe.h"
#include "engine/graph/validate_internal.h"

/* ---- weights and work, node by node ------------------------------------ */

static gboolean
add_weights (MnCheck *check, const MnTensor *tensor, GError **error)
{
  check->weights += (guint64) tensor->n_elements * sizeof (gfloat);
  if (check->weights <= MN_MAX_WEIGHT_BYTES)
    return TRUE;
  return mn_check_fail (check, MN_ERROR_UNSUPPORTED, tensor, error,
      "all weights together, as float32 and as often as operators use them, "
      "are more than %" G_GUINT64_FORMAT " MiB",
      MN_MAX_WEIGHT_BYTES >> 20);
}

/* The part of a pool's window that can lie inside the picture. */
static guint64
pool_window (const MnNode *node, const MnTensor *x)
{
  const MnPoolParams *pool = &node->params.pool;

  return (guint64) MIN (pool->filter_h, x->dims[1])
      * MIN (pool->filter_w, x->dims[2]);
}

/* Multiply-adds, or what takes about as long. */
static guint64
node_work (const MnGraph *graph, const MnNode *node)
{
  const MnTensor *x = mn_graph_input_of (graph, node, 0);
  const MnTensor *output = mn_graph_output_of (graph, node, 0);
  guint64 values = 0;
  guint i;

  for (i = 0; i < node->n_outputs; i++)
    values += mn_graph_output_of (graph, node, i)->n_elements;
  values = MAX (values, x ? x->n_elements : 0);

  if (mn_operator (node->op)->work == MN_WORK_RENAMES)
    return 0;
  if (mn_operator (node->op)->window == MN_WINDOW_POOL)
    return MAX (values, output->n_elements * pool_window (node, x));
  return MAX (values, mn_node_macs (graph, node));
}

gboolean
mn_check_work (MnCheck *check, GError **error)
{
  const MnNode *node = check->node;
  const MnTensor *output = mn_check_output (check);
  guint i;

  /* Folding takes memory for its results and leaves no operator. */
  if (check->state[node->outputs[0]] & MN_STATE_FIXED) {
    for (i = 0; i < node->n_outputs; i++) {
      if (!add_weights (check, mn_graph_output_of (check->graph, node, i),
              error))
        return FALSE;
    }
    return TRUE;
  }
  for (i = 0; i < node->n_inputs; i++) {
    if (node->inputs[i] >= 0 && mn_check_is_fixed (check, i)
        && !add_weights (check, mn_check_input (check, i), error))
      return FALSE;
  }
  check->macs += node_work (check->graph, node);
  if (check->macs > MN_MAX_MACS)
    return mn_check_fail (check, MN_ERROR_UNSUPPORTED, output, error,
        "the network takes more than %" G_GUINT64_FORMAT
        " thousand million multiply-adds a frame",
        MN_MAX_MACS / 1000000000);
  return TRUE;
}

/* ---- memory ------------------------------------------------------------ */

/* By tensor. */
typedef struct
{
  gint root; /* in whose place it lies */
  gint last; /* of a root: the last step that needs it */
} Place;

static void
need (Place *places, gint tensor, gint step)
{
  if (tensor >= 0)
    places[places[tensor].root].last = step;
}

static void
find_places (const MnGraph *graph, Place *places)
{
  guint n = graph->nodes->len, i, j;

  for (i = 0; i < graph->tensors->len; i++)
    places[i] = (Place) {i, -1};
  for (i = 0; i < n; i++) {
    const MnNode *node = mn_graph_node (graph, i);

    if (mn_operator (node->op)->work == MN_WORK_RENAMES)
      places[node->outputs[0]].root = places[node->inputs[0]].root;
    for (j = 0; j < node->n_inputs; j++)
      need (places, node->inputs[j], i);
    for (j = 0; j < node->n_outputs; j++)
      need (places, node->outputs[j], i);
  }
  for (i = 0; i < graph->outputs->len; i++)
    need (places, g_array_index (graph->outputs, gint, i), n);
}

static guint64
size_of (const MnCheck *check, gint tensor)
{
  if (check->state[tensor] & MN_STATE_FIXED)
    return 0;
  return mn_tensor_size (mn_graph_tensor (check->graph, tensor));
}

/* What step is the last to need of these tensors; each once. */
static guint64
ends_at (const MnCheck *check, Place *places, guint n, const gint *tensors,
    gint step)
{
  guint64 bytes = 0;
  guint i;

  for (i = 0; i < n; i++) {
    gint root = tensors[i] >= 0 ? places[tensors[i]].root : -1;

    if (root < 0 || places[root].last != step)
      continue;
    bytes += size_of (check, root);
    places[root].last = -1;
  }
  return bytes;
}

static gboolean
check_working (const MnCheck *check, Place *places, GError **error)
{
  const MnGraph *graph = check->graph;
  guint64 bytes = 0;
  guint i, j;

  for (i = 0; i < graph->inputs->len; i++)
    bytes += size_of (check, g_array_index (graph->inputs, gint, i));
  for (i = 0; i < graph->nodes->len; i++) {
    const MnNode *node = mn_graph_node (graph, i);
    const MnTensor *output = mn_graph_output_of (graph, node, 0);
    const MnCheck here = {check->graph, check->state, node};

    for (j = 0; j < node->n_outputs; j++) {
      if (places[node->outputs[j]].root == node->outputs[j])
        bytes += size_of (check, node->outputs[j]);
    }
    if (bytes > MN_MAX_WORKING_BYTES)
      return mn_check_fail (&here, MN_ERROR_UNSUPPORTED, output, error,
          "the activations that are needed at the same time are more than "
          "%" G_GUINT64_FORMAT " MiB",
          MN_MAX_WORKING_BYTES >> 20);
    bytes -= ends_at (check, places, node->n_inputs, node->inputs, i);
    bytes -= ends_at (check, places, node->n_outputs, node->outputs, i);
  }
  return TRUE;
}

/* Without height and width, or whatever else lies between batch and
 * channels. */
static gboolean
is_list (const MnTensor *tensor)
{
  guint i;

  for (i = 1; i + 1 < tensor->rank; i++) {
    if (tensor->dims[i] > 1)
      return FALSE;
  }
  return TRUE;
}

static gboolean
check_outputs (const MnCheck *check, GError **error)
{
  const MnGraph *graph = check->graph;
  guint64 bytes = 0;
  guint i;

  for (i = 0; i < graph->outputs->len; i++) {
    const MnTensor *tensor = mn_graph_output (graph, i);

    if (is_list (tensor) && tensor->n_elements > MN_MAX_CLASSES)
      return mn_check_fail (check, MN_ERROR_UNSUPPORTED, tensor, error,
          "an output of %" G_GSIZE_FORMAT " classes; at most %d are "
          "supported",
          tensor->n_elements, MN_MAX_CLASSES);
    bytes += (guint64) tensor->n_elements * sizeof (gfloat);
    if (bytes > MN_MAX_OUTPUT_BYTES)
      return mn_check_fail (check, MN_ERROR_UNSUPPORTED, tensor, error,
          "all outputs together, as float32, are more than %" G_GUINT64_FORMAT
          " MiB",
          MN_MAX_OUTPUT_BYTES >> 20);
  }
  return TRUE;
}

gboolean
mn_check_memory (const MnCheck *check, GError **error)
{
  g_autofree Place *places = g_try_new (Place, check->graph->tensors->len);

  if (!places)
    return mn_no_memory (check->graph->name, "its tensors", error);
  find_places (check->graph, places);
  return check_outputs (check, error) && check_working (check, places, error);
}
