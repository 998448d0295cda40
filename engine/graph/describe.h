/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Graphs as text for people. Take a validated graph, before or after the
 * passes. */

#ifndef MN_DESCRIBE_H
#define MN_DESCRIBE_H

#include "engine/graph/graph.h"

G_BEGIN_DECLS

/* Inputs, outputs, a table (layer, operator, activation, output shape,
 * parameters, millions of multiply-adds) and totals. g_free. */
gchar *mn_graph_describe (const MnGraph *graph);

/* The graph in Graphviz's language: a box an operator, coloured by kind,
 * shapes on the edges. g_free. */
gchar *mn_graph_to_dot (const MnGraph *graph);

/* Multiply-adds of one node for a batch of 1; 0 where it has none. */
guint64 mn_node_macs (const MnGraph *graph, const MnNode *node);
/* Constant elements that the node reads: weights and biases. */
guint64 mn_node_params (const MnGraph *graph, const MnNode *node);
/* "1x224x224x3"; "scalar" for rank 0. g_free. */
gchar *mn_tensor_shape (const MnTensor *tensor);

G_END_DECLS

#endif /* MN_DESCRIBE_H */
