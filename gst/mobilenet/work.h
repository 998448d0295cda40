/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* An inference on another thread, with all that it needs. */

#ifndef GST_MOBILENET_WORK_H
#define GST_MOBILENET_WORK_H

#include "gst/mobilenet/results.h"
#include "engine/base/worker.h"

G_BEGIN_DECLS

typedef struct
{
  MnWork job; /* first: a job is its work */
  GstMobilenetModel *model;
  MnInput input;
  guint serial; /* as for gst_mobilenet_model_infer */
  MnFrame *frame;
  GstMobilenetFrameId id;
  GstMobilenetShow show;
  MnResult *result; /* NULL: error says why */
  GError *error;
} GstMobilenetWork;

/* Infers and lets the frame go. lane: as for gst_mobilenet_model_infer. */
void gst_mobilenet_work_infer (GstMobilenetWork *work, gint lane);
/* Lets go of everything. */
void gst_mobilenet_work_clear (GstMobilenetWork *work);

G_END_DECLS

#endif /* GST_MOBILENET_WORK_H */
