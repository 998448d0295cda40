/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Networks that tell the classes of a whole picture: scores of one output. */

#include "engine/tasks/outputs.h"
#include "engine/tasks/rows.h"

#include "engine/base/softmax.h"
#include "engine/graph/dequantise.h"

#include <math.h>

static MnValues
find_values (const MnTensor *out, MnEnd end)
{
  if (out->n_elements != 1)
    return end == MN_END_OTHER ? MN_VALUES_LOGITS : MN_VALUES_PROBABILITIES;
  return end == MN_END_OTHER ? MN_VALUES_ONE_LOGIT : MN_VALUES_ONE_PROBABILITY;
}

/* The values are the scores as they lie in the output. */
static gboolean
are_scores (const MnTensor *out, const MnOutputMeaning *meaning)
{
  return out->dtype == MN_DTYPE_F32
      && (meaning->values == MN_VALUES_PROBABILITIES
          || (meaning->values == MN_VALUES_LOGITS
              && meaning->task != MN_TASK_CLASSIFICATION));
}

void
mn_scores_prepare (const MnOutputs *outputs, MnOutputMeaning *meaning)
{
  const MnTensor *out = mn_graph_output (outputs->graph, meaning->output);
  MnEnd end = mn_outputs_find_end (outputs, meaning->output);

  meaning->values = find_values (out, end);
  if (out->n_elements == 1 && end == MN_END_SOFTMAX) {
    g_free (meaning->doubt);
    meaning->doubt = g_strdup ("the network ends in a softmax over one value, "
                               "which is 1 whatever the picture: train it with "
                               "a sigmoid instead");
  }
  meaning->n_classes = mn_outputs_count_classes (out);
  meaning->n_floats = are_scores (out, meaning) ? 0 : meaning->n_classes;
}

/* Of two classes: the value is the second one's. */
static void
split (gfloat *x)
{
  x[1] = x[0];
  x[0] = 1 - x[1];
}

void
mn_scores_finish (const MnGraph *graph, const MnOutputMeaning *meaning,
    const MnTensorView *outputs, gfloat *room, MnPayload *payload)
{
  const MnTensor *out = mn_graph_output (graph, meaning->output);
  gconstpointer data = outputs[meaning->output].data;

  payload->kind = MN_PAYLOAD_SCORES;
  payload->scores.n = meaning->n_classes;
  payload->scores.values = room;
  if (are_scores (out, meaning)) {
    payload->scores.values = data;
    return;
  }
  mn_dequantise (out->dtype, data, &out->quant, room, out->n_elements);
  switch (meaning->values) {
    case MN_VALUES_PROBABILITIES:
      break;
    case MN_VALUES_LOGITS:
      if (meaning->task == MN_TASK_CLASSIFICATION)
        mn_softmax (meaning->n_classes, 1, room, room);
      break;
    case MN_VALUES_ONE_LOGIT:
      room[0] = 1 / (1 + expf (-room[0]));
      /* fallthrough */
    case MN_VALUES_ONE_PROBABILITY:
      split (room);
      break;
  }
}

static gboolean
prepare (const MnOutputs *outputs, MnOutputMeaning *meaning)
{
  if (!outputs->is_list)
    return FALSE;
  mn_scores_prepare (outputs, meaning);
  /* A pooled feature map is left as 1x1xN; classifiers flatten theirs. */
  return outputs->points > 0 || meaning->values != MN_VALUES_LOGITS
      || mn_graph_output (outputs->graph, meaning->output)->rank != 4;
}

const MnTaskRow mn_task_classification = {
  .task = MN_TASK_CLASSIFICATION,
  .name = "classification",
  .advice = "a classification model",
  .prepare = prepare,
  .finish = mn_scores_finish,
};
