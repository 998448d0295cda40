/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Models of one integer operator: the bits that LiteRT has, and with scales
 * and biases that make no sense the same bits at each level. What is wrong
 * with their arithmetic shows where undefined behaviour is looked for. */

#include "engine/base/cpu_flags.h"

#include <math.h>
#include <string.h>

#include "tests/kernels/litert_values.h"

static const gchar *const levels[] = {
  NULL, "scalar", "avx2", "avxvnni", "avx512", "avx512vnni", "neon", "neondot"};

/* The output's bytes; level NULL: of the plain kernels. */
static GBytes *
run (GBytes *bytes, const gchar *name, const gchar *level, gconstpointer x,
    gsize size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MnModel) model = mn_model_load_bytes (bytes, name, &error);
  MnPlanOptions options = {
    .threads = 1, .backend = level ? "cpu" : "reference"};
  MnFrameDesc desc = {.format = MN_FORMAT_TENSOR};
  MnFrame frame, *frames = &frame;
  MnResult *result = NULL;
  const MnTensorView *view;
  GBytes *out;

  g_assert_no_error (error);
  if (level)
    g_setenv ("MOBILENET_CPU", level, TRUE);
  desc.width = mn_model_get_info (model)->width;
  desc.height = mn_model_get_info (model)->height;
  mn_frame_init (&frame, &desc, NULL, NULL);
  frame.n_planes = 1;
  frame.planes[0].data = x;
  frame.planes[0].size = size;
  {
    g_autoptr (MnPlan)
        plan = mn_plan_new (mn_context_get_default (), model, &options, &error);
    g_autoptr (MnSession) session = NULL;
    MnTicket ticket;

    g_assert_no_error (error);
    session = mn_session_new (plan, &error);
    g_assert_no_error (error);
    g_assert_true (mn_session_submit (session, &frames, 1, &ticket, &error));
    g_assert_true (mn_session_wait (session, ticket, MN_FOREVER, &result,
        &error));
    g_assert_no_error (error);
  }
  view = mn_result_get_output (result, 0);
  out = g_bytes_new (view->data, view->size);
  mn_result_unref (result);
  return out;
}

static void
set_quant (MnTestWriter *w, gint tensor, gfloat scale, gint64 zero)
{
  mn_test_writer_quant (w, tensor, 1, &scale, &zero, 0);
}

static guint8 *
to_bytes (const gint16 *values, gsize n)
{
  guint8 *bytes = g_malloc (n);
  gsize i;

  for (i = 0; i < n; i++)
    bytes[i] = (guint8) values[i];
  return bytes;
}

/* ---- values ------------------------------------------------------------ */

static GBytes *
make_model (const Values *v)
{
  MnTestWriter *w = mn_test_writer_new ();
  const gint32 x_line[] = {1, 1, v->n, 1};
  const gint32 y_line[] = {1, 1, v->n, v->multiplier};
  const gint32 column[] = {1, v->n / MAX (v->channels, 1), 1, v->channels};
  const gint32 *x_dims = v->channels ? column : x_line;
  const gint32 *y_dims = v->channels ? column : y_line;
  const gint32 b_dims[] = {1, 1, v->n_b, 1};
  const gint32 w_dims[] = {1, 1, 1, v->n_b};
  const gint32 none[16] = {0};
  gboolean depthwise = v->op == TFL_OP_DEPTHWISE_CONV_2D;
  gint x = mn_test_writer_tensor (w, "x", v->from, 4, x_dims), b = -1;
  gint y = mn_test_writer_tensor (w, "y", v->to, 4, y_dims), bias = -1;
  MnTestOp op = {.code = v->op,
    .padding = TFL_PADDING_VALID,
    .stride_h = 1,
    .stride_w = 1,
    .multiplier = v->multiplier};

  if (v->from != MN_DTYPE_F32)
    set_quant (w, x, v->x_scale, v->x_zero);
  if (v->to != MN_DTYPE_F32)
    set_quant (w, y, v->y_scale, v->y_zero);
  if (v->n_b) {
    g_autofree guint8 *data = to_bytes (v->b, v->n_b);

    b = mn_test_writer_const (w, "b", v->from, 4, depthwise ? w_dims : b_dims,
        data);
    set_quant (w, b, v->b_scale, v->b_zero);
  }
  if (depthwise)
    bias = mn_test_writer_const_i32 (w, "bias", v->n_b, none);
  mn_test_writer_op (w, &op, y, depthwise ? 3 : v->n_b ? 2 : 1, x, b, bias);
  mn_test_writer_input (w, x);
  mn_test_writer_output (w, y);
  return mn_test_writer_finish (w);
}

static void
test_values (gconstpointer data)
{
  const Values *v = data;
  g_autoptr (GBytes) model = make_model (v);
  g_autofree guint8 *x = to_bytes (v->x, v->n);
  gsize n = v->n * v->multiplier, i, j;
  g_autofree guint8 *want = to_bytes (v->want, n);
  gboolean from_float = v->from == MN_DTYPE_F32;

  for (i = 0; i < G_N_ELEMENTS (levels); i++) {
    g_autoptr (GBytes) out = NULL;
    gconstpointer got;

    if (levels[i] && !mn_cpu_has_level (levels[i]))
      continue;
    out = run (model, v->name, levels[i],
        from_float ? (gconstpointer) v->floats : x,
        from_float ? v->n * sizeof (gfloat) : v->n);
    got = g_bytes_get_data (out, NULL);
    if (v->to == MN_DTYPE_F32) {
      g_assert_cmpmem (got, g_bytes_get_size (out), v->want_floats,
          n * sizeof (gfloat));
      continue;
    }
    g_assert_cmpuint (g_bytes_get_size (out), ==, n);
    for (j = 0; j < n; j++) {
      if (((const guint8 *) got)[j] != want[j])
        g_error ("%s on %s: number %zu is %d, not %d", v->name,
            levels[i] ? levels[i] : "reference", j, ((const guint8 *) got)[j],
            want[j]);
    }
  }
}

/* ---- what makes no sense ------------------------------------------------ */

/* One convolution, 3x3 of 4x4x3 to 9 channels; or what else there is. */
static GBytes *
make_absurd (gint code, MnDType dtype, const gfloat *scales,
    const gint64 *zeros, gint32 bias_value)
{
  MnTestWriter *w = mn_test_writer_new ();
  const gint32 x_dims[] = {1, 4, 4, 3}, flat_dims[] = {1, 3};
  const gint32 y_dims[] = {1, 2, 2, 9};
  const gint32 conv_dims[] = {9, 3, 3, 3}, dw_dims[] = {1, 3, 3, 9};
  const gint32 axes[] = {1, 2};
  gboolean conv = code == TFL_OP_CONV_2D;
  gboolean depthwise = code == TFL_OP_DEPTHWISE_CONV_2D;
  gboolean mean = code == TFL_OP_MEAN;
  gint x = mn_test_writer_tensor (w, "x", dtype, 4, x_dims);
  gint y = mn_test_writer_tensor (w, "y", dtype, mean ? 2 : 4,
      mean                    ? flat_dims
          : conv || depthwise ? y_dims
                              : x_dims);
  MnTestOp op = {.code = code,
    .padding = TFL_PADDING_VALID,
    .stride_h = 1,
    .stride_w = 1,
    .multiplier = 3};
  guint8 data[9 * 27];
  gint32 biases[9];
  gint b = -1, i;

  memset (data, dtype == MN_DTYPE_I8 ? 0x7f : 0xff, sizeof (data));
  for (i = 0; i < 9; i++)
    biases[i] = i % 2 ? bias_value : -bias_value;
  set_quant (w, x, scales[0], zeros[0]);
  set_quant (w, y, scales[2], zeros[2]);
  if (conv || depthwise) {
    b = mn_test_writer_const (w, "b", dtype, 4, conv ? conv_dims : dw_dims,
        data);
    set_quant (w, b, scales[1], dtype == MN_DTYPE_I8 ? 0 : zeros[1]);
    mn_test_writer_op (w, &op, y, 3, x, b,
        mn_test_writer_const_i32 (w, "bias", 9, biases));
  } else if (mean) {
    mn_test_writer_op (w, &op, y, 2, x,
        mn_test_writer_const_i32 (w, "axes", 2, axes));
  } else if (code == TFL_OP_ADD || code == TFL_OP_SUB || code == TFL_OP_MUL) {
    b = mn_test_writer_const (w, "b", dtype, 4, x_dims, data);
    set_quant (w, b, scales[1], zeros[1]);
    mn_test_writer_op (w, &op, y, 2, x, b);
  } else {
    mn_test_writer_op (w, &op, y, 1, x);
  }
  mn_test_writer_input (w, x);
  mn_test_writer_output (w, y);
  return mn_test_writer_finish (w);
}

static void
compare_levels (gint code, MnDType dtype, const gfloat *scales,
    const gint64 *zeros, gint32 bias)
{
  g_autoptr (GBytes) model = make_absurd (code, dtype, scales, zeros, bias);
  g_autoptr (GBytes) want = NULL;
  guint8 x[48];
  gsize i;

  for (i = 0; i < sizeof (x); i++)
    x[i] = i % 3 ? i * 97 : i % 2 ? 0x7f : 0x80;
  want = run (model, "absurd", NULL, x, sizeof (x));
  for (i = 1; i < G_N_ELEMENTS (levels); i++) {
    g_autoptr (GBytes) got = NULL;

    if (!mn_cpu_has_level (levels[i]))
      continue;
    got = run (model, "absurd", levels[i], x, sizeof (x));
    if (!g_bytes_equal (got, want))
      g_error ("operator %d, %s, scales %g %g %g, zeros %d %d %d, bias %d: "
               "%s gives other bits",
          code, mn_dtype_name (dtype), scales[0], scales[1], scales[2],
          (gint) zeros[0], (gint) zeros[1], (gint) zeros[2], bias, levels[i]);
  }
}

static void
test_absurd (void)
{
  const gint codes[] = {TFL_OP_CONV_2D, TFL_OP_DEPTHWISE_CONV_2D, TFL_OP_ADD,
    TFL_OP_SUB, TFL_OP_MUL, TFL_OP_QUANTIZE, TFL_OP_RELU, TFL_OP_RELU6,
    TFL_OP_HARD_SWISH, TFL_OP_MEAN};
  const gfloat scales[][3] = {{1, 1, 1}, {1e-45f, 1e-45f, 3e38f},
    {3e38f, 3e38f, 1e-45f}, {3e38f, 1e-45f, 1}, {1e-45f, 3e38f, 1e-45f},
    {1e-30f, 1, 1e30f}, {0.1f, 0.1f, 1e-9f}, {0.1f, 1e-9f, 1e-4f}};
  const gint32 biases[] = {0, G_MAXINT32, G_MAXINT32 - 1000, 1 << 24};
  gsize i, j, k;
  gint type;

  for (i = 0; i < G_N_ELEMENTS (codes); i++) {
    gsize n = codes[i] == TFL_OP_CONV_2D || codes[i] == TFL_OP_DEPTHWISE_CONV_2D
        ? G_N_ELEMENTS (biases)
        : 1;

    for (type = 0; type < 2; type++) {
      MnDType dtype = type ? MN_DTYPE_I8 : MN_DTYPE_U8;
      gint64 low = type ? G_MININT8 : 0;

      for (j = 0; j < G_N_ELEMENTS (scales); j++) {
        for (k = 0; k < n; k++) {
          const gint64 ends[] = {low, low + 255, low};
          const gint64 others[] = {low + 255, low, low + 255};

          compare_levels (codes[i], dtype, scales[j], ends, biases[k]);
          compare_levels (codes[i], dtype, scales[j], others, biases[k]);
        }
      }
    }
  }
}

int
main (int argc, char **argv)
{
  gsize i;

  g_test_init (&argc, &argv, NULL);
  for (i = 0; i < G_N_ELEMENTS (values); i++) {
    g_autofree gchar *path = g_strdup_printf ("/litert/%s", values[i].name);

    g_test_add_data_func (path, &values[i], test_values);
  }
  g_test_add_func ("/litert/absurd", test_absurd);
  return g_test_run ();
}
