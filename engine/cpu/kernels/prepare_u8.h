/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is worked out before kernels on bytes run: ranges, factors, tables. */

#ifndef MN_PREPARE_U8_H
#define MN_PREPARE_U8_H

#include "engine/cpu/kernels/kernels.h"

G_BEGIN_DECLS

/* What an activation leaves of 0..255. */
void mn_bytes_range (const MnBytes *bytes, MnAct act, gint32 *lo, gint32 *hi);

/* q, without y's zero point, as it is after narrowing. */
gint32 mn_narrow (gint32 q, const MnBytes *y, MnNarrow how);
/* FALSE: it changes nothing in -most..most. */
gboolean mn_narrow_shows (gint64 most, MnNarrow how);

/* What is in args but the factors must be there. A narrowing that shows
 * nowhere becomes MN_NARROW_NONE. */
void mn_add_u8_prepare (MnBinaryU8Args *args);
void mn_mul_u8_prepare (MnBinaryU8Args *args);
/* How the vectors of an operator do it, those of a row alone or with a single
 * value for one operand, and the elements of one; 0: there are none. Behind
 * them, and where there are none, it is MN_ADD_U8_TWICE, MN_NARROW_NONE. */
gsize mn_binary_u8_vectors (MnBinaryKind kind, gboolean is_signed,
    gboolean single, MnAddU8Scaling *scaling, MnNarrow *narrow);

void mn_mean_u8_prepare (MnMeanU8Args *args);

/* The kernel computes the product in floats: the integer next to p * factor +
 * nudge, nudge with the sign of p, once rounded. TRUE when that is exact for
 * all bytes. binary: by mn_mul_u8_prepare. */
gboolean mn_scale_u8_prepare (MnScaleU8Args *args);

/* TRUE when weighted_sum gives exactly what add does (sub: subtract) for every
 * two bytes. */
gboolean mn_weighted_sum_u8_prepare (const MnU8Kernels *kernels,
    gboolean subtract, const MnBinaryU8Args *binary, MnWeightedSumU8Args *args);

/* ---- tables: all functions of one byte ---------------------------------- */

/* As operators compute them, for MnLookupU8Func. */
void mn_table_hard_swish (const MnBytes *x, const MnBytes *y, guint8 *table);
void mn_table_logistic (const MnBytes *x, const MnBytes *y, guint8 *table);
/* RELU and RELU6. */
void
mn_table_relu (const MnBytes *x, const MnBytes *y, MnAct act, guint8 *table);
/* QUANTIZE of integers: another scale and zero point; halves up, or away from
 * zero. */
void mn_table_requant (const MnBytes *x, const MnBytes *y, gboolean up,
    guint8 *table);
/* Bytes of a vector, which round up. */
#define MN_REQUANT_U8_STEP 16
/* 256 floats for mn_softmax_u8. */
void mn_table_softmax (gfloat x_scale, gfloat beta, gfloat *table);

G_END_DECLS

#endif /* MN_PREPARE_U8_H */
