/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Models of an operator or two, and what the reader and the validator make of
 * them. */

#ifndef READ_UTIL_H
#define READ_UTIL_H

#include "engine/graph/graph.h"
#include "tests/support/tflite_writer.h"

G_BEGIN_DECLS

/* Tensors of the writer: a constant of at most 4096 zero bytes, and float32
 * that a layer computes. */
gint write_zeros (MnTestWriter *w, const gchar *name, MnDType dtype, guint rank,
    const gint32 *dims);
gint write_activation (MnTestWriter *w, const gchar *name, gint n, gint h,
    gint width, gint c);
/* x -> op -> y; the rest of a one-operator model. k: its constant, -1: none. */
void write_one (MnTestWriter *w, const MnTestOp *op, gint x, gint k, gint y);

/* The graph of a file, valid; NULL and error: there is none. */
MnGraph *read_graph (GBytes *bytes, GError **error);
/* Finishes the writer; the model must be refused with just this text. */
void refuse_graph (MnTestWriter *w, MnError code, const gchar *message);

G_END_DECLS

#endif /* READ_UTIL_H */
