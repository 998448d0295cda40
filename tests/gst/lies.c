/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Buffers whose metadata is not true: a GstVideoMeta of another format or
 * size, strides and offsets that leave the memory, visible parts outside of
 * the picture, planes that cannot be mapped. Each element passes such a frame
 * on as it is, says so once, and reads and writes nothing beyond. Frames are
 * of just their size, in front of a page that nobody may touch. */

#include "tests/gst/lieutil.h"
#include "tests/gst/randomutil.h"

#define WIDTH 38
#define HEIGHT 30

typedef enum
{
  TRUTH,
  UPSIDE_DOWN,
  NO_LAST_PADDING,
  TALLER_THAN_CAPS,
  LAST_TRUTH = TALLER_THAN_CAPS,
  OFFSET_BEYOND,
  OFFSET_HUGE,
  OFFSET_OVERFLOWS,
  SHORT_BY_A_BYTE,
  STRIDE_ZERO,
  STRIDE_SMALL,
  STRIDE_HUGE,
  STRIDE_LEAST,
  STRIDE_UP_AND_OUT,
  STRIDE_ABOVE,
  OTHER_FORMAT,
  FORMAT_NONE,
  FORMAT_UNKNOWN,
  TOO_FEW_PLANES,
  TOO_MANY_PLANES,
  NARROWER,
  LOWER,
  NOTHING_HIGH,
  HUGE,
  CROP_OUTSIDE,
  CROP_FAR_OUTSIDE,
  CROPPED_HUGE,
  CROPPED_TOO_TALL,
  NO_MEMORY,
  NO_MAP,
  MAP_FAILS,
  MAP_ELSEWHERE,
  MAP_NULL,
  N_LIES
} Lie;

static gboolean
map_fails (GstVideoMeta *meta, guint plane, GstMapInfo *info, gpointer *data,
    gint *stride, GstMapFlags flags)
{
  return FALSE;
}

static gboolean
map_elsewhere (GstVideoMeta *meta, guint plane, GstMapInfo *info,
    gpointer *data, gint *stride, GstMapFlags flags)
{
  if (!gst_buffer_map (meta->buffer, info, flags))
    return FALSE;
  *data = info->data + info->size - 1;
  *stride = meta->stride[plane];
  return TRUE;
}

/* As some do that know only where the plane is. */
static gboolean
map_null (GstVideoMeta *meta, guint plane, GstMapInfo *info, gpointer *data,
    gint *stride, GstMapFlags flags)
{
  *data = NULL;
  *stride = meta->stride[plane];
  return TRUE;
}

/* What can be told by numbers alone; p is the plane that is lied about. */
static void
lie_about (TestClaim *claim, Lie lie, guint p, const GstVideoInfo *info)
{
  guint rows = p == 0 ? HEIGHT : GST_VIDEO_INFO_COMP_HEIGHT (info, 1);

  switch (lie) {
    case UPSIDE_DOWN:
      claim->offset[p] += (gsize) claim->stride[p] * (rows - 1);
      claim->stride[p] = -claim->stride[p];
      break;
    case OFFSET_BEYOND:
      claim->offset[p] = info->size;
      break;
    case OFFSET_HUGE:
      claim->offset[p] = G_MAXSIZE / 2;
      break;
    case OFFSET_OVERFLOWS:
      claim->offset[p] = G_MAXSIZE - 16;
      break;
    case SHORT_BY_A_BYTE:
      claim->offset[p] = info->size - (gsize) claim->stride[p] * rows + 1
          + (claim->stride[p]
              - (GST_VIDEO_INFO_COMP_WIDTH (info, p)
                  * GST_VIDEO_INFO_COMP_PSTRIDE (info, p)));
      break;
    case STRIDE_ZERO:
      claim->stride[p] = 0;
      break;
    case STRIDE_SMALL:
      claim->stride[p] = 7;
      break;
    case STRIDE_HUGE:
      claim->stride[p] = G_MAXINT;
      break;
    case STRIDE_LEAST:
      claim->stride[p] = G_MININT;
      break;
    case STRIDE_UP_AND_OUT:
      claim->stride[p] = -claim->stride[p] * HEIGHT;
      break;
    case STRIDE_ABOVE:
      claim->stride[p] = (gint) (info->size / (rows - 1));
      break;
    default:
      break;
  }
}

static void
lie_about_all (TestClaim *claim, Lie lie)
{
  switch (lie) {
    case TALLER_THAN_CAPS:
      claim->height += 8;
      break;
    case OTHER_FORMAT:
      claim->format = GST_VIDEO_FORMAT_YUY2;
      break;
    case FORMAT_NONE:
      claim->format = GST_VIDEO_FORMAT_UNKNOWN;
      break;
    case FORMAT_UNKNOWN:
      claim->format = 100000;
      break;
    case TOO_FEW_PLANES:
      claim->n_planes--;
      break;
    case TOO_MANY_PLANES:
      claim->n_planes = GST_VIDEO_MAX_PLANES + 1;
      break;
    case NARROWER:
      claim->width--;
      break;
    case LOWER:
      claim->height--;
      break;
    case NOTHING_HIGH:
      claim->height = 0;
      break;
    case HUGE:
      claim->width = claim->height = G_MAXUINT;
      break;
    case CROPPED_HUGE:
      claim->width = claim->height = G_MAXINT;
      break;
    case CROPPED_TOO_TALL:
      claim->height += 2;
      break;
    default:
      break;
  }
}

static void
make_lie (TestClaim *claim, const GstVideoInfo *info, Lie lie, guint p)
{
  guint last = GST_VIDEO_INFO_N_PLANES (info) - 1;

  test_claim_init (claim, info, FALSE);
  lie_about (claim, lie, p, info);
  lie_about_all (claim, lie);
  if (lie == NO_LAST_PADDING)
    claim->sizes[0] = info->size - info->stride[last]
        + GST_VIDEO_INFO_COMP_WIDTH (info, last)
            * GST_VIDEO_INFO_COMP_PSTRIDE (info, last);
  if (lie == NO_MEMORY)
    claim->sizes[0] = 0;
  if (lie == CROP_OUTSIDE || lie == CROP_FAR_OUTSIDE)
    test_claim_set_crop (claim, lie == CROP_OUTSIDE ? WIDTH : G_MAXUINT, 0, 4,
        4);
  if (lie == CROPPED_HUGE)
    test_claim_set_crop (claim, 0, 0, G_MAXUINT, G_MAXUINT);
  if (lie == CROPPED_TOO_TALL)
    test_claim_set_crop (claim, 0, 1, WIDTH, HEIGHT);
  claim->has_map = lie != NO_MAP;
  claim->map = lie == MAP_FAILS ? map_fails
      : lie == MAP_NULL         ? map_null
      : lie == MAP_ELSEWHERE    ? map_elsewhere
                                : NULL;
}

static const GstVideoFormat lied_about[] = {GST_VIDEO_FORMAT_I420,
  GST_VIDEO_FORMAT_NV12, GST_VIDEO_FORMAT_RGB, GST_VIDEO_FORMAT_BGRA,
  GST_VIDEO_FORMAT_I420_10LE, GST_VIDEO_FORMAT_ARGB64, GST_VIDEO_FORMAT_Y42B};

/* Twice: a warning, and no more than that. */
static void
check_lie (TestElements *self, const GstVideoInfo *info, Lie lie, guint p)
{
  gboolean truth = lie <= LAST_TRUTH;
  TestClaim claim;
  TestWay way;

  make_lie (&claim, info, lie, p);
  for (way = 0; way < N_WAYS; way++) {
    guint i;

    /* Whoever attaches to it maps nothing. */
    if (!self->h[way] || (way == ATTACH && lie > NO_MAP))
      continue;
    for (i = 0; i < 2; i++) {
      gboolean used = test_elements_pass (self, way, &claim);

      if (test_way_tells (way))
        fail_unless (used == truth, "lie %d, plane %u, way %d: %d", lie, p, way,
            used);
    }
    if (way != CLASSIFY_LATEST || truth)
      fail_unless_equals_int (test_elements_count_warnings (self, way),
          !truth && way != TELL);
  }
}

GST_START_TEST (test_named)
{
  GstVideoFormat format = lied_about[__i__];
  g_autofree gchar *caps = test_caps (gst_video_format_to_string (format),
      WIDTH, HEIGHT);
  g_autofree gchar *other = test_caps ("GRAY8", 8, 8);
  GstVideoInfo info;
  TestElements elements;
  guint p;
  Lie lie;

  gst_video_info_set_format (&info, format, WIDTH, HEIGHT);
  test_elements_open (&elements);
  for (lie = 0; lie < N_LIES; lie++) {
    for (p = 0; p < 2 && p < GST_VIDEO_INFO_N_PLANES (&info); p++) {
      /* Once for these caps. */
      test_elements_set_caps (&elements, other);
      test_elements_set_caps (&elements, caps);
      check_lie (&elements, &info, lie, p);
    }
  }
  test_elements_close (&elements);
}

GST_END_TEST;

static Suite *
lies_suite (void)
{
  Suite *suite = suite_create ("lies");
  TCase *named = tcase_create ("named");

  suite_add_tcase (suite, named);
  tcase_add_checked_fixture (named, test_setup_random, test_teardown_random);
  tcase_add_loop_test (named, test_named, 0, G_N_ELEMENTS (lied_about));
  return suite;
}

GST_CHECK_MAIN (lies);
