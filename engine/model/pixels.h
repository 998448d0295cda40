/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which values a network wants for pixels. Files rarely say so; what they say
 * by their quantisation and their weights is taken in turn, and the answer
 * comes with its reason. */

#ifndef MN_PIXELS_H
#define MN_PIXELS_H

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

/* Frees what it holds and zeroes it. */
void mn_input_meaning_clear (MnInputMeaning *meaning);

/* Of a graph after the passes with one picture as its input. metadata: what
 * says it, from `source`; NULL, or without has_norm: nothing does. Weights
 * are read. */
void mn_input_meaning_find (const MnGraph *graph, const MnMetadata *metadata,
    const gchar *source, MnInputMeaning *meaning);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MnInputMeaning, mn_input_meaning_clear)

G_END_DECLS

#endif /* MN_PIXELS_H */
