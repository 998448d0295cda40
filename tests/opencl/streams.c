/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Frames of a stream, and of two: how they come to the device, and how their
 * end is known. The device's thread is nobody's while it computes; and there
 * are drivers that tell of the end late, wrongly or never. */

#include "engine/core/internal.h"
#include "opencl/device/loader.h"
#include "tests/opencl/graphs.h"
#include "tests/opencl/scenario.h"
#include "tests/support/tflite_writer.h"

#include <dlfcn.h>

#define SIDE 12
#define N_CLASSES 5
#define N_INPUT (SIDE * SIDE * 3)
#define N_FRAMES MN_MAX_IN_FLIGHT

static struct
{
  __typeof__ (fake_cl_hold) *hold;
  __typeof__ (fake_cl_let_go) *let_go;
  __typeof__ (fake_cl_keep_callbacks) *keep;
  __typeof__ (fake_cl_call_back) *call_back;
  __typeof__ (fake_cl_kept_callbacks) *kept;
  __typeof__ (fake_cl_fail_calls) *fail_calls;
  __typeof__ (fake_cl_count) *count;
} driver;

typedef struct
{
  MnContext *context;
  MnModel *model;
  MnPlan *plan;
  MnDeviceThread *thread;
  MnFrame frames[N_FRAMES];
  gfloat pixels[N_FRAMES][N_INPUT];
  gfloat truth[N_FRAMES][N_CLASSES];
} Scene;

/* ---- frames ------------------------------------------------------------ */

static MnTicket
submit (MnSession *session, MnFrame *frame)
{
  GError *error = NULL;
  MnTicket ticket;

  mn_session_submit (session, &frame, 1, &ticket, &error);
  g_assert_no_error (error);
  return ticket;
}

/* The frame's own, and of nobody else's. */
static void
check_wait (const Scene *s, MnSession *session, MnTicket ticket, guint frame)
{
  g_autoptr (MnResult) result = NULL;
  GError *error = NULL;
  const gfloat *scores;
  guint n, i;

  mn_session_wait (session, ticket, MN_FOREVER, &result, &error);
  g_assert_no_error (error);
  scores = mn_result_get_scores (result, &n);
  g_assert_cmpuint (n, ==, N_CLASSES);
  for (i = 0; i < n; i++)
    g_assert_cmpfloat_with_epsilon (scores[i], s->truth[frame][i], 1e-5);
}

static void
check_timeout (MnSession *session, MnTicket ticket)
{
  g_autoptr (MnResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (mn_session_wait (session, ticket, g_get_monotonic_time (),
      &result, &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_TIMEOUT);
}

static MnSession *
open_session (MnPlan *plan)
{
  GError *error = NULL;
  MnSession *session = mn_session_new (plan, &error);

  g_assert_no_error (error);
  return session;
}

static void
drain (const Scene *s)
{
  g_assert_true (mn_device_thread_drain (s->thread, MN_FOREVER));
}

/* ---- the scene --------------------------------------------------------- */

static MnPlan *
compile (Scene *s, const gchar *backend)
{
  MnPlanOptions options = {
    .backend = backend, .threads = 1, .precision = MN_PRECISION_F32};
  GError *error = NULL;
  MnPlan *plan = mn_plan_new (s->context, s->model, &options, &error);

  g_assert_no_error (error);
  return plan;
}

static void
find_truth (Scene *s)
{
  g_autoptr (MnPlan) plan = compile (s, "reference");
  MnSession *session = open_session (plan);
  guint i, k;

  for (i = 0; i < N_FRAMES; i++) {
    MnTicket ticket = submit (session, &s->frames[i]);
    g_autoptr (MnResult) result = NULL;
    guint n;

    g_assert_true (mn_session_wait (session, ticket, MN_FOREVER, &result,
        NULL));
    for (k = 0; k < N_CLASSES; k++)
      s->truth[i][k] = mn_result_get_scores (result, &n)[k];
  }
  mn_session_free (session);
}

static void
scene_init (Scene *s)
{
  g_autoptr (GBytes) bytes = mn_test_classifier (SIDE, N_CLASSES, 1);
  MnFrameDesc desc = {MN_FORMAT_TENSOR, SIDE, SIDE};
  GError *error = NULL;
  guint i, k;

  s->context = mn_context_new ();
  mn_context_add_backend (s->context, &mn_backend_opencl);
  s->model = mn_model_load_bytes (bytes, "tiny.tflite", &error);
  g_assert_no_error (error);
  for (i = 0; i < N_FRAMES; i++) {
    for (k = 0; k < N_INPUT; k++)
      s->pixels[i][k] = 3 * random_float ();
    mn_frame_init (&s->frames[i], &desc, NULL, NULL);
    s->frames[i].planes[0].data = (const guint8 *) s->pixels[i];
    s->frames[i].planes[0].size = sizeof s->pixels[i];
  }
  find_truth (s);
  s->plan = compile (s, "opencl");
  s->thread = mn_context_get_device_thread (s->context, &mn_backend_opencl);
}

/* Everything is given back, and no frame is held. */
static void
scene_clear (Scene *s)
{
  guint i;

  mn_plan_unref (s->plan);
  drain (s);
  g_assert_cmpint (fake.live (), ==, 0);
  for (i = 0; i < N_FRAMES; i++)
    g_assert_cmpint (s->frames[i].refcount, ==, 1);
  mn_model_unref (s->model);
  mn_context_unref (s->context);
}

/* ---- tests ------------------------------------------------------------- */

typedef struct
{
  const Scene *scene;
  MnSession *session;
  MnTicket tickets[N_FRAMES];
  gint n_done; /* atomic */
} Stream;

static gpointer
wait_for_all (gpointer data)
{
  Stream *stream = data;
  guint i;

  for (i = 0; i < N_FRAMES; i++) {
    check_wait (stream->scene, stream->session, stream->tickets[i], i);
    g_atomic_int_inc (&stream->n_done);
  }
  return NULL;
}

/* While the device holds the first frame of one stream, with somebody waiting
 * for it, the next ones are in the queue, and another stream gets its
 * results. */
static void
test_others_meanwhile (void)
{
  Scene s;
  Stream stream = {&s};
  MnSession *other;
  GThread *waiter;
  guint reads, i;

  if (!have_device ())
    return;
  scene_init (&s);
  stream.session = open_session (s.plan);
  other = open_session (s.plan);
  reads = driver.count ("clEnqueueReadBuffer");
  driver.hold ();
  for (i = 0; i < N_FRAMES; i++)
    stream.tickets[i] = submit (stream.session, &s.frames[i]);
  drain (&s);
  g_assert_cmpuint (driver.count ("clEnqueueReadBuffer") - reads, ==, N_FRAMES);
  waiter = g_thread_new ("waiter", wait_for_all, &stream);
  for (i = 0; i < N_FRAMES; i++)
    check_wait (&s, other, submit (other, &s.frames[i]), i);
  g_assert_cmpint (g_atomic_int_get (&stream.n_done), ==, 0);
  g_assert_true (driver.let_go (CL_COMPLETE));
  g_thread_join (waiter);
  mn_session_free (other);
  mn_session_free (stream.session);
  scene_clear (&s);
}

static guint
count_writes (void)
{
  return driver.count ("clEnqueueWriteBuffer")
      + driver.count ("clEnqueueWriteBufferRect");
}

/* Where memory is shared, frames are written to it, one or two at once; of
 * more, some by the queue. */
static void
test_mapped (void)
{
  MnTicket tickets[N_FRAMES];
  MnSession *session;
  guint maps, writes, i;
  Scene s;

  if (!have_device ())
    return;
  scene_init (&s);
  session = open_session (s.plan);
  maps = driver.count ("clEnqueueMapBuffer");
  writes = count_writes ();
  for (i = 0; i < N_FRAMES; i++)
    check_wait (&s, session, submit (session, &s.frames[i]), i);
  if (driver.count ("clEnqueueMapBuffer") == maps) {
    g_test_skip ("the device shares no memory with the host");
  } else {
    g_assert_cmpuint (count_writes (), ==, writes);
    driver.hold ();
    for (i = 0; i < N_FRAMES; i++)
      tickets[i] = submit (session, &s.frames[i]);
    drain (&s);
    g_assert_cmpuint (count_writes (), >, writes);
    g_assert_true (driver.let_go (CL_COMPLETE));
    for (i = 0; i < N_FRAMES; i++)
      check_wait (&s, session, tickets[i], i);
  }
  mn_session_free (session);
  scene_clear (&s);
}

/* The device starts with a frame's input, before the rest is there. */
static void
test_flushes (void)
{
  MnSession *session;
  guint flushes;
  Scene s;

  if (!have_device ())
    return;
  scene_init (&s);
  session = open_session (s.plan);
  flushes = driver.count ("clFlush");
  check_wait (&s, session, submit (session, &s.frames[0]), 0);
  g_assert_cmpuint (driver.count ("clFlush"), >=, flushes + 2);
  mn_session_free (session);
  scene_clear (&s);
}

/* A driver that takes no callbacks: waited for as ever. */
static void
test_refused (void)
{
  Scene s;
  Stream stream = {&s};
  guint i;

  if (!have_device ())
    return;
  scene_init (&s);
  stream.session = open_session (s.plan);
  driver.fail_calls ("clSetEventCallback", CL_OUT_OF_RESOURCES);
  for (i = 0; i < N_FRAMES; i++)
    stream.tickets[i] = submit (stream.session, &s.frames[i]);
  wait_for_all (&stream);
  driver.fail_calls (NULL, CL_SUCCESS);
  mn_session_free (stream.session);
  scene_clear (&s);
}

/* A frame that ends in vain: an error, and the others are right. */
static void
test_errors (void)
{
  g_autoptr (GError) error = NULL;
  MnTicket tickets[N_FRAMES];
  MnResult *result = NULL;
  MnSession *session;
  guint i;
  Scene s;

  if (!have_device ())
    return;
  scene_init (&s);
  session = open_session (s.plan);
  driver.hold ();
  for (i = 0; i < N_FRAMES; i++)
    tickets[i] = submit (session, &s.frames[i]);
  drain (&s);
  g_assert_true (driver.let_go (CL_OUT_OF_RESOURCES));
  g_assert_false (mn_session_wait (session, tickets[0], MN_FOREVER, &result,
      &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_DEVICE);
  for (i = 1; i < N_FRAMES; i++)
    check_wait (&s, session, tickets[i], i);
  for (i = 0; i < N_FRAMES; i++)
    check_wait (&s, session, submit (session, &s.frames[i]), i);
  mn_session_free (session);
  scene_clear (&s);
}

/* Nobody says that a frame has ended, but when its slot has another one, or
 * the session is gone. */
static void
test_late (void)
{
  MnSession *session;
  MnTicket ticket;
  Scene s;

  if (!have_device ())
    return;
  scene_init (&s);
  session = open_session (s.plan);
  driver.keep (TRUE);
  ticket = submit (session, &s.frames[0]);
  check_timeout (session, ticket);
  mn_session_cancel (session, ticket);
  driver.keep (FALSE);
  driver.hold ();
  ticket = submit (session, &s.frames[1]);
  drain (&s);
  g_assert_cmpuint (driver.kept (), ==, 1);
  driver.call_back ();
  check_timeout (session, ticket);
  g_assert_true (driver.let_go (CL_COMPLETE));
  check_wait (&s, session, ticket, 1);
  driver.keep (TRUE);
  submit (session, &s.frames[2]);
  mn_session_free (session);
  drain (&s);
  driver.keep (FALSE);
  g_assert_cmpuint (driver.kept (), ==, 1);
  driver.call_back ();
  scene_clear (&s);
}

static gboolean
run_runner (Scene *s, MnRunner *runner)
{
  MnFrame *frame = &s->frames[0];
  MnResult *result = NULL;
  gboolean on_device;
  MnTicket ticket;

  g_assert_true (mn_runner_submit (runner, &frame, 1, &ticket, NULL));
  g_assert_true (mn_runner_wait (runner, ticket, MN_FOREVER, &result, NULL));
  on_device = g_str_equal (mn_result_get_backend (result), "opencl");
  mn_result_unref (result);
  return on_device;
}

/* A frame whose end nobody tells is late, and the CPU's; the device's thread
 * hangs nowhere, and is there for the next stream. */
static void
test_never (void)
{
  MnRunnerOptions options = {.device_backend = "opencl",
    .need_device = TRUE,
    .threads = 1,
    .frame_timeout = G_TIME_SPAN_SECOND / 2};
  GError *error = NULL;
  MnRunner *runner;
  Scene s;

  if (!have_device ())
    return;
  scene_init (&s);
  runner = mn_runner_new (s.context, s.model, &options, &error);
  g_assert_no_error (error);
  driver.keep (TRUE);
  g_assert_false (run_runner (&s, runner));
  error = mn_runner_pop_warning (runner);
  g_assert_error (error, MN_ERROR, MN_ERROR_LOST);
  g_clear_error (&error);
  mn_runner_free (runner);
  drain (&s);
  driver.keep (FALSE);
  driver.call_back ();
  options.frame_timeout = G_TIME_SPAN_HOUR;
  runner = mn_runner_new (s.context, s.model, &options, &error);
  g_assert_no_error (error);
  g_assert_true (run_runner (&s, runner));
  mn_runner_free (runner);
  scene_clear (&s);
}

int
main (int argc, char **argv)
{
  gpointer handle;

  g_test_init (&argc, &argv, NULL);
  random_init ();
  handle = fake_cl_open (g_getenv ("MOBILENET_OPENCL_LIBRARY"));
  driver.hold = dlsym (handle, "fake_cl_hold");
  driver.let_go = dlsym (handle, "fake_cl_let_go");
  driver.keep = dlsym (handle, "fake_cl_keep_callbacks");
  driver.call_back = dlsym (handle, "fake_cl_call_back");
  driver.kept = dlsym (handle, "fake_cl_kept_callbacks");
  driver.fail_calls = dlsym (handle, "fake_cl_fail_calls");
  driver.count = dlsym (handle, "fake_cl_count");
  g_test_add_func ("/opencl/streams/others-meanwhile", test_others_meanwhile);
  g_test_add_func ("/opencl/streams/mapped", test_mapped);
  g_test_add_func ("/opencl/streams/flushes", test_flushes);
  g_test_add_func ("/opencl/streams/refused", test_refused);
  g_test_add_func ("/opencl/streams/errors", test_errors);
  g_test_add_func ("/opencl/streams/late", test_late);
  g_test_add_func ("/opencl/streams/never", test_never);
  return g_test_run ();
}
