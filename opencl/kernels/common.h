/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the kernels share; put into each of them when they are embedded.
 *
 * Layout of every tensor: dense, channels last, the last dimension padded
 * with finite values to a multiple of 4. A slice is 4 channels. V (4, 8 or
 * 16) is how many channels a work item computes: a tile. ACT is the
 * activation of what a kernel stores; its bounds are an argument. HALF says,
 * by bits, what is of 16 bits and not of 32. */

#ifndef V
#define V 4
#endif
#ifndef ACT
#define ACT 0
#endif
#ifndef PX
#define PX 1
#endif
#ifndef HALF
#define HALF 0
#endif

/* What lies in memory: x and w are what is read, added what is added or else
 * combined, scale a factor a channel, y what is stored. The host has the
 * same numbers. Where it computes in half, which takes cl_khr_fp16, all of
 * them are of 16 bits. */
#define HALF_X 1
#define HALF_W 2
#define HALF_ADDED 4
#define HALF_SCALE 8
#define HALF_Y 16
#define HALF_MATHS 32

#if HALF & HALF_X
#define X_TYPE half
#else
#define X_TYPE float
#endif
#if HALF & HALF_W
#define W_TYPE half
#else
#define W_TYPE float
#endif
#if HALF & HALF_ADDED
#define ADDED_TYPE half
#else
#define ADDED_TYPE float
#endif
#if HALF & HALF_SCALE
#define SCALE_TYPE half
#else
#define SCALE_TYPE float
#endif
#if HALF & HALF_Y
#define Y_TYPE half
#else
#define Y_TYPE float
#endif

#define CAT_(a, b) a##b
#define CAT(a, b) CAT_ (a, b)
#define FLOATV CAT (float, V)

/* REAL is what is computed in; TO_REALV and TO_FLOATV: of a tile that may be
 * of the other one. Below, type is one of those above; i counts elements,
 * slices and tiles, which lie as vectors of their type have to. */
#if HALF & HALF_MATHS
#pragma OPENCL EXTENSION cl_khr_fp16 : enable
#define REAL half
#define REAL4 half4
#define REALV CAT (half, V)
#define TO_REALV CAT (convert_half, V)
#define TO_FLOATV CAT (convert_float, V)
#define READ4_half(space, p, i) (((space const half4 *) (p))[i])
#define READV_half(space, p, i) (((space const REALV *) (p))[i])
#define WRITE4_half(p, i, v) (((__global half4 *) (p))[i] = (v))
#define WRITEV_half(p, i, v) (((__global REALV *) (p))[i] = (v))
/* Where slices may lie. */
#define LOOSE_READ4_half(p) vload4 (0, p)
#define LOOSE_READV_half(p) CAT (vload, V) (0, p)
#define LOOSE_WRITE4_half(p, v) vstore4 (v, 0, p)
#define LOOSE_WRITEV_half(p, v) CAT (vstore, V) (v, 0, p)
#else
#define REAL float
#define REAL4 float4
#define REALV FLOATV
#define TO_REALV
#define TO_FLOATV
#define READ4_half(space, p, i) vloada_half4 (i, p)
#define READV_half(space, p, i) CAT (vloada_half, V) (i, p)
#define WRITE4_half(p, i, v) vstorea_half4 (v, i, p)
#define WRITEV_half(p, i, v) CAT (vstorea_half, V) (v, i, p)
#define LOOSE_READ4_half(p) vload_half4 (0, p)
#define LOOSE_READV_half(p) CAT (vload_half, V) (0, p)
#define LOOSE_WRITE4_half(p, v) vstore_half4 (v, 0, p)
#define LOOSE_WRITEV_half(p, v) CAT (vstore_half, V) (v, 0, p)
#endif
#define READ1_half(p, i) vload_half (i, p)
#define WRITE1_half(p, i, v) vstore_half (v, i, p)
#define READ1_float(p, i) ((p)[i])
#define READ4_float(space, p, i) (((space const float4 *) (p))[i])
#define READV_float(space, p, i) (((space const FLOATV *) (p))[i])
#define WRITE1_float(p, i, v) ((p)[i] = (v))
#define WRITE4_float(p, i, v) (((__global float4 *) (p))[i] = (v))
#define WRITEV_float(p, i, v) (((__global FLOATV *) (p))[i] = (v))
#define LOOSE_READ4_float(p) vload4 (0, p)
#define LOOSE_READV_float(p) CAT (vload, V) (0, p)
#define LOOSE_WRITE4_float(p, v) vstore4 (v, 0, p)
#define LOOSE_WRITEV_float(p, v) CAT (vstore, V) (v, 0, p)

#define READ1(type, p, i) CAT (READ1_, type) (p, i)
#define READ4(type, p, i) CAT (READ4_, type) (__global, p, i)
#define READV(type, p, i) CAT (READV_, type) (__global, p, i)
#define WRITE1(type, p, i, v) CAT (WRITE1_, type) (p, i, v)
#define WRITE4(type, p, i, v) CAT (WRITE4_, type) (p, i, v)
#define WRITEV(type, p, i, v) CAT (WRITEV_, type) (p, i, v)
#define LOAD4(type, p) READ4 (type, p, 0)
#define LOADV(type, p) READV (type, p, 0)

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

/* Sums of products, FLOATV sum0, sum1...: what is added to SUM (p) between
 * BEGIN_TURN (p) and END_TURN (p). In half they are short sums, and theirs are
 * floats. */
#if HALF & HALF_MATHS
#define SUM(p) turn##p
#define BEGIN_TURN(p) REALV turn##p = (REALV) (0.0f);
#define END_TURN(p) sum##p += TO_FLOATV (turn##p);
#else
#define SUM(p) sum##p
#define BEGIN_TURN(p)
#define END_TURN(p)
#endif

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
store_tile (__global Y_TYPE *p, REALV x, int n)
{
#if V == 4
  WRITE4 (Y_TYPE, p, 0, x);
#else
  if (n >= V) {
    CAT (LOOSE_WRITEV_, Y_TYPE) (p, x);
    return;
  }
#define STORE_PART CAT (LOOSE_WRITE4_, Y_TYPE)
#if V == 8
  STORE_PART (p, x.lo);
#else
  STORE_PART (p, x.lo.lo);
  if (n > 4)
    STORE_PART (p + 4, x.lo.hi);
  if (n > 8)
    STORE_PART (p + 8, x.hi.lo);
#endif
#endif
}

static REALV
load_tile (__global const ADDED_TYPE *p, int n)
{
#if V == 4
  return LOAD4 (ADDED_TYPE, p);
#else
  REALV x = (REALV) (0.0f);

  if (n >= V)
    return CAT (LOOSE_READV_, ADDED_TYPE) (p);
#define LOAD_PART CAT (LOOSE_READ4_, ADDED_TYPE)
#if V == 8
  x.lo = LOAD_PART (p);
#else
  x.lo.lo = LOAD_PART (p);
  if (n > 4)
    x.lo.hi = LOAD_PART (p + 4);
  if (n > 8)
    x.hi.lo = LOAD_PART (p + 8);
#endif
  return x;
#endif
}
