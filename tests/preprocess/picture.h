/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Random pictures in every format, each plane in a block of its own of just
 * the size it needs. Shares no code with the engine. */

#ifndef PICTURE_H
#define PICTURE_H

#include "engine/preprocess/preprocess.h"

typedef struct
{
  MnFrame frame;
  guint8 *blocks[MN_MAX_PLANES];
} Picture;

/* What is known here of a format; pixels a chroma sample, 1 or 2. */
gboolean format_is_grey (MnFormat format);
gboolean format_is_yuv (MnFormat format);
gboolean format_is_tiled (MnFormat format);
guint format_bits (MnFormat format); /* of a value */
void format_chroma_steps (MnFormat format, gint *x, gint *y);

/* Random content; padding and the sign of the strides at random as well
 * when rand_layout. */
void picture_init (Picture *picture, const MnFrameDesc *desc, GRand *rand,
    gboolean rand_layout);
void picture_clear (Picture *picture);
/* Byte x of row y of a plane, of any stride, tiled or not. */
guint8 *picture_at (Picture *picture, guint plane, gsize x, guint y);
/* The value of component c (Y, U, V or R, G, B) at its own sample x, y. */
guint picture_get (Picture *picture, guint c, gint x, gint y);
/* Writes an RGB or Y, U, V value of 8 bits to where the format has it for
 * pixel x, y; chroma is written with the first pixel of its group. */
void picture_put (Picture *picture, gint x, gint y, const guint8 value[3]);

#endif /* PICTURE_H */
