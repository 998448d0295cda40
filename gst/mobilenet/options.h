/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a model is loaded with. */

#ifndef GST_MOBILENET_OPTIONS_H
#define GST_MOBILENET_OPTIONS_H

#include <gst/gst.h>

#include "engine/mn.h"
#include "gst/mobilenet/enums.h"

G_BEGIN_DECLS

typedef struct
{
  gchar *model_file;  /* NULL: the bundled one */
  gchar *labels_file; /* NULL: the model's */
  gchar *device;
  gchar *mean, *std; /* to be fit for the model; NULL: its own */
  GstMobilenetBackend backend;
  MnPrecision precision;
  MnTuning tuning;
  guint threads;
  guint depth;          /* of the runner at the start; 0: 1 */
  gint64 start_timeout; /* us, and so are the next; 0: the engine's */
  gint64 frame_timeout, retry_delay;
  gint *stop; /* atomic, a counted box (g_atomic_rc_box): once
               * it is not 0, the CPU gives frames up */
} GstMobilenetModelOptions;

void gst_mobilenet_model_options_copy (GstMobilenetModelOptions *to,
    const GstMobilenetModelOptions *from);
void gst_mobilenet_model_options_clear (GstMobilenetModelOptions *options);

G_END_DECLS

#endif /* GST_MOBILENET_OPTIONS_H */
