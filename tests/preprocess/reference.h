/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A plain reference of preprocessing in doubles. It shares no code with the
 * engine: it turns the picture upright first and then sums over all samples of
 * every component. */

#ifndef REFERENCE_H
#define REFERENCE_H

#include "engine/cpu/preprocess/stage.h"
#include "tests/preprocess/picture.h"

/* Seed: MOBILENET_TEST_SEED, else random; printed. */
GRand *test_rand_new (void);

/* The stage for scale and bias of 1 and 0, or for others; never fails. */
MnCpuStage *
stage_new (const MnInput *input, guint width, guint height, guint channels);
MnCpuStage *stage_new_norm (const MnInput *input, guint width, guint height,
    guint channels, const gfloat *mean, const gfloat *std,
    const gfloat *scale_in, const gfloat *offset_in);
/* Runs all rows on the frame, checked; free with g_free. */
gfloat *stage_run (const MnCpuStage *stage, const MnFrame *frame);

/* Values 0..255 for each of width x height pixels x 3, margins 127.5. Square
 * pixels only. Free with g_free. */
gdouble *
reference_run (const MnInput *input, Picture *picture, gint width, gint height);

#endif /* REFERENCE_H */
