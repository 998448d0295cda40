/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What lies beside and inside model files: other kinds of files, labels,
 * metadata. */

#include "engine/graph/budget.h"
#include "engine/base/file.h"
#include "engine/model/labels/labels.h"
#include "engine/model/modelinfo.h"
#include "engine/model/readers.h"
#include "engine/model/tflite/reader.h"
#include "engine/base/pages.h"
#include "tests/support/tflite_writer.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

/* ---- sniffing ---------------------------------------------------------- */

#define TEXT(s) s, sizeof (s) - 1

static const struct
{
  const gchar *name, *data;
  gsize size;
  MnError code;
  const gchar *word; /* that the message must have */
} kinds[] = {{"m.tflite", "", 0, MN_ERROR_FORMAT, "an empty file"},
  {"m.tflite", TEXT ("\x1c\0\0\0TF"), MN_ERROR_TRUNCATED, "only 6 bytes"},
  {"m.tflite", TEXT ("\n <!DOCTYPE html><html>"), MN_ERROR_FORMAT, "web page"},
  {"m.tflite", TEXT ("\xef\xbb\xbf<HTML lang=\"en\">"), MN_ERROR_FORMAT,
    "web page"},
  {"m.tflite",
    TEXT ("version https://git-lfs.github.com/spec/v1\noid sha256:"
          "0\nsize 1\n"),
    MN_ERROR_FORMAT, "git lfs pull"},
  {"m.xml", TEXT ("<?xml version=\"1.0\"?>\n<net name=\"m\" version=\"11\">"),
    MN_ERROR_FORMAT, "OpenVINO"},
  {"m.bin", TEXT ("\x11\x22\x01\x3f\x80\x90\xa0\xb0\xc0"), MN_ERROR_FORMAT,
    "OpenVINO"},
  {"m.pt", TEXT ("PK\3\4\0\0\0\0archive/data.pkl"), MN_ERROR_FORMAT, "PyTorch"},
  {"m.pth", TEXT ("\x80\x02\x8a\x0al\xfc\x9c\x46\xf9"), MN_ERROR_FORMAT,
    "PyTorch"},
  {"m.onnx", TEXT ("\x08\x08\x12\x07pytorch\x1a"), MN_ERROR_FORMAT,
    "ONNX model, which is not supported yet"},
  {"renamed.tflite", TEXT ("\x08\x08\x12\x07pytorch\x1a"), MN_ERROR_FORMAT,
    "ONNX"},
  {"saved_model.pb", TEXT ("\x08\x01\x12\xff\x01\x0a\x02"), MN_ERROR_FORMAT,
    "TFLiteConverter"},
  {"frozen.tflite", TEXT ("\x0a\x20\x0a\x05input\x12\x0bPlaceholder*\x01"),
    MN_ERROR_FORMAT, "TensorFlow graph"},
  {"m.h5", TEXT ("\x89HDF\r\n\x1a\n\0\0\0\0"), MN_ERROR_FORMAT, "Keras"},
  {"m.keras", TEXT ("PK\3\4\0\0\0\0config.json"), MN_ERROR_FORMAT, "Keras"},
  {"m.zip", TEXT ("PK\3\4\0\0\0\0m.tflite"), MN_ERROR_FORMAT,
    "zip archive: unpack"},
  {"m.tgz", TEXT ("\x1f\x8b\x08\0\0\0\0\0\0"), MN_ERROR_FORMAT, "gzip"},
  {"m.safetensors", TEXT ("\x40\0\0\0\0\0\0\0{\"a\":{\"dtype\""),
    MN_ERROR_FORMAT, "safetensors"},
  {"m.param", TEXT ("7767517\n75 83\n"), MN_ERROR_FORMAT, "ncnn"},
  {"m.json", TEXT ("{\"a\": 1}"), MN_ERROR_FORMAT, "JSON"},
  {"labels.txt", TEXT ("cat\ndog\n"), MN_ERROR_FORMAT, "labels-file"},
  {"p.jpg", TEXT ("\xff\xd8\xff\xe0\0\x10JFIF"), MN_ERROR_FORMAT,
    "picture (JPEG)"},
  {"p.png", TEXT ("\x89PNG\r\n\x1a\n\0\0"), MN_ERROR_FORMAT, "picture (PNG)"},
  {"m.tflite", TEXT ("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), MN_ERROR_FORMAT,
    "zeros"},
  {"m.tflite", TEXT ("\x99\x88\x77\x66\x55\x01\x02\x03"), MN_ERROR_FORMAT,
    "TFL3 is missing"}};

static void
test_sniff (void)
{
  g_autoptr (GBytes) tflite = g_bytes_new_static ("\x1c\0\0\0TFL3", 8);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (kinds); i++) {
    g_autoptr (GBytes) bytes = g_bytes_new (kinds[i].data, kinds[i].size);
    g_autofree gchar *prefix = g_strconcat (kinds[i].name, ": ", NULL);
    g_autoptr (GError) error = NULL;

    g_assert_null (mn_readers_find (bytes, kinds[i].name, &error));
    g_test_message ("%s", error->message);
    g_assert_error (error, MN_ERROR, (gint) kinds[i].code);
    g_assert_true (g_str_has_prefix (error->message, prefix));
    g_assert_nonnull (strstr (error->message, kinds[i].word));
    g_assert_null (strchr (error->message, '\n'));
  }
  g_assert_true (mn_readers_find (tflite, "m", NULL) == &mn_reader_tflite);
}

/* A row that lacks something would be called all the same. */
static void
test_rows (void)
{
  const MnReader *reader;
  guint i, j;

  for (i = 0; (reader = mn_readers_get (i)); i++) {
    g_assert_true (reader->name && *reader->name);
    g_assert_true (reader->sniff && reader->read && reader->read_metadata);
    for (j = 0; j < i; j++)
      g_assert_cmpstr (mn_readers_get (j)->name, !=, reader->name);
    /* The beginning of a file of zeros is nobody's for sure. */
    g_assert_cmpint (reader->sniff ((const guint8 *) "\0\0\0\0\0\0\0", 8), ==,
        MN_SNIFF_OTHER);
  }
  g_assert_cmpuint (i, >=, 1);
}

/* ---- files ------------------------------------------------------------- */

static gchar *folder;

static gchar *
write_file (const gchar *name, gconstpointer data, gssize size)
{
  gchar *path = g_build_filename (folder, name, NULL);

  g_assert_true (g_file_set_contents (path, data, size, NULL));
  return path;
}

static void
test_file (void)
{
  g_autofree gchar *path = write_file ("five", "12345", 5);
  g_autofree gchar *gone = g_build_filename (folder, "gone", NULL);
  g_autoptr (GBytes) bytes = mn_file_read (path, 5, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes),
      "12345", 5);
  g_assert_null (mn_file_read (path, 4, &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_READ);
  g_clear_error (&error);
  g_assert_null (mn_file_read (gone, 4, &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_NOT_FOUND);
  g_assert_true (g_str_has_suffix (error->message, "gone: no such file"));
  g_clear_error (&error);
  g_assert_null (mn_file_read (folder, 4, &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_FORMAT);
  g_clear_error (&error);
  g_assert_null (mn_file_read ("/dev/zero", 4, &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_READ);
}

/* Contents that are large enough to be given back. */
#define LARGE (300 << 10)

static gboolean
is_filled (GBytes *bytes, guint8 with)
{
  gsize size, i;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  g_assert_cmpuint (size, ==, LARGE);
  for (i = 0; i < size; i++) {
    if (data[i] != with)
      return FALSE;
  }
  return TRUE;
}

static void
test_file_held (void)
{
  g_autofree gchar *contents = g_malloc (LARGE);
  g_autofree gchar *path = NULL;
  g_autofree gchar *elsewhere = g_build_filename (folder, "elsewhere", NULL);
  g_autoptr (MnFile) file = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  FILE *other;

  memset (contents, 'x', LARGE);
  path = write_file ("large", contents, LARGE);
  file = mn_file_open (path, LARGE, NULL);
  bytes = mn_file_get_bytes (file);
  g_assert_true (is_filled (bytes, 'x'));
  /* Two holders; what the second one leaves is gone, and comes back. */
  g_assert_true (mn_file_hold (file, NULL));
  g_assert_true (mn_file_hold (file, NULL));
  mn_file_release (file);
  g_assert_true (is_filled (bytes, 'x'));
  mn_file_release (file);
  g_assert_true (is_filled (bytes, 0));
  g_assert_true (mn_file_hold (file, NULL));
  g_assert_true (is_filled (bytes, 'x'));
  mn_file_release (file);
  /* Another file of that name is none of its business. */
  g_assert_cmpint (g_rename (path, elsewhere), ==, 0);
  g_assert_true (mn_file_hold (file, NULL));
  mn_file_release (file);
  /* Nor what else may be done to it but writing. */
  g_assert_cmpint (g_chmod (elsewhere, 0600), ==, 0);
  g_assert_true (mn_file_hold (file, NULL));
  mn_file_release (file);
  /* But this one has become another. */
  other = fopen (elsewhere, "a");
  g_assert_cmpint (fputc ('y', other), ==, 'y');
  fclose (other);
  g_assert_false (mn_file_hold (file, &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_READ);
  g_assert_true (g_str_has_suffix (error->message, "load it anew"));
  g_assert_cmpint (g_unlink (elsewhere), ==, 0);
}

/* Written to in place, and its time set back: a look at that is not enough. The
 * clock that counts may stand still for some milliseconds. */
static void
test_file_rewritten (void)
{
  g_autofree gchar *contents = g_malloc (LARGE);
  g_autofree gchar *path = NULL;
  g_autoptr (MnFile) file = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  struct stat before, after;

  memset (contents, 'x', LARGE);
  path = write_file ("large", contents, LARGE);
  g_assert_cmpint (stat (path, &before), ==, 0);
  file = mn_file_open (path, LARGE, NULL);
  bytes = mn_file_get_bytes (file);
  g_assert_true (mn_file_hold (file, NULL));
  mn_file_release (file);
  do {
    const struct timespec times[2] = {before.st_atim, before.st_mtim};
    FILE *same = fopen (path, "r+");

    g_assert_cmpint (fputc ('y', same), ==, 'y');
    fclose (same);
    g_assert_cmpint (utimensat (AT_FDCWD, path, times, 0), ==, 0);
    g_assert_cmpint (stat (path, &after), ==, 0);
  } while (after.st_ctim.tv_sec == before.st_ctim.tv_sec
      && after.st_ctim.tv_nsec == before.st_ctim.tv_nsec);
  g_assert_cmpint (after.st_mtim.tv_nsec, ==, before.st_mtim.tv_nsec);
  g_assert_false (mn_file_hold (file, &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_READ);
  g_assert_true (g_str_has_suffix (error->message, "load it anew"));
}

static gboolean
page_is (GBytes *bytes, gsize page, guint8 with)
{
  gsize unit = mn_pages_unit (), size, i;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  for (i = page * unit; i < MIN ((page + 1) * unit, size); i++) {
    if (data[i] != with)
      return FALSE;
  }
  return TRUE;
}

/* What is kept is there when nobody holds the rest, and is not read again. */
static void
test_file_kept (void)
{
  const gsize unit = mn_pages_unit (), last = (LARGE - 1) / unit;
  g_autofree gchar *contents = g_malloc (LARGE);
  g_autofree gchar *path = NULL;
  g_autoptr (MnFile) file = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  const guint8 *data;
  FILE *same;

  memset (contents, 'x', LARGE);
  path = write_file ("large", contents, LARGE);
  file = mn_file_open (path, LARGE, NULL);
  bytes = mn_file_get_bytes (file);
  data = g_bytes_get_data (bytes, NULL);
  g_assert_true (mn_file_hold (file, NULL));
  /* Pages 1 and 2; 2 once more; and the last one. */
  mn_file_keep (file, data + LARGE - 5, 5);
  mn_file_keep (file, data + unit + 10, unit);
  mn_file_keep (file, data + 2 * unit, 1);
  mn_file_release (file);
  g_assert_true (page_is (bytes, 0, 0));
  g_assert_true (page_is (bytes, 1, 'x'));
  g_assert_true (page_is (bytes, 2, 'x'));
  g_assert_true (page_is (bytes, 3, 0));
  g_assert_true (page_is (bytes, last, 'x'));
  g_assert_true (mn_file_hold (file, NULL));
  g_assert_true (is_filled (bytes, 'x'));
  mn_file_unkeep (file, data + unit + 10, unit);
  g_assert_true (is_filled (bytes, 'x'));
  mn_file_release (file);
  g_assert_true (page_is (bytes, 1, 0));
  g_assert_true (page_is (bytes, 2, 'x'));
  mn_file_unkeep (file, data + 2 * unit, 1);
  g_assert_true (page_is (bytes, 2, 0));
  /* Another's contents do not come near it. */
  same = fopen (path, "r+");
  g_assert_cmpint (fputc ('y', same), ==, 'y');
  g_assert_cmpint (fputc ('y', same), ==, 'y');
  g_assert_cmpint (fseek (same, LARGE, SEEK_SET), ==, 0);
  g_assert_cmpint (fputc ('y', same), ==, 'y');
  fclose (same);
  g_assert_false (mn_file_hold (file, &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_READ);
  g_assert_true (page_is (bytes, 0, 0));
  g_assert_true (page_is (bytes, last, 'x'));
  mn_file_unkeep (file, data + LARGE - 5, 5);
  g_assert_true (page_is (bytes, last, 0));
}

/* ---- labels ------------------------------------------------------------ */

static void
test_labels (void)
{
  static const gchar text[] = "\xef\xbb\xbf"
                              "cat\r\n\r\n  dog \r\n\r\n\r\n";
  static const gchar latin[] = "caf\xe9\nx";
  g_autofree gchar *path = write_file ("labels.txt", text, -1);
  g_autofree gchar *latin_path = write_file ("latin", latin, -1);
  g_auto (GStrv) labels = mn_labels_load (path, NULL);
  g_auto (GStrv) other = mn_labels_load (latin_path, NULL);

  g_assert_cmpuint (g_strv_length (labels), ==, 3);
  g_assert_cmpstr (labels[0], ==, "cat");
  g_assert_cmpstr (labels[1], ==, "");
  g_assert_cmpstr (labels[2], ==, "dog");
  g_assert_cmpuint (g_strv_length (other), ==, 2);
  g_assert_cmpstr (other[0], ==, "caf\xc3\xa9");
}

static void
refuse_labels (const gchar *text, gsize size, const gchar *message)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (mn_labels_parse (text, size, "l.txt", &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_FORMAT);
  g_assert_cmpstr (error->message, ==, message);
}

static void
test_labels_refused (void)
{
  refuse_labels (TEXT ("a\0b"),
      "l.txt: this is no list of labels: it has NUL "
      "bytes in it (a model file instead of a text?)");
  refuse_labels (TEXT ("\n \n"), "l.txt: there is no label in it");
  refuse_labels ("", 0, "l.txt: there is no label in it");
  refuse_labels (TEXT ("\xff\xfe"
                       "a\0\0\0"),
      "l.txt: this is no list of "
      "labels: it has NUL bytes in it (a model file instead of a text?)");
}

/* Each takes memory of its own. */
static void
test_labels_many (void)
{
  g_autofree gchar *most = g_strnfill (MN_MAX_LABEL_LINES - 1, '\n');
  g_autofree gchar *more = g_strnfill (MN_MAX_LABEL_LINES, '\r');
  g_auto (GStrv) labels = NULL;
  g_autoptr (GError) error = NULL;

  most[0] = 'x';
  labels = mn_labels_parse (most, MN_MAX_LABEL_LINES - 1, "m", NULL);
  g_assert_cmpuint (g_strv_length (labels), ==, 1);
  g_assert_null (mn_labels_parse (more, MN_MAX_LABEL_LINES, "m", &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_FORMAT);
  g_assert_cmpstr (error->message, ==,
      "m: more than 200000 lines are too many "
      "for a list of labels");
}

static void
test_labels_offset (void)
{
  gint offset = 7;

  g_assert_true (mn_labels_offset (1000, 1000, &offset));
  g_assert_cmpint (offset, ==, 0);
  g_assert_true (mn_labels_offset (1001, 1000, &offset));
  g_assert_cmpint (offset, ==, 1);
  g_assert_true (mn_labels_offset (1000, 1001, &offset));
  g_assert_cmpint (offset, ==, -1);
  g_assert_false (mn_labels_offset (999, 1000, &offset));
  g_assert_cmpint (offset, ==, 0);
  g_assert_false (mn_labels_offset (8, 9, &offset));
}

static void
test_labels_find (void)
{
  g_autofree gchar *model = g_build_filename (folder, "net.tflite", NULL);
  g_autofree gchar *any = write_file ("labels.txt", "a", 1);
  g_autofree gchar *found = mn_labels_find (model);
  g_autofree gchar *stem = NULL, *full = NULL;

  g_assert_cmpstr (found, ==, any);
  g_free (found);
  stem = write_file ("net.labels", "a", 1);
  found = mn_labels_find (model);
  g_assert_cmpstr (found, ==, stem);
  g_free (found);
  full = write_file ("net.tflite.labels", "a", 1);
  found = mn_labels_find (model);
  g_assert_cmpstr (found, ==, full);
}

/* ---- metadata ---------------------------------------------------------- */

static GBytes *
with_metadata (gboolean deflate, const gchar *text)
{
  static const gfloat mean[] = {1, 2, 3}, std[] = {4, 5, 6};
  static const gint32 dims[] = {1, 2, 2, 3};
  g_autoptr (GBytes) plain = NULL;
  MnTestWriter *w = mn_test_writer_new ();
  gint x = mn_test_writer_tensor (w, "x", MN_DTYPE_F32, 4, dims);
  gint y = mn_test_writer_tensor (w, "y", MN_DTYPE_F32, 4, dims);

  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_RELU}, y, 1, x);
  mn_test_writer_input (w, x);
  mn_test_writer_output (w, y);
  mn_test_writer_metadata (w, 3, mean, std, "names.txt");
  plain = mn_test_writer_finish (w);
  if (!text)
    return g_steal_pointer (&plain);
  return mn_test_zip_append (plain, "names.txt", text, deflate);
}

static void
test_metadata (void)
{
  guint i;

  for (i = 0; i < 2; i++) {
    g_autoptr (GBytes) bytes = with_metadata (i, "cat\ncat\ncat\ncat\ndog\n");
    g_auto (MnMetadata) metadata = {0};
    g_autoptr (GError) error = NULL;

    g_assert_true (mn_reader_tflite.read_metadata (bytes, "m", &metadata,
        &error));
    g_assert_no_error (error);
    g_assert_true (metadata.has_norm);
    g_assert_cmpfloat (metadata.mean[2], ==, 3);
    g_assert_cmpfloat (metadata.std[0], ==, 4);
    g_assert_cmpfloat (metadata.std[3], ==, 6);
    g_assert_cmpuint (g_strv_length (metadata.labels), ==, 5);
    g_assert_cmpstr (metadata.labels[4], ==, "dog");
    mn_metadata_clear (&metadata);
    g_assert_null (metadata.labels);
  }
}

static void
test_metadata_broken (void)
{
  g_autoptr (GBytes) none = with_metadata (FALSE, NULL);
  g_autoptr (GBytes) good = with_metadata (FALSE, "cat\ndog\n");
  g_autoptr (GBytes) bad = NULL, cut = NULL;
  g_auto (MnMetadata) metadata = {0};
  g_autoptr (GError) error = NULL;
  guint8 *copy, *word;
  gsize size;

  g_assert_true (mn_reader_tflite.read_metadata (none, "m", &metadata, &error));
  g_assert_null (metadata.labels);
  g_assert_true (metadata.has_norm);

  size = g_bytes_get_size (good);
  copy = g_memdup2 (g_bytes_get_data (good, NULL), size);
  word = memmem (copy, size, "cat\n", 4);
  *word = 'b';
  bad = g_bytes_new_take (copy, size);
  g_assert_false (mn_reader_tflite.read_metadata (bad, "m", &metadata, &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_INVALID);
  g_assert_cmpstr (error->message, ==,
      "m: the file names.txt inside it "
      "cannot be read: its checksum is wrong");
  g_clear_error (&error);

  cut = g_bytes_new_from_bytes (good, 0, size - 1);
  g_assert_false (mn_reader_tflite.read_metadata (cut, "m", &metadata, &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_TRUNCATED);
}

/* A name that no archive can have is not looked for: where it begins like all
 * the rest of the file, that would take its square. */
static void
test_metadata_long_name (void)
{
  g_autofree gchar *name = g_strnfill (MN_MAX_MEMBER_NAME + 1, 'a');
  MnTestWriter *w = mn_test_writer_new ();
  const gint32 dims[] = {1, 2};
  gint x = mn_test_writer_tensor (w, "x", MN_DTYPE_F32, 2, dims);
  g_autoptr (GBytes) bytes = NULL;
  g_auto (MnMetadata) metadata = {0};
  g_autoptr (GError) error = NULL;

  mn_test_writer_input (w, x);
  mn_test_writer_metadata (w, 0, NULL, NULL, name);
  bytes = mn_test_writer_finish (w);
  g_assert_false (mn_reader_tflite.read_metadata (bytes, "m", &metadata,
      &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_INVALID);
}

static void
test_modelinfo (void)
{
  g_autofree gchar *good = write_file ("net.modelinfo",
      "[modelinfo]\n"
      "version=1.0\n\n[scores]\ndir=output\n\n[image]\ndir=input\n"
      "type=float32\nranges=-1.0,1.0;0.0,255.0;0,1\n",
      -1);
  g_autofree gchar *bad = write_file ("bad.modelinfo",
      "[image]\ndir=input\nranges=1,1\n", -1);
  g_autofree gchar *model = g_build_filename (folder, "net.tflite", NULL);
  g_autofree gchar *found = mn_modelinfo_find (model);
  g_auto (MnMetadata) metadata = {0};
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (found, ==, good);
  g_assert_true (mn_modelinfo_read (found, &metadata, &error));
  g_assert_no_error (error);
  g_assert_true (metadata.has_norm);
  g_assert_cmpfloat (metadata.mean[0], ==, 127.5f);
  g_assert_cmpfloat (metadata.std[0], ==, 127.5f);
  g_assert_cmpfloat (metadata.mean[1], ==, 0);
  g_assert_cmpfloat (metadata.std[1], ==, 1);
  g_assert_cmpfloat (metadata.std[2], ==, 255);

  g_assert_false (mn_modelinfo_read (bad, &metadata, &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, "ranges=1,1 is not min,max"));
}

static void
remove_folder (void)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree gchar *path = g_build_filename (folder, name, NULL);

    g_remove (path);
  }
  g_rmdir (folder);
  g_free (folder);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("mobilenet-XXXXXX", NULL);
  g_assert_nonnull (folder);
  g_test_add_func ("/files/sniff", test_sniff);
  g_test_add_func ("/files/rows", test_rows);
  g_test_add_func ("/files/file", test_file);
  g_test_add_func ("/files/held", test_file_held);
  g_test_add_func ("/files/rewritten", test_file_rewritten);
  g_test_add_func ("/files/kept", test_file_kept);
  g_test_add_func ("/files/labels", test_labels);
  g_test_add_func ("/files/labels-refused", test_labels_refused);
  g_test_add_func ("/files/labels-many", test_labels_many);
  g_test_add_func ("/files/labels-offset", test_labels_offset);
  g_test_add_func ("/files/labels-find", test_labels_find);
  g_test_add_func ("/files/metadata", test_metadata);
  g_test_add_func ("/files/metadata-broken", test_metadata_broken);
  g_test_add_func ("/files/metadata-long-name", test_metadata_long_name);
  g_test_add_func ("/files/modelinfo", test_modelinfo);
  result = g_test_run ();
  remove_folder ();
  return result;
}
