/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Every raw format of the GStreamer that runs: what the network sees of a
 * picture in it is held to what it sees of the picture in RGB, and to what it
 * sees of the same format elsewhere in memory. */

#include "tests/gst/testutil.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gst/video/formats.h"
#include "gst/video/frame.h"
#include "tests/gst/allformats.h"
#include "tests/gst/pictureutil.h"
#include "tests/gst/randomutil.h"
#include "tests/gst/seeutil.h"

#define SIDE 9
#define N_VALUES (SIDE * SIDE * 3)

/* ---- what the network sees -------------------------------------------- */

static MnFrame *
map_frame (GstMobilenetFramePool *pool, GstBuffer *buffer,
    const GstVideoInfo *info, MnInput *input)
{
  fail_unless (gst_mobilenet_frame_desc_init (&input->source, info), "%s",
      GST_VIDEO_INFO_NAME (info));
  gst_mobilenet_frame_desc_set_buffer (&input->source, info, buffer,
      MN_ORIENT_0);
  return gst_mobilenet_frame_pool_map (pool, buffer, info, &input->source,
      NULL);
}

/* SIDE x SIDE pixels, R, G and B of each; of what is visible only, or of all
 * where that has no width. whole: everything is unpacked. Free with g_free;
 * NULL: it takes no such frame. */
static gfloat *
see_part (GstBuffer *buffer, const GstVideoInfo *info, MnFit fit,
    MnRect visible, gboolean whole)
{
  GstMobilenetFramePool *pool = gst_mobilenet_frame_pool_new ();
  g_autoptr (MnFrame) frame = NULL;
  MnInput input = {.fit = fit};
  gfloat *out = NULL;

  frame = map_frame (pool, buffer, info, &input);
  input.source.crop = visible;
  if (frame
      && gst_mobilenet_frame_unpack (frame, whole ? NULL : &input, SIDE, SIDE,
          NULL))
    out = test_see_frame (frame, &input, SIDE);
  gst_mobilenet_frame_pool_unref (pool);
  return out;
}

static gfloat *
see (GstBuffer *buffer, const GstVideoInfo *info, MnFit fit)
{
  return see_part (buffer, info, fit, (MnRect) {0, 0, 0, 0}, FALSE);
}

static void
check_near (const gfloat *got, const gfloat *want, gfloat bound,
    const GstVideoInfo *info, const gchar *what)
{
  guint i;

  fail_unless (got != NULL && want != NULL, "%s: no picture",
      GST_VIDEO_INFO_NAME (info));
  for (i = 0; i < N_VALUES; i++)
    fail_unless (fabsf (got[i] - want[i]) <= bound,
        "%s, %dx%d, %s: value %u is %g, not %g", GST_VIDEO_INFO_NAME (info),
        GST_VIDEO_INFO_WIDTH (info), GST_VIDEO_INFO_HEIGHT (info), what, i,
        got[i], want[i]);
}

/* ---- pictures --------------------------------------------------------- */

/* Smooth, so that it does not matter much where chroma was taken; grey for
 * formats that have no colours. */
static GstBuffer *
paint (const GstVideoInfo *info, gboolean grey)
{
  gint width = GST_VIDEO_INFO_WIDTH (info), x, y;
  gint height = GST_VIDEO_INFO_HEIGHT (info);
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, info->size, NULL);
  GstMapInfo map;

  gst_buffer_map (buffer, &map, GST_MAP_WRITE);
  for (y = 0; y < height; y++) {
    for (x = 0; x < width; x++) {
      guint8 *pixel = map.data + y * info->stride[0] + 4 * x;
      gdouble u = (x + 0.5) / width, v = (y + 0.5) / height;

      pixel[0] = 255;
      pixel[1] = 120 + 50 * u - 30 * v + 0.5;
      pixel[2] = grey ? pixel[1] : (guint8) (140 - 40 * u + 20 * v);
      pixel[3] = grey ? pixel[1] : (guint8) (90 + 60 * v);
    }
  }
  gst_buffer_unmap (buffer, &map);
  return buffer;
}

/* The picture in another format, as videoconvert makes it. */
static GstBuffer *
convert (GstBuffer *buffer, const GstVideoInfo *from, const GstVideoInfo *to)
{
  GstBuffer *result = gst_buffer_new_allocate (NULL, to->size, NULL);

  gst_buffer_memset (result, 0, 0, -1);
  test_convert (buffer, from, result, to,
      gst_structure_new ("options", GST_VIDEO_CONVERTER_OPT_DITHER_METHOD,
          GST_TYPE_VIDEO_DITHER_METHOD, GST_VIDEO_DITHER_NONE, NULL));
  return result;
}

/* In steps of 255: what rounding to so many bits may do, for YUV of red,
 * green and blue together; more where chroma lies wider apart, since the
 * picture rises by up to 60 over its side. A palette is 6 steps a colour. */
static gfloat
bound_for (const GstVideoFormatInfo *finfo, guint width, guint height)
{
  gfloat bound = 1.1f
      + 255.f / (1 << MIN (8, GST_VIDEO_FORMAT_INFO_DEPTH (finfo, 0)));
  guint x = GST_VIDEO_FORMAT_INFO_W_SUB (finfo, 1);
  guint y = GST_VIDEO_FORMAT_INFO_H_SUB (finfo, 1);

  if (GST_VIDEO_FORMAT_INFO_HAS_PALETTE (finfo))
    return 52;
  if (GST_VIDEO_FORMAT_INFO_IS_YUV (finfo))
    bound += 1.5f + 60.f * ((1 << x) - 1) / width
        + 60.f * ((1 << y) - 1) / height;
  return bound;
}

static const struct
{
  guint width, height;
} sizes[] = {{64, 48}, {37, 29}, {5, 3}, {2, 2}, {1, 1}, {1280, 720}};

static const gchar *const colours[] = {"bt601", "bt709", "1:4:0:0", "bt2020"};

/* NULL: the format's own. */
static void
check_picture (const GstVideoFormatInfo *finfo, guint width, guint height,
    const gchar *colour)
{
  gboolean grey = GST_VIDEO_FORMAT_INFO_IS_GRAY (finfo);
  g_autofree gfloat *want = NULL, *got = NULL;
  GstBuffer *rgb, *other;
  GstVideoInfo from, to;

  gst_video_info_set_format (&from, GST_VIDEO_FORMAT_ARGB, width, height);
  gst_video_info_set_format (&to, GST_VIDEO_FORMAT_INFO_FORMAT (finfo), width,
      height);
  if (colour)
    fail_unless (gst_video_colorimetry_from_string (&to.colorimetry, colour));
  from.colorimetry.transfer = to.colorimetry.transfer;
  from.colorimetry.primaries = to.colorimetry.primaries;
  rgb = paint (&from, grey);
  other = convert (rgb, &from, &to);
  want = see (rgb, &from, MN_FIT_STRETCH);
  got = see (other, &to, MN_FIT_STRETCH);
  check_near (got, want, bound_for (finfo, width, height), &to,
      colour ? colour : "as RGB");
  gst_buffer_unref (rgb);
  gst_buffer_unref (other);
}

/* What GStreamer writes at the end of an odd row of these has V and U
 * exchanged, and some tiles it writes only as a whole. */
static gboolean
converts_well (const GstVideoFormatInfo *finfo, guint width)
{
  GstVideoFormat format = GST_VIDEO_FORMAT_INFO_FORMAT (finfo);

  if (format == GST_VIDEO_FORMAT_NV61 || format == GST_VIDEO_FORMAT_VYUY)
    return width % 2 == 0;
  return !GST_VIDEO_FORMAT_INFO_IS_TILED (finfo)
      || width % MAX (finfo->tile_info[0].width, 1) == 0;
}

GST_START_TEST (test_as_rgb)
{
  GstVideoFormat format = GST_VIDEO_FORMAT_UNKNOWN;
  const GstVideoFormatInfo *finfo;
  guint i, n = 0;

  while ((finfo = test_next_format (&format))) {
    for (i = 0; i < G_N_ELEMENTS (sizes); i++) {
      if (!converts_well (finfo, sizes[i].width))
        continue;
      if (sizes[i].width < 1000 || format % 16 == 1)
        check_picture (finfo, sizes[i].width, sizes[i].height, NULL);
    }
    for (i = 0;
        GST_VIDEO_FORMAT_INFO_IS_YUV (finfo) && i < G_N_ELEMENTS (colours); i++)
      check_picture (finfo, 64, 48, colours[i]);
    n++;
  }
  fail_unless (n > 100, "%u formats", n);
}

GST_END_TEST;

/* ---- elsewhere in memory ---------------------------------------------- */

/* Rows of a plane as they lie by default. */
static guint
plane_rows (const GstVideoInfo *info, guint plane, gsize *bytes)
{
  const GstVideoFormatInfo *finfo = info->finfo;
  guint c = 0;

  *bytes = info->stride[plane];
  if (plane == 1 && GST_VIDEO_FORMAT_INFO_HAS_PALETTE (finfo)) {
    *bytes = 256 * 4;
    return 1;
  }
  while (GST_VIDEO_FORMAT_INFO_PLANE (finfo, c) != plane)
    c++;
  return GST_VIDEO_FORMAT_INFO_SCALE_HEIGHT (finfo, c,
      GST_VIDEO_INFO_HEIGHT (info));
}

/* The same picture, each plane in a memory of its own, upside down or not. */
static GstBuffer *
scatter (GstBuffer *buffer, const GstVideoInfo *info, gboolean up)
{
  GstBuffer *result = gst_buffer_new ();
  gsize offset[GST_VIDEO_MAX_PLANES] =
      {
        0,
      },
        total = 0, bytes;
  gint stride[GST_VIDEO_MAX_PLANES] = {
    0,
  };
  GstVideoFrame frame;
  guint i, y;

  fail_unless (gst_video_frame_map (&frame, info, buffer, GST_MAP_READ));
  for (i = 0; i < GST_VIDEO_INFO_N_PLANES (info); i++) {
    guint rows = plane_rows (info, i, &bytes);
    gsize pitch = bytes + 24, size = rows * pitch;
    guint8 *data = g_malloc0 (size);

    offset[i] = up ? (rows - 1) * pitch : 0;
    stride[i] = up ? -(gint) pitch : (gint) pitch;
    for (y = 0; y < rows; y++)
      memcpy (data + offset[i] + (gssize) y * stride[i],
          (guint8 *) frame.data[i] + y * bytes, bytes);
    gst_buffer_append_memory (result,
        gst_memory_new_wrapped (0, data, size, 0, size, data, g_free));
    offset[i] += total;
    total += size;
  }
  gst_video_frame_unmap (&frame);
  gst_buffer_add_video_meta_full (result, GST_VIDEO_FRAME_FLAG_NONE,
      GST_VIDEO_INFO_FORMAT (info), GST_VIDEO_INFO_WIDTH (info),
      GST_VIDEO_INFO_HEIGHT (info), GST_VIDEO_INFO_N_PLANES (info), offset,
      stride);
  return result;
}

GST_START_TEST (test_strides)
{
  GstVideoFormat format = GST_VIDEO_FORMAT_UNKNOWN;
  const GstVideoFormatInfo *finfo;
  guint i;

  while ((finfo = test_next_format (&format))) {
    for (i = 0; i < 2 * (G_N_ELEMENTS (sizes) - 1); i++) {
      g_autofree gfloat *want = NULL, *got = NULL;
      GstBuffer *plain, *other;
      GstVideoInfo info;

      if (GST_VIDEO_FORMAT_INFO_IS_TILED (finfo))
        continue;
      gst_video_info_set_format (&info, format, sizes[i / 2].width,
          sizes[i / 2].height);
      plain = test_noise_new (&info);
      other = scatter (plain, &info, i % 2);
      want = see (plain, &info, MN_FIT_CROP);
      got = see (other, &info, MN_FIT_CROP);
      check_near (got, want, 1e-3f, &info, "strides");
      gst_buffer_unref (plain);
      gst_buffer_unref (other);
    }
  }
}

GST_END_TEST;

/* Field 0 or 1 of a picture as a picture of its own. */
static GstBuffer *
take_field (GstBuffer *buffer, const GstVideoInfo *info, guint field,
    GstVideoInfo *half)
{
  GstVideoFrame from, to;
  GstBuffer *result;
  gsize bytes;
  guint p, y;

  gst_video_info_set_format (half, GST_VIDEO_INFO_FORMAT (info),
      GST_VIDEO_INFO_WIDTH (info), GST_VIDEO_INFO_HEIGHT (info) / 2);
  half->colorimetry = info->colorimetry;
  half->chroma_site = info->chroma_site;
  result = gst_buffer_new_allocate (NULL, half->size, NULL);
  fail_unless (gst_video_frame_map (&from, info, buffer, GST_MAP_READ));
  fail_unless (gst_video_frame_map (&to, half, result, GST_MAP_WRITE));
  for (p = 0; p < GST_VIDEO_INFO_N_PLANES (info); p++) {
    guint rows = plane_rows (half, p, &bytes);

    for (y = 0; y < rows; y++)
      memcpy ((guint8 *) to.data[p] + y * bytes,
          (guint8 *) from.data[p] + (rows == 1 ? 0 : (2 * y + field) * bytes),
          bytes);
  }
  gst_video_frame_unmap (&from);
  gst_video_frame_unmap (&to);
  return result;
}

GST_START_TEST (test_fields)
{
  GstVideoFormat format = GST_VIDEO_FORMAT_UNKNOWN;
  const GstVideoFormatInfo *finfo;
  guint i;

  while ((finfo = test_next_format (&format))) {
    for (i = 0; i < 2; i++) {
      g_autofree gfloat *want = NULL, *got = NULL;
      GstVideoInfo info, half;
      GstBuffer *both, *field;

      if (GST_VIDEO_FORMAT_INFO_IS_TILED (finfo))
        continue;
      gst_video_info_set_format (&info, format, 38, 32);
      both = test_noise_new (&info);
      field = take_field (both, &info, i, &half);
      want = see (field, &half, MN_FIT_STRETCH);
      info.interlace_mode = GST_VIDEO_INTERLACE_MODE_INTERLEAVED;
      if (i == 1)
        GST_BUFFER_FLAG_SET (both, GST_VIDEO_BUFFER_FLAG_BOTTOM_FIELD);
      got = see (both, &info, MN_FIT_STRETCH);
      check_near (got, want, 1e-3f, &info, i ? "bottom" : "top");
      gst_buffer_unref (both);
      gst_buffer_unref (field);
    }
  }
}

GST_END_TEST;

/* What is not unpacked does not matter. */
GST_START_TEST (test_parts)
{
  static const MnRect parts[] = {
    {0, 0, 0, 0}, {7, 5, 21, 11}, {40, 30, 57, 31}, {96, 60, 1, 1}};
  GstVideoFormat format = GST_VIDEO_FORMAT_UNKNOWN;
  const GstVideoFormatInfo *finfo;
  guint i;

  while ((finfo = test_next_format (&format))) {
    for (i = 0; i < G_N_ELEMENTS (parts); i++) {
      g_autofree gfloat *want = NULL, *got = NULL;
      GstVideoInfo info;
      GstBuffer *buffer;

      gst_video_info_set_format (&info, format, 97, 61);
      buffer = test_noise_new (&info);
      want = see_part (buffer, &info, MN_FIT_CROP, parts[i], TRUE);
      got = see_part (buffer, &info, MN_FIT_CROP, parts[i], FALSE);
      check_near (got, want, 0, &info, "a part");
      gst_buffer_unref (buffer);
    }
  }
}

GST_END_TEST;

/* The last pair of an odd row is one like the others. */
GST_START_TEST (test_last_pair)
{
  static const guint8 pair[4] = {200, 90, 40, 90}; /* V Y U Y */
  g_autofree gfloat *got = NULL;
  GstVideoInfo info;
  GstBuffer *buffer;
  guint i, c;

  gst_video_info_set_format (&info, GST_VIDEO_FORMAT_VYUY, 5, 3);
  buffer = gst_buffer_new_allocate (NULL, info.size, NULL);
  for (i = 0; i < info.size; i += 4)
    gst_buffer_fill (buffer, i, pair, 4);
  got = see (buffer, &info, MN_FIT_STRETCH);
  fail_unless (got != NULL);
  for (i = 1; i < SIDE * SIDE; i++) {
    for (c = 0; c < 3; c++)
      fail_unless (fabsf (got[3 * i + c] - got[c]) < 1e-2f);
  }
  gst_buffer_unref (buffer);
}

GST_END_TEST;

/* ---- sizes ------------------------------------------------------------- */

/* Nothing behind the frame is read: there is no memory. */
GST_START_TEST (test_end)
{
  GstVideoFormat format = GST_VIDEO_FORMAT_UNKNOWN;
  gsize i;

  while (test_next_format (&format)) {
    for (i = 0; i < G_N_ELEMENTS (sizes) - 1; i++) {
      GstBuffer *buffer = gst_buffer_new ();
      g_autofree gfloat *got = NULL;
      GstVideoInfo info;
      GstMemory *memory;

      gst_video_info_set_format (&info, format, sizes[i].width,
          sizes[i].height);
      /* Aligned, so its last bytes are up to 15 in front of the end. */
      memory = test_guarded_new ((info.size + 15) / 16 * 16);
      gst_memory_resize (memory, 0, info.size);
      gst_buffer_append_memory (buffer, memory);
      got = see (buffer, &info, MN_FIT_LETTERBOX);
      fail_unless (got != NULL);
      gst_buffer_unref (buffer);
    }
  }
}

GST_END_TEST;

/* Planes that end early, and rows that overlap, are refused. */
GST_START_TEST (test_short_planes)
{
  GstVideoFormat format = GST_VIDEO_FORMAT_UNKNOWN;
  const GstVideoFormatInfo *finfo;
  guint i;

  while ((finfo = test_next_format (&format))) {
    GstVideoInfo info;

    gst_video_info_set_format (&info, format, 38, 32);
    for (i = 0; i < 2 * GST_VIDEO_INFO_N_PLANES (&info); i++) {
      gint stride[GST_VIDEO_MAX_PLANES];
      gboolean palette = i / 2 == 1
          && GST_VIDEO_FORMAT_INFO_HAS_PALETTE (finfo);
      GstBuffer *buffer = test_noise_new (&info);
      gsize offset[GST_VIDEO_MAX_PLANES];
      MnFrameDesc desc;
      gfloat *got;

      fail_unless (gst_mobilenet_frame_desc_init (&desc, &info));
      memcpy (offset, info.offset, sizeof offset);
      memcpy (stride, info.stride, sizeof stride);
      /* Alpha may be missing. */
      if (i / 2 >= mn_format_n_planes (desc.format)
          && GST_VIDEO_FORMAT_INFO_N_COMPONENTS (finfo) == 4) {
        gst_buffer_unref (buffer);
        continue;
      }
      if (i % 2)
        offset[i / 2] = info.size - 64;
      else if (GST_VIDEO_FORMAT_INFO_IS_TILED (finfo))
        stride[i / 2] = 0;
      else
        stride[i / 2] = palette ? stride[1] : 8;
      gst_buffer_add_video_meta_full (buffer, GST_VIDEO_FRAME_FLAG_NONE, format,
          38, 32, GST_VIDEO_INFO_N_PLANES (&info), offset, stride);
      got = see (buffer, &info, MN_FIT_CROP);
      fail_unless (got == NULL || (palette && i % 2 == 0),
          "%s: plane %u, case %u", GST_VIDEO_INFO_NAME (&info), i / 2, i % 2);
      g_free (got);
      gst_buffer_unref (buffer);
    }
  }
}

GST_END_TEST;

static Suite *
mobilenet_formats_suite (void)
{
  Suite *suite = suite_create ("mobilenet-formats");
  TCase *tc = tcase_create ("formats");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, test_setup_random, test_teardown_random);
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_as_rgb);
  tcase_add_test (tc, test_strides);
  tcase_add_test (tc, test_fields);
  tcase_add_test (tc, test_parts);
  tcase_add_test (tc, test_last_pair);
  tcase_add_test (tc, test_end);
  tcase_add_test (tc, test_short_planes);
  return suite;
}

GST_CHECK_MAIN (mobilenet_formats);
