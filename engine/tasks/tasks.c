/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The table of tasks: a new one is a file with a row, and a line here. */

#include "engine/tasks/tasks.h"

#include "engine/tasks/outputs.h"
#include "engine/tasks/rows.h"

#include <string.h>

/* In the order in which they are asked; the last one takes what is left. */
static const MnTaskRow *const rows[] = {&mn_task_classification,
  &mn_task_embedding, &mn_task_detection, &mn_task_grid, &mn_task_segmentation};

const MnTaskRow *
mn_tasks_get (MnTask task)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (rows[i]->task == task)
      return rows[i];
  }
  return NULL;
}

const gchar *
mn_task_name (MnTask task)
{
  const MnTaskRow *row = mn_tasks_get (task);

  g_return_val_if_fail (row, "unknown");
  return row->name;
}

const gchar *
mn_task_advice (MnTask task)
{
  const MnTaskRow *row = mn_tasks_get (task);

  return row ? row->advice : NULL;
}

void
mn_output_meaning_clear (MnOutputMeaning *self)
{
  g_free (self->why);
  g_free (self->doubt);
  memset (self, 0, sizeof (*self));
}

void
mn_output_meaning_find (const MnGraph *graph, guint n_labels,
    const MnLabelsNote *note, MnOutputMeaning *self)
{
  g_autoptr (MnUses) uses = mn_uses_new (graph);
  MnOutputs outputs = {
    graph,
    uses,
  };
  guint i;

  mn_output_meaning_clear (self);
  mn_outputs_choose (&outputs, n_labels, note, self);
  for (i = 0; i < G_N_ELEMENTS (rows); i++) {
    self->task = rows[i]->task;
    if (rows[i]->prepare (&outputs, self))
      break;
  }
}
