/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/engine/seeing.h"

#include <math.h>
#include <string.h>

#define SIDE TEST_SIDE

const gint32 test_picture[] = {1, SIDE, SIDE, 3};

gint
test_tensor (MnTestWriter *w, const gchar *name, MnDType dtype, guint rank,
    const gint32 *dims)
{
  return mn_test_writer_tensor (w, name, dtype, rank, dims);
}

void
test_add_op (MnTestWriter *w, gint code, gint output, gint a, gint b)
{
  const MnTestOp op = {.code = code};

  if (b < 0)
    mn_test_writer_op (w, &op, output, 1, a);
  else
    mn_test_writer_op (w, &op, output, 2, a, b);
}

gint
test_add_mean (MnTestWriter *w, gint x)
{
  static const gint32 axes[] = {1, 2}, three[] = {1, 3};
  gint y = test_tensor (w, "mean", MN_DTYPE_F32, 2, three);

  test_add_op (w, TFL_OP_MEAN, y, x,
      mn_test_writer_const_i32 (w, "axes", 2, axes));
  return y;
}

MnModel *
test_load (MnTestWriter *w)
{
  g_autoptr (GBytes) bytes = mn_test_writer_finish (w);
  GError *error = NULL;
  MnModel *model = mn_model_load_bytes (bytes, "m.tflite", &error);

  g_assert_no_error (error);
  return model;
}

MnResult *
test_infer (MnModel *model, guint8 pixel)
{
  const MnModelInfo *info = mn_model_get_info (model);
  MnPlanOptions options = {.backend = "reference"};
  MnFrameDesc desc = {.format = MN_FORMAT_RGB, .width = SIDE, .height = SIDE};
  g_autoptr (MnPlan) plan = NULL;
  g_autoptr (MnSession) session = NULL;
  g_autofree gchar *text = mn_model_describe (model);
  MnInput input = {desc, MN_FIT_CROP, FALSE, {0}, {0}};
  guint8 bytes[SIDE * SIDE * 3];
  MnFrame frame, *frames[] = {&frame};
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

void
test_assert_close (gfloat got, gfloat want, gfloat most)
{
  if (!(fabsf (got - want) <= most))
    g_error ("%g instead of %g", got, want);
}
