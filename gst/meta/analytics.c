/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/meta/analytics.h"

#ifdef HAVE_GST_ANALYTICS

#include <math.h>

#include <gst/analytics/analytics.h>

static gboolean
add_classes (GstAnalyticsRelationMeta *meta, const GstMobilenetScore *classes,
    guint n_classes, GstAnalyticsClsMtd *mtd)
{
  g_autofree gfloat *confidences = g_new (gfloat, n_classes);
  g_autofree GQuark *quarks = g_new (GQuark, n_classes);
  guint i;

  for (i = 0; i < n_classes; i++) {
    confidences[i] = classes[i].confidence;
    quarks[i] = g_quark_from_string (classes[i].label);
  }
  return gst_analytics_relation_meta_add_cls_mtd (meta, n_classes, confidences,
      quarks, mtd);
}

void
gst_mobilenet_analytics_attach (GstBuffer *buffer,
    const GstMobilenetScore *classes, guint n_classes)
{
  GstAnalyticsRelationMeta *meta;
  GstAnalyticsClsMtd mtd;

  if (n_classes == 0)
    return;
  meta = gst_buffer_get_analytics_relation_meta (buffer);
  if (!meta)
    meta = gst_buffer_add_analytics_relation_meta (buffer);
  add_classes (meta, classes, n_classes, &mtd);
}

void
gst_mobilenet_analytics_attach_to (GstBuffer *buffer, guint id,
    const GstMobilenetScore *classes, guint n_classes)
{
  GstAnalyticsRelationMeta
      *meta = gst_buffer_get_analytics_relation_meta (buffer);
  GstAnalyticsClsMtd mtd;

  if (!meta || n_classes == 0 || !add_classes (meta, classes, n_classes, &mtd))
    return;
  gst_analytics_relation_meta_set_relation (meta,
      GST_ANALYTICS_REL_TYPE_RELATE_TO | GST_ANALYTICS_REL_TYPE_CONTAIN, id,
      mtd.id);
  gst_analytics_relation_meta_set_relation (meta,
      GST_ANALYTICS_REL_TYPE_RELATE_TO | GST_ANALYTICS_REL_TYPE_IS_PART_OF,
      mtd.id, id);
}

/* Ids of tracks may start with 0. */
static guint64
get_track (GstAnalyticsRelationMeta *meta, guint id)
{
  GstAnalyticsMtd mtd;
  gpointer state = NULL;
  GstClockTime first, last;
  gboolean lost = TRUE;
  guint64 track = 0;

  if (!gst_analytics_relation_meta_get_direct_related (meta, id,
          GST_ANALYTICS_REL_TYPE_ANY,
          gst_analytics_tracking_mtd_get_mtd_type (), &state, &mtd)
      || !gst_analytics_tracking_mtd_get_info ((GstAnalyticsTrackingMtd *) &mtd,
          &track, &first, &last, &lost)
      || lost)
    return 0;
  return track + 1;
}

static guint
read_classes (const GstAnalyticsClsMtd *mtd, GstMobilenetScore *classes,
    guint max)
{
  gsize i, length = gst_analytics_cls_mtd_get_length (mtd);
  guint n = 0, at;

  for (i = 0; i < length; i++) {
    const gchar
        *label = g_quark_to_string (gst_analytics_cls_mtd_get_quark (mtd, i));
    gfloat level = gst_analytics_cls_mtd_get_level (mtd, i);

    if (!isfinite (level))
      continue;
    for (at = n; at > 0 && classes[at - 1].confidence < level; at--) {
      if (at < max)
        classes[at] = classes[at - 1];
    }
    if (at >= max)
      continue;
    classes[at].index = (gint) i;
    classes[at].confidence = level;
    classes[at].label = label ? label : "";
    n = MIN (n + 1, max);
  }
  return n;
}

/* Whether a classification is that of an object in the frame. */
static gboolean
is_of_object (GstAnalyticsRelationMeta *meta, const GstAnalyticsMtd *mtd)
{
  gpointer state = NULL;
  GstAnalyticsMtd object;

  return gst_analytics_relation_meta_get_direct_related (meta,
      gst_analytics_mtd_get_id (mtd), GST_ANALYTICS_REL_TYPE_IS_PART_OF,
      gst_analytics_od_mtd_get_mtd_type (), &state, &object);
}

gboolean
gst_mobilenet_analytics_iterate (GstBuffer *buffer, gpointer *state,
    GstMobilenetScore *classes, guint max, guint *n_classes)
{
  GstAnalyticsRelationMeta
      *meta = gst_buffer_get_analytics_relation_meta (buffer);
  GstAnalyticsMtd mtd;

  *n_classes = 0;
  if (!meta)
    return FALSE;
  do {
    if (!gst_analytics_relation_meta_iterate (meta, state,
            gst_analytics_cls_mtd_get_mtd_type (), &mtd))
      return FALSE;
  } while (is_of_object (meta, &mtd));
  *n_classes = read_classes ((GstAnalyticsClsMtd *) &mtd, classes, max);
  return TRUE;
}

gboolean
gst_mobilenet_analytics_iterate_objects (GstBuffer *buffer, gpointer *state,
    GstMobilenetObject *object)
{
  GstAnalyticsRelationMeta
      *meta = gst_buffer_get_analytics_relation_meta (buffer);
  GstAnalyticsMtd mtd, related;
  GstMobilenetScore best;
  gpointer cls_state = NULL;
  gfloat confidence;

  if (!meta
      || !gst_analytics_relation_meta_iterate (meta, state,
          gst_analytics_od_mtd_get_mtd_type (), &mtd)
      || !gst_analytics_od_mtd_get_location (&mtd, &object->x, &object->y,
          &object->width, &object->height, &confidence))
    return FALSE;
  object->id = gst_analytics_mtd_get_id (&mtd);
  object->track = get_track (meta, object->id);
  object->label = g_quark_to_string (gst_analytics_od_mtd_get_obj_type (&mtd));
  object->confidence = confidence;
  if (gst_analytics_relation_meta_get_direct_related (meta,
          gst_analytics_mtd_get_id (&mtd), GST_ANALYTICS_REL_TYPE_ANY,
          gst_analytics_cls_mtd_get_mtd_type (), &cls_state, &related)
      && read_classes (&related, &best, 1) == 1) {
    object->label = best.label;
    object->confidence = best.confidence;
  }
  return TRUE;
}

#if GST_CHECK_VERSION(1, 26, 0)
#define FAR (1 << 28)

gboolean
gst_mobilenet_analytics_iterate_masks (GstBuffer *buffer, gpointer *state,
    GstMobilenetMask *mask)
{
  GstAnalyticsRelationMeta
      *meta = gst_buffer_get_analytics_relation_meta (buffer);
  guint width, height;
  GstAnalyticsMtd mtd;

  if (!meta
      || !gst_analytics_relation_meta_iterate (meta, state,
          gst_analytics_segmentation_mtd_get_mtd_type (), &mtd))
    return FALSE;
  mask->buffer = gst_analytics_segmentation_mtd_get_mask (&mtd, &mask->x,
      &mask->y, &width, &height);
  /* Where nothing of it is seen, so that sums do not overflow. */
  mask->x = CLAMP (mask->x, -FAR, FAR);
  mask->y = CLAMP (mask->y, -FAR, FAR);
  mask->width = (gint) MIN (width, G_MAXINT16);
  mask->height = (gint) MIN (height, G_MAXINT16);
  return mask->buffer != NULL;
}
#else
gboolean
gst_mobilenet_analytics_iterate_masks (GstBuffer *buffer, gpointer *state,
    GstMobilenetMask *mask)
{
  return FALSE;
}
#endif

#else

void
gst_mobilenet_analytics_attach_to (GstBuffer *buffer, guint id,
    const GstMobilenetScore *classes, guint n_classes)
{
}

void
gst_mobilenet_analytics_attach (GstBuffer *buffer,
    const GstMobilenetScore *classes, guint n_classes)
{
}

gboolean
gst_mobilenet_analytics_iterate (GstBuffer *buffer, gpointer *state,
    GstMobilenetScore *classes, guint max, guint *n_classes)
{
  *n_classes = 0;
  return FALSE;
}

gboolean
gst_mobilenet_analytics_iterate_objects (GstBuffer *buffer, gpointer *state,
    GstMobilenetObject *object)
{
  return FALSE;
}

gboolean
gst_mobilenet_analytics_iterate_masks (GstBuffer *buffer, gpointer *state,
    GstMobilenetMask *mask)
{
  return FALSE;
}

#endif
