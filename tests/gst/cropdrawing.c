/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is drawn onto the visible part of a buffer (crop.c): the same as onto a
 * frame of its own, and nothing outside. */

#include "tests/gst/croputil.h"
#include "tests/gst/overlayutil.h"

#include <string.h>

#define PART_X 200
#define PART_Y 120
#define PART_WIDTH 320
#define PART_HEIGHT 240

static GstBuffer *
draw (const gchar *format, GstBuffer *buffer, gboolean attach)
{
  g_autofree gchar *caps = test_caps (format, PART_WIDTH, PART_HEIGHT);
  GstHarness *h = test_overlay_open (caps, attach);

  test_overlay_attach (buffer, "e", 3);
  buffer = test_pass (h, buffer);
  gst_harness_teardown (h);
  return buffer;
}

/* In how many bytes of a component two frames differ. Where is the second
 * one's first pixel in the first. */
static guint
count_differences (const GstVideoFrame *a, const GstVideoFrame *b, guint c,
    gint x, gint y)
{
  const GstVideoFormatInfo *finfo = a->info.finfo;
  gint pstride = GST_VIDEO_FRAME_COMP_PSTRIDE (a, c), row, i;
  gint width = GST_VIDEO_FRAME_COMP_WIDTH (b, c);
  guint n = 0;

  x = GST_VIDEO_FORMAT_INFO_SCALE_WIDTH (finfo, c, x);
  y = GST_VIDEO_FORMAT_INFO_SCALE_HEIGHT (finfo, c, y);
  for (row = 0; row < GST_VIDEO_FRAME_COMP_HEIGHT (b, c); row++) {
    const guint8 *p = GST_VIDEO_FRAME_COMP_DATA (a, c);
    const guint8 *q = GST_VIDEO_FRAME_COMP_DATA (b, c);

    p += (row + y) * GST_VIDEO_FRAME_COMP_STRIDE (a, c) + x * pstride;
    q += row * GST_VIDEO_FRAME_COMP_STRIDE (b, c);
    for (i = 0; i < width; i++)
      n += p[i * pstride] != q[i * pstride];
  }
  return n;
}

static void
check_blended (const gchar *format, gint x, gint y, guint n_components)
{
  GstVideoInfo whole_info, part_info;
  GstBuffer *whole = test_crop_frame_new (format, 0, 0, 640, 480, 0,
      &whole_info);
  GstBuffer *before = gst_buffer_copy_deep (whole);
  GstBuffer *part = test_crop_frame_new (format, x, y, PART_WIDTH, PART_HEIGHT,
      0, &part_info);
  GstBuffer *plain = gst_buffer_copy_deep (part);
  GstVideoFrame w, p, b, u;
  guint c, changed_whole = 0, changed_part = 0;

  test_crop_to (whole, x, y, PART_WIDTH, PART_HEIGHT);
  whole = draw (format, whole, FALSE);
  part = draw (format, part, FALSE);
  fail_unless (gst_video_frame_map (&w, &whole_info, whole, GST_MAP_READ));
  fail_unless (gst_video_frame_map (&b, &whole_info, before, GST_MAP_READ));
  fail_unless (gst_video_frame_map (&p, &part_info, part, GST_MAP_READ));
  fail_unless (gst_video_frame_map (&u, &part_info, plain, GST_MAP_READ));
  for (c = 0; c < n_components; c++) {
    changed_whole += count_differences (&b, &w, c, 0, 0);
    changed_part += count_differences (&u, &p, c, 0, 0);
    if (n_components > 1 || c == 0)
      fail_unless_equals_int (count_differences (&w, &p, c, x, y), 0);
  }
  fail_unless (changed_part > 1000, "%s: %u", format, changed_part);
  fail_unless_equals_int (changed_whole, changed_part);
  gst_video_frame_unmap (&u);
  gst_video_frame_unmap (&p);
  gst_video_frame_unmap (&b);
  gst_video_frame_unmap (&w);
  gst_buffer_unref (whole);
  gst_buffer_unref (before);
  gst_buffer_unref (part);
  gst_buffer_unref (plain);
}

/* The same pixels as those of a frame of its own, and no others. */
GST_START_TEST (test_blended)
{
  static const gchar *const drawn[] = {
    "NV12", "I420", "YUY2", "RGB", "BGRx", "GRAY8", "Y444"};
  const gchar *format = drawn[__i__];
  guint n = gst_video_format_get_info (gst_video_format_from_string (format))
                ->n_components;

  check_blended (format, PART_X, PART_Y, n);
  check_blended (format, 640 - PART_WIDTH, 480 - PART_HEIGHT, n);
  /* Luma: chroma is shared with what is not visible. */
  check_blended (format, PART_X + 1, PART_Y + 1, 1);
}

GST_END_TEST;

/* In coordinates of the visible part. */
GST_START_TEST (test_attached)
{
  GstVideoInfo info;
  GstBuffer *whole = test_crop_frame_new ("NV12", 0, 0, 640, 480, 0, &info);
  GstBuffer *part = test_crop_frame_new ("NV12", PART_X, PART_Y, PART_WIDTH,
      PART_HEIGHT, 0, &info);
  GstVideoRectangle a, b;

  test_crop_to (whole, PART_X, PART_Y, PART_WIDTH, PART_HEIGHT);
  whole = draw ("NV12", whole, TRUE);
  part = draw ("NV12", part, TRUE);
  test_overlay_get_rectangle (whole, 0, &a);
  test_overlay_get_rectangle (part, 0, &b);
  fail_unless (memcmp (&a, &b, sizeof (a)) == 0);
  gst_buffer_unref (whole);
  gst_buffer_unref (part);
}

GST_END_TEST;

/* Boxes are measured in the whole: they are drawn where they are. */
GST_START_TEST (test_drawn_objects)
{
  g_autofree gchar *caps = test_caps ("NV12", PART_WIDTH, PART_HEIGHT);
  GstHarness *h = test_overlay_open (caps, TRUE);
  GstVideoInfo info;
  GstBuffer *buffer = test_crop_frame_new ("NV12", 0, 0, 640, 480, 0, &info);
  GstVideoRectangle r;

  test_crop_to (buffer, PART_X, PART_Y, PART_WIDTH, PART_HEIGHT);
  gst_buffer_add_video_region_of_interest_meta (buffer, "inside", PART_X + 50,
      PART_Y + 60, 100, 80);
  gst_buffer_add_video_region_of_interest_meta (buffer, "outside", 5, 5, 100,
      80);
  buffer = test_pass (h, buffer);
  /* Four lines and a tag of the one that is to be seen. */
  fail_unless_equals_int (gst_video_overlay_composition_n_rectangles (
                              test_overlay_get_composition (buffer)),
      5);
  test_overlay_get_rectangle (buffer, 0, &r);
  fail_unless_equals_int (r.x, 48);
  fail_unless_equals_int (r.y, 58);
  gst_buffer_unref (buffer);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Parts that lie outside, and frames that are larger than the memory there
 * is: passed as they are. All with room for text. */
static const struct
{
  gsize offset;
  gint stride;
  guint width, height; /* of the whole; its memory is 320x240 */
  guint x, y;          /* of 160x120 */
  gboolean drawn;
} claims[] = {
  {0, 960, 320, 240, 160, 120, TRUE},
  {0, 960, 320, 240, 320, 0, FALSE},
  {0, 960, 320, 240, G_MAXUINT, G_MAXUINT, FALSE},
  {0, 960, 320, 4000, 8, 3000, FALSE},
  {0, 960, 320, 241, 160, 121, FALSE},
  {0, 961, 320, 240, 160, 120, FALSE},
  {3, 960, 320, 240, 160, 120, FALSE},
  {0, 1 << 20, 320, 240, 0, 0, FALSE},
  {239 * 960, -960, 320, 240, 160, 120, TRUE},
  {238 * 960, -960, 320, 240, 160, 120, FALSE},
};

GST_START_TEST (test_drawn_lies)
{
  g_autofree gchar *caps = test_caps ("RGB", 160, 120);
  GstHarness *h = test_overlay_open (caps, FALSE);
  gsize offset[GST_VIDEO_MAX_PLANES] = {claims[__i__].offset};
  gint stride[GST_VIDEO_MAX_PLANES] = {claims[__i__].stride};
  GstBuffer *buffer = gst_buffer_new ();
  gboolean drawn = FALSE;
  GstMapInfo map;
  guint times;
  gsize i;

  gst_buffer_append_memory (buffer, test_guarded_new (320 * 240 * 3));
  gst_buffer_add_video_meta_full (buffer, GST_VIDEO_FRAME_FLAG_NONE,
      GST_VIDEO_FORMAT_RGB, claims[__i__].width, claims[__i__].height, 1,
      offset, stride);
  test_crop_to (buffer, claims[__i__].x, claims[__i__].y, 160, 120);
  test_overlay_attach (buffer, "e", 3);
  /* The second time it is done in another way. */
  for (times = 0; times < 2; times++)
    buffer = test_pass (h, buffer);
  gst_buffer_map (buffer, &map, GST_MAP_READ);
  for (i = 0; i < map.size; i++)
    drawn |= map.data[i] != 0;
  fail_unless_equals_int (drawn, claims[__i__].drawn);
  gst_buffer_unmap (buffer, &map);
  gst_buffer_unref (buffer);
  gst_harness_teardown (h);
}

GST_END_TEST;

static Suite *
cropdrawing_suite (void)
{
  Suite *suite = suite_create ("cropdrawing");
  TCase *tc = tcase_create ("cropdrawing");

  tcase_set_timeout (tc, 120);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_blended, 0, 7);
  tcase_add_test (tc, test_attached);
  tcase_add_test (tc, test_drawn_objects);
  tcase_add_loop_test (tc, test_drawn_lies, 0, G_N_ELEMENTS (claims));
  return suite;
}

GST_CHECK_MAIN (cropdrawing);
