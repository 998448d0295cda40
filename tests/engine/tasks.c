/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The table of tasks, and where a result keeps what it holds. */

#include "engine/tasks/tasks.h"
#include "tests/engine/seeing.h"

/* A row that lacks something would be called all the same. */
static void
test_rows (void)
{
  MnTask task, other;

  for (task = MN_TASK_CLASSIFICATION; task <= MN_TASK_GRID; task++) {
    const MnTaskRow *row = mn_tasks_get (task);

    g_assert_nonnull (row);
    g_assert_cmpint (row->task, ==, task);
    g_assert_true (row->prepare && row->finish);
    g_assert_true (*row->name && *row->advice);
    g_assert_cmpstr (row->name, ==, mn_task_name (task));
    g_assert_cmpstr (row->advice, ==, mn_task_advice (task));
    for (other = MN_TASK_CLASSIFICATION; other < task; other++)
      g_assert_cmpstr (mn_tasks_get (other)->name, !=, row->name);
  }
  g_assert_null (mn_tasks_get (task));
}

/* The mean of the picture, with an operator (-1: none) at the end. */
static MnModel *
make (gint end)
{
  static const gfloat mean = 0, std = 255;
  static const gint32 flat[] = {1, 3};
  MnTestWriter *w = mn_test_writer_new ();
  gint x = test_tensor (w, "x", MN_DTYPE_F32, 4, test_picture), y;

  mn_test_writer_input (w, x);
  y = test_add_mean (w, x);
  if (end >= 0) {
    gint z = test_tensor (w, "end", MN_DTYPE_F32, 2, flat);

    test_add_op (w, end, z, y, -1);
    y = z;
  }
  mn_test_writer_output (w, y);
  mn_test_writer_metadata (w, 1, &mean, &std, NULL);
  return test_load (w);
}

/* Scores that the network gives as they are lie in its output; those that are
 * made of its values lie beside it, and leave it alone. */
static void
test_scores (void)
{
  static const gint ends[] = {TFL_OP_SOFTMAX, -1};
  guint i, n;

  for (i = 0; i < G_N_ELEMENTS (ends); i++) {
    g_autoptr (MnModel) model = make (ends[i]);
    g_autoptr (MnResult) result = test_infer (model, 255);
    const gfloat *scores = mn_result_get_scores (result, &n);
    const gfloat *output = mn_result_get_output (result, 0)->data;

    g_assert_cmpuint (n, ==, 3);
    test_assert_close (scores[0], 1.0f / 3, 1e-6f);
    g_assert_cmpint (scores == output, ==, ends[i] >= 0);
    test_assert_close (output[0], ends[i] >= 0 ? 1.0f / 3 : 1, 1e-6f);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tasks/rows", test_rows);
  g_test_add_func ("/tasks/scores", test_scores);
  return g_test_run ();
}
