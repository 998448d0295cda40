/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The properties of `mobilenet`: their declarations and their values. */

#ifndef GST_MOBILENET_PROPS_H
#define GST_MOBILENET_PROPS_H

#include <gst/gst.h>

#include "engine/mn.h"
#include "gst/mobilenet/stream.h"

G_BEGIN_DECLS

/* Guarded by the element's object lock. */
typedef struct
{
  GstMobilenetModelOptions model; /* mean and std among them */
  gboolean model_changed; /* any but mean and std, since last looked at */
  GstMobilenetSchedule schedule;
  gboolean qos;
  MnFit fit;
  GstMobilenetOrientation orientation;
  gboolean input_changed; /* fit, mean or std, since last looked at */
  GstMobilenetLive live;  /* latest, live and still are not set here */
} GstMobilenetProps;

void gst_mobilenet_props_init (GstMobilenetProps *props);
void gst_mobilenet_props_clear (GstMobilenetProps *props);
/* Declares them; the class sets and gets with the two functions below. */
void gst_mobilenet_props_install (GObjectClass *class);
/* FALSE: no such property, or one that is not kept here. */
gboolean gst_mobilenet_props_set (GstMobilenetProps *props, guint id,
    const GValue *value);
gboolean gst_mobilenet_props_get (const GstMobilenetProps *props, guint id,
    GValue *value);
/* Sets those that a GstController has for a frame at time in segment. */
void gst_mobilenet_props_sync (GstObject *object, const GstSegment *segment,
    GstClockTime time);
/* The ones that are read only. FALSE as above. */
gboolean gst_mobilenet_props_get_status (const GstMobilenetStatus *status,
    guint id, GValue *value);

G_END_DECLS

#endif /* GST_MOBILENET_PROPS_H */
