/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which output of a network tells the classes, and what its values are.
 * Among outputs that are one vector each, that wins which has as many values
 * as there are labels, or ends in SOFTMAX or LOGISTIC. */

#include "engine/graph/operators.h"
#include "engine/graph/uses.h"
#include "engine/model/labels/labels.h"
#include "engine/model/meaning.h"

#include <string.h>

typedef enum
{
  END_OTHER,
  END_LOGISTIC,
  END_SOFTMAX
} End;

/* What speaks for an output, the most telling first. */
enum
{
  FITS_LABELS = 4,
  HAS_SOFTMAX = 2,
  HAS_LOGISTIC = 1
};

/* A grid of cells, each with classes of its own (FOMO), is so much coarser
 * than the picture, and no mask has so few rows. */
#define GRID_REDUCTION 8
#define GRID_MAX_ROWS 32

void
mn_output_meaning_clear (MnOutputMeaning *self)
{
  g_free (self->why);
  g_free (self->doubt);
  memset (self, 0, sizeof (*self));
}

/* A graph and the nodes that give its tensors. */
typedef struct
{
  const MnGraph *graph;
  const MnUses *uses;
} Ends;

static const MnNode *
get_producer (const Ends *ends, gint t)
{
  gint index = t < 0 ? -1 : ends->uses->producer[t];

  return index < 0 ? NULL : mn_graph_node (ends->graph, index);
}

static const MnNode *
get_last (const Ends *ends, guint output)
{
  return get_producer (ends,
      g_array_index (ends->graph->outputs, gint, output));
}

/* So many nodes behind the last one that computes anything. */
#define MOST_STEPS 8

/* Walks back over what does not change the values. */
static End
find_end (const Ends *ends, guint output)
{
  const MnNode *node = get_last (ends, output);
  guint i;

  for (i = 0; node && i < MOST_STEPS; i++) {
    if (node->op == MN_OP_SOFTMAX)
      return END_SOFTMAX;
    if (node->op == MN_OP_LOGISTIC || node->op == MN_OP_HARD_SIGMOID
        || node->activation == MN_ACT_SIGMOID
        || node->activation == MN_ACT_HARD_SIGMOID)
      return END_LOGISTIC;
    if (mn_operator (node->op)->work == MN_WORK_COMPUTES)
      return END_OTHER;
    node = get_producer (ends, node->inputs[0]);
  }
  return END_OTHER;
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

static guint
count_classes (const MnTensor *t)
{
  return t->n_elements == 1 ? 2 : t->n_elements;
}

static guint
rate (const Ends *ends, guint output, guint n_labels, const MnLabelsNote *note)
{
  const MnTensor *t = mn_graph_output (ends->graph, output);
  End end = find_end (ends, output);
  guint points = 0;
  gint offset;

  if (n_labels > 0
      && ((t->n_elements == 1 && n_labels == 1)
          || mn_labels_fit (note, n_labels, count_classes (t), &offset)))
    points += FITS_LABELS;
  if (end == END_SOFTMAX)
    points += HAS_SOFTMAX;
  else if (end == END_LOGISTIC)
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

/* 1 x many x a few. */
static gboolean
has_boxes (const MnGraph *graph)
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
 * computed last, since an embedding comes before what is made of it. FALSE:
 * there is none. */
static gboolean
choose (const Ends *ends, guint n_labels, const MnLabelsNote *note,
    MnOutputMeaning *self, guint *points_of_best)
{
  const MnGraph *graph = ends->graph;
  guint n = graph->outputs->len, best = 0, n_best = 0, n_vectors = 0, i;
  const MnNode *last = NULL;

  for (i = 0; i < n; i++) {
    const MnNode *node = get_last (ends, i);
    guint points;

    if (!is_vector (mn_graph_output (graph, i)))
      continue;
    points = rate (ends, i, n_labels, note);
    n_best = n_vectors == 0 || points > best ? 1 : n_best + (points == best);
    if (n_vectors == 0 || points > best
        || (points == best && points == 0 && node && last
            && node->layer > last->layer)) {
      self->output = i;
      best = points;
      last = node;
    }
    n_vectors++;
  }
  if (n_vectors == 0 || (best == 0 && has_boxes (graph)))
    return FALSE;
  *points_of_best = best;
  self->why = n == 1 ? g_strdup ("the only one") : explain (best, n_labels);
  if (n_best > 1)
    self->doubt = g_strdup_printf (
        "%u of the network's %u outputs may be its "
        "classes, and output %u is taken; a labels file with as many lines as "
        "another one has values chooses that one, and attach-tensors=true "
        "gives all",
        n_best, n, self->output);
  return TRUE;
}

static MnTask
find_task (const Ends *ends)
{
  const MnGraph *graph = ends->graph;
  const MnTensor *in = mn_graph_tensor (graph,
      g_array_index (graph->inputs, gint, 0));
  const MnTensor *out = mn_graph_output (graph, 0);

  if (has_boxes (graph) || graph->outputs->len >= 3 || out->rank != 4)
    return MN_TASK_DETECTION;
  if (out->dims[1] <= GRID_MAX_ROWS
      && out->dims[1] * GRID_REDUCTION <= in->dims[1]
      && find_end (ends, 0) != END_OTHER)
    return MN_TASK_GRID;
  return MN_TASK_SEGMENTATION;
}

static void
find_values (const Ends *ends, MnOutputMeaning *self)
{
  const MnTensor *out = mn_graph_output (ends->graph, self->output);
  End end = find_end (ends, self->output);

  if (out->n_elements == 1) {
    self->values = end == END_LOGISTIC ? MN_VALUES_ONE_PROBABILITY
                                       : MN_VALUES_ONE_LOGIT;
    if (end == END_SOFTMAX) {
      self->values = MN_VALUES_ONE_PROBABILITY;
      g_free (self->doubt);
      self->doubt = g_strdup ("the network ends in a softmax over one value, "
                              "which is 1 whatever the picture: train it with "
                              "a sigmoid instead");
    }
  } else {
    self->values = end == END_OTHER ? MN_VALUES_LOGITS
                                    : MN_VALUES_PROBABILITIES;
  }
}

void
mn_output_meaning_find (const MnGraph *graph, guint n_labels,
    const MnLabelsNote *note, MnOutputMeaning *self)
{
  g_autoptr (MnUses) uses = mn_uses_new (graph);
  const Ends ends = {graph, uses};
  const MnTensor *out;
  guint points = 0;

  mn_output_meaning_clear (self);
  if (!choose (&ends, n_labels, note, self, &points)) {
    self->output = 0;
    self->task = find_task (&ends);
    self->why = g_strdup ("none is a list of classes");
  }
  find_values (&ends, self);
  out = mn_graph_output (graph, self->output);
  self->n_classes = count_classes (out);
  /* A pooled feature map is left as 1x1xN; classifiers flatten theirs. */
  if (self->task == MN_TASK_CLASSIFICATION && points == 0
      && self->values == MN_VALUES_LOGITS && out->rank == 4)
    self->task = MN_TASK_EMBEDDING;
}
