/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/meta/object.h"

static gint
cut (gint64 place)
{
  return (gint) CLAMP (place, -GST_MOBILENET_FAR, GST_MOBILENET_FAR);
}

void
gst_mobilenet_object_set_box (GstMobilenetObject *object, gint64 x, gint64 y,
    gint64 width, gint64 height)
{
  object->x = cut (x);
  object->y = cut (y);
  object->width = cut (x + width) - object->x;
  object->height = cut (y + height) - object->y;
}
