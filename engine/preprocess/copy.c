/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Copies of frames, of what is read of them only. */

#include "engine/preprocess/formats.h"
#include "engine/preprocess/geometry.h"

#include <math.h>
#include <string.h>

/* Rows start where vector loads like it. */
#define ALIGNMENT 64

static gsize
align (gsize size)
{
  return (size + ALIGNMENT - 1) & ~(gsize) (ALIGNMENT - 1);
}

/* The pixels that the resize looks at: what it shows, and the half width of
 * its triangle around, which for chroma is at least two pixels. */
MnRect
mn_frame_read_rect (const MnInput *input, guint width, guint height)
{
  const MnFrameDesc *desc = &input->source;
  MnGeometry geometry;
  MnRect r;
  gint shown_width, shown_height, x, y;

  mn_geometry_init (&geometry, input, width, height);
  r = geometry.source;
  shown_width = geometry.swap_axes ? geometry.inner.height
                                   : geometry.inner.width;
  shown_height = geometry.swap_axes ? geometry.inner.width
                                    : geometry.inner.height;
  x = (gint) ceil ((gdouble) r.width / MAX (shown_width, 1)) + 4;
  y = (gint) ceil ((gdouble) r.height / MAX (shown_height, 1)) + 4;
  r.width = MIN (r.x + r.width + x, (gint) desc->width);
  r.height = MIN (r.y + r.height + y, (gint) desc->height);
  r.x = MAX (r.x - x, 0);
  r.y = MAX (r.y - y, 0);
  r.width -= r.x;
  r.height -= r.y;
  return r;
}

gsize
mn_frame_copy_size (const MnFrameDesc *desc)
{
  const MnFormatInfo *format = mn_format_get_info (desc->format);
  gsize size = 0;
  guint i;

  /* Their pixels do not lie in rows. */
  if (format && format->tiles.order != MN_TILES_NONE)
    return 0;
  for (i = 0; format && i < format->n_planes; i++)
    size += align (mn_plane_row_bytes (&format->planes[i], desc->width))
        * mn_plane_n_rows (&format->planes[i], desc->height);
  return size;
}

static gboolean
check_frame (const MnFrame *frame, const MnInput *input,
    const MnFormatInfo *format, GError **error)
{
  const MnFrameDesc *desc = &input->source;
  const MnRect *crop = &desc->crop;
  gboolean fits = mn_frame_copy_size (desc) > 0
      && frame->desc.format == desc->format && frame->desc.width == desc->width
      && frame->desc.height == desc->height && frame->memory == MN_MEMORY_HOST
      && frame->n_planes >= format->n_planes && crop->x >= 0 && crop->y >= 0
      && crop->x + (gint64) crop->width <= desc->width
      && crop->y + (gint64) crop->height <= desc->height;
  gsize below, need;
  guint i;

  for (i = 0; fits && i < format->n_planes; i++)
    fits = frame->planes[i].data
        && mn_plane_fits (&format->planes[i], &frame->planes[i], desc->width,
            desc->height, &below, &need);
  if (!fits)
    g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
        "the frame's planes do not hold a %s picture of %ux%u",
        mn_format_name (desc->format), desc->width, desc->height);
  return fits;
}

static void
copy_plane (const MnPlane *from, MnPlane *to, const MnPlaneLayout *layout,
    const MnRect *r)
{
  gsize first = (gsize) (r->x >> layout->x_shift) * layout->unit;
  gsize end = mn_plane_row_bytes (layout, r->x + r->width);
  guint row = r->y >> layout->y_shift;
  guint last = mn_plane_n_rows (layout, r->y + r->height);

  for (; row < last; row++)
    memcpy ((guint8 *) to->data + (gssize) row * to->stride + first,
        from->data + (gssize) row * from->stride + first, end - first);
}

gboolean
mn_frame_copy (const MnFrame *frame, const MnInput *input, guint width,
    guint height, gpointer memory, MnPlane *planes, GError **error)
{
  const MnFormatInfo *format = mn_format_get_info (frame->desc.format);
  guint8 *data = memory;
  MnRect r;
  guint i;

  if (!check_frame (frame, input, format, error))
    return FALSE;
  r = mn_frame_read_rect (input, width, height);
  for (i = 0; i < format->n_planes; i++) {
    const MnPlaneLayout *layout = &format->planes[i];

    planes[i] = frame->planes[i];
    planes[i].data = data;
    planes[i].stride = align (mn_plane_row_bytes (layout, frame->desc.width));
    planes[i].size = planes[i].stride
        * mn_plane_n_rows (layout, frame->desc.height);
    copy_plane (&frame->planes[i], &planes[i], layout, &r);
    data += planes[i].size;
  }
  return TRUE;
}
