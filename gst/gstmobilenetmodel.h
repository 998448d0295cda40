/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the element needs of the engine between start and stop: the model,
 * its labels, and the runner. */

#ifndef GST_MOBILENET_MODEL_H
#define GST_MOBILENET_MODEL_H

#include <gst/gst.h>

#include "engine/mn.h"
#include "gst/gstmobilenetenums.h"

G_BEGIN_DECLS typedef struct
{
  const gchar *model_file;      /* NULL: the bundled one */
  const gchar *labels_file;     /* NULL: the model's */
  GstMobilenetBackend backend;
  const gchar *device;
  MnPrecision precision;
  guint threads;
  gint64 start_timeout;         /* us, and so are the next; 0: the engine's */
  gint64 frame_timeout, retry_delay;
} GstMobilenetModelOptions;

typedef struct
{
  MnModel *model;
  const MnModelInfo *info;      /* model's */
  MnRunner *runner;
  gchar **labels;               /* one a class */
} GstMobilenetModel;

/* Loads everything. *warning (free with g_free): something to tell the user
 * that does not stop us; else NULL. */
GstMobilenetModel *gst_mobilenet_model_new (const GstMobilenetModelOptions *
    options, gchar ** warning, GError ** error);
void gst_mobilenet_model_free (GstMobilenetModel * model);

/* Posts error as the element's error message, in the engine's words. */
void gst_mobilenet_post_error (GstElement * element, const GError * error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstMobilenetModel, gst_mobilenet_model_free)
    G_END_DECLS
#endif /* GST_MOBILENET_MODEL_H */
