/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The network's input from the planes of a frame as they are: resampling by
 * tables of taps, colour matrix, clamp to 0..255, scale and bias, margins.
 *
 * Work item: an output pixel (column, row), a slice of 1 or 3 channels.
 *
 * The tables of columns have a multiple of 4 taps an output, filled up with
 * weights of 0; the picture has as many bytes more that they may fall on.
 *
 * A sample of component i (Y, U, V or R, G, B) at column c and row r lies at
 * offset[i] + r * pitch[i] + c * step[i], whatever the format. It is a byte
 * where high is 0; else its upper byte lies so much further on. */

static float4
load_bytes (__global const uchar *p, int step)
{
  const uchar4 v = step == 1 ? vload4 (0, p)
      : (uchar4) (p[0], p[step], p[2 * step], p[3 * step]);

  return convert_float4 (v);
}

static float
resample (__global const uchar *picture,
    __global const int *starts,
    __global const float *weights, int2 at, int2 start_base,
    int2 weight_base, int2 n_taps, int offset, int pitch, int step, int high)
{
  const int x = starts[start_base.x + at.x];
  const int y = starts[start_base.y + at.y];
  __global const float *wx = weights + weight_base.x + at.x * n_taps.x;
  __global const float *wy = weights + weight_base.y + at.y * n_taps.y;
  float4 sum = (float4) (0.0f);

  for (int j = 0; j < n_taps.y; j++) {
    __global const uchar *row = picture + offset + (y + j) * pitch
        + x * step;
    float4 line = (float4) (0.0f);

    for (int i = 0; i < n_taps.x; i += 4) {
      const float4 w = vload4 (0, wx + i);
      float4 v = load_bytes (row, step);

      if (high)
        v += 256.0f * load_bytes (row + high, step);
      line += w * v;
      row += 4 * step;
    }
    sum += wy[j] * line;
  }
  return (sum.x + sum.y) + (sum.z + sum.w);
}

__kernel void
preprocess (__global const uchar *restrict picture,
    __global const int *restrict starts,
    __global const float *restrict weights, __global float *restrict y,
    int4 size,                  /* output width, height, channels, whether
                                 * output columns run along source rows */
    int4 inner,                 /* left, top, width, height of the picture's
                                 * part */
    int4 start_base,            /* of the tables: luma columns, luma rows,
                                 * chroma columns, chroma rows */
    int4 weight_base, int4 n_taps,
    int4 offset, int4 pitch, int4 step, int high,
    int kind,                   /* 0: one component; 1: three alike; 2: the
                                 * last two sampled as chroma */
    float16 colour,             /* rows of 4 */
    float4 scale, float4 bias, float4 fill)
{
  const int column = get_global_id (0), row = get_global_id (1);
  const int2 in = (int2) (column - inner.x, row - inner.y);
  float4 v = fill;

  if (column >= size.x || row >= size.y)
    return;
  if (in.x >= 0 && in.x < inner.z && in.y >= 0 && in.y < inner.w) {
    const int2 at = size.w ? in.yx : in;
    float4 s = (float4) (0.0f, 0.0f, 0.0f, 1.0f);

    s.x = resample (picture, starts, weights, at, start_base.xy,
        weight_base.xy, n_taps.xy, offset.x, pitch.x, step.x, high);
    if (kind == 1) {
      s.y = resample (picture, starts, weights, at, start_base.xy,
          weight_base.xy, n_taps.xy, offset.y, pitch.y, step.y, high);
      s.z = resample (picture, starts, weights, at, start_base.xy,
          weight_base.xy, n_taps.xy, offset.z, pitch.z, step.z, high);
    } else if (kind == 2) {
      s.y = resample (picture, starts, weights, at, start_base.zw,
          weight_base.zw, n_taps.zw, offset.y, pitch.y, step.y, high);
      s.z = resample (picture, starts, weights, at, start_base.zw,
          weight_base.zw, n_taps.zw, offset.z, pitch.z, step.z, high);
    }
    v = (float4) (dot (colour.lo.lo, s), dot (colour.lo.hi, s),
        dot (colour.hi.lo, s), 0.0f);
    v = fmin (fmax (v, (float4) (0.0f)), (float4) (255.0f));
    if (size.z == 1)
      v.x = dot (v, (float4) (0.299f, 0.587f, 0.114f, 0.0f));
    v = v * scale + bias;
  }
  /* The padding. */
  if (size.z == 1)
    v.y = v.z = 0.0f;
  v.w = 0.0f;
  ((__global float4 *) y)[row * size.x + column] = v;
}
