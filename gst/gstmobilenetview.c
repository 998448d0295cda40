/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/gstmobilenetview.h"

#include <string.h>

#include "gst/gstmobilenetdesc.h"
#include "gst/gstmobilenetframe.h"

void
gst_mobilenet_view_init (GstMobilenetView * self)
{
  memset (self, 0, sizeof (*self));
  self->serial = 1;
}

gboolean
gst_mobilenet_view_set_info (GstMobilenetView * self, const GstVideoInfo * info)
{
  if (self->has_info && gst_video_info_is_equal (&self->info, info))
    return FALSE;
  self->info = *info;
  self->has_info = gst_mobilenet_frame_desc_init (&self->input.source, info);
  self->input.source.orientation = self->tagged;
  self->serial++;
  return TRUE;
}

void
gst_mobilenet_view_set_orientation (GstMobilenetView * self,
    MnOrientation orientation)
{
  if (self->tagged == orientation)
    return;
  self->tagged = orientation;
  self->input.source.orientation = orientation;
  self->serial++;
}

void
gst_mobilenet_view_read_tags (GstMobilenetView * self, GstEvent * event)
{
  GstVideoOrientationMethod method;
  GstTagList *tags;

  gst_event_parse_tag (event, &tags);
  if (gst_video_orientation_from_tag (tags, &method))
    gst_mobilenet_view_set_orientation (self,
        gst_mobilenet_orientation (method));
}

void
gst_mobilenet_view_set_fit (GstMobilenetView * self, MnFit fit)
{
  if (self->input.fit == fit)
    return;
  self->input.fit = fit;
  self->serial++;
}

gboolean
gst_mobilenet_view_set_norm (GstMobilenetView * self,
    const MnModelInfo * model, const gchar * mean, const gchar * std,
    GError ** error)
{
  MnInput input = self->input;

  if (!mn_input_set_norm (&input, model, mean, std, error))
    return FALSE;
  self->input = input;
  self->serial++;
  return TRUE;
}

void
gst_mobilenet_view_look_at (GstMobilenetView * self, GstBuffer * buffer)
{
  MnFrameDesc desc = self->input.source;

  gst_mobilenet_frame_desc_set_buffer (&desc, &self->info, buffer,
      self->tagged);
  if (memcmp (&desc, &self->input.source, sizeof (desc)) == 0)
    return;
  self->input.source = desc;
  self->serial++;
}
