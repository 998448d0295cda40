/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What comes with a model besides the graph, in the file or beside it. */

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

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MnMetadata, mn_metadata_clear)

G_END_DECLS

#endif /* MN_METADATA_H */
