/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/gst/lieutil.h"

#include <string.h>

#include "tests/gst/pictureutil.h"
#include "tests/gst/randomutil.h"
#ifdef HAVE_OVERLAY
#include "tests/gst/overlayutil.h"
#endif

/* ---- claims ------------------------------------------------------------ */

/* Ends where nobody may read; sanitizers know of the beginning, too. */
static GstMemory *
memory_new (gsize size)
{
  guint8 *data;

  if (g_rand_boolean (test_rand)) {
    data = g_malloc (size);
    return gst_memory_new_wrapped (0, data, size, 0, size, data, g_free);
  }
  return test_guarded_new (size);
}

/* All bytes of a buffer; g_bytes_unref. */
static GBytes *
get_bytes (GstBuffer *buffer)
{
  gsize size = gst_buffer_get_size (buffer);
  gpointer copy = g_malloc (size + 1);

  fail_unless_equals_int (gst_buffer_extract (buffer, 0, copy, size), size);
  return g_bytes_new_take (copy, size);
}

void
test_claim_init (TestClaim *claim, const GstVideoInfo *info, gboolean scattered)
{
  guint n = GST_VIDEO_INFO_N_PLANES (info), i;

  memset (claim, 0, sizeof (*claim));
  claim->has_meta = claim->has_map = TRUE;
  claim->format = GST_VIDEO_INFO_FORMAT (info);
  claim->width = GST_VIDEO_INFO_WIDTH (info);
  claim->height = GST_VIDEO_INFO_HEIGHT (info);
  claim->n_planes = n;
  memcpy (claim->stride, info->stride, sizeof (info->stride));
  memcpy (claim->offset, info->offset, sizeof (info->offset));
  claim->sizes[0] = info->size;
  for (i = 0; i < n && scattered; i++)
    claim->sizes[i] = (i + 1 < n ? info->offset[i + 1] : info->size)
        - info->offset[i];
}

static gboolean
unmap (GstVideoMeta *meta, guint plane, GstMapInfo *info)
{
  if (info->memory)
    gst_buffer_unmap (meta->buffer, info);
  return TRUE;
}

/* Not gst_buffer_add_video_meta_full, which would not take all of it. */
static void
add_meta (GstBuffer *buffer, const TestClaim *claim)
{
  GstVideoMeta *meta = gst_buffer_add_video_meta (buffer,
      GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_GRAY8, 1, 1);

  meta->format = claim->format;
  meta->width = claim->width;
  meta->height = claim->height;
  meta->n_planes = claim->n_planes;
  memcpy (meta->offset, claim->offset, sizeof (claim->offset));
  memcpy (meta->stride, claim->stride, sizeof (claim->stride));
  if (!claim->has_map) {
    meta->map = NULL;
  } else if (claim->map) {
    meta->map = claim->map;
    meta->unmap = unmap;
  }
}

static GstBuffer *
buffer_new (const TestClaim *claim)
{
  GstBuffer *buffer = gst_buffer_new ();
  guint i;

  for (i = 0; i < GST_VIDEO_MAX_PLANES; i++) {
    if (claim->sizes[i] > 0)
      gst_buffer_append_memory (buffer, memory_new (claim->sizes[i]));
  }
  gst_buffer_memset (buffer, 0, 0x5a, -1);
  if (claim->has_meta)
    add_meta (buffer, claim);
  if (claim->crop[3] > 0)
    test_crop_to (buffer, claim->crop[0], claim->crop[1], claim->crop[2],
        claim->crop[3]);
  gst_buffer_add_video_region_of_interest_meta (buffer, "dog", 0, 0, 60, 60);
  GST_BUFFER_FLAG_SET (buffer, claim->flags);
  GST_BUFFER_PTS (buffer) = 0;
  return buffer;
}

void
test_claim_set_crop (TestClaim *claim, guint x, guint y, guint width,
    guint height)
{
  claim->crop[0] = x;
  claim->crop[1] = y;
  claim->crop[2] = width;
  claim->crop[3] = height;
}

/* ---- elements ---------------------------------------------------------- */

static void
open_one (TestElements *self, TestWay way)
{
  GstElement *element;

  if (way <= CLASSIFY_LATEST) {
    element = test_element_new (&self->bus[way]);
    g_object_set (element, "threshold", 0.0, NULL);
    if (way == CLASSIFY_OBJECTS)
      gst_util_set_object_arg (G_OBJECT (element), "region", "objects");
    if (way == CLASSIFY_LATEST)
      gst_util_set_object_arg (G_OBJECT (element), "schedule", "latest");
    self->h[way] = test_harness_new (element);
    return;
  }
#ifndef HAVE_OVERLAY
  if (way != TELL)
    return;
#endif
  self->h[way] = gst_harness_new (way == TELL ? "mobilenettext"
                                              : "mobilenetoverlay");
  if (way == ATTACH)
    gst_harness_add_propose_allocation_meta (self->h[way],
        GST_VIDEO_OVERLAY_COMPOSITION_META_API_TYPE, NULL);
  if (way == TELL)
    gst_harness_set_sink_caps_str (self->h[way], "text/x-raw, format=utf8");
  self->bus[way] = gst_bus_new ();
  gst_element_set_bus (self->h[way]->element, self->bus[way]);
}

void
test_elements_open (TestElements *self)
{
  TestWay way;

  memset (self, 0, sizeof (*self));
  for (way = 0; way < N_WAYS; way++)
    open_one (self, way);
}

void
test_elements_close (TestElements *self)
{
  TestWay way;

  for (way = 0; way < N_WAYS; way++) {
    if (self->h[way])
      test_close (self->h[way], self->bus[way]);
  }
}

void
test_elements_set_caps (TestElements *self, const gchar *caps)
{
  TestWay way;

  for (way = 0; way < N_WAYS; way++) {
    if (self->h[way])
      gst_harness_set_src_caps_str (self->h[way], caps);
  }
}

static gboolean
has_drawing (GstBuffer *buffer)
{
#ifdef HAVE_OVERLAY
  return test_overlay_get_composition (buffer) != NULL;
#else
  return FALSE;
#endif
}

static gboolean
has_object_result (GstBuffer *buffer)
{
  GstVideoRegionOfInterestMeta *roi = (GstVideoRegionOfInterestMeta *)
      gst_buffer_get_meta (buffer, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE);

  return roi && gst_video_region_of_interest_meta_get_param (roi, "mobilenet");
}

gboolean
test_elements_pass (TestElements *self, TestWay way, const TestClaim *claim)
{
  GstBuffer *buffer = buffer_new (claim), *out;
  GBytes *before = get_bytes (buffer), *after;
  gboolean used = FALSE;

#ifdef HAVE_OVERLAY
  if (way > CLASSIFY_LATEST)
    test_overlay_attach (buffer, "elsewhere", 3);
#endif
  fail_unless_equals_int (gst_harness_push (self->h[way], buffer), GST_FLOW_OK);
  if (way != TELL) {
    out = gst_harness_pull (self->h[way]);
    after = get_bytes (out);
    used = way == CLASSIFY        ? test_count_results (out) > 0
        : way == CLASSIFY_OBJECTS ? has_object_result (out)
        : way == ATTACH           ? has_drawing (out)
                                  : !g_bytes_equal (before, after);
    if (way != DRAW)
      fail_unless (g_bytes_equal (before, after));
    gst_buffer_unref (out);
    g_bytes_unref (after);
  }
  g_bytes_unref (before);
  return used;
}

guint
test_elements_count_warnings (TestElements *self, TestWay way)
{
  return test_pop_messages (self->bus[way], GST_MESSAGE_WARNING, NULL);
}

gboolean
test_way_tells (TestWay way)
{
  return way != TELL && way != CLASSIFY_LATEST;
}
