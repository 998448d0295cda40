/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/video/desc.h"

#include <math.h>
#include <string.h>

#include "gst/video/formats.h"

gboolean
gst_mobilenet_caps_are_external (const GstCaps *caps)
{
  const GstStructure *s = gst_caps_get_size (caps) > 0
      ? gst_caps_get_structure (caps, 0)
      : NULL;

  return s
      && gst_caps_features_contains (gst_caps_get_features (caps, 0),
          GST_MOBILENET_FEATURE_GL)
      && !g_strcmp0 (gst_structure_get_string (s, "texture-target"),
          "external-oes");
}

gboolean
gst_mobilenet_video_info_from_caps (GstVideoInfo *info, const GstCaps *caps)
{
#if GST_CHECK_VERSION(1, 24, 0)
  GstVideoInfoDmaDrm drm;

  if (gst_video_is_dma_drm_caps (caps))
    return gst_video_info_dma_drm_from_caps (&drm, caps)
        && drm.drm_modifier == 0
        && gst_video_info_dma_drm_to_video_info (&drm, info);
#endif
  return !gst_mobilenet_caps_are_external (caps)
      && gst_video_info_from_caps (info, caps);
}

static MnMatrix
get_matrix (const GstVideoInfo *info)
{
  switch (info->colorimetry.matrix) {
    case GST_VIDEO_COLOR_MATRIX_BT709:
      return MN_MATRIX_BT709;
    case GST_VIDEO_COLOR_MATRIX_BT601:
      return MN_MATRIX_BT601;
    case GST_VIDEO_COLOR_MATRIX_BT2020:
      return MN_MATRIX_BT2020;
    case GST_VIDEO_COLOR_MATRIX_FCC:
      return MN_MATRIX_FCC;
    case GST_VIDEO_COLOR_MATRIX_SMPTE240M:
      return MN_MATRIX_SMPTE240M;
    default:
      return info->height > 576 ? MN_MATRIX_BT709 : MN_MATRIX_BT601;
  }
}

static gboolean
is_full_range (const GstVideoInfo *info)
{
  switch (info->colorimetry.range) {
    case GST_VIDEO_COLOR_RANGE_0_255:
      return TRUE;
    case GST_VIDEO_COLOR_RANGE_16_235:
      return FALSE;
    default:
      return !GST_VIDEO_INFO_IS_YUV (info);
  }
}

static guint
get_chroma_site (const GstVideoInfo *info, gboolean full_range)
{
  GstVideoChromaSite site = GST_VIDEO_INFO_CHROMA_SITE (info);
  guint flags = MN_SITE_CENTRE;

  if (site == GST_VIDEO_CHROMA_SITE_UNKNOWN)
    return full_range ? MN_SITE_CENTRE : MN_SITE_H_COSITED;
  if (site & GST_VIDEO_CHROMA_SITE_H_COSITED)
    flags |= MN_SITE_H_COSITED;
  if (site & GST_VIDEO_CHROMA_SITE_V_COSITED)
    flags |= MN_SITE_V_COSITED;
  return flags;
}

gboolean
gst_mobilenet_frame_desc_init (MnFrameDesc *desc, const GstVideoInfo *info)
{
  const GstMobilenetLayout *layout;

  memset (desc, 0, sizeof (*desc));
  if (!gst_mobilenet_format_find (info->finfo, &desc->format, &layout))
    return FALSE;
  desc->width = GST_VIDEO_INFO_WIDTH (info);
  desc->height = GST_VIDEO_INFO_HEIGHT (info);
  desc->matrix = get_matrix (info);
  desc->full_range = is_full_range (info);
  desc->chroma_site = get_chroma_site (info, desc->full_range);
  desc->par_n = MAX (GST_VIDEO_INFO_PAR_N (info), 0);
  desc->par_d = MAX (GST_VIDEO_INFO_PAR_D (info), 0);
  desc->orientation = MN_ORIENT_0;
  return TRUE;
}

/* ---- orientation ----------------------------------------------------- */

MnOrientation
gst_mobilenet_orientation (GstVideoOrientationMethod method)
{
  switch (method) {
    case GST_VIDEO_ORIENTATION_90R:
      return MN_ORIENT_90;
    case GST_VIDEO_ORIENTATION_180:
      return MN_ORIENT_180;
    case GST_VIDEO_ORIENTATION_90L:
      return MN_ORIENT_270;
    case GST_VIDEO_ORIENTATION_HORIZ:
      return MN_ORIENT_MIRROR;
    case GST_VIDEO_ORIENTATION_VERT:
      return MN_ORIENT_FLIP;
    case GST_VIDEO_ORIENTATION_UL_LR:
      return MN_ORIENT_TRANSPOSE;
    case GST_VIDEO_ORIENTATION_UR_LL:
      return MN_ORIENT_ANTITRANSPOSE;
    default:
      return MN_ORIENT_0;
  }
}

/* What each orientation does to a vector, y down: columns are where x and y
 * go. */
static const gint turns[][4] = {
  [MN_ORIENT_0] = {1, 0, 0, 1},
  [MN_ORIENT_MIRROR] = {-1, 0, 0, 1},
  [MN_ORIENT_180] = {-1, 0, 0, -1},
  [MN_ORIENT_FLIP] = {1, 0, 0, -1},
  [MN_ORIENT_TRANSPOSE] = {0, 1, 1, 0},
  [MN_ORIENT_90] = {0, 1, -1, 0},
  [MN_ORIENT_ANTITRANSPOSE] = {0, -1, -1, 0},
  [MN_ORIENT_270] = {0, -1, 1, 0},
};

/* Cameras' matrices cut off a few pixels, which is a scale just below 1. */
#define NEARLY 0.05f

static gboolean
find_turn (const gfloat m[4], MnOrientation *orientation)
{
  guint o, i;

  for (o = 0; o < G_N_ELEMENTS (turns); o++) {
    for (i = 0; i < 4 && fabsf (m[i] - turns[o][i]) <= NEARLY; i++)
      ;
    if (i == 4) {
      *orientation = o;
      return TRUE;
    }
  }
  return FALSE;
}

/* First a, then b. */
static MnOrientation
combine (MnOrientation a, MnOrientation b)
{
  const gint *m = turns[a], *n = turns[b];
  gfloat both[4] = {n[0] * m[0] + n[2] * m[1], n[1] * m[0] + n[3] * m[1],
    n[0] * m[2] + n[2] * m[3], n[1] * m[2] + n[3] * m[3]};
  MnOrientation result = MN_ORIENT_0;

  find_turn (both, &result);
  return result;
}

/* The matrix says where the picture's points are to be seen, its y goes up.
 * What is no turn by quarters and no reflection is left alone. */
static MnOrientation
get_orientation (GstBuffer *buffer)
{
  GstVideoAffineTransformationMeta
      *meta = gst_buffer_get_video_affine_transformation_meta (buffer);
  MnOrientation orientation = MN_ORIENT_0;

  if (meta) {
    const gfloat *m = meta->matrix;
    gfloat turn[4] = {m[0], -m[1], -m[4], m[5]};

    find_turn (turn, &orientation);
  }
  return orientation;
}

/* ---- the visible part ------------------------------------------------- */

/* Where a GstVideoCropMeta is, a GstVideoMeta tells the size of the whole that
 * it is a part of. Without one, the rows beyond caps are padding only. */
static void
get_whole (GstBuffer *buffer, const GstVideoInfo *info, gboolean is_cropped,
    guint *width, guint *height)
{
  GstVideoMeta *meta = gst_buffer_get_video_meta (buffer);

  *width = GST_VIDEO_INFO_WIDTH (info);
  *height = GST_VIDEO_INFO_HEIGHT (info);
  if (!is_cropped || !meta)
    return;
  *width = MIN (meta->width, G_MAXINT);
  *height = MIN (meta->height, G_MAXINT);
}

gboolean
gst_mobilenet_buffer_get_visible (GstBuffer *buffer, const GstVideoInfo *info,
    guint *width, guint *height, MnRect *visible)
{
  GstVideoCropMeta *meta = gst_buffer_get_video_crop_meta (buffer);
  gboolean is_cropped = meta && meta->width > 0 && meta->height > 0;

  get_whole (buffer, info, is_cropped, width, height);
  *visible = (MnRect) {0, 0, *width, *height};
  if (!is_cropped)
    return TRUE;
  if (meta->x >= *width || meta->y >= *height)
    return FALSE;
  visible->x = meta->x;
  visible->y = meta->y;
  visible->width = MIN (meta->width, *width - meta->x);
  visible->height = MIN (meta->height, *height - meta->y);
  return TRUE;
}

/* ---- fields ---------------------------------------------------------- */

GstMobilenetField
gst_mobilenet_buffer_get_field (GstBuffer *buffer, const GstVideoInfo *info)
{
  GstVideoInterlaceMode mode = GST_VIDEO_INFO_INTERLACE_MODE (info);
  guint width, height;
  MnRect visible;

  if (mode == GST_VIDEO_INTERLACE_MODE_ALTERNATE)
    return GST_MOBILENET_FIELD_ALONE;
  if (mode == GST_VIDEO_INTERLACE_MODE_FIELDS)
    return GST_MOBILENET_FIELD_FIRST;
  /* Rows of tiles cannot be told apart by a stride. */
  if (mode == GST_VIDEO_INTERLACE_MODE_PROGRESSIVE
      || GST_VIDEO_FORMAT_INFO_IS_TILED (info->finfo)
      || (mode == GST_VIDEO_INTERLACE_MODE_MIXED
          && !GST_BUFFER_FLAG_IS_SET (buffer,
              GST_VIDEO_BUFFER_FLAG_INTERLACED)))
    return GST_MOBILENET_FIELD_NONE;
  /* Only whole pairs of chroma rows have the second half of them. */
  gst_mobilenet_buffer_get_visible (buffer, info, &width, &height, &visible);
  if (GST_VIDEO_BUFFER_IS_BOTTOM_FIELD (buffer)
      && height % (2 << MAX (1, GST_VIDEO_FORMAT_INFO_H_SUB (info->finfo, 1)))
          == 0)
    return GST_MOBILENET_FIELD_BOTTOM;
  return GST_MOBILENET_FIELD_TOP;
}

/* ---- buffers --------------------------------------------------------- */

MnRect
gst_mobilenet_rect_in_field (MnRect rect)
{
  gint end = (rect.y + rect.height + 1) / 2;

  rect.y /= 2;
  rect.height = rect.height > 0 ? end - rect.y : 0;
  return rect;
}

void
gst_mobilenet_frame_desc_set_buffer (MnFrameDesc *desc,
    const GstVideoInfo *info, GstBuffer *buffer, MnOrientation tagged)
{
  gst_mobilenet_buffer_get_visible (buffer, info, &desc->width, &desc->height,
      &desc->crop);
  if (desc->crop.width == (gint) desc->width
      && desc->crop.height == (gint) desc->height)
    memset (&desc->crop, 0, sizeof (desc->crop));
  desc->orientation = combine (get_orientation (buffer), tagged);
  desc->par_n = MAX (GST_VIDEO_INFO_PAR_N (info), 0);
  desc->par_d = MAX (GST_VIDEO_INFO_PAR_D (info), 0);
  if (gst_mobilenet_buffer_get_field (buffer, info) == GST_MOBILENET_FIELD_NONE)
    return;
  /* A field has every other row: its pixels are twice as tall. */
  desc->height = (desc->height + 1) / 2;
  if (desc->par_n == 0 || desc->par_d == 0 || desc->par_d > G_MAXINT / 2)
    desc->par_n = desc->par_d = 1;
  desc->par_d *= 2;
  desc->crop = gst_mobilenet_rect_in_field (desc->crop);
}
