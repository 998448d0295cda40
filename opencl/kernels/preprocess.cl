/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The network's input from the planes of a frame as they are: resampling by
 * tables of taps, colour matrix, clamp to 0..255, scale and bias, margins.
 *
 * Work item: an output pixel (column, row), a slice of 1 or 3 channels.
 * -D SAMPLE=0|1|2    values are bytes, or 16 bits with the lower or the
 *                    upper byte first
 * -D LUMA=1|2|3|4    values from one sample to the next where brightness
 *                    lies, or all that a pixel has
 * -D CHROMA=0|1|2|4  the same of samples with tables of their own; 0: there
 *                    are none; 1: they are in two planes
 * -D GREY=0|1        whether the network has one channel
 *
 * A step reads 4 values, from a multiple of 4 on, which are 4, 2 or 1
 * samples; or 4 samples of 3 values. Tables have for each output the byte
 * of a row where its first step is and the number of steps (spans), and a
 * weight a sample; those of rows go by single rows. What a step has too much
 * has the weight 0. */

#include "common.h"

#ifndef SAMPLE
#define SAMPLE 0
#endif
#ifndef LUMA
#define LUMA 1
#endif
#ifndef CHROMA
#define CHROMA 2
#endif
#ifndef GREY
#define GREY 0
#endif

#if SAMPLE == 0
#define VALUES uchar4
#else
#define VALUES ushort4
#endif

#if SAMPLE == 0
#define STEP 4
#else
#define STEP 8
#endif

/* In the functions below every is the LUMA or CHROMA in question; n is how
 * many sums of 4 there are: one of what lies at the same places of steps, 3
 * of samples of 3 values, 2 of planes of chroma. */

static float4
load_values (__global const uchar *p)
{
#if SAMPLE == 2
  return convert_float4 (
      as_ushort4 (((__global const uchar8 *) p)->s10325476));
#else
  return convert_float4 (*(__global const VALUES *) p);
#endif
}

/* The weights of step i, each where its sample's values are. */
static float4
load_weights (__global const float *w, int i, int every)
{
  if (every == 2)
    return ((__global const float2 *) w)[i].xxyy;
  if (every == 4)
    return (float4) (w[i]);
  return ((__global const float4 *) w)[i];
}

static float16
resample (__global const uchar *picture, __global const float *wx,
    __global const float *wy, int2 column, int2 row, int offset, int pitch,
    int next_plane, int every, int n)
{
  float4 sum_a = (float4) (0.0f), sum_b = sum_a, sum_c = sum_a;
  uint line = offset + row.x * pitch + column.x;

  for (int j = 0; j < row.y; j++) {
    float4 a = (float4) (0.0f), b = a, c = a;
    uint p = line;

    for (int i = 0; i < column.y; i++) {
      const float4 w = load_weights (wx, i, every);

      if (n == 3) {
        a += w.xxxy * load_values (picture + p);
        b += w.yyzz * load_values (picture + p + STEP);
        c += w.zwww * load_values (picture + p + 2 * STEP);
      } else {
        a += w * load_values (picture + p);
        if (n == 2)
          b += w * load_values (picture + next_plane + p);
      }
      p += n == 3 ? 3 * STEP : STEP;
    }
    sum_a += wy[j] * a;
    sum_b += wy[j] * b;
    sum_c += wy[j] * c;
    line += pitch;
  }
  return (float16) (sum_a, sum_b, sum_c, (float4) (0.0f));
}

static float
total (float4 sum)
{
  return (sum.x + sum.y) + (sum.z + sum.w);
}

/* What sums are to the colours; m: columns of the matrix. */
static float4
mix (float16 sums, float16 m, int every, int n)
{
  const float4 a = sums.lo.lo, b = sums.lo.hi, c = sums.hi.lo;

  if (n == 3)
    return ((a.x + a.w) + (b.z + c.y)) * m.lo.lo
        + ((a.y + b.x) + (b.w + c.z)) * m.lo.hi
        + ((a.z + b.y) + (c.x + c.w)) * m.hi.lo;
  if (n == 2)
    return total (a) * m.lo.lo + total (b) * m.lo.hi;
  if (every == 2)
    return (a.x + a.z) * m.lo.lo + (a.y + a.w) * m.lo.hi;
  if (every == 4)
    return (a.x * m.lo.lo + a.y * m.lo.hi) + (a.z * m.hi.lo + a.w * m.hi.hi);
  return total (a) * m.lo.lo;
}

__kernel void
preprocess (__global const uchar *restrict picture,
    __global const int2 *restrict spans,
    __global const float *restrict weights, __global Y_TYPE *restrict y,
    int4 size,                  /* output width, height, whether output
                                 * columns run along source rows, - */
    int4 inner,                 /* left, top, width, height of the picture's
                                 * part */
    int4 first_span,            /* of the tables: luma columns, luma rows,
                                 * chroma columns, chroma rows */
    int4 first_weight, int4 n_weights,  /* of an output */
    int4 place,                 /* luma's first byte, bytes a row, and
                                 * chroma's */
    int next_plane,             /* bytes from chroma's one plane to the
                                 * other */
    float16 luma, float16 chroma,       /* columns of the colour matrix, by
                                         * value; by plane where CHROMA is 1 */
    float4 base, float4 scale, float4 bias, float4 fill)
{
  const int column = get_global_id (0), row = get_global_id (1);
  const int2 in = (int2) (column - inner.x, row - inner.y);
  float4 v = fill;

  if (column >= size.x || row >= size.y)
    return;
  if (in.x >= 0 && in.x < inner.z && in.y >= 0 && in.y < inner.w) {
    const int4 at = size.z ? in.yxyx : in.xyxy;
    const int4 span = first_span + at;
    const int4 w = first_weight + at * n_weights;
    const int n = LUMA == 3 ? 3 : 1;

    v = base + mix (resample (picture, weights + w.x, weights + w.y,
        spans[span.x], spans[span.y], place.x, place.y, 0, LUMA, n),
        luma, LUMA, n);
#if CHROMA > 0
    const int n_chroma = CHROMA == 1 ? 2 : 1;

    v += mix (resample (picture, weights + w.z, weights + w.w,
        spans[span.z], spans[span.w], place.z, place.w, next_plane, CHROMA,
        n_chroma), chroma, CHROMA, n_chroma);
#endif
    v = fmin (fmax (v, (float4) (0.0f)), (float4) (255.0f));
#if GREY
    v.x = dot (v, (float4) (0.299f, 0.587f, 0.114f, 0.0f));
#endif
    v = v * scale + bias;
  }
  /* The padding. */
#if GREY
  v.y = v.z = 0.0f;
#endif
  v.w = 0.0f;
  WRITE4 (Y_TYPE, y, row * size.x + column, v);
}
