/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a format of model files is to the engine: a row of the table in
 * engine/model/readers.c, which is all that is known of it outside of its
 * folder. */

#ifndef MN_READER_H
#define MN_READER_H

#include "engine/graph/graph.h"
#include "engine/model/format/metadata.h"

G_BEGIN_DECLS

/* Whether bytes are of a format; the later the surer. */
typedef enum
{
  MN_SNIFF_OTHER,
  MN_SNIFF_CUT, /* they begin like it, and end before its mark does */
  MN_SNIFF_SURE /* its mark is where it belongs */
} MnSniff;

/* No function is NULL. name stands for the file in messages. */
typedef struct
{
  const gchar *name; /* of the format */
  /* size > 0 bytes: the whole file. */
  MnSniff (*sniff) (const guint8 *data, gsize size);
  /* The graph of a file of which sniff is sure. It keeps a reference on
   * bytes: constants point into it where they are aligned to their type, and
   * are copied where they are not. Every offset is checked; the graph's own
   * rules, the sizes of constants among them, are left to mn_graph_validate,
   * which must follow.
   * MN_ERROR_TRUNCATED: something lies past the end of the file;
   * MN_ERROR_INVALID: it contradicts itself; MN_ERROR_UNSUPPORTED: an
   * operator, type or feature that the graph cannot express. */
  MnGraph *(*read) (GBytes *bytes, const gchar *name, GError **error);
  /* What such a file says besides. One that says nothing is fine: TRUE, and
   * nothing is set; so is one that says what makes no sense for us. FALSE,
   * MN_ERROR_TRUNCATED: the end of it is missing; MN_ERROR_INVALID: labels
   * are there and cannot be read. */
  gboolean (*read_metadata) (GBytes *bytes, const gchar *name,
      MnMetadata *metadata, GError **error);
} MnReader;

G_END_DECLS

#endif /* MN_READER_H */
