/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What comes with a model besides the graph: normalisation and labels, from
 * the TFLite metadata inside the file (a FlatBuffer named TFLITE_METADATA
 * and a zip archive behind the model) or from a GStreamer .modelinfo file
 * beside it. */

#ifndef MN_METADATA_H
#define MN_METADATA_H

#include "engine/mn.h"

G_BEGIN_DECLS

/* Zero it before use. */
typedef struct
{
  gboolean has_norm; /* mean and std are set: (pixel - mean) / std,
                      * pixel in 0..255, always 4 values: one value
                      * for all channels is repeated */
  gfloat mean[4], std[4];
  gchar **labels;    /* of the first output with any; NULL: none */
  MnLabelsNote note; /* on them */
} MnMetadata;

/* Frees what it holds and zeroes it. */
void mn_metadata_clear (MnMetadata *metadata);

/* Reads the TFLite metadata of a file that mn_tflite_read accepted. A file
 * without metadata is fine: TRUE, and nothing is set; so is one whose
 * metadata makes no sense for us. FALSE, MN_ERROR_TRUNCATED: the archive
 * behind the model starts and its end is missing; MN_ERROR_INVALID: the
 * labels are there and cannot be read. */
gboolean mn_metadata_read_tflite (GBytes *bytes, const gchar *name,
    MnMetadata *metadata, GError **error);

/* Reads the .modelinfo file at path (GStreamer's, a key file) and takes
 * `ranges` of its input tensor: min,max a channel that pixels 0..255 are
 * mapped to. Neither file nor input is fine: TRUE, has_norm unchanged. */
gboolean mn_metadata_read_modelinfo (const gchar *path, MnMetadata *metadata,
    GError **error);

/* The .modelinfo file that belongs to a model: <model>.modelinfo, else the
 * model's name with its ending replaced; NULL: there is none. g_free. */
gchar *mn_metadata_find_modelinfo (const gchar *model_path);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MnMetadata, mn_metadata_clear)

G_END_DECLS

#endif /* MN_METADATA_H */
