/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Values that are read under another shape than they were written in: each
 * reader goes by its own. Every level of the CPU, against sums written out
 * here. */

#include "engine/base/cpu_flags.h"
#include "engine/cpu/lower/guards.h"
#include "engine/mn.h"
#include "tests/support/tflite_writer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#ifdef MN_CPU_GUARDED
#include <sanitizer/asan_interface.h>
#endif

#define MOST_STEPS 8

typedef enum
{
  END,
  POINTWISE,       /* to c channels */
  DEPTHWISE,       /* 3x3 */
  FULLY_CONNECTED, /* rows of k to c; h x w of them, or of rank 2
                    * where h is 0 */
  RESHAPE,
  ADD, /* with the value of step `other` */
  MEAN
} Op;

/* What comes out is 1 x h x w x c. Value 0 is the input, value i + 1 that of
 * step i. */
typedef struct
{
  Op op;
  gint h, w, c, k, other;
} Step;

typedef struct
{
  const gchar *name;
  gint h, w; /* of the input, of 3 channels */
  Step steps[MOST_STEPS];
} Net;

static const Net nets[] = {
  /* Beyond the end of the memory, if pixels are as far apart as before. */
  {"pointwise", 16, 16,
    {{POINTWISE, 16, 16, 1024}, {RESHAPE, 512, 512, 1},
      {POINTWISE, 512, 512, 8}, {MEAN, 1, 1, 8}}},
  {"depthwise", 16, 16,
    {{POINTWISE, 16, 16, 1024}, {RESHAPE, 512, 512, 1},
      {DEPTHWISE, 512, 512, 1}, {MEAN, 1, 1, 1}}},
  {"residual", 16, 16,
    {{POINTWISE, 16, 16, 1024}, {RESHAPE, 512, 512, 1},
      {POINTWISE, 512, 512, 4}, {POINTWISE, 512, 512, 1},
      {ADD, 512, 512, 1, 0, 2}, {MEAN, 1, 1, 1}}},
  /* Within it, but elsewhere. */
  {"channels", 6, 8,
    {{POINTWISE, 6, 8, 24}, {RESHAPE, 6, 8 * 6, 4}, {POINTWISE, 6, 8 * 6, 5}}},
  {"more-channels", 6, 8,
    {{POINTWISE, 6, 8, 5}, {RESHAPE, 3, 4, 20}, {POINTWISE, 3, 4, 7},
      {RESHAPE, 4, 3, 7}, {DEPTHWISE, 4, 3, 7}}},
  {"input", 6, 8,
    {{RESHAPE, 12, 2, 6}, {DEPTHWISE, 12, 2, 6}, {POINTWISE, 12, 2, 9}}},
  {"added", 6, 8,
    {{POINTWISE, 6, 8, 12}, {RESHAPE, 12, 8, 6}, {POINTWISE, 12, 8, 6},
      {ADD, 12, 8, 6, 0, 2}, {RESHAPE, 6, 8, 12}, {POINTWISE, 6, 8, 7}}},
  {"shared", 6, 8,
    {{POINTWISE, 6, 8, 8}, {RESHAPE, 6, 16, 4}, {POINTWISE, 6, 16, 4},
      {RESHAPE, 6, 8, 8}, {ADD, 6, 8, 8, 0, 1}, {DEPTHWISE, 6, 8, 8}}},
  /* What was a matrix. */
  {"matrix", 6, 8,
    {{FULLY_CONNECTED, 0, 6, 24, 24}, {RESHAPE, 4, 6, 6},
      {POINTWISE, 4, 6, 5}}},
  /* Rows of several pixels, and parts of one, behind a depthwise convolution;
   * in front of one. */
  {"rows", 6, 8,
    {{POINTWISE, 6, 8, 8}, {DEPTHWISE, 6, 8, 8},
      {FULLY_CONNECTED, 0, 24, 5, 16}}},
  {"half-rows", 6, 8,
    {{POINTWISE, 6, 8, 8}, {DEPTHWISE, 6, 8, 8},
      {FULLY_CONNECTED, 0, 96, 5, 4}}},
  {"rows-in-front", 6, 8,
    {{POINTWISE, 6, 8, 8}, {FULLY_CONNECTED, 6, 8, 6, 8}, {DEPTHWISE, 6, 8, 6},
      {POINTWISE, 6, 8, 8}}},
  /* A block whose picture was stored under another shape. */
  {"block", 16, 16,
    {{POINTWISE, 16, 16, 32}, {RESHAPE, 32, 32, 8}, {DEPTHWISE, 32, 32, 8},
      {POINTWISE, 32, 32, 6}}},
};

/* A value as the test computes it. */
typedef struct
{
  gint h, w, c;
  gint tensor; /* in the file */
  gdouble *data;
} Value;

static gsize
count (const Value *v)
{
  return (gsize) v->h * v->w * v->c;
}

static gfloat *
random_floats (GRand *random, gsize n, gdouble range)
{
  gfloat *x = g_new (gfloat, n);
  gsize i;

  for (i = 0; i < n; i++)
    x[i] = g_rand_double_range (random, -range, range);
  return x;
}

/* Rows of k. w: [c][k] */
static void
compute_product (const Value *x, const gfloat *w, gsize k, Value *y)
{
  gsize i, j, l;

  for (i = 0; i < count (x) / k; i++) {
    for (j = 0; j < (gsize) y->c; j++) {
      gdouble sum = 0;

      for (l = 0; l < k; l++)
        sum += x->data[i * k + l] * w[j * k + l];
      y->data[i * y->c + j] = sum;
    }
  }
}

/* w: [3][3][c] */
static void
compute_depthwise (const Value *x, const gfloat *w, Value *y)
{
  gsize i;
  gint v, u;

  for (i = 0; i < count (y); i++) {
    gint column = i / y->c % y->w, row = i / y->c / y->w;

    y->data[i] = 0;
    for (v = -1; v <= 1; v++) {
      for (u = -1; u <= 1; u++) {
        if (row + v >= 0 && row + v < x->h && column + u >= 0
            && column + u < x->w)
          y->data[i] += x->data[i + (v * x->w + u) * x->c]
              * w[((v + 1) * 3 + u + 1) * x->c + i % x->c];
      }
    }
  }
}

static void
compute (const Step *step, const Value *x, const Value *values, const gfloat *w,
    Value *y)
{
  gsize i;

  switch (step->op) {
    case POINTWISE:
      compute_product (x, w, x->c, y);
      break;
    case FULLY_CONNECTED:
      compute_product (x, w, step->k, y);
      break;
    case DEPTHWISE:
      compute_depthwise (x, w, y);
      break;
    case MEAN:
      for (i = 0; i < count (x); i++)
        y->data[i % x->c] += x->data[i] / (x->h * x->w);
      break;
    case ADD:
      for (i = 0; i < count (x); i++)
        y->data[i] = x->data[i] + values[step->other].data[i];
      break;
    default:
      memcpy (y->data, x->data, count (x) * sizeof (gdouble));
  }
}

/* The operator's code; *shape, *n: of its weights or indices. */
static gint
shape_of (const Step *step, const Value *x, gint32 shape[4], guint *rank)
{
  const gint32 pointwise[] = {step->c, 1, 1, x->c};
  const gint32 depthwise[] = {1, 3, 3, x->c};
  const gint32 matrix[4] = {step->c, step->k};

  *rank = step->op == FULLY_CONNECTED ? 2 : 4;
  memcpy (shape,
      step->op == POINTWISE       ? pointwise
          : step->op == DEPTHWISE ? depthwise
                                  : matrix,
      *rank * sizeof (gint32));
  return step->op == POINTWISE ? TFL_OP_CONV_2D
      : step->op == DEPTHWISE  ? TFL_OP_DEPTHWISE_CONV_2D
                               : TFL_OP_FULLY_CONNECTED;
}

/* Writes a step with weights; returns those. */
static gfloat *
write_weighted (MnTestWriter *writer, GRand *random, const Step *step,
    const Value *x, gint y)
{
  MnTestOp op = {.stride_h = 1, .stride_w = 1, .multiplier = 1};
  gint32 shape[4];
  gsize n = 1, k;
  guint rank, i;
  gfloat *w;
  gint t;

  op.code = shape_of (step, x, shape, &rank);
  op.padding = TFL_PADDING_SAME;
  for (i = 0; i < rank; i++)
    n *= shape[i];
  k = step->op == DEPTHWISE ? 9 : n / step->c;
  w = random_floats (random, n, sqrt (3.0 / k));
  t = mn_test_writer_const_f32 (writer, "w", rank, shape, w);
  mn_test_writer_op (writer, &op, y, 2, x->tensor, t);
  return w;
}

static void
write_step (MnTestWriter *writer, GRand *random, const Step *step,
    const Value *x, const Value *values, Value *y)
{
  static const gint32 axes[] = {1, 2};
  const gint32 dims[] = {1, y->h, y->w, y->c};
  const gint32 matrix[] = {step->w, step->c};
  gboolean flat = step->op == FULLY_CONNECTED && step->h == 0;
  g_autofree gfloat *w = NULL;
  MnTestOp op = {
    0,
  };

  y->tensor = mn_test_writer_tensor (writer, "y", MN_DTYPE_F32, flat ? 2 : 4,
      flat ? matrix : dims);
  switch (step->op) {
    case RESHAPE:
      op.code = TFL_OP_RESHAPE;
      mn_test_writer_op (writer, &op, y->tensor, 2, x->tensor,
          mn_test_writer_const_i32 (writer, "shape", 4, dims));
      break;
    case ADD:
      op.code = TFL_OP_ADD;
      mn_test_writer_op (writer, &op, y->tensor, 2, x->tensor,
          values[step->other].tensor);
      break;
    case MEAN:
      op.code = TFL_OP_MEAN;
      op.keep_dims = TRUE;
      mn_test_writer_op (writer, &op, y->tensor, 2, x->tensor,
          mn_test_writer_const_i32 (writer, "axes", 2, axes));
      break;
    default:
      w = write_weighted (writer, random, step, x, y->tensor);
  }
  compute (step, x, values, w, y);
}

/* The model; its input, and what comes of that. */
static MnModel *
make (const Net *net, GRand *random, gfloat **input, gdouble **want, gsize *n)
{
  MnTestWriter *writer = mn_test_writer_new ();
  const gint32 dims[] = {1, net->h, net->w, 3};
  Value values[MOST_STEPS + 1] = {
    {net->h, net->w, 3},
  };
  g_autoptr (GBytes) bytes = NULL;
  GError *error = NULL;
  MnModel *model;
  gsize i, last;

  *input = random_floats (random, count (values), 1);
  values[0].data = g_new (gdouble, count (values));
  for (i = 0; i < count (values); i++)
    values[0].data[i] = (*input)[i];
  values[0].tensor = mn_test_writer_tensor (writer, "x", MN_DTYPE_F32, 4, dims);
  mn_test_writer_input (writer, values[0].tensor);
  for (i = 0; i < MOST_STEPS && net->steps[i].op != END; i++) {
    const Step *step = &net->steps[i];

    values[i + 1] = (Value) {MAX (step->h, 1), step->w, step->c};
    values[i + 1].data = g_new0 (gdouble, count (&values[i + 1]));
    write_step (writer, random, step, &values[i], values, &values[i + 1]);
  }
  last = i;
  mn_test_writer_output (writer, values[last].tensor);
  for (i = 0; i < last; i++)
    g_free (values[i].data);
  *want = values[last].data;
  *n = count (&values[last]);
  bytes = mn_test_writer_finish (writer);
  model = mn_model_load_bytes (bytes, net->name, &error);
  g_assert_no_error (error);
  return model;
}

static void
check (MnModel *model, const MnPlanOptions *options, const gfloat *input,
    const gdouble *want, gsize n, gdouble tolerance)
{
  const MnModelInfo *info = mn_model_get_info (model);
  g_autoptr (MnContext) context = mn_context_new ();
  g_autoptr (MnPlan) plan = NULL;
  g_autoptr (MnSession) session = NULL;
  g_autoptr (MnResult) result = NULL;
  MnFrameDesc desc = {
    MN_FORMAT_TENSOR,
    info->width,
    info->height,
  };
  MnFrame frame, *frames = &frame;
  const MnTensorView *view;
  GError *error = NULL;
  gdouble most = 0, off = 0;
  MnTicket ticket;
  gsize i;

  plan = mn_plan_new (context, model, options, &error);
  g_assert_no_error (error);
  session = mn_session_new (plan, &error);
  g_assert_no_error (error);
  mn_frame_init (&frame, &desc, NULL, NULL);
  frame.n_planes = 1;
  frame.planes[0].data = (const guint8 *) input;
  frame.planes[0].size = 3 * info->width * info->height * sizeof (gfloat);
  mn_session_submit (session, &frames, 1, &ticket, &error);
  g_assert_no_error (error);
  mn_session_wait (session, ticket, MN_FOREVER, &result, &error);
  g_assert_no_error (error);
  view = mn_result_get_output (result, 0);
  g_assert_cmpuint (view->size, ==, n * sizeof (gfloat));
  for (i = 0; i < n; i++) {
    gdouble difference = fabs (((const gfloat *) view->data)[i] - want[i]);

    most = MAX (most, fabs (want[i]));
    /* Written so that a NaN counts. */
    off = difference <= off ? off : difference;
  }
  g_assert_cmpfloat (off, <=, tolerance * most);
}

/* Every level, with blocks and without. */
static void
check_levels (MnModel *model, const gfloat *input, const gdouble *want, gsize n)
{
  static const gchar *const levels[] = {"reference", "scalar", "avx2",
    "avxvnni", "avx512", "avx512vnni", "amx", "neon", "neondot"};
  MnPlanOptions options = {.backend = "cpu"};
  guint i, j;

  for (i = 0; i < G_N_ELEMENTS (levels); i++) {
    if (!mn_cpu_has_level (levels[i]))
      continue;
    g_setenv ("MOBILENET_CPU", levels[i], TRUE);
    for (j = 0; j < 4; j++) {
      g_test_message ("%s, %u", levels[i], j);
      g_setenv ("MOBILENET_CPU_CACHE", j & 1 ? "1" : "1000", TRUE);
      options.threads = j & 2 ? 3 : 1;
      options.precision = MN_PRECISION_F32;
      check (model, &options, input, want, n, 1e-4);
      options.precision = MN_PRECISION_BF16;
      if (mn_cpu_flags_get () & MN_CPU_AVX512_BF16)
        check (model, &options, input, want, n, 0.04);
      options.precision = MN_PRECISION_F16;
      if (mn_cpu_flags_get () & MN_CPU_NEON_FP16)
        check (model, &options, input, want, n, 0.01);
    }
  }
  g_unsetenv ("MOBILENET_CPU_CACHE");
  g_unsetenv ("MOBILENET_CPU");
}

static void
test_net (gconstpointer data)
{
  const Net *net = data;
  GRand *random = g_rand_new_with_seed (3);
  g_autofree gfloat *input = NULL;
  g_autofree gdouble *want = NULL;
  gsize n;
  g_autoptr (MnModel) model = make (net, random, &input, &want, &n);

  check_levels (model, input, want, n);
  g_rand_free (random);
}

/* Where memory is watched, nothing lies next to a value, nor in its place. */
static void
test_guards (void)
{
#ifdef MN_CPU_GUARDED
  MnLifetime items[] = {{65, 0, 1}, {1000, 1, 2}, {65, 3, 4}};
  guint8 *data = mn_cpu_alloc (65);
  gsize size = mn_cpu_guards_plan (items, 3, 64), end = 0;
  guint i;

  for (i = 0; i < 3; i++) {
    g_assert_cmpuint (items[i].offset % 64, ==, 0);
    g_assert_cmpuint (items[i].offset, >=, end + MN_CPU_GAP);
    end = items[i].offset + items[i].size;
  }
  g_assert_cmpuint (size, >=, end + MN_CPU_GAP);
  g_assert_false (__asan_address_is_poisoned (data + 64));
  g_assert_true (__asan_address_is_poisoned (data + 65));
  free (data);
#else
  g_test_skip ("a build in which memory is not watched");
#endif
}

int
main (int argc, char **argv)
{
  guint i;

  g_test_init (&argc, &argv, NULL);
  for (i = 0; i < G_N_ELEMENTS (nets); i++) {
    g_autofree gchar *path = g_strconcat ("/cpu/layouts/", nets[i].name, NULL);

    g_test_add_data_func (path, &nets[i], test_net);
  }
  g_test_add_func ("/cpu/guards", test_guards);
  return g_test_run ();
}
