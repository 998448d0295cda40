/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* .npy files: what is written is read back, and what is broken is refused
 * with the reason. */

#include "tools/npy.h"

#include <glib/gstdio.h>
#include <string.h>

static gchar *directory;

static gchar *
path_of (const gchar *name)
{
  return g_build_filename (directory, name, NULL);
}

static void
round_trip (MnDType dtype, guint rank, const gint32 *dims)
{
  g_autofree gchar *path = path_of ("round-trip.npy");
  g_autoptr (GError) error = NULL;
  g_autofree guint8 *data = NULL;
  g_auto (MnNpy) npy = {0};
  MnTensorView view = {.dtype = dtype, .rank = rank};
  gsize i;

  view.size = mn_dtype_size (dtype);
  for (i = 0; i < rank; i++) {
    view.dims[i] = dims[i];
    view.size *= dims[i];
  }
  view.data = data = g_malloc (view.size + 1);
  for (i = 0; i < view.size; i++)
    data[i] = (guint8) (i * 37 + 11);
  g_assert_true (mn_npy_write (path, &view, &error));
  g_assert_no_error (error);
  g_assert_true (mn_npy_read (path, &npy, &error));
  g_assert_no_error (error);
  g_assert_cmpint (npy.view.dtype, ==, dtype);
  g_assert_cmpmem (npy.view.dims, rank * sizeof (gint32), dims,
      rank * sizeof (gint32));
  g_assert_cmpuint (npy.view.rank, ==, rank);
  g_assert_cmpmem (npy.view.data, npy.view.size, data, view.size);
}

static void
test_round_trip (void)
{
  const gint32 dims[MN_MAX_RANK] = {2, 3, 1, 5, 1, 2};
  guint dtype, rank;

  for (dtype = MN_DTYPE_F32; dtype <= MN_DTYPE_BOOL; dtype++) {
    for (rank = 0; rank <= MN_MAX_RANK; rank++)
      round_trip ((MnDType) dtype, rank, dims);
  }
}

/* The header is the one that NumPy writes: known bytes. */
static void
test_header (void)
{
  const gchar *expected = "{'descr': '<f4', 'fortran_order': False, "
                          "'shape': (1, 2), }";
  g_autofree gchar *path = path_of ("header.npy");
  g_autofree gchar *file = NULL;
  gfloat values[2] = {1.0f, -2.0f};
  MnTensorView view = {NULL, MN_DTYPE_F32, 2, {1, 2}, values, 8};
  gsize size;

  if (G_BYTE_ORDER != G_LITTLE_ENDIAN) {
    g_test_skip ("the expected bytes are little-endian");
    return;
  }
  g_assert_true (mn_npy_write (path, &view, NULL));
  g_assert_true (g_file_get_contents (path, &file, &size, NULL));
  g_assert_cmpuint (size, ==, 128 + 8);
  g_assert_cmpmem (file, 8, "\x93NUMPY\x01\x00", 8);
  g_assert_cmpuint ((guint8) file[8], ==, 128 - 10);
  g_assert_cmpmem (file + 10, strlen (expected), expected, strlen (expected));
  g_assert_cmpint (file[127], ==, '\n');
  g_assert_cmpmem (file + 128, 8, values, 8);
}

static GBytes *
make_file (guint8 version, const gchar *header, gsize n_data)
{
  GByteArray *file = g_byte_array_new ();
  guint16 length = (guint16) strlen (header);
  guint8 start[12] = {0x93, 'N', 'U', 'M', 'P', 'Y', version, 0, length & 0xff,
    length >> 8, 0, 0};
  guint8 zero = 0;

  g_byte_array_append (file, start, version == 1 ? 10 : 12);
  g_byte_array_append (file, (const guint8 *) header, length);
  while (n_data--)
    g_byte_array_append (file, &zero, 1);
  return g_byte_array_free_to_bytes (file);
}

#define ROW(descr, order, shape) \
  "{'descr': " descr ", 'fortran_order': " order ", 'shape': " shape ", }\n"

static const struct
{
  const gchar *header;
  guint8 version;
  gsize n_data;
  gint code; /* -1: read */
  const gchar *text;
} cases[] = {
  {ROW ("'|u1'", "False", "(2, 3)"), 1, 6, -1, NULL},
  {ROW ("'|u1'", "False", "(2, 3)"), 2, 6, -1, NULL},
  {ROW ("'|u1'", "False", "(2,3,)"), 3, 6, -1, NULL},
  {ROW ("'|u1'", "False", "(0, 3)"), 1, 0, -1, NULL},
  {ROW ("'=f4'", "False", "()"), 1, 4, -1, NULL},
  {ROW ("'|u1'", "False", "(2, 3)"), 1, 5, MN_ERROR_TRUNCATED, "6 bytes"},
  {ROW ("'|u1'", "False", "(2, 3)"), 1, 7, MN_ERROR_INVALID, "6 bytes"},
  {ROW ("'|u1'", "False", "(2, 3)"), 9, 6, MN_ERROR_UNSUPPORTED, "version"},
  {ROW ("'|u1'", "True", "(2, 3)"), 1, 6, MN_ERROR_UNSUPPORTED, "Fortran"},
  {ROW ("'<f8'", "False", "(2, 3)"), 1, 48, MN_ERROR_UNSUPPORTED, "<f8"},
  {ROW ("'<c8'", "False", "(2, 3)"), 1, 48, MN_ERROR_UNSUPPORTED, "<c8"},
  {ROW ("[('a', '|u1')]", "False", "(2,)"), 1, 2, MN_ERROR_FORMAT, "records"},
  {ROW ("'|u1'", "False", "(-2,)"), 1, 2, MN_ERROR_FORMAT, "shape"},
  {ROW ("'|u1'", "False", "(1,1,1,1,1,1,1)"), 1, 1, MN_ERROR_UNSUPPORTED,
    "axes"},
  {ROW ("'|u1'", "False", "(2147483647,2147483647,2147483647)"), 1, 1,
    MN_ERROR_INVALID, "too large"},
  {ROW ("'|u1'", "False", "(99999999999999999999,)"), 1, 1, MN_ERROR_INVALID,
    "too large"},
  {"{'descr': '|u1', 'shape': (1,)}", 1, 1, MN_ERROR_FORMAT, "fortran"},
  {"{'descr': '|u1', 'fortran_order': False}", 1, 1, MN_ERROR_FORMAT, "shape"},
  {"{'descr': '|u1', 'fortran_order': False, 'shape': (1", 1, 1,
    MN_ERROR_FORMAT, "shape"},
  {"", 1, 1, MN_ERROR_FORMAT, "fortran"},
};

static void
test_cases (void)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GBytes)
        bytes = make_file (cases[i].version, cases[i].header, cases[i].n_data);
    g_autoptr (GError) error = NULL;
    g_auto (MnNpy) npy = {0};
    gboolean ok = mn_npy_parse (bytes, "x.npy", &npy, &error);

    g_test_message ("case %u: %s", i, error ? error->message : "read");
    g_assert_cmpint (ok, ==, cases[i].code < 0);
    if (ok)
      continue;
    g_assert_error (error, MN_ERROR, cases[i].code);
    g_assert_true (g_str_has_prefix (error->message, "x.npy: "));
    g_assert_nonnull (strstr (error->message, cases[i].text));
  }
}

/* Cut anywhere, a file is refused, and no byte after it is read (exact-size
 * copies: the sanitizer sees it). */
static void
test_truncated (void)
{
  g_autoptr (GBytes) whole = make_file (2, ROW ("'|u1'", "False", "(4,)"), 4);
  gsize size = g_bytes_get_size (whole);
  gsize n;

  for (n = 0; n < size; n++) {
    g_autoptr (GBytes) part = g_bytes_new (g_bytes_get_data (whole, NULL), n);
    g_autoptr (GError) error = NULL;
    g_auto (MnNpy) npy = {0};

    g_assert_false (mn_npy_parse (part, "x.npy", &npy, &error));
    g_assert_true (error->domain == MN_ERROR);
  }
}

static void
test_missing (void)
{
  g_autofree gchar *path = path_of ("absent.npy");
  g_autofree gchar *nowhere = path_of ("absent/y.npy");
  g_autoptr (GError) error = NULL;
  g_auto (MnNpy) npy = {0};
  guint8 byte = 0;
  MnTensorView view = {NULL, MN_DTYPE_U8, 1, {1}, &byte, 1};

  g_assert_false (mn_npy_read (path, &npy, &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (mn_npy_read (directory, &npy, &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_READ);
  g_clear_error (&error);
  g_assert_false (mn_npy_write (nowhere, &view, &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_ARGUMENT);
}

static void
remove_directory (void)
{
  const gchar *const names[] = {"round-trip.npy", "header.npy"};
  guint i;

  for (i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree gchar *path = path_of (names[i]);

    g_unlink (path);
  }
  g_rmdir (directory);
  g_free (directory);
}

gint
main (gint argc, gchar **argv)
{
  gint status;

  g_test_init (&argc, &argv, NULL);
  directory = g_dir_make_tmp ("mn-npy-XXXXXX", NULL);
  g_assert_nonnull (directory);
  g_test_add_func ("/npy/round-trip", test_round_trip);
  g_test_add_func ("/npy/header", test_header);
  g_test_add_func ("/npy/cases", test_cases);
  g_test_add_func ("/npy/truncated", test_truncated);
  g_test_add_func ("/npy/missing", test_missing);
  status = g_test_run ();
  remove_directory ();
  return status;
}
