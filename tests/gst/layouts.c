/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How frames may lie in buffers: strides, offsets, planes in memories of
 * their own, tiles, fields, turns, DMABufs. What the engine makes of such a
 * buffer is held to what it makes of the same picture in a plain one. */

#include "tests/gst/randomutil.h"
#include "tests/gst/seeutil.h"
#include "tests/gst/testutil.h"

#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <gst/allocators/gstdmabuf.h>

#include "gst/video/frame.h"

/* ---- pictures -------------------------------------------------------- */

static gfloat *
see (GstBuffer *buffer, const GstVideoInfo *info)
{
  return test_see (buffer, info, MN_ORIENT_0);
}

static GstBuffer *
noise_new (const GstVideoInfo *info)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (info),
      NULL);
  GstMapInfo map;
  gsize i;

  gst_buffer_map (buffer, &map, GST_MAP_WRITE);
  for (i = 0; i < map.size; i++)
    map.data[i] = g_rand_int (test_rand) >> 24;
  gst_buffer_unmap (buffer, &map);
  return buffer;
}

/* ---- strides --------------------------------------------------------- */

static const GstVideoFormat formats[] = {GST_VIDEO_FORMAT_NV12,
  GST_VIDEO_FORMAT_NV21, GST_VIDEO_FORMAT_I420, GST_VIDEO_FORMAT_YV12,
  GST_VIDEO_FORMAT_YUY2, GST_VIDEO_FORMAT_RGB, GST_VIDEO_FORMAT_BGRx,
  GST_VIDEO_FORMAT_GRAY8, GST_VIDEO_FORMAT_NV16, GST_VIDEO_FORMAT_NV24,
  GST_VIDEO_FORMAT_Y42B, GST_VIDEO_FORMAT_Y444, GST_VIDEO_FORMAT_P010_10LE,
  GST_VIDEO_FORMAT_I420_10LE, GST_VIDEO_FORMAT_I422_10LE,
  GST_VIDEO_FORMAT_GRAY16_LE};

static const struct
{
  guint width, height;
} sizes[] = {{16, 16}, {17, 13}, {1, 1}, {3, 2}, {130, 71}, {641, 479}};

/* Rows and bytes of a row of a plane. */
static gsize
plane_shape (const GstVideoInfo *info, guint p, guint *rows)
{
  const GstVideoFormatInfo *finfo = info->finfo;
  gsize bytes = 0;
  guint c;

  for (c = 0; c < GST_VIDEO_FORMAT_INFO_N_COMPONENTS (finfo); c++) {
    if (GST_VIDEO_FORMAT_INFO_PLANE (finfo, c) != p)
      continue;
    *rows = GST_VIDEO_FORMAT_INFO_SCALE_HEIGHT (finfo, c,
        GST_VIDEO_INFO_HEIGHT (info));
    bytes = MAX (bytes,
        (gsize) GST_VIDEO_FORMAT_INFO_SCALE_WIDTH (finfo, c,
            GST_VIDEO_INFO_WIDTH (info))
            * GST_VIDEO_FORMAT_INFO_PSTRIDE (finfo, c));
  }
  /* Both pixels of the last pair share their colours. */
  if (GST_VIDEO_FORMAT_INFO_W_SUB (finfo, 1) && info->finfo->n_planes == 1)
    bytes = (bytes + 3) / 4 * 4;
  return bytes;
}

/* A plane with some stride, in either direction, in a memory of just the
 * size; *offset: of its first row there. */
static GstMemory *
copy_plane (const GstVideoFrame *frame, guint p, gint *stride, gsize *offset)
{
  guint rows = 1, y;
  gsize bytes = plane_shape (&frame->info, p, &rows);
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

    gst_video_info_set_format (&info, formats[__i__], sizes[i].width,
        sizes[i].height);
    plain = noise_new (&info);
    other = scatter (plain, &info);
    want = see (plain, &info);
    got = see (other, &info);
    test_check_seen (got, want, gst_video_format_to_string (formats[__i__]));
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
    buffer = noise_new (&info);
    other = untile (buffer, &info, &plain);
    want = see (other, &plain);
    got = see (buffer, &info);
    test_check_seen (got, want, gst_video_format_to_string (tiled[__i__]));
    gst_buffer_unref (buffer);
    gst_buffer_unref (other);
  }
}

GST_END_TEST;

/* ---- fields ---------------------------------------------------------- */

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
    gsize bytes = plane_shape (half, p, &rows);

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
  g_autofree gfloat *got = see (buffer, info);

  test_check_seen (got, want, what);
}

/* Frames of two fields in turns: which rows are taken. */
GST_START_TEST (test_interleaved)
{
  g_autofree gfloat *whole = NULL, *top = NULL, *bottom = NULL;
  GstBuffer *fields[2], *buffer;
  GstVideoInfo info, half;

  gst_video_info_set_format (&info, formats[__i__], 50, 36);
  info.colorimetry.range = GST_VIDEO_COLOR_RANGE_0_255;
  buffer = noise_new (&info);
  whole = see (buffer, &info);
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

  gst_video_info_set_interlaced_format (&info, formats[__i__],
      GST_VIDEO_INTERLACE_MODE_ALTERNATE, 50, 32);
  gst_video_info_set_format (&half, formats[__i__], 50, 16);
  half.par_d = 2;
  fail_unless (half.size == info.size);
  info.colorimetry = half.colorimetry;
  info.chroma_site = half.chroma_site;
  field = noise_new (&half);
  want = see (field, &half);
  GST_BUFFER_FLAG_SET (field, GST_VIDEO_BUFFER_FLAG_TOP_FIELD);
  check_field (field, &info, want, "alternate");

  both = gst_buffer_append (noise_new (&half), gst_buffer_ref (field));
  for (i = 0; i < GST_VIDEO_MAX_PLANES; i++)
    offset[i] = half.offset[i] + half.size;
  meta = gst_buffer_add_video_meta_full (both, GST_VIDEO_FRAME_FLAG_NONE,
      formats[__i__], 50, 16, GST_VIDEO_INFO_N_PLANES (&half), offset,
      half.stride);
  meta->id = 0;
  meta = gst_buffer_add_video_meta_full (both, GST_VIDEO_FRAME_FLAG_NONE,
      formats[__i__], 50, 16, GST_VIDEO_INFO_N_PLANES (&half), half.offset,
      half.stride);
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

    gst_video_info_set_format (&info, formats[__i__], 18, height);
    info.interlace_mode = GST_VIDEO_INTERLACE_MODE_INTERLEAVED;
    buffer = noise_new (&info);
    got = see (buffer, &info);
    fail_unless (got != NULL);
    g_free (got);
    GST_BUFFER_FLAG_SET (buffer, GST_VIDEO_BUFFER_FLAG_BOTTOM_FIELD);
    got = see (buffer, &info);
    fail_unless (got != NULL);
    g_free (got);
    gst_buffer_set_size (buffer, info.size - 1);
    got = see (buffer, &info);
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
    GstBuffer *buffer = noise_new (&info);

    want = test_see (buffer, &info, turns[i].orientation);
    add_turn (buffer, i);
    got = see (buffer, &info);
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

/* ---- allocation ------------------------------------------------------ */

/* What an element behind answers. */
typedef struct
{
  gboolean video_meta;
  GstBufferPool *pool;
} Downstream;

static GstPadProbeReturn
answer (GstPad *pad, GstPadProbeInfo *probe, gpointer data)
{
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (probe);
  Downstream *d = data;

  if (GST_QUERY_TYPE (query) != GST_QUERY_ALLOCATION)
    return GST_PAD_PROBE_OK;
  if (d->video_meta)
    gst_query_add_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL);
  if (d->pool)
    gst_query_add_allocation_pool (query, d->pool, 12345, 3, 4);
  return GST_PAD_PROBE_HANDLED;
}

static GstQuery *
ask (Downstream *d, const gchar *text)
{
  GstBus *bus;
  GstHarness *h = test_harness_new (test_element_new (&bus));
  GstCaps *caps = gst_caps_from_string (text);
  GstQuery *query = gst_query_new_allocation (caps, TRUE);

  gst_pad_add_probe (h->sinkpad, GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM, answer, d,
      NULL);
  gst_harness_set_src_caps (h, caps);
  fail_unless (gst_pad_peer_query (h->srcpad, query));
  test_close (h, bus);
  return query;
}

/* Downstream's own pool is the only one. */
GST_START_TEST (test_downstream_pool)
{
  Downstream d = {TRUE, gst_buffer_pool_new ()};
  GstQuery *query = ask (&d, RGB_CAPS);
  GstBufferPool *pool;
  guint size, min, max;

  fail_unless_equals_int (gst_query_get_n_allocation_pools (query), 1);
  gst_query_parse_nth_allocation_pool (query, 0, &pool, &size, &min, &max);
  fail_unless (pool == d.pool && size == 12345 && min == 3 && max == 4);
  fail_unless_equals_int (gst_query_get_n_allocation_params (query), 0);
  gst_object_unref (pool);
  gst_object_unref (d.pool);
  gst_query_unref (query);
}

GST_END_TEST;

/* Ours: aligned memory; aligned rows where downstream reads strides. */
GST_START_TEST (test_own_pool)
{
  guint strides;

  for (strides = 0; strides < 2; strides++) {
    Downstream d = {strides, NULL};
    g_autofree gchar *text = test_caps ("I420", 50, 37);
    GstQuery *query = ask (&d, text);
    GstAllocationParams params;
    GstBufferPool *pool;
    GstBuffer *buffer;
    GstVideoMeta *meta;
    GstMapInfo map;
    guint size, i;

    fail_unless_equals_int (gst_query_get_n_allocation_pools (query), 1);
    gst_query_parse_nth_allocation_param (query, 0, NULL, &params);
    fail_unless_equals_int (params.align, 63);
    gst_query_parse_nth_allocation_pool (query, 0, &pool, &size, NULL, NULL);
    fail_unless (gst_buffer_pool_set_active (pool, TRUE));
    fail_unless_equals_int (gst_buffer_pool_acquire_buffer (pool, &buffer,
                                NULL),
        GST_FLOW_OK);
    fail_unless (gst_buffer_get_size (buffer) <= size);
    gst_buffer_map (buffer, &map, GST_MAP_READ);
    fail_unless_equals_int ((gsize) map.data % 64, 0);
    gst_buffer_unmap (buffer, &map);
    meta = gst_buffer_get_video_meta (buffer);
    fail_unless_equals_int (meta != NULL, strides);
    for (i = 0; meta && i < 3; i++)
      fail_unless_equals_int (meta->stride[i] % 64, 0);
    gst_buffer_unref (buffer);
    gst_buffer_pool_set_active (pool, FALSE);
    gst_object_unref (pool);
    gst_query_unref (query);
  }
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
  plain = noise_new (&info);
  gst_buffer_map (plain, &map, GST_MAP_READ);
  fail_unless (write (fd, map.data, map.size) == (gssize) map.size);
  gst_buffer_unmap (plain, &map);
  gst_buffer_append_memory (buffer,
      gst_dmabuf_allocator_alloc (allocator, fd, info.size));
  fail_unless (gst_is_dmabuf_memory (gst_buffer_peek_memory (buffer, 0)));
  want = see (plain, &info);
  got = see (buffer, &info);
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
  tcase_add_loop_test (tc, test_scattered, 0, G_N_ELEMENTS (formats));
  tcase_add_loop_test (tc, test_tiled, 0, G_N_ELEMENTS (tiled));
  tcase_add_loop_test (tc, test_interleaved, 0, G_N_ELEMENTS (formats));
  tcase_add_loop_test (tc, test_separate_fields, 0, G_N_ELEMENTS (formats));
  tcase_add_loop_test (tc, test_short_fields, 0, G_N_ELEMENTS (formats));
  tcase_add_test (tc, test_field_crop);
  tcase_add_test (tc, test_turned);
  tcase_add_test (tc, test_turn_and_tag);
  tcase_add_test (tc, test_odd_matrices);
  tcase_add_test (tc, test_downstream_pool);
  tcase_add_test (tc, test_own_pool);
  tcase_add_test (tc, test_dmabuf);
#if GST_CHECK_VERSION(1, 24, 0)
  tcase_add_test (tc, test_drm_caps);
#endif
  return suite;
}

GST_CHECK_MAIN (mobilenet_layouts);
