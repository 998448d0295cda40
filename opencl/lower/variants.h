/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The forms in which kernels come: tiles, unrolled loops, shared work; and
 * which of them a layer gets. */

#ifndef MN_CL_VARIANTS_H
#define MN_CL_VARIANTS_H

#include "opencl/lower/plan.h"

G_BEGIN_DECLS

typedef struct
{
  const gchar *kernel;
  gboolean gpu; /* for GPUs; else for CPUs */
  /* where it serves; 0: everywhere */
  guint size, stride; /* of the window */
  guint divisor;      /* of the problem's slices */
  gsize slices;       /* from so many on */
  gsize items;        /* up to so many a compute unit */
  guint registers;    /* that an item takes, more or less, of 32 bits */
  /* what it is */
  guint width;  /* output channels an item */
  guint pixels; /* an item */
  guint step;   /* input slices a turn */
  guint split;  /* items that share the inputs */
} MnClVariant;

/* What is to be computed. */
typedef struct
{
  const gchar *kernel;
  guint size, stride; /* of the window, where it is square and known to the
                       * kernel; else 0 */
  gsize slices;       /* of the inputs, 4 channels each */
  gsize items;        /* slices of the outputs */
  gboolean fixed;     /* what is made of it depends on the form: tuning is
                       * not to take another one */
} MnClProblem;

/* A variant with what it is compiled with. */
typedef struct
{
  const MnClVariant *variant;
  MnClOptions options;
} MnClForm;

/* As many as may be tried for one layer. */
#define MN_CL_MAX_FORMS 16

/* Appends to options what a variant is compiled with. */
typedef void (*MnClDescribe) (MnClOptions *options, const MnClVariant *variant,
    gconstpointer data);

/* The variant that tuning has chosen, else the first one that serves, with its
 * options; one that has all in registers where there is such a one. NULL:
 * error. */
const MnClVariant *mn_cl_choose_variant (MnCompile *c,
    const MnClProblem *problem, MnClDescribe describe, gconstpointer data,
    MnClOptions *options, GError **error);

G_END_DECLS

#endif /* MN_CL_VARIANTS_H */
