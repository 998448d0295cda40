/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/meta/roi.h"

#include <gst/video/video.h>

#include "gst/meta/custom.h"

#define PARAMS "mobilenet"

static GstVideoRegionOfInterestMeta *
iterate (GstBuffer *buffer, gpointer *state)
{
  return (GstVideoRegionOfInterestMeta *)
      gst_buffer_iterate_meta_filtered (buffer, state,
          GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE);
}

/* ---- reading --------------------------------------------------------- */

/* Anybody can add anything. */
static const GstStructure *
get_params (const GstVideoRegionOfInterestMeta *meta)
{
  GList *l;

  for (l = meta->params; l; l = l->next) {
    if (l->data && gst_structure_has_name (l->data, PARAMS))
      return l->data;
  }
  return NULL;
}

static void
read_label (const GstVideoRegionOfInterestMeta *meta,
    GstMobilenetObject *object)
{
  const GstStructure *params = get_params (meta);
  const gchar *label = params ? gst_structure_get_string (params, "label")
                              : NULL;
  GList *l;

  object->label = label ? label : g_quark_to_string (meta->roi_type);
  object->confidence = -1.0;
  if (label) {
    gst_structure_get_double (params, "confidence", &object->confidence);
    return;
  }
  for (l = meta->params; l; l = l->next) {
    if (l->data
        && gst_structure_get_double (l->data, "confidence",
            &object->confidence))
      return;
  }
}

gboolean
gst_mobilenet_roi_iterate (GstBuffer *buffer, gpointer *state,
    GstMobilenetObject *object)
{
  const GstVideoRegionOfInterestMeta *meta = iterate (buffer, state);

  if (!meta)
    return FALSE;
  object->track = meta->id > 0 ? meta->id : 0;
  gst_mobilenet_object_set_box (object, meta->x, meta->y, meta->w, meta->h);
  read_label (meta, object);
  return TRUE;
}

/* ---- writing --------------------------------------------------------- */

static void
remove_params (GstVideoRegionOfInterestMeta *meta,
    const GstMobilenetResult *result)
{
  GList *l;

  for (l = meta->params; l; l = l->next) {
    if (l->data && gst_structure_has_name (l->data, PARAMS)
        && gst_mobilenet_is_of_element (l->data, result->instance,
            result->element)) {
      gst_structure_free (l->data);
      meta->params = g_list_delete_link (meta->params, l);
      return;
    }
  }
}

void
gst_mobilenet_roi_attach_to (GstBuffer *buffer, guint n,
    const GstMobilenetResult *result)
{
  const GstMobilenetScore *best;
  GstVideoRegionOfInterestMeta *meta = NULL;
  gpointer state = NULL;
  guint i;

  if (result->kind != MN_TASK_CLASSIFICATION || result->n_classes == 0)
    return;
  for (i = 0; i <= n; i++)
    meta = iterate (buffer, &state);
  if (!meta)
    return;
  best = &result->classes[0];
  remove_params (meta, result);
  gst_video_region_of_interest_meta_add_param (meta,
      gst_structure_new (PARAMS, "element", G_TYPE_STRING, result->element,
          "instance", G_TYPE_UINT64, result->instance, "index", G_TYPE_INT,
          best->index, "label", G_TYPE_STRING, best->label, "confidence",
          G_TYPE_DOUBLE, best->confidence, NULL));
}
