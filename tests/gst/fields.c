/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Frames of two fields: which rows of a buffer are taken, and where fields lie
 * apart. What the engine makes of one is held to what it makes of the same
 * rows as a picture of their own. */

#include "tests/gst/pictureutil.h"
#include "tests/gst/randomutil.h"
#include "tests/gst/seeutil.h"
#include "tests/gst/testutil.h"

#include <string.h>

#include "gst/video/frame.h"

/* Field 0 or 1 of a picture as a picture of its own. */
static GstBuffer *
take_field (GstBuffer *buffer, const GstVideoInfo *info, guint field,
    GstVideoInfo *half)
{
  GstVideoFrame from, to;
  GstBuffer *result;
  guint p, y;

  gst_video_info_set_format (half, GST_VIDEO_INFO_FORMAT (info),
      GST_VIDEO_INFO_WIDTH (info), (GST_VIDEO_INFO_HEIGHT (info) + 1) / 2);
  half->colorimetry = info->colorimetry;
  half->chroma_site = info->chroma_site;
  half->par_n = 1;
  half->par_d = 2;
  result = gst_buffer_new_allocate (NULL, half->size, NULL);
  fail_unless (gst_video_frame_map (&from, (GstVideoInfo *) info, buffer,
      GST_MAP_READ));
  fail_unless (gst_video_frame_map (&to, half, result, GST_MAP_WRITE));
  for (p = 0; p < GST_VIDEO_INFO_N_PLANES (info); p++) {
    guint rows = 1;
    gsize bytes = test_plane_shape (half, p, &rows);

    for (y = 0; y < rows; y++)
      memcpy ((guint8 *) to.data[p] + y * half->stride[p],
          (guint8 *) from.data[p] + (2 * y + field) * info->stride[p], bytes);
  }
  gst_video_frame_unmap (&from);
  gst_video_frame_unmap (&to);
  return result;
}

static void
check_field (GstBuffer *buffer, const GstVideoInfo *info, const gfloat *want,
    const gchar *what)
{
  g_autofree gfloat *got = test_see (buffer, info, MN_ORIENT_0);

  test_check_seen (got, want, what);
}

/* Frames of two fields in turns: which rows are taken. */
GST_START_TEST (test_interleaved)
{
  g_autofree gfloat *whole = NULL, *top = NULL, *bottom = NULL;
  GstBuffer *fields[2], *buffer;
  GstVideoInfo info, half;

  gst_video_info_set_format (&info, test_plane_formats[__i__], 50, 36);
  info.colorimetry.range = GST_VIDEO_COLOR_RANGE_0_255;
  buffer = test_noise_new (&info);
  whole = test_see (buffer, &info, MN_ORIENT_0);
  fields[0] = take_field (buffer, &info, 0, &half);
  top = test_see (fields[0], &half, MN_ORIENT_0);
  fields[1] = take_field (buffer, &info, 1, &half);
  bottom = test_see (fields[1], &half, MN_ORIENT_0);
  info.interlace_mode = GST_VIDEO_INTERLACE_MODE_INTERLEAVED;
  check_field (buffer, &info, top, "interleaved");
  info.interlace_mode = GST_VIDEO_INTERLACE_MODE_MIXED;
  check_field (buffer, &info, whole, "mixed, a progressive one");
  GST_BUFFER_FLAG_SET (buffer, GST_VIDEO_BUFFER_FLAG_INTERLACED);
  check_field (buffer, &info, top, "mixed, one of two fields");
  GST_BUFFER_FLAG_SET (buffer, GST_VIDEO_BUFFER_FLAG_BOTTOM_FIELD);
  check_field (buffer, &info, bottom, "the bottom field alone");
  gst_buffer_unref (buffer);
  gst_buffer_unref (fields[0]);
  gst_buffer_unref (fields[1]);
}

GST_END_TEST;

/* Fields that lie apart: in a buffer each, and two in one buffer. */
GST_START_TEST (test_separate_fields)
{
  g_autofree gfloat *want = NULL;
  gsize offset[GST_VIDEO_MAX_PLANES];
  GstBuffer *field, *both;
  GstVideoInfo info, half;
  GstVideoMeta *meta;
  guint i;

  gst_video_info_set_interlaced_format (&info, test_plane_formats[__i__],
      GST_VIDEO_INTERLACE_MODE_ALTERNATE, 50, 32);
  gst_video_info_set_format (&half, test_plane_formats[__i__], 50, 16);
  half.par_d = 2;
  fail_unless (half.size == info.size);
  info.colorimetry = half.colorimetry;
  info.chroma_site = half.chroma_site;
  field = test_noise_new (&half);
  want = test_see (field, &half, MN_ORIENT_0);
  GST_BUFFER_FLAG_SET (field, GST_VIDEO_BUFFER_FLAG_TOP_FIELD);
  check_field (field, &info, want, "alternate");

  both = gst_buffer_append (test_noise_new (&half), gst_buffer_ref (field));
  for (i = 0; i < GST_VIDEO_MAX_PLANES; i++)
    offset[i] = half.offset[i] + half.size;
  meta = gst_buffer_add_video_meta_full (both, GST_VIDEO_FRAME_FLAG_NONE,
      test_plane_formats[__i__], 50, 16, GST_VIDEO_INFO_N_PLANES (&half),
      offset, half.stride);
  meta->id = 0;
  meta = gst_buffer_add_video_meta_full (both, GST_VIDEO_FRAME_FLAG_NONE,
      test_plane_formats[__i__], 50, 16, GST_VIDEO_INFO_N_PLANES (&half),
      half.offset, half.stride);
  meta->id = 1;
  info.interlace_mode = GST_VIDEO_INTERLACE_MODE_FIELDS;
  check_field (both, &info, want, "fields");
  gst_buffer_unref (both);
  gst_buffer_unref (field);
}

GST_END_TEST;

/* Odd heights and buffers that end early: nothing outside is read. */
GST_START_TEST (test_short_fields)
{
  guint height;

  for (height = 1; height < 9; height++) {
    GstVideoInfo info;
    GstBuffer *buffer;
    gfloat *got;

    gst_video_info_set_format (&info, test_plane_formats[__i__], 18, height);
    info.interlace_mode = GST_VIDEO_INTERLACE_MODE_INTERLEAVED;
    buffer = test_noise_new (&info);
    got = test_see (buffer, &info, MN_ORIENT_0);
    fail_unless (got != NULL);
    g_free (got);
    GST_BUFFER_FLAG_SET (buffer, GST_VIDEO_BUFFER_FLAG_BOTTOM_FIELD);
    got = test_see (buffer, &info, MN_ORIENT_0);
    fail_unless (got != NULL);
    g_free (got);
    gst_buffer_set_size (buffer, info.size - 1);
    got = test_see (buffer, &info, MN_ORIENT_0);
    fail_unless (got == NULL);
    gst_buffer_unref (buffer);
  }
}

GST_END_TEST;

/* The visible part is that of the whole frame. */
GST_START_TEST (test_field_crop)
{
  MnRect rect = gst_mobilenet_rect_in_field ((MnRect) {3, 5, 10, 7}),
         none = gst_mobilenet_rect_in_field ((MnRect) {0, 0, 0, 0});

  fail_unless_equals_int (rect.x, 3);
  fail_unless_equals_int (rect.width, 10);
  fail_unless_equals_int (rect.y, 2);
  fail_unless_equals_int (rect.height, 4);
  fail_unless_equals_int (none.height, 0);
}

GST_END_TEST;

static Suite *
fields_suite (void)
{
  Suite *suite = suite_create ("fields");
  TCase *tc = tcase_create ("fields");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, test_setup_random, test_teardown_random);
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_interleaved, 0, TEST_N_PLANE_FORMATS);
  tcase_add_loop_test (tc, test_separate_fields, 0, TEST_N_PLANE_FORMATS);
  tcase_add_loop_test (tc, test_short_fields, 0, TEST_N_PLANE_FORMATS);
  tcase_add_test (tc, test_field_crop);
  return suite;
}

GST_CHECK_MAIN (fields);
