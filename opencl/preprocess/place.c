/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "opencl/preprocess/place.h"

static gboolean
refuse (const MnFrame *frame, const gchar *reason, GError **error)
{
  g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED,
      "a frame could not be imported: the %s picture of %ux%u in "
      "%" G_GSIZE_FORMAT " bytes %s",
      mn_format_name (frame->desc.format), frame->desc.width,
      frame->desc.height, frame->dmabuf_size, reason);
  return FALSE;
}

/* Whether all that the kernel's steps reach, also with weights of 0, is there.
 * The engine has checked that the plane holds the picture. */
static gboolean
plane_fits (const MnClPlane *seen, const MnPlane *plane, gsize size)
{
  gint64 first, last;

  if (size > G_MAXINT32 || plane->offset > size || plane->stride > G_MAXINT32
      || plane->stride < -G_MAXINT32)
    return FALSE;
  first = (gint64) plane->offset + seen->first_byte
      + (gint64) seen->first_row * plane->stride;
  last = first + (gint64) (seen->n_rows - 1) * plane->stride;
  return MIN (first, last) >= 0
      && MAX (first, last) + (gint64) seen->room <= (gint64) size;
}

static gboolean
check_planes (const MnClView *view, const MnFrame *frame, GError **error)
{
  gsize align = view->align;
  guint i;

  for (i = 0; i < view->n_planes; i++) {
    const MnPlane *plane = &frame->planes[i];

    if (view->planes[i].n_rows == 0)
      continue;
    if (!plane_fits (&view->planes[i], plane, frame->dmabuf_size))
      return refuse (frame, "ends too near to their end", error);
    if (plane->offset % align != 0 || plane->stride % (gssize) align != 0)
      return refuse (frame, "has rows that start where the device cannot read",
          error);
  }
  return TRUE;
}

/* Of row 0 as the tables count. */
static gint32
first_byte (const MnClView *view, const MnFrame *frame, const MnStream *stream)
{
  const MnPlane *plane = &frame->planes[stream->plane];

  return (gssize) plane->offset
      + (gssize) view->planes[stream->plane].first_row * plane->stride;
}

gboolean
mn_cl_view_place (MnClView *view, const MnFrame *frame, GError **error)
{
  const MnFormatInfo *info = mn_format_get_info (frame->desc.format);
  const MnStream *streams = info->streams;
  guint i;

  if (view->tiles)
    return refuse (frame, "lies in tiles", error);
  if (!check_planes (view, frame, error))
    return FALSE;
  for (i = 0; i < MIN (info->n_streams, 2); i++) {
    view->place[2 * i] = first_byte (view, frame, &streams[i]);
    view->place[2 * i + 1] = frame->planes[streams[i].plane].stride;
  }
  if (info->n_streams < 3)
    return TRUE;
  if (frame->planes[streams[2].plane].stride != view->place[3])
    return refuse (frame, "has planes of colour with rows of two sizes", error);
  view->next_plane = first_byte (view, frame, &streams[2]) - view->place[2];
  return TRUE;
}
