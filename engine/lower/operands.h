/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What makers ask of a node's constants. */

#ifndef MN_OPERANDS_H
#define MN_OPERANDS_H

#include "engine/lower/compile.h"

G_BEGIN_DECLS

/* FALSE with MN_ERROR_UNSUPPORTED unless weights and bias (NULL: none) are
 * constant floats. */
gboolean mn_compile_check_weights (MnCompile *c, const MnNode *node,
    const MnTensor *w, const MnTensor *bias, GError **error);
/* A MEAN's axes, a bit for each; FALSE where they are not constant. */
gboolean mn_compile_mean_axes (MnCompile *c, const MnNode *node, guint *mask,
    GError **error);
/* A PAD's paddings: before and behind each dimension. NULL where they
 * are not constant. */
const gint32 *
mn_compile_paddings (MnCompile *c, const MnNode *node, GError **error);
G_END_DECLS

#endif /* MN_OPERANDS_H */
