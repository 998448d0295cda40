/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the kernel tests share: levels, random numbers, guarded buffers. */

#ifndef TEST_KERNELS_SUPPORT_H
#define TEST_KERNELS_SUPPORT_H

#include "engine/base/cpu_flags.h"
#include "engine/cpu/kernels/kernels.h"
#include "engine/cpu/kernels/pack.h"
#include "engine/cpu/lower/translate.h"

/* A kernel under test: the table of its level, and the plain one. */
typedef struct
{
  const gchar *level;
  MnKernels kernels;
  MnKernels plain;
  gfloat rounding;     /* what storing a value as the level's element
                        * may cost, as a part of the largest one */
  gfloat sum_rounding; /* the same of a sum of products, and of its
                        * size */
} Subject;

typedef void (*SubjectTest) (const Subject *subject);

/* Adds "/kernels/LEVEL/name" for every level; skips those that this CPU
 * lacks. */
void add_subject_test (const gchar *name, SubjectTest test);

/* From MOBILENET_TEST_SEED, else another one each time; printed. */
void random_init (void);
gint random_int (gint first, gint last); /* both included */

/* n random floats in -1..1, in a block of exactly their size. */
gfloat *random_floats (gsize n);
/* The same, of values that the subject's element can hold. */
gfloat *random_values (const Subject *subject, gsize n);
/* n such values as elements, in a block of exactly their size. */
gpointer elements (const Subject *subject, const gfloat *values, gsize n);
MnAct random_act (void);
/* Weights of n outputs with k each, in runs, packed for the tile, in a block
 * of exactly their size. w: OI. */
gfloat *pack (const MnTile *tile, gsize n, gsize k, gsize run, const gfloat *w,
    const gfloat *bias);

/* An output of n floats, all NaN, with sentinels around it. */
typedef struct
{
  gfloat *data;
  gsize n;
  gfloat *block;
  guint16 *raw; /* n elements and guards */
} Output;

Output output_new (gsize n);
void output_free (Output *output);
/* Where a kernel of the subject's is to write its elements; and takes what it
 * wrote over into data. */
gpointer output_begin (const Subject *subject, Output *output);
void output_end (const Subject *subject, Output *output);
/* Nothing around it was written. */
void output_check_guards (const Output *output);
/* Now and then: makes both strides of n channels whole vectors; TRUE when
 * they are. Then what a kernel writes behind the n says nothing, and
 * output_forget makes it as if nobody had written it. */
gboolean pad_strides (const Subject *s, gsize n, gsize *a, gsize *b);
void output_forget (Output *got, gsize n, gsize stride);
/* Every element was written where want was, and no other; they agree within
 * tolerance times the largest of want, or least if that is more (what the
 * sums are like where little is left of them: see sum_size). what: the
 * parameters. */
void output_compare (const Output *got, const Output *want, gfloat tolerance,
    gfloat least, const gchar *what);

/* How large a sum of k products of random_floats gets, clamped afterwards or
 * not: its rounding errors are in proportion to it. */
gfloat sum_size (gsize k);

/* By how much an activation makes an error of its sum larger, at most: hard
 * swish is x (x + 3) / 6 up to 3, the steepest place. */
gfloat steepness (MnAct act);

void add_gemm_tests (void);
void add_conv_tests (void);
void add_dwconv_tests (void);
void add_pool2d_tests (void);
void add_elementwise_tests (void);
void add_softmax_tests (void);
void add_element_tests (void);
void add_cpu_flags_tests (void);

#endif /* TEST_KERNELS_SUPPORT_H */
