/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/preprocess/preprocess.h"

#include "engine/preprocess/colour.h"
#include "engine/preprocess/formats.h"
#include "engine/preprocess/geometry.h"

#include <math.h>
#include <string.h>

#define MAX_SIZE 32768

/* The middle of the range: zero for networks that want -1..1, and near the
 * mean of pictures for the others. It is a value of the network's picture,
 * so it does not depend on the frame's format. */
#define MARGIN_PIXEL 127.5f

/* ---- checks ---------------------------------------------------------- */

static gboolean
check_source (const MnFrameDesc *desc, GError **error)
{
  const MnFormatInfo *format = mn_format_get_info (desc->format);
  const MnRect *crop = &desc->crop;
  gboolean turned = (guint) desc->orientation <= MN_ORIENT_270;
  gboolean coloured = format
      && (format->kind != MN_COLOUR_YUV
          || (guint) desc->matrix <= MN_MATRIX_SMPTE240M);

  if (!format || format->n_streams == 0) {
    g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
        "pictures of the format \"%s\" (%d) cannot be scaled",
        mn_format_name (desc->format), desc->format);
    return FALSE;
  }
  if (desc->width < 1 || desc->height < 1 || desc->width > MAX_SIZE
      || desc->height > MAX_SIZE) {
    g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
        "%s frames of %ux%u pixels: a side must be 1 to %d", format->name,
        desc->width, desc->height, MAX_SIZE);
    return FALSE;
  }
  if (crop->width != 0
      && (crop->x < 0 || crop->y < 0 || crop->width < 0 || crop->height < 1
          || crop->x >= (gint) desc->width || crop->y >= (gint) desc->height
          || crop->width > (gint) desc->width - crop->x
          || crop->height > (gint) desc->height - crop->y)) {
    g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
        "the visible part %dx%d at %d, %d is not inside the frame of %ux%u",
        crop->width, crop->height, crop->x, crop->y, desc->width, desc->height);
    return FALSE;
  }
  if (!turned || !coloured) {
    g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT, "%s frames: unknown %s %u",
        format->name, turned ? "colour matrix" : "orientation",
        turned ? (guint) desc->matrix : (guint) desc->orientation);
    return FALSE;
  }
  return TRUE;
}

static gboolean
check_output (const MnInput *input, guint width, guint height, guint channels,
    GError **error)
{
  if (width < 1 || height < 1 || width > MAX_SIZE || height > MAX_SIZE
      || (channels != 1 && channels != 3)) {
    g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED,
        "an input of %ux%u with %u channels is not a picture that frames "
        "can be scaled to",
        width, height, channels);
    return FALSE;
  }
  if ((guint) input->fit > MN_FIT_LETTERBOX) {
    g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT, "unknown fit %d",
        input->fit);
    return FALSE;
  }
  return TRUE;
}

/* ---- init ------------------------------------------------------------ */

static gboolean
init_scale (MnPreprocess *self, const gfloat *mean, const gfloat *std,
    const gfloat *scale_in, const gfloat *offset_in, GError **error)
{
  guint c;

  for (c = 0; c < self->out_channels; c++) {
    self->scale[c] = scale_in[c] / std[c];
    self->bias[c] = offset_in[c] - mean[c] * self->scale[c];
    self->fill[c] = MARGIN_PIXEL * self->scale[c] + self->bias[c];
    if (!isfinite (self->scale[c]) || !isfinite (self->bias[c])
        || !isfinite (self->fill[c])) {
      g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
          "channel %u cannot be normalised with mean %g and std %g", c, mean[c],
          std[c]);
      return FALSE;
    }
  }
  return TRUE;
}

/* Of what the source's crop shows. */
static void
init_axes (MnPreprocess *self)
{
  const MnFormatInfo *format = mn_format_get_info (self->source.format);
  MnInput input = {self->source, self->fit};
  guint site = self->source.chroma_site, n_columns, n_rows;
  MnGeometry g;

  mn_geometry_init (&g, &input, self->out_width, self->out_height);
  self->inner = g.inner;
  self->swap_axes = g.swap_axes;
  n_columns = g.swap_axes ? g.inner.height : g.inner.width;
  n_rows = g.swap_axes ? g.inner.width : g.inner.height;
  self->axes[MN_LUMA_COLUMNS] = mn_axis_luma (g.source.x, g.source.width,
      n_columns, g.mirror_columns);
  self->axes[MN_LUMA_ROWS] = mn_axis_luma (g.source.y, g.source.height, n_rows,
      g.mirror_rows);
  if (format->kind != MN_COLOUR_YUV)
    return;
  self->axes[MN_CHROMA_COLUMNS] = mn_axis_chroma (g.source.x, g.source.width,
      n_columns, g.mirror_columns, format->chroma_x_shift,
      site & MN_SITE_H_COSITED);
  self->axes[MN_CHROMA_ROWS] = mn_axis_chroma (g.source.y, g.source.height,
      n_rows, g.mirror_rows, format->chroma_y_shift, site & MN_SITE_V_COSITED);
}

gboolean
mn_preprocess_init (MnPreprocess *self, const MnInput *input, guint width,
    guint height, guint channels, const gfloat *mean, const gfloat *std,
    const gfloat *scale_in, const gfloat *offset_in, GError **error)
{
  memset (self, 0, sizeof (*self));
  if (!check_source (&input->source, error)
      || !check_output (input, width, height, channels, error))
    return FALSE;
  self->source = input->source;
  self->fit = input->fit;
  self->out_width = width;
  self->out_height = height;
  self->out_channels = channels;
  if (!init_scale (self, mean, std, scale_in, offset_in, error))
    return FALSE;
  init_axes (self);
  mn_colour_init (self->colour, &self->source);
  return TRUE;
}

gboolean
mn_preprocess_set_crop (MnPreprocess *self, const MnRect *crop, GError **error)
{
  MnFrameDesc source = self->source;

  source.crop = *crop;
  if (!check_source (&source, error))
    return FALSE;
  self->source = source;
  init_axes (self);
  return TRUE;
}

void
mn_preprocess_get_bounds (const MnPreprocess *self, MnPictureAxis axis,
    guint *n_samples, guint *n_out)
{
  const MnFormatInfo *format = mn_format_get_info (self->source.format);
  gboolean columns = axis == MN_LUMA_COLUMNS || axis == MN_CHROMA_COLUMNS;
  guint shift = axis == MN_CHROMA_COLUMNS ? format->chroma_x_shift
      : axis == MN_CHROMA_ROWS            ? format->chroma_y_shift
                                          : 0;

  *n_samples = *n_out = 0;
  if (self->axes[axis].n_out == 0)
    return;
  *n_samples = columns ? self->source.width : self->source.height;
  *n_samples = (*n_samples + (1u << shift) - 1) >> shift;
  *n_out = columns == self->swap_axes ? self->out_height : self->out_width;
}

/* ---- frames ---------------------------------------------------------- */

static gboolean
refuse_plane (const MnFrame *frame, guint i, GError **error)
{
  g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
      "plane %u of a %s frame of %ux%u is too small: stride %" G_GSSIZE_FORMAT
      ", %" G_GSIZE_FORMAT " bytes",
      i, mn_format_name (frame->desc.format), frame->desc.width,
      frame->desc.height, frame->planes[i].stride, frame->planes[i].size);
  return FALSE;
}

/* Whole tiles, and as many as the picture needs. */
static gboolean
check_tiles (const MnFrame *frame, guint i, const MnFormatInfo *format,
    GError **error)
{
  const MnPlane *plane = &frame->planes[i];
  const MnTiles *tiles = &format->tiles;
  gsize tile = (gsize) tiles->width * tiles->height, need;
  gsize row = mn_plane_row_bytes (&format->planes[i], frame->desc.width);
  gsize n_rows = mn_plane_n_rows (&format->planes[i], frame->desc.height);
  /* Pairs of tiles along the Z. */
  guint multiple = tiles->order == MN_TILES_Z ? 2 : 1;

  if (plane->stride < 1 || plane->stride % (multiple * tile) != 0
      || plane->stride / tiles->height < row
      || (gsize) plane->tile_rows * tiles->height < n_rows
      || !g_size_checked_mul (&need, plane->stride, plane->tile_rows)
      || need > plane->size || need > G_MAXSSIZE
      || (guintptr) plane->data > G_MAXSIZE - need)
    return refuse_plane (frame, i, error);
  return TRUE;
}

static gboolean
check_plane (const MnFrame *frame, guint i, const MnFormatInfo *format,
    GError **error)
{
  const MnPlaneLayout *layout = &format->planes[i];
  const MnPlane *plane = &frame->planes[i];
  guintptr data = (guintptr) plane->data;
  gsize below, need;

  if (frame->memory == MN_MEMORY_HOST && !plane->data) {
    g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
        "plane %u of a %s frame has no data", i,
        mn_format_name (frame->desc.format));
    return FALSE;
  }
  if (format->tiles.order != MN_TILES_NONE)
    return check_tiles (frame, i, format, error);
  if (!mn_plane_fits (layout, plane, frame->desc.width, frame->desc.height,
          &below, &need))
    return refuse_plane (frame, i, error);
  if (frame->memory != MN_MEMORY_HOST)
    return TRUE;
  if (plane->stride < 0 ? data < below || data > G_MAXSIZE - (need - below)
                        : data > G_MAXSIZE - need)
    return refuse_plane (frame, i, error);
  return TRUE;
}

gboolean
mn_preprocess_check_frame (const MnPreprocess *self, const MnFrame *frame,
    GError **error)
{
  const MnFrameDesc *source = &self->source, *desc = &frame->desc;
  const MnFormatInfo *format = mn_format_get_info (source->format);
  guint i;

  if (desc->format != source->format || desc->width != source->width
      || desc->height != source->height) {
    g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
        "the frame is %s of %ux%u, the input was set to %s of %ux%u",
        mn_format_name (desc->format), desc->width, desc->height, format->name,
        source->width, source->height);
    return FALSE;
  }
  if (frame->memory == MN_MEMORY_GL_TEXTURE)
    return TRUE;
  if (frame->n_planes != format->n_planes) {
    g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
        "the %s frame has %u planes instead of %u", format->name,
        frame->n_planes, format->n_planes);
    return FALSE;
  }
  for (i = 0; i < format->n_planes; i++) {
    if (!check_plane (frame, i, format, error))
      return FALSE;
  }
  return TRUE;
}
