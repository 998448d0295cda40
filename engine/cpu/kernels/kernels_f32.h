/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Kernels on floats.
 *
 * What a kernel takes as gpointer or gconstpointer is stored as the table's
 * element; what it takes as gfloat is float32 in every table. Products are
 * summed in float32, and biases, activations and residuals added so, before a
 * value is rounded to the element. ("f32" in a kernel's name is this.) */

#ifndef MN_KERNELS_F32_H
#define MN_KERNELS_F32_H

#include "engine/cpu/kernels/act.h"

G_BEGIN_DECLS

/* ---- matrix products ---------------------------------------------------- */

typedef struct
{
  gsize k, n;
  gsize a_stride, c_stride, residual_stride;
  const gfloat *scale;    /* k factors for the columns of a; or NULL */
  gconstpointer residual; /* like c; or NULL */
  gpointer scratch;       /* when there is a scale: k elements for each
                           * row, or for most_rows if that is less */
  gboolean padded;        /* whole vectors of c may be written, of
                           * residual read */
  MnAct act;
} MnGemmArgs;

/* c[i][j] = act (sum_k a[i][k] * scale[k] * w[j][k] + bias[j])
 *           + residual[i][j] for m rows; w: packed. */
typedef void (*MnGemmFunc) (gsize m, gconstpointer a, const gfloat *w,
    gpointer c, const MnGemmArgs *args);

typedef struct
{
  gsize k, n;
  gfloat x_scale;         /* of all of x */
  const gfloat *bias;     /* n; NULL: zeros, or packed ones */
  const gfloat *residual; /* n; or NULL */
  MnAct act;
} MnMatvecArgs;

/* y[j] = act (sum_k x[k] * x_scale * w[j][k] + bias[j]) + residual[j] for
 * the outputs of tiles first .. end - 1; w: from tile 0 on, packed if the
 * tile says so. */
typedef void (*MnMatvecFunc) (gsize first, gsize end, const gfloat *x,
    const gfloat *w, gfloat *y, const MnMatvecArgs *args);

/* ---- convolutions ------------------------------------------------------- */

typedef struct
{
  gsize in_h, in_w, in_c, in_stride;
  gsize out_w, out_c, out_stride, residual_stride;
  gsize kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w;
  gsize pad_top, pad_left;
  gconstpointer residual; /* like the output; or NULL */
  gboolean padded;        /* whole vectors of the output may be written,
                           * of residual read */
  MnAct act;
} MnConvArgs;

/* Output rows first .. end - 1; in and out point at the pictures. w: packed,
 * k in the order kernel row, kernel column, input channel; a run is a kernel
 * row. */
typedef void (*MnConvFunc) (gsize first, gsize end, gconstpointer in,
    const gfloat *w, gpointer out, const MnConvArgs *args);

typedef struct
{
  gsize in_h, in_w, in_stride;
  gsize out_w, out_stride;
  gsize channels;   /* of the output */
  gsize multiplier; /* outputs an input channel */
  gsize kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w;
  gsize pad_top, pad_left;
  gfloat *sums;    /* channels: sum over the rows of this call,
                    * before they are rounded to the element;
                    * or NULL */
  gboolean padded; /* whole vectors of a pixel may be read and
                    * written */
  MnAct act;
} MnDwconvArgs;

/* Depthwise: output rows first_row .. end_row - 1, channel tiles first_tile
 * .. end_tile - 1. w: packed, k in the order kernel row, kernel column; a
 * run is a kernel row. */
typedef void (*MnDwconvFunc) (gsize first_row, gsize end_row, gsize first_tile,
    gsize end_tile, gconstpointer in, const gfloat *w, gpointer out,
    const MnDwconvArgs *args);

/* ---- the rest ----------------------------------------------------------- */

typedef struct
{
  gsize in_h, in_w, channels;
  gsize out_w;
  gsize filter_h, filter_w, stride_h, stride_w;
  gsize pad_top, pad_left;
  MnAct act;
} MnPoolArgs;

/* Output rows first .. end - 1 of a pooling; dense pictures. The average is
 * over the elements inside the picture. */
typedef void (*MnPoolFunc2d) (gsize first, gsize end, gconstpointer in,
    gpointer out, const MnPoolArgs *args);

/* y[c] = scale * sum over n pixels of x[i * stride + c], channels of them. */
typedef void (*MnMeanFunc) (gsize n, gsize channels, gsize stride, gfloat scale,
    gconstpointer x, gfloat *y);

/* y[i] = act (a[i * a_step] op b[i * b_step]); steps are 0 or 1. */
typedef void (*MnBinaryFunc) (gsize n, gconstpointer a, gsize a_step,
    gconstpointer b, gsize b_step, gpointer y, const MnAct *act);

/* y[i] = act (x[i]) */
typedef void (*MnUnaryFunc) (gsize n, gconstpointer x, gpointer y,
    const MnAct *act);

/* y[i] = x[i] * scale[i % MN_AFFINE] + offset[i % MN_AFFINE]: the input's
 * normalisation. So many hold whole pixels of one to four channels and whole
 * vectors. y: at a multiple of a pixel; x may have any alignment of a float. */
#define MN_AFFINE 48
typedef void (*MnAffineFunc) (gsize n, const gfloat *x, const gfloat *scale,
    const gfloat *offset, gfloat *y);

/* Softmax of beta * x over each of m dense rows of n. */
typedef void (*MnSoftmaxFunc) (gsize m, gsize n, gfloat beta, const gfloat *x,
    gfloat *y);

/* n floats rounded to elements, and elements as floats. */
typedef void (*MnNarrowFunc) (gsize n, const gfloat *x, gpointer y);
typedef void (*MnWidenFunc) (gsize n, gconstpointer x, gfloat *y);

/* ---- the plain twins ---------------------------------------------------- */

void mn_gemm_f32_ref (gsize m, gconstpointer a, const gfloat *w, gpointer c,
    const MnGemmArgs *args);
void mn_matvec_f32_ref (gsize first, gsize end, const gfloat *x,
    const gfloat *w, gfloat *y, const MnMatvecArgs *args);
void mn_conv_f32_ref (gsize first, gsize end, gconstpointer in, const gfloat *w,
    gpointer out, const MnConvArgs *args);
void mn_dwconv_f32_ref (gsize first_row, gsize end_row, gsize first_tile,
    gsize end_tile, gconstpointer in, const gfloat *w, gpointer out,
    const MnDwconvArgs *args);
void mn_average_pool_f32_ref (gsize first, gsize end, gconstpointer in,
    gpointer out, const MnPoolArgs *args);
void mn_max_pool_f32_ref (gsize first, gsize end, gconstpointer in,
    gpointer out, const MnPoolArgs *args);
void mn_mean_f32_ref (gsize n, gsize channels, gsize stride, gfloat scale,
    gconstpointer x, gfloat *y);
void mn_add_f32_ref (gsize n, gconstpointer a, gsize a_step, gconstpointer b,
    gsize b_step, gpointer y, const MnAct *act);
void mn_sub_f32_ref (gsize n, gconstpointer a, gsize a_step, gconstpointer b,
    gsize b_step, gpointer y, const MnAct *act);
void mn_mul_f32_ref (gsize n, gconstpointer a, gsize a_step, gconstpointer b,
    gsize b_step, gpointer y, const MnAct *act);
void mn_affine_f32_ref (gsize n, const gfloat *x, const gfloat *scale,
    const gfloat *offset, gfloat *y);
void mn_unary_f32_ref (gsize n, gconstpointer x, gpointer y, const MnAct *act);
void
mn_softmax_f32_ref (gsize m, gsize n, gfloat beta, const gfloat *x, gfloat *y);
/* What all of them do last. */
gfloat mn_act_f32_ref (const MnAct *act, gfloat x);

G_END_DECLS

#endif /* MN_KERNELS_F32_H */
