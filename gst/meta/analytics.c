/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/meta/analytics.h"

#ifdef HAVE_GST_ANALYTICS

#include <math.h>

#include <gst/analytics/analytics.h>

static gboolean
has_classes (const GstMobilenetResult *result)
{
  return result->kind == MN_TASK_CLASSIFICATION && result->n_classes > 0;
}

static gboolean
add_classes (GstAnalyticsRelationMeta *meta, const GstMobilenetResult *result,
    GstAnalyticsClsMtd *mtd)
{
  g_autofree gfloat *confidences = g_new (gfloat, result->n_classes);
  g_autofree GQuark *quarks = g_new (GQuark, result->n_classes);
  guint i;

  for (i = 0; i < result->n_classes; i++) {
    confidences[i] = result->classes[i].confidence;
    quarks[i] = g_quark_from_string (result->classes[i].label);
  }
  return gst_analytics_relation_meta_add_cls_mtd (meta, result->n_classes,
      confidences, quarks, mtd);
}

void
gst_mobilenet_analytics_attach (GstBuffer *buffer,
    const GstMobilenetResult *result)
{
  GstAnalyticsRelationMeta *meta;
  GstAnalyticsClsMtd mtd;

  if (!has_classes (result))
    return;
  meta = gst_buffer_get_analytics_relation_meta (buffer);
  if (!meta)
    meta = gst_buffer_add_analytics_relation_meta (buffer);
  add_classes (meta, result, &mtd);
}

void
gst_mobilenet_analytics_attach_to (GstBuffer *buffer, guint id,
    const GstMobilenetResult *result)
{
  GstAnalyticsRelationMeta
      *meta = gst_buffer_get_analytics_relation_meta (buffer);
  GstAnalyticsClsMtd mtd;

  if (!meta || !has_classes (result) || !add_classes (meta, result, &mtd))
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
    GstMobilenetScore *scores, guint max, GstMobilenetResult *result)
{
  GstAnalyticsRelationMeta
      *meta = gst_buffer_get_analytics_relation_meta (buffer);
  GstAnalyticsMtd mtd;

  *result = (GstMobilenetResult) {NULL};
  if (!meta)
    return FALSE;
  do {
    if (!gst_analytics_relation_meta_iterate (meta, state,
            gst_analytics_cls_mtd_get_mtd_type (), &mtd))
      return FALSE;
  } while (is_of_object (meta, &mtd));
  result->task = mn_task_name (MN_TASK_CLASSIFICATION);
  result->pts = GST_BUFFER_PTS (buffer);
  result->latency = result->age = GST_CLOCK_TIME_NONE;
  result->fresh = TRUE;
  result->kind = MN_TASK_CLASSIFICATION;
  result->n_classes = read_classes ((GstAnalyticsClsMtd *) &mtd, scores, max);
  result->classes = scores;
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
  gint x, y, width, height;
  gfloat confidence;

  if (!meta
      || !gst_analytics_relation_meta_iterate (meta, state,
          gst_analytics_od_mtd_get_mtd_type (), &mtd)
      || !gst_analytics_od_mtd_get_location (&mtd, &x, &y, &width, &height,
          &confidence))
    return FALSE;
  gst_mobilenet_object_set_box (object, x, y, width, height);
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
  mask->x = CLAMP (mask->x, -GST_MOBILENET_FAR, GST_MOBILENET_FAR);
  mask->y = CLAMP (mask->y, -GST_MOBILENET_FAR, GST_MOBILENET_FAR);
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
    const GstMobilenetResult *result)
{
}

void
gst_mobilenet_analytics_attach (GstBuffer *buffer,
    const GstMobilenetResult *result)
{
}

gboolean
gst_mobilenet_analytics_iterate (GstBuffer *buffer, gpointer *state,
    GstMobilenetScore *scores, guint max, GstMobilenetResult *result)
{
  *result = (GstMobilenetResult) {NULL};
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
