/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sessions, results and the runner's way to a device, on a tiny network. */

#include "engine/run/runner_private.h"
#include "tests/support/fake_backend.h"
#include "tests/support/tflite_writer.h"

#include <glib/gstdio.h>
#include <string.h>

#define SIDE 16
#define N_CLASSES 5
/* So many frames in vain, and the device is not coming. */
#define MAX_TRIES 20000
/* Microseconds a frame in which the thread of the device gets the processor:
 * so small a network takes less than what it may have to wait for it. */
#define PAUSE 500

typedef struct
{
  MnContext *context;
  MnModel *model;
  MnFrame frame;
  gfloat pixels[SIDE * SIDE * 3];
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  MnFrameDesc desc = {
    .format = MN_FORMAT_TENSOR, .width = SIDE, .height = SIDE};
  g_autoptr (GBytes) bytes = mn_test_classifier (SIDE, N_CLASSES, 1);
  GError *error = NULL;
  guint i;

  f->context = mn_context_new ();
  mn_context_add_backend (f->context, &fake_backend);
  fake_backend_reset ();
  f->model = mn_model_load_bytes (bytes, "tiny.tflite", &error);
  g_assert_no_error (error);
  for (i = 0; i < G_N_ELEMENTS (f->pixels); i++)
    f->pixels[i] = (i * 7919 % 256) / 127.5f - 1;
  memset (&f->frame, 0, sizeof (f->frame));
  mn_frame_init (&f->frame, &desc, NULL, NULL);
  f->frame.n_planes = 1;
  f->frame.planes[0].data = (const guint8 *) f->pixels;
  f->frame.planes[0].size = sizeof (f->pixels);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  mn_model_unref (f->model);
  mn_context_unref (f->context);
}

static MnSession *
make_session (Fixture *f, const gchar *backend)
{
  MnPlanOptions options = {.backend = backend, .threads = 1};
  GError *error = NULL;
  MnPlan *plan = mn_plan_new (f->context, f->model, &options, &error);
  MnSession *session;

  g_assert_no_error (error);
  session = mn_session_new (plan, &error);
  g_assert_no_error (error);
  mn_plan_unref (plan);
  return session;
}

static void
test_top_k (Fixture *f, gconstpointer data)
{
  g_autoptr (MnSession) session = make_session (f, "reference");
  g_autoptr (MnResult) result = NULL;
  MnFrame *frames[] = {&f->frame};
  MnClass classes[N_CLASSES + 1];
  const gfloat *scores;
  GError *error = NULL;
  gfloat sum = 0;
  MnTicket ticket;
  guint n, i;

  g_assert_true (mn_session_submit (session, frames, 1, &ticket, &error));
  g_assert_true (mn_session_wait (session, ticket, MN_FOREVER, &result,
      &error));
  g_assert_cmpstr (mn_result_get_backend (result), ==, "reference");
  g_assert_cmpint (mn_result_get_task (result), ==, MN_TASK_CLASSIFICATION);
  scores = mn_result_get_scores (result, &n);
  g_assert_cmpuint (n, ==, N_CLASSES);
  for (i = 0; i < n; i++)
    sum += scores[i];
  g_assert_cmpfloat_with_epsilon (sum, 1, 1e-5);
  n = mn_result_top_k (result, N_CLASSES + 1, 0, classes);
  g_assert_cmpuint (n, ==, N_CLASSES);
  for (i = 0; i < n; i++) {
    g_assert_cmpfloat (classes[i].confidence, ==, scores[classes[i].index]);
    if (i > 0)
      g_assert_cmpfloat (classes[i - 1].confidence, >=, classes[i].confidence);
  }
  g_assert_cmpuint (mn_result_top_k (result, 2, 0, classes), ==, 2);
  g_assert_cmpuint (mn_result_top_k (result, 0, 0, classes), ==, 0);
  g_assert_cmpuint (mn_result_top_k (result, 5, 1.1f, classes), ==, 0);
}

static void
assert_argument_error (gboolean ok, GError **error)
{
  g_assert_false (ok);
  g_assert_error (*error, MN_ERROR, MN_ERROR_ARGUMENT);
  g_clear_error (error);
}

static MnResult *
run_session (Fixture *f, MnSession *session)
{
  MnFrame *frames[] = {&f->frame};
  MnResult *result = NULL;
  GError *error = NULL;
  MnTicket ticket;

  mn_session_submit (session, frames, 1, &ticket, &error);
  g_assert_no_error (error);
  mn_session_wait (session, ticket, MN_FOREVER, &result, &error);
  g_assert_no_error (error);
  return result;
}

/* Results are used again once nobody has them, and not before; they outlive
 * their session. */
static void
test_results (Fixture *f, gconstpointer data)
{
  MnSession *session = make_session (f, "cpu");
  MnResult *first = run_session (f, session), *kept, *all[2 * MN_MAX_BATCH];
  const gfloat *scores;
  gfloat top;
  guint n, i;

  scores = mn_result_get_scores (first, &n);
  top = scores[0];
  mn_result_unref (first);
  kept = run_session (f, session);
  g_assert_true (kept == first);
  g_assert_cmpfloat (mn_result_get_scores (kept, &n)[0], ==, top);
  for (i = 0; i < G_N_ELEMENTS (all); i++) {
    all[i] = run_session (f, session);
    g_assert_true (all[i] != kept && (i == 0 || all[i] != all[i - 1]));
  }
  for (i = 0; i < G_N_ELEMENTS (all); i++)
    mn_result_unref (all[i]);
  mn_session_free (session);
  g_assert_cmpfloat (mn_result_get_scores (kept, &n)[0], ==, top);
  g_assert_cmpuint (n, ==, N_CLASSES);
  mn_result_unref (kept);
}

static void
test_misuse (Fixture *f, gconstpointer data)
{
  g_autoptr (MnSession) session = make_session (f, "cpu");
  MnFrame *frames[] = {&f->frame};
  MnTicket tickets[MN_MAX_IN_FLIGHT + 1];
  MnResult *result;
  GError *error = NULL;
  guint i;

  assert_argument_error (mn_session_submit (session, frames, 0, &tickets[0],
                             &error),
      &error);
  assert_argument_error (mn_session_submit (session, frames, MN_MAX_BATCH + 1,
                             &tickets[0], &error),
      &error);
  assert_argument_error (mn_session_wait (session, 77, MN_FOREVER, &result,
                             &error),
      &error);
  f->frame.planes[0].size--;
  assert_argument_error (mn_session_submit (session, frames, 1, &tickets[0],
                             &error),
      &error);
  f->frame.planes[0].size++;
  for (i = 0; i < MN_MAX_IN_FLIGHT; i++)
    g_assert_true (mn_session_submit (session, frames, 1, &tickets[i], &error));
  assert_argument_error (mn_session_submit (session, frames, 1, &tickets[i],
                             &error),
      &error);
  mn_session_cancel (session, tickets[1]);
  assert_argument_error (mn_session_wait (session, tickets[1], MN_FOREVER,
                             &result, &error),
      &error);
  g_assert_true (mn_session_wait (session, tickets[0], MN_FOREVER, &result,
      &error));
  mn_result_unref (result);
  /* Freed with two submissions in flight: the frame comes back. */
  g_clear_pointer (&session, mn_session_free);
  g_assert_cmpint (f->frame.refcount, ==, 1);
}

static const gchar *
run_frame (Fixture *f, MnRunner *runner)
{
  g_autoptr (MnResult) result = NULL;
  MnFrame *frames[] = {&f->frame};
  GError *error = NULL;
  MnTicket ticket;

  g_assert_true (mn_runner_submit (runner, frames, 1, &ticket, &error));
  g_assert_true (mn_runner_wait (runner, ticket, MN_FOREVER, &result, &error));
  g_usleep (PAUSE);
  return mn_result_get_backend (result);
}

/* auto: the CPU answers first, and nobody asks the device before. */
static void
test_auto (Fixture *f, gconstpointer data)
{
  MnRunnerOptions options = {.device_backend = "opencl", .any_speed = TRUE};
  GError *error = NULL;
  g_autoptr (MnRunner)
      runner = mn_runner_new (f->context, f->model, &options, &error);
  guint i;

  g_assert_no_error (error);
  g_assert_cmpstr (run_frame (f, runner), ==, "cpu");
  g_assert_cmpuint (fake_backend_get_calls (FAKE_COMPILE), ==, 0);
  for (i = 0; g_str_equal (run_frame (f, runner), "cpu"); i++)
    g_assert_cmpuint (i, <, MAX_TRIES);
  g_assert_cmpstr (mn_runner_get_backend (runner), ==, "opencl");
  g_assert_cmpstr (mn_runner_get_device_status (runner), ==,
      "the device computes");
  g_assert_null (mn_runner_pop_warning (runner));
}

/* While the device serves, nobody keeps the CPU's copy of the weights; when
 * it fails that comes back, with no frame lost. */
static void
test_cpu_rests (Fixture *f, gconstpointer data)
{
  MnRunnerOptions options = {
    .device_backend = "opencl", .need_device = TRUE, .retry_delay = 1};
  GError *error = NULL;
  g_autoptr (MnRunner)
      runner = mn_runner_new (f->context, f->model, &options, &error);
  MnInput input = {f->frame.desc};
  guint i;

  g_assert_no_error (error);
  g_assert_nonnull (runner->cpu);
  for (i = 0; runner->cpu; i++) {
    g_assert_cmpstr (run_frame (f, runner), ==, "opencl");
    g_assert_cmpuint (i, <, MAX_TRIES);
  }
  g_assert_null (runner->cpu_plan);
  /* A bad input is still refused, a good one is for the CPU too. */
  input.source.width++;
  g_assert_false (mn_runner_set_input (runner, &input, &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_ARGUMENT);
  g_clear_error (&error);
  input.source.width--;
  g_assert_true (mn_runner_set_input (runner, &input, &error));
  fake_backend_fail (FAKE_WAIT, fake_backend_get_calls (FAKE_WAIT), FAKE_ONCE);
  g_assert_cmpstr (run_frame (f, runner), ==, "cpu");
  g_assert_nonnull (runner->cpu);
  for (i = 0; runner->cpu; i++) {
    run_frame (f, runner);
    g_assert_cmpuint (i, <, MAX_TRIES);
  }
  error = mn_runner_pop_warning (runner);
  g_assert_error (error, MN_ERROR, MN_ERROR_DEVICE);
  g_clear_error (&error);
}

/* Streams that ask for the same get the same, as long as one of them has it;
 * others get another. */
static void
test_shared (Fixture *f, gconstpointer data)
{
  MnPlanOptions options = {.backend = "cpu", .threads = 2};
  g_autoptr (GBytes) bytes = mn_test_classifier (SIDE, N_CLASSES, 1);
  g_autofree gchar *path = g_build_filename (g_get_tmp_dir (),
      "mn-engine-shared.tflite", NULL);
  MnModel *a, *b, *c;
  MnPlan *p, *q, *r;

  g_assert_true (g_file_set_contents (path, g_bytes_get_data (bytes, NULL),
      g_bytes_get_size (bytes), NULL));
  a = mn_model_get (f->context, path, NULL);
  b = mn_model_get (f->context, path, NULL);
  g_assert_true (a && a == b);
  p = mn_plan_get (f->context, a, &options, NULL);
  q = mn_plan_get (f->context, b, &options, NULL);
  g_assert_true (p && p == q);
  mn_plan_unref (p);
  options.threads = 1;
  r = mn_plan_get (f->context, a, &options, NULL);
  g_assert_true (r && r != q);
  options.threads = 2;
  p = mn_plan_get (f->context, a, &options, NULL);
  g_assert_true (p == q);
  mn_plan_unref (p);
  mn_plan_unref (q);
  mn_plan_unref (r);
  /* Another file takes the place: who has the old one keeps it. */
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_true (g_file_set_contents (path, g_bytes_get_data (bytes, NULL),
      g_bytes_get_size (bytes), NULL));
  c = mn_model_get (f->context, path, NULL);
  g_assert_true (c && c != a);
  mn_model_unref (a);
  mn_model_unref (b);
  mn_model_unref (c);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_null (mn_model_get (f->context, path, NULL));
}

static gfloat *
run_scores (Fixture *f, MnSession *session, guint *n)
{
  g_autoptr (MnResult) result = run_session (f, session);
  const gfloat *scores = mn_result_get_scores (result, n);

  return g_memdup2 (scores, *n * sizeof (gfloat));
}

/* A plan that reads weights in the memory of the model's file has them for as
 * long as it lives, whatever becomes of the file; and not longer. */
static void
test_kept (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) bytes = mn_test_classifier (SIDE, 20000, 1);
  g_autofree gchar *path = g_build_filename (g_get_tmp_dir (),
      "mn-engine-kept.tflite", NULL);
  MnPlanOptions options = {.backend = "reference", .threads = 1};
  g_autofree gfloat *before = NULL, *after = NULL;
  const MnTensor *weights = NULL;
  GError *error = NULL;
  MnSession *session;
  MnPlan *plan;
  guint n = 0, i;

  g_assert_true (g_file_set_contents (path, g_bytes_get_data (bytes, NULL),
      g_bytes_get_size (bytes), NULL));
  mn_model_unref (f->model);
  f->model = mn_model_load (path, &error);
  g_assert_no_error (error);
  for (i = 0; i < mn_model_get_graph (f->model)->tensors->len; i++) {
    const MnTensor *t = mn_graph_tensor (mn_model_get_graph (f->model), i);

    if (t->data && (!weights || t->size > weights->size))
      weights = t;
  }
  plan = mn_plan_new (f->context, f->model, &options, &error);
  g_assert_no_error (error);
  session = make_session (f, "cpu");
  mn_plan_unref (plan);
  before = run_scores (f, session, &n);
  g_assert_cmpuint (n, ==, 20000);
  g_assert_cmpfloat (before[0], !=, before[n - 1]);
  /* Cut short by somebody. */
  fclose (fopen (path, "w"));
  g_assert_null (mn_plan_new (f->context, f->model, &options, &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_READ);
  g_clear_error (&error);
  after = run_scores (f, session, &n);
  g_assert_cmpmem (before, n * sizeof (gfloat), after, n * sizeof (gfloat));
  i = weights->n_elements / 2;
  g_assert_cmpfloat (((const gfloat *) weights->data)[i], !=, 0);
  mn_session_free (session);
  g_assert_cmpfloat (((const gfloat *) weights->data)[i], ==, 0);
  g_assert_cmpint (g_unlink (path), ==, 0);
}

static gpointer
share (gpointer data)
{
  Fixture *f = data;
  MnPlanOptions options = {.backend = "cpu", .threads = 1};
  guint i;

  for (i = 0; i < 500; i++) {
    MnPlan *plan = mn_plan_get (f->context, f->model, &options, NULL);

    g_assert_cmpstr (mn_plan_get_backend (plan), ==, "cpu");
    mn_plan_unref (plan);
  }
  return NULL;
}

static void
test_shared_by_threads (Fixture *f, gconstpointer data)
{
  GThread *threads[4];
  guint i;

  for (i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("share", share, f);
  for (i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

/* A choice of ours ends in a decision, whichever, and is not repeated. */
static void
test_race (Fixture *f, gconstpointer data)
{
  MnRunnerOptions options = {.device_backend = "opencl"};
  GError *error = NULL;
  g_autoptr (MnRunner)
      runner = mn_runner_new (f->context, f->model, &options, &error);
  guint i;

  g_assert_no_error (error);
  for (i = 0; i < MAX_TRIES; i++) {
    const gchar *status = mn_runner_get_device_status (runner);

    run_frame (f, runner);
    if (g_str_has_prefix (status, "the device is not used: it takes")
        || g_str_has_prefix (status, "the device computes: it takes"))
      break;
  }
  g_assert_cmpuint (i, <, MAX_TRIES);
  g_assert_cmpuint (fake_backend_get_calls (FAKE_COMPILE), ==, 1);
  g_assert_null (mn_runner_pop_warning (runner));
}

/* While a network is made ready for the device it answers nobody else: that
 * frame is the CPU's, and the device comes back afterwards. */
static void
test_busy (Fixture *f, gconstpointer data)
{
  MnRunnerOptions options = {.device_backend = "opencl",
    .need_device = TRUE,
    .frame_timeout = G_TIME_SPAN_SECOND,
    .retry_delay = 1};
  MnRunnerOptions other = {.device_backend = "opencl", .any_speed = TRUE};
  GError *error = NULL, *warning = NULL;
  g_autoptr (MnRunner)
      runner = mn_runner_new (f->context, f->model, &options, &error);
  g_autoptr (MnRunner)
      busy = mn_runner_new (f->context, f->model, &other, &error);
  guint i;

  g_assert_no_error (error);
  fake_backend_fail (FAKE_COMPILE, 1, FAKE_HANG);
  run_frame (f, busy);
  run_frame (f, busy);
  while (!warning) {
    run_frame (f, runner);
    warning = mn_runner_pop_warning (runner);
  }
  g_assert_error (warning, MN_ERROR, MN_ERROR_DEVICE);
  g_assert_cmpstr (mn_runner_get_backend (runner), ==, "cpu");
  g_error_free (warning);
  fake_backend_release ();
  for (i = 0; g_str_equal (run_frame (f, runner), "cpu"); i++)
    g_assert_cmpuint (i, <, MAX_TRIES);
}

/* A format in the middle of a stream whose kernel takes longer to compile than
 * a frame may take is no reason to lose the device for good. */
static void
test_slow_input (Fixture *f, gconstpointer data)
{
  MnRunnerOptions options = {.device_backend = "opencl",
    .need_device = TRUE,
    .frame_timeout = 20 * G_TIME_SPAN_MILLISECOND,
    .retry_delay = 1};
  MnInput input = {f->frame.desc};
  GError *error = NULL;
  g_autoptr (MnRunner)
      runner = mn_runner_new (f->context, f->model, &options, &error);
  guint i;

  g_assert_no_error (error);
  g_assert_true (mn_runner_set_input (runner, &input, &error));
  g_assert_cmpstr (run_frame (f, runner), ==, "opencl");
  fake_backend_fail (FAKE_SET_INPUT, fake_backend_get_calls (FAKE_SET_INPUT),
      FAKE_HANG);
  g_assert_true (mn_runner_set_input (runner, &input, &error));
  g_assert_cmpstr (run_frame (f, runner), ==, "cpu");
  error = mn_runner_pop_warning (runner);
  g_assert_error (error, MN_ERROR, MN_ERROR_DEVICE);
  g_clear_error (&error);
  fake_backend_release ();
  for (i = 0; g_str_equal (run_frame (f, runner), "cpu"); i++)
    g_assert_cmpuint (i, <, MAX_TRIES);
}

/* A start that does not end: the stream goes on, and says so. */
static void
test_start_hangs (Fixture *f, gconstpointer data)
{
  MnRunnerOptions options = {.device_backend = "opencl",
    .any_speed = TRUE,
    .start_timeout = 20 * G_TIME_SPAN_MILLISECOND};
  GError *error = NULL, *warning = NULL;
  g_autoptr (MnRunner) runner = NULL;

  fake_backend_fail (FAKE_COMPILE, 0, FAKE_HANG);
  runner = mn_runner_new (f->context, f->model, &options, &error);
  g_assert_no_error (error);
  while (!warning) {
    g_assert_cmpstr (run_frame (f, runner), ==, "cpu");
    warning = mn_runner_pop_warning (runner);
  }
  g_assert_error (warning, MN_ERROR, MN_ERROR_LOST);
  g_error_free (warning);
  /* The next one is refused, and at once. */
  options.need_device = TRUE;
  options.start_timeout = MN_FOREVER / 2;
  g_assert_null (mn_runner_new (f->context, f->model, &options, &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_LOST);
  g_error_free (error);
  g_clear_pointer (&runner, mn_runner_free);
  fake_backend_release ();
}

/* Without the backend the CPU serves auto, and opencl is refused. */
static void
test_no_backend (Fixture *f, gconstpointer data)
{
  MnRunnerOptions options = {.device_backend = "abacus"};
  g_autoptr (MnRunner) runner = NULL;
  GError *error = NULL;

  runner = mn_runner_new (f->context, f->model, &options, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (run_frame (f, runner), ==, "cpu");
  g_assert_cmpstr (run_frame (f, runner), ==, "cpu");
  options.need_device = TRUE;
  g_assert_null (mn_runner_new (f->context, f->model, &options, &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_NO_BACKEND);
  g_clear_error (&error);
}

#define TEST(path, func) \
  g_test_add (path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST ("/engine/top-k", test_top_k);
  TEST ("/engine/results", test_results);
  TEST ("/engine/misuse", test_misuse);
  TEST ("/engine/auto", test_auto);
  TEST ("/engine/race", test_race);
  TEST ("/engine/cpu-rests", test_cpu_rests);
  TEST ("/engine/shared", test_shared);
  TEST ("/engine/kept", test_kept);
  TEST ("/engine/shared-by-threads", test_shared_by_threads);
  TEST ("/engine/busy", test_busy);
  TEST ("/engine/slow-input", test_slow_input);
  TEST ("/engine/start-hangs", test_start_hangs);
  TEST ("/engine/no-backend", test_no_backend);
  return g_test_run ();
}
