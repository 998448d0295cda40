/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/pipelines/table/acts.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define SIDE 64

static GstElement *
get (Run *run, const gchar *name)
{
  GstElement *element = gst_bin_get_by_name (GST_BIN (run->pipeline), name);

  if (!element)
    run_fail (run, "no element %s", name);
  return element;
}

/* ---- one by one -------------------------------------------------------- */

typedef void (*GiveFunc) (Run *run, GstElement *source, guint n);

static void
one_by_one (Run *run, GstElement *source, GiveFunc give)
{
  guint i;

  run_play (run);
  for (i = 0; i < 4; i++) {
    give (run, source, i);
    run_wait_seen (run, i + 1);
  }
  for (; i < 12; i++)
    give (run, source, i);
  run_wait_seen (run, i);
}

static void
push (GstElement *source, GstClockTime pts)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, SIDE * SIDE * 3, NULL);
  GstFlowReturn flow;

  gst_buffer_memset (buffer, 0, 0, SIDE * SIDE * 3);
  GST_BUFFER_PTS (buffer) = pts;
  g_signal_emit_by_name (source, "push-buffer", buffer, &flow);
  gst_buffer_unref (buffer);
}

static void
give_in_time (Run *run, GstElement *source, guint n)
{
  push (source, n * GST_SECOND / 30);
}

static void
give_at_once (Run *run, GstElement *source, guint n)
{
  push (source, 0);
}

static void
feed (Run *run, GiveFunc give)
{
  g_autoptr (GstElement) source = get (run, "in");
  GstFlowReturn flow;

  one_by_one (run, source, give);
  g_signal_emit_by_name (source, "end-of-stream", &flow);
  run_to_end (run);
}

void
act_lockstep (Run *run)
{
  feed (run, give_in_time);
}

void
act_same_pts (Run *run)
{
  feed (run, give_at_once);
}

/* One write of a few KB fits into the pipe. */
static void
give_to_pipe (Run *run, GstElement *source, guint n)
{
  guint8 pixels[SIDE * SIDE * 3] = {0};
  gint fd = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (source), "end"));

  if (write (fd, pixels, sizeof pixels) != sizeof pixels)
    run_fail (run, "write: %s", g_strerror (errno));
}

void
act_pipe (Run *run)
{
  g_autoptr (GstElement) source = get (run, "fd");
  gint ends[2];

  if (pipe (ends) != 0)
    run_fail (run, "pipe: %s", g_strerror (errno));
  g_object_set (source, "fd", ends[0], NULL);
  g_object_set_data (G_OBJECT (source), "end", GINT_TO_POINTER (ends[1]));
  one_by_one (run, source, give_to_pipe);
  close (ends[1]);
  run_to_end (run);
}

/* ---- a branch that comes later ----------------------------------------- */

static void
add_branch (Run *run, const gchar *line)
{
  g_autoptr (GstElement) tee = get (run, "t");
  g_autoptr (GstElement) picture = NULL;
  g_autoptr (GError) error = NULL;
  GstElement *bin;

  run_play (run);
  run_wait_seen (run, 10);
  bin = gst_parse_bin_from_description (line, TRUE, &error);
  if (!bin)
    run_fail (run, "%s", error->message);
  picture = gst_bin_get_by_name (GST_BIN (bin), "pic");
  run_watch (run, picture, "pic");
  gst_bin_add (GST_BIN (run->pipeline), bin);
  gst_element_sync_state_with_parent (bin);
  if (!gst_element_link (tee, bin))
    run_fail (run, "the late branch does not link");
  run_to_end (run);
}

#define PICTURE \
  "queue ! videoconvert ! video/x-raw,format=GRAY8 ! " \
  "fakesink name=pic async=false"

void
act_late_overlay (Run *run)
{
  add_branch (run, "queue ! mobilenetoverlay ! " PICTURE);
}

void
act_late_picture (Run *run)
{
  add_branch (run, PICTURE);
}

/* ---- other things ------------------------------------------------------- */

void
act_schedules (Run *run)
{
  static const gchar *schedules[] = {
    "latest", "every-frame", "latest", "auto", "latest", "every-frame"};
  g_autoptr (GstElement) element = get (run, "m");
  guint i;

  run_play (run);
  for (i = 0; i < G_N_ELEMENTS (schedules); i++) {
    run_wait_seen (run, (i + 1) * 10);
    gst_util_set_object_arg (G_OBJECT (element), "schedule", schedules[i]);
  }
  run_to_end (run);
}

static void
seek (Run *run, gdouble rate)
{
  gst_element_set_state (run->pipeline, GST_STATE_PAUSED);
  if (gst_element_get_state (run->pipeline, NULL, NULL, GST_CLOCK_TIME_NONE)
      != GST_STATE_CHANGE_SUCCESS)
    run_fail (run, "no preroll");
  if (!gst_element_seek (run->pipeline, rate, GST_FORMAT_TIME,
          GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE, GST_SEEK_TYPE_SET,
          GST_SECOND, GST_SEEK_TYPE_SET, 3 * GST_SECOND))
    run_fail (run, "no seek");
  run_play (run);
  run_to_end (run);
}

void
act_seek (Run *run)
{
  seek (run, 1.0);
}

void
act_seek_fast (Run *run)
{
  seek (run, 2.0);
}

void
act_seek_backwards (Run *run)
{
  seek (run, -1.0);
}

void
act_pause (Run *run)
{
  run_play (run);
  run_wait_seen (run, 10);
  gst_element_set_state (run->pipeline, GST_STATE_PAUSED);
  g_usleep (G_USEC_PER_SEC / 5);
  run_play (run);
  run_to_end (run);
}

void
act_restart (Run *run)
{
  run_play (run);
  run_wait_seen (run, 10);
  gst_element_set_state (run->pipeline, GST_STATE_READY);
  g_mutex_lock (&run->lock);
  g_array_set_size (run->seen, 0);
  run->drawn = 0;
  g_mutex_unlock (&run->lock);
  run_play (run);
  run_to_end (run);
}

void
act_end (Run *run)
{
  run_play (run);
  run_wait_seen (run, 40);
  gst_element_send_event (run->pipeline, gst_event_new_eos ());
  run_to_end (run);
}

void
act_one_thread (Run *run)
{
  g_autoptr (GstElement) element = get (run, "m");
  g_autofree gchar *device = NULL;

  run_play (run);
  run_to_end (run);
  g_object_get (element, "active-device", &device, NULL);
  if (!device || !strstr (device, "1 thread"))
    run_fail (run, "active-device is %s", device ? device : "(none)");
}
