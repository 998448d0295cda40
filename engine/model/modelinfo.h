/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* GStreamer's .modelinfo files, which lie beside models. */

#ifndef MN_MODELINFO_H
#define MN_MODELINFO_H

#include "engine/model/format/metadata.h"

G_BEGIN_DECLS

/* Reads the .modelinfo file at path (GStreamer's, a key file) and takes
 * `ranges` of its input tensor: min,max a channel that pixels 0..255 are
 * mapped to. Neither file nor input is fine: TRUE, has_norm unchanged. */
gboolean
mn_modelinfo_read (const gchar *path, MnMetadata *metadata, GError **error);

/* The .modelinfo file that belongs to a model: <model>.modelinfo, else the
 * model's name with its ending replaced; NULL: there is none. g_free. */
gchar *mn_modelinfo_find (const gchar *model_path);

G_END_DECLS

#endif /* MN_MODELINFO_H */
