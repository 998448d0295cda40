/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/gst/tinymodel.h"

#include "tests/support/tflite_writer.h"

/* corner: one window, whose stride leaves no room for another. two: the
 * average is an output, too, and the first one. */
static GBytes *
model_new (gint32 size, gboolean corner, gboolean two)
{
  static const gfloat mean = 127.5f, std = 127.5f;
  static const gint32 axes[] = {1, 2};
  const gint32 picture[] = {1, size, size, 3};
  const gint32 pixel[] = {1, 1, 1, 3};
  const gint32 classes[] = {1, 3};
  MnTestWriter *w = mn_test_writer_new ();
  gint input = mn_test_writer_tensor (w, "input", MN_DTYPE_F32, 4, picture);
  gint x = input, axis, average, y;

  if (corner) {
    x = mn_test_writer_tensor (w, "corner", MN_DTYPE_F32, 4, pixel);
    mn_test_writer_op (w,
        &(const MnTestOp) {.code = TFL_OP_AVERAGE_POOL_2D,
          .padding = TFL_PADDING_VALID,
          .stride_h = size,
          .stride_w = size,
          .filter_h = size / 2,
          .filter_w = size / 2},
        x, 1, input);
  }
  axis = mn_test_writer_const_i32 (w, "axes", 2, axes);
  average = mn_test_writer_tensor (w, "mean", MN_DTYPE_F32, 2, classes);
  y = mn_test_writer_tensor (w, "probabilities", MN_DTYPE_F32, 2, classes);
  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_MEAN}, average, 2, x,
      axis);
  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_SOFTMAX}, y, 1,
      average);
  mn_test_writer_input (w, input);
  if (two)
    mn_test_writer_output (w, average);
  mn_test_writer_output (w, y);
  /* So that nothing has to be guessed. */
  mn_test_writer_metadata (w, 1, &mean, &std, NULL);
  return mn_test_writer_finish (w);
}

GBytes *
tiny_model_new (guint size)
{
  return model_new (size, FALSE, FALSE);
}

GBytes *
tiny_model_new_corner (guint size)
{
  return model_new (size, TRUE, FALSE);
}

GBytes *
tiny_model_new_two (guint size)
{
  return model_new (size, FALSE, TRUE);
}
