/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* TFLite metadata: normalisation of the input, labels of the output. */

#include "engine/base/zip.h"
#include "engine/model/labels/labels.h"
#include "engine/model/tflite/internal.h"
#include "engine/model/tflite/schema.h"

#include <math.h>
#include <string.h>

/* Where the name stands in a zip member's header. */
#define LOCAL_NAME 30

/* The metadata's own FlatBuffer; FALSE: there is none that we can read. */
static gboolean
find_metadata (const guint8 *data, gsize size, MnFb *metadata)
{
  MnTfliteReader reader = {0};
  MnFbVector entries;
  MnFbTable model;
  guint32 i;

  mn_fb_init (&reader.fb, data, size);
  reader.name = "";
  model = mn_fb_root (&reader.fb);
  reader.buffers = mn_fb_vector (&model, TFL_MODEL_BUFFERS, 4);
  entries = mn_fb_vector (&model, TFL_MODEL_METADATA, 4);
  for (i = 0; i < entries.n && reader.fb.fault == MN_FB_OK; i++) {
    MnFbTable entry = mn_fb_vector_table (&entries, i);
    const gchar *name = mn_fb_string (&entry, TFL_METADATA_ENTRY_NAME);
    guint32 index = mn_fb_u32 (&entry, TFL_METADATA_ENTRY_BUFFER, 0);
    const guint8 *buffer;
    gsize buffer_size;

    if (g_strcmp0 (name, TFL_METADATA_NAME) != 0)
      continue;
    if (!mn_tflite_buffer (&reader, index, &buffer, &buffer_size, NULL)
        || buffer_size < 8
        || memcmp (buffer + 4, TFL_METADATA_IDENTIFIER, 4) != 0)
      return FALSE;
    mn_fb_init (metadata, buffer, buffer_size);
    return TRUE;
  }
  return FALSE;
}

/* The metadata of inputs or outputs, in the graph's order. */
static MnFbVector
find_tensors (MnFb *fb, guint field)
{
  MnFbTable table = mn_fb_root (fb);
  MnFbVector list = mn_fb_vector (&table, TFL_MD_SUBGRAPHS, 4);

  if (list.n > 0)
    table = mn_fb_vector_table (&list, 0);
  else
    table = (MnFbTable) {fb, 0, 0, 0, 0};
  return mn_fb_vector (&table, field, 4);
}

/* One value a channel, or one for all. */
static gboolean
read_channels (const MnFbVector *vector, gfloat *values)
{
  guint i;

  if (vector->n == 0 || vector->n > 4)
    return FALSE;
  for (i = 0; i < 4; i++) {
    values[i] = mn_fb_vector_f32 (vector, MIN (i, vector->n - 1));
    if (!isfinite (values[i]))
      return FALSE;
  }
  return TRUE;
}

static void
read_norm (MnFb *fb, MnMetadata *metadata)
{
  MnFbVector inputs = find_tensors (fb, TFL_MD_SUBGRAPH_INPUTS);
  MnFbVector units;
  MnFbTable tensor;
  gfloat mean[4], std[4];
  guint32 i;
  guint c;

  if (inputs.n == 0)
    return;
  tensor = mn_fb_vector_table (&inputs, 0);
  units = mn_fb_vector (&tensor, TFL_MD_TENSOR_PROCESS_UNITS, 4);
  for (i = 0; i < units.n && fb->fault == MN_FB_OK; i++) {
    MnFbTable unit = mn_fb_vector_table (&units, i);
    MnFbTable norm = mn_fb_table (&unit, TFL_MD_UNIT_OPTIONS);
    MnFbVector means = mn_fb_vector (&norm, TFL_MD_NORMALIZATION_MEAN, 4);
    MnFbVector stds = mn_fb_vector (&norm, TFL_MD_NORMALIZATION_STD, 4);

    if (mn_fb_u8 (&unit, TFL_MD_UNIT_TYPE, 0) != TFL_MD_UNIT_NORMALIZATION
        || !read_channels (&means, mean) || !read_channels (&stds, std))
      continue;
    for (c = 0; c < 4 && std[c] > 0; c++)
      ;
    if (c < 4 || fb->fault != MN_FB_OK)
      continue;
    memcpy (metadata->mean, mean, sizeof (mean));
    memcpy (metadata->std, std, sizeof (std));
    metadata->has_norm = TRUE;
    return;
  }
}

/* The name of the file that holds an output's labels: those of its classes
 * rather than those of its values, without a language rather than with. */
static const gchar *
find_labels_of (MnFb *fb, const MnFbTable *tensor)
{
  MnFbVector files = mn_fb_vector (tensor, TFL_MD_TENSOR_FILES, 4);
  const gchar *best = NULL;
  guint best_rank = 0;
  guint32 i;

  for (i = 0; i < files.n && fb->fault == MN_FB_OK; i++) {
    MnFbTable file = mn_fb_vector_table (&files, i);
    const gchar *name = mn_fb_string (&file, TFL_MD_FILE_NAME);
    const gchar *locale = mn_fb_string (&file, TFL_MD_FILE_LOCALE);
    guint8 type = mn_fb_u8 (&file, TFL_MD_FILE_TYPE, 0);
    guint rank = 0;

    if (type == TFL_MD_FILE_AXIS_LABELS)
      rank = 3;
    else if (type == TFL_MD_FILE_VALUE_LABELS)
      rank = 1;
    if (rank > 0 && (!locale || !*locale))
      rank++;
    if (name && rank > best_rank) {
      best = name;
      best_rank = rank;
    }
  }
  return fb->fault == MN_FB_OK ? best : NULL;
}

/* Those of the first output that has any. */
static const gchar *
find_labels (MnFb *fb)
{
  MnFbVector outputs = find_tensors (fb, TFL_MD_SUBGRAPH_OUTPUTS);
  const gchar *name = NULL;
  guint32 i;

  for (i = 0; i < outputs.n && !name && fb->fault == MN_FB_OK; i++) {
    MnFbTable tensor = mn_fb_vector_table (&outputs, i);

    name = find_labels_of (fb, &tensor);
  }
  return name;
}

/* Whether an archive with this member begins in the file, even if the file
 * ends in the middle of the member's name: there is no other reason for its
 * missing end than a file that was cut. */
static gboolean
archive_begins (const guint8 *data, gsize size, const gchar *member)
{
  gsize member_size = strlen (member);
  const guint8 *at = data, *end = data + size;

  while ((at = memmem (at, end - at, "PK\3\4", 4))) {
    gsize left = end - at;

    if (left <= LOCAL_NAME
        || memcmp (at + LOCAL_NAME, member,
               MIN (member_size, left - LOCAL_NAME))
            == 0)
      return TRUE;
    at += 4;
  }
  return FALSE;
}

static gboolean
read_labels (const guint8 *data, gsize size, const gchar *member,
    const gchar *name, MnMetadata *metadata, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GBytes) text = NULL;
  g_autofree gchar *where = NULL;
  gsize text_size;
  const gchar *text_data;
  MnZip zip;

  if (!mn_zip_open (&zip, data, size)) {
    if (!archive_begins (data, size, member))
      return TRUE;
    g_set_error (error, MN_ERROR, MN_ERROR_TRUNCATED,
        "%s: the model is truncated: the archive with its labels (%s) has no "
        "end",
        name, member);
    return FALSE;
  }
  text = mn_zip_read (&zip, member, MN_LABELS_MAX_SIZE, name, &local);
  if (local) {
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  if (!text)
    return TRUE;
  text_data = g_bytes_get_data (text, &text_size);
  where = g_strdup_printf ("%s (%s inside it)", name, member);
  metadata->labels = mn_labels_parse_form (text_data, text_size, where,
      &metadata->note, error);
  return metadata->labels != NULL;
}

gboolean
mn_tflite_read_metadata (GBytes *bytes, const gchar *name, MnMetadata *metadata,
    GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  const gchar *member;
  MnFb fb;

  if (!find_metadata (data, size, &fb))
    return TRUE;
  read_norm (&fb, metadata);
  member = find_labels (&fb);
  if (!member || !*member)
    return TRUE;
  /* Also since it is looked for all over the file. */
  if (strlen (member) > MN_MAX_MEMBER_NAME) {
    g_set_error (error, MN_ERROR, MN_ERROR_INVALID,
        "%s: the model is damaged: the name of its file of labels is longer "
        "than %d characters",
        name, MN_MAX_MEMBER_NAME);
    return FALSE;
  }
  return read_labels (data, size, member, name, metadata, error);
}
