/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Values as the numbers that they stand for. */

#ifndef MN_DEQUANTISE_H
#define MN_DEQUANTISE_H

#include "engine/graph/graph.h"

G_BEGIN_DECLS

/* n elements, those of integers by their one scale. data need not be aligned
 * where it is bytes or floats; other types than floats and integers of 8 and
 * 32 bits give zeros. */
void mn_dequantise (MnDType dtype, gconstpointer data, const MnQuant *quant,
    gfloat *out, gsize n);
/* The other way: to the nearest of the type's values, halves away from zero.
 * Of bytes with one scale, and of floats, which stay. out may be x. */
void mn_quantise (MnDType dtype, const MnQuant *quant, const gfloat *x,
    gpointer out, gsize n);

G_END_DECLS

#endif /* MN_DEQUANTISE_H */
