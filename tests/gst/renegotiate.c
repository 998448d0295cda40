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
  GstMapInfo map;

  gst_buffer_map (plain, &map, GST_MAP_READ);
  differs = gst_buffer_memcmp (buffer, 0, map.data, map.size) != 0;
  gst_buffer_unmap (plain, &map);
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

/* ---- pipelines, beside textoverlay ----------------------------------- */

/* What most of these pipelines are made of, and one more. */
static gboolean
have_elements (const gchar *name)
{
  return test_have_element ("videotestsrc") && test_have_element ("videoscale")
      && test_have_element ("videoconvert") && test_have_element ("videorate")
      && test_have_element ("appsink") && test_have_element (name);
}

static const gchar *const textoverlay =
    "textoverlay text=hello valignment=top halignment=left shaded-background=0";

/* A pipeline of red frames with an overlay, and what is behind it; the frames
 * are seen on their way into the element named s. */
static GstElement *
pipeline_new (const gchar *overlay, const gchar *tail, guint n_frames)
{
  g_autofree gchar *model = test_path (RGB_MODEL);
  g_autofree gchar *line = g_strdup_printf (
      "videotestsrc pattern=red "
      "num-buffers=%u ! video/x-raw,format=I420,width=320,height=240,"
      "framerate=25/1 ! mobilenet name=m threshold=0 backend=cpu "
      "schedule=every-frame post-messages=none model-file=\"%s\" ! %s ! %s",
      n_frames, model, overlay, tail);
  g_autoptr (GError) error = NULL;
  GstElement *pipeline = gst_parse_launch (line, &error);

  fail_unless (pipeline != NULL && error == NULL, "%s: %s", line,
      error ? error->message : "");
  return pipeline;
}

/* What is to be seen on the last frame. */
typedef struct
{
  gint width;
  guint n_drawn;                 /* pixels of luma that are not as most are */
  gint left, top, right, bottom; /* where they are */
  gint n_rectangles;
  GstVideoRectangle first; /* of the composition, if there is one */
} Sight;

static void
look_at_luma (const GstVideoFrame *frame, Sight *sight)
{
  const guint8 *luma = GST_VIDEO_FRAME_PLANE_DATA (frame, 0);
  gint width = GST_VIDEO_FRAME_WIDTH (frame);
  gint height = GST_VIDEO_FRAME_HEIGHT (frame);
  gint stride = GST_VIDEO_FRAME_PLANE_STRIDE (frame, 0), x, y;
  gint ground = luma[(height - 1) * stride + width - 1];

  sight->left = width;
  sight->top = height;
  for (y = 0; y < height; y++) {
    for (x = 0; x < width; x++) {
      if (ABS (luma[y * stride + x] - ground) < 8)
        continue;
      sight->n_drawn++;
      sight->left = MIN (sight->left, x);
      sight->right = MAX (sight->right, x);
      sight->top = MIN (sight->top, y);
      sight->bottom = MAX (sight->bottom, y);
    }
  }
}

static GstPadProbeReturn
look (GstPad *pad, GstPadProbeInfo *probe, gpointer user_data)
{
  Sight *sight = user_data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (probe);
  GstVideoOverlayComposition
      *composition = test_overlay_get_composition (buffer);
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  GstVideoFrame frame;
  GstVideoInfo info;

  memset (sight, 0, sizeof (*sight));
  fail_unless (gst_video_info_from_caps (&info, caps));
  fail_unless (gst_video_frame_map (&frame, &info, buffer, GST_MAP_READ));
  sight->width = info.width;
  look_at_luma (&frame, sight);
  gst_video_frame_unmap (&frame);
  if (composition) {
    sight->n_rectangles =
        gst_video_overlay_composition_n_rectangles (composition);
    test_overlay_get_rectangle (buffer, 0, &sight->first);
  }
  return GST_PAD_PROBE_OK;
}

static void
watch (GstElement *pipeline, const gchar *name, Sight *sight)
{
  GstElement *element = gst_bin_get_by_name (GST_BIN (pipeline), name);
  GstPad *pad = gst_element_get_static_pad (element, "sink");

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, look, sight, NULL);
  gst_object_unref (pad);
  gst_object_unref (element);
}

static void
play_to_end (GstElement *pipeline)
{
  GstBus *bus = gst_element_get_bus (pipeline);
  GstMessage *message;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus, 60 * GST_SECOND,
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  fail_unless (message != NULL, "it does not end");
  fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_EOS);
  gst_message_unref (message);
  gst_object_unref (bus);
}

static void
discard (GstElement *pipeline)
{
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}

static Sight
play (const gchar *overlay, const gchar *tail)
{
  GstElement *pipeline = pipeline_new (overlay, tail, 3);
  Sight sight = {0};

  watch (pipeline, "s", &sight);
  play_to_end (pipeline);
  discard (pipeline);
  return sight;
}

/* Whether textoverlay is there, and can draw: without a font it does not. */
static gboolean
have_textoverlay (void)
{
  if (!test_have_element ("textoverlay"))
    return FALSE;
  if (play (textoverlay, "fakesink name=s").n_drawn > 100)
    return TRUE;
  g_print ("# skipped: textoverlay draws nothing, there is no font\n");
  return FALSE;
}

/* What lies behind, and whether drawings are attached there. */
static const struct
{
  const gchar *needed, *tail;
  gboolean attached;
} tails[] = {
  {"fakesink", "fakesink name=s", FALSE},
  {"fakevideosink", "fakevideosink name=s sync=false", TRUE},
  {"fakevideosink", "queue ! videoconvert ! fakevideosink name=s sync=false",
    TRUE},
  {"fakevideosink", "tee ! queue ! fakevideosink name=s sync=false", TRUE},
  {"fakevideosink", "videoscale ! fakevideosink name=s sync=false", TRUE},
  {"fakevideosink",
    "videorate ! video/x-raw,framerate=10/1 ! "
    "fakevideosink name=s sync=false",
    FALSE},
  {"fakevideosink", "video/x-raw ! fakevideosink name=s sync=false", FALSE},
  {"videobox", "videobox right=8 ! fakevideosink name=s sync=false", FALSE},
};

GST_START_TEST (test_behind)
{
  Sight ours, theirs;

  if (!have_elements ("fakevideosink")
      || !test_have_element (tails[__i__].needed))
    return;
  ours = play ("mobilenetoverlay", tails[__i__].tail);
  fail_unless_equals_int (ours.n_rectangles > 0, tails[__i__].attached);
  fail_unless_equals_int (ours.n_drawn > 500, !tails[__i__].attached);
  if (!have_textoverlay ())
    return;
  theirs = play (textoverlay, tails[__i__].tail);
  fail_unless_equals_int (theirs.n_rectangles > 0, ours.n_rectangles > 0);
  fail_unless_equals_int (theirs.n_drawn > 100, ours.n_drawn > 500);
  /* Both: neither takes away the other's. */
  ours = play ("textoverlay text=hello ! mobilenetoverlay", tails[__i__].tail);
  fail_unless_equals_int (ours.n_rectangles, tails[__i__].attached ? 2 : 0);
}

GST_END_TEST;

/* A scaler scales the drawing too, whether it is in the pixels or, with newer
 * versions, attached. */
GST_START_TEST (test_scaled)
{
  static const gchar *const format =
      "videoscale ! "
      "video/x-raw%s,width=%d,height=%d ! fakevideosink name=s sync=false";
  static const gchar *const features[] = {"", "(ANY)"};
  guint i;

  if (!have_elements ("fakevideosink"))
    return;
  for (i = 0; i < G_N_ELEMENTS (features); i++) {
    g_autofree gchar *half = g_strdup_printf (format, features[i], 160, 120);
    g_autofree gchar *twice = g_strdup_printf (format, features[i], 640, 480);
    Sight plain = play ("mobilenetoverlay", "fakesink name=s");
    Sight small = play ("mobilenetoverlay", half);
    Sight large = play ("mobilenetoverlay", twice);

    fail_unless_equals_int (small.width, 160);
    fail_unless_equals_int (large.width, 640);
    if (small.n_rectangles > 0) {
      fail_unless (ABS (2 * small.first.w - (plain.right - plain.left)) <= 6);
      fail_unless (ABS (large.first.w - 2 * (plain.right - plain.left)) <= 6);
      continue;
    }
    fail_unless (ABS (2 * small.left - plain.left) <= 4);
    fail_unless (ABS (2 * small.right - plain.right) <= 4);
    fail_unless (ABS (2 * small.bottom - plain.bottom) <= 4);
    fail_unless (ABS (large.right - 2 * plain.right) <= 6);
    fail_unless (ABS (large.bottom - 2 * plain.bottom) <= 6);
  }
}

GST_END_TEST;

/* ---- a branch that comes later --------------------------------------- */

static GstBuffer *
pull (GstElement *sink)
{
  GstSample *sample = NULL;
  GstBuffer *buffer;

  g_signal_emit_by_name (sink, "try-pull-sample", 60 * GST_SECOND, &sample);
  fail_unless (sample != NULL);
  buffer = gst_buffer_ref (gst_sample_get_buffer (sample));
  gst_sample_unref (sample);
  return buffer;
}

static GstPadProbeReturn
note_blocked (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  g_atomic_int_set ((gint *) user_data, TRUE);
  return GST_PAD_PROBE_OK;
}

/* No frame is on its way behind the overlay, as applications do it. Returns
 * the probe's id. */
static gulong
block (GstPad *pad, GstElement *sink)
{
  gint blocked = FALSE;
  gulong id = gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BLOCK | GST_PAD_PROBE_TYPE_BUFFER, note_blocked,
      &blocked, NULL);

  while (!g_atomic_int_get (&blocked)) {
    GstSample *sample = NULL;

    /* It may wait for room. */
    g_signal_emit_by_name (sink, "try-pull-sample", GST_MSECOND, &sample);
    if (sample)
      gst_sample_unref (sample);
  }
  return id;
}

static GstPad *
get_pad (GstElement *bin, const gchar *element, const gchar *name)
{
  GstElement *child = gst_bin_get_by_name (GST_BIN (bin), element);
  GstPad *pad = gst_element_get_static_pad (child, name);

  gst_object_unref (child);
  return pad;
}

static guint
count_drawn (GstBuffer *buffer)
{
  GstMapInfo map;
  guint n = 0, i;

  gst_buffer_map (buffer, &map, GST_MAP_READ);
  for (i = 0; i < map.size; i++)
    n += ABS (map.data[i] - map.data[map.size - 1]) >= 8;
  gst_buffer_unmap (buffer, &map);
  return n;
}

/* How many pixels are drawn upon in each of the frames that a branch gets
 * which is added while playing: the least of them. */
static guint
record_late (const gchar *overlay)
{
  g_autofree gchar *named = g_strdup_printf ("%s name=overlay", overlay);
  GstElement *pipeline = pipeline_new (named,
      "tee name=t ! queue "
      "max-size-buffers=2 ! appsink name=first max-buffers=2 sync=false",
      200);
  GstElement *first = gst_bin_get_by_name (GST_BIN (pipeline), "first");
  GstElement *tee = gst_bin_get_by_name (GST_BIN (pipeline), "t");
  GstElement *branch = gst_parse_bin_from_description (
      "queue ! videoconvert "
      "! video/x-raw,format=GRAY8 ! appsink name=late sync=false",
      TRUE, NULL);
  GstElement *late = gst_bin_get_by_name (GST_BIN (branch), "late");
  GstPad *preview = get_pad (pipeline, "first", "sink"), *src;
  GstPad *gate = get_pad (pipeline, "m", "sink");
  GstPad *sink = gst_element_get_static_pad (branch, "sink");
  Consumer c = {NULL, NULL, NULL, TRUE};
  guint i, least = G_MAXUINT;
  GstBuffer *buffer;
  gulong id;

  /* A preview that draws compositions itself. */
  gst_pad_set_query_function_full (preview, query, &c, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  buffer = pull (first);
  fail_unless (test_overlay_get_composition (buffer) != NULL);
  gst_buffer_unref (buffer);
  id = block (gate, first);
  gst_bin_add (GST_BIN (pipeline), branch);
  gst_element_sync_state_with_parent (branch);
  src = gst_element_request_pad_simple (tee, "src_%u");
  fail_unless_equals_int (gst_pad_link (src, sink), GST_PAD_LINK_OK);
  gst_pad_remove_probe (gate, id);
  for (i = 0; i < 8; i++)
    gst_buffer_unref (pull (first));
  for (i = 0; i < 4; i++) {
    buffer = pull (late);
    least = MIN (least, count_drawn (buffer));
    gst_buffer_unref (buffer);
  }
  gst_object_unref (preview);
  gst_object_unref (gate);
  gst_object_unref (src);
  gst_object_unref (sink);
  gst_object_unref (late);
  gst_object_unref (first);
  gst_object_unref (tee);
  discard (pipeline);
  return least;
}

GST_START_TEST (test_late_branch)
{
  if (!have_elements ("tee"))
    return;
  fail_unless (record_late ("mobilenetoverlay") > 500);
  if (have_textoverlay ())
    fail_unless (record_late (textoverlay) > 100);
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
  tcase_add_loop_test (tc, test_behind, 0, G_N_ELEMENTS (tails));
  tcase_add_test (tc, test_scaled);
  tcase_add_test (tc, test_late_branch);
  return suite;
}

GST_CHECK_MAIN (renegotiate);
