/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Tasks that are told apart, so that files can be refused in words; their
 * results hold the values of an output as if they were classes. One that gets
 * a payload of its own moves to a file of its own. */

#include "engine/tasks/outputs.h"
#include "engine/tasks/rows.h"

/* A grid of cells, each with classes of its own (FOMO), is so much coarser
 * than the picture, and no mask has so few rows. */
#define GRID_REDUCTION 8
#define GRID_MAX_ROWS 32

static gboolean
prepare_embedding (const MnOutputs *outputs, MnOutputMeaning *meaning)
{
  if (!outputs->is_list)
    return FALSE;
  mn_scores_prepare (outputs, meaning);
  return TRUE;
}

static gboolean
prepare_detection (const MnOutputs *outputs, MnOutputMeaning *meaning)
{
  const MnGraph *graph = outputs->graph;

  if (!mn_outputs_have_boxes (graph) && graph->outputs->len < 3
      && mn_graph_output (graph, 0)->rank == 4)
    return FALSE;
  mn_scores_prepare (outputs, meaning);
  return TRUE;
}

static gboolean
prepare_grid (const MnOutputs *outputs, MnOutputMeaning *meaning)
{
  const MnGraph *graph = outputs->graph;
  const MnTensor *in = mn_graph_input (graph, 0);
  const MnTensor *out = mn_graph_output (graph, 0);

  if (out->dims[1] > GRID_MAX_ROWS
      || out->dims[1] * GRID_REDUCTION > in->dims[1]
      || mn_outputs_find_end (outputs, 0) == MN_END_OTHER)
    return FALSE;
  mn_scores_prepare (outputs, meaning);
  return TRUE;
}

/* What is left. */
static gboolean
prepare_segmentation (const MnOutputs *outputs, MnOutputMeaning *meaning)
{
  mn_scores_prepare (outputs, meaning);
  return TRUE;
}

const MnTaskRow mn_task_embedding = {
  .task = MN_TASK_EMBEDDING,
  .name = "embedding",
  .advice = "an embedding model (its output is a feature vector without "
            "classes)",
  .prepare = prepare_embedding,
  .finish = mn_scores_finish,
};

const MnTaskRow mn_task_detection = {
  .task = MN_TASK_DETECTION,
  .name = "detection",
  .advice = "a detection model (its outputs are boxes)",
  .prepare = prepare_detection,
  .finish = mn_scores_finish,
};

const MnTaskRow mn_task_grid = {
  .task = MN_TASK_GRID,
  .name = "grid",
  .advice = "a model that tells the classes of each cell of a grid (FOMO, as "
            "Edge Impulse makes it)",
  .prepare = prepare_grid,
  .finish = mn_scores_finish,
};

const MnTaskRow mn_task_segmentation = {
  .task = MN_TASK_SEGMENTATION,
  .name = "segmentation",
  .advice = "a segmentation model (its output is a mask)",
  .prepare = prepare_segmentation,
  .finish = mn_scores_finish,
};
