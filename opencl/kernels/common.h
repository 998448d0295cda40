/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the kernels share; put into each of them when they are embedded.
 *
 * Layout of every tensor: dense, channels last, the last dimension padded
 * with finite values to a multiple of 4 floats. A slice is 4 channels. V
 * (4, 8 or 16) is how many channels a work item computes: a tile. ACT is
 * the activation of what a kernel stores; its bounds are an argument. */

#ifndef V
#define V 4
#endif
#ifndef ACT
#define ACT 0
#endif

#define CAT_(a, b) a##b
#define CAT(a, b) CAT_ (a, b)
#define FLOATV CAT (float, V)
#define VLOADV CAT (vload, V)
#define VSTOREV CAT (vstore, V)

/* The activations; bounds are those of ACT_CLAMP. The host has the same
 * numbers, and passes them as options: chosen at run time, all of them
 * would be in each program. */
#define ACT_NONE 0
#define ACT_CLAMP 1
#define ACT_HARD_SWISH 2
#define ACT_HARD_SIGMOID 3
#define ACT_SIGMOID 4

static FLOATV
activate (FLOATV x, int act, float2 bounds)
{
  if (act == ACT_CLAMP)
    return fmin (fmax (x, (FLOATV) (bounds.x)), (FLOATV) (bounds.y));
  if (act == ACT_HARD_SWISH)
    return x * fmin (fmax (x + 3.0f, (FLOATV) (0.0f)), (FLOATV) (6.0f))
        * (1.0f / 6.0f);
  if (act == ACT_HARD_SIGMOID)
    return fmin (fmax (x + 3.0f, (FLOATV) (0.0f)), (FLOATV) (6.0f))
        * (1.0f / 6.0f);
  if (act == ACT_SIGMOID)
    return 1.0f / (1.0f + exp (-x));
  return x;
}

/* The first n of V channels at p, n a multiple of 4 and at least 4: a tensor
 * may end in the middle of a tile. */
static void
store_tile (__global float *p, FLOATV x, int n)
{
#if V == 4
  *(__global float4 *) p = x;
#else
  if (n >= V) {
    VSTOREV (x, 0, p);
    return;
  }
#if V == 8
  vstore4 (x.lo, 0, p);
#else
  vstore4 (x.lo.lo, 0, p);
  if (n > 4)
    vstore4 (x.lo.hi, 0, p + 4);
  if (n > 8)
    vstore4 (x.hi.lo, 0, p + 8);
#endif
#endif
}

static FLOATV
load_tile (__global const float *p, int n)
{
#if V == 4
  return *(__global const float4 *) p;
#else
  FLOATV x = (FLOATV) (0.0f);

  if (n >= V)
    return VLOADV (0, p);
#if V == 8
  x.lo = vload4 (0, p);
#else
  x.lo.lo = vload4 (0, p);
  if (n > 4)
    x.lo.hi = vload4 (0, p + 4);
  if (n > 8)
    x.hi.lo = vload4 (0, p + 8);
#endif
  return x;
#endif
}
