/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Device against CPU: measured once, kept on disk, measured again where there
 * is any doubt. The device is tests/support/fake_backend.c. */

#include "engine/run/race.h"

#include "engine/base/cache.h"
#include "tests/support/fake_backend.h"
#include "tests/support/own_cache.h"
#include "tests/support/tflite_writer.h"

#include <glib/gstdio.h>
#include <string.h>

#define SIDE 16
#define N_CLASSES 5
/* So many frames in vain, and there will be no decision. Between them the
 * thread of the device gets the processor (PAUSE, microseconds): a frame of so
 * small a network takes less than what it may have to wait for it. */
#define MAX_TRIES 20000
#define PAUSE 500
/* Frames of a race on the device. */
#define N_RACE 5

#define FROM_CACHE "from the cache"

typedef struct
{
  MnContext *context;
  MnModel *model;
  MnRaceCourse *course; /* the runner's is like it */
  gchar *name;          /* in the cache */
  MnFrame frame;
  gfloat pixels[SIDE * SIDE * 3];
} Fixture;

/* For tensors, as the runner's when nobody has set an input. */
static MnRaceCourse *
make_course (Fixture *f, MnModel *model, const gchar *backend, guint threads)
{
  MnPlanOptions options = {.backend = backend, .threads = threads};
  MnInput input = {.source = f->frame.desc};
  GError *error = NULL;
  MnPlan *plan = mn_plan_new (f->context, model, &options, &error);
  MnRaceCourse *course;

  g_assert_no_error (error);
  course = mn_race_course_new (plan, &input, &f->frame);
  g_assert_nonnull (course);
  mn_plan_unref (plan);
  return course;
}

static MnModel *
make_model (guint seed)
{
  g_autoptr (GBytes) bytes = mn_test_classifier (SIDE, N_CLASSES, seed);
  GError *error = NULL;
  MnModel *model = mn_model_load_bytes (bytes, "tiny.tflite", &error);

  g_assert_no_error (error);
  return model;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  MnFrameDesc desc = {
    .format = MN_FORMAT_TENSOR, .width = SIDE, .height = SIDE};

  f->context = mn_context_new ();
  mn_context_add_backend (f->context, &fake_backend);
  fake_backend_reset ();
  fake_backend_set_identity ("fake, driver 1");
  f->model = make_model (1);
  mn_frame_init (&f->frame, &desc, NULL, NULL);
  f->frame.planes[0].data = (const guint8 *) f->pixels;
  f->frame.planes[0].size = sizeof (f->pixels);
  f->course = make_course (f, f->model, "cpu", 1);
  f->name = mn_race_name ("fake, driver 1", f->course, &(MnPlanOptions) {0});
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_autofree gchar *path = mn_cache_path (f->name);

  g_unlink (path);
  g_free (f->name);
  mn_race_course_free (f->course);
  mn_model_unref (f->model);
  mn_context_unref (f->context);
}

static void
run_frame (Fixture *f, MnRunner *runner)
{
  g_autoptr (MnResult) result = NULL;
  MnFrame *frames[] = {&f->frame};
  GError *error = NULL;
  MnTicket ticket;

  g_assert_true (mn_runner_submit (runner, frames, 1, &ticket, &error));
  g_assert_true (mn_runner_wait (runner, ticket, MN_FOREVER, &result, &error));
  g_usleep (PAUSE);
}

static gboolean
is_decided (const gchar *status)
{
  return g_str_has_prefix (status, "the device is not used")
      || g_str_has_prefix (status, "the device computes");
}

/* Runs a stream until it is clear what computes, less any frame on the
 * device; returns the device's status. */
static const gchar *
run_start (Fixture *f, const MnRunnerOptions *options)
{
  GError *error = NULL;
  g_autoptr (MnRunner)
      runner = mn_runner_new (f->context, f->model, options, &error);
  const gchar *status = mn_runner_get_device_status (runner);
  guint i;

  g_assert_no_error (error);
  if (f->frame.desc.format != MN_FORMAT_TENSOR)
    g_assert_true (mn_runner_set_input (runner,
        &(MnInput) {.source = f->frame.desc}, NULL));
  for (i = 0; !is_decided (status) && i < MAX_TRIES; i++) {
    run_frame (f, runner);
    status = mn_runner_get_device_status (runner);
  }
  g_assert_true (is_decided (status));
  g_assert_null (mn_runner_pop_warning (runner));
  return status;
}

static const gchar *
run_auto (Fixture *f)
{
  const MnRunnerOptions options = {.device_backend = "opencl", .threads = 1};

  return run_start (f, &options);
}

/* Starts that the device was made ready for, and frames on it: a race's, and
 * at most one of the stream's. */
static void
assert_calls (guint n_starts, guint n_frames)
{
  guint n = fake_backend_get_calls (FAKE_SUBMIT);

  g_assert_cmpuint (fake_backend_get_calls (FAKE_COMPILE), ==, n_starts);
  g_assert_cmpuint (n, >=, n_frames);
  g_assert_cmpuint (n, <=, n_frames + 1);
}

static void
forget_calls (void)
{
  fake_backend_reset ();
  fake_backend_set_identity ("fake, driver 1");
}

static void
test_files (Fixture *f, gconstpointer data)
{
  static const MnRace doubtful[] = {
    {0, 5}, {5, 0}, {-5, 5}, {5, -5}, {5, G_MAXINT64}, {G_MAXINT64, 5}};
  g_autoptr (GBytes) rest = g_bytes_new ("0123456789abcdef0", 17);
  MnRace race = {5, 7, FALSE},
         got = {
           0,
         };
  guint i;

  g_assert_false (mn_race_load (f->name, &got));
  mn_race_store (f->name, &race);
  g_assert_true (mn_race_load (f->name, &got));
  g_assert_cmpint (got.device, ==, 5);
  g_assert_cmpint (got.cpu, ==, 7);
  g_assert_true (got.kept);
  g_assert_false (mn_race_lost (&got));
  for (i = 0; i < G_N_ELEMENTS (doubtful); i++) {
    mn_race_store (f->name, &doubtful[i]);
    g_assert_false (mn_race_load (f->name, &got));
    g_assert_false (got.kept);
    g_assert_false (mn_race_lost (&got));
  }
  mn_cache_store (f->name, rest);
  g_assert_false (mn_race_load (f->name, &got));
}

static void
test_names (Fixture *f, gconstpointer data)
{
  g_autoptr (MnModel) model = make_model (2);
  const gchar *device = "fake, driver 1";
  MnRaceCourse *courses[] = {make_course (f, f->model, "cpu", 1),
    make_course (f, model, "cpu", 1), make_course (f, f->model, "cpu", 2),
    make_course (f, f->model, "reference", 1),
    make_course (f, f->model, "cpu", 1), make_course (f, f->model, "cpu", 1)};
  const MnPlanOptions usual = {0}, exact = {.precision = MN_PRECISION_F32},
                      tuned = {.tuning = MN_TUNING_FAST};
  gchar *names[G_N_ELEMENTS (courses) + 3];
  guint n, i, j;

  courses[4]->input.source.format = MN_FORMAT_NV12;
  courses[5]->input.source.width++;
  for (n = 0; n < G_N_ELEMENTS (courses); n++)
    names[n] = mn_race_name (device, courses[n], &usual);
  names[n++] = mn_race_name ("fake, driver 2", courses[0], &usual);
  names[n++] = mn_race_name (device, courses[0], &exact);
  names[n++] = mn_race_name (device, courses[0], &tuned);
  g_assert_cmpstr (names[0], ==, f->name);
  g_assert_null (mn_race_name (NULL, courses[0], &usual));
  for (i = 0; i < n; i++) {
    for (j = 0; j < i; j++)
      g_assert_cmpstr (names[i], !=, names[j]);
  }
  for (i = 0; i < n; i++)
    g_free (names[i]);
  for (i = 0; i < G_N_ELEMENTS (courses); i++)
    mn_race_course_free (courses[i]);
}

/* Whichever is the faster: the first start finds out, the second knows. */
static void
test_once (Fixture *f, gconstpointer data)
{
  const gchar *first, *second;
  MnRace race;

  first = run_auto (f);
  assert_calls (1, N_RACE);
  g_assert_null (strstr (first, FROM_CACHE));
  g_assert_true (mn_race_load (f->name, &race));
  forget_calls ();
  second = run_auto (f);
  assert_calls (mn_race_lost (&race) ? 0 : 1, 0);
  g_assert_nonnull (strstr (second, FROM_CACHE));
  g_assert_true (g_str_has_prefix (second, first));
}

static void
test_cpu_faster (Fixture *f, gconstpointer data)
{
  const MnRace race = {2000, 1000, FALSE};

  mn_race_store (f->name, &race);
  g_assert_cmpstr (run_auto (f), ==,
      "the device is not used: it takes 2.00 "
      "ms a frame, the CPU 1.00 ms (from the cache: measured at an earlier "
      "start)");
  assert_calls (0, 0);
}

static void
test_device_faster (Fixture *f, gconstpointer data)
{
  const MnRace race = {1000, 2000, FALSE};

  mn_race_store (f->name, &race);
  g_assert_cmpstr (run_auto (f), ==,
      "the device computes: it takes 1.00 ms "
      "a frame, the CPU 2.00 ms (from the cache: measured at an earlier "
      "start)");
  assert_calls (1, 0);
}

/* Who insists on the device has no use for the answer. */
static void
test_not_asked (Fixture *f, gconstpointer data)
{
  MnRunnerOptions options = {.device_backend = "opencl", .threads = 1};
  const MnRace race = {2000, 1000, FALSE};

  mn_race_store (f->name, &race);
  options.any_speed = TRUE;
  g_assert_cmpstr (run_start (f, &options), ==, "the device computes");
  assert_calls (1, 0);
  forget_calls ();
  options.any_speed = FALSE;
  options.need_device = TRUE;
  g_assert_cmpstr (run_start (f, &options), ==, "the device computes");
  assert_calls (1, 0);
}

/* Another driver, a damaged file, a device that does not say what it is. */
static void
test_doubt (Fixture *f, gconstpointer data)
{
  const MnRace race = {2000000, 1, FALSE};
  g_autofree gchar *path = mn_cache_path (f->name);
  g_autofree gchar *other = NULL;
  MnRace got;

  mn_race_store (f->name, &race);
  fake_backend_set_identity ("fake, driver 2");
  run_auto (f);
  assert_calls (1, N_RACE);
  other = mn_race_name ("fake, driver 2", f->course, &(MnPlanOptions) {0});
  g_assert_true (mn_race_load (other, &got));
  g_unlink (path);
  forget_calls ();
  g_assert_true (g_file_set_contents (path, "no race", -1, NULL));
  run_auto (f);
  assert_calls (1, N_RACE);
  g_assert_true (mn_race_load (f->name, &got));
  mn_race_store (f->name, &race);
  forget_calls ();
  fake_backend_set_identity (NULL);
  run_auto (f);
  assert_calls (1, N_RACE);
}

/* ---- what is run on ------------------------------------------------------ */

#define WIDTH 40
#define HEIGHT 32

static struct
{
  MnBackend backend; /* the fake one, and what it was given first */
  guint n_frames;
  MnFrameDesc desc;
  const guint8 *data;
  guint8 middle; /* of the first plane */
} watched;

static guint8
middle_of (const MnFrame *frame)
{
  const MnPlane *plane = &frame->planes[0];
  guint rows = plane->tile_rows ? plane->tile_rows : HEIGHT;

  return plane->data[(gssize) (rows / 2) * plane->stride + WIDTH / 2];
}

static gboolean
watch (MnBackendSession *session, guint slot, MnFrame *const *frames,
    const MnPreprocess *const *stages, guint n, MnTensorView *const *outputs,
    GError **error)
{
  if (watched.n_frames++ == 0) {
    watched.desc = frames[0]->desc;
    watched.data = frames[0]->planes[0].data;
    watched.middle = middle_of (frames[0]);
  }
  return fake_backend.submit (session, slot, frames, stages, n, outputs, error);
}

/* A picture whose every byte is 77; upside down where the stride says so. */
static void
set_picture (Fixture *f, MnFormat format, guint8 *pixels, gssize stride)
{
  MnFrameDesc desc = {.format = format, .width = WIDTH, .height = HEIGHT};
  gsize size = WIDTH * HEIGHT;
  guint i;

  memset (pixels, 77, size);
  mn_frame_init (&f->frame, &desc, NULL, NULL);
  for (i = 0; i < f->frame.n_planes; i++) {
    guint rows = i ? HEIGHT / 2 : HEIGHT;

    f->frame.planes[i] = (MnPlane) {pixels, stride, WIDTH * rows};
    if (format == MN_FORMAT_NV12_4L4)
      f->frame.planes[i].tile_rows = rows / 4;
    if (stride < 0)
      f->frame.planes[i].data += (rows - 1) * WIDTH;
  }
}

/* A frame of the stream, as it is, of which the stream has it back. */
static void
test_frames (Fixture *f, gconstpointer data)
{
  static const struct
  {
    MnFormat format;
    gssize stride;
  } cases[] = {{MN_FORMAT_NV12, WIDTH}, {MN_FORMAT_NV12, -WIDTH},
    {MN_FORMAT_NV12_4L4, 4 * WIDTH}};
  const MnRunnerOptions options = {.device_backend = "opencl", .threads = 1};
  guint8 pixels[WIDTH * HEIGHT];
  guint i;

  watched.backend = fake_backend;
  watched.backend.submit = watch;
  mn_context_add_backend (f->context, &watched.backend);
  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *identity = g_strdup_printf ("fake, driver %u", 10 + i);

    /* None of them was raced before. */
    fake_backend_set_identity (identity);
    set_picture (f, cases[i].format, pixels, cases[i].stride);
    watched.n_frames = 0;
    run_start (f, &options);
    g_assert_cmpuint (watched.n_frames, >=, N_RACE);
    g_assert_cmpint (watched.desc.format, ==, cases[i].format);
    g_assert_cmpuint (watched.desc.width, ==, WIDTH);
    g_assert_cmpuint (watched.middle, ==, 77);
    g_assert_true (watched.data < pixels
        || watched.data >= pixels + sizeof pixels);
    g_assert_cmpint (f->frame.refcount, ==, 1);
  }
}

/* A device that fails on the way leaves no answer. */
static void
test_failure (Fixture *f, gconstpointer data)
{
  MnRunnerOptions options = {
    .device_backend = "opencl", .threads = 1, .retry_delay = 1};
  g_autoptr (MnRunner) runner = NULL;
  GError *error = NULL, *warning = NULL;
  MnRace race;
  guint i;

  fake_backend_fail (FAKE_WAIT, 3, FAKE_LOST);
  runner = mn_runner_new (f->context, f->model, &options, &error);
  g_assert_no_error (error);
  for (i = 0; !warning && i < MAX_TRIES; i++) {
    run_frame (f, runner);
    warning = mn_runner_pop_warning (runner);
  }
  g_assert_error (warning, MN_ERROR, MN_ERROR_LOST);
  g_error_free (warning);
  g_assert_false (mn_race_load (f->name, &race));
}

#define TEST(path, func) \
  g_test_add (path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  int result;

  own_cache_make ();
  g_test_init (&argc, &argv, NULL);
  TEST ("/race/files", test_files);
  TEST ("/race/names", test_names);
  TEST ("/race/once", test_once);
  TEST ("/race/cpu-faster", test_cpu_faster);
  TEST ("/race/device-faster", test_device_faster);
  TEST ("/race/not-asked", test_not_asked);
  TEST ("/race/doubt", test_doubt);
  TEST ("/race/frames", test_frames);
  TEST ("/race/failure", test_failure);
  result = g_test_run ();
  own_cache_remove ();
  return result;
}
