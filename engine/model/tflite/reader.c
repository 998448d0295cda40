/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The .tflite reader: the model table, its buffers, inputs and outputs. */

#include "engine/model/tflite/internal.h"
#include "engine/model/tflite/schema.h"

gboolean
mn_tflite_check (MnTfliteReader *reader, const gchar *what, GError **error)
{
  switch (reader->fb.fault) {
    case MN_FB_OK:
      return TRUE;
    case MN_FB_PAST_END:
      g_set_error (error, MN_ERROR, MN_ERROR_TRUNCATED,
          "%s: the model is truncated: %s lies past the end of the file "
          "(%" G_GSIZE_FORMAT " bytes)",
          reader->name, what, reader->fb.size);
      return FALSE;
    case MN_FB_BROKEN:
      break;
  }
  g_set_error (error, MN_ERROR, MN_ERROR_INVALID,
      "%s: the model is damaged: %s cannot be read", reader->name, what);
  return FALSE;
}

gboolean
mn_tflite_count (MnTfliteReader *reader, const gchar *what, guint32 n,
    guint32 most, GError **error)
{
  if (n <= most)
    return TRUE;
  g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED,
      "%s: the model has %u %s; at most %u are supported", reader->name, n,
      what, most);
  return FALSE;
}

gboolean
mn_tflite_take (MnTfliteReader *reader, gsize n, GError **error)
{
  if (n > reader->budget) {
    g_set_error (error, MN_ERROR, MN_ERROR_INVALID,
        "%s: the model is damaged: its tensors claim more data than the file "
        "holds",
        reader->name);
    return FALSE;
  }
  reader->budget -= n;
  return TRUE;
}

gboolean
mn_tflite_buffer (MnTfliteReader *reader, guint32 index, const guint8 **data,
    gsize *size, GError **error)
{
  MnFbTable buffer;
  MnFbVector vector;
  guint64 offset, length;

  *data = NULL;
  *size = 0;
  if (index >= reader->buffers.n) {
    g_set_error (error, MN_ERROR, MN_ERROR_INVALID,
        "%s: the model is damaged: it has no buffer %u", reader->name, index);
    return FALSE;
  }
  buffer = mn_fb_vector_table (&reader->buffers, index);
  vector = mn_fb_vector (&buffer, TFL_BUFFER_DATA, 1);
  offset = mn_fb_u64 (&buffer, TFL_BUFFER_OFFSET, 0);
  length = mn_fb_u64 (&buffer, TFL_BUFFER_SIZE, 0);
  if (!mn_tflite_check (reader, "a buffer", error))
    return FALSE;

  *data = mn_fb_vector_data (&vector);
  *size = vector.n;
  if (offset > 1) {
    if (offset > reader->fb.size || length > reader->fb.size - offset)
      mn_fb_fail (&reader->fb, MN_FB_PAST_END);
    if (!mn_tflite_check (reader, "a buffer", error))
      return FALSE;
    *data = length ? reader->fb.data + offset : NULL;
    *size = length;
  }
  return TRUE;
}

/* What nobody needs here is looked at all the same, so that a file that
 * lost its end is told from a whole one. */
static gboolean
touch_all (MnTfliteReader *reader, const MnFbTable *model, GError **error)
{
  MnFbVector entries = mn_fb_vector (model, TFL_MODEL_METADATA, 4);
  const guint8 *data;
  gsize size;
  guint32 i;

  for (i = 0; i < reader->buffers.n; i++) {
    if (!mn_tflite_buffer (reader, i, &data, &size, error))
      return FALSE;
  }
  for (i = 0; i < reader->codes.n && reader->fb.fault == MN_FB_OK; i++) {
    MnFbTable code = mn_fb_vector_table (&reader->codes, i);

    mn_fb_string (&code, TFL_OPERATOR_CODE_CUSTOM);
  }
  for (i = 0; i < entries.n && reader->fb.fault == MN_FB_OK; i++) {
    MnFbTable entry = mn_fb_vector_table (&entries, i);

    mn_fb_string (&entry, TFL_METADATA_ENTRY_NAME);
  }
  mn_fb_string (model, TFL_MODEL_DESCRIPTION);
  return mn_tflite_check (reader, "the model's description", error);
}

static gboolean
read_ends (MnTfliteReader *reader, const MnFbTable *subgraph, guint field,
    GArray *ends, GError **error)
{
  MnFbVector vector = mn_fb_vector (subgraph, field, 4);
  guint32 i;

  if (!mn_tflite_check (reader, "the list of inputs and outputs", error))
    return FALSE;
  if (vector.n > reader->graph->tensors->len) {
    g_set_error (error, MN_ERROR, MN_ERROR_INVALID,
        "%s: the model is damaged: it has more inputs or outputs than tensors",
        reader->name);
    return FALSE;
  }
  for (i = 0; i < vector.n; i++) {
    gint index = mn_fb_vector_i32 (&vector, i);

    if (index >= 0 && (guint) index < reader->strange->len
        && g_ptr_array_index (reader->strange, index)) {
      g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED,
          "%s: %s '%s' is not supported: it has %s", reader->name,
          field == TFL_SUBGRAPH_INPUTS ? "input" : "output",
          mn_graph_tensor (reader->graph, index)->name,
          (const gchar *) g_ptr_array_index (reader->strange, index));
      return FALSE;
    }
    g_array_append_val (ends, index);
  }
  return TRUE;
}

static gboolean
read_subgraph (MnTfliteReader *reader, const MnFbTable *model, GError **error)
{
  MnFbVector subgraphs = mn_fb_vector (model, TFL_MODEL_SUBGRAPHS, 4);
  MnFbTable subgraph;

  if (!mn_tflite_check (reader, "the list of subgraphs", error))
    return FALSE;
  if (subgraphs.n == 0) {
    g_set_error (error, MN_ERROR, MN_ERROR_INVALID,
        "%s: the model has no graph in it", reader->name);
    return FALSE;
  }
  subgraph = mn_fb_vector_table (&subgraphs, 0);
  mn_fb_string (&subgraph, TFL_SUBGRAPH_NAME);
  return mn_tflite_check (reader, "the graph", error)
      && mn_tflite_read_tensors (reader, &subgraph, error)
      && mn_tflite_read_operators (reader, &subgraph, error)
      && read_ends (reader, &subgraph, TFL_SUBGRAPH_INPUTS,
          reader->graph->inputs, error)
      && read_ends (reader, &subgraph, TFL_SUBGRAPH_OUTPUTS,
          reader->graph->outputs, error);
}

static gboolean
read_model (MnTfliteReader *reader, GError **error)
{
  MnFbTable model = mn_fb_root (&reader->fb);
  guint32 version = mn_fb_u32 (&model, TFL_MODEL_VERSION, 0);

  reader->buffers = mn_fb_vector (&model, TFL_MODEL_BUFFERS, 4);
  reader->codes = mn_fb_vector (&model, TFL_MODEL_OPERATOR_CODES, 4);
  if (!mn_tflite_check (reader, "the model's head", error))
    return FALSE;
  if (version != TFL_VERSION) {
    g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED,
        "%s: version %u of the format is not supported (only %d is)",
        reader->name, version, TFL_VERSION);
    return FALSE;
  }
  return mn_tflite_count (reader, "buffers", reader->buffers.n, MN_MAX_TENSORS,
             error)
      && mn_tflite_count (reader, "kinds of operators", reader->codes.n,
          MN_MAX_OPERATORS, error)
      && touch_all (reader, &model, error)
      && read_subgraph (reader, &model, error);
}

MnGraph *
mn_tflite_read (GBytes *bytes, const gchar *name, GError **error)
{
  g_autoptr (MnGraph) graph = mn_graph_new (name);
  g_autoptr (GPtrArray) strange = g_ptr_array_new_with_free_func (g_free);
  MnTfliteReader reader = {0};
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  graph->bytes = g_bytes_ref (bytes);
  mn_fb_init (&reader.fb, data, size);
  reader.name = graph->name;
  reader.graph = graph;
  reader.strange = strange;
  /* Tensors may share a buffer, so more than the file once; 1 MiB so that
   * small files are free in it. */
  reader.budget = MIN (4 * size, MN_MAX_WEIGHT_BYTES) + (1 << 20);

  if (!read_model (&reader, error))
    return NULL;
  return g_steal_pointer (&graph);
}
