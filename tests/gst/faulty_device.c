/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Whole pipelines on a faulty OpenCL library (tests/opencl/fake_cl.c): each
 * call of a start, of ten frames and of the end fails or hangs. No buffer is
 * lost or out of order, each has the right result, and nothing stays behind;
 * only a start that insists on the device may be refused, in words.
 *
 * Of the calls of each function in a phase some stand for all, by chance from
 * MOBILENET_TEST_SEED; with MOBILENET_FULL each one. */

#include "engine/core/internal.h"
#include "opencl/opencl.h"
#include "tests/gst/teststream.h"
#include "tests/gst/testutil.h"
#include "tests/opencl/any_device.h"
#include "tests/opencl/fake_cl.h"
#include "tests/opencl/picks.h"

#include <dlfcn.h>
#include <glib/gstdio.h>
#include <unistd.h>

#define N_FRAMES 10
#define OUT_OF_RESOURCES (-5)
/* For a call that does not come back: this many times what a start takes, and
 * at least so long. */
#define TIMES_LONGER 4
#define IMPATIENT (60 * G_TIME_SPAN_MILLISECOND)
/* Where it happens once, and that call and no other is to be the late one. */
#define LATE (2 * G_TIME_SPAN_SECOND)
/* One run; then something hangs that should not. */
#define WATCHDOG 120

#define CPU_IS_FASTER "the device is not used: it takes"

typedef enum
{
  FAULT_NONE,
  FAULT_ONCE,
  FAULT_FROM_THERE,
  FAULT_HANG
} Fault;

/* What comes first is phase 0. */
enum
{
  GETTING_READY = 1,
  FRAMES,
  END
};

static const gchar *const fault_names[] = {
  "none", "once", "from there on", "hangs"};

static struct
{
  gpointer handle;
  __typeof__ (fake_cl_fail) *fail_once;
  __typeof__ (fake_cl_fail_on) *fail_on;
  __typeof__ (fake_cl_hang) *hang;
  __typeof__ (fake_cl_release) *release;
  __typeof__ (fake_cl_calls) *calls;
  __typeof__ (fake_cl_live) *live;
  __typeof__ (fake_cl_failed) *failed;
  __typeof__ (fake_cl_phase) *phase;
} fake;

typedef struct
{
  TestStreamOptions stream;
  gboolean race; /* auto may prefer the CPU */
  Fault fault;
  guint call;
} Case;

static void
load_fake (void)
{
  const gchar *library = g_getenv ("MOBILENET_OPENCL_LIBRARY");
  void *handle = dlopen (library, RTLD_NOW | RTLD_LOCAL);

  fail_unless (handle != NULL, "%s", dlerror ());
  fake.handle = handle;
  fake.fail_once = dlsym (handle, "fake_cl_fail");
  fake.fail_on = dlsym (handle, "fake_cl_fail_on");
  fake.hang = dlsym (handle, "fake_cl_hang");
  fake.release = dlsym (handle, "fake_cl_release");
  fake.calls = dlsym (handle, "fake_cl_calls");
  fake.live = dlsym (handle, "fake_cl_live");
  fake.failed = dlsym (handle, "fake_cl_failed");
  fake.phase = dlsym (handle, "fake_cl_phase");
}

static void
arm (const Case *what)
{
  switch (what->fault) {
    case FAULT_NONE:
    case FAULT_ONCE:
      fake.fail_once (what->call, OUT_OF_RESOURCES);
      break;
    case FAULT_FROM_THERE:
      fake.fail_on (what->call, OUT_OF_RESOURCES);
      break;
    case FAULT_HANG:
      fake.hang (what->call);
      break;
  }
}

/* ---- one fault --------------------------------------------------------- */

static void
check_refusal (TestStream *s, const gchar *text)
{
  g_autoptr (GError) error = NULL;
  GstMessage *message;

  fail_unless_equals_string (s->options.backend, "opencl");
  fail_unless_equals_int (test_pop_messages (s->bus, GST_MESSAGE_ERROR,
                              &message),
      1);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (strcasestr (error->message, text) != NULL, "%s", error->message);
  gst_message_unref (message);
}

static void
check_stream (TestStream *s, const Case *what)
{
  gboolean used = test_stream_until_device (s);
  guint cpu_before = s->on_cpu, i;

  fake.phase (FRAMES);
  for (i = 0; i < N_FRAMES; i++)
    test_stream_step (s);
  if (what->fault == FAULT_ONCE)
    test_stream_until_device (s);
  fake.phase (END);
  test_stream_end (s);
  /* Those on their way when the device was ready count as before. */
  if (used && s->on_cpu > cpu_before + s->options.depth - 1)
    fail_unless (s->warnings > 0, "the CPU computes and nobody says so");
  /* One that hangs after the CPU was chosen troubles nobody. */
  if (what->fault == FAULT_HANG && fake.failed ()
      && !test_stream_status_has (s, CPU_IS_FASTER))
    fail_unless (s->warnings > 0, "a call hangs and nobody says so");
  if (what->fault == FAULT_NONE) {
    fail_unless_equals_int (s->warnings, 0);
    fail_unless (what->race || (used && s->on_device >= N_FRAMES));
  }
}

/* All that hung goes on, and ends. */
static void
release (void)
{
  fake.release ();
  mn_device_thread_drain (mn_context_get_device_thread (
                              mn_context_get_default (), &mn_backend_opencl),
      MN_FOREVER);
}

static void
check_nothing_left (void)
{
  fail_unless (fake.live () == 0, "%s: %d objects are left",
      fake.failed () ? fake.failed () : "no failure", fake.live ());
}

/* Returns the calls that were made. */
static guint
check_case (const Case *what)
{
  TestStream s;
  guint n_calls;

  g_print ("%s, call %u %s\n", what->stream.backend, what->call,
      fault_names[what->fault]);
  alarm (WATCHDOG);
  if (what->race)
    g_unsetenv ("MOBILENET_AUTO");
  arm (what);
  if (test_stream_open (&s, &what->stream)) {
    fake.phase (GETTING_READY);
    check_stream (&s, what);
  } else {
    check_refusal (&s, "cl");
  }
  test_stream_close (&s);
  /* A start that was given up before it came to that call goes on once
   * nothing hangs any more. */
  n_calls = fake.calls ();
  if (what->fault == FAULT_HANG)
    release ();
  check_nothing_left ();
  if (what->fault != FAULT_NONE && n_calls >= what->call)
    fail_unless (fake.failed () != NULL);
  alarm (0);
  return fake.calls ();
}

/* ---- all of them ------------------------------------------------------- */

typedef enum
{
  CACHE_WARM,
  CACHE_COLD,   /* programs are compiled */
  CACHE_NO_RACE /* device and CPU are measured */
} Cache;

static const struct
{
  const gchar *backend;
  gboolean race;
  Cache cache;
  Fault fault;
  guint most; /* calls of a function and phase */
} sweeps[] = {
  {"opencl", FALSE, CACHE_WARM, FAULT_ONCE, 3},
  {"opencl", FALSE, CACHE_WARM, FAULT_FROM_THERE, 2},
  {"opencl", FALSE, CACHE_WARM, FAULT_HANG, 1},
  {"opencl", FALSE, CACHE_COLD, FAULT_ONCE, 1},
  {"auto", FALSE, CACHE_WARM, FAULT_ONCE, 3},
  {"auto", FALSE, CACHE_WARM, FAULT_FROM_THERE, 2},
  {"auto", FALSE, CACHE_WARM, FAULT_HANG, 1},
  {"auto", TRUE, CACHE_NO_RACE, FAULT_ONCE, 2},
  {"auto", TRUE, CACHE_NO_RACE, FAULT_HANG, 1},
  {"auto", TRUE, CACHE_WARM, FAULT_ONCE, 1},
};

static guint
seed (void)
{
  const gchar *text = g_getenv ("MOBILENET_TEST_SEED");
  guint value = text ? strtoul (text, NULL, 10) : g_random_int ();

  g_print ("MOBILENET_TEST_SEED=%u\n", value);
  return value;
}

static void
prepare_cache (Cache cache)
{
  g_autofree gchar *folder = g_build_filename (g_get_user_cache_dir (),
      "gst-mobilenet", NULL);
  GDir *dir = g_dir_open (folder, 0, NULL);
  const gchar *name;

  while (dir && cache != CACHE_WARM && (name = g_dir_read_name (dir))) {
    g_autofree gchar *path = g_build_filename (folder, name, NULL);

    if (cache == CACHE_COLD || g_str_has_suffix (name, ".race"))
      g_unlink (path);
  }
  g_clear_pointer (&dir, g_dir_close);
}

/* Before the driver is first used. */
static void
set_up_opencl (void)
{
  load_fake ();
  mn_context_add_backend (mn_context_get_default (), &mn_backend_opencl);
}

/* The second of two runs without a fault, timed: the first filled the caches.
 */
static guint
count_calls (Case *what, Cache cache, gint64 *duration)
{
  guint n_calls, i;

  for (i = 0; i < 2; i++) {
    prepare_cache (cache);
    *duration = g_get_monotonic_time ();
    n_calls = check_case (what);
    *duration = g_get_monotonic_time () - *duration;
  }
  return n_calls;
}

GST_START_TEST (test_sweep)
{
  Case what = {{sweeps[__i__].backend, 1, PATIENT, PATIENT}, sweeps[__i__].race,
    FAULT_NONE, 0};
  g_autoptr (GRand) generator = g_rand_new_with_seed (seed ());
  g_autoptr (GArray) picks = NULL;
  guint n_calls, i;
  gint64 duration;

  set_up_opencl ();
  n_calls = count_calls (&what, sweeps[__i__].cache, &duration);
  what.fault = sweeps[__i__].fault;
  if (what.fault == FAULT_HANG) {
    what.stream.start_timeout = MAX (IMPATIENT, TIMES_LONGER * duration);
    what.stream.frame_timeout = IMPATIENT;
  }
  picks = pick_calls (fake.handle, n_calls, sweeps[__i__].most, generator);
  g_print ("%u of %u calls; they take %" G_GINT64_FORMAT " ms\n", picks->len,
      n_calls, duration / 1000);
  for (i = 0; i < picks->len; i++) {
    what.call = g_array_index (picks, guint, i);
    what.stream.depth = i % 2 ? 3 : 1;
    prepare_cache (sweeps[__i__].cache);
    check_case (&what);
  }
}

GST_END_TEST;

/* Who is the faster is kept: the next start says so, and does not so much as
 * make a context where it is the CPU. */
GST_START_TEST (test_kept)
{
  const TestStreamOptions options = {"auto", 1, PATIENT, PATIENT};
  guint calls[2], i;
  TestStream s;

  set_up_opencl ();
  g_unsetenv ("MOBILENET_AUTO");
  prepare_cache (CACHE_NO_RACE);
  for (i = 0; i < 2; i++) {
    fake.fail_once (0, 0);
    fail_unless (test_stream_open (&s, &options));
    test_stream_until_device (&s);
    test_stream_end (&s);
    fail_unless (test_stream_status_has (&s, "it takes"));
    fail_unless (test_stream_status_has (&s, "from the cache") == (i == 1));
    calls[i] = fake.calls ();
    if (i == 1 && test_stream_status_has (&s, CPU_IS_FASTER))
      fail_unless (calls[1] < calls[0] / 3, "%u calls", calls[1]);
    test_stream_close (&s);
  }
  fail_unless (calls[1] < calls[0]);
}

GST_END_TEST;

/* ---- what comes after a call that hangs -------------------------------- */

/* A process can end: the test's own does, with the call still hanging. */
GST_START_TEST (test_exit)
{
  static const gchar *const when[] = {"start", "frames", "end"};
  Case what = {{__i__ == 0 ? "auto" : "opencl", 1, PATIENT, PATIENT}, FALSE,
    FAULT_NONE, 0};
  guint n_calls;
  gint64 duration;
  TestStream s;

  set_up_opencl ();
  n_calls = count_calls (&what, CACHE_WARM, &duration);
  g_print ("hangs at the %s\n", when[__i__]);
  what.fault = FAULT_HANG;
  what.call = __i__ == 0 ? 20 : __i__ == 1 ? n_calls - 60 : n_calls - 1;
  what.stream.start_timeout = what.stream.frame_timeout = LATE;
  arm (&what);
  fail_unless (test_stream_open (&s, &what.stream));
  check_stream (&s, &what);
  test_stream_close (&s);
  fail_unless (fake.failed () != NULL);
}

GST_END_TEST;

static void
run_until_warned (TestStream *s)
{
  /* What the first frame needs is part of the start, and may take long. */
  test_stream_step (s);
  fake.hang (3);
  while (s->warnings == 0)
    test_stream_step (s);
  test_stream_end (s);
  test_stream_close (s);
}

/* Streams that start later are told at once; and when the call comes back
 * after all, the device can be used again. */
GST_START_TEST (test_later_streams)
{
  Case what = {{"opencl", 1, PATIENT, LATE}, FALSE, FAULT_NONE, 0};
  TestStream s;
  guint i;

  set_up_opencl ();
  fail_unless (test_stream_open (&s, &what.stream));
  run_until_warned (&s);

  fail_if (test_stream_open (&s, &what.stream));
  check_refusal (&s, "in this process any more");
  test_stream_close (&s);

  what.stream.backend = "auto";
  fail_unless (test_stream_open (&s, &what.stream));
  for (i = 0; i < N_FRAMES; i++)
    test_stream_step (&s);
  test_stream_end (&s);
  fail_unless_equals_int (s.on_cpu, N_FRAMES);
  fail_unless_equals_int (s.warnings, 1);
  test_stream_close (&s);

  release ();
  check_nothing_left ();
  what.stream.frame_timeout = PATIENT;
  check_case (&what);
}

GST_END_TEST;

/* Lets a call go that hangs, once a frame would have been late. */
static gpointer
release_late (gpointer data)
{
  while (!fake.failed ())
    g_usleep (10 * G_TIME_SPAN_MILLISECOND);
  g_usleep (3 * LATE / 2);
  fake.release ();
  return NULL;
}

/* What the first frame's format needs is compiled when it comes, which may
 * take longer than a frame. */
GST_START_TEST (test_slow_input)
{
  const TestStreamOptions options = {"opencl", 1, PATIENT, LATE};
  TestStream s;
  GThread *thread;
  guint i;

  set_up_opencl ();
  fail_unless (test_stream_open (&s, &options));
  fake.hang (3);
  thread = g_thread_new ("release", release_late, NULL);
  for (i = 0; i < N_FRAMES; i++)
    test_stream_step (&s);
  test_stream_end (&s);
  g_thread_join (thread);
  fail_unless_equals_int (s.warnings, 0);
  fail_unless_equals_int (s.on_device, N_FRAMES);
  test_stream_close (&s);
  check_nothing_left ();
}

GST_END_TEST;

/* One thread makes the calls of both. */
GST_START_TEST (test_two_streams)
{
  const TestStreamOptions options = {"opencl", 1, PATIENT, LATE};
  TestStream a, b;

  set_up_opencl ();
  fail_unless (test_stream_open (&a, &options));
  fail_unless (test_stream_open (&b, &options));
  test_stream_step (&a);
  test_stream_step (&b);
  fake.hang (1 + seed () % 20);
  while (a.warnings == 0 || b.warnings == 0) {
    test_stream_step (&a);
    test_stream_step (&b);
  }
  test_stream_end (&a);
  test_stream_end (&b);
  test_stream_close (&a);
  test_stream_close (&b);
  release ();
  check_nothing_left ();
}

GST_END_TEST;

/* With the sweeps of this backend. */
static TCase *
add_case (Suite *suite, const gchar *backend)
{
  TCase *tc = tcase_create (backend);
  guint i;

  tcase_set_timeout (tc, 3600);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  suite_add_tcase (suite, tc);
  for (i = 0; i < G_N_ELEMENTS (sweeps); i++) {
    if (g_str_equal (sweeps[i].backend, backend))
      tcase_add_loop_test (tc, test_sweep, i, i + 1);
  }
  return tc;
}

/* Two cases, which meson.build runs side by side. */
static Suite *
faulty_device_suite (void)
{
  Suite *suite = suite_create ("faulty-device");
  TCase *tc;

  add_case (suite, "auto");
  tc = add_case (suite, "opencl");
  tcase_add_test (tc, test_kept);
  tcase_add_loop_test (tc, test_exit, 0, 3);
  tcase_add_test (tc, test_later_streams);
  tcase_add_test (tc, test_slow_input);
  tcase_add_test (tc, test_two_streams);
  return suite;
}

int
main (int argc, char **argv)
{
  gst_check_init (&argc, &argv);
  if (!any_cl_device ()) {
    g_print ("skipped: " NO_CL_DEVICE "\n");
    return 77;
  }
  return gst_check_run_suite (faulty_device_suite (), "faulty-device",
      __FILE__);
}
