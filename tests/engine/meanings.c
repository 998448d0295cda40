/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What goes in and what comes out: which values a network gets for pixels,
 * and what is made of its outputs. Each network here shows what it sees: the
 * mean of its picture is its output. */

#include "engine/mn.h"
#include "tests/support/tflite_writer.h"

#include <math.h>
#include <string.h>

#define SIDE 4

static const gint32 picture[] = { 1, SIDE, SIDE, 3 };
static const gint32 three[] = { 1, 3 };

static gint
activation (MnTestWriter * w, const gchar * name, MnDType dtype, guint rank,
    const gint32 * dims)
{
  return mn_test_writer_tensor (w, name, dtype, rank, dims);
}

static void
add_op (MnTestWriter * w, gint code, gint output, gint a, gint b)
{
  const MnTestOp op = {.code = code };

  if (b < 0)
    mn_test_writer_op (w, &op, output, 1, a);
  else
    mn_test_writer_op (w, &op, output, 2, a, b);
}

/* x -> MEAN over the picture. */
static gint
add_mean (MnTestWriter * w, gint x)
{
  static const gint32 axes[] = { 1, 2 };
  gint y = activation (w, "mean", MN_DTYPE_F32, 2, three);

  add_op (w, TFL_OP_MEAN, y, x, mn_test_writer_const_i32 (w, "axes", 2, axes));
  return y;
}

static MnModel *
finish (MnTestWriter * w)
{
  g_autoptr (GBytes) bytes = mn_test_writer_finish (w);
  GError *error = NULL;
  MnModel *model = mn_model_load_bytes (bytes, "m.tflite", &error);

  g_assert_no_error (error);
  return model;
}

/* The result for a picture of one grey. */
static MnResult *
run (MnModel * model, guint8 pixel)
{
  const MnModelInfo *info = mn_model_get_info (model);
  MnPlanOptions options = {.backend = "reference" };
  MnFrameDesc desc = {.format = MN_FORMAT_RGB,.width = SIDE,.height = SIDE };
  g_autoptr (MnPlan) plan = NULL;
  g_autoptr (MnSession) session = NULL;
  g_autofree gchar *text = mn_model_describe (model);
  MnInput input = { desc, MN_FIT_CROP, FALSE, {0}, {0} };
  guint8 bytes[SIDE * SIDE * 3];
  MnFrame frame, *frames[] = { &frame };
  MnResult *result = NULL;
  GError *error = NULL;
  MnTicket ticket;

  g_assert_nonnull (strstr (text, "meaning: pixels become "));
  g_assert_cmpuint (info->width, ==, SIDE);
  memset (bytes, pixel, sizeof (bytes));
  mn_frame_init (&frame, &desc, NULL, NULL);
  frame.planes[0].data = bytes;
  frame.planes[0].stride = SIDE * 3;
  frame.planes[0].size = sizeof (bytes);
  plan = mn_plan_new (mn_context_get_default (), model, &options, &error);
  g_assert_no_error (error);
  session = mn_session_new (plan, &error);
  g_assert_no_error (error);
  g_assert_true (mn_session_set_input (session, &input, &error));
  g_assert_true (mn_session_submit (session, frames, 1, &ticket, &error));
  g_assert_true (mn_session_wait (session, ticket, MN_FOREVER, &result,
          &error));
  return result;
}

/* What it sees of a pixel, in channel c. */
static gfloat
see (MnModel * model, guint8 pixel, guint c)
{
  g_autoptr (MnResult) result = run (model, pixel);
  const MnTensorView *view = mn_result_get_output (result, 0);

  g_assert_cmpint (view->dtype, ==, MN_DTYPE_F32);
  return ((const gfloat *) view->data)[c];
}

static void
assert_close (gfloat got, gfloat want, gfloat most)
{
  if (!(fabsf (got - want) <= most))
    g_error ("%g instead of %g", got, want);
}

/* ---- integers ---------------------------------------------------------- */

typedef struct
{
  const gchar *name;
  MnDType dtype;
  gfloat scale;
  gint64 zero;
  gfloat mean, std;             /* of the metadata; std 0: none */
  gint32 black, white;          /* the bytes that pixels 0 and 255 become */
  const gchar *why;             /* words in it; NULL: any */
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
  {"i8 0..255, said 0..1", MN_DTYPE_I8, 1, -128, 0, 255, -128, 127,
      "left out"},
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
    gint x = activation (w, "x", t->dtype, 4, picture);
    gint y = activation (w, "y", MN_DTYPE_F32, 4, picture);
    g_autoptr (MnModel) model = NULL;
    const MnModelInfo *info;

    g_test_message ("%s", t->name);
    mn_test_writer_quant (w, x, 1, &t->scale, &t->zero, 0);
    add_op (w, TFL_OP_DEQUANTIZE, y, x, -1);
    mn_test_writer_input (w, x);
    mn_test_writer_output (w, add_mean (w, y));
    if (t->std > 0)
      mn_test_writer_metadata (w, 1, &t->mean, &t->std, NULL);
    model = finish (w);
    info = mn_model_get_info (model);
    g_assert_cmpstr (info->norm_source, ==, "quantisation");
    g_assert_nonnull (strstr (info->norm_why, t->why));
    g_assert_null (info->norm_doubt);
    assert_close (see (model, 0, 0), (t->black - t->zero) * t->scale, 1e-5f
        * t->scale * 256);
    assert_close (see (model, 255, 2), (t->white - t->zero) * t->scale,
        1e-5f * t->scale * 256);
    if (t->white - t->black == 255)
      assert_close (see (model, 77, 1), (t->black + 77 - t->zero) * t->scale,
          1e-5f * t->scale * 256);
  }
}

/* ---- the first QUANTIZE ------------------------------------------------ */

typedef struct
{
  const gchar *name;
  MnDType dtype;
  gfloat scale;
  gint64 zero;
  gfloat scaled;                /* by a MUL in front; 0: there is none */
  gfloat mean, std;             /* that are taken */
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
  {"i8 0..255, scaled to 0..1", MN_DTYPE_I8, 1 / 255.f, -128, 1 / 255.f, 0,
      1},
  {"i8 0..1, scaled to 0..255", MN_DTYPE_I8, 1, -128, 255, 0, 255},
};

static MnTestWriter *
quantize_new (const Quantize * t)
{
  MnTestWriter *w = mn_test_writer_new ();
  gint x = activation (w, "x", MN_DTYPE_F32, 4, picture), from = x;
  gint q = activation (w, "q", t->dtype, 4, picture);
  gint y = activation (w, "y", MN_DTYPE_F32, 4, picture);

  if (t->scaled != 0) {
    from = activation (w, "scaled", MN_DTYPE_F32, 4, picture);
    add_op (w, TFL_OP_MUL, from, x, mn_test_writer_const_f32 (w, "s", 0, NULL,
            &t->scaled));
  }
  mn_test_writer_quant (w, q, 1, &t->scale, &t->zero, 0);
  add_op (w, TFL_OP_QUANTIZE, q, from, -1);
  add_op (w, TFL_OP_DEQUANTIZE, y, q, -1);
  mn_test_writer_input (w, x);
  mn_test_writer_output (w, add_mean (w, y));
  return w;
}

static void
test_quantize (void)
{
  static const gfloat mean = 127.5f, std = 127.5f;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (quantizes); i++) {
    const Quantize *t = &quantizes[i];
    g_autoptr (MnModel) model = finish (quantize_new (t));
    MnTestWriter *w = quantize_new (t);
    g_autoptr (MnModel) said = NULL;
    const MnModelInfo *info = mn_model_get_info (model);
    gfloat scale = t->scaled != 0 ? t->scaled : 1;

    g_test_message ("%s", t->name);
    g_assert_cmpstr (info->norm_source, ==, "quantisation");
    g_assert_null (info->norm_doubt);
    assert_close (info->mean[0], t->mean, 1e-4f * 255);
    assert_close (info->std[0], t->std, 1e-4f * t->std);
    assert_close (see (model, 100, 0), (100 - t->mean) / t->std * scale,
        t->scale * 0.51f);
    /* What the metadata says is for just this input. */
    mn_test_writer_metadata (w, 1, &mean, &std, NULL);
    said = finish (w);
    info = mn_model_get_info (said);
    g_assert_cmpstr (info->norm_source, ==, "metadata");
    g_assert_cmpfloat (info->mean[0], ==, mean);
  }
}

/* ---- what the graph does first ----------------------------------------- */

typedef struct
{
  gint code;
  gfloat values[3];             /* the first one for all where there is one */
  guint n;
} Step;

typedef struct
{
  const gchar *name;
  Step steps[3];
  gfloat black[2], white[2];    /* what is seen of red and blue */
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
  {"x / 127.5 - 1", {{MUL, {1 / 127.5f}, 1}, {SUB, {1}, 1}}, {-1, -1},
      {1, 1}},
  {"x / 255", {{MUL, {1 / 255.f}, 1}}, {0, 0}, {1, 1}},
  {"x / 255 - 0.5", {{MUL, {1 / 255.f}, 1}, {ADD, {-0.5f}, 1}}, {-0.5f, -0.5f},
      {0.5f, 0.5f}},
  {"x - red, green, blue", {{SUB, {123.68f, 116.779f, 103.939f}, 3}},
      {-123.68f, -103.939f}, {131.32f, 151.061f}},
  {"x - blue, green, red", {{SUB, {103.939f, 116.779f, 123.68f}, 3}},
      {-103.939f, -123.68f}, {151.061f, 131.32f}, TRUE},
  {"Normalization", {{SUB, {123.675f, 116.28f, 103.53f}, 3}, {MUL,
              {1 / 58.395f, 1 / 57.12f, 1 / 57.375f}, 3}},
      {-2.1179f, -1.80444f}, {2.24891f, 2.64f}},
  {"x - 0.5", {{SUB, {0.5f}, 1}}, {-0.5f, -0.5f}, {0.5f, 0.5f}},
  {"2 x - 1", {{MUL, {2}, 1}, {SUB, {1}, 1}}, {-1, -1}, {1, 1}},
  {"Normalization of 0..1", {{SUB, {0.485f, 0.456f, 0.406f}, 3}, {MUL,
              {1 / 0.229f, 1 / 0.224f, 1 / 0.225f}, 3}},
      {-2.1179f, -1.80444f}, {2.24891f, 2.64f}},
  {"255 x", {{MUL, {255}, 1}}, {0, 0}, {255, 255}},
  {"x + 1", {{ADD, {1}, 1}}, {0, 0}, {2, 2}},
  {"(x + 1) * 127.5", {{ADD, {1}, 1}, {MUL, {127.5f}, 1}}, {0, 0},
      {255, 255}},
  {"BatchNormalization of -1..1", {{MUL, {2}, 1}, {ADD, {0.2f}, 1}},
      {-1.8f, -1.8f}, {2.2f, 2.2f}},
  {"Normalization of MNIST", {{SUB, {0.1307f}, 1}, {MUL, {1 / 0.3081f}, 1}},
      {-0.42421f, -0.42421f}, {2.8215f, 2.8215f}},
  {"x + 128", {{ADD, {128}, 1}}, {0, 0}, {255, 255}},
};

static gint
add_steps (MnTestWriter * w, gint x, const Step * steps)
{
  guint i;

  for (i = 0; i < 3 && steps[i].n > 0; i++) {
    const gint32 n = steps[i].n;
    gint y = activation (w, "step", MN_DTYPE_F32, 4, picture);

    add_op (w, steps[i].code, y, x, mn_test_writer_const_f32 (w, "c",
            n > 1 ? 1 : 0, &n, steps[i].values));
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
    gint x = activation (w, "x", MN_DTYPE_F32, 4, picture);
    g_autoptr (MnModel) model = NULL;
    gfloat most = (t->white[0] - t->black[0]) * 1e-3f;
    const MnModelInfo *info;

    g_test_message ("%s", t->name);
    mn_test_writer_input (w, x);
    mn_test_writer_output (w, add_mean (w, add_steps (w, x, t->steps)));
    model = finish (w);
    info = mn_model_get_info (model);
    g_assert_cmpstr (info->norm_source, ==, "graph");
    g_assert_cmpint (info->norm_doubt != NULL, ==, t->doubtful);
    assert_close (see (model, 0, 0), t->black[0], most);
    assert_close (see (model, 0, 2), t->black[1], most);
    assert_close (see (model, 255, 0), t->white[0], most);
    assert_close (see (model, 255, 2), t->white[1], most);
  }
}

/* ---- guesses ----------------------------------------------------------- */

/* A convolution of 1x1 pixels whose weights are so large, which shows what
 * it sees times that. */
static MnModel *
guess_new (gfloat weight, gboolean with_metadata)
{
  static const gint32 dims[] = { 3, 1, 1, 3 };
  static const gfloat mean = 0, std = 255;
  const gfloat values[] = { weight, 0, 0, 0, weight, 0, 0, 0, weight };
  MnTestWriter *w = mn_test_writer_new ();
  gint x = activation (w, "x", MN_DTYPE_F32, 4, picture);
  gint y = activation (w, "y", MN_DTYPE_F32, 4, picture);

  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_CONV_2D,.stride_h =
        1,.stride_w = 1
      }, y, 3, x, mn_test_writer_const_f32 (w, "w", 4, dims, values), -1);
  mn_test_writer_input (w, x);
  mn_test_writer_output (w, add_mean (w, y));
  if (with_metadata)
    mn_test_writer_metadata (w, 1, &mean, &std, NULL);
  return finish (w);
}

static void
test_guesses (void)
{
  g_autoptr (MnModel) small = guess_new (4 / 255.f, FALSE);
  g_autoptr (MnModel) large = guess_new (4, FALSE);
  g_autoptr (MnModel) said = guess_new (4 / 255.f, TRUE);
  const MnModelInfo *info = mn_model_get_info (small);

  g_assert_cmpstr (info->norm_source, ==, "guess");
  assert_close (see (small, 0, 0), 0, 1e-4f);
  assert_close (see (small, 255, 0), 4, 1e-3f);
  g_assert_nonnull (strstr (info->norm_doubt, "mean=127.5 std=127.5"));

  info = mn_model_get_info (large);
  g_assert_cmpstr (info->norm_source, ==, "guess");
  assert_close (see (large, 0, 0), -4, 1e-3f);
  assert_close (see (large, 255, 0), 4, 1e-3f);
  g_assert_nonnull (strstr (info->norm_doubt, "mean=0 std=255"));
  g_assert_nonnull (strstr (info->norm_doubt, "mean=0 std=1"));

  info = mn_model_get_info (said);
  g_assert_cmpstr (info->norm_source, ==, "metadata");
  g_assert_null (info->norm_doubt);
}

/* ---- outputs ----------------------------------------------------------- */

/* An output of n values, each the mean of what is seen of red times its
 * factor, and what it ends in. */
typedef struct
{
  guint n;
  gint end;                     /* TFL_OP_SOFTMAX, _LOGISTIC; -1: nothing */
  guint rank;                   /* 0: 2 */
} Head;

static gint
add_head (MnTestWriter * w, gint mean, const Head * head)
{
  const gint32 dims[] = { head->n, 3 };
  const gint32 flat[] = { 1, head->n }, deep[] = { 1, 1, 1, head->n };
  g_autofree gfloat *values = g_new0 (gfloat, head->n * 3);
  gint y = activation (w, "head", MN_DTYPE_F32, 2, flat), z;
  guint i;

  for (i = 0; i < head->n; i++)
    values[3 * i] = i == 1 ? 3 : 1;
  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_FULLY_CONNECTED }, y,
      3, mean, mn_test_writer_const_f32 (w, "w", 2, dims, values), -1);
  if (head->end >= 0) {
    z = activation (w, "end", MN_DTYPE_F32, 2, flat);
    add_op (w, head->end, z, y, -1);
    y = z;
  }
  if (head->rank == 4) {
    z = activation (w, "deep", MN_DTYPE_F32, 4, deep);
    mn_test_writer_op (w, &(const MnTestOp) {.code =
          TFL_OP_RESHAPE,.new_shape = deep,.n_new_shape = 4
        }, z, 1, y);
    y = z;
  }
  return y;
}

static MnTestWriter *
heads_new (const Head * heads, guint n, const gchar * labels)
{
  static const gfloat mean = 0, std = 255;
  MnTestWriter *w = mn_test_writer_new ();
  gint x = activation (w, "x", MN_DTYPE_F32, 4, picture), seen;
  guint i;

  mn_test_writer_input (w, x);
  seen = add_mean (w, x);
  for (i = 0; i < n; i++)
    mn_test_writer_output (w, add_head (w, seen, &heads[i]));
  mn_test_writer_metadata (w, 1, &mean, &std, labels);
  return w;
}

static MnModel *
heads_load (const Head * heads, guint n, const gchar * labels)
{
  g_autoptr (GBytes) plain =
      mn_test_writer_finish (heads_new (heads, n, labels ? "l.txt" : NULL));
  g_autoptr (GBytes) bytes = labels ? mn_test_zip_append (plain, "l.txt",
      labels, FALSE) : g_bytes_ref (plain);
  GError *error = NULL;
  MnModel *model = mn_model_load_bytes (bytes, "m.tflite", &error);

  g_assert_no_error (error);
  return model;
}

#define SOFT TFL_OP_SOFTMAX
#define LOGI TFL_OP_LOGISTIC

static const struct
{
  const gchar *name;
  Head heads[3];
  guint n;
  const gchar *labels;          /* in the file; NULL: none */
  guint output;
  MnValues values;
  MnTask task;
  gboolean doubtful;
  const gchar *why;
} outputs[] = {
  {"one", {{5, SOFT}}, 1, NULL, 0, MN_VALUES_PROBABILITIES, 0, FALSE, "only"},
  {"one without an end", {{5, -1}}, 1, NULL, 0, MN_VALUES_LOGITS, 0, FALSE,
      "only"},
  {"one of sigmoids", {{5, LOGI}}, 1, NULL, 0, MN_VALUES_PROBABILITIES, 0,
      FALSE, "only"},
  {"embedding first", {{9, -1}, {5, SOFT}}, 2, NULL, 1,
      MN_VALUES_PROBABILITIES, 0, FALSE, "SOFTMAX"},
  {"embedding last", {{5, SOFT}, {9, -1}}, 2, NULL, 0,
      MN_VALUES_PROBABILITIES, 0, FALSE, "SOFTMAX"},
  {"embedding first, sigmoids", {{9, -1}, {5, LOGI}}, 2, NULL, 1,
      MN_VALUES_PROBABILITIES, 0, FALSE, "LOGISTIC"},
  {"embedding first, deep", {{9, -1, 4}, {5, SOFT, 4}}, 2, NULL, 1,
      MN_VALUES_PROBABILITIES, 0, FALSE, "SOFTMAX"},
  {"no end, labels", {{9, -1}, {5, -1}}, 2, "a\nb\nc\nd\ne\n", 1,
      MN_VALUES_LOGITS, 0, FALSE, "labels"},
  {"no end, labels of the first", {{5, -1}, {9, -1}}, 2, "a\nb\nc\nd\ne\n", 0,
      MN_VALUES_LOGITS, 0, FALSE, "labels"},
  {"labels before ends", {{9, SOFT}, {5, -1}}, 2, "a\nb\nc\nd\ne\n", 1,
      MN_VALUES_LOGITS, 0, FALSE, "labels"},
  {"logits and probabilities", {{5, -1}, {5, SOFT}}, 2, "a\nb\nc\nd\ne\n", 1,
      MN_VALUES_PROBABILITIES, 0, FALSE, "SOFTMAX"},
  {"nothing tells", {{9, -1}, {5, -1}}, 2, NULL, 1, MN_VALUES_LOGITS, 0, TRUE,
      "guess"},
  {"three heads", {{3, SOFT}, {4, SOFT}, {2, SOFT}}, 3, NULL, 0,
      MN_VALUES_PROBABILITIES, 0, TRUE, "SOFTMAX"},
  {"three heads, labels", {{3, SOFT}, {4, SOFT}, {2, SOFT}}, 3,
      "a\nb\nc\nd\n", 1, MN_VALUES_PROBABILITIES, 0, FALSE, "labels"},
  {"feature vector", {{9, -1, 4}}, 1, NULL, 0, MN_VALUES_LOGITS,
      MN_TASK_EMBEDDING, FALSE, "only"},
  {"one value", {{1, LOGI}}, 1, NULL, 0, MN_VALUES_ONE_PROBABILITY, 0, FALSE,
      "only"},
  {"one value, deep", {{1, -1, 4}}, 1, NULL, 0, MN_VALUES_ONE_LOGIT, 0, FALSE,
      "only"},
  {"one value, softmax", {{1, SOFT}}, 1, NULL, 0, MN_VALUES_ONE_PROBABILITY,
      0, TRUE, "only"},
  {"one value behind an embedding", {{9, -1}, {1, LOGI}}, 2, NULL, 1,
      MN_VALUES_ONE_PROBABILITY, 0, FALSE, "LOGISTIC"},
  {"one value, two labels", {{9, -1}, {1, -1}}, 2, "no\nyes\n", 1,
      MN_VALUES_ONE_LOGIT, 0, FALSE, "labels"},
};

static void
test_outputs (void)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (outputs); i++) {
    g_autoptr (MnModel) model = heads_load (outputs[i].heads, outputs[i].n,
        outputs[i].labels);
    const MnModelInfo *info = mn_model_get_info (model);
    guint n = outputs[i].heads[outputs[i].output].n, n_scores;
    g_autoptr (MnResult) result = run (model, 255);
    MnClass best;

    g_test_message ("%s: output %u, %s; %s", outputs[i].name, info->output,
        info->output_why, info->output_doubt ? info->output_doubt : "");
    g_assert_cmpuint (info->output, ==, outputs[i].output);
    g_assert_cmpuint (info->n_outputs, ==, outputs[i].n);
    g_assert_cmpint (info->values, ==, outputs[i].values);
    g_assert_cmpint (info->task, ==, outputs[i].task);
    g_assert_cmpint (info->output_doubt != NULL, ==, outputs[i].doubtful);
    g_assert_nonnull (strstr (info->output_why, outputs[i].why));
    g_assert_cmpuint (info->n_classes, ==, n == 1 ? 2 : n);
    mn_result_get_scores (result, &n_scores);
    g_assert_cmpuint (n_scores, ==, info->n_classes);
    if (outputs[i].task != MN_TASK_CLASSIFICATION)
      continue;
    /* The second value is the largest; of one, the second class is it. */
    g_assert_cmpuint (mn_result_top_k (result, 1, 0, &best), ==, 1);
    g_assert_cmpint (best.index, ==, 1);
  }
}

/* A list of labels from elsewhere chooses, too. */
static void
test_other_labels (void)
{
  static const Head heads[] = { {3, SOFT}, {4, SOFT}, {9, -1} };
  const MnLabelsNote note = { 0, NULL, NULL };
  g_autoptr (MnModel) model = heads_load (heads, 3, NULL);
  g_autoptr (MnModel) four = mn_model_with_labels (model, 4, &note);
  g_autoptr (MnModel) nine = mn_model_with_labels (four, 9, &note);
  g_autoptr (MnModel) three = mn_model_with_labels (model, 3, &note);
  g_autoptr (MnModel) same = NULL;
  g_autoptr (MnResult) result = NULL;
  guint n;

  /* Only the doubt is gone. */
  g_assert_cmpuint (mn_model_get_info (three)->output, ==, 0);
  g_assert_null (mn_model_get_info (three)->output_doubt);
  g_assert_nonnull (mn_model_get_info (model)->output_doubt);
  g_assert_cmpuint (mn_model_get_info (four)->output, ==, 1);
  g_assert_cmpuint (mn_model_get_info (nine)->output, ==, 2);
  g_assert_cmpint (mn_model_get_info (nine)->values, ==, MN_VALUES_LOGITS);
  same = mn_model_with_labels (three, 8, &note);
  g_assert_true (same == model);
  g_clear_pointer (&model, mn_model_unref);
  g_clear_pointer (&same, mn_model_unref);
  g_clear_pointer (&three, mn_model_unref);
  result = run (nine, 255);
  mn_result_get_scores (result, &n);
  g_assert_cmpuint (n, ==, 9);
}

/* ---- one value --------------------------------------------------------- */

/* The probabilities of both classes where the network gives value, through
 * end, quantised by scale unless that is 0. */
static void
check_one (gint end, MnDType dtype, gfloat scale, gint64 zero, guint8 pixel,
    gfloat want)
{
  static const gfloat mean = 127.5f, std = 127.5f;
  static const gint32 one[] = { 1, 1 };
  MnTestWriter *w = mn_test_writer_new ();
  gint x = activation (w, "x", MN_DTYPE_F32, 4, picture);
  gint y = activation (w, "y", MN_DTYPE_F32, 2, one);
  g_autoptr (MnModel) model = NULL;
  g_autoptr (MnResult) result = NULL;
  const gint32 dims[] = { 1, 3 };
  const gfloat values[] = { 2, 0, 0 };
  const gfloat *scores;
  guint n;

  mn_test_writer_input (w, x);
  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_FULLY_CONNECTED }, y,
      3, add_mean (w, x), mn_test_writer_const_f32 (w, "w", 2, dims, values),
      -1);
  if (end >= 0) {
    gint z = activation (w, "z", MN_DTYPE_F32, 2, one);

    add_op (w, end, z, y, -1);
    y = z;
  }
  if (scale > 0) {
    gint q = activation (w, "q", dtype, 2, one);

    mn_test_writer_quant (w, q, 1, &scale, &zero, 0);
    add_op (w, TFL_OP_QUANTIZE, q, y, -1);
    y = q;
  }
  mn_test_writer_output (w, y);
  mn_test_writer_metadata (w, 1, &mean, &std, NULL);
  model = finish (w);
  result = run (model, pixel);
  scores = mn_result_get_scores (result, &n);
  g_assert_cmpuint (n, ==, 2);
  assert_close (scores[1], want, 0.005f);
  assert_close (scores[0], 1 - want, 0.005f);
}

static void
test_one_value (void)
{
  const gfloat high = 1 / (1 + expf (-2)), low = 1 - high;

  check_one (-1, 0, 0, 0, 255, high);
  check_one (-1, 0, 0, 0, 0, low);
  check_one (LOGI, 0, 0, 0, 255, high);
  check_one (LOGI, 0, 0, 0, 0, low);
  check_one (LOGI, MN_DTYPE_U8, 1 / 256.f, 0, 255, high);
  check_one (LOGI, MN_DTYPE_I8, 1 / 256.f, -128, 0, low);
  check_one (-1, MN_DTYPE_I8, 4 / 255.f, 0, 255, high);
  check_one (-1, MN_DTYPE_U8, 4 / 255.f, 128, 0, low);
}

/* How many labels fit it. */
static void
test_one_value_labels (void)
{
  static const Head one[] = { {1, LOGI} }, two[] = { {2, SOFT} };
  const MnLabelsNote note = { 0, NULL, NULL };
  g_autoptr (MnModel) model = heads_load (one, 1, NULL);
  g_autoptr (MnModel) other = heads_load (two, 1, NULL);
  const MnModelInfo *info = mn_model_get_info (model);
  gint offset = 7;

  g_assert_true (mn_labels_fit_model (&note, 2, info, &offset));
  g_assert_cmpint (offset, ==, 0);
  g_assert_true (mn_labels_fit_model (&note, 1, info, &offset));
  g_assert_cmpint (offset, ==, -1);
  g_assert_false (mn_labels_fit_model (&note, 3, info, &offset));
  g_assert_false (mn_labels_fit_model (&note, 1, mn_model_get_info (other),
          &offset));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/meanings/integers", test_integers);
  g_test_add_func ("/meanings/quantize", test_quantize);
  g_test_add_func ("/meanings/scaled", test_scaled);
  g_test_add_func ("/meanings/guesses", test_guesses);
  g_test_add_func ("/meanings/outputs", test_outputs);
  g_test_add_func ("/meanings/other-labels", test_other_labels);
  g_test_add_func ("/meanings/one-value", test_one_value);
  g_test_add_func ("/meanings/one-value-labels", test_one_value_labels);
  return g_test_run ();
}
