/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/overlay/objects.h"

#include "gst/meta/analytics.h"
#include "gst/meta/roi.h"

typedef struct
{
  GstMobilenetObject object;
  gboolean is_roi;
  guint order; /* on the buffer */
} Found;

struct _GstMobilenetOverlayObjects
{
  GArray *found;
};

GstMobilenetOverlayObjects *
gst_mobilenet_overlay_objects_new (void)
{
  GstMobilenetOverlayObjects *self = g_new0 (GstMobilenetOverlayObjects, 1);

  self->found = g_array_new (FALSE, FALSE, sizeof (Found));
  return self;
}

void
gst_mobilenet_overlay_objects_free (GstMobilenetOverlayObjects *self)
{
  if (!self)
    return;
  g_array_unref (self->found);
  g_free (self);
}

/* ---- reading --------------------------------------------------------- */

static void
add (GstMobilenetOverlayObjects *self, const GstMobilenetObject *object,
    gboolean is_roi)
{
  Found found = {*object, is_roi, self->found->len};

  g_array_append_val (self->found, found);
}

static void
read_all (GstMobilenetOverlayObjects *self, GstBuffer *buffer)
{
  GstMobilenetObject object = {0};
  gpointer state = NULL;

  g_array_set_size (self->found, 0);
  while (gst_mobilenet_analytics_iterate_objects (buffer, &state, &object))
    add (self, &object, FALSE);
  state = NULL;
  while (gst_mobilenet_roi_iterate (buffer, &state, &object))
    add (self, &object, TRUE);
}

/* ---- choosing -------------------------------------------------------- */

static gint
compare_places (const GstMobilenetObject *a, const GstMobilenetObject *b)
{
  if (a->x != b->x)
    return a->x < b->x ? -1 : 1;
  if (a->y != b->y)
    return a->y < b->y ? -1 : 1;
  if (a->width != b->width)
    return a->width < b->width ? -1 : 1;
  return (a->height > b->height) - (a->height < b->height);
}

static gint
compare_order (gconstpointer a, gconstpointer b)
{
  guint x = ((const Found *) a)->order, y = ((const Found *) b)->order;

  return (x > y) - (x < y);
}

static gint64
area (const GstMobilenetObject *object)
{
  return object->width > 0 && object->height > 0
      ? (gint64) object->width * object->height
      : 0;
}

/* The largest first; those of one place follow each other. */
static gint
compare_size (gconstpointer a, gconstpointer b)
{
  const GstMobilenetObject *x = &((const Found *) a)->object;
  const GstMobilenetObject *y = &((const Found *) b)->object;
  gint places;

  if (area (x) != area (y))
    return area (x) > area (y) ? -1 : 1;
  places = compare_places (x, y);
  return places != 0 ? places : compare_order (a, b);
}

/* Some attach an object in both ways. */
static void
drop_doubles (GArray *found)
{
  guint i, n = 0;

  for (i = 0; i < found->len; i++) {
    Found *this = &g_array_index (found, Found, i);

    if (n > 0 && this->is_roi
        && compare_places (&this->object,
               &g_array_index (found, Found, n - 1).object)
            == 0)
      continue;
    g_array_index (found, Found, n++) = *this;
  }
  g_array_set_size (found, n);
}

void
gst_mobilenet_overlay_objects_read (GstMobilenetOverlayObjects *self,
    GstMobilenetReader *reader, GstBuffer *buffer, GArray *result)
{
  GArray *found = self->found;
  guint i;

  read_all (self, buffer);
  if (found->len > 1) {
    g_array_sort (found, compare_size);
    drop_doubles (found);
    if (found->len > GST_MOBILENET_OVERLAY_MAX_BOXES)
      g_array_set_size (found, GST_MOBILENET_OVERLAY_MAX_BOXES);
    g_array_sort (found, compare_order);
  }
  g_array_set_size (result, 0);
  for (i = 0; i < found->len; i++) {
    GstMobilenetObject *object = &g_array_index (found, Found, i).object;

    object->label = gst_mobilenet_reader_bound (reader, object->label);
    g_array_append_vals (result, object, 1);
  }
}
