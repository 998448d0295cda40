/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What can be seen of a network's outputs, for the rows of the table. */

#ifndef MN_OUTPUTS_H
#define MN_OUTPUTS_H

#include "engine/graph/uses.h"
#include "engine/tasks/tasks.h"

G_BEGIN_DECLS

struct _MnOutputs
{
  const MnGraph *graph;
  const MnUses *uses;
  gboolean is_list; /* one of them may be a list of classes */
  guint points;     /* what speaks for that one; 0: nothing */
};

/* What the last node that computes anything makes of an output's values. */
typedef enum
{
  MN_END_OTHER,
  MN_END_LOGISTIC,
  MN_END_SOFTMAX
} MnEnd;

MnEnd mn_outputs_find_end (const MnOutputs *outputs, guint output);

/* TRUE when one of them is 1 x many x a few. */
gboolean mn_outputs_have_boxes (const MnGraph *graph);

/* Sets is_list and points, and output, why and doubt of meaning. */
void mn_outputs_choose (MnOutputs *outputs, guint n_labels,
    const MnLabelsNote *note, MnOutputMeaning *meaning);

/* Classes of an output that is one vector: 2 where it is one value. */
guint mn_outputs_count_classes (const MnTensor *tensor);

G_END_DECLS

#endif /* MN_OUTPUTS_H */
