/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The enumerations that properties of `mobilenet` take. */

#ifndef GST_MOBILENET_ENUMS_H
#define GST_MOBILENET_ENUMS_H

#include <gst/gst.h>

G_BEGIN_DECLS

typedef enum
{
  GST_MOBILENET_BACKEND_AUTO,
  GST_MOBILENET_BACKEND_OPENCL,
  GST_MOBILENET_BACKEND_CPU
} GstMobilenetBackend;

typedef enum
{
  GST_MOBILENET_SCHEDULE_AUTO,
  GST_MOBILENET_SCHEDULE_EVERY_FRAME,
  GST_MOBILENET_SCHEDULE_LATEST
} GstMobilenetSchedule;

typedef enum
{
  GST_MOBILENET_MESSAGES_NONE,
  GST_MOBILENET_MESSAGES_CHANGES,
  GST_MOBILENET_MESSAGES_ALL
} GstMobilenetMessages;

typedef enum
{
  GST_MOBILENET_REGION_FRAME,
  GST_MOBILENET_REGION_OBJECTS
} GstMobilenetRegion;

/* Which word on the picture's orientation counts. */
typedef enum
{
  GST_MOBILENET_ORIENTATION_AUTO,
  GST_MOBILENET_ORIENTATION_TAG,
  GST_MOBILENET_ORIENTATION_META,
  GST_MOBILENET_ORIENTATION_NONE
} GstMobilenetOrientation;

#define GST_TYPE_MOBILENET_BACKEND (gst_mobilenet_backend_get_type ())
#define GST_TYPE_MOBILENET_SCHEDULE (gst_mobilenet_schedule_get_type ())
#define GST_TYPE_MOBILENET_MESSAGES (gst_mobilenet_messages_get_type ())
#define GST_TYPE_MOBILENET_REGION (gst_mobilenet_region_get_type ())
#define GST_TYPE_MOBILENET_ORIENTATION (gst_mobilenet_orientation_get_type ())
/* Values: MnFit. */
#define GST_TYPE_MOBILENET_FIT (gst_mobilenet_fit_get_type ())
/* Values: MnPrecision. */
#define GST_TYPE_MOBILENET_PRECISION (gst_mobilenet_precision_get_type ())
/* Values: MnTuning. */
#define GST_TYPE_MOBILENET_TUNING (gst_mobilenet_tuning_get_type ())

GType gst_mobilenet_backend_get_type (void);
GType gst_mobilenet_schedule_get_type (void);
GType gst_mobilenet_messages_get_type (void);
GType gst_mobilenet_region_get_type (void);
GType gst_mobilenet_orientation_get_type (void);
GType gst_mobilenet_fit_get_type (void);
GType gst_mobilenet_precision_get_type (void);
GType gst_mobilenet_tuning_get_type (void);

G_END_DECLS

#endif /* GST_MOBILENET_ENUMS_H */
