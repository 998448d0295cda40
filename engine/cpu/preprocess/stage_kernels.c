/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The inner loops of the CPU's stage. Rows come first: there the sources are
 * long runs of bytes, and the number of values falls to that of the output
 * before anything else is done with them. */

#include "engine/cpu/preprocess/bytes.h"

#include "engine/preprocess/colour.h"
#include "engine/cpu/preprocess/stage_kernels.h"

/* Sums held in registers: a cache line of bytes where they suffice. */
#define BLOCK_VECS (V_LEN >= 16 ? 4 : 8)
#define BLOCK (BLOCK_VECS * V_LEN)
#define AHEAD 512 /* bytes */

/* ---- rows ------------------------------------------------------------ */

/* V_LEN values; swap: of words in the order of other machines. */
V_INLINE vf
load_values (const guint8 *p, guint size, gboolean swap)
{
  if (size == 1)
    return v_load_bytes (p);
  return swap ? v_load_swapped (p) : v_load_words (p);
}

V_INLINE void
sum_block (const guint8 *rows, gssize stride, guint n_rows,
    const gfloat *weights, gfloat *out, guint vecs, guint size, gboolean swap)
{
  vf sum[BLOCK_VECS];
  guint r, v;

  V_UNROLL for (v = 0; v < vecs; v++) sum[v] = v_zero ();
  for (r = 0; r < n_rows; r++, rows += stride) {
    vf w = v_set1 (weights[r]);

    /* So many rows at once are more than the hardware foresees: 4K takes
     * half the time. A hint only, it may point past the picture. */
    if (vecs == BLOCK_VECS)
      __builtin_prefetch ((const void *) ((guintptr) rows + AHEAD));
    V_UNROLL for (v = 0; v < vecs; v++)
        sum[v] = v_fma (load_values (rows + v * V_LEN * size, size, swap), w,
            sum[v]);
  }
  V_UNROLL for (v = 0; v < vecs; v++) v_store (out + v * V_LEN, sum[v]);
}

/* Fewer than V_LEN: through a copy, so that all sums are made alike. */
V_INLINE void
sum_rest (const guint8 *rows, gssize stride, guint n_rows,
    const gfloat *weights, gsize n, gfloat *out, guint size, gboolean swap)
{
  guint8 values[V_LEN * 2] = {0};
  vf sum = v_zero ();
  guint r;

  for (r = 0; r < n_rows; r++) {
    memcpy (values, rows + r * stride, n * size);
    sum = v_fma (load_values (values, size, swap), v_set1 (weights[r]), sum);
  }
  v_store_part (out, sum, n);
}

V_INLINE void
resample_values (const guint8 *rows, gssize stride, guint n_rows,
    const gfloat *weights, gsize n, gfloat *out, guint size, gboolean swap)
{
  gsize k;

  for (k = 0; k + BLOCK <= n; k += BLOCK)
    sum_block (rows + k * size, stride, n_rows, weights, out + k, BLOCK_VECS,
        size, swap);
  for (; k + V_LEN <= n; k += V_LEN)
    sum_block (rows + k * size, stride, n_rows, weights, out + k, 1, size,
        swap);
  if (k < n)
    sum_rest (rows + k * size, stride, n_rows, weights, n - k, out + k, size,
        swap);
  memset (out + n, 0, MN_ROW_PADDING * sizeof (gfloat));
}

static void
resample_bytes (const guint8 *rows, gssize stride, guint n_rows,
    const gfloat *weights, gsize n, gfloat *out)
{
  resample_values (rows, stride, n_rows, weights, n, out, 1, FALSE);
}

static void
resample_le16 (const guint8 *rows, gssize stride, guint n_rows,
    const gfloat *weights, gsize n, gfloat *out)
{
  resample_values (rows, stride, n_rows, weights, n, out, 2,
      G_BYTE_ORDER != G_LITTLE_ENDIAN);
}

static void
resample_be16 (const guint8 *rows, gssize stride, guint n_rows,
    const gfloat *weights, gsize n, gfloat *out)
{
  resample_values (rows, stride, n_rows, weights, n, out, 2,
      G_BYTE_ORDER == G_LITTLE_ENDIAN);
}

/* ---- columns --------------------------------------------------------- */

typedef gfloat Four __attribute__ ((vector_size (16)));
typedef gfloat Eight __attribute__ ((vector_size (32)));
/* The same anywhere in memory. */
typedef gfloat FourAt
    __attribute__ ((vector_size (16), aligned (4), may_alias));
typedef gfloat EightAt
    __attribute__ ((vector_size (32), aligned (4), may_alias));

/* Lane b of each group of step (4 for 3) is byte b of a sample, so the sum
 * over the groups is the result for all bytes at once. */
V_INLINE void
columns_step (const gfloat *row, gssize origin, const MnColumns *columns,
    guint first, guint end, gfloat *const *lines, guint step)
{
  gsize length = columns->length, t;
  const gfloat *w = columns->weights + first * length;
  guint i, b;

  for (i = first; i < end; i++) {
    const gfloat *x = row + columns->start[i] * (gssize) step - origin;
    Four sum;

    if (step == 3) {
      Four even = {0}, odd = {0};

      for (t = 0; t < length; t += 8, w += 8, x += 6) {
        Four x0 = *(const FourAt *) x, w0 = *(const FourAt *) w;
        Four x1 = *(const FourAt *) (x + 3), w1 = *(const FourAt *) (w + 4);

        even += x0 * w0;
        odd += x1 * w1;
      }
      sum = even + odd;
    } else {
      Eight all = {0};
      Four upper;

      for (t = 0; t < length; t += 8, w += 8, x += 8) {
        Eight x0 = *(const EightAt *) x, w0 = *(const EightAt *) w;

        all += x0 * w0;
      }
      sum = (Four) {all[0], all[1], all[2], all[3]};
      upper = (Four) {all[4], all[5], all[6], all[7]};
      sum += upper;
    }
    if (step <= 2)
      sum += (Four) {sum[2], sum[3], sum[2], sum[3]};
    if (step == 1)
      sum += (Four) {sum[1], sum[1], sum[1], sum[1]};
    for (b = 0; b < step; b++)
      lines[columns->components[b]][i - first] = sum[b];
  }
}

static void
resample_columns (const gfloat *row, gssize origin, const MnColumns *columns,
    guint first, guint end, gfloat *const *lines)
{
  switch (columns->step) {
    case 1:
      columns_step (row, origin, columns, first, end, lines, 1);
      break;
    case 2:
      columns_step (row, origin, columns, first, end, lines, 2);
      break;
    case 3:
      columns_step (row, origin, columns, first, end, lines, 3);
      break;
    default:
      columns_step (row, origin, columns, first, end, lines, 4);
      break;
  }
}

/* ---- pixels ---------------------------------------------------------- */

V_INLINE vf
convert_component (const gfloat m[4], vf y, vf u, vf v)
{
  vf x = v_fma (y, v_set1 (m[0]), v_set1 (m[3]));

  x = v_fma (u, v_set1 (m[1]), x);
  x = v_fma (v, v_set1 (m[2]), x);
  return v_clamp (x, v_zero (), v_set1 (255));
}

V_INLINE vf
grey (const vf rgb[3])
{
  return v_fma (rgb[0], v_set1 (MN_GREY_R),
      v_fma (rgb[1], v_set1 (MN_GREY_G), v_mul (rgb[2], v_set1 (MN_GREY_B))));
}

V_INLINE void
convert_vector (const MnPreprocess *p, gfloat *const *lines, guint i, guint n,
    guint channels, gfloat *out, gsize stride)
{
  gfloat values[3][V_LEN];
  vf y = v_load_n (lines[0] + i, n);
  vf u = v_load_n (lines[1] + i, n);
  vf v = v_load_n (lines[2] + i, n);
  vf x[3];
  guint c, k;

  for (c = 0; c < 3; c++)
    x[c] = convert_component (p->colour[c], y, u, v);
  if (channels == 1)
    x[0] = grey (x);
  for (c = 0; c < channels; c++)
    v_store (values[c],
        v_fma (x[c], v_set1 (p->scale[c]), v_set1 (p->bias[c])));
  for (k = 0; k < n; k++) {
    for (c = 0; c < channels; c++)
      out[(i + k) * stride + c] = values[c][k];
  }
}

V_INLINE void
convert_channels (const MnPreprocess *p, gfloat *const *lines, guint n,
    guint channels, gfloat *out, gsize stride)
{
  guint i;

  for (i = 0; i + V_LEN <= n; i += V_LEN)
    convert_vector (p, lines, i, V_LEN, channels, out, stride);
  if (i < n)
    convert_vector (p, lines, i, n - i, channels, out, stride);
}

static void
convert_pixels (const MnPreprocess *p, gfloat *const *lines, guint n,
    gfloat *out, gsize stride)
{
  if (p->out_channels == 1)
    convert_channels (p, lines, n, 1, out, stride);
  else if (stride == 3)
    convert_channels (p, lines, n, 3, out, 3);
  else
    convert_channels (p, lines, n, 3, out, stride);
}

const MnStageKernels MN_SIMD (mn_stage_kernels) = {MN_SIMD_NAME,
  {resample_bytes, resample_le16, resample_be16}, resample_columns,
  convert_pixels};
