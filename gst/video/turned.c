/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The caps do not tell it: a picture that was turned by 180 degrees, or one
 * that is square, has the size that it had. So the pipeline is asked. Every
 * element that turns by itself has the interface GstVideoDirection, with the
 * property video-direction set to auto; the tags that it let through lie on
 * its pads. */

#include "gst/video/turned.h"

#include <gst/video/video.h>

/* Pads that are looked at, at most. */
#define MAX_PADS 256

static gboolean
turns_by_itself (GstElement *element)
{
  GstVideoOrientationMethod method = GST_VIDEO_ORIENTATION_IDENTITY;

  if (!GST_IS_VIDEO_DIRECTION (element))
    return FALSE;
  g_object_get (element, "video-direction", &method, NULL);
  return method == GST_VIDEO_ORIENTATION_AUTO;
}

/* What the tags on the pad say; the stream's own counts for more than the
 * container's. FALSE: nothing. */
static gboolean
get_tagged (GstPad *pad, GstVideoOrientationMethod *method)
{
  gboolean found = FALSE, own = FALSE;
  GstEvent *event;
  guint i;

  for (i = 0; (event = gst_pad_get_sticky_event (pad, GST_EVENT_TAG, i)); i++) {
    GstVideoOrientationMethod named;
    GstTagList *tags;

    gst_event_parse_tag (event, &tags);
    if (!own && gst_video_orientation_from_tag (tags, &named)) {
      *method = named;
      found = TRUE;
      own = gst_tag_list_get_scope (tags) == GST_TAG_SCOPE_STREAM;
    }
    gst_event_unref (event);
  }
  return found;
}

/* Whether the tag goes through the element as it is. Newer ones say upright
 * behind them, whatever was in front; then a tag that says otherwise here is
 * of somebody behind, and so it is where they let no tag through. */
static gboolean
lets_tag_through (GstElement *element, GstPad *srcpad)
{
  GstVideoOrientationMethod from = GST_VIDEO_ORIENTATION_IDENTITY;
  GstVideoOrientationMethod to = GST_VIDEO_ORIENTATION_IDENTITY;
  g_autoptr (GstPad) sinkpad = gst_element_get_static_pad (element, "sink");

  if (!get_tagged (srcpad, &to))
    return FALSE;
  return to != GST_VIDEO_ORIENTATION_IDENTITY || !sinkpad
      || !get_tagged (sinkpad, &from) || from == GST_VIDEO_ORIENTATION_IDENTITY;
}

static gboolean look_behind (GstPad *sinkpad, guint *n_pads);

/* The sink pads that data of this one come from; those of bins are pads of
 * the same kind, from outside to inside and from inside to outside. */
static gboolean
look_into (GstPad *srcpad, guint *n_pads)
{
  GstIterator *links = gst_pad_iterate_internal_links (srcpad);
  gboolean found = FALSE, more = links != NULL;
  GValue item = G_VALUE_INIT;

  while (more && !found) {
    GstIteratorResult result = gst_iterator_next (links, &item);

    if (result == GST_ITERATOR_OK) {
      found = look_behind (g_value_get_object (&item), n_pads);
      g_value_reset (&item);
    } else if (result == GST_ITERATOR_RESYNC) {
      gst_iterator_resync (links);
    } else {
      more = FALSE;
    }
  }
  if (G_IS_VALUE (&item))
    g_value_unset (&item);
  g_clear_pointer (&links, gst_iterator_free);
  return found;
}

static gboolean
look_behind (GstPad *sinkpad, guint *n_pads)
{
  g_autoptr (GstPad) peer = gst_pad_get_peer (sinkpad);
  g_autoptr (GstElement) element = NULL;

  if (!peer || ++*n_pads > MAX_PADS)
    return FALSE;
  element = gst_pad_get_parent_element (peer);
  if (element && turns_by_itself (element))
    return lets_tag_through (element, peer);
  return look_into (peer, n_pads);
}

gboolean
gst_mobilenet_turned_upstream (GstPad *sinkpad)
{
  guint n_pads = 0;

  return look_behind (sinkpad, &n_pads);
}
