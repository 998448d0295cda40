/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Models that were cut or changed: an error or a graph, never anything else.
 * Copies of small ones have their exact size, so that a sanitizer sees the
 * first byte read behind them. */

#include "engine/graph/budget.h"
#include "engine/graph/describe.h"
#include "engine/base/file.h"
#include "engine/model/readers.h"
#include "tests/support/tflite_writer.h"

#include <string.h>

/* All that reads a model file. TRUE: it was accepted. */
static gboolean
load (const guint8 *data, gsize size, GError **error)
{
  /* Copying megabytes thousands of times would take minutes. */
  g_autoptr (GBytes) bytes = size < 65536 ? g_bytes_new (data, size)
                                          : g_bytes_new_static (data, size);
  g_autoptr (MnGraph) graph = NULL;
  g_auto (MnMetadata) metadata = {0};
  g_autofree gchar *text = NULL, *dot = NULL;
  const MnReader *reader = mn_readers_find (bytes, "m.tflite", error);

  if (!reader)
    return FALSE;
  graph = reader->read (bytes, "m.tflite", error);
  if (!graph || !mn_graph_validate (graph, error)
      || !reader->read_metadata (bytes, "m.tflite", &metadata, error))
    return FALSE;
  text = mn_graph_describe (graph);
  dot = mn_graph_to_dot (graph);
  return TRUE;
}

static GBytes *
small_model (gboolean external)
{
  static const gfloat mean = 127, std = 128;
  g_autoptr (GBytes) plain = NULL;
  MnTestWriter *w;
  gint x, half, k, y;
  static const gint32 x_dims[] = {1, 4, 4, 3}, k_dims[] = {1, 3, 3, 3};
  static const gfloat values[27] = {1};

  w = mn_test_writer_new ();
  x = mn_test_writer_tensor (w, "x", MN_DTYPE_F32, 4, x_dims);
  half = mn_test_writer_const_f16 (w, "half", 4, k_dims, values);
  k = mn_test_writer_tensor (w, "k", MN_DTYPE_F32, 4, k_dims);
  y = mn_test_writer_tensor (w, "y", MN_DTYPE_F32, 4, x_dims);
  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_DEQUANTIZE}, k, 1,
      half);
  mn_test_writer_op (w,
      &(const MnTestOp) {
        .code = TFL_OP_DEPTHWISE_CONV_2D, .stride_h = 1, .stride_w = 1},
      y, 2, x, k);
  mn_test_writer_input (w, x);
  mn_test_writer_output (w, y);
  mn_test_writer_metadata (w, 1, &mean, &std, "labels.txt");
  if (external)
    mn_test_writer_external (w);
  plain = mn_test_writer_finish (w);
  return mn_test_zip_append (plain, "labels.txt", "cat\ndog\nowl\n", TRUE);
}

static void
check_error (const GError *error, gsize size)
{
  g_assert_nonnull (error);
  g_assert_true (error->domain == MN_ERROR);
  g_assert_true (g_str_has_prefix (error->message, "m.tflite: "));
  g_assert_null (strchr (error->message, '\n'));
  if (size == 0 || (size >= 1 && size < 8))
    return;
  /* Cut, nothing changed: that is what it must say. */
  g_assert_error (error, MN_ERROR, MN_ERROR_TRUNCATED);
}

static void
test_every_byte (gconstpointer user_data)
{
  g_autoptr (GBytes) bytes = small_model (GPOINTER_TO_INT (user_data));
  gsize size, model_size, n;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  const guint8 *zip = memmem (data, size, "PK\3\4", 4);
  g_autoptr (GError) whole = NULL;

  g_assert_nonnull (zip);
  model_size = zip - data;
  g_assert_true (load (data, size, &whole));
  g_assert_no_error (whole);
  for (n = 0; n < size; n++) {
    g_autoptr (GError) error = NULL;

    if (!load (data, n, &error))
      check_error (error, n);
    else /* lost the whole archive */
      g_assert_true (n >= model_size && n < model_size + 4);
  }
}

static gchar *
shared_models (void)
{
  const gchar *shared = g_getenv ("MOBILENET_SHARED");

  return g_build_filename (shared ? shared : "../shared", "models", NULL);
}

/* Every float, float16, dynamic-range and integer classifier there. */
static const gchar *const real_models[] = {"mobilenet_v1_0.25_128_quant.tflite",
  "mobilenet_v1_0.75_192_quant.tflite",
  "mobilenet_v1_1.0_224_quant_embedding_extractor.tflite",
  "mobilenet_v2_1.0_224_quant.tflite",
  "mobilenet_v3_small_1.0_224_dynamic_range.tflite",
  "mobilenet_v3_small_1.0_224_float.tflite",
  "mobilenet_v3_small_1.0_224_float16.tflite",
  "mobilenet_v3_small_1.0_224_int8.tflite"};

static void
test_real (void)
{
  g_autofree gchar *folder = shared_models ();
  guint i;

  for (i = 0; i < G_N_ELEMENTS (real_models); i++) {
    g_autofree gchar *path = g_build_filename (folder, real_models[i], NULL);
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) bytes = NULL;
    const guint8 *data;
    gsize size, n;

    if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
      g_test_skip ("no models in MOBILENET_SHARED");
      return;
    }
    bytes = mn_file_read (path, MN_MAX_MODEL_BYTES, &error);
    g_assert_no_error (error);
    data = g_bytes_get_data (bytes, &size);
    g_assert_true (load (data, size, &error));
    g_assert_no_error (error);
    for (n = 0; n < size; n += 1024) {
      g_autoptr (GError) cut = NULL;

      if (load (data, n, &cut))
        g_error ("%s cut to %" G_GSIZE_FORMAT " bytes is accepted",
            real_models[i], n);
      check_error (cut, n);
    }
  }
}

static GRand *
seeded (void)
{
  const gchar *text = g_getenv ("MOBILENET_TEST_SEED");
  guint32 seed = text ? (guint32) g_ascii_strtoull (text, NULL, 0)
                      : g_random_int ();

  g_test_message ("MOBILENET_TEST_SEED=%u", seed);
  return g_rand_new_with_seed (seed);
}

/* Half of the changes hit the tables, which are in front; real weights are
 * most of a file and any value is good there. */
static void
flip (const guint8 *data, gsize size, gsize tables, guint rounds, GRand *random)
{
  g_autofree guint8 *copy = g_memdup2 (data, size);
  guint i, j;

  for (i = 0; i < rounds; i++) {
    guint n = g_rand_int_range (random, 1, 5);
    g_autoptr (GError) error = NULL;
    gsize places[4];

    for (j = 0; j < n; j++) {
      places[j] = g_rand_int (random) % (i % 2 ? size : tables);
      copy[places[j]] ^= 1 << g_rand_int_range (random, 0, 8);
    }
    if (!load (copy, size, &error))
      g_assert_true (error && error->domain == MN_ERROR);
    for (j = 0; j < n; j++)
      copy[places[j]] = data[places[j]];
  }
}

static void
test_flips (void)
{
  g_autoptr (GRand) random = seeded ();
  guint i;

  for (i = 0; i < 2; i++) {
    g_autoptr (GBytes) bytes = small_model (i);
    gsize size;
    const guint8 *data = g_bytes_get_data (bytes, &size);

    flip (data, size, size, 20000, random);
  }
}

static void
test_flips_real (void)
{
  g_autofree gchar *folder = shared_models ();
  g_autoptr (GRand) random = seeded ();
  g_autofree gchar *path = g_build_filename (folder, real_models[0], NULL);
  g_autoptr (GBytes) bytes = NULL;
  const guint8 *data;
  gsize size;

  if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
    g_test_skip ("no models in MOBILENET_SHARED");
    return;
  }
  bytes = mn_file_read (path, MN_MAX_MODEL_BYTES, NULL);
  g_assert_nonnull (bytes);
  data = g_bytes_get_data (bytes, &size);
  flip (data, size, size / 8, 2000, random);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/damage/every-byte", GINT_TO_POINTER (0),
      test_every_byte);
  g_test_add_data_func ("/damage/every-byte-external", GINT_TO_POINTER (1),
      test_every_byte);
  g_test_add_func ("/damage/flips", test_flips);
  g_test_add_func ("/damage/real/cuts", test_real);
  g_test_add_func ("/damage/real/flips", test_flips_real);
  return g_test_run ();
}
