/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Layers of quantised networks. */

#ifndef MN_LAYERS_QUANT_H
#define MN_LAYERS_QUANT_H

#include "engine/cpu/kernels/prepare_u8.h"
#include "engine/cpu/lower/plan.h"

G_BEGIN_DECLS

/* Of nodes that integers go into or come out of. Operators and types that
 * LiteRT's integer kernels do not have either are MN_ERROR_UNSUPPORTED. */
extern const MnMakers mn_cpu_integers;

/* conv_u8.c: CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED */
gboolean mn_cpu_make_qconv (MnCompile *c, const MnNode *node, GError **error);

/* binary_u8.c: ADD, SUB, MUL */
gboolean mn_cpu_make_qbinary (MnCompile *c, const MnNode *node, GError **error);
/* How the node computes the vectors of a row, of so many elements as it
 * returns, and what is left behind them; 0: the whole row is like vectors.
 * Operands and result have been checked. */
gsize mn_cpu_qbinary_args (const MnCompile *c, const MnNode *node,
    MnBinaryU8Args *vectors, MnBinaryU8Args *rest);

/* A layer of this kind from node's first input to its output, with the times
 * of one that goes once over both. */
gpointer mn_cpu_add_qlayer (MnCompile *c, const MnNode *node,
    const gchar *kernel, const MnCpuKind *kind);
/* The bytes of the node's input i or, with i < 0, of its output. */
gboolean mn_cpu_bytes (MnCompile *c, const MnNode *node, gint i, MnBytes *bytes,
    GError **error);

/* table_u8.c */

/* The layer of a node that makes each byte of one byte of its input. */
gboolean mn_cpu_make_qtable (MnCompile *c, const MnNode *node, GError **error);
/* TRUE when it is one, though it may have a constant operand. */
gboolean mn_cpu_is_qtable (const MnCompile *c, const MnNode *node);
/* Nodes that alone read tensor and are such functions, one after another,
 * become part of the layer that writes it. Returns what the layer has to
 * write instead: table[byte of tensor], when *any. */
gint mn_cpu_absorb_functions (MnCompile *c, gint tensor, guint8 *table,
    gboolean *any);

G_END_DECLS

#endif /* MN_LAYERS_QUANT_H */
