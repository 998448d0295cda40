/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Memory that runs out. The functions that take it stand in front of GLib's
 * here: whatever a file or a frame makes large is tried for, and each such try
 * fails once; that is an error with a message, or goes on without. */

#include "engine/core/internal.h"
#include "tests/support/tflite_writer.h"

#include <stdlib.h>
#include <string.h>

/* Less is not counted: its size is nobody's choice but ours. */
#define LARGE (48 << 10)

static guint n_tries, failing; /* the number of the try that fails */
static gboolean watching;

static gboolean
fails (gsize size)
{
  return watching && size >= LARGE && ++n_tries == failing;
}

static gpointer
take (gsize size, gboolean zeros)
{
  gpointer data = zeros ? calloc (1, size) : malloc (size);

  g_assert_true (data || size == 0);
  return data;
}

/* Without a try: of what is not large only. */
static gsize
plain (gsize n, gsize size)
{
  g_assert_true (size == 0 || n <= G_MAXSIZE / size);
  if (watching && n * size >= LARGE)
    g_error ("%" G_GSIZE_FORMAT " bytes are taken without a try", n * size);
  return n * size;
}

static gboolean
multiply (gsize n, gsize size, gsize *product)
{
  return g_size_checked_mul (product, n, size) && !fails (*product);
}

#undef g_try_malloc
#undef g_try_malloc0
#undef g_malloc
#undef g_malloc0
#undef g_malloc_n
#undef g_malloc0_n
#undef g_try_malloc_n
#undef g_try_malloc0_n

gpointer
g_try_malloc (gsize size)
{
  return fails (size) ? NULL : take (size, FALSE);
}

gpointer
g_try_malloc0 (gsize size)
{
  return fails (size) ? NULL : take (size, TRUE);
}

gpointer
g_try_malloc_n (gsize n, gsize size)
{
  gsize product;

  return multiply (n, size, &product) ? take (product, FALSE) : NULL;
}

gpointer
g_try_malloc0_n (gsize n, gsize size)
{
  gsize product;

  return multiply (n, size, &product) ? take (product, TRUE) : NULL;
}

gpointer
g_malloc (gsize size)
{
  return take (plain (1, size), FALSE);
}

gpointer
g_malloc0 (gsize size)
{
  return take (plain (1, size), TRUE);
}

gpointer
g_malloc_n (gsize n, gsize size)
{
  return take (plain (n, size), FALSE);
}

gpointer
g_malloc0_n (gsize n, gsize size)
{
  return take (plain (n, size), TRUE);
}

/* Inline in GLib's header, or in the library. */
gpointer
g_memdup2 (gconstpointer data, gsize size)
{
  gpointer copy = data && size > 0 ? take (plain (1, size), FALSE) : NULL;

  return copy ? memcpy (copy, data, size) : NULL;
}

/* ---- a network in which everything is large ----------------------------- */

#define SIDE 128
#define CHANNELS 8
#define CLASSES 20000

static gfloat *
make_floats (gsize n)
{
  gfloat *values = calloc (n, sizeof (gfloat));
  gsize i;

  for (i = 0; i < n; i++)
    values[i] = (gfloat) (i * 2654435761u % 1000) / 1000 - 0.5f;
  return values;
}

/* Convolution, mean, classes of int8 weights with a scale each, softmax, a
 * factor for each class that nothing takes in; all constants lie askew. */
static GBytes *
make_model (gboolean quantised)
{
  static const gint32 k_dims[] = {CHANNELS, 1, 1, 3};
  static const gint32 fc_dims[] = {CLASSES, CHANNELS};
  static const gint32 list[] = {1, CHANNELS}, scores[] = {1, CLASSES};
  static const gint32 axes[] = {1, 2};
  static const gint32 x_dims[] = {1, SIDE, SIDE, 3};
  static const gint32 y_dims[] = {1, SIDE, SIDE, CHANNELS};
  MnTestWriter *w = mn_test_writer_new ();
  gfloat *floats = make_floats (CLASSES);
  gint8 *bytes = calloc (CLASSES, CHANNELS);
  gint x = mn_test_writer_tensor (w, "x", MN_DTYPE_F32, 4, x_dims), k, y, t;
  GBytes *model;
  gsize i;

  for (i = 0; i < CLASSES; i++) {
    floats[i] = 0.01f + (gfloat) (i % 7) / 1000;
    bytes[i] = i * 31;
  }
  k = mn_test_writer_const_f32 (w, "k", 4, k_dims, floats);
  y = mn_test_writer_tensor (w, "y", MN_DTYPE_F32, 4, y_dims);
  mn_test_writer_op (w,
      &(const MnTestOp) {.code = TFL_OP_CONV_2D, .stride_h = 1, .stride_w = 1},
      y, 2, x, k);
  t = mn_test_writer_tensor (w, "mean", MN_DTYPE_F32, 2, list);
  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_MEAN}, t, 2, y,
      mn_test_writer_const_i32 (w, "axes", 2, axes));
  k = mn_test_writer_const (w, "fc", MN_DTYPE_I8, 2, fc_dims, bytes);
  if (quantised)
    mn_test_writer_quant (w, k, CLASSES, floats, NULL, 0);
  else
    mn_test_writer_quant (w, k, 1, floats, NULL, 0);
  y = mn_test_writer_tensor (w, "logits", MN_DTYPE_F32, 2, scores);
  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_FULLY_CONNECTED}, y,
      2, t, k);
  t = mn_test_writer_tensor (w, "softmax", MN_DTYPE_F32, 2, scores);
  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_SOFTMAX}, t, 1, y);
  y = mn_test_writer_tensor (w, "scores", MN_DTYPE_F32, 2, scores);
  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_MUL}, y, 2, t,
      mn_test_writer_const_f32 (w, "factors", 2, scores, floats));
  mn_test_writer_input (w, x);
  mn_test_writer_output (w, y);
  mn_test_writer_misalign (w, 1);
  model = mn_test_writer_finish (w);
  free (floats);
  free (bytes);
  return model;
}

/* ---- from the file to a result ------------------------------------------ */

#define WIDTH 8192
#define HEIGHT 16

typedef struct
{
  GBytes *bytes;
  const gchar *backend;
  MnContext *context;
  guint8 *pixels;
} Fixture;

static void
init_frame (MnFrame *frame, MnInput *input, guint8 *pixels)
{
  memset (input, 0, sizeof (*input));
  input->fit = MN_FIT_STRETCH;
  input->source = (MnFrameDesc) {
    .format = MN_FORMAT_NV12, .width = WIDTH, .height = HEIGHT};
  memset (frame, 0, sizeof (*frame));
  mn_frame_init (frame, &input->source, NULL, NULL);
  frame->n_planes = 2;
  frame->planes[0] = (MnPlane) {pixels, WIDTH, WIDTH * HEIGHT};
  frame->planes[1] = (MnPlane) {pixels, WIDTH, WIDTH * HEIGHT / 2};
}

static gboolean
see (MnSession *session, guint8 *pixels, GError **error)
{
  MnFrame frame, *frames[] = {&frame};
  g_autoptr (MnResult) result = NULL;
  MnInput input;
  MnTicket ticket;
  guint n;

  init_frame (&frame, &input, pixels);
  if (!mn_session_set_input (session, &input, error)
      || !mn_session_submit (session, frames, 1, &ticket, error)
      || !mn_session_wait (session, ticket, MN_FOREVER, &result, error))
    return FALSE;
  mn_result_get_scores (result, &n);
  g_assert_cmpuint (n, ==, CLASSES);
  return TRUE;
}

static gboolean
run (const Fixture *f, GError **error)
{
  MnPlanOptions options = {.backend = f->backend, .threads = 1};
  g_autoptr (MnModel) model = mn_model_load_bytes (f->bytes, "m", error);
  g_autoptr (MnPlan)
      plan = model ? mn_plan_new (f->context, model, &options, error) : NULL;
  g_autoptr (MnSession) session = plan ? mn_session_new (plan, error) : NULL;

  return session && see (session, f->pixels, error);
}

static void
test_each (gconstpointer backend)
{
  Fixture f = {NULL, backend};
  guint n, i;
  gboolean quantised;

  for (quantised = FALSE; quantised <= TRUE; quantised++) {
    f.bytes = make_model (quantised);
    f.context = mn_context_new ();
    f.pixels = calloc (HEIGHT, WIDTH);
    n_tries = failing = 0;
    watching = TRUE;
    g_assert_true (run (&f, NULL));
    watching = FALSE;
    n = n_tries;
    g_test_message ("%u tries", n);
    g_assert_cmpuint (n, >=, 5);
    for (i = 1; i <= n; i++) {
      g_autoptr (GError) error = NULL;
      gboolean ok;

      n_tries = 0;
      failing = i;
      watching = TRUE;
      ok = run (&f, &error);
      watching = FALSE;
      g_test_message ("%u: %s", i, ok ? "goes on" : error->message);
      if (!ok)
        g_assert_error (error, MN_ERROR, MN_ERROR_NO_MEMORY);
    }
    mn_context_unref (f.context);
    g_bytes_unref (f.bytes);
    free (f.pixels);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/memory/cpu", "cpu", test_each);
  g_test_add_data_func ("/memory/reference", "reference", test_each);
  return g_test_run ();
}
