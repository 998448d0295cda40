/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the parts of a model's making share. */

#ifndef MN_MODEL_PARTS_H
#define MN_MODEL_PARTS_H

#include "engine/core/internal.h"

G_BEGIN_DECLS

/* model_info.c: what the graph alone says. */
void mn_model_fill_info (MnModel *model);
/* What the meaning of its outputs says. */
void mn_model_fill_output (MnModel *model);
/* What depends on the labels, wherever they came from; the last step. */
void mn_model_finish_info (MnModel *model);

/* model_beside.c: takes normalisation and labels that the model has not yet
 * out of metadata, which comes from source (MnModelInfo.norm_source). */
void mn_model_take_metadata (MnModel *model, MnMetadata *metadata,
    const gchar *source);
/* The same of what lies beside the file at path. */
gboolean
mn_model_load_beside (MnModel *model, const gchar *path, GError **error);

G_END_DECLS

#endif /* MN_MODEL_PARTS_H */
