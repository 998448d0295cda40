/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Frames that are parts of a picture, as objects are: the first ones make
 * what they need, those behind them no OpenCL object and no memory of ours,
 * wherever their boxes are; and what is in flight stays as it was. */

#include "tests/opencl/fake_cl.h"
#include "tests/opencl/graphs.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 96
#define HEIGHT 64
#define SIDE 8
#define N_PARTS 8
#define N_SLOTS 2
#define N_ROUNDS 12
#define N_WARM 2

/* ---- memory of ours ---------------------------------------------------- */

/* These stand in front of GLib's: OpenCL's own goes other ways. */
#undef g_malloc
#undef g_malloc0
#undef g_realloc
#undef g_try_malloc
#undef g_try_malloc0
#undef g_malloc_n
#undef g_malloc0_n
#undef g_try_malloc_n

static guint n_taken;

static gpointer
take (gpointer data)
{
  n_taken++;
  return data;
}

gpointer
g_malloc (gsize size)
{
  return take (malloc (size));
}

gpointer
g_malloc0 (gsize size)
{
  return take (calloc (1, size));
}

gpointer
g_realloc (gpointer data, gsize size)
{
  return take (realloc (data, size));
}

gpointer
g_try_malloc (gsize size)
{
  return take (malloc (size));
}

gpointer
g_try_malloc0 (gsize size)
{
  return take (calloc (1, size));
}

gpointer
g_malloc_n (gsize n, gsize size)
{
  return take (calloc (n, size));
}

gpointer
g_malloc0_n (gsize n, gsize size)
{
  return take (calloc (n, size));
}

gpointer
g_try_malloc_n (gsize n, gsize size)
{
  return take (calloc (n, size));
}

/* ---- the device -------------------------------------------------------- */

static __typeof__ (fake_cl_made) *made;

static const gfloat zeros[4] = {0, 0, 0, 0}, scales[4] = {99, 99, 99, 99};

typedef struct
{
  MnContext *context;
  MnGraph *graph;
  MnBackendPlan *plan;
  MnBackendSession *session;
  MnInput input;
  MnPreprocess whole;
  MnFrame frame;
  gsize n_out;
} Scene;

static void
keep_frame (MnFrame *frame)
{
}

static void
scene_init (Scene *s, MnFormat format)
{
  /* Sides are whole numbers of tiles: they take as many bytes as rows do. */
  gboolean tiled = format == MN_FORMAT_NV12_4L4;
  MnPlanOptions options = {.backend = "opencl", .precision = MN_PRECISION_F32};
  GError *error = NULL;
  Build b = build_new (SIDE, SIDE, 3);
  guint i, k;

  memset (s, 0, sizeof (*s));
  build_conv (&b, 4, 1, 1, 1, MN_PADDING_SAME, MN_ACT_NONE);
  s->graph = build_finish (&b);
  s->n_out = SIDE * SIDE * 4;
  s->context = mn_context_new ();
  s->plan = mn_backend_opencl.compile (s->context, s->graph, &options, &error);
  g_assert_no_error (error);
  s->session = mn_backend_opencl.session_new (s->plan, N_SLOTS, &error);
  g_assert_no_error (error);
  s->input.source = (MnFrameDesc) {format, WIDTH, HEIGHT};
  mn_frame_init (&s->frame, &s->input.source, keep_frame, NULL);
  for (i = 0; i < s->frame.n_planes; i++) {
    guint rows = i ? HEIGHT / 2 : HEIGHT;
    guint8 *data = malloc (WIDTH * rows);

    for (k = 0; k < WIDTH * rows; k++)
      data[k] = random_int (0, 255);
    s->frame.planes[i] = (MnPlane) {data, WIDTH, WIDTH * rows};
    if (tiled) {
      s->frame.planes[i].stride = 4 * WIDTH;
      s->frame.planes[i].tile_rows = (rows + 3) / 4;
    }
  }
}

static void
scene_clear (Scene *s)
{
  guint i;

  mn_backend_opencl.session_free (s->session);
  mn_backend_opencl.plan_free (s->plan);
  mn_context_unref (s->context);
  mn_graph_free (s->graph);
  for (i = 0; i < s->frame.n_planes; i++)
    free ((gpointer) s->frame.planes[i].data);
}

/* ---- batches of parts --------------------------------------------------- */

typedef struct
{
  MnPreprocess stages[N_PARTS];
  gfloat *out; /* a frame after another */
  MnTensorView views[N_PARTS], *outputs[N_PARTS];
} Batch;

static void
batch_init (Batch *batch, const Scene *s)
{
  guint i;

  batch->out = g_new (gfloat, N_PARTS * s->n_out);
  for (i = 0; i < N_PARTS; i++) {
    batch->views[i].data = batch->out + i * s->n_out;
    batch->views[i].size = s->n_out * sizeof (gfloat);
    batch->outputs[i] = &batch->views[i];
  }
}

static void
random_part (MnPreprocess *p)
{
  GError *error = NULL;
  MnRect r = {random_int (0, WIDTH - 1), random_int (0, HEIGHT - 1)};

  r.width = random_int (1, WIDTH - r.x);
  r.height = random_int (1, HEIGHT - r.y);
  mn_preprocess_set_crop (p, &r, &error);
  g_assert_no_error (error);
}

/* The first of a batch has no stage of its own. */
static void
start (Scene *s, guint slot, Batch *batch)
{
  const MnPreprocess *stages[N_PARTS] = {NULL};
  MnFrame *frames[N_PARTS];
  GError *error = NULL;
  guint i;

  for (i = 0; i < N_PARTS; i++) {
    frames[i] = &s->frame;
    batch->stages[i] = s->whole;
    if (i > 0) {
      random_part (&batch->stages[i]);
      stages[i] = &batch->stages[i];
    }
  }
  mn_backend_opencl.submit (s->session, slot, frames, stages, N_PARTS,
      batch->outputs, &error);
  g_assert_no_error (error);
}

static void
finish (Scene *s, guint slot)
{
  GError *error = NULL;

  mn_backend_opencl.wait (s->session, slot, MN_FOREVER, &error);
  g_assert_no_error (error);
}

/* Each is what it is alone, with its part as that of the input. */
static void
check (Scene *s, const Batch *batch)
{
  g_autofree gfloat *alone = g_new (gfloat, s->n_out);
  MnTensorView view = {.data = alone, .size = s->n_out * sizeof (gfloat)};
  MnTensorView *outputs = &view;
  MnFrame *frame = &s->frame;
  GError *error = NULL;
  guint i, k;

  for (i = 0; i < N_PARTS; i++) {
    mn_backend_opencl.set_input (s->session, &batch->stages[i], &error);
    g_assert_no_error (error);
    mn_backend_opencl.submit (s->session, 0, &frame, NULL, 1, &outputs, &error);
    g_assert_no_error (error);
    finish (s, 0);
    for (k = 0; k < s->n_out; k++)
      g_assert_cmpfloat (batch->out[i * s->n_out + k], ==, alone[k]);
  }
}

static void
test_parts (gconstpointer data)
{
  Batch *batches = g_new0 (Batch, N_ROUNDS);
  guint objects = 0, memory = 0, i;
  GError *error = NULL;
  Scene s;

  if (!have_device ()) {
    g_free (batches);
    return;
  }
  scene_init (&s, GPOINTER_TO_INT (data));
  mn_preprocess_init (&s.whole, &s.input, SIDE, SIDE, 3, zeros, scales,
      s.graph->input_scale, s.graph->input_offset, &error);
  g_assert_no_error (error);
  for (i = 0; i < N_ROUNDS; i++)
    batch_init (&batches[i], &s);
  mn_backend_opencl.set_input (s.session, &s.whole, &error);
  g_assert_no_error (error);
  /* One is always in flight while another one starts. */
  for (i = 0; i < N_ROUNDS; i++) {
    if (i == N_WARM) {
      objects = made ();
      memory = n_taken;
    }
    start (&s, i % N_SLOTS, &batches[i]);
    if (i > 0)
      finish (&s, (i - 1) % N_SLOTS);
  }
  g_assert_cmpuint (objects, >, 0);
  g_assert_cmpuint (memory, >, 0);
  g_assert_cmpuint (made (), ==, objects);
  g_assert_cmpuint (n_taken, ==, memory);
  finish (&s, (N_ROUNDS - 1) % N_SLOTS);
  for (i = 0; i < N_ROUNDS; i++) {
    check (&s, &batches[i]);
    g_free (batches[i].out);
  }
  g_free (batches);
  scene_clear (&s);
}

int
main (int argc, char **argv)
{
  const gchar *library = g_getenv ("MOBILENET_OPENCL_LIBRARY");
  void *handle;

  g_test_init (&argc, &argv, NULL);
  random_init ();
  handle = dlopen (library, RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    g_error ("%s: %s", library, dlerror ());
  made = dlsym (handle, "fake_cl_made");
  g_test_add_data_func ("/opencl/parts/nv12", GINT_TO_POINTER (MN_FORMAT_NV12),
      test_parts);
  g_test_add_data_func ("/opencl/parts/tiles",
      GINT_TO_POINTER (MN_FORMAT_NV12_4L4), test_parts);
  return g_test_run ();
}
