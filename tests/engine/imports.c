/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Frames in memory that a device reads where it lies: given to it as they
 * are, and made readable where the CPU has to do them, or the device turns out
 * to be unable to. */

#include "tests/support/fake_backend.h"
#include "tests/support/tflite_writer.h"

#include <string.h>

#define SIDE 16
#define N_CLASSES 5
#define N_FRAMES 3
#define MODIFIER 0x0100000000000002

typedef struct
{
  MnFrame frame; /* first: a frame is its Foreign */
  guint8 pixels[SIDE * SIDE * 3];
  guint n_prepared, n_imported;
  gboolean is_lost; /* not readable by the CPU */
} Foreign;

typedef struct
{
  MnContext *context;
  MnModel *model;
  MnRunner *runner;
  Foreign frames[N_FRAMES];
  gfloat truth[N_FRAMES][N_CLASSES];
} Fixture;

/* ---- a device that imports --------------------------------------------- */

static gint refuses; /* atomic: it says that it does, and does not */

static gboolean
imports (MnBackendPlan *plan, MnMemory memory, guint64 modifier)
{
  return memory == MN_MEMORY_DMABUF && modifier == MODIFIER;
}

static gboolean
submit_foreign (MnBackendSession *session, guint slot, MnFrame *const *frames,
    const MnPreprocess *const *stages, guint n, MnTensorView *const *outputs,
    GError **error)
{
  MnFrame seen = *frames[0], *list = &seen;

  g_assert_cmpuint (n, ==, 1);
  if (seen.memory == MN_MEMORY_DMABUF && g_atomic_int_get (&refuses)) {
    g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED, "no import");
    return FALSE;
  }
  if (seen.memory == MN_MEMORY_DMABUF) {
    ((Foreign *) frames[0])->n_imported++;
    seen.memory = MN_MEMORY_HOST;
    seen.planes[0].data = ((Foreign *) frames[0])->pixels;
  }
  return fake_backend.submit (session, slot, &list, stages, 1, outputs, error);
}

static MnBackend importing;

/* ---- frames ------------------------------------------------------------ */

static gboolean
make_readable (MnFrame *frame, GError **error)
{
  Foreign *foreign = (Foreign *) frame;

  foreign->n_prepared++;
  if (foreign->is_lost) {
    g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT, "cannot be mapped");
    return FALSE;
  }
  frame->prepare = NULL;
  frame->memory = MN_MEMORY_HOST;
  frame->planes[0].data = foreign->pixels;
  return TRUE;
}

static const MnFrameDesc desc = {MN_FORMAT_RGB, SIDE, SIDE};

static void
init_frame (Foreign *foreign, guint number)
{
  guint i;

  memset (foreign, 0, sizeof (*foreign));
  for (i = 0; i < sizeof foreign->pixels; i++)
    foreign->pixels[i] = i * 7919 * (number + 3) % 251;
  mn_frame_init (&foreign->frame, &desc, NULL, NULL);
  foreign->frame.memory = MN_MEMORY_DMABUF;
  foreign->frame.modifier = MODIFIER;
  foreign->frame.prepare = make_readable;
  foreign->frame.planes[0].stride = SIDE * 3;
  foreign->frame.planes[0].size = sizeof foreign->pixels;
}

static MnTicket
submit (Fixture *f, guint number)
{
  MnFrame *frames[] = {&f->frames[number].frame};
  GError *error = NULL;
  MnTicket ticket;

  mn_runner_submit (f->runner, frames, 1, &ticket, &error);
  g_assert_no_error (error);
  return ticket;
}

static void
wait_for (Fixture *f, MnTicket ticket, gfloat *scores)
{
  g_autoptr (MnResult) result = NULL;
  GError *error = NULL;
  guint n;

  mn_runner_wait (f->runner, ticket, MN_FOREVER, &result, &error);
  g_assert_no_error (error);
  memcpy (scores, mn_result_get_scores (result, &n),
      N_CLASSES * sizeof (gfloat));
}

static void
check (Fixture *f, MnTicket ticket, guint number)
{
  gfloat scores[N_CLASSES];
  guint i;

  wait_for (f, ticket, scores);
  for (i = 0; i < N_CLASSES; i++)
    g_assert_cmpfloat_with_epsilon (scores[i], f->truth[number][i], 1e-4);
}

static void
check_warning (Fixture *f, const gchar *text)
{
  g_autoptr (GError) warning = mn_runner_pop_warning (f->runner);

  g_assert_nonnull (warning);
  g_assert_nonnull (strstr (warning->message, text));
}

static void
make_runner (Fixture *f, const gchar *device)
{
  MnRunnerOptions options = {
    .device_backend = device, .need_device = device != NULL, .retry_delay = 1};
  MnInput input = {.source = desc, .fit = MN_FIT_STRETCH};
  GError *error = NULL;

  f->runner = mn_runner_new (f->context, f->model, &options, &error);
  g_assert_no_error (error);
  mn_runner_set_input (f->runner, &input, &error);
  g_assert_no_error (error);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) bytes = mn_test_classifier (SIDE, N_CLASSES, 1);
  GError *error = NULL;
  guint i;

  fake_backend_reset ();
  g_atomic_int_set (&refuses, FALSE);
  importing = fake_backend;
  importing.imports = imports;
  importing.submit = submit_foreign;
  f->context = mn_context_new ();
  mn_context_add_backend (f->context, &importing);
  f->model = mn_model_load_bytes (bytes, "tiny.tflite", &error);
  g_assert_no_error (error);
  make_runner (f, NULL);
  /* The CPU makes them readable, once. */
  g_assert_false (mn_runner_imports (f->runner, MN_MEMORY_DMABUF, MODIFIER));
  g_assert_true (mn_runner_imports (f->runner, MN_MEMORY_HOST, 0));
  for (i = 0; i < N_FRAMES; i++) {
    init_frame (&f->frames[i], i);
    wait_for (f, submit (f, i), f->truth[i]);
    g_assert_cmpuint (f->frames[i].n_prepared, ==, 1);
    g_assert_cmpint (f->frames[i].frame.refcount, ==, 1);
    init_frame (&f->frames[i], i);
  }
  g_assert_cmpfloat (f->truth[0][0], !=, f->truth[1][0]);
  mn_runner_free (f->runner);
  make_runner (f, "opencl");
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  guint i;

  mn_runner_free (f->runner);
  for (i = 0; i < N_FRAMES; i++)
    g_assert_cmpint (f->frames[i].frame.refcount, ==, 1);
  mn_model_unref (f->model);
  mn_context_unref (f->context);
}

/* ---- tests ------------------------------------------------------------- */

static void
run_all (Fixture *f)
{
  MnTicket tickets[N_FRAMES];
  guint i;

  for (i = 0; i < N_FRAMES; i++)
    tickets[i] = submit (f, i);
  for (i = 0; i < N_FRAMES; i++)
    check (f, tickets[i], i);
}

static void
test_in_place (Fixture *f, gconstpointer data)
{
  guint i;

  g_assert_true (mn_runner_imports (f->runner, MN_MEMORY_DMABUF, MODIFIER));
  g_assert_false (mn_runner_imports (f->runner, MN_MEMORY_DMABUF, 0));
  g_assert_false (mn_runner_imports (f->runner, MN_MEMORY_GL_TEXTURE, 0));
  run_all (f);
  for (i = 0; i < N_FRAMES; i++) {
    g_assert_cmpuint (f->frames[i].n_imported, ==, 1);
    g_assert_cmpuint (f->frames[i].n_prepared, ==, 0);
  }
  g_assert_null (mn_runner_pop_warning (f->runner));
}

/* Of another modifier: read by the device, but not in place. */
static void
test_other_modifier (Fixture *f, gconstpointer data)
{
  f->frames[0].frame.modifier = 0;
  check (f, submit (f, 0), 0);
  g_assert_cmpuint (f->frames[0].n_prepared, ==, 1);
  g_assert_cmpuint (f->frames[0].n_imported, ==, 0);
  g_assert_cmpuint (fake_backend_get_calls (FAKE_SUBMIT), >, 0);
}

/* The device goes on with copies, and nothing but one warning tells. */
static void
test_refused (Fixture *f, gconstpointer data)
{
  guint i, n_calls;

  g_atomic_int_set (&refuses, TRUE);
  run_all (f);
  for (i = 0; i < N_FRAMES; i++)
    g_assert_cmpuint (f->frames[i].n_prepared, ==, 1);
  g_assert_cmpstr (mn_runner_get_backend (f->runner), ==, "opencl");
  g_assert_false (mn_runner_imports (f->runner, MN_MEMORY_DMABUF, MODIFIER));
  check_warning (f, "no import");
  g_assert_null (mn_runner_pop_warning (f->runner));
  init_frame (&f->frames[0], 0);
  n_calls = fake_backend_get_calls (FAKE_SUBMIT);
  check (f, submit (f, 0), 0);
  g_assert_cmpuint (fake_backend_get_calls (FAKE_SUBMIT), ==, n_calls + 1);
  g_assert_cmpuint (f->frames[0].n_imported, ==, 0);
  g_assert_cmpuint (f->frames[0].n_prepared, ==, 1);
}

/* The CPU gets back what the device has read in place. */
static void
test_device_fails (Fixture *f, gconstpointer data)
{
  FakeCall call = GPOINTER_TO_INT (data);
  guint i, n_prepared = 0;

  fake_backend_fail (call, fake_backend_get_calls (call) + 1, FAKE_ONCE);
  run_all (f);
  for (i = 0; i < N_FRAMES; i++)
    n_prepared += f->frames[i].n_prepared;
  g_assert_cmpuint (n_prepared, >=, 1);
  check_warning (f, "fails");
}

static void
test_not_readable (Fixture *f, gconstpointer data)
{
  MnTicket ticket;
  MnResult *result = NULL;
  GError *error = NULL;

  f->frames[0].is_lost = TRUE;
  fake_backend_fail (FAKE_WAIT, fake_backend_get_calls (FAKE_WAIT), FAKE_ONCE);
  ticket = submit (f, 0);
  g_assert_false (mn_runner_wait (f->runner, ticket, MN_FOREVER, &result,
      &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_ARGUMENT);
  g_clear_error (&error);
  g_assert_cmpuint (f->frames[0].n_prepared, ==, 1);
  check (f, submit (f, 1), 1);
}

static void
test_keys (void)
{
  MnMemoryKey *key = mn_memory_key_new ();

  g_assert_true (mn_memory_key_ref (key) == key);
  g_assert_false (mn_memory_key_is_retired (key));
  mn_memory_key_retire (key);
  mn_memory_key_unref (key);
  g_assert_true (mn_memory_key_is_retired (key));
  mn_memory_key_unref (key);
  mn_memory_key_unref (NULL);
}

#define ADD(name, data, test) \
  g_test_add ("/imports/" name, Fixture, data, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("in-place", NULL, test_in_place);
  ADD ("other-modifier", NULL, test_other_modifier);
  ADD ("refused", NULL, test_refused);
  ADD ("submit-fails", GINT_TO_POINTER (FAKE_SUBMIT), test_device_fails);
  ADD ("wait-fails", GINT_TO_POINTER (FAKE_WAIT), test_device_fails);
  ADD ("not-readable", NULL, test_not_readable);
  g_test_add_func ("/imports/keys", test_keys);
  return g_test_run ();
}
