/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the element needs of the engine for one network: the model, its labels,
 * the runner. Counted; labels and info never change. */

#ifndef GST_MOBILENET_MODEL_H
#define GST_MOBILENET_MODEL_H

#include <gst/gst.h>

#include "engine/mn.h"
#include "gst/mobilenet/options.h"

G_BEGIN_DECLS

typedef struct
{
  gint refcount;
  guint number; /* no two models of a process have the same */
  MnModel *model;
  const MnModelInfo *info; /* model's */
  gchar **labels;          /* one a class */
  gint *stop;              /* as in the options */
  /* One thread at a time. */
  MnRunner *runner;
  guint serial; /* of the input that it was told; 0: none */
} GstMobilenetModel;

/* Loads everything. *warning (free with g_free): something to tell the user
 * that does not stop us; else NULL. */
GstMobilenetModel *
gst_mobilenet_model_new (const GstMobilenetModelOptions *options,
    gchar **warning, GError **error);
GstMobilenetModel *gst_mobilenet_model_ref (GstMobilenetModel *model);
/* The last one may wait for a device. */
void gst_mobilenet_model_unref (GstMobilenetModel *model);
/* Whether the caller's reference is the only one. */
gboolean gst_mobilenet_model_is_last (GstMobilenetModel *model);

/* Infers on a frame of input; returns when it is done. serial is never 0 and is
 * another one wherever input is. NULL: a frame that cannot be read. */
MnResult *gst_mobilenet_model_infer (GstMobilenetModel *model,
    const MnInput *input, guint serial, MnFrame *frame, GError **error);
/* As mn_runner_set_input, but nothing where it knows. */
gboolean gst_mobilenet_model_set_input (GstMobilenetModel *model,
    const MnInput *input, guint serial, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstMobilenetModel, gst_mobilenet_model_unref)

G_END_DECLS

#endif /* GST_MOBILENET_MODEL_H */
