/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/video/nocaps.h"

#include <gst/base/gsttypefindhelper.h>

gboolean
gst_mobilenet_lacks_caps (GstElement *element, GstPad *pad, GstBuffer *buffer)
{
  g_autoptr (GstCaps) caps = NULL;
  const gchar *type = NULL;

  if (gst_pad_has_current_caps (pad))
    return FALSE;
  caps = gst_type_find_helper_for_buffer (GST_OBJECT (element), buffer, NULL);
  if (caps && gst_caps_get_size (caps) > 0)
    type = gst_structure_get_name (gst_caps_get_structure (caps, 0));
  if (type)
    GST_ELEMENT_ERROR (element, STREAM, WRONG_TYPE,
        ("What comes has no caps and looks like %s, but decoded frames are "
         "needed: put \"decodebin ! videoconvert\" in front",
            type),
        (NULL));
  else
    GST_ELEMENT_ERROR (element, STREAM, WRONG_TYPE,
        ("What comes has no caps, but decoded frames are needed: put "
         "\"decodebin ! videoconvert\" in front or, where it is the bytes "
         "of raw frames, \"rawvideoparse\""),
        (NULL));
  return TRUE;
}
