/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Random numbers for whatever metadata can say of a buffer (lies.c), in every
 * raw format of the GStreamer that runs. */

#include "tests/gst/lieutil.h"
#include "tests/gst/randomutil.h"

#include <stdlib.h>

#include "tests/gst/allformats.h"

static gint
any_number (gint usual)
{
  static const gint numbers[] = {0, 1, -1, 2, 3, 4, 7, 16, 64, 255, 4096, 65535,
    65536, 65537, 0x10001, 0x20003, G_MAXINT, G_MININT, G_MAXINT - 1,
    G_MAXINT / 2, G_MININT / 2};

  switch (test_pick (0, 5)) {
    case 0:
      return numbers[test_pick (0, G_N_ELEMENTS (numbers) - 1)];
    case 1:
      return g_rand_int (test_rand);
    case 2:
      return usual < G_MAXINT / 2 && usual > G_MININT / 2 ? 2 * usual : usual;
    case 3:
      return usual != G_MININT ? -usual : usual;
    default:
      return (gint) ((guint) usual + test_pick (-20, 20));
  }
}

/* FALSE: nothing is. */
static gboolean
spoil (TestClaim *claim, gsize size)
{
  guint n = test_pick (0, 3), i;

  for (i = 0; i < n; i++) {
    guint p = test_pick (0, GST_VIDEO_MAX_PLANES - 1);

    switch (test_pick (0, 9)) {
      case 0:
        claim->width = any_number (claim->width);
        break;
      case 1:
        claim->height = any_number (claim->height);
        break;
      case 2:
        claim->n_planes = test_pick (0, 6);
        break;
      case 3:
        claim->format = test_pick (0, 140);
        break;
      case 4:
      case 5:
      case 6:
        claim->stride[p] = any_number (claim->stride[p]);
        break;
      case 7:
        claim->offset[p] = g_rand_boolean (test_rand)
            ? (gsize) test_pick (0, (gint) size + 8)
            : (gsize) g_rand_int (test_rand) << test_pick (0, 32);
        break;
      default:
        claim->offset[p] += test_pick (-16, 16);
        break;
    }
  }
  return n > 0;
}

static void
try_any (TestElements *elements, const GstVideoInfo *info)
{
  gboolean short_one = test_pick (0, 3) == 0;
  gboolean cropped = test_pick (0, 3) == 0, spoiled;
  TestClaim claim;
  TestWay way;

  test_claim_init (&claim, info, test_pick (0, 2) == 0);
  /* The memory may be shorter than it should be, or longer. */
  if (short_one)
    claim.sizes[0] += test_pick (-MIN ((gint) claim.sizes[0], 20), 4);
  spoiled = spoil (&claim, info->size);
  claim.has_meta = test_pick (0, 7) > 0;
  if (cropped)
    test_claim_set_crop (&claim, any_number (2), any_number (2), any_number (8),
        any_number (8));
  if (test_pick (0, 3) == 0)
    claim.flags = GST_VIDEO_BUFFER_FLAG_INTERLACED
        | (g_rand_int (test_rand)
            & (GST_VIDEO_BUFFER_FLAG_TFF | GST_VIDEO_BUFFER_FLAG_ONEFIELD));
  for (way = 0; way < N_WAYS; way++) {
    gboolean used = elements->h[way]
        && test_elements_pass (elements, way, &claim);

    if (way == CLASSIFY && !spoiled && !short_one && !cropped)
      fail_unless (used, "%s of %dx%d", GST_VIDEO_INFO_NAME (info), info->width,
          info->height);
  }
}

static void
set_any_caps (TestElements *elements, const gchar *format, GstVideoInfo *info)
{
  static const gchar *const modes[] = {
    "progressive", "interleaved", "mixed", "fields"};
  g_autofree gchar *plain = test_caps (format, test_pick (1, 50),
      test_pick (1, 40));
  g_autofree gchar *text = g_strdup_printf ("%s, interlace-mode=%s", plain,
      modes[g_rand_boolean (test_rand) ? 0 : test_pick (0, 3)]);
  GstCaps *caps = gst_caps_from_string (text);

  fail_unless (caps && gst_video_info_from_caps (info, caps), "%s", text);
  gst_caps_unref (caps);
  test_elements_set_caps (elements, text);
}

/* MOBILENET_TEST_LIES: how many of each format. */
GST_START_TEST (test_any)
{
  GstVideoFormat format = GST_VIDEO_FORMAT_UNKNOWN;
  const gchar *text = g_getenv ("MOBILENET_TEST_LIES");
  guint n = text ? strtoul (text, NULL, 0) : 12, i;
  const GstVideoFormatInfo *finfo;
  TestElements elements;
  GstVideoInfo info;

  test_elements_open (&elements);
  while ((finfo = test_next_format (&format))) {
    for (i = 0; i < n; i++) {
      if (i % 4 == 0)
        set_any_caps (&elements, finfo->name, &info);
      try_any (&elements, &info);
    }
  }
  test_elements_close (&elements);
}

GST_END_TEST;

static Suite *
anylies_suite (void)
{
  Suite *suite = suite_create ("anylies");
  TCase *any = tcase_create ("any");

  suite_add_tcase (suite, any);
  tcase_add_checked_fixture (any, test_setup_random, test_teardown_random);
  tcase_add_test (any, test_any);
  return suite;
}

GST_CHECK_MAIN (anylies);
