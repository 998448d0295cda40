/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* An .npy file: magic, version, length of the header, the header as a
 * Python dictionary with the keys descr, fortran_order and shape, data. */

#include "tools/npy.h"

#include <string.h>

#define MAGIC "\x93NUMPY"
#define MAGIC_SIZE 6
/* The data of a written file starts at a multiple of this. */
#define ALIGNMENT 64

#if G_BYTE_ORDER == G_LITTLE_ENDIAN
#define NATIVE '<'
#else
#define NATIVE '>'
#endif

/* By MnDType: kind and bytes. */
static const gchar *const codes[] = {
  "f4", "f2", "u1", "i1", "i2", "i4", "i8", "b1"};

void
mn_npy_clear (MnNpy *npy)
{
  g_clear_pointer (&npy->bytes, g_bytes_unref);
  memset (&npy->view, 0, sizeof (npy->view));
}

static gboolean
fail (const gchar *name, MnError code, const gchar *reason, GError **error)
{
  g_set_error (error, MN_ERROR, code, "%s: %s", name, reason);
  return FALSE;
}

/* The text after 'key': in the dictionary; NULL: no such key. */
static const gchar *
find_value (const gchar *header, const gchar *key)
{
  g_autofree gchar *quoted = g_strdup_printf ("'%s'", key);
  const gchar *p = strstr (header, quoted);

  if (!p)
    return NULL;
  p += strlen (quoted);
  while (*p == ' ')
    p++;
  if (*p != ':')
    return NULL;
  do
    p++;
  while (*p == ' ');
  return p;
}

static gboolean
parse_descr (const gchar *p, const gchar *name, MnDType *dtype, GError **error)
{
  g_autofree gchar *text = NULL;
  const gchar *end;
  guint i;

  if (!p || *p != '\'' || !(end = strchr (p + 1, '\'')))
    return fail (name, MN_ERROR_FORMAT,
        "an .npy file of records, not of numbers", error);
  text = g_strndup (p + 1, end - p - 1);
  for (i = 0; i < G_N_ELEMENTS (codes); i++) {
    gboolean order = *text == NATIVE || *text == '='
        || (*text == '|' && codes[i][1] == '1');

    if (order && g_str_equal (text + 1, codes[i])) {
      *dtype = (MnDType) i;
      return TRUE;
    }
  }
  g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED,
      "%s: its numbers are of the type \"%s\"; save it as float32, uint8 or "
      "int8",
      name, text);
  return FALSE;
}

static gboolean
parse_shape (const gchar *p, const gchar *name, MnTensorView *view,
    GError **error)
{
  gsize size = mn_dtype_size (view->dtype);

  if (!p || *p++ != '(')
    return fail (name, MN_ERROR_FORMAT, "its header has no shape", error);
  for (view->rank = 0;;) {
    gchar *end;
    guint64 dim;

    while (*p == ' ' || *p == ',')
      p++;
    if (*p == ')')
      break;
    if (!g_ascii_isdigit (*p))
      return fail (name, MN_ERROR_FORMAT, "its shape is not readable", error);
    dim = g_ascii_strtoull (p, &end, 10);
    p = end;
    if (view->rank == MN_MAX_RANK)
      return fail (name, MN_ERROR_UNSUPPORTED,
          "it has more than " G_STRINGIFY (MN_MAX_RANK) " axes", error);
    if (dim > G_MAXINT32 || !g_size_checked_mul (&size, size, dim))
      return fail (name, MN_ERROR_INVALID, "its shape is too large", error);
    view->dims[view->rank++] = (gint32) dim;
  }
  view->size = size;
  return TRUE;
}

static gboolean
parse_header (const gchar *header, const gchar *name, MnTensorView *view,
    GError **error)
{
  const gchar *order = find_value (header, "fortran_order");

  if (!order || !g_str_has_prefix (order, "False")) {
    if (order && g_str_has_prefix (order, "True"))
      return fail (name, MN_ERROR_UNSUPPORTED,
          "it is in Fortran order; save "
          "numpy.ascontiguousarray of it",
          error);
    return fail (name, MN_ERROR_FORMAT, "its header has no fortran_order",
        error);
  }
  return parse_descr (find_value (header, "descr"), name, &view->dtype, error)
      && parse_shape (find_value (header, "shape"), name, view, error);
}

/* Where header and data start; FALSE: the file ends before. */
static gboolean
find_parts (const guint8 *data, gsize size, gsize *header, gsize *body)
{
  gsize length;

  if (size < MAGIC_SIZE + 4)
    return FALSE;
  if (data[MAGIC_SIZE] == 1) {
    *header = MAGIC_SIZE + 4;
    length = data[8] | data[9] << 8;
  } else {
    *header = MAGIC_SIZE + 6;
    if (size < *header)
      return FALSE;
    length = data[8] | data[9] << 8 | data[10] << 16 | (gsize) data[11] << 24;
  }
  *body = *header + length;
  return length <= size - *header;
}

gboolean
mn_npy_parse (GBytes *bytes, const gchar *name, MnNpy *npy, GError **error)
{
  g_autofree gchar *header = NULL;
  gsize size, start, body;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  memset (npy, 0, sizeof (*npy));
  if (size < MAGIC_SIZE || memcmp (data, MAGIC, MAGIC_SIZE) != 0)
    return fail (name, MN_ERROR_FORMAT, "not an .npy file", error);
  if (!find_parts (data, size, &start, &body))
    return fail (name, MN_ERROR_TRUNCATED, "the .npy file ends too early",
        error);
  if (data[MAGIC_SIZE] < 1 || data[MAGIC_SIZE] > 3)
    return fail (name, MN_ERROR_UNSUPPORTED,
        "an .npy file of an unknown version", error);
  header = g_strndup ((const gchar *) data + start, body - start);
  if (!parse_header (header, name, &npy->view, error))
    return FALSE;
  if (size - body != npy->view.size) {
    g_set_error (error, MN_ERROR,
        size - body < npy->view.size ? MN_ERROR_TRUNCATED : MN_ERROR_INVALID,
        "%s: its shape needs %" G_GSIZE_FORMAT " bytes, and %" G_GSIZE_FORMAT
        " follow the header",
        name, npy->view.size, size - body);
    return FALSE;
  }
  /* A copy, for its alignment: a foreign header may have any length. */
  npy->bytes = g_bytes_new (data + body, size - body);
  npy->view.data = (gpointer) g_bytes_get_data (npy->bytes, NULL);
  return TRUE;
}

gboolean
mn_npy_read (const gchar *path, MnNpy *npy, GError **error)
{
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) local = NULL;
  gchar *data;
  gsize size;

  memset (npy, 0, sizeof (*npy));
  if (!g_file_get_contents (path, &data, &size, &local)) {
    gboolean missing = g_error_matches (local, G_FILE_ERROR,
        G_FILE_ERROR_NOENT);

    return fail (path, missing ? MN_ERROR_NOT_FOUND : MN_ERROR_READ,
        missing ? "no such file" : local->message, error);
  }
  bytes = g_bytes_new_take (data, size);
  return mn_npy_parse (bytes, path, npy, error);
}

static GString *
make_header (const MnTensorView *view)
{
  const gchar *code = codes[view->dtype];
  GString *header = g_string_new (NULL);
  guint i;

  g_string_append_printf (header,
      "{'descr': '%c%s', 'fortran_order': False, 'shape': (",
      code[1] == '1' ? '|' : NATIVE, code);
  for (i = 0; i < view->rank; i++)
    g_string_append_printf (header, i ? " %d," : "%d,", view->dims[i]);
  if (view->rank > 1)
    g_string_truncate (header, header->len - 1);
  g_string_append (header, "), }");
  while ((MAGIC_SIZE + 4 + header->len + 1) % ALIGNMENT)
    g_string_append_c (header, ' ');
  g_string_append_c (header, '\n');
  return header;
}

gboolean
mn_npy_write (const gchar *path, const MnTensorView *view, GError **error)
{
  g_autoptr (GString) header = make_header (view);
  g_autoptr (GByteArray) file = g_byte_array_new ();
  g_autoptr (GError) local = NULL;
  guint8 start[4] = {1, 0, header->len & 0xff, header->len >> 8};

  if (view->size > G_MAXINT32)
    return fail (path, MN_ERROR_ARGUMENT, "more than 2 GiB to write", error);
  g_byte_array_append (file, (const guint8 *) MAGIC, MAGIC_SIZE);
  g_byte_array_append (file, start, sizeof (start));
  g_byte_array_append (file, (const guint8 *) header->str, header->len);
  g_byte_array_append (file, view->data, view->size);
  if (g_file_set_contents (path, (const gchar *) file->data, file->len, &local))
    return TRUE;
  return fail (path, MN_ERROR_ARGUMENT, local->message, error);
}
