/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which output of a network tells the classes. Among outputs that are one
 * vector each, that wins which has as many values as there are labels, or
 * ends in SOFTMAX or LOGISTIC. */

#include "engine/tasks/outputs.h"

#include "engine/graph/operators.h"

/* What speaks for an output, the most telling first. */
enum
{
  FITS_LABELS = 4,
  HAS_SOFTMAX = 2,
  HAS_LOGISTIC = 1
};

static const MnNode *
get_producer (const MnOutputs *outputs, gint t)
{
  gint index = t < 0 ? -1 : outputs->uses->producer[t];

  return index < 0 ? NULL : mn_graph_node (outputs->graph, index);
}

static const MnNode *
get_last (const MnOutputs *outputs, guint output)
{
  return get_producer (outputs,
      g_array_index (outputs->graph->outputs, gint, output));
}

/* So many nodes behind the last one that computes anything. */
#define MOST_STEPS 8

/* Walks back over what does not change the values. */
MnEnd
mn_outputs_find_end (const MnOutputs *outputs, guint output)
{
  const MnNode *node = get_last (outputs, output);
  guint i;

  for (i = 0; node && i < MOST_STEPS; i++) {
    if (node->op == MN_OP_SOFTMAX)
      return MN_END_SOFTMAX;
    if (node->op == MN_OP_LOGISTIC || node->op == MN_OP_HARD_SIGMOID
        || node->activation == MN_ACT_SIGMOID
        || node->activation == MN_ACT_HARD_SIGMOID)
      return MN_END_LOGISTIC;
    if (mn_operator (node->op)->work == MN_WORK_COMPUTES)
      return MN_END_OTHER;
    node = get_producer (outputs, node->inputs[0]);
  }
  return MN_END_OTHER;
}

/* One value a class: 1 x N, 1 x 1 x 1 x N and the like. */
static gboolean
is_vector (const MnTensor *t)
{
  guint i;

  if (t->rank == 0 || (gsize) t->dims[t->rank - 1] == t->n_elements)
    return TRUE;
  /* 1 x N x 1 is a list of N boxes' scores. */
  for (i = 0; i < t->rank && t->rank != 3; i++) {
    if ((gsize) t->dims[i] == t->n_elements)
      return TRUE;
  }
  return FALSE;
}

guint
mn_outputs_count_classes (const MnTensor *t)
{
  return t->n_elements == 1 ? 2 : t->n_elements;
}

static guint
rate (const MnOutputs *outputs, guint output, guint n_labels,
    const MnLabelsNote *note)
{
  const MnTensor *t = mn_graph_output (outputs->graph, output);
  MnEnd end = mn_outputs_find_end (outputs, output);
  guint points = 0;
  gint offset;

  if (n_labels > 0
      && ((t->n_elements == 1 && n_labels == 1)
          || mn_labels_fit (note, n_labels, mn_outputs_count_classes (t),
              &offset)))
    points += FITS_LABELS;
  if (end == MN_END_SOFTMAX)
    points += HAS_SOFTMAX;
  else if (end == MN_END_LOGISTIC)
    points += HAS_LOGISTIC;
  return points;
}

static gchar *
explain (guint points, guint n_labels)
{
  const gchar *end = points & HAS_SOFTMAX ? "ends in SOFTMAX"
      : points & HAS_LOGISTIC             ? "ends in LOGISTIC"
                                          : NULL;

  if (points & FITS_LABELS)
    return g_strdup_printf ("it has as many values as there are labels, %u%s"
                            "%s",
        n_labels, end ? ", and " : "", end ? end : "");
  if (end)
    return g_strdup_printf ("it %s", end);
  return g_strdup ("a guess: it is the one that is computed last");
}

gboolean
mn_outputs_have_boxes (const MnGraph *graph)
{
  guint i;

  for (i = 0; i < graph->outputs->len; i++) {
    const MnTensor *t = mn_graph_output (graph, i);

    if (!is_vector (t) && t->rank == 3)
      return TRUE;
  }
  return FALSE;
}

/* Of equals the first one; where nothing speaks for any, the one that is
 * computed last, since an embedding comes before what is made of it. */
void
mn_outputs_choose (MnOutputs *outputs, guint n_labels, const MnLabelsNote *note,
    MnOutputMeaning *meaning)
{
  const MnGraph *graph = outputs->graph;
  guint n = graph->outputs->len, best = 0, n_best = 0, n_vectors = 0, i;
  const MnNode *last = NULL;

  for (i = 0; i < n; i++) {
    const MnNode *node = get_last (outputs, i);
    guint points;

    if (!is_vector (mn_graph_output (graph, i)))
      continue;
    points = rate (outputs, i, n_labels, note);
    n_best = n_vectors == 0 || points > best ? 1 : n_best + (points == best);
    if (n_vectors == 0 || points > best
        || (points == best && points == 0 && node && last
            && node->layer > last->layer)) {
      meaning->output = i;
      best = points;
      last = node;
    }
    n_vectors++;
  }
  outputs->points = best;
  outputs->is_list = n_vectors > 0
      && (best > 0 || !mn_outputs_have_boxes (graph));
  if (!outputs->is_list) {
    meaning->output = 0;
    meaning->why = g_strdup ("none is a list of classes");
    return;
  }
  meaning->why = n == 1 ? g_strdup ("the only one") : explain (best, n_labels);
  if (n_best > 1)
    meaning->doubt = g_strdup_printf (
        "%u of the network's %u outputs may be its "
        "classes, and output %u is taken; a labels file with as many lines as "
        "another one has values chooses that one, and attach-tensors=true "
        "gives all",
        n_best, n, meaning->output);
}
