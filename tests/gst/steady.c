/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Once it plays, a stream whose objects are classified takes no memory of its
 * own: no more a frame than passing it on does, and what it says of each
 * object. All of the process's allocations count, on whatever thread. */

#include "tests/gst/testutil.h"

#include <errno.h>

#define WIDTH 640
#define HEIGHT 360
#define CAPS \
  "video/x-raw, format=NV12, width=640, height=360, " \
  "framerate=25/1, colorimetry=1:3:5:1"
#define N_OBJECTS 8
#define WARM_UP 3
#define N_FRAMES 20

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) \
    && !defined(__SANITIZE_THREAD__)
#define COUNTS_MALLOC 1
#define EXPORT __attribute__ ((visibility ("default")))
extern void *__libc_malloc (size_t size);
extern void *__libc_calloc (size_t n, size_t size);
extern void *__libc_realloc (void *data, size_t size);
extern void *__libc_memalign (size_t alignment, size_t size);

static gint n_taken; /* atomic */

EXPORT void *
malloc (size_t size)
{
  g_atomic_int_inc (&n_taken);
  return __libc_malloc (size);
}

EXPORT void *
calloc (size_t n, size_t size)
{
  g_atomic_int_inc (&n_taken);
  return __libc_calloc (n, size);
}

EXPORT void *
realloc (void *data, size_t size)
{
  g_atomic_int_inc (&n_taken);
  return __libc_realloc (data, size);
}

EXPORT void *
aligned_alloc (size_t alignment, size_t size)
{
  g_atomic_int_inc (&n_taken);
  return __libc_memalign (alignment, size);
}

EXPORT int
posix_memalign (void **data, size_t alignment, size_t size)
{
  g_atomic_int_inc (&n_taken);
  *data = __libc_memalign (alignment, size);
  return *data ? 0 : ENOMEM;
}

/* Boxes that move and change their sizes, some of them out of the frame. */
static GstBuffer *
frame_new (GRand *rand, guint n)
{
  GstBuffer *buffer = test_frame_new_for_caps (CAPS, 0x3080ff, n * DURATION);
  guint i;

  for (i = 0; i < N_OBJECTS; i++)
    gst_buffer_add_video_region_of_interest_meta (buffer, "thing",
        g_rand_int_range (rand, 0, WIDTH), g_rand_int_range (rand, 0, HEIGHT),
        g_rand_int_range (rand, 1, WIDTH), g_rand_int_range (rand, 1, HEIGHT));
  return buffer;
}

/* How many allocations it takes to pass buffer on. */
static guint
count_pass (GstHarness *h, GstBuffer **buffer)
{
  gint before = g_atomic_int_get (&n_taken);

  *buffer = test_pass (h, *buffer);
  return g_atomic_int_get (&n_taken) - before;
}

/* And to say the same of its objects by hand. */
static guint
count_params (GstBuffer *buffer)
{
  GstVideoRegionOfInterestMeta *meta;
  gpointer state = NULL;
  guint n = 0;
  gint before;

  while ((meta = (GstVideoRegionOfInterestMeta *)
              gst_buffer_iterate_meta_filtered (buffer, &state,
                  GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE))) {
    GstStructure *param = gst_video_region_of_interest_meta_get_param (meta,
        "mobilenet");

    if (!param)
      continue;
    before = g_atomic_int_get (&n_taken);
    gst_video_region_of_interest_meta_add_param (meta,
        gst_structure_copy (param));
    n += g_atomic_int_get (&n_taken) - before;
  }
  return n;
}

/* The most of a frame, less what it says of its objects. */
static guint
run (const gchar *backend, gboolean enabled)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);
  GstElement *element;
  GstHarness *h;
  guint most = 0, i;
  GstBus *bus;

  element = test_element_new (&bus);
  gst_util_set_object_arg (G_OBJECT (element), "region", "objects");
  gst_util_set_object_arg (G_OBJECT (element), "backend", backend);
  g_object_set (element, "enabled", enabled, NULL);
  gst_mobilenet_set_tuning (GST_MOBILENET (element), 1, 0, 0, 0);
  h = test_harness_new (element);
  gst_harness_set_src_caps_str (h, CAPS);
  for (i = 0; i < N_FRAMES; i++) {
    GstBuffer *buffer = frame_new (rand, i);
    guint n = count_pass (h, &buffer);
    guint said = count_params (buffer);

    fail_unless ((said > 0) == enabled, "%s: what is said of frame %u?",
        backend, i);
    fail_unless (n >= said);
    if (i >= WARM_UP)
      most = MAX (most, n - said);
    gst_buffer_unref (buffer);
  }
  test_close (h, bus);
  return most;
}
#endif

/* On the CPU, and on a device with a thread of its own. */
GST_START_TEST (test_objects)
{
#ifdef COUNTS_MALLOC
  static const gchar *const backends[] = {"cpu", "opencl"};
  const gchar *backend = backends[__i__];
  guint passing = run (backend, FALSE), classifying = run (backend, TRUE);

  fail_unless (n_taken > 0, "nothing was counted");
  fail_unless (classifying <= passing,
      "%s: %u allocations a frame, %u of a frame that is passed on", backend,
      classifying, passing);
#else
  g_print ("# allocations are not counted in this build\n");
#endif
}

GST_END_TEST;

static Suite *
mobilenet_steady_suite (void)
{
  Suite *suite = suite_create ("mobilenet-steady");
  TCase *tc = tcase_create ("steady");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_objects, 0, 2);
  return suite;
}

GST_CHECK_MAIN (mobilenet_steady);
