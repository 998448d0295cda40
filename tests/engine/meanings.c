/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which values a network gets for pixels, by all that tells it. Each network
 * here shows what it sees: the mean of its picture is its output. */

#include "tests/engine/seeing.h"

#include <glib/gstdio.h>
#include <string.h>

/* What it sees of a pixel, in channel c. */
static gfloat
see (MnModel *model, guint8 pixel, guint c)
{
  g_autoptr (MnResult) result = test_infer (model, pixel);
  const MnTensorView *view = mn_result_get_output (result, 0);

  g_assert_cmpint (view->dtype, ==, MN_DTYPE_F32);
  return ((const gfloat *) view->data)[c];
}

/* ---- integers ---------------------------------------------------------- */

typedef struct
{
  const gchar *name;
  MnDType dtype;
  gfloat scale;
  gint64 zero;
  gfloat mean, std;    /* of the metadata; std 0: none */
  gint32 black, white; /* the bytes that pixels 0 and 255 become */
  const gchar *why;    /* words in it; NULL: any */
} Integer;

static const Integer integers[] = {
  {"u8 0..1", MN_DTYPE_U8, 1 / 255.f, 0, 0, 0, 0, 255, "bytes"},
  {"u8 -1..1", MN_DTYPE_U8, 1 / 128.f, 128, 0, 0, 0, 255, "bytes"},
  {"u8 0..255", MN_DTYPE_U8, 1, 0, 0, 0, 0, 255, "bytes"},
  {"i8 0..1", MN_DTYPE_I8, 1 / 255.f, -128, 0, 0, -128, 127, "less 128"},
  {"i8 -1..1", MN_DTYPE_I8, 1 / 127.5f, -1, 0, 0, -128, 127, "less 128"},
  {"i8 imagenet", MN_DTYPE_I8, 0.01866f, -14, 0, 0, -128, 127, "less 128"},
  {"i8 -128..127", MN_DTYPE_I8, 1, 0, 0, 0, -128, 127, "less 128"},
  /* Metadata that agrees, and that does not. */
  {"u8 -1..1, said", MN_DTYPE_U8, 1 / 128.f, 128, 127.5f, 127.5f, 0, 255,
    "bytes"},
  {"u8 as automl writes it", MN_DTYPE_U8, 1 / 127.f, 128, 0, 1, 0, 255,
    "left out"},
  {"u8 0..1, said -1..1", MN_DTYPE_U8, 1 / 255.f, 0, 127.5f, 127.5f, 0, 255,
    "left out"},
  {"u8 -1..1, said 0..1", MN_DTYPE_U8, 1 / 128.f, 128, 0, 255, 0, 255,
    "left out"},
  {"i8 0..255, said 0..1", MN_DTYPE_I8, 1, -128, 0, 255, -128, 127, "left out"},
  {"i8 -1..1, said bytes", MN_DTYPE_I8, 1 / 127.5f, 0, 0, 1, -128, 127,
    "left out"},
  {"i8 0..1, said it", MN_DTYPE_I8, 1 / 255.f, -128, 0, 255, -128, 127,
    "less 128"},
  /* A range around 0 that holds 0..255. */
  {"i8 symmetric", MN_DTYPE_I8, 2, 0, 0, 0, 0, 127, "upper half"},
  {"u8 symmetric", MN_DTYPE_U8, 2, 128, 0, 0, 128, 255, "upper half"},
};

static void
test_integers (void)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (integers); i++) {
    const Integer *t = &integers[i];
    MnTestWriter *w = mn_test_writer_new ();
    gint x = test_tensor (w, "x", t->dtype, 4, test_picture);
    gint y = test_tensor (w, "y", MN_DTYPE_F32, 4, test_picture);
    g_autoptr (MnModel) model = NULL;
    const MnModelInfo *info;

    g_test_message ("%s", t->name);
    mn_test_writer_quant (w, x, 1, &t->scale, &t->zero, 0);
    test_add_op (w, TFL_OP_DEQUANTIZE, y, x, -1);
    mn_test_writer_input (w, x);
    mn_test_writer_output (w, test_add_mean (w, y));
    if (t->std > 0)
      mn_test_writer_metadata (w, 1, &t->mean, &t->std, NULL);
    model = test_load (w);
    info = mn_model_get_info (model);
    g_assert_cmpstr (info->norm_source, ==, "quantisation");
    g_assert_nonnull (strstr (info->norm_why, t->why));
    g_assert_null (info->norm_doubt);
    test_assert_close (see (model, 0, 0), (t->black - t->zero) * t->scale,
        1e-5f * t->scale * 256);
    test_assert_close (see (model, 255, 2), (t->white - t->zero) * t->scale,
        1e-5f * t->scale * 256);
    if (t->white - t->black == 255)
      test_assert_close (see (model, 77, 1),
          (t->black + 77 - t->zero) * t->scale, 1e-5f * t->scale * 256);
  }
}

/* What lies beside the file is for floats as well. */
static void
test_modelinfo (void)
{
  static const gfloat scale = 1 / 128.f;
  static const gint64 zero = 128;
  g_autofree gchar *folder = g_dir_make_tmp ("mobilenet-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (folder, "m.tflite", NULL);
  g_autofree gchar *beside = g_build_filename (folder, "m.modelinfo", NULL);
  guint i;

  g_assert_true (g_file_set_contents (beside,
      "[x]\ndir=input\nranges=0.0,255.0\n", -1, NULL));
  for (i = 0; i < 2; i++) {
    MnTestWriter *w = mn_test_writer_new ();
    gint x = test_tensor (w, "x", i ? MN_DTYPE_F32 : MN_DTYPE_U8, 4,
             test_picture),
         y = x;
    g_autoptr (GBytes) bytes = NULL;
    g_autoptr (MnModel) model = NULL;

    if (i == 0) {
      mn_test_writer_quant (w, x, 1, &scale, &zero, 0);
      y = test_tensor (w, "y", MN_DTYPE_F32, 4, test_picture);
      test_add_op (w, TFL_OP_DEQUANTIZE, y, x, -1);
    }
    mn_test_writer_input (w, x);
    mn_test_writer_output (w, test_add_mean (w, y));
    bytes = mn_test_writer_finish (w);
    g_assert_true (g_file_set_contents (path, g_bytes_get_data (bytes, NULL),
        g_bytes_get_size (bytes), NULL));
    model = mn_model_load (path, NULL);
    g_assert_nonnull (model);
    g_assert_cmpstr (mn_model_get_info (model)->norm_source, ==,
        i ? "modelinfo" : "quantisation");
    test_assert_close (see (model, 255, 0), i ? 255 : 127 / 128.f, 1e-3f);
    test_assert_close (see (model, 0, 0), i ? 0 : -1, 1e-3f);
  }
  g_remove (path);
  g_remove (beside);
  g_rmdir (folder);
}

/* ---- the first QUANTIZE ------------------------------------------------ */

typedef struct
{
  const gchar *name;
  MnDType dtype;
  gfloat scale;
  gint64 zero;
  gfloat scaled;    /* by a MUL in front; 0: there is none */
  gfloat mean, std; /* that are taken */
} Quantize;

static const Quantize quantizes[] = {
  {"i8 -1..1", MN_DTYPE_I8, 2 / 255.f, -1, 0, 127.5f, 127.5f},
  {"i8 -1..1, 0", MN_DTYPE_I8, 1 / 128.f, 0, 0, 127.5f, 127.5f},
  {"u8 -1..1", MN_DTYPE_U8, 1 / 128.f, 128, 0, 127.5f, 127.5f},
  {"i8 0..1", MN_DTYPE_I8, 1 / 255.f, -128, 0, 0, 255},
  {"u8 0..1", MN_DTYPE_U8, 1 / 255.f, 0, 0, 0, 255},
  {"i8 0..1, seen to 0.97", MN_DTYPE_I8, 0.97f / 255, -128, 0, 0, 255},
  {"i8 0..1, seen to 0.87", MN_DTYPE_I8, 0.87f / 255, -128, 0, 0, 255},
  {"i8 -1..1, seen from -0.9", MN_DTYPE_I8, 1.9f / 255, -7, 0, 127.5f, 127.5f},
  {"i8 0..255", MN_DTYPE_I8, 1, -128, 0, 0, 1},
  {"u8 0..255, seen to 230", MN_DTYPE_U8, 230 / 255.f, 0, 0, 0, 1},
  {"u8 0..255", MN_DTYPE_U8, 1, 0, 0, 0, 1},
  {"i8 -128..127", MN_DTYPE_I8, 1, 0, 0, 128, 1},
  {"i8 imagenet", MN_DTYPE_I8, 4.7579f / 255, -14, 0, 123.675f, 58.395f},
  {"i8 0..0.5", MN_DTYPE_I8, 0.5f / 255, -128, 0, 0, 510},
  {"i8 0..255, scaled to 0..1", MN_DTYPE_I8, 1 / 255.f, -128, 1 / 255.f, 0, 1},
  {"i8 0..1, scaled to 0..255", MN_DTYPE_I8, 1, -128, 255, 0, 255},
};

static MnTestWriter *
quantize_new (const Quantize *t)
{
  MnTestWriter *w = mn_test_writer_new ();
  gint x = test_tensor (w, "x", MN_DTYPE_F32, 4, test_picture), from = x;
  gint q = test_tensor (w, "q", t->dtype, 4, test_picture);
  gint y = test_tensor (w, "y", MN_DTYPE_F32, 4, test_picture);

  if (t->scaled != 0) {
    from = test_tensor (w, "scaled", MN_DTYPE_F32, 4, test_picture);
    test_add_op (w, TFL_OP_MUL, from, x,
        mn_test_writer_const_f32 (w, "s", 0, NULL, &t->scaled));
  }
  mn_test_writer_quant (w, q, 1, &t->scale, &t->zero, 0);
  test_add_op (w, TFL_OP_QUANTIZE, q, from, -1);
  test_add_op (w, TFL_OP_DEQUANTIZE, y, q, -1);
  mn_test_writer_input (w, x);
  mn_test_writer_output (w, test_add_mean (w, y));
  return w;
}

static void
test_quantize (void)
{
  static const gfloat mean = 127.5f, std = 127.5f;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (quantizes); i++) {
    const Quantize *t = &quantizes[i];
    g_autoptr (MnModel) model = test_load (quantize_new (t));
    MnTestWriter *w = quantize_new (t);
    g_autoptr (MnModel) said = NULL;
    const MnModelInfo *info = mn_model_get_info (model);
    gfloat scale = t->scaled != 0 ? t->scaled : 1;

    g_test_message ("%s", t->name);
    g_assert_cmpstr (info->norm_source, ==, "quantisation");
    g_assert_null (info->norm_doubt);
    test_assert_close (info->mean[0], t->mean, 1e-4f * 255);
    test_assert_close (info->std[0], t->std, 1e-4f * t->std);
    test_assert_close (see (model, 100, 0), (100 - t->mean) / t->std * scale,
        t->scale * 0.51f);
    /* What the metadata says is for just this input. */
    mn_test_writer_metadata (w, 1, &mean, &std, NULL);
    said = test_load (w);
    info = mn_model_get_info (said);
    g_assert_cmpstr (info->norm_source, ==, "metadata");
    g_assert_cmpfloat (info->mean[0], ==, mean);
  }
}

/* ---- what the graph does first ----------------------------------------- */

typedef struct
{
  gint code;
  gfloat values[3]; /* the first one for all where there is one */
  guint n;
} Step;

typedef struct
{
  const gchar *name;
  Step steps[3];
  gfloat black[2], white[2]; /* what is seen of red and blue */
  gboolean doubtful;
} Scaled;

#define SUB TFL_OP_SUB
#define ADD TFL_OP_ADD
#define MUL TFL_OP_MUL

static const Scaled scaled[] = {
  {"x - 127.5", {{SUB, {127.5f}, 1}}, {-127.5f, -127.5f}, {127.5f, 127.5f}},
  {"x + -127.5", {{ADD, {-127.5f}, 1}}, {-127.5f, -127.5f}, {127.5f, 127.5f}},
  {"(x - 127.5) / 127.5", {{SUB, {127.5f}, 1}, {MUL, {1 / 127.5f}, 1}},
    {-1, -1}, {1, 1}},
  {"(x - 127.5) * 2", {{SUB, {127.5f}, 1}, {MUL, {2}, 1}}, {-255, -255},
    {255, 255}},
  {"x - 128", {{SUB, {128}, 1}}, {-128, -128}, {127, 127}},
  {"(x - 128) / 128", {{SUB, {128}, 1}, {MUL, {1 / 128.f}, 1}}, {-1, -1},
    {127 / 128.f, 127 / 128.f}},
  {"x / 127.5 - 1", {{MUL, {1 / 127.5f}, 1}, {SUB, {1}, 1}}, {-1, -1}, {1, 1}},
  {"x / 255", {{MUL, {1 / 255.f}, 1}}, {0, 0}, {1, 1}},
  {"x / 255 - 0.5", {{MUL, {1 / 255.f}, 1}, {ADD, {-0.5f}, 1}}, {-0.5f, -0.5f},
    {0.5f, 0.5f}},
  {"x - red, green, blue", {{SUB, {123.68f, 116.779f, 103.939f}, 3}},
    {-123.68f, -103.939f}, {131.32f, 151.061f}},
  {"x - blue, green, red", {{SUB, {103.939f, 116.779f, 123.68f}, 3}},
    {-103.939f, -123.68f}, {151.061f, 131.32f}, TRUE},
  {"Normalization",
    {{SUB, {123.675f, 116.28f, 103.53f}, 3},
      {MUL, {1 / 58.395f, 1 / 57.12f, 1 / 57.375f}, 3}},
    {-2.1179f, -1.80444f}, {2.24891f, 2.64f}},
  {"x - 0.5", {{SUB, {0.5f}, 1}}, {-0.5f, -0.5f}, {0.5f, 0.5f}},
  {"2 x - 1", {{MUL, {2}, 1}, {SUB, {1}, 1}}, {-1, -1}, {1, 1}},
  {"Normalization of 0..1",
    {{SUB, {0.485f, 0.456f, 0.406f}, 3},
      {MUL, {1 / 0.229f, 1 / 0.224f, 1 / 0.225f}, 3}},
    {-2.1179f, -1.80444f}, {2.24891f, 2.64f}},
  {"255 x", {{MUL, {255}, 1}}, {0, 0}, {255, 255}},
  {"x + 1", {{ADD, {1}, 1}}, {0, 0}, {2, 2}},
  {"(x + 1) * 127.5", {{ADD, {1}, 1}, {MUL, {127.5f}, 1}}, {0, 0}, {255, 255}},
  {"BatchNormalization of -1..1", {{MUL, {2}, 1}, {ADD, {0.2f}, 1}},
    {-1.8f, -1.8f}, {2.2f, 2.2f}},
  {"Normalization of MNIST", {{SUB, {0.1307f}, 1}, {MUL, {1 / 0.3081f}, 1}},
    {-0.42421f, -0.42421f}, {2.8215f, 2.8215f}},
  {"x + 128", {{ADD, {128}, 1}}, {0, 0}, {255, 255}},
};

static gint
add_steps (MnTestWriter *w, gint x, const Step *steps)
{
  guint i;

  for (i = 0; i < 3 && steps[i].n > 0; i++) {
    const gint32 n = steps[i].n;
    gint y = test_tensor (w, "step", MN_DTYPE_F32, 4, test_picture);

    test_add_op (w, steps[i].code, y, x,
        mn_test_writer_const_f32 (w, "c", n > 1 ? 1 : 0, &n, steps[i].values));
    x = y;
  }
  return x;
}

static void
test_scaled (void)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (scaled); i++) {
    const Scaled *t = &scaled[i];
    MnTestWriter *w = mn_test_writer_new ();
    gint x = test_tensor (w, "x", MN_DTYPE_F32, 4, test_picture);
    g_autoptr (MnModel) model = NULL;
    gfloat most = (t->white[0] - t->black[0]) * 1e-3f;
    const MnModelInfo *info;

    g_test_message ("%s", t->name);
    mn_test_writer_input (w, x);
    mn_test_writer_output (w, test_add_mean (w, add_steps (w, x, t->steps)));
    model = test_load (w);
    info = mn_model_get_info (model);
    g_assert_cmpstr (info->norm_source, ==, "graph");
    g_assert_cmpint (info->norm_doubt != NULL, ==, t->doubtful);
    test_assert_close (see (model, 0, 0), t->black[0], most);
    test_assert_close (see (model, 0, 2), t->black[1], most);
    test_assert_close (see (model, 255, 0), t->white[0], most);
    test_assert_close (see (model, 255, 2), t->white[1], most);
  }
}

/* ---- guesses ----------------------------------------------------------- */

/* A convolution of 1x1 pixels whose weights are so large, which shows what
 * it sees times that. */
static MnModel *
guess_new (gfloat weight, gboolean with_metadata)
{
  static const gint32 dims[] = {3, 1, 1, 3};
  static const gfloat mean = 0, std = 255;
  const gfloat values[] = {weight, 0, 0, 0, weight, 0, 0, 0, weight};
  MnTestWriter *w = mn_test_writer_new ();
  gint x = test_tensor (w, "x", MN_DTYPE_F32, 4, test_picture);
  gint y = test_tensor (w, "y", MN_DTYPE_F32, 4, test_picture);

  mn_test_writer_op (w,
      &(const MnTestOp) {.code = TFL_OP_CONV_2D, .stride_h = 1, .stride_w = 1},
      y, 3, x, mn_test_writer_const_f32 (w, "w", 4, dims, values), -1);
  mn_test_writer_input (w, x);
  mn_test_writer_output (w, test_add_mean (w, y));
  if (with_metadata)
    mn_test_writer_metadata (w, 1, &mean, &std, NULL);
  return test_load (w);
}

static void
test_guesses (void)
{
  g_autoptr (MnModel) small = guess_new (4 / 255.f, FALSE);
  g_autoptr (MnModel) large = guess_new (4, FALSE);
  g_autoptr (MnModel) said = guess_new (4 / 255.f, TRUE);
  const MnModelInfo *info = mn_model_get_info (small);

  g_assert_cmpstr (info->norm_source, ==, "guess");
  test_assert_close (see (small, 0, 0), 0, 1e-4f);
  test_assert_close (see (small, 255, 0), 4, 1e-3f);
  g_assert_nonnull (strstr (info->norm_doubt, "mean=127.5 std=127.5"));

  info = mn_model_get_info (large);
  g_assert_cmpstr (info->norm_source, ==, "guess");
  test_assert_close (see (large, 0, 0), -4, 1e-3f);
  test_assert_close (see (large, 255, 0), 4, 1e-3f);
  g_assert_nonnull (strstr (info->norm_doubt, "mean=0 std=255"));
  g_assert_nonnull (strstr (info->norm_doubt, "mean=0 std=1"));

  info = mn_model_get_info (said);
  g_assert_cmpstr (info->norm_source, ==, "metadata");
  g_assert_null (info->norm_doubt);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/meanings/integers", test_integers);
  g_test_add_func ("/meanings/modelinfo", test_modelinfo);
  g_test_add_func ("/meanings/quantize", test_quantize);
  g_test_add_func ("/meanings/scaled", test_scaled);
  g_test_add_func ("/meanings/guesses", test_guesses);
  return g_test_run ();
}
