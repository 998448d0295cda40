/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a model may ask for: just within each bound it is taken, beyond it is
 * refused in words; and the first is what networks for pictures need. */

#include "engine/core/internal.h"
#include "engine/graph/budget.h"
#include "tests/support/tflite_writer.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static gint
picture (MnTestWriter *w, const gchar *name, MnDType dtype, gint h, gint width,
    gint c)
{
  const gint32 dims[] = {1, h, width, c};

  return mn_test_writer_tensor (w, name, dtype, 4, dims);
}

static gint
relu (MnTestWriter *w, gint x, gint y)
{
  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_RELU}, y, 1, x);
  return y;
}

static gint
reshape (MnTestWriter *w, gint x, MnDType dtype, guint rank, const gint32 *dims)
{
  gint y = mn_test_writer_tensor (w, "scores", dtype, rank, dims);

  mn_test_writer_op (w,
      &(const MnTestOp) {
        .code = TFL_OP_RESHAPE, .new_shape = dims, .n_new_shape = rank},
      y, 1, x);
  return y;
}

/* A 1x1 convolution of zeros. */
static gint
conv (MnTestWriter *w, gint x, gint h, gint width, gint c, gint out_c)
{
  const gint32 dims[] = {out_c, 1, 1, c};
  g_autofree gfloat *zeros = g_new0 (gfloat, (gsize) c * out_c);
  gint k = mn_test_writer_const_f32 (w, "k", 4, dims, zeros);
  gint y = picture (w, "conv", MN_DTYPE_F32, h, width, out_c);

  mn_test_writer_op (w,
      &(const MnTestOp) {.code = TFL_OP_CONV_2D, .stride_h = 1, .stride_w = 1},
      y, 2, x, k);
  return y;
}

static MnModel *
finish (MnTestWriter *w, gint x, gint y, GError **error)
{
  g_autoptr (GBytes) bytes = NULL;

  mn_test_writer_input (w, x);
  mn_test_writer_output (w, y);
  bytes = mn_test_writer_finish (w);
  return mn_model_load_bytes (bytes, "m.tflite", error);
}

static void
accept (MnTestWriter *w, gint x, gint y)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MnModel) model = finish (w, x, y, &error);

  g_assert_no_error (error);
  g_assert_nonnull (model);
}

static void
refuse (MnTestWriter *w, gint x, gint y, const gchar *words)
{
  g_autoptr (GError) error = NULL;
  MnModel *model = finish (w, x, y, &error);

  g_assert_null (model);
  g_assert_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED);
  g_test_message ("%s", error->message);
  g_assert_true (g_str_has_prefix (error->message, "m.tflite: "));
  g_assert_nonnull (strstr (error->message, words));
}

/* ---- outputs ----------------------------------------------------------- */

/* In a few hundred bytes: bytes, padded to half a thousand million. */
static void
test_classes_padded (void)
{
  static const gint32 classes[] = {1, 1 << 29};
  static const gint32 values[] = {0, 0, 0, 32767, 0, 16383, 0, 0};
  static const gint32 shape[] = {4, 2};
  static const gfloat scale = 1 / 256.f;
  MnTestWriter *w = mn_test_writer_new ();
  gint x = picture (w, "x", MN_DTYPE_U8, 1, 1, 1), p, y, z;

  p = mn_test_writer_const (w, "p", MN_DTYPE_I32, 2, shape, values);
  y = picture (w, "y", MN_DTYPE_U8, 32768, 16384, 1);
  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_PAD}, y, 2, x, p);
  z = reshape (w, y, MN_DTYPE_U8, 2, classes);
  mn_test_writer_quant (w, x, 1, &scale, NULL, 0);
  mn_test_writer_quant (w, y, 1, &scale, NULL, 0);
  mn_test_writer_quant (w, z, 1, &scale, NULL, 0);
  refuse (w, x, z, "are more than 256 MiB");
}

static void
test_classes (void)
{
  static const gint32 most[] = {1, MN_MAX_CLASSES};
  static const gint32 more[] = {1, 100100};
  static const gint32 column[] = {100100, 1};
  static const gint32 line[] = {1, 1, 1, 100100};
  MnTestWriter *w = mn_test_writer_new ();
  gint x = picture (w, "x", MN_DTYPE_F32, 1000, 100, 1);
  gint y = relu (w, x, picture (w, "y", MN_DTYPE_F32, 1000, 100, 1));
  guint i;

  accept (w, x, reshape (w, y, MN_DTYPE_F32, 2, most));
  for (i = 0; i < 3; i++) {
    const gint32 *dims[] = {more, column, line};

    w = mn_test_writer_new ();
    x = picture (w, "x", MN_DTYPE_F32, 1001, 100, 1);
    y = relu (w, x, picture (w, "y", MN_DTYPE_F32, 1001, 100, 1));
    refuse (w, x, reshape (w, y, MN_DTYPE_F32, i == 2 ? 4 : 2, dims[i]),
        "an output of 100100 classes; at most 100000 are supported");
  }
}

/* What segmentation networks give is no list of classes. */
static void
test_masks (void)
{
  MnTestWriter *w = mn_test_writer_new ();
  gint x = picture (w, "x", MN_DTYPE_F32, 513, 513, 3);

  accept (w, x, conv (w, x, 513, 513, 3, 21));
  w = mn_test_writer_new ();
  x = picture (w, "x", MN_DTYPE_F32, 1024, 2048, 3);
  refuse (w, x, conv (w, x, 1024, 2048, 3, 19),
      "all outputs together, as float32, are more than 128 MiB");
}

/* ---- memory and time --------------------------------------------------- */

/* Of n layers that take 64 MiB each. */
static MnTestWriter *
chain (guint n, gint *x, gint *y)
{
  MnTestWriter *w = mn_test_writer_new ();
  gint last;
  guint i;

  *x = last = picture (w, "x", MN_DTYPE_F32, 4096, 4096, 1);
  for (i = 0; i < n; i++)
    last = relu (w, last, picture (w, "y", MN_DTYPE_F32, 4096, 4096, 1));
  *y = picture (w, "pooled", MN_DTYPE_F32, 1, 1, 1);
  mn_test_writer_op (w,
      &(const MnTestOp) {.code = TFL_OP_AVERAGE_POOL_2D,
        .padding = TFL_PADDING_VALID,
        .filter_h = 4096,
        .filter_w = 4096,
        .stride_h = 1,
        .stride_w = 1},
      *y, 1, last);
  return w;
}

static void
test_working (void)
{
  MnTestWriter *w;
  gint x, y;

  /* One after another, however much they are together. */
  w = chain (40, &x, &y);
  accept (w, x, y);
  w = mn_test_writer_new ();
  x = picture (w, "x", MN_DTYPE_F32, 4096, 4096, 1);
  y = conv (w, x, 4096, 4096, 1, 4);
  refuse (w, x, conv (w, y, 4096, 4096, 4, 1),
      "layer 0, tensor 'conv'): the "
      "activations that are needed at the same time are more than 256 MiB");
}

/* Branches that are all needed at the end. */
static void
test_working_branches (void)
{
  MnTestWriter *w = mn_test_writer_new ();
  gint x = picture (w, "x", MN_DTYPE_F32, 4096, 4096, 1);
  gint branch[4], sum;
  guint i;

  for (i = 0; i < 4; i++)
    branch[i] = relu (w, x, picture (w, "y", MN_DTYPE_F32, 4096, 4096, 1));
  for (sum = branch[0], i = 1; i < 4; i++) {
    gint y = picture (w, "sum", MN_DTYPE_F32, 4096, 4096, 1);

    mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_ADD}, y, 2, sum,
        branch[i]);
    sum = y;
  }
  refuse (w, x, sum, "layer 3, tensor 'y'): the activations");
}

static void
test_work (void)
{
  static const gchar words[] = "the network takes more than 20 thousand "
                               "million multiply-adds a frame";
  MnTestWriter *w = mn_test_writer_new ();
  gint x = picture (w, "x", MN_DTYPE_F32, 700, 700, 3);
  gint y = picture (w, "y", MN_DTYPE_F32, 700, 700, 3);

  mn_test_writer_op (w,
      &(const MnTestOp) {.code = TFL_OP_MAX_POOL_2D,
        .filter_h = 601,
        .filter_w = 601,
        .stride_h = 1,
        .stride_w = 1},
      y, 1, x);
  refuse (w, x, y, words);
  /* Layers that multiply nothing take time as well. */
  w = chain (1250, &x, &y);
  refuse (w, x, y, words);
}

/* ---- weights ----------------------------------------------------------- */

#define SIDE 1024

/* A chain of n fully connected layers that have a megabyte in common. */
static MnTestWriter *
shared (guint n, gboolean dequantised, gint *x, gint *y)
{
  static const gint32 k_dims[] = {SIDE, SIDE}, dims[] = {1, SIDE};
  static const gfloat scale = 0.01f;
  g_autofree gint8 *values = g_new0 (gint8, SIDE * SIDE);
  MnTestWriter *w = mn_test_writer_new ();
  gint k = mn_test_writer_const (w, "k", MN_DTYPE_I8, 2, k_dims, values);
  guint i;

  mn_test_writer_quant (w, k, 1, &scale, NULL, 0);
  if (dequantised) {
    gint f = mn_test_writer_tensor (w, "f", MN_DTYPE_F32, 2, k_dims);

    mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_DEQUANTIZE}, f, 1,
        k);
    k = f;
  }
  *x = picture (w, "x", MN_DTYPE_F32, 32, 32, 1);
  *y = *x;
  for (i = 0; i < n; i++) {
    gint next = mn_test_writer_tensor (w, "y", MN_DTYPE_F32, 2, dims);

    mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_FULLY_CONNECTED},
        next, 2, *y, k);
    *y = next;
  }
  return w;
}

static void
test_weights (void)
{
  MnTestWriter *w;
  gboolean dequantised;
  gint x, y;

  for (dequantised = FALSE; dequantised <= TRUE; dequantised++) {
    w = shared (60, dequantised, &x, &y);
    accept (w, x, y);
    w = shared (65, dequantised, &x, &y);
    refuse (w, x, y,
        "all weights together, as float32 and as often as "
        "operators use them, are more than 256 MiB");
  }
}

/* Each one is a constant of its own once it is folded. */
static void
test_folded (void)
{
  static const gint32 dims[] = {1, SIDE, SIDE, 1};
  g_autofree gfloat *values = g_new0 (gfloat, SIDE * SIDE);
  MnTestWriter *w = mn_test_writer_new ();
  gint x = picture (w, "x", MN_DTYPE_F32, SIDE, SIDE, 1);
  gint y = picture (w, "y", MN_DTYPE_F32, SIDE, SIDE, 1);
  gint k = mn_test_writer_const_f32 (w, "k", 4, dims, values);
  guint i;

  for (i = 0; i < 70; i++)
    k = reshape (w, k, MN_DTYPE_F32, 4, dims);
  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_ADD}, y, 2, x, k);
  refuse (w, x, y, "all weights together");
}

/* ---- lists ------------------------------------------------------------- */

static void
test_lists (void)
{
  MnTestWriter *w;
  guint n, i;
  gint x, y;

  for (n = MN_MAX_OPERATORS; n <= MN_MAX_OPERATORS + 1; n++) {
    w = mn_test_writer_new ();
    x = y = picture (w, "x", MN_DTYPE_F32, 2, 2, 3);
    for (i = 0; i < n; i++)
      y = relu (w, y, picture (w, "y", MN_DTYPE_F32, 2, 2, 3));
    if (n == MN_MAX_OPERATORS)
      accept (w, x, y);
    else
      refuse (w, x, y, "operators; at most 4096 are supported");
  }
  w = mn_test_writer_new ();
  x = picture (w, "x", MN_DTYPE_F32, 2, 2, 3);
  for (i = 0; i < MN_MAX_TENSORS; i++)
    y = picture (w, "y", MN_DTYPE_F32, 2, 2, 3);
  refuse (w, x, relu (w, x, y), "tensors; at most 16384 are supported");
}

static void
test_axes (void)
{
  static const gint32 axes[3 * MN_MAX_RANK] = {
    1,
    2,
    1,
    2,
    1,
    2,
  };
  static const gint32 dims[] = {1, 3};
  MnTestWriter *w = mn_test_writer_new ();
  gint x = picture (w, "x", MN_DTYPE_F32, 2, 2, 3);
  gint y = mn_test_writer_tensor (w, "y", MN_DTYPE_F32, 2, dims);
  gint a = mn_test_writer_const_i32 (w, "a", G_N_ELEMENTS (axes), axes);
  g_autoptr (GError) error = NULL;

  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_MEAN}, y, 2, x, a);
  g_assert_null (finish (w, x, y, &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_INVALID);
}

/* ---- the file ---------------------------------------------------------- */

static void
test_file (void)
{
  g_autofree gchar *path = NULL;
  g_autoptr (GError) error = NULL;
  int fd = g_file_open_tmp ("mobilenet-XXXXXX", &path, NULL);

  g_assert_cmpint (fd, >=, 0);
  /* It takes no room on the disk. */
  g_assert_cmpint (ftruncate (fd, MN_MAX_MODEL_BYTES + 1), ==, 0);
  close (fd);
  g_assert_null (mn_model_load (path, &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_READ);
  g_assert_nonnull (strstr (error->message, "are more than the 536870912"));
  g_assert_cmpint (g_unlink (path), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/budget/classes-padded", test_classes_padded);
  g_test_add_func ("/budget/classes", test_classes);
  g_test_add_func ("/budget/masks", test_masks);
  g_test_add_func ("/budget/working", test_working);
  g_test_add_func ("/budget/working-branches", test_working_branches);
  g_test_add_func ("/budget/work", test_work);
  g_test_add_func ("/budget/weights", test_weights);
  g_test_add_func ("/budget/folded", test_folded);
  g_test_add_func ("/budget/lists", test_lists);
  g_test_add_func ("/budget/axes", test_axes);
  g_test_add_func ("/budget/file", test_file);
  return g_test_run ();
}
