/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What networks are for: a table with a row a task. A row tells whether the
 * outputs of a graph are its task's, and makes of their values what a result
 * of that task holds. Files rarely say what their outputs mean; what they say
 * by their shapes, their ends and their labels is taken, and the answer comes
 * with its reason. */

#ifndef MN_TASKS_H
#define MN_TASKS_H

#include "engine/graph/graph.h"

G_BEGIN_DECLS

/* Zero it before use. */
typedef struct
{
  guint output; /* whose values are taken */
  MnTask task;
  MnValues values;
  guint n_classes;
  gsize n_floats; /* the room that finish needs */
  gchar *why;     /* why this output; never NULL */
  gchar *doubt;   /* for the user; NULL: none */
} MnOutputMeaning;

/* What a result holds besides the outputs themselves. */
typedef enum
{
  MN_PAYLOAD_SCORES /* a number a class */
} MnPayloadKind;

typedef struct
{
  MnPayloadKind kind;
  union
  {
    struct
    {
      const gfloat *values; /* in the output itself where that is it */
      guint n;
    } scores;
  };
} MnPayload;

/* What a row sees of a graph (outputs.h). */
typedef struct _MnOutputs MnOutputs;

/* No function is NULL. */
typedef struct
{
  MnTask task;
  const gchar *name;   /* mn_task_name */
  const gchar *advice; /* mn_task_advice */
  /* FALSE: the outputs are another task's. Else fills in what is the row's
   * to say of meaning, which names the output that would tell classes. Asked
   * in the order of the table. */
  gboolean (*prepare) (const MnOutputs *outputs, MnOutputMeaning *meaning);
  /* The values of one frame, an entry an output of the graph. room: floats
   * as many as meaning says, as long-lived as outputs. */
  void (*finish) (const MnGraph *graph, const MnOutputMeaning *meaning,
      const MnTensorView *outputs, gfloat *room, MnPayload *payload);
} MnTaskRow;

/* The row of a task, MN_TASK_CLASSIFICATION and on; NULL: there is none. */
const MnTaskRow *mn_tasks_get (MnTask task);

/* Frees what it holds and zeroes it. */
void mn_output_meaning_clear (MnOutputMeaning *meaning);

/* Of a graph after the passes with one picture as its input, and its labels,
 * of which there are n_labels (0: none; note is not looked at then). */
void mn_output_meaning_find (const MnGraph *graph, guint n_labels,
    const MnLabelsNote *note, MnOutputMeaning *meaning);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MnOutputMeaning, mn_output_meaning_clear)

G_END_DECLS

#endif /* MN_TASKS_H */
