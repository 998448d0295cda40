/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/video/view.h"

#include <string.h>

#include "gst/video/desc.h"
#include "gst/video/frame.h"
#include "gst/video/planes.h"

void
gst_mobilenet_view_init (GstMobilenetView *self)
{
  memset (self, 0, sizeof (*self));
  self->serial = 1;
  self->trusts_tag = self->trusts_meta = TRUE;
}

static MnOrientation
get_trusted_tag (const GstMobilenetView *self)
{
  return self->trusts_tag ? gst_mobilenet_view_get_tagged (self) : MN_ORIENT_0;
}

gboolean
gst_mobilenet_view_set_info (GstMobilenetView *self, const GstVideoInfo *info)
{
  if (self->has_info && gst_video_info_is_equal (&self->info, info))
    return FALSE;
  self->info = *info;
  self->has_info = gst_mobilenet_frame_desc_init (&self->input.source, info);
  self->input.source.orientation = get_trusted_tag (self);
  self->serial++;
  return TRUE;
}

void
gst_mobilenet_view_read_tags (GstMobilenetView *self, GstEvent *event)
{
  GstVideoOrientationMethod method;
  GstTagList *tags;
  guint scope;

  gst_event_parse_tag (event, &tags);
  if (!gst_video_orientation_from_tag (tags, &method))
    return;
  scope = gst_tag_list_get_scope (tags) == GST_TAG_SCOPE_STREAM
      ? GST_TAG_SCOPE_STREAM
      : GST_TAG_SCOPE_GLOBAL;
  self->tagged[scope] = gst_mobilenet_orientation (method);
  self->is_tagged[scope] = TRUE;
}

void
gst_mobilenet_view_forget_tags (GstMobilenetView *self)
{
  memset (self->is_tagged, 0, sizeof (self->is_tagged));
}

MnOrientation
gst_mobilenet_view_get_tagged (const GstMobilenetView *self)
{
  if (self->is_tagged[GST_TAG_SCOPE_STREAM])
    return self->tagged[GST_TAG_SCOPE_STREAM];
  return self->is_tagged[GST_TAG_SCOPE_GLOBAL]
      ? self->tagged[GST_TAG_SCOPE_GLOBAL]
      : MN_ORIENT_0;
}

void
gst_mobilenet_view_set_trust (GstMobilenetView *self, gboolean tag,
    gboolean meta)
{
  self->trusts_tag = tag;
  self->trusts_meta = meta;
}

void
gst_mobilenet_view_set_fit (GstMobilenetView *self, MnFit fit)
{
  if (self->input.fit == fit)
    return;
  self->input.fit = fit;
  self->serial++;
}

gboolean
gst_mobilenet_view_set_norm (GstMobilenetView *self, const MnModelInfo *model,
    const gchar *mean, const gchar *std, GError **error)
{
  MnInput input = self->input;

  if (!mn_input_set_norm (&input, model, mean, std, error))
    return FALSE;
  self->input = input;
  self->serial++;
  return TRUE;
}

gboolean
gst_mobilenet_view_look_at (GstMobilenetView *self, GstBuffer *buffer,
    GError **error)
{
  MnFrameDesc desc = self->input.source;
  MnOrientation tagged = get_trusted_tag (self);

  if (!gst_mobilenet_planes_check (buffer, &self->info,
          gst_mobilenet_buffer_get_field (buffer, &self->info), error))
    return FALSE;
  gst_mobilenet_frame_desc_set_buffer (&desc, &self->info, buffer, tagged);
  if (!self->trusts_meta)
    desc.orientation = tagged;
  if (memcmp (&desc, &self->input.source, sizeof (desc)) == 0)
    return TRUE;
  self->input.source = desc;
  self->serial++;
  return TRUE;
}
