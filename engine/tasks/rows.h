/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The rows of the table. */

#ifndef MN_TASK_ROWS_H
#define MN_TASK_ROWS_H

#include "engine/tasks/tasks.h"

G_BEGIN_DECLS

extern const MnTaskRow mn_task_classification, mn_task_embedding,
    mn_task_detection, mn_task_grid, mn_task_segmentation;

/* The values of the one output that is taken as scores: what classification
 * has, and who has nothing of its own. */
void mn_scores_prepare (const MnOutputs *outputs, MnOutputMeaning *meaning);
void mn_scores_finish (const MnGraph *graph, const MnOutputMeaning *meaning,
    const MnTensorView *outputs, gfloat *room, MnPayload *payload);

G_END_DECLS

#endif /* MN_TASK_ROWS_H */
