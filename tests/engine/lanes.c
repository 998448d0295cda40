/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The runner's lanes: several submissions on the CPU at once. */

#include "engine/run/runner_private.h"
#include "tests/support/fake_backend.h"
#include "tests/support/tflite_writer.h"

#include <string.h>

#define SIDE 16
#define N_CLASSES 5
#define N_LANES 3
#define DEPTH (N_LANES + 1)

typedef struct
{
  MnContext *context;
  MnModel *model;
  MnRunner *runner;
  MnFrame frames[2];
  gfloat pixels[2][SIDE * SIDE * 3];
  gfloat truth[2][N_CLASSES]; /* of the frames */
  gint n_done;                /* atomic */
} Fixture;

static void
init_frame (Fixture *f, guint number)
{
  MnFrameDesc desc = {
    .format = MN_FORMAT_TENSOR, .width = SIDE, .height = SIDE};
  MnFrame *frame = &f->frames[number];
  guint i;

  for (i = 0; i < G_N_ELEMENTS (f->pixels[0]); i++)
    f->pixels[number][i] = (i * 7919 * (number + 3) % 256) / 127.5f - 1;
  memset (frame, 0, sizeof (*frame));
  mn_frame_init (frame, &desc, NULL, NULL);
  frame->n_planes = 1;
  frame->planes[0].data = (const guint8 *) f->pixels[number];
  frame->planes[0].size = sizeof (f->pixels[number]);
}

static MnTicket
submit (Fixture *f, guint number)
{
  MnFrame *frames[] = {&f->frames[number]};
  GError *error = NULL;
  MnTicket ticket;

  g_assert_true (mn_runner_submit (f->runner, frames, 1, &ticket, &error));
  return ticket;
}

static void
wait_for (Fixture *f, MnTicket ticket, gfloat *scores)
{
  g_autoptr (MnResult) result = NULL;
  GError *error = NULL;
  guint n;

  g_assert_true (mn_runner_wait (f->runner, ticket, MN_FOREVER, &result,
      &error));
  memcpy (scores, mn_result_get_scores (result, &n),
      N_CLASSES * sizeof (gfloat));
}

static void
check (Fixture *f, MnTicket ticket, guint number)
{
  gfloat scores[N_CLASSES];

  wait_for (f, ticket, scores);
  g_assert_cmpmem (scores, sizeof scores, f->truth[number], sizeof scores);
}

static void
count (gpointer data)
{
  g_atomic_int_inc (&((Fixture *) data)->n_done);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  MnRunnerOptions options = {.device_backend = data,
    .threads = N_LANES,
    .any_speed = TRUE,
    .retry_delay = 1};
  g_autoptr (GBytes) bytes = mn_test_classifier (SIDE, N_CLASSES, 1);
  GError *error = NULL;
  guint i;

  fake_backend_reset ();
  f->n_done = 0;
  f->context = mn_context_new ();
  mn_context_add_backend (f->context, &fake_backend);
  f->model = mn_model_load_bytes (bytes, "tiny.tflite", &error);
  g_assert_no_error (error);
  /* Alone, with the CPU's kernels: what is right. */
  options.device_backend = NULL;
  f->runner = mn_runner_new (f->context, f->model, &options, &error);
  g_assert_no_error (error);
  for (i = 0; i < 2; i++) {
    init_frame (f, i);
    wait_for (f, submit (f, i), f->truth[i]);
  }
  mn_runner_free (f->runner);
  options.device_backend = data;
  options.depth = DEPTH;
  f->runner = mn_runner_new (f->context, f->model, &options, &error);
  g_assert_no_error (error);
  mn_runner_set_done (f->runner, count, f, NULL);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  mn_runner_free (f->runner);
  g_assert_cmpint (f->frames[0].refcount, ==, 1);
  g_assert_cmpint (f->frames[1].refcount, ==, 1);
  mn_model_unref (f->model);
  mn_context_unref (f->context);
}

/* Each ticket has its own frame's result, whoever computed it, and whoever
 * finishes one says so. */
static void
test_side_by_side (Fixture *f, gconstpointer data)
{
  MnTicket tickets[DEPTH];
  guint round, i;

  for (round = 0; round < 50; round++) {
    for (i = 0; i < DEPTH; i++)
      tickets[i] = submit (f, (i + round) % 2);
    for (i = 0; i < DEPTH; i++)
      check (f, tickets[i], (i + round) % 2);
  }
  mn_runner_set_done (f->runner, NULL, NULL, NULL);
  g_assert_cmpint (g_atomic_int_get (&f->n_done), >=, 50 * DEPTH - N_LANES);
  g_assert_cmpuint (mn_runner_get_depth (f->runner, FALSE), ==, DEPTH);
  g_assert_cmpuint (mn_runner_get_depth (f->runner, TRUE), ==, 1);
  /* One at a time: it is done when it is submitted. */
  mn_runner_set_depth (f->runner, 1);
  tickets[0] = submit (f, 1);
  g_assert_cmpint (mn_runner_look (f->runner, tickets[0]), ==,
      MN_PROGRESS_DONE);
  check (f, tickets[0], 1);
}

static void
test_limits (Fixture *f, gconstpointer data)
{
  MnTicket tickets[MN_RUNNER_MAX_IN_FLIGHT], more;
  MnFrame *frames[] = {&f->frames[0]};
  GError *error = NULL;
  guint i;

  for (i = 0; i < MN_RUNNER_MAX_IN_FLIGHT; i++)
    tickets[i] = submit (f, i % 2);
  g_assert_false (mn_runner_submit (f->runner, frames, 1, &more, &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_ARGUMENT);
  g_clear_error (&error);
  /* Under way or not, it is given up; the others are not. */
  mn_runner_cancel (f->runner, tickets[0]);
  mn_runner_cancel (f->runner, tickets[MN_RUNNER_MAX_IN_FLIGHT - 1]);
  g_assert_cmpint (mn_runner_look (f->runner, tickets[0]), ==,
      MN_PROGRESS_DONE);
  for (i = 1; i < MN_RUNNER_MAX_IN_FLIGHT - 2; i++)
    check (f, tickets[i], i % 2);
  /* The one that is left goes with the runner. */
}

static gboolean
refuse (MnFrame *frame, GError **error)
{
  g_set_error (error, MN_ERROR, MN_ERROR_READ, "no such pixels");
  return FALSE;
}

/* A frame that cannot be made ready fails alone. */
static void
test_prepare (Fixture *f, gconstpointer data)
{
  MnFrame bad = f->frames[0], *frames[] = {&bad};
  MnResult *result;
  MnTicket ticket, other;
  GError *error = NULL;

  bad.prepare = refuse;
  g_assert_true (mn_runner_submit (f->runner, frames, 1, &ticket, &error));
  other = submit (f, 1);
  g_assert_false (mn_runner_wait (f->runner, ticket, MN_FOREVER, &result,
      &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_READ);
  g_clear_error (&error);
  check (f, other, 1);
  mn_runner_set_depth (f->runner, 1);
  g_assert_false (mn_runner_submit (f->runner, frames, 1, &ticket, &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_READ);
  g_clear_error (&error);
  g_assert_cmpint (bad.refcount, ==, 1);
}

/* Frames in flight are seen by the input that they were submitted under, on
 * whatever lane; the same frame here through two crops. */
static void
test_inputs (Fixture *f, gconstpointer data)
{
  MnInput inputs[2] = {{.fit = MN_FIT_STRETCH}};
  gfloat truth[2][N_CLASSES], scores[N_CLASSES];
  guint8 picture[2 * SIDE * SIDE * 3];
  MnTicket tickets[DEPTH];
  GError *error = NULL;
  MnFrame *frame = &f->frames[0];
  guint round, i;

  for (i = 0; i < sizeof picture; i++)
    picture[i] = i * 7919 % 251;
  inputs[0].source = (MnFrameDesc) {
    .format = MN_FORMAT_RGB, .width = 2 * SIDE, .height = SIDE};
  inputs[0].source.crop = (MnRect) {0, 0, SIDE, SIDE};
  inputs[1] = inputs[0];
  inputs[1].source.crop.x = SIDE;
  mn_frame_init (frame, &inputs[0].source, NULL, NULL);
  frame->desc.crop.width = 0;
  frame->planes[0] = (MnPlane) {picture, 2 * SIDE * 3, sizeof picture, 0};
  mn_runner_set_depth (f->runner, 1);
  for (i = 0; i < 2; i++) {
    g_assert_true (mn_runner_set_input (f->runner, &inputs[i], &error));
    wait_for (f, submit (f, 0), truth[i]);
  }
  g_assert_cmpint (memcmp (truth[0], truth[1], sizeof truth[0]), !=, 0);
  mn_runner_set_depth (f->runner, DEPTH);
  for (round = 0; round < 20; round++) {
    for (i = 0; i < DEPTH; i++) {
      g_assert_true (mn_runner_set_input (f->runner, &inputs[i % 2], &error));
      tickets[i] = submit (f, 0);
    }
    for (i = 0; i < DEPTH; i++) {
      wait_for (f, tickets[i], scores);
      g_assert_cmpmem (scores, sizeof scores, truth[i % 2], sizeof scores);
    }
  }
}

/* A device comes while lanes compute, fails, comes back: no result is lost,
 * nor another one's. */
static void
test_device (Fixture *f, gconstpointer data)
{
  MnTicket tickets[DEPTH];
  guint round, i, n_device = 0;

  fake_backend_fail (FAKE_WAIT, 20, FAKE_ONCE);
  for (round = 0; n_device < 100; round++) {
    for (i = 0; i < DEPTH; i++)
      tickets[i] = submit (f, i % 2);
    for (i = 0; i < DEPTH; i++) {
      g_autoptr (MnResult) result = NULL;
      GError *error = NULL;
      const gfloat *scores;
      guint n, c;

      g_assert_true (mn_runner_wait (f->runner, tickets[i], MN_FOREVER, &result,
          &error));
      n_device += g_str_equal (mn_result_get_backend (result), "opencl");
      scores = mn_result_get_scores (result, &n);
      for (c = 0; c < n; c++)
        g_assert_cmpfloat_with_epsilon (scores[c], f->truth[i % 2][c], 1e-4);
    }
    g_usleep (200);
    g_assert_cmpuint (round, <, 20000);
  }
  g_assert_cmpuint (fake_backend_get_calls (FAKE_WAIT), >, 21);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, device, test) \
  g_test_add ("/lanes/" name, Fixture, device, set_up, test, tear_down)
  ADD ("side-by-side", NULL, test_side_by_side);
  ADD ("limits", NULL, test_limits);
  ADD ("prepare", NULL, test_prepare);
  ADD ("inputs", NULL, test_inputs);
  ADD ("device", "opencl", test_device);
#undef ADD
  return g_test_run ();
}
