/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Models that the .tflite reader and the validator refuse, each with its
 * message. */

#include "tests/model/readutil.h"

static void
refuse_unary (const MnTestOp *op, MnError code, const gchar *message)
{
  MnTestWriter *w = mn_test_writer_new ();
  gint x = write_activation (w, "x", 1, 5, 4, 3);

  write_one (w, op, x, -1, write_activation (w, "y", 1, 5, 4, 3));
  refuse_graph (w, code, message);
}

static void
test_unsupported_operators (void)
{
  refuse_unary (&(const MnTestOp) {.code = 66}, MN_ERROR_UNSUPPORTED,
      "m.tflite: operator SIN (layer 0) is not supported");
  refuse_unary (&(const MnTestOp) {.code = 119}, MN_ERROR_UNSUPPORTED,
      "m.tflite: operator WHILE (layer 0) is not supported");
  refuse_unary (&(const MnTestOp) {.code = 158}, MN_ERROR_UNSUPPORTED,
      "m.tflite: operator SIGN (layer 0) is not supported");
  refuse_unary (&(const MnTestOp) {.code = 9999}, MN_ERROR_UNSUPPORTED,
      "m.tflite: operator with the unknown code 9999 (layer 0) is not "
      "supported");
  refuse_unary (&(const MnTestOp) {.code = TFL_OP_CUSTOM, .custom = "My\nOp"},
      MN_ERROR_UNSUPPORTED,
      "m.tflite: custom operator My Op (layer 0) is not supported");
}

static void
test_parameters (void)
{
  refuse_unary (&(const MnTestOp) {.code = TFL_OP_MAX_POOL_2D,
                  .filter_h = 2,
                  .filter_w = 2,
                  .stride_h = 0,
                  .stride_w = 1},
      MN_ERROR_INVALID,
      "m.tflite: operator MAX_POOL_2D (layer 0): height has filter 2, stride "
      "0, dilation 1");
  refuse_unary (&(const MnTestOp) {.code = TFL_OP_MAX_POOL_2D,
                  .filter_h = 2,
                  .filter_w = G_MAXINT32,
                  .stride_h = 1,
                  .stride_w = 1},
      MN_ERROR_INVALID,
      "m.tflite: operator MAX_POOL_2D (layer 0): width has filter "
      "2147483647, stride 1, dilation 1");
  refuse_unary (&(const MnTestOp) {.code = TFL_OP_MAX_POOL_2D,
                  .filter_h = 6,
                  .filter_w = 1,
                  .stride_h = 1,
                  .stride_w = 1,
                  .padding = TFL_PADDING_VALID},
      MN_ERROR_INVALID,
      "m.tflite: operator MAX_POOL_2D (layer 0): height 5 with padding 0 is "
      "less than the filter's 6");
  refuse_unary (&(const MnTestOp) {.code = TFL_OP_MAX_POOL_2D,
                  .filter_h = 1,
                  .filter_w = 1,
                  .stride_h = 1,
                  .stride_w = 1,
                  .activation = TFL_ACTIVATION_TANH},
      MN_ERROR_UNSUPPORTED,
      "m.tflite: operator MAX_POOL_2D (layer 0) with the fused activation "
      "TANH, code 4 is not supported");
  refuse_unary (&(const MnTestOp) {.code = TFL_OP_SOFTMAX, .beta = -1},
      MN_ERROR_INVALID, "m.tflite: operator SOFTMAX (layer 0): beta is -1");
}

static void
test_declared_shape (void)
{
  MnTestWriter *w = mn_test_writer_new ();
  gint x = write_activation (w, "x", 1, 5, 4, 3);

  write_one (w, &(const MnTestOp) {.code = TFL_OP_RELU}, x, -1,
      write_activation (w, "y", 1, 5, 3, 4));
  refuse_graph (w, MN_ERROR_INVALID,
      "m.tflite: operator RELU (layer 0, tensor 'y'): the file gives its "
      "shape as 1x5x3x4, its inputs give 1x5x4x3");
}

static void
test_order (void)
{
  MnTestWriter *w = mn_test_writer_new ();
  gint x = write_activation (w, "x", 1, 5, 4, 3);
  gint a = write_activation (w, "a", 1, 5, 4, 3);
  gint y = write_activation (w, "y", 1, 5, 4, 3);

  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_RELU}, y, 1, a);
  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_RELU}, a, 1, x);
  mn_test_writer_input (w, x);
  mn_test_writer_output (w, y);
  refuse_graph (w, MN_ERROR_INVALID,
      "m.tflite: operator RELU (layer 0, tensor "
      "'a'): read before anything wrote it");

  w = mn_test_writer_new ();
  x = write_activation (w, "x", 1, 5, 4, 3);
  write_one (w, &(const MnTestOp) {.code = TFL_OP_RELU}, x, -1, x);
  refuse_graph (w, MN_ERROR_INVALID,
      "m.tflite: operator RELU (layer 0, tensor "
      "'x'): written although it is a constant, an input, or another layer's "
      "result");

  w = mn_test_writer_new ();
  x = write_activation (w, "x", 1, 5, 4, 3);
  y = write_activation (w, "y", 1, 5, 4, 3);
  a = write_activation (w, "a", 1, 5, 4, 3);
  write_one (w, &(const MnTestOp) {.code = TFL_OP_RELU}, x, -1, y);
  mn_test_writer_output (w, a);
  refuse_graph (w, MN_ERROR_INVALID,
      "m.tflite: tensor 'a': an output that no layer computes");

  w = mn_test_writer_new ();
  x = write_activation (w, "x", 1, 5, 4, 3);
  y = write_activation (w, "y", 1, 5, 4, 3);
  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_RELU}, y, 1, 77);
  mn_test_writer_input (w, x);
  mn_test_writer_output (w, y);
  refuse_graph (w, MN_ERROR_INVALID,
      "m.tflite: operator RELU (layer 0): an operand "
      "is tensor 77 of 2");
}

static void
test_tensors (void)
{
  static const gint32 huge[] = {1, 40000, 40000, 3};
  static const gint32 k_dims[] = {2, 3, 3, 4};
  MnTestWriter *w = mn_test_writer_new ();
  gint x = mn_test_writer_tensor (w, "x", MN_DTYPE_F32, 4, huge);
  gint k;

  write_one (w, &(const MnTestOp) {.code = TFL_OP_RELU}, x, -1,
      mn_test_writer_tensor (w, "y", MN_DTYPE_F32, 4, huge));
  refuse_graph (w, MN_ERROR_UNSUPPORTED,
      "m.tflite: tensor 'x': 1x40000x40000x3 "
      "elements of float32 are more than 256 MiB");

  w = mn_test_writer_new ();
  x = write_activation (w, "x", 1, 5, 4, 3);
  mn_test_writer_raw_type (w, x, 5);
  write_one (w, &(const MnTestOp) {.code = TFL_OP_RELU}, x, -1,
      write_activation (w, "y", 1, 5, 4, 3));
  refuse_graph (w, MN_ERROR_UNSUPPORTED,
      "m.tflite: operator RELU (layer 0) is not "
      "supported: tensor 'x' has elements of type string");

  w = mn_test_writer_new ();
  x = write_activation (w, "x", 1, 5, 4, 3);
  mn_test_writer_open_dim (w, x, 1);
  write_one (w, &(const MnTestOp) {.code = TFL_OP_RELU}, x, -1,
      write_activation (w, "y", 1, 5, 4, 3));
  refuse_graph (w, MN_ERROR_UNSUPPORTED,
      "m.tflite: tensor 'x': an input whose "
      "dimension 1 is open is not supported: convert the model with a fixed "
      "size");

  w = mn_test_writer_new ();
  x = write_activation (w, "x", 1, 5, 4, 3);
  k = write_zeros (w, "k", MN_DTYPE_F32, 4, k_dims);
  write_one (w,
      &(const MnTestOp) {.code = TFL_OP_CONV_2D, .stride_h = 1, .stride_w = 1},
      x, k, write_activation (w, "y", 1, 5, 4, 2));
  refuse_graph (w, MN_ERROR_INVALID,
      "m.tflite: operator CONV_2D (layer 0, tensor "
      "'k'): weights for 4 channels, the input has 3");

  w = mn_test_writer_new ();
  x = write_activation (w, "x", 1, 5, 4, 3);
  k = mn_test_writer_const_i32 (w, "k", 1, (const gint32[]) {3});
  write_one (w, &(const MnTestOp) {.code = TFL_OP_MEAN}, x, k,
      write_activation (w, "y", 1, 5, 4, 1));
  refuse_graph (w, MN_ERROR_UNSUPPORTED,
      "m.tflite: operator MEAN (layer 0, tensor "
      "'x'): a mean over anything but height and width is not supported");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/reader/unsupported", test_unsupported_operators);
  g_test_add_func ("/reader/parameters", test_parameters);
  g_test_add_func ("/reader/declared-shape", test_declared_shape);
  g_test_add_func ("/reader/order", test_order);
  g_test_add_func ("/reader/tensors", test_tensors);
  return g_test_run ();
}
