/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/model/readutil.h"

#include "engine/model/tflite/reader.h"

MnGraph *
read_graph (GBytes *bytes, GError **error)
{
  g_autoptr (MnGraph) graph = mn_reader_tflite.read (bytes, "m.tflite", error);

  if (!graph || !mn_graph_validate (graph, error))
    return NULL;
  return g_steal_pointer (&graph);
}

void
refuse_graph (MnTestWriter *writer, MnError code, const gchar *message)
{
  g_autoptr (GBytes) bytes = mn_test_writer_finish (writer);
  g_autoptr (GError) error = NULL;
  MnGraph *graph = read_graph (bytes, &error);

  g_assert_null (graph);
  g_assert_error (error, MN_ERROR, (gint) code);
  g_assert_cmpstr (error->message, ==, message);
}

gint
write_zeros (MnTestWriter *w, const gchar *name, MnDType dtype, guint rank,
    const gint32 *dims)
{
  static const guint8 data[4096] = {0};

  return mn_test_writer_const (w, name, dtype, rank, dims, data);
}

gint
write_activation (MnTestWriter *w, const gchar *name, gint n, gint h,
    gint width, gint c)
{
  const gint32 dims[] = {n, h, width, c};

  return mn_test_writer_tensor (w, name, MN_DTYPE_F32, 4, dims);
}

void
write_one (MnTestWriter *w, const MnTestOp *op, gint x, gint k, gint y)
{
  mn_test_writer_op (w, op, y, k >= 0 ? 2 : 1, x, k);
  mn_test_writer_input (w, x);
  mn_test_writer_output (w, y);
}
