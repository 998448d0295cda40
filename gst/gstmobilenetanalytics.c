/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/gstmobilenetanalytics.h"

#ifdef HAVE_GST_ANALYTICS

#include <gst/analytics/analytics.h>

#include <stdlib.h>

void
gst_mobilenet_analytics_attach (GstBuffer * buffer,
    const GstMobilenetScore * classes, guint n_classes)
{
  g_autofree gfloat *confidences = NULL;
  g_autofree GQuark *quarks = NULL;
  GstAnalyticsRelationMeta *meta;
  GstAnalyticsClsMtd mtd;
  guint i;

  if (n_classes == 0)
    return;
  confidences = g_new (gfloat, n_classes);
  quarks = g_new (GQuark, n_classes);
  for (i = 0; i < n_classes; i++) {
    confidences[i] = classes[i].confidence;
    quarks[i] = g_quark_from_string (classes[i].label);
  }
  meta = gst_buffer_get_analytics_relation_meta (buffer);
  if (!meta)
    meta = gst_buffer_add_analytics_relation_meta (buffer);
  gst_analytics_relation_meta_add_cls_mtd (meta, n_classes, confidences,
      quarks, &mtd);
}

static gint
compare_classes (gconstpointer a, gconstpointer b)
{
  gdouble x = ((const GstMobilenetScore *) a)->confidence;
  gdouble y = ((const GstMobilenetScore *) b)->confidence;

  return (x < y) - (x > y);
}

static guint
read_classes (const GstAnalyticsClsMtd * mtd, GstMobilenetScore * classes,
    guint max)
{
  gsize length = gst_analytics_cls_mtd_get_length (mtd);
  g_autofree GstMobilenetScore *all = g_new0 (GstMobilenetScore, length);
  guint n = MIN (length, max);
  gsize i;

  for (i = 0; i < length; i++) {
    const gchar *label =
        g_quark_to_string (gst_analytics_cls_mtd_get_quark (mtd, i));

    all[i].index = (gint) i;
    all[i].confidence = gst_analytics_cls_mtd_get_level (mtd, i);
    all[i].label = label ? label : "";
  }
  qsort (all, length, sizeof (*all), compare_classes);
  for (i = 0; i < n; i++)
    classes[i] = all[i];
  return n;
}

gboolean
gst_mobilenet_analytics_iterate (GstBuffer * buffer, gpointer * state,
    GstMobilenetScore * classes, guint max, guint * n_classes)
{
  GstAnalyticsRelationMeta *meta =
      gst_buffer_get_analytics_relation_meta (buffer);
  GstAnalyticsMtd mtd;

  *n_classes = 0;
  if (!meta || !gst_analytics_relation_meta_iterate (meta, state,
          gst_analytics_cls_mtd_get_mtd_type (), &mtd))
    return FALSE;
  *n_classes = read_classes ((GstAnalyticsClsMtd *) & mtd, classes, max);
  return TRUE;
}

#else

void
gst_mobilenet_analytics_attach (GstBuffer * buffer,
    const GstMobilenetScore * classes, guint n_classes)
{
}

gboolean
gst_mobilenet_analytics_iterate (GstBuffer * buffer, gpointer * state,
    GstMobilenetScore * classes, guint max, guint * n_classes)
{
  *n_classes = 0;
  return FALSE;
}

#endif
