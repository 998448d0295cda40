/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The CPU's kernels: one table of functions with their tile sizes.
 *
 * A kernel has no state, allocates nothing, cannot fail, and reads and
 * writes not one element outside the ranges that its arguments name. All
 * tensors are NHWC; a "stride" is the distance in elements from one pixel (or
 * matrix row) to the next, channels of one pixel are adjacent.
 * Outputs never overlap inputs, except in the elementwise kernels, whose
 * output may be one of their inputs.
 *
 * A kernel is named by its operation, its data, its shape and its instruction
 * set, and a file like the kernels in it:
 *
 *   mn_dwconv_f32_3x3s1_avx2   in dwconv.c: of floats, which need no word there
 *   mn_add_u8_avx2             in binary_u8.c: of bytes
 *   mn_conv_u8_s16_avx2        bytes by weights that were packed as 16 bits,
 *                              the bytes being widened to as many
 *   mn_conv_u8_s8_avx512vnni   bytes by weights of 8 bits, four at once; where
 *                              a CPU has no product of bytes, both are words
 *                              inside
 *
 * "u8" is a byte of either sign (engine/base/bytes.h). What no kernel needs but
 * its packing or its plan is in pack*.h and prepare_u8.h.
 *
 * Most kernels have a plain twin, *_ref.c, of the same type, against which
 * every other one is tested. The twins have tiles of width 1, so that packed
 * weights are then in their natural order.
 */

#ifndef MN_KERNELS_H
#define MN_KERNELS_H

#include "engine/base/element.h"
#include "engine/cpu/kernels/kernels_f32.h"
#include "engine/cpu/kernels/kernels_u8.h"
#include "engine/cpu/kernels/pack.h"

G_BEGIN_DECLS

/* Depthwise kernels by what they are good for. */
typedef enum
{
  MN_DWCONV_3X3S1,
  MN_DWCONV_3X3S2,
  MN_DWCONV_5X5S1,
  MN_DWCONV_5X5S2,
  MN_DWCONV_ANY,        /* any kernel, stride, dilation; multiplier
                         * 1 */
  MN_DWCONV_MULTIPLIER, /* everything */
  MN_N_DWCONV
} MnDwconvKind;

typedef enum
{
  MN_BINARY_ADD,
  MN_BINARY_SUB,
  MN_BINARY_MUL,
  MN_N_BINARY
} MnBinaryKind;

typedef struct
{
  const gchar *name; /* "avx512" */
  MnElement element;
  struct
  {
    MnGemmFunc func;
    MnTile tile;
    const gchar *name;
  } gemm;
  struct
  {
    MnMatvecFunc func;
    MnTile tile;
    const gchar *name;
  } matvec;
  struct
  {
    MnConvFunc func;
    MnTile tile;
    const gchar *name;
  } conv;
  struct
  {
    MnDwconvFunc func;
    MnTile tile;
    const gchar *name; /* "dwconv 3x3s1", "bf16 dwconv 3x3s1" */
  } dwconv[MN_N_DWCONV];
  MnPoolFunc2d average_pool, max_pool;
  MnMeanFunc mean;
  MnBinaryFunc binary[MN_N_BINARY];
  MnUnaryFunc unary;
  MnAffineFunc affine;
  MnSoftmaxFunc softmax;
  MnNarrowFunc narrow; /* NULL where the element is float32 */
  MnWidenFunc widen;
  MnU8Kernels u8; /* on bytes */
} MnKernels;

/* Fills the table with the fastest kernels that flags (cpu_flags.h) allow:
 * the plain ones first, then each level over them. */
void mn_kernels_init (MnKernels *kernels, guint flags);

/* Whether there are kernels for that element, and the table with them over
 * those of mn_kernels_init (which are left where kernels for floats are
 * wanted: softmax, depthwise with a multiplier). */
gboolean
mn_kernels_init_element (MnKernels *kernels, guint flags, MnElement element);

/* A level's part of it. */
void mn_kernels_init_scalar (MnKernels *kernels);
void mn_kernels_init_avx2 (MnKernels *kernels);
void mn_kernels_init_avx512 (MnKernels *kernels);
void mn_kernels_init_avx512bf16 (MnKernels *kernels);
/* Over it: products in tiles. */
void mn_kernels_init_amxbf16 (MnKernels *kernels);
void mn_kernels_init_neonfp16 (MnKernels *kernels);
void mn_kernels_init_neon (MnKernels *kernels);
/* Over them: products of bytes. */
void mn_kernels_init_avx2bytes (MnKernels *kernels);
void mn_kernels_init_avxvnni (MnKernels *kernels);
void mn_kernels_init_avx512vnni (MnKernels *kernels);
void mn_kernels_init_neondot (MnKernels *kernels);

G_END_DECLS

#endif /* MN_KERNELS_H */
