/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the parts of the .tflite reader share. */

#ifndef MN_TFLITE_INTERNAL_H
#define MN_TFLITE_INTERNAL_H

#include "engine/graph/budget.h"
#include "engine/graph/graph.h"
#include "engine/graph/operators.h"
#include "engine/model/format/metadata.h"
#include "engine/model/tflite/flatbuffer.h"

G_BEGIN_DECLS

typedef struct
{
  MnFb fb;
  const gchar *name;
  MnGraph *graph;
  MnFbVector buffers, codes;
  /* A word for each tensor that the graph cannot express, such as "type 5";
   * NULL where it can. Said when an operator uses it. */
  GPtrArray *strange;
  gsize budget; /* bytes that may still be copied */
} MnTfliteReader;

/* Sets the error of the fault that reading `what` left; FALSE then. */
gboolean
mn_tflite_check (MnTfliteReader *reader, const gchar *what, GError **error);
/* Refuses a file that has more than most of what; FALSE then. */
gboolean mn_tflite_count (MnTfliteReader *reader, const gchar *what, guint32 n,
    guint32 most, GError **error);
/* Takes n bytes off the budget, or fails. */
gboolean mn_tflite_take (MnTfliteReader *reader, gsize n, GError **error);
/* The bytes of a buffer, inside the FlatBuffer or behind it; size 0: it has
 * none. */
gboolean mn_tflite_buffer (MnTfliteReader *reader, guint32 index,
    const guint8 **data, gsize *size, GError **error);

/* reader.c, metadata.c: see MnReader. */
MnGraph *mn_tflite_read (GBytes *bytes, const gchar *name, GError **error);
gboolean mn_tflite_read_metadata (GBytes *bytes, const gchar *name,
    MnMetadata *metadata, GError **error);
/* tensors.c */
gboolean mn_tflite_read_tensors (MnTfliteReader *reader,
    const MnFbTable *subgraph, GError **error);
/* operators.c */
gboolean mn_tflite_read_operators (MnTfliteReader *reader,
    const MnFbTable *subgraph, GError **error);
/* options.c: the options of one operator into its node. code: TflOp;
 * NULL-safe: an absent table gives the format's defaults. */
gboolean mn_tflite_read_options (MnTfliteReader *reader, gint32 code,
    const MnFbTable *options, MnNode *node, GError **error);
/* names.c: NULL for a code that the format does not define. */
const gchar *mn_tflite_op_name (gint32 code);

G_END_DECLS

#endif /* MN_TFLITE_INTERNAL_H */
