/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The .tflite reader: bytes to a graph that mn_graph_validate checks next.
 * Facts of the format: schema.h. Only the first subgraph is read. */

#ifndef MN_TFLITE_H
#define MN_TFLITE_H

#include "engine/graph/graph.h"

G_BEGIN_DECLS

/* Builds the graph of a file that passed mn_sniff_tflite. name stands for
 * the file in messages. The graph keeps a reference on bytes: constants
 * point into it where they are aligned to their type, and are copied where
 * they are not. Every offset is checked; the graph's own rules are left to
 * mn_graph_validate, which must follow.
 * MN_ERROR_TRUNCATED: something lies past the end of the file;
 * MN_ERROR_INVALID: it contradicts itself; MN_ERROR_UNSUPPORTED: an operator,
 * type or feature that the graph cannot express. */
MnGraph *mn_tflite_read (GBytes *bytes, const gchar *name, GError **error);

G_END_DECLS

#endif /* MN_TFLITE_H */
