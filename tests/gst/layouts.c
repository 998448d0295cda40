/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How frames may lie in buffers: strides, offsets, planes in memories of
 * their own, tiles, turns, DMABufs. What the engine makes of such a buffer is
 * held to what it makes of the same picture in a plain one. */

#include "tests/gst/pictureutil.h"
#include "tests/gst/randomutil.h"
#include "tests/gst/seeutil.h"
#include "tests/gst/testutil.h"

#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <gst/allocators/gstdmabuf.h>

#include "gst/video/frame.h"

/* ---- strides --------------------------------------------------------- */

static const struct
{
  guint width, height;
} sizes[] = {{16, 16}, {17, 13}, {1, 1}, {3, 2}, {130, 71}, {641, 479}};

/* A plane with some stride, in either direction, in a memory of just the
 * size; *offset: of its first row there. */
static GstMemory *
copy_plane (const GstVideoFrame *frame, guint p, gint *stride, gsize *offset)
{
  guint rows = 1, y;
  gsize bytes = test_plane_shape (&frame->info, p, &rows);
  gsize pitch = bytes + g_rand_int_range (test_rand, 0, 60);
  gsize lead = g_rand_int_range (test_rand, 0, 70);
  gsize size = lead + (rows - 1) * pitch + bytes;
  guint8 *data = g_malloc (size);
  gboolean up = g_rand_boolean (test_rand);

  memset (data, 0x5a, size);
  *stride = up ? -(gint) pitch : (gint) pitch;
  *offset = lead + (up ? (rows - 1) * pitch : 0);
  for (y = 0; y < rows; y++)
    memcpy (data + *offset + (gssize) y * *stride,
        (guint8 *) frame->data[p] + y * frame->info.stride[p], bytes);
  return gst_memory_new_wrapped (0, data, size, 0, size, data, g_free);
}

/* The same picture, each plane in a memory of its own, in any order. */
static GstBuffer *
scatter (GstBuffer *buffer, const GstVideoInfo *info)
{
  GstBuffer *result = gst_buffer_new ();
  gsize offset[GST_VIDEO_MAX_PLANES] =
      {
        0,
      },
        size = 0;
  gint stride[GST_VIDEO_MAX_PLANES] = {
    0,
  };
  guint n = GST_VIDEO_INFO_N_PLANES (info), i;
  guint turn = g_rand_int_range (test_rand, 0, n);
  GstVideoFrame frame;

  fail_unless (gst_video_frame_map (&frame, (GstVideoInfo *) info, buffer,
      GST_MAP_READ));
  for (i = 0; i < n; i++) {
    guint p = (i + turn) % n;
    GstMemory *memory = copy_plane (&frame, p, &stride[p], &offset[p]);

    offset[p] += size;
    size += gst_memory_get_sizes (memory, NULL, NULL);
    gst_buffer_append_memory (result, memory);
  }
  gst_video_frame_unmap (&frame);
  gst_buffer_add_video_meta_full (result, GST_VIDEO_FRAME_FLAG_NONE,
      GST_VIDEO_INFO_FORMAT (info), GST_VIDEO_INFO_WIDTH (info),
      GST_VIDEO_INFO_HEIGHT (info), n, offset, stride);
  return result;
}

GST_START_TEST (test_scattered)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autofree gfloat *want = NULL, *got = NULL;
    GstBuffer *plain, *other;
    GstVideoInfo info;

    gst_video_info_set_format (&info, test_plane_formats[__i__], sizes[i].width,
        sizes[i].height);
    plain = test_noise_new (&info);
    other = scatter (plain, &info);
    want = test_see (plain, &info, MN_ORIENT_0);
    got = test_see (other, &info, MN_ORIENT_0);
    test_check_seen (got, want,
        gst_video_format_to_string (test_plane_formats[__i__]));
    gst_buffer_unref (plain);
    gst_buffer_unref (other);
  }
}

GST_END_TEST;

/* ---- tiles ----------------------------------------------------------- */

static const GstVideoFormat tiled[] = {GST_VIDEO_FORMAT_NV12_4L4,
  GST_VIDEO_FORMAT_NV12_32L32, GST_VIDEO_FORMAT_NV12_64Z32};

/* As GStreamer itself reads it, row by row: AYUV, so that all values of the
 * picture are there. */
static GstBuffer *
untile (GstBuffer *buffer, const GstVideoInfo *info, const GstVideoInfo *plain)
{
  GstBuffer *result = gst_buffer_new_allocate (NULL, plain->size, NULL);
  guint width = GST_VIDEO_INFO_WIDTH (info), y, x;
  g_autofree guint8 *line = g_malloc (4 * (width + 128));
  GstVideoFrame from, to;

  fail_unless (gst_video_frame_map (&from, (GstVideoInfo *) info, buffer,
      GST_MAP_READ));
  fail_unless (gst_video_frame_map (&to, (GstVideoInfo *) plain, result,
      GST_MAP_WRITE));
  for (y = 0; y < (guint) GST_VIDEO_INFO_HEIGHT (info); y++) {
    guint8 *luma = (guint8 *) to.data[0] + y * plain->stride[0];
    guint8 *chroma = (guint8 *) to.data[1] + y / 2 * plain->stride[1];

    info->finfo->unpack_func (info->finfo, GST_VIDEO_PACK_FLAG_NONE, line,
        from.data, from.info.stride, 0, y, width);
    for (x = 0; x < width; x++) {
      luma[x] = line[4 * x + 1];
      chroma[x / 2 * 2] = line[4 * x + 2];
      chroma[x / 2 * 2 + 1] = line[4 * x + 3];
    }
  }
  gst_video_frame_unmap (&from);
  gst_video_frame_unmap (&to);
  return result;
}

GST_START_TEST (test_tiled)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autofree gfloat *want = NULL, *got = NULL;
    GstBuffer *buffer, *other;
    GstVideoInfo info, plain;

    gst_video_info_set_format (&info, tiled[__i__], sizes[i].width,
        sizes[i].height);
    gst_video_info_set_format (&plain, GST_VIDEO_FORMAT_NV12, sizes[i].width,
        sizes[i].height);
    buffer = test_noise_new (&info);
    other = untile (buffer, &info, &plain);
    want = test_see (other, &plain, MN_ORIENT_0);
    got = test_see (buffer, &info, MN_ORIENT_0);
    test_check_seen (got, want, gst_video_format_to_string (tiled[__i__]));
    gst_buffer_unref (buffer);
    gst_buffer_unref (other);
  }
}

GST_END_TEST;

/* ---- turns ----------------------------------------------------------- */

/* Where the picture's right end and its upper end are to be seen: right, up,
 * left or down. */
static const struct
{
  const gchar *x, *y;
  MnOrientation orientation;
} turns[] = {
  {"right", "up", MN_ORIENT_0},
  {"left", "up", MN_ORIENT_MIRROR},
  {"left", "down", MN_ORIENT_180},
  {"right", "down", MN_ORIENT_FLIP},
  {"down", "left", MN_ORIENT_TRANSPOSE},
  {"down", "right", MN_ORIENT_90},
  {"up", "right", MN_ORIENT_ANTITRANSPOSE},
  {"up", "left", MN_ORIENT_270},
};

static void
set_column (gfloat *column, const gchar *direction)
{
  column[0] = g_str_equal (direction, "right") ? 1
      : g_str_equal (direction, "left")        ? -1
                                               : 0;
  column[1] = g_str_equal (direction, "up") ? 1
      : g_str_equal (direction, "down")     ? -1
                                            : 0;
}

static GstVideoAffineTransformationMeta *
add_turn (GstBuffer *buffer, guint i)
{
  GstVideoAffineTransformationMeta
      *meta = gst_buffer_add_video_affine_transformation_meta (buffer);

  set_column (meta->matrix, turns[i].x);
  set_column (meta->matrix + 4, turns[i].y);
  return meta;
}

GST_START_TEST (test_turned)
{
  GstVideoInfo info;
  guint i, tag;

  gst_video_info_set_format (&info, GST_VIDEO_FORMAT_RGB, 30, 20);
  for (i = 0; i < G_N_ELEMENTS (turns); i++) {
    g_autofree gfloat *want = NULL, *got = NULL;
    GstBuffer *buffer = test_noise_new (&info);

    want = test_see (buffer, &info, turns[i].orientation);
    add_turn (buffer, i);
    got = test_see (buffer, &info, MN_ORIENT_0);
    test_check_seen (got, want, turns[i].x);
    /* A tag that undoes it. */
    for (tag = MN_ORIENT_0; tag <= MN_ORIENT_270; tag++) {
      MnFrameDesc desc = {0};
      gboolean quarter = turns[i].orientation == MN_ORIENT_90
          || turns[i].orientation == MN_ORIENT_270;
      gboolean undone = quarter
          ? tag == (MN_ORIENT_90 + MN_ORIENT_270 - turns[i].orientation)
          : tag == turns[i].orientation;

      gst_mobilenet_frame_desc_set_buffer (&desc, &info, buffer, tag);
      fail_unless_equals_int (desc.orientation == MN_ORIENT_0, undone);
    }
    gst_buffer_unref (buffer);
  }
}

GST_END_TEST;

/* First the meta's turn, then the tag's: a mirrored picture that is turned
 * clockwise has its left end below. */
GST_START_TEST (test_turn_and_tag)
{
  GstBuffer *buffer = gst_buffer_new ();
  MnFrameDesc desc = {0};
  GstVideoInfo info;

  gst_video_info_set_format (&info, GST_VIDEO_FORMAT_RGB, 30, 20);
  add_turn (buffer, MN_ORIENT_MIRROR);
  gst_mobilenet_frame_desc_set_buffer (&desc, &info, buffer, MN_ORIENT_90);
  fail_unless_equals_int (desc.orientation, MN_ORIENT_ANTITRANSPOSE);
  gst_buffer_unref (buffer);
}

GST_END_TEST;

/* No turn by quarters: left alone. Nearly one: taken. */
GST_START_TEST (test_odd_matrices)
{
  GstBuffer *buffer = gst_buffer_new ();
  GstVideoAffineTransformationMeta *meta = add_turn (buffer, MN_ORIENT_180);
  MnFrameDesc desc = {0};
  GstVideoInfo info;

  gst_video_info_set_format (&info, GST_VIDEO_FORMAT_RGB, 30, 20);
  meta->matrix[0] = -0.97f;
  meta->matrix[1] = 0.01f;
  gst_mobilenet_frame_desc_set_buffer (&desc, &info, buffer, MN_ORIENT_0);
  fail_unless_equals_int (desc.orientation, MN_ORIENT_180);
  meta->matrix[0] = meta->matrix[5] = 0.7f;
  meta->matrix[1] = -0.7f;
  meta->matrix[4] = 0.7f;
  gst_mobilenet_frame_desc_set_buffer (&desc, &info, buffer, MN_ORIENT_0);
  fail_unless_equals_int (desc.orientation, MN_ORIENT_0);
  meta->matrix[0] = NAN;
  gst_mobilenet_frame_desc_set_buffer (&desc, &info, buffer, MN_ORIENT_0);
  fail_unless_equals_int (desc.orientation, MN_ORIENT_0);
  gst_buffer_unref (buffer);
}

GST_END_TEST;

/* ---- DMABufs --------------------------------------------------------- */

/* Any file that can be mapped will do for the mapping. */
GST_START_TEST (test_dmabuf)
{
  g_autofree gfloat *want = NULL, *got = NULL;
  GstAllocator *allocator = gst_dmabuf_allocator_new ();
  gint fd = memfd_create ("frame", MFD_CLOEXEC);
  GstBuffer *plain, *buffer = gst_buffer_new ();
  GstVideoInfo info;
  GstMapInfo map;

  gst_video_info_set_format (&info, GST_VIDEO_FORMAT_NV12, 50, 36);
  plain = test_noise_new (&info);
  gst_buffer_map (plain, &map, GST_MAP_READ);
  fail_unless (write (fd, map.data, map.size) == (gssize) map.size);
  gst_buffer_unmap (plain, &map);
  gst_buffer_append_memory (buffer,
      gst_dmabuf_allocator_alloc (allocator, fd, info.size));
  fail_unless (gst_is_dmabuf_memory (gst_buffer_peek_memory (buffer, 0)));
  want = test_see (plain, &info, MN_ORIENT_0);
  got = test_see (buffer, &info, MN_ORIENT_0);
  test_check_seen (got, want, "DMABuf");
  gst_buffer_unref (buffer);
  gst_buffer_unref (plain);
  gst_object_unref (allocator);
}

GST_END_TEST;

#if GST_CHECK_VERSION(1, 24, 0)
/* Caps with a plain modifier are those of the format, others are not taken. */
GST_START_TEST (test_drm_caps)
{
  static const struct
  {
    const gchar *drm;
    GstVideoFormat format;
  } plain[] = {{"NV12", GST_VIDEO_FORMAT_NV12}, {"YU12", GST_VIDEO_FORMAT_I420},
    {"XR24", GST_VIDEO_FORMAT_BGRx}, {"YUYV", GST_VIDEO_FORMAT_YUY2},
    {"RG24", GST_VIDEO_FORMAT_BGR}, {"P010", GST_VIDEO_FORMAT_P010_10LE}};
  GstElement *element = gst_element_factory_make ("mobilenet", NULL);
  GstPad *pad = gst_element_get_static_pad (element, "sink");
  GstCaps *offered = gst_pad_query_caps (pad, NULL);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (plain); i++) {
    g_autofree gchar *text = g_strdup_printf (
        "video/x-raw(memory:DMABuf), "
        "format=DMA_DRM, drm-format=%s, width=64, height=48, framerate=25/1",
        plain[i].drm);
    GstCaps *caps = gst_caps_from_string (text);
    GstVideoInfo info;

    fail_unless (gst_caps_is_subset (caps, offered), "%s", text);
    fail_unless (gst_mobilenet_video_info_from_caps (&info, caps));
    fail_unless_equals_int (GST_VIDEO_INFO_FORMAT (&info), plain[i].format);
    fail_unless_equals_int (GST_VIDEO_INFO_WIDTH (&info), 64);
    gst_caps_unref (caps);
    /* In Intel's tiles. */
    g_free (text);
    text = g_strdup_printf ("video/x-raw(memory:DMABuf), format=DMA_DRM, "
                            "drm-format=%s:0x0100000000000002, width=64, "
                            "height=48, "
                            "framerate=25/1",
        plain[i].drm);
    caps = gst_caps_from_string (text);
    fail_if (gst_caps_can_intersect (caps, offered), "%s", text);
    fail_if (gst_mobilenet_video_info_from_caps (&info, caps));
    gst_caps_unref (caps);
  }
  gst_caps_unref (offered);
  gst_object_unref (pad);
  gst_object_unref (element);
}

GST_END_TEST;
#endif

static Suite *
mobilenet_layouts_suite (void)
{
  Suite *suite = suite_create ("mobilenet-layouts");
  TCase *tc = tcase_create ("layouts");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, test_setup_random, test_teardown_random);
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_scattered, 0, TEST_N_PLANE_FORMATS);
  tcase_add_loop_test (tc, test_tiled, 0, G_N_ELEMENTS (tiled));
  tcase_add_test (tc, test_turned);
  tcase_add_test (tc, test_turn_and_tag);
  tcase_add_test (tc, test_odd_matrices);
  tcase_add_test (tc, test_dmabuf);
#if GST_CHECK_VERSION(1, 24, 0)
  tcase_add_test (tc, test_drm_caps);
#endif
  return suite;
}

GST_CHECK_MAIN (mobilenet_layouts);
