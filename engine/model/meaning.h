/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the numbers at both ends of a network mean: which values it wants for
 * pixels, which of its outputs tells the classes, and what its values are.
 * Files rarely say so; what they say by their shape, their quantisation and
 * their weights is taken in turn, and each answer comes with its reason. */

#ifndef MN_MEANING_H
#define MN_MEANING_H

#include "engine/graph/graph.h"
#include "engine/model/format/metadata.h"

G_BEGIN_DECLS

/* Zero it before use. */
typedef struct
{
  gfloat mean[4], std[4]; /* (pixel - mean) / std, pixel in 0..255 */
  const gchar *source;    /* MnModelInfo.norm_source; never freed */
  gchar *why;             /* for people; NULL: the source says all */
  gchar *doubt;           /* for the user, with what to set; NULL: it is
                           * no guess */
} MnInputMeaning;

typedef struct
{
  guint output; /* whose values are classes */
  MnTask task;
  MnValues values;
  guint n_classes;
  gchar *why;   /* why this output; never NULL */
  gchar *doubt; /* for the user; NULL: none */
} MnOutputMeaning;

/* Frees what they hold and zeroes them. */
void mn_input_meaning_clear (MnInputMeaning *meaning);
void mn_output_meaning_clear (MnOutputMeaning *meaning);

/* Of a graph after the passes with one picture as its input. metadata: what
 * says it, from `source`; NULL, or without has_norm: nothing does. Weights
 * are read. */
void mn_input_meaning_find (const MnGraph *graph, const MnMetadata *metadata,
    const gchar *source, MnInputMeaning *meaning);

/* Of such a graph and its labels, of which there are n_labels (0: none; note
 * is not looked at then). */
void mn_output_meaning_find (const MnGraph *graph, guint n_labels,
    const MnLabelsNote *note, MnOutputMeaning *meaning);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MnInputMeaning, mn_input_meaning_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MnOutputMeaning, mn_output_meaning_clear)

G_END_DECLS

#endif /* MN_MEANING_H */
