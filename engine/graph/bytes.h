/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Tensors of bytes as kernels see them. */

#ifndef MN_GRAPH_BYTES_H
#define MN_GRAPH_BYTES_H

#include "engine/base/bytes.h"
#include "engine/graph/graph.h"

G_BEGIN_DECLS

/* FALSE when the tensor is not uint8 or int8 with one scale. */
gboolean mn_bytes_of (const MnTensor *tensor, MnBytes *bytes);

G_END_DECLS

#endif /* MN_GRAPH_BYTES_H */
