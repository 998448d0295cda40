/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Frames of a batch that are parts of one picture. */

#include "engine/mn.h"
#include "opencl/opencl.h"
#include "tests/opencl/any_device.h"
#include "tests/support/tflite_writer.h"

#include <stdlib.h>
#include <string.h>

#define SIDE 16
#define N_CLASSES 7
#define WIDTH 101
#define HEIGHT 67
#define N_CROPS 6

typedef struct
{
  MnModel *model;
  MnContext *context;
  MnInput input;
  guint8 *pixels;
  GRand *rand;
} Scene;

static void
scene_init (Scene *s, MnFormat format)
{
  g_autoptr (GBytes) bytes = mn_test_classifier (SIDE, N_CLASSES, 1);
  const gchar *text = g_getenv ("MOBILENET_TEST_SEED");
  guint32 seed = text ? strtoul (text, NULL, 0) : g_random_int ();
  GError *error = NULL;
  guint i;

  g_test_message ("MOBILENET_TEST_SEED=%u", seed);
  memset (s, 0, sizeof (*s));
  s->rand = g_rand_new_with_seed (seed);
  s->context = mn_context_new ();
  mn_context_add_backend (s->context, &mn_backend_opencl);
  s->model = mn_model_load_bytes (bytes, "tiny.tflite", &error);
  g_assert_no_error (error);
  s->input.source = (MnFrameDesc) {format, WIDTH, HEIGHT};
  s->pixels = g_malloc (3 * WIDTH * HEIGHT);
  for (i = 0; i < 3 * WIDTH * HEIGHT; i++)
    s->pixels[i] = g_rand_int (s->rand) >> 24;
}

static void
scene_clear (Scene *s)
{
  mn_model_unref (s->model);
  mn_context_unref (s->context);
  g_rand_free (s->rand);
  g_free (s->pixels);
}

/* FALSE: there cannot be one, and the test is skipped. */
static gboolean
may_have_device (void)
{
#ifdef HAVE_OPENCL
  if (any_cl_device ())
    return TRUE;
  g_test_skip (NO_CL_DEVICE);
#else
  g_test_skip ("built without OpenCL (opencl-c-headers)");
#endif
  return FALSE;
}

/* NULL: no such backend here. */
static MnSession *
open_session (Scene *s, const gchar *backend)
{
  MnPlanOptions options = {.backend = backend, .threads = 2};
  GError *error = NULL;
  MnPlan *plan = mn_plan_new (s->context, s->model, &options, &error);
  MnSession *session;

  if (!plan && g_str_equal (backend, "opencl") && !may_have_device ()) {
    g_error_free (error);
    return NULL;
  }
  g_assert_no_error (error);
  session = mn_session_new (plan, &error);
  g_assert_no_error (error);
  mn_plan_unref (plan);
  return session;
}

static void
set_frame (Scene *s, MnFrame *frame, const MnRect *crop)
{
  gsize at = 0;
  guint i;

  mn_frame_init (frame, &s->input.source, NULL, NULL);
  frame->desc.crop = *crop;
  for (i = 0; i < frame->n_planes; i++) {
    gboolean rgb = s->input.source.format == MN_FORMAT_RGB;
    gsize stride = rgb ? 3 * WIDTH : i ? WIDTH + 1 : WIDTH;
    gsize rows = i ? (HEIGHT + 1) / 2 : HEIGHT;

    frame->planes[i].data = s->pixels + at;
    frame->planes[i].stride = stride;
    frame->planes[i].size = stride * rows;
    at += stride * rows;
  }
}

static void
run (MnSession *session, MnFrame *frames, guint n, MnResult **results)
{
  MnFrame *pointers[N_CROPS];
  GError *error = NULL;
  MnTicket ticket;
  guint i;

  for (i = 0; i < n; i++)
    pointers[i] = &frames[i];
  mn_session_submit (session, pointers, n, &ticket, &error);
  g_assert_no_error (error);
  mn_session_wait (session, ticket, MN_FOREVER, results, &error);
  g_assert_no_error (error);
}

static void
random_crop (Scene *s, MnRect *crop)
{
  crop->x = g_rand_int_range (s->rand, 0, WIDTH);
  crop->y = g_rand_int_range (s->rand, 0, HEIGHT);
  crop->width = g_rand_int_range (s->rand, 1, WIDTH - crop->x + 1);
  crop->height = g_rand_int_range (s->rand, 1, HEIGHT - crop->y + 1);
}

/* Each gets what it gets alone, with its crop as the input's. */
static void
check_batch (Scene *s, MnSession *session)
{
  MnRect crops[N_CROPS] = {{0, 0, 0, 0}};
  MnResult *batch[N_CROPS], *alone;
  MnFrame frames[N_CROPS];
  GError *error = NULL;
  guint i, k, n;

  for (i = 1; i < N_CROPS; i++)
    random_crop (s, &crops[i]);
  for (i = 0; i < N_CROPS; i++)
    set_frame (s, &frames[i], &crops[i]);
  mn_session_set_input (session, &s->input, &error);
  g_assert_no_error (error);
  run (session, frames, N_CROPS, batch);
  for (i = 0; i < N_CROPS; i++) {
    MnInput input = s->input;
    const gfloat *a, *b;

    input.source.crop = crops[i];
    mn_session_set_input (session, &input, &error);
    g_assert_no_error (error);
    run (session, &frames[i], 1, &alone);
    a = mn_result_get_scores (batch[i], &n);
    b = mn_result_get_scores (alone, &n);
    for (k = 0; k < n; k++)
      g_assert_cmpfloat_with_epsilon (a[k], b[k], 1e-6);
    mn_result_unref (alone);
    mn_result_unref (batch[i]);
  }
}

static void
test_crops (gconstpointer data)
{
  static const MnFormat formats[] = {MN_FORMAT_RGB, MN_FORMAT_NV12};
  guint f, fit;

  for (f = 0; f < G_N_ELEMENTS (formats); f++) {
    for (fit = MN_FIT_CROP; fit <= MN_FIT_LETTERBOX; fit++) {
      MnSession *session;
      Scene s;

      scene_init (&s, formats[f]);
      s.input.fit = fit;
      s.input.source.orientation = fit == MN_FIT_STRETCH ? MN_ORIENT_90
                                                         : MN_ORIENT_0;
      session = open_session (&s, data);
      if (session)
        check_batch (&s, session);
      mn_session_free (session);
      scene_clear (&s);
    }
  }
}

/* A crop that is not inside the frame takes nothing with it. */
static void
test_refused (gconstpointer data)
{
  static const MnRect good = {3, 3, 10, 10}, bad = {90, 3, 20, 10};
  MnFrame frames[2], *pointers[2] = {&frames[0], &frames[1]};
  GError *error = NULL;
  MnSession *session;
  MnResult *result;
  MnTicket ticket;
  Scene s;

  scene_init (&s, MN_FORMAT_RGB);
  session = open_session (&s, data);
  if (session) {
    mn_session_set_input (session, &s.input, &error);
    g_assert_no_error (error);
    set_frame (&s, &frames[0], &good);
    set_frame (&s, &frames[1], &bad);
    g_assert_false (mn_session_submit (session, pointers, 2, &ticket, &error));
    g_assert_error (error, MN_ERROR, MN_ERROR_ARGUMENT);
    g_clear_error (&error);
    run (session, &frames[0], 1, &result);
    mn_result_unref (result);
  }
  mn_session_free (session);
  scene_clear (&s);
}

int
main (int argc, char **argv)
{
  static const gchar *const backends[] = {"cpu", "reference", "opencl"};
  guint i;

  g_test_init (&argc, &argv, NULL);
#ifdef HAVE_OPENCL
  any_cl_device ();
#endif
  for (i = 0; i < G_N_ELEMENTS (backends); i++) {
    g_autofree gchar *crops = g_strdup_printf ("/crops/%s", backends[i]);
    g_autofree gchar *refused = g_strdup_printf ("/crops/%s/refused",
        backends[i]);

    g_test_add_data_func (crops, backends[i], test_crops);
    g_test_add_data_func (refused, backends[i], test_refused);
  }
  return g_test_run ();
}
