/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Whether `mobilenetoverlay` attaches or blends is downstream's choice, as it
 * is with textoverlay: its caps, what it answers to an ALLOCATION query, and
 * whenever it says that something has changed. */

#include "tests/gst/overlayutil.h"

#include <string.h>

#define SYSTEM "video/x-raw"
#define WITH \
  "video/x-raw(memory:SystemMemory, " \
  "meta:GstVideoOverlayComposition)"
#define FRAME ", format=I420, width=320, height=240, framerate=25/1"

/* ---- an element behind ----------------------------------------------- */

/* What it takes, and what it got. */
typedef struct
{
  GstHarness *h;
  GstPad *pad;
  const gchar *caps;   /* NULL: any */
  gboolean names_meta; /* in ALLOCATION queries */
  GstBuffer *buffer;   /* the last one */
  guint n_caps;
} Consumer;

static gboolean
query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  Consumer *self = pad->querydata;
  g_autoptr (GstCaps) caps = NULL;
  GstCaps *filter;

  switch (GST_QUERY_TYPE (query)) {
    case GST_QUERY_CAPS:
      gst_query_parse_caps (query, &filter);
      caps = self->caps ? gst_caps_from_string (self->caps)
                        : gst_caps_new_any ();
      if (filter)
        gst_caps_take (&caps, gst_caps_intersect (filter, caps));
      gst_query_set_caps_result (query, caps);
      return TRUE;
    case GST_QUERY_ALLOCATION:
      if (self->names_meta)
        gst_query_add_allocation_meta (query,
            GST_VIDEO_OVERLAY_COMPOSITION_META_API_TYPE, NULL);
      return TRUE;
    default:
      return gst_pad_query_default (pad, parent, query);
  }
}

static gboolean
event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  Consumer *self = pad->eventdata;

  self->n_caps += GST_EVENT_TYPE (event) == GST_EVENT_CAPS;
  gst_event_unref (event);
  return TRUE;
}

static GstFlowReturn
chain (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  Consumer *self = pad->chaindata;

  gst_clear_buffer (&self->buffer);
  self->buffer = buffer;
  return GST_FLOW_OK;
}

static void
consumer_open (Consumer *self, const gchar *caps, gboolean names_meta,
    const gchar *in)
{
  GstPad *pad;

  memset (self, 0, sizeof (*self));
  self->caps = caps;
  self->names_meta = names_meta;
  self->h = gst_harness_new_with_padnames ("mobilenetoverlay", "sink", NULL);
  self->pad = gst_pad_new ("consumer", GST_PAD_SINK);
  gst_pad_set_query_function_full (self->pad, query, self, NULL);
  gst_pad_set_event_function_full (self->pad, event, self, NULL);
  gst_pad_set_chain_function_full (self->pad, chain, self, NULL);
  gst_pad_set_active (self->pad, TRUE);
  pad = gst_element_get_static_pad (self->h->element, "src");
  fail_unless_equals_int (gst_pad_link (pad, self->pad), GST_PAD_LINK_OK);
  gst_object_unref (pad);
  gst_harness_set_src_caps_str (self->h, in);
}

static void
consumer_close (Consumer *self)
{
  gst_harness_teardown (self->h);
  gst_pad_set_active (self->pad, FALSE);
  gst_object_unref (self->pad);
  gst_clear_buffer (&self->buffer);
}

static GstFlowReturn
push (Consumer *self)
{
  GstBuffer *buffer = test_frame_new_for_caps (SYSTEM FRAME, 0x3080ff, 0);

  gst_clear_buffer (&self->buffer);
  test_overlay_attach (buffer, "e", 3);
  return gst_harness_push (self->h, buffer);
}

static gboolean
is_drawn_upon (GstBuffer *buffer)
{
  GstBuffer *plain = test_frame_new_for_caps (SYSTEM FRAME, 0x3080ff, 0);
  gboolean differs;

  differs = !test_same_bytes (buffer, plain);
  gst_buffer_unref (plain);
  return differs;
}

/* A frame comes through as it should, and the caps say so. */
static void
check_frame (Consumer *self, gboolean attached)
{
  g_autoptr (GstCaps) caps = NULL;
  GstCapsFeatures *features;

  fail_unless_equals_int (push (self), GST_FLOW_OK);
  fail_unless (self->buffer != NULL);
  caps = gst_pad_get_current_caps (self->pad);
  features = gst_caps_get_features (caps, 0);
  fail_unless_equals_int (
      gst_caps_features_contains (features,
          GST_CAPS_FEATURE_META_GST_VIDEO_OVERLAY_COMPOSITION),
      attached);
  fail_unless_equals_int (test_overlay_get_composition (self->buffer) != NULL,
      attached);
  fail_unless_equals_int (is_drawn_upon (self->buffer), !attached);
}

static void
reconfigure (Consumer *self)
{
  fail_unless (gst_pad_push_event (self->pad, gst_event_new_reconfigure ()));
}

/* ---- what downstream takes ------------------------------------------- */

static const struct
{
  const gchar *caps;
  gboolean names_meta, attached;
} choices[] = {
  {NULL, TRUE, TRUE},
  {NULL, FALSE, FALSE},
  {WITH ";" SYSTEM, TRUE, TRUE},
  {SYSTEM ";" WITH, TRUE, TRUE},
  {SYSTEM ";" WITH, FALSE, FALSE},
  /* Not in its caps: what lies between would not know what to do. */
  {SYSTEM, TRUE, FALSE},
  {SYSTEM, FALSE, FALSE},
  /* Only in its caps: there is no other way. */
  {WITH, TRUE, TRUE},
  {WITH, FALSE, TRUE},
};

GST_START_TEST (test_choices)
{
  Consumer c;

  consumer_open (&c, choices[__i__].caps, choices[__i__].names_meta,
      SYSTEM FRAME);
  check_frame (&c, choices[__i__].attached);
  check_frame (&c, choices[__i__].attached);
  fail_unless (c.n_caps <= 2);
  consumer_close (&c);
}

GST_END_TEST;

/* It changes its mind, in either way that it can say it. */
GST_START_TEST (test_changed_mind)
{
  Consumer c;
  guint i, n_caps;

  consumer_open (&c, NULL, TRUE, SYSTEM FRAME);
  for (i = 0; i < 3; i++) {
    c.names_meta = TRUE;
    reconfigure (&c);
    check_frame (&c, TRUE);
    c.names_meta = FALSE;
    reconfigure (&c);
    check_frame (&c, FALSE);
    c.names_meta = TRUE;
    c.caps = SYSTEM;
    reconfigure (&c);
    check_frame (&c, FALSE);
    c.caps = NULL;
    reconfigure (&c);
    check_frame (&c, TRUE);
  }
  /* It did not, after all: nothing is said again. */
  n_caps = c.n_caps;
  reconfigure (&c);
  check_frame (&c, TRUE);
  fail_unless_equals_int (c.n_caps, n_caps);
  consumer_close (&c);
}

GST_END_TEST;

/* Another one is linked, with and without new caps from upstream. */
GST_START_TEST (test_linked_anew)
{
  Consumer a, b;
  GstPad *src;

  consumer_open (&a, NULL, TRUE, SYSTEM FRAME);
  check_frame (&a, TRUE);
  consumer_open (&b, SYSTEM, FALSE, SYSTEM FRAME);
  src = gst_pad_get_peer (a.pad);
  gst_pad_unlink (src, a.pad);
  gst_object_unref (src);
  src = gst_pad_get_peer (b.pad);
  gst_pad_unlink (src, b.pad);
  fail_unless_equals_int (gst_pad_link (src, a.pad), GST_PAD_LINK_OK);
  gst_object_unref (src);
  src = gst_element_get_static_pad (a.h->element, "src");
  fail_unless_equals_int (gst_pad_link (src, b.pad), GST_PAD_LINK_OK);
  gst_object_unref (src);

  fail_unless_equals_int (push (&a), GST_FLOW_OK);
  fail_unless (b.buffer != NULL && is_drawn_upon (b.buffer));
  fail_unless (test_overlay_get_composition (b.buffer) == NULL);
  fail_unless_equals_int (push (&b), GST_FLOW_OK);
  fail_unless (a.buffer != NULL && !is_drawn_upon (a.buffer));
  fail_unless (test_overlay_get_composition (a.buffer) != NULL);
  consumer_close (&a);
  consumer_close (&b);
}

GST_END_TEST;

/* Caps that come again, right behind a change. */
GST_START_TEST (test_caps_again)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (SYSTEM FRAME);
  Consumer c;

  consumer_open (&c, NULL, TRUE, SYSTEM FRAME);
  check_frame (&c, TRUE);
  c.names_meta = FALSE;
  reconfigure (&c);
  gst_harness_push_event (c.h, gst_event_new_caps (caps));
  check_frame (&c, FALSE);
  consumer_close (&c);
}

GST_END_TEST;

/* A change in the middle of a flush is not lost. */
GST_START_TEST (test_flush)
{
  Consumer c;
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  consumer_open (&c, NULL, TRUE, SYSTEM FRAME);
  check_frame (&c, TRUE);
  gst_harness_push_event (c.h, gst_event_new_flush_start ());
  c.names_meta = FALSE;
  gst_pad_push_event (c.pad, gst_event_new_reconfigure ());
  fail_unless_equals_int (push (&c), GST_FLOW_FLUSHING);
  gst_harness_push_event (c.h, gst_event_new_flush_stop (TRUE));
  gst_harness_push_event (c.h, gst_event_new_segment (&segment));
  check_frame (&c, FALSE);
  consumer_close (&c);
}

GST_END_TEST;

/* What downstream takes is neither. */
GST_START_TEST (test_not_negotiated)
{
  Consumer c;

  consumer_open (&c, NULL, TRUE, SYSTEM FRAME);
  check_frame (&c, TRUE);
  c.caps = SYSTEM ", format=RGB";
  reconfigure (&c);
  fail_unless_equals_int (push (&c), GST_FLOW_NOT_NEGOTIATED);
  /* And then again what it took before. */
  c.caps = NULL;
  reconfigure (&c);
  check_frame (&c, TRUE);
  consumer_close (&c);
}

GST_END_TEST;

/* ---- upstream -------------------------------------------------------- */

static GstVideoOverlayComposition *
dot_new (void)
{
  GstBuffer *pixels = gst_buffer_new_allocate (NULL, 8 * 8 * 4, NULL);
  GstVideoOverlayComposition *composition;
  GstVideoOverlayRectangle *rectangle;

  gst_buffer_memset (pixels, 0, 0xff, -1);
  gst_buffer_add_video_meta (pixels, GST_VIDEO_FRAME_FLAG_NONE,
      GST_VIDEO_OVERLAY_COMPOSITION_FORMAT_RGB, 8, 8);
  rectangle = gst_video_overlay_rectangle_new_raw (pixels, 300, 200, 8, 8,
      GST_VIDEO_OVERLAY_FORMAT_FLAG_NONE);
  composition = gst_video_overlay_composition_new (rectangle);
  gst_video_overlay_rectangle_unref (rectangle);
  gst_buffer_unref (pixels);
  return composition;
}

/* Where others have attached already, all of it stays attached, and ours lies
 * on top. */
GST_START_TEST (test_attached_before)
{
  GstBuffer *buffer = test_frame_new_for_caps (SYSTEM FRAME, 0x3080ff, 0);
  GstVideoOverlayComposition *dot = dot_new ();
  GstVideoRectangle r;
  Consumer c;

  consumer_open (&c, NULL, FALSE, WITH FRAME);
  check_frame (&c, TRUE);
  gst_buffer_add_video_overlay_composition_meta (buffer, dot);
  test_overlay_attach (buffer, "e", 3);
  fail_unless_equals_int (gst_harness_push (c.h, buffer), GST_FLOW_OK);
  fail_unless_equals_int (gst_video_overlay_composition_n_rectangles (
                              test_overlay_get_composition (c.buffer)),
      2);
  test_overlay_get_rectangle (c.buffer, 0, &r);
  fail_unless_equals_int (r.x, 300);
  fail_unless_equals_int (gst_video_overlay_composition_n_rectangles (dot), 1);
  gst_video_overlay_composition_unref (dot);
  consumer_close (&c);
}

GST_END_TEST;

static gboolean
sink_takes (Consumer *self, const gchar *text)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (text);
  g_autoptr (GstCaps) taken = NULL;
  GstPad *pad = gst_element_get_static_pad (self->h->element, "sink");
  gboolean accepted = gst_pad_query_accept_caps (pad, caps);

  taken = gst_pad_query_caps (pad, caps);
  gst_object_unref (pad);
  fail_unless_equals_int (accepted, !gst_caps_is_empty (taken));
  return accepted;
}

/* Upstream may attach where downstream takes it, and need not. */
GST_START_TEST (test_offered)
{
  Consumer c;

  consumer_open (&c, SYSTEM, FALSE, SYSTEM FRAME);
  fail_unless (sink_takes (&c, SYSTEM FRAME));
  fail_if (sink_takes (&c, WITH FRAME));
  c.caps = WITH;
  fail_unless (sink_takes (&c, SYSTEM FRAME));
  fail_unless (sink_takes (&c, WITH FRAME));
  c.caps = SYSTEM ", width=64; " WITH;
  fail_unless (sink_takes (&c, SYSTEM FRAME));
  c.caps = SYSTEM ", width=64";
  fail_if (sink_takes (&c, SYSTEM FRAME));
  consumer_close (&c);
}

GST_END_TEST;

static Suite *
renegotiate_suite (void)
{
  Suite *suite = suite_create ("renegotiate");
  TCase *tc = tcase_create ("renegotiate");

  tcase_set_timeout (tc, 120);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_choices, 0, G_N_ELEMENTS (choices));
  tcase_add_test (tc, test_changed_mind);
  tcase_add_test (tc, test_linked_anew);
  tcase_add_test (tc, test_caps_again);
  tcase_add_test (tc, test_flush);
  tcase_add_test (tc, test_not_negotiated);
  tcase_add_test (tc, test_attached_before);
  tcase_add_test (tc, test_offered);
  return suite;
}

GST_CHECK_MAIN (renegotiate);
