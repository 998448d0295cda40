/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Models and frames that must do no harm: tensors of integers, files that
 * change, frames that take too long. */

#include "engine/cpu/lower/plan.h"
#include "engine/core/internal.h"
#include "engine/graph/budget.h"
#include "tests/support/tflite_writer.h"

#include <string.h>

typedef struct
{
  MnContext *context;
  MnModel *model;
  MnSession *session;
} Fixture;

/* Takes bytes. */
static void
start (Fixture *f, GBytes *bytes, guint threads)
{
  MnPlanOptions options = {.backend = "cpu", .threads = threads};
  g_autoptr (GError) error = NULL;
  MnPlan *plan;

  f->context = mn_context_new ();
  f->model = mn_model_load_bytes (bytes, "m.tflite", &error);
  g_assert_no_error (error);
  plan = mn_plan_new (f->context, f->model, &options, &error);
  g_assert_no_error (error);
  f->session = mn_session_new (plan, &error);
  g_assert_no_error (error);
  mn_plan_unref (plan);
  g_bytes_unref (bytes);
}

static void
stop (Fixture *f)
{
  mn_session_free (f->session);
  mn_model_unref (f->model);
  mn_context_unref (f->context);
}

/* data: just as many bytes as the model's input has. */
static void
init_tensor (Fixture *f, MnFrame *frame, gconstpointer data, gsize size)
{
  const MnModelInfo *info = mn_model_get_info (f->model);
  MnFrameDesc desc = {
    .format = MN_FORMAT_TENSOR, .width = info->width, .height = info->height};

  memset (frame, 0, sizeof (*frame));
  mn_frame_init (frame, &desc, NULL, NULL);
  frame->n_planes = 1;
  frame->planes[0].data = data;
  frame->planes[0].size = size;
}

static gint
picture (MnTestWriter *w, const gchar *name, MnDType dtype, gint side, gint c)
{
  const gint32 dims[] = {1, side, side, c};

  return mn_test_writer_tensor (w, name, dtype, 4, dims);
}

/* ---- what the network gets to see --------------------------------------- */

#define SIDE 8
#define N (SIDE * SIDE * 3)

static GBytes *
make_bytes (MnDType dtype, gfloat scale, gint64 zero)
{
  MnTestWriter *w = mn_test_writer_new ();
  gint x = picture (w, "x", dtype, SIDE, 3),
       y = picture (w, "y", dtype, SIDE, 3);

  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_RELU}, y, 1, x);
  mn_test_writer_quant (w, x, 1, &scale, &zero, 0);
  mn_test_writer_quant (w, y, 1, &scale, &zero, 0);
  mn_test_writer_input (w, x);
  mn_test_writer_output (w, y);
  return mn_test_writer_finish (w);
}

/* A tensor of bytes has a quarter of the bytes that floats would have. */
static void
test_tensor_of_bytes (void)
{
  gboolean with_sign;

  for (with_sign = FALSE; with_sign <= TRUE; with_sign++) {
    gint64 zero = with_sign ? -3 : 125;
    g_autofree guint8 *tensor = g_malloc (N);
    gfloat out[N];
    Fixture f;
    MnFrame frame;
    guint i;

    for (i = 0; i < N; i++)
      tensor[i] = i * 37;
    start (&f, make_bytes (with_sign ? MN_DTYPE_I8 : MN_DTYPE_U8, 0.5f, zero),
        1);
    init_tensor (&f, &frame, tensor, N);
    g_assert_true (mn_session_preprocess (f.session, &frame, out, N, NULL));
    for (i = 0; i < N; i++)
      g_assert_cmpfloat (out[i], ==,
          0.5f * ((with_sign ? (gint8) tensor[i] : tensor[i]) - zero));
    frame.planes[0].size--;
    g_assert_false (mn_session_preprocess (f.session, &frame, out, N, NULL));
    stop (&f);
  }
}

/* input * 3 + 5 is what the network starts with; the input is asked for. */
static void
test_tensor_is_declared (void)
{
  static const gfloat three = 3, five = 5;
  MnTestWriter *w = mn_test_writer_new ();
  gint x = picture (w, "x", MN_DTYPE_F32, SIDE, 3);
  gint a = picture (w, "a", MN_DTYPE_F32, SIDE, 3);
  gint b = picture (w, "b", MN_DTYPE_F32, SIDE, 3);
  gint y = picture (w, "y", MN_DTYPE_F32, SIDE, 3);
  gfloat tensor[N], out[N];
  Fixture f;
  MnFrame frame;
  guint i;

  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_MUL}, a, 2, x,
      mn_test_writer_const_f32 (w, "three", 0, NULL, &three));
  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_ADD}, b, 2, a,
      mn_test_writer_const_f32 (w, "five", 0, NULL, &five));
  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_RELU}, y, 1, b);
  mn_test_writer_input (w, x);
  mn_test_writer_output (w, y);
  start (&f, mn_test_writer_finish (w), 1);
  for (i = 0; i < N; i++)
    tensor[i] = i * 0.25f - 20;
  init_tensor (&f, &frame, tensor, sizeof (tensor));
  g_assert_true (mn_session_preprocess (f.session, &frame, out, N, NULL));
  g_assert_cmpmem (out, sizeof (out), tensor, sizeof (tensor));
  stop (&f);
}

/* ---- constants that change after they were checked ---------------------- */

/* PAD by one around, a mean, and all the rest of a network. */
static GBytes *
make_indices (void)
{
  static const gint32 paddings[] = {0, 0, 1, 1, 1, 1, 0, 0};
  static const gint32 shape[] = {4, 2}, axes[] = {1, 2};
  static const gint32 list[] = {1, 3}, kept[] = {1, 1, 1, 3};
  MnTestWriter *w = mn_test_writer_new ();
  gint x = picture (w, "x", MN_DTYPE_F32, SIDE, 3);
  gint padded = picture (w, "padded", MN_DTYPE_F32, SIDE + 2, 3);
  gint mean = mn_test_writer_tensor (w, "mean", MN_DTYPE_F32, 2, list);
  gint y = mn_test_writer_tensor (w, "y", MN_DTYPE_F32, 4, kept);

  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_PAD}, padded, 2, x,
      mn_test_writer_const (w, "p", MN_DTYPE_I32, 2, shape, paddings));
  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_MEAN}, mean, 2,
      padded, mn_test_writer_const_i32 (w, "axes", 2, axes));
  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_RESHAPE}, y, 2, mean,
      mn_test_writer_const_i32 (w, "shape", 4, kept));
  mn_test_writer_input (w, x);
  mn_test_writer_output (w, y);
  return mn_test_writer_finish (w);
}

static void
run (Fixture *f, gfloat *out)
{
  gfloat tensor[N];
  MnFrame frame, *frames[] = {&frame};
  g_autoptr (MnResult) result = NULL;
  g_autoptr (GError) error = NULL;
  MnTicket ticket;
  guint i;

  for (i = 0; i < N; i++)
    tensor[i] = i % 7;
  init_tensor (f, &frame, tensor, sizeof (tensor));
  mn_session_submit (f->session, frames, 1, &ticket, &error);
  g_assert_no_error (error);
  mn_session_wait (f->session, ticket, MN_FOREVER, &result, &error);
  g_assert_no_error (error);
  memcpy (out, mn_result_get_output (result, 0)->data, 3 * sizeof (gfloat));
}

/* As when a file is written to in place, and compiled again. All that might be
 * an index becomes one that is out of all bounds. */
static void
test_changed_constants (void)
{
  g_autoptr (GBytes) bytes = make_indices ();
  gsize size, at;
  gconstpointer data = g_bytes_get_data (bytes, &size);
  g_autofree guint8 *copy = g_memdup2 (data, size);
  MnPlanOptions options = {.backend = "cpu", .threads = 2};
  gfloat before[3], after[3];
  Fixture f;
  MnPlan *plan;

  start (&f, g_bytes_new_static (copy, size), 1);
  run (&f, before);
  for (at = 0; at + sizeof (gint32) <= size; at += sizeof (gint32)) {
    const gint32 wild = 30000;

    memcpy (copy + at, &wild, sizeof (wild));
  }
  plan = mn_plan_new (f.context, f.model, &options, NULL);
  g_assert_nonnull (plan);
  mn_session_free (f.session);
  f.session = mn_session_new (plan, NULL);
  mn_plan_unref (plan);
  run (&f, after);
  g_assert_cmpmem (before, sizeof (before), after, sizeof (after));
  stop (&f);
}

/* ---- shapes that fill no vector ----------------------------------------- */

/* n depthwise layers of one channel, whose filter is the whole picture. */
static GBytes *
make_narrow (guint n)
{
  static const gint32 k_dims[] = {1, 1 << 10, 1 << 10, 1};
  g_autofree gfloat *zeros = g_new0 (gfloat, 1 << 20);
  MnTestWriter *w = mn_test_writer_new ();
  gint x = picture (w, "x", MN_DTYPE_F32, 1 << 10, 1), sum = -1;
  gint k = mn_test_writer_const_f32 (w, "k", 4, k_dims, zeros);
  guint i;

  for (i = 0; i < n; i++) {
    gint y = picture (w, "y", MN_DTYPE_F32, 1, 1), next;

    mn_test_writer_op (w,
        &(const MnTestOp) {.code = TFL_OP_DEPTHWISE_CONV_2D,
          .padding = TFL_PADDING_VALID,
          .stride_h = 1,
          .stride_w = 1,
          .multiplier = 1},
        y, 2, x, k);
    next = i > 0 ? picture (w, "sum", MN_DTYPE_F32, 1, 1) : y;
    if (i > 0)
      mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_ADD}, next, 2,
          sum, y);
    sum = next;
  }
  mn_test_writer_input (w, x);
  mn_test_writer_output (w, sum);
  return mn_test_writer_finish (w);
}

/* A vector of eight or sixteen times that, where the CPU has such: packed,
 * these would be thousands of MiB. */
static void
test_narrow_weights (void)
{
  g_autoptr (GBytes) bytes = make_narrow (40);
  g_autoptr (MnModel) model = mn_model_load_bytes (bytes, "m", NULL);
  g_autoptr (MnContext) context = mn_context_new ();
  MnPlanOptions options = {.backend = "cpu", .threads = 1};
  g_autoptr (GError) error = NULL;
  g_autoptr (MnPlan) plan = mn_plan_new (context, model, &options, &error);

  if (plan)
    g_assert_cmpuint (plan->plan->n_weights, <=,
        2 * MN_MAX_WEIGHT_BYTES / sizeof (gfloat));
  else
    g_assert_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED);
}

/* ---- frames that are given up ------------------------------------------ */

#define LARGE 400

/* A pool over most of the picture: nine thousand million comparisons. */
static GBytes *
make_slow (void)
{
  MnTestWriter *w = mn_test_writer_new ();
  gint x = picture (w, "x", MN_DTYPE_F32, LARGE, 1);
  gint y = picture (w, "y", MN_DTYPE_F32, LARGE, 1);

  mn_test_writer_op (w,
      &(const MnTestOp) {.code = TFL_OP_MAX_POOL_2D,
        .filter_h = 2 * LARGE / 3,
        .filter_w = 2 * LARGE / 3,
        .stride_h = 1,
        .stride_w = 1},
      y, 1, x);
  mn_test_writer_input (w, x);
  mn_test_writer_output (w, y);
  return mn_test_writer_finish (w);
}

typedef struct
{
  gint cancelled, begun;
} Flag;

static gpointer
cancel_soon (gpointer data)
{
  Flag *flag = data;

  while (!g_atomic_int_get (&flag->begun))
    g_thread_yield ();
  g_usleep (20000);
  g_atomic_int_set (&flag->cancelled, TRUE);
  return NULL;
}

static void
test_given_up (gconstpointer data)
{
  guint threads = GPOINTER_TO_UINT (data);
  g_autofree gfloat *tensor = g_new0 (gfloat, LARGE * LARGE);
  g_autoptr (GError) error = NULL;
  MnFrame frame, *frames[] = {&frame};
  Flag flag = {0, 0};
  MnTicket ticket;
  GThread *other;
  Fixture f;

  start (&f, make_slow (), threads);
  init_tensor (&f, &frame, tensor, LARGE * LARGE * sizeof (gfloat));
  mn_session_set_cancelled (f.session, &flag.cancelled);
  other = g_thread_new ("cancel", cancel_soon, &flag);
  g_atomic_int_set (&flag.begun, TRUE);
  g_assert_false (mn_session_submit (f.session, frames, 1, &ticket, &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_CANCELLED);
  g_thread_join (other);
  stop (&f);
}

/* What was given up leaves the session as it was. */
static void
test_goes_on (void)
{
  gfloat before[3], after[3], tensor[N] = {0};
  MnFrame frame, *frames[] = {&frame};
  gint cancelled = TRUE;
  MnTicket ticket;
  Fixture f;

  start (&f, make_indices (), 1);
  run (&f, before);
  init_tensor (&f, &frame, tensor, sizeof (tensor));
  mn_session_set_cancelled (f.session, &cancelled);
  g_assert_false (mn_session_submit (f.session, frames, 1, &ticket, NULL));
  cancelled = FALSE;
  run (&f, after);
  g_assert_cmpmem (before, sizeof (before), after, sizeof (after));
  stop (&f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/trust/tensor-of-bytes", test_tensor_of_bytes);
  g_test_add_func ("/trust/tensor-is-declared", test_tensor_is_declared);
  g_test_add_func ("/trust/changed-constants", test_changed_constants);
  g_test_add_func ("/trust/narrow-weights", test_narrow_weights);
  g_test_add_data_func ("/trust/given-up", GUINT_TO_POINTER (1), test_given_up);
  g_test_add_data_func ("/trust/given-up-by-threads", GUINT_TO_POINTER (2),
      test_given_up);
  g_test_add_func ("/trust/goes-on", test_goes_on);
  return g_test_run ();
}
