/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Random pictures in every format, each plane in a block of its own of just
 * the size it needs, and a plain reference of preprocessing in doubles. It
 * shares no code with the engine: it turns the picture upright first and then
 * sums over all samples of every component. */

#ifndef REFERENCE_H
#define REFERENCE_H

#include "engine/preprocess/preprocess.h"

/* One component: value v[y * width + x] sits at px[x], py[y], in pixels of
 * the frame; neighbours are step_x, step_y apart. */
typedef struct
{
  gint width, height;
  gdouble *v, *px, *py;
  gdouble step_x, step_y;
} Component;

typedef struct
{
  MnFrame frame;
  guint8 *blocks[MN_MAX_PLANES];
} Picture;

/* Seed: MOBILENET_TEST_SEED, else random; printed. */
GRand *test_rand_new (void);

/* The stage for scale and bias of 1 and 0; never fails. */
MnPreprocess *
stage_new (const MnInput *input, guint width, guint height, guint channels);
/* Runs all rows on the frame, checked; free with g_free. */
gfloat *stage_run (const MnPreprocess *stage, const MnFrame *frame);

/* What the reference knows of a format; pixels a chroma sample, 1 or 2. */
gboolean format_is_grey (MnFormat format);
gboolean format_is_tiled (MnFormat format);
void format_chroma_steps (MnFormat format, gint *x, gint *y);

/* Random content; padding and the sign of the strides at random as well
 * when rand_layout. */
void picture_init (Picture *picture, const MnFrameDesc *desc, GRand *rand,
    gboolean rand_layout);
void picture_clear (Picture *picture);
/* Byte x of row y of a plane, of any stride, tiled or not. */
guint8 *picture_at (Picture *picture, guint plane, gsize x, guint y);
/* Writes an RGB or Y, U, V value of 8 bits to where the format has it for
 * pixel x, y; chroma is written with the first pixel of its group. */
void picture_put (Picture *picture, gint x, gint y, const guint8 value[3]);

/* Values 0..255 for each of width x height pixels x 3, margins 127.5. Square
 * pixels only. Free with g_free. */
gdouble *
reference_run (const MnInput *input, Picture *picture, gint width, gint height);

#endif /* REFERENCE_H */
