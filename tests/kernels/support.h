/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the kernel tests share: levels, random numbers, guarded buffers. */

#ifndef TEST_KERNELS_SUPPORT_H
#define TEST_KERNELS_SUPPORT_H

#include "engine/cpu/cpu_flags.h"
#include "engine/cpu/kernels.h"
#include "engine/cpu/pack.h"

/* A kernel under test: the table of its level, and the plain one. */
typedef struct
{
  const gchar *level;
  MnKernels kernels;
  MnKernels plain;
} Subject;

typedef void (*SubjectTest) (const Subject * subject);

/* Adds "/kernels/LEVEL/name" for every level; skips those that this CPU
 * lacks. */
void add_subject_test (const gchar * name, SubjectTest test);

/* From MOBILENET_TEST_SEED, else another one each time; printed. */
void random_init (void);
gint random_int (gint first, gint last);        /* both included */

/* n random floats in -1..1, in a block of exactly their size. */
gfloat *random_floats (gsize n);
MnAct random_act (void);
/* Weights of n outputs with k each, packed for the tile, in a block of
 * exactly their size. w: OI. */
gfloat *pack (const MnTile * tile, gsize n, gsize k, const gfloat * w,
    const gfloat * bias);

/* An output of n floats, all NaN, with sentinels around it. */
typedef struct
{
  gfloat *data;
  gsize n;
  gfloat *block;
} Output;

Output output_new (gsize n);
void output_free (Output * output);
/* Nothing around it was written. */
void output_check_guards (const Output * output);
/* Every element was written where want was, and no other; they agree within
 * tolerance times the largest of want, or least if that is more (sums of
 * which nearly nothing is left). what: the parameters. */
void output_compare (const Output * got, const Output * want,
    gfloat tolerance, gfloat least, const gchar * what);

void add_gemm_tests (void);
void add_conv_tests (void);
void add_dwconv_tests (void);
void add_other_tests (void);

#endif /* TEST_KERNELS_SUPPORT_H */
