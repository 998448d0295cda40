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
#ifndef PX
#define PX 1
#endif

#define CAT_(a, b) a##b
#define CAT(a, b) CAT_ (a, b)
#define FLOATV CAT (float, V)
#define VLOADV CAT (vload, V)
#define VSTOREV CAT (vstore, V)
#define LOAD4(p) (*(__global const float4 *) (p))
#define LOADV(p) (*(__global const FLOATV *) (p))

/* The number of a work item; get_global_id () has 64 bits, and an offset
 * that is never used. */
#define ITEM(d) \
  mad24 ((int) get_group_id (d), (int) get_local_size (d), \
      (int) get_local_id (d))

/* DO (0) DO (1)...: loops that no compiler has to unroll, with variables by
 * name or arrays whose indices are constants. An array that a loop goes
 * over, however small, some keep in memory. */
#define EACH_1(DO) DO (0)
#define EACH_2(DO) EACH_1 (DO) DO (1)
#define EACH_3(DO) EACH_2 (DO) DO (2)
#define EACH_4(DO) EACH_3 (DO) DO (3)
#define EACH_5(DO) EACH_4 (DO) DO (4)
#define EACH_6(DO) EACH_5 (DO) DO (5)
#define EACH_7(DO) EACH_6 (DO) DO (6)
#define EACH_8(DO) EACH_7 (DO) DO (7)
#define EACH_PIXEL(DO) CAT (EACH_, PX) (DO)

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
    return x * clamp (x * (1.0f / 6.0f) + 0.5f, 0.0f, 1.0f);
  if (act == ACT_HARD_SIGMOID)
    return clamp (x * (1.0f / 6.0f) + 0.5f, 0.0f, 1.0f);
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
