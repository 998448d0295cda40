/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The threads that an element takes: as many as the process may use CPUs
 * when it starts, and no more of those that were asked for. */

#include <sched.h>
#include <string.h>

#include "engine/mn.h"
#include "tests/gst/testutil.h"

static cpu_set_t all, one;

static void
setup (void)
{
  gint cpu = 0;

  test_setup ();
  fail_unless (sched_getaffinity (0, sizeof (all), &all) == 0);
  while (!CPU_ISSET (cpu, &all))
    cpu++;
  CPU_ZERO (&one);
  CPU_SET (cpu, &one);
}

static void
teardown (void)
{
  fail_unless (sched_setaffinity (0, sizeof (all), &all) == 0);
  test_teardown ();
}

/* Starts it with the CPUs of mask. */
static void
check_start (GstElement *element, const cpu_set_t *mask)
{
  g_autofree gchar *device = NULL;
  g_autofree gchar *wanted = NULL;
  guint n;

  fail_unless (sched_setaffinity (0, sizeof (*mask), mask) == 0);
  n = mn_cpus_count ();
  wanted = g_strdup_printf (" %u thread%s", n, n == 1 ? "" : "s");
  fail_unless_equals_int (gst_element_set_state (element, GST_STATE_PAUSED),
      GST_STATE_CHANGE_SUCCESS);
  g_object_get (element, "active-device", &device, NULL);
  fail_unless (device && g_str_has_suffix (device, wanted),
      "\"%s\" does not end in \"%s\"", device, wanted);
  gst_element_set_state (element, GST_STATE_NULL);
}

GST_START_TEST (test_default)
{
  GstBus *bus;
  GstElement *element = test_element_new (&bus);

  g_object_set (element, "threads", 0, NULL);
  check_start (element, &all);
  check_start (element, &one);
  fail_unless_equals_int (mn_cpus_count (), 1);
  check_start (element, &all);
  gst_object_unref (element);
  gst_object_unref (bus);
}

GST_END_TEST;

/* Of the process's threads. */
static guint
count_workers (void)
{
  GDir *dir = g_dir_open ("/proc/self/task", 0, NULL);
  const gchar *name;
  guint n = 0;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree gchar *path = g_build_filename ("/proc/self/task", name, "comm",
        NULL);
    g_autofree gchar *text = NULL;

    if (g_file_get_contents (path, &text, NULL, NULL)
        && g_str_has_prefix (text, "mn-worker"))
      n++;
  }
  g_clear_pointer (&dir, g_dir_close);
  return n;
}

/* Threads that take turns on one CPU are in each other's way. */
GST_START_TEST (test_more_than_there_are)
{
  GstBus *bus;
  GstElement *element = test_element_new (&bus);
  guint before = count_workers (), i;
  GstHarness *h;

  fail_unless (sched_setaffinity (0, sizeof (one), &one) == 0);
  g_object_set (element, "threads", 16, NULL);
  h = test_open_rgb (element);
  for (i = 0; i < 3; i++)
    gst_buffer_unref (test_run (h, RGB_CAPS, 0xff0000, i * DURATION));
  gst_harness_push_event (h, gst_event_new_eos ());
  fail_unless_equals_int (count_workers (), before);
  test_close (h, bus);
}

GST_END_TEST;

static Suite *
mobilenet_cpus_suite (void)
{
  Suite *suite = suite_create ("mobilenet-cpus");
  TCase *tc = tcase_create ("cpus");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, setup, teardown);
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_default);
  tcase_add_test (tc, test_more_than_there_are);
  return suite;
}

GST_CHECK_MAIN (mobilenet_cpus);
