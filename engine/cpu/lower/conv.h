/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Layers that convolve, as blocks are made of them. */

#ifndef MN_CPU_CONV_H
#define MN_CPU_CONV_H

#include "engine/cpu/lower/plan.h"

G_BEGIN_DECLS

/* A product of matrices: pointwise, or fully connected. */
typedef struct
{
  MnCpuLayer layer;
  gsize m;
  guint m_tasks, n_tasks; /* a task is a part of both */
  MnGemmArgs args;
} MnCpuGemm;

typedef struct
{
  MnCpuLayer layer;
  gsize out_h;
  MnConvArgs args;
} MnCpuConv;

typedef struct
{
  MnCpuLayer layer;
  gsize out_h;
  MnDwconvKind kind;
  gboolean split_rows; /* else channel tiles */
  MnDwconvArgs args;
} MnCpuDwconv;

extern const MnCpuKind mn_cpu_gemm_kind, mn_cpu_conv_kind, mn_cpu_dwconv_kind;

/* A product of one row, x, with w (OI), node's input w_input, and the bias
 * behind it; all floats. residual: a value; or -1. */
gboolean mn_cpu_add_matvec (MnCompile *c, const MnNode *node,
    const gchar *suffix, guint w_input, gint x, gint residual, gint out,
    const MnMatvecArgs *args, GError **error);

G_END_DECLS

#endif /* MN_CPU_CONV_H */
