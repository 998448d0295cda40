/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The three inner loops of the CPU's stage, built once per instruction set
 * from stage_kernels.c. Like all kernels they have no state, cannot fail,
 * and touch nothing outside what their arguments name. */

#ifndef MN_PREPROCESS_KERNELS_H
#define MN_PREPROCESS_KERNELS_H

#include "engine/preprocess/formats.h"
#include "engine/preprocess/preprocess.h"

G_BEGIN_DECLS

/* What mn_resample_rows leaves past the n sums, as zeros. */
#define MN_ROW_PADDING 16
/* out[k] = sum over r of weights[r] * value k of the row at rows + r * stride,
 * for n values k. */
typedef void (*MnResampleRowsFunc) (const guint8 *rows, gssize stride,
    guint n_rows, const gfloat *weights, gsize n, gfloat *out);

/* Taps of a stream as mn_resample_columns reads them. */
typedef struct
{
  const gint32 *start; /* of MnTaps */
  gsize length;        /* of an output's weights; a multiple of 8 */
  /* Each tap's weight once for every value of a sample (4 times when step is
   * 3), zeros at the end. */
  gfloat *weights;
  guint step; /* values from sample to sample: 1..4 */
  guint8 components[MN_MAX_STEP];
} MnColumns;

/* For outputs first .. end - 1: lines[components[b]][i - first] = sum over t
 * of weight[t] * row[(start[i] + t) * step - origin + b] for each b < step.
 * row has MN_ROW_PADDING zeros at its end. */
typedef void (*MnResampleColumnsFunc) (const gfloat *row, gssize origin,
    const MnColumns *columns, guint first, guint end, gfloat *const *lines);

/* Pixel i of n: the matrix over lines[0..2][i], the clamp, scale and bias of
 * each of out_channels, to out[i * stride + c]. One channel is the grey of
 * the three. */
typedef void (*MnConvertPixelsFunc) (const MnPreprocess *preprocess,
    gfloat *const *lines, guint n, gfloat *out, gsize stride);

typedef struct
{
  const gchar *name; /* "scalar", "avx2"... */
  MnResampleRowsFunc resample_rows[MN_N_SAMPLES];
  MnResampleColumnsFunc resample_columns;
  MnConvertPixelsFunc convert_pixels;
} MnStageKernels;

extern const MnStageKernels mn_stage_kernels_scalar;
extern const MnStageKernels mn_stage_kernels_avx2;
extern const MnStageKernels mn_stage_kernels_avx512;
extern const MnStageKernels mn_stage_kernels_neon;

G_END_DECLS

#endif /* MN_PREPROCESS_KERNELS_H */
