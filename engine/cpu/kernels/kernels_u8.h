/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Integer arithmetic of quantised networks, bit for bit as LiteRT 2.3.0
 * computes it on x86-64 with its builtin kernels and no delegate. That library
 * gives other bits on Arm, and with XNNPACK; these kernels give the same ones
 * on every processor.
 *
 * real = scale * (q - zero). A real factor is a pair of a 31-bit multiplier
 * and a power of two (Jacob et al., Quantization and Training of Neural
 * Networks for Efficient Integer-Arithmetic-Only Inference, 2017, 2.2). Two
 * roundings of the final shift are in use, which differ for negative
 * halves: away from zero, and up. Which one depends on the operator, and
 * within one on the place: what LiteRT computes in vectors may round otherwise
 * than what is left behind the last whole one.
 *
 *   CONV_2D, FULLY_CONNECTED   up
 *   DEPTHWISE_CONV_2D          uint8: away; int8: up, and away for channels
 *                              after the last multiple of 8
 *   ADD                        each input scaled with one rounding (int8), or
 *                              a rounding and bits cut off (uint8, or one
 *                              input is a single value); in what is left of
 *                              a row with two, away; the sum away
 *   SUB, MUL                   away
 *   QUANTIZE of integers       up, and away after the last multiple of 16
 *   QUANTIZE of floats         times 1 / scale, to the nearest, halves even;
 *                              after the last multiple of 8 by a division in
 *                              double precision, away
 *   DEQUANTIZE                 q * scale - zero * scale, each rounded; after
 *                              the last multiple of 8 (q - zero) * scale
 *   RELU, RELU6                away
 *
 * Kernels see bytes. Signed ones are mapped to unsigned by flip = 0x80 and
 * a zero point greater by 128, so that one kernel serves both types.
 */

#ifndef MN_KERNELS_U8_H
#define MN_KERNELS_U8_H

#include "engine/base/bytes.h"
#include "engine/base/fixed_point.h"
#include "engine/cpu/kernels/act.h"

G_BEGIN_DECLS

/* What an activation leaves of 0..255. */
void mn_bytes_range (const MnBytes *bytes, MnAct act, gint32 *lo, gint32 *hi);
/* mn_bytes_quantise of many. */
void
mn_quantise_u8_ref (gsize n, const gfloat *x, guint8 *y, const MnBytes *bytes);

/* QUANTIZE of floats in vectors of so many, and of what is left behind them.
 * What is no number, or fits no 32 bits, becomes what -2^31 with the zero
 * point added gives in 32 bits: the lowest byte, or with an int8 zero point
 * below 0 the highest. */
#define MN_QUANTISE_U8_STEP 8
void mn_quantise_even_u8_ref (gsize n, const gfloat *x, guint8 *y,
    const MnBytes *bytes);
void
mn_quantise_rest_u8 (gsize n, const gfloat *x, guint8 *y, const MnBytes *bytes);

/* DEQUANTIZE of a byte as it lies in memory, in vectors (as above), and
 * behind them. */
#define MN_DEQUANTISE_U8_STEP 8
gfloat mn_dequantise_u8 (const MnBytes *bytes, guint8 x, gboolean rest);

/* Vectors of ADD and MUL narrow a result to 16 bits before the zero point is
 * added, which wraps then. It shows where scales make steps far too small for
 * the values, and nowhere else. */
typedef enum
{
  MN_NARROW_NONE,
  MN_NARROW_CUT, /* the lower 16 bits */
  MN_NARROW_SATURATE
} MnNarrow;

/* q, without y's zero point, as it is after narrowing. */
gint32 mn_narrow (gint32 q, const MnBytes *y, MnNarrow how);
/* FALSE: it changes nothing in -most..most. */
gboolean mn_narrow_shows (gint64 most, MnNarrow how);

/* ---- kernels ---------------------------------------------------------- */

typedef struct
{
  gsize in_h, in_w, in_c, out_w, out_c;
  gint kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w;
  gint pad_top, pad_left;
  gsize multiplier; /* depthwise: outputs a channel */
  MnBytes x, y;
  gint32 lo, hi;         /* of y, unsigned */
  gsize n_up;            /* channels that round halves up; those behind
                          * them round away from zero */
  const gint16 *weights; /* less their zero point; convolution
                          * [kh][kw][in_c][out_c], depthwise
                          * [kh][kw][out_c], then packed */
  /* By output channel, up to a multiple of the kernel's step. */
  const gint32 *bias;
  const gint32 *multipliers;    /* the factors' */
  const gint32 *lefts, *rights; /* their shifts: max (shift, 0), max (-shift,
                                 * 0) */
  /* For the kernels of 8-bit products alone, instead of all of the above: */
  const guint8 *packed; /* by mn_u8_s8_pack */
  gboolean is_narrow;   /* packed are bytes, though is_wide */
  const guint8 *table;  /* of the unsigned byte, before clamping, gives
                         * the one to store; by pack_table; NULL: lo,
                         * hi, flip */
} MnConvU8Args;

/* Rows first .. end - 1 of the output; scratch: mn_u8_s16_scratch bytes. A
 * fully connected layer is a convolution of a 1x1 picture. */
typedef void (*MnConvU8S16Func) (gsize first, gsize end, const guint8 *x,
    guint8 *y, gpointer scratch, const MnConvU8Args *args);

void mn_conv_u8_s16_ref (gsize first, gsize end, const guint8 *x, guint8 *y,
    gpointer scratch, const MnConvU8Args *args);
void mn_dwconv_u8_s16_ref (gsize first, gsize end, const guint8 *x, guint8 *y,
    gpointer scratch, const MnConvU8Args *args);

/* How ADD and SUB scale their operands, after MN_ADD_U8_BITS to the left. */
typedef enum
{
  MN_ADD_U8_TWICE, /* mn_requant_away */
  MN_ADD_U8_ONCE,  /* first the shift, then the product's rounding,
                    * up */
  MN_ADD_U8_CUT    /* the product's rounding, and then bits are cut
                    * off */
} MnAddU8Scaling;

typedef struct
{
  MnBytes a, b, y;
  gint32 lo, hi;
  MnFactor a_factor, b_factor, y_factor; /* MUL: y_factor alone */
  MnAddU8Scaling scaling;                /* ADD, SUB */
  MnNarrow narrow;                       /* only the plain kernels know it */
} MnBinaryU8Args;

typedef enum
{
  MN_BINARY_ADD,
  MN_BINARY_SUB,
  MN_BINARY_MUL,
  MN_N_BINARY
} MnBinaryKind;

/* n elements; a step of 0 repeats the operand's one element. */
typedef void (*MnBinaryU8Func) (gsize n, const guint8 *a, gsize a_step,
    const guint8 *b, gsize b_step, guint8 *y, const MnBinaryU8Args *args);

/* Both operands are scaled to twice the larger scale with 20 more bits. */
#define MN_ADD_U8_BITS 20
/* What is in args but the factors must be there. A narrowing that shows
 * nowhere becomes MN_NARROW_NONE. */
void mn_add_u8_prepare (MnBinaryU8Args *args);
void mn_mul_u8_prepare (MnBinaryU8Args *args);
/* How the vectors of an operator do it, those of a row alone or with a single
 * value for one operand, and the elements of one; 0: there are none. Behind
 * them, and where there are none, it is MN_ADD_U8_TWICE, MN_NARROW_NONE. */
gsize mn_binary_u8_vectors (MnBinaryKind kind, gboolean is_signed,
    gboolean single, MnAddU8Scaling *scaling, MnNarrow *narrow);
void mn_add_u8_ref (gsize n, const guint8 *a, gsize a_step, const guint8 *b,
    gsize b_step, guint8 *y, const MnBinaryU8Args *args);
void mn_sub_u8_ref (gsize n, const guint8 *a, gsize a_step, const guint8 *b,
    gsize b_step, guint8 *y, const MnBinaryU8Args *args);
void mn_mul_u8_ref (gsize n, const guint8 *a, gsize a_step, const guint8 *b,
    gsize b_step, guint8 *y, const MnBinaryU8Args *args);

/* y = table[x], bytes as they lie in memory: every function of one value. y
 * may be x. */
typedef void (*MnLookupU8Func) (gsize n, const guint8 *x, guint8 *y,
    const guint8 *table);

void
mn_lookup_u8_ref (gsize n, const guint8 *x, guint8 *y, const guint8 *table);
void mn_table_hard_swish (const MnBytes *x, const MnBytes *y, guint8 *table);
void mn_table_logistic (const MnBytes *x, const MnBytes *y, guint8 *table);
/* RELU and RELU6. */
void
mn_table_relu (const MnBytes *x, const MnBytes *y, MnAct act, guint8 *table);
/* QUANTIZE of integers: another scale and zero point; halves up, or away from
 * zero. */
void mn_table_requant (const MnBytes *x, const MnBytes *y, gboolean up,
    guint8 *table);
/* Bytes of a vector, which round up. */
#define MN_REQUANT_U8_STEP 16

typedef struct
{
  gsize in_h, in_w, channels, out_w;
  gint filter_h, filter_w, stride_h, stride_w, pad_top, pad_left;
  MnBytes x; /* y has the same */
  gint32 lo, hi;
} MnPoolU8Args;

/* Rows first .. end - 1 of the output. */
void mn_average_pool_u8 (gsize first, gsize end, const guint8 *x, guint8 *y,
    const MnPoolU8Args *args);
void mn_max_pool_u8 (gsize first, gsize end, const guint8 *x, guint8 *y,
    const MnPoolU8Args *args);

typedef struct
{
  gsize n, channels; /* n pixels of so many channels */
  MnBytes x, y;
  gboolean keeps_dims; /* LiteRT has two ways to round */
  /* By mn_mean_u8_prepare: requant (sum - zero, factor) + bias, halves up for
   * the first n_up channels. */
  gint32 zero, bias;
  MnFactor factor;
  gsize n_up;
} MnMeanU8Args;

void mn_mean_u8_prepare (MnMeanU8Args *args);

/* Channels first .. end - 1. */
typedef void (*MnMeanU8Func) (gsize first, gsize end, const guint8 *x,
    guint8 *y, const MnMeanU8Args *args);

void mn_mean_u8_ref (gsize first, gsize end, const guint8 *x, guint8 *y,
    const MnMeanU8Args *args);

/* The same operators as y = (a * weight_a + b * weight_b + addend) / 2^29, of
 * the unsigned bytes, rounded down: by 8 bits of the weights, signed, from
 * the lowest on. By mn_weighted_sum_u8_prepare. */
#define MN_WEIGHTED_SUM_U8_DIGITS 4
#define MN_WEIGHTED_SUM_U8_BITS 29
typedef struct
{
  guint8 a_flip, b_flip, y_flip, lo, hi;
  gint8 a_digits[MN_WEIGHTED_SUM_U8_DIGITS],
      b_digits[MN_WEIGHTED_SUM_U8_DIGITS];
  gint32 addend_low, addend_high; /* the lowest 8 bits, and the rest */
} MnWeightedSumU8Args;

/* n elements of either. */
typedef void (*MnWeightedSumU8Func) (gsize n, const guint8 *a, const guint8 *b,
    guint8 *y, const MnWeightedSumU8Args *args);

/* y = a * b for n pixels of a, and one of b. factor, nudge: by
 * mn_scale_u8_prepare. */
typedef struct
{
  gsize channels;
  MnBinaryU8Args binary;
  gfloat factor, nudge;
} MnScaleU8Args;

typedef void (*MnScaleU8Func) (gsize n, const guint8 *a, const guint8 *b,
    guint8 *y, const MnScaleU8Args *args);

/* The kernel computes the product in floats: the integer next to p * factor +
 * nudge, nudge with the sign of p, once rounded. TRUE when that is exact for
 * all bytes. binary: by mn_mul_u8_prepare. */
gboolean mn_scale_u8_prepare (MnScaleU8Args *args);

/* m rows of n; table: 256 floats by mn_table_softmax. */
void mn_table_softmax (gfloat x_scale, gfloat beta, gfloat *table);
void mn_softmax_u8 (gsize m, gsize n, const guint8 *x, guint8 *y,
    const MnBytes *x_bytes, const MnBytes *y_bytes, const gfloat *table);

/* ---- products of 8 bits ------------------------------------------------- */

/* Convolutions straight from the bytes of x; the weights are signed bytes, or
 * any where they are packed as words.
 * Convolution: pixels first .. end - 1 of the output, in the order of rows.
 * Depthwise: rows first .. end - 1. Both: channels of the tiles first_tile ..
 * end_tile - 1. */
typedef void (*MnConvU8S8Func) (gsize first, gsize end, gsize first_tile,
    gsize end_tile, const guint8 *x, guint8 *y, gpointer scratch,
    const MnConvU8Args *args);

/* Vectors of accumulators side by side in a convolution's tile, at most. */
#define MN_U8_S8_VECS 4
/* Pixels of a convolution's tile, at most. */
#define MN_U8_S8_ROWS 16
/* Where they are widened first: pixels of a tile; those that are widened
 * together, at most, and at least a tile's or as many as make so many words. */
#define MN_U8_S8_ROWS_WIDE 6
#define MN_U8_S8_GROUP_MOST 96
#define MN_U8_S8_GROUP_WORDS 16384
/* Bytes behind them that may be written to. */
#define MN_U8_S8_SPARE 32

typedef struct
{
  MnConvU8S8Func conv;   /* NULL: this CPU has none */
  MnConvU8S8Func dwconv; /* 3x3 and 5x5; NULL: none */
  gsize width;           /* channels of a vector; 4 of them are one of
                          * bytes */
  gboolean is_signed;    /* x is a signed byte for the product */
  gboolean is_wide;      /* weights are words of 16 bits (pack_u8_s8.c) */
  gsize conv_vecs;       /* of a convolution's tile, at most */
  gsize factors_size;    /* bytes for the factors of a vector */
  void (*pack_factors) (const MnFactor *factors, gint32 y_zero, guint8 *out);
  void (*pack_table) (guint8 *table); /* 256 bytes, in place */
} MnU8S8Kernels;

/* ---- the table ---------------------------------------------------------- */

/* Part of MnKernels (kernels.h). */
typedef struct
{
  MnConvU8S16Func conv, dwconv;
  gsize conv_width, conv_rows; /* columns and pixels of a tile; width 0: the
                                * weights stay in their natural order */
  gsize step;                  /* channels of a vector */
  MnBinaryU8Func add, sub, mul;
  void (*quantise) (gsize n, const gfloat *x, guint8 *y,
      const MnBytes *bytes); /* mn_bytes_quantise of each */
  void (*quantise_even) (gsize n, const gfloat *x, guint8 *y,
      const MnBytes *bytes); /* as mn_quantise_even_u8_ref */
  MnLookupU8Func lookup;
  MnMeanU8Func mean;
  MnScaleU8Func scale;              /* NULL: none */
  MnWeightedSumU8Func weighted_sum; /* NULL: none */
  MnU8S8Kernels s8;
} MnU8Kernels;

void mn_kernels_init_u8_ref (MnU8Kernels *kernels);

/* Elements that packed weights of n outputs take, k for each of them.
 * Depthwise: one row of n, up to a multiple of step, for each k.
 * Convolution: tiles of conv_width outputs, the last one a multiple of step;
 * in each, pairs of k, their outputs, the two of the pair; 0 past the end. */
gsize mn_u8_s16_size (const MnU8Kernels *kernels, gboolean depthwise, gsize n,
    gsize k);
/* w: output j's weight number i is w[i * k_stride + j * n_stride] less
 * zero[j * zero_step]; bytes, signed if is_signed. */
typedef struct
{
  gconstpointer w;
  gboolean is_signed;
  gsize k_stride, n_stride;
  const gint64 *zero;
  gsize zero_step;
} MnByteWeights;

void mn_u8_s16_pack (const MnU8Kernels *kernels, gboolean depthwise, gsize n,
    gsize k, const MnByteWeights *w, gint16 *out);
/* Bytes of scratch that a convolution needs; k: of one output. */
gsize mn_u8_s16_scratch (const MnU8Kernels *kernels, gsize n, gsize k);

/* TRUE when weighted_sum gives exactly what add does (sub: subtract) for every
 * two bytes. */
gboolean mn_weighted_sum_u8_prepare (const MnU8Kernels *kernels,
    gboolean subtract, const MnBinaryU8Args *binary, MnWeightedSumU8Args *args);

/* args: shape, bytes, bias and factors, padded as conv wants them. TRUE when
 * the kernels with weights of 8 bits compute this exactly. */
gboolean mn_u8_s8_takes (const MnU8S8Kernels *s8, gboolean depthwise,
    const MnConvU8Args *args, const MnByteWeights *w);
/* TRUE when args.is_narrow may be set. Then each pixel reads the weights again,
 * but only half as many bytes of them: of use where there is but one. */
gboolean mn_u8_s8_can_narrow (const MnU8S8Kernels *s8, gboolean depthwise,
    const MnConvU8Args *args, const MnByteWeights *w);
/* Tiles of channels; bytes of packed weights, and of scratch. */
gsize mn_u8_s8_tiles (const MnU8S8Kernels *s8, gboolean depthwise,
    const MnConvU8Args *args);
gsize mn_u8_s8_size (const MnU8S8Kernels *s8, gboolean depthwise,
    const MnConvU8Args *args);
gsize mn_u8_s8_scratch (const MnU8S8Kernels *s8, gboolean depthwise,
    const MnConvU8Args *args);
void mn_u8_s8_pack (const MnU8S8Kernels *s8, gboolean depthwise,
    const MnConvU8Args *args, const MnByteWeights *w, guint8 *out);

/* Convolution: n vectors of accumulators go in tiles of nearly the same
 * width, at most `most`; where tile number t begins. */
static inline gsize
mn_u8_s8_tile_start (gsize n, gsize most, gsize t)
{
  return n * t / ((n + most - 1) / most);
}

/* Convolution: steps of 4 weights that a kernel row takes, the last padded
 * with zeros. */
static inline gsize
mn_u8_s8_row_steps (const MnConvU8Args *args)
{
  return (args->kernel_w * args->in_c + 3) / 4;
}

/* Convolution: weights of an output, those that fill kernel rows included. */
static inline gsize
mn_u8_s8_n_weights (const MnConvU8Args *args)
{
  return args->kernel_h * mn_u8_s8_row_steps (args) * 4;
}

/* Pixels that are widened together: those of whole tiles. */
static inline gsize
mn_u8_s8_group (const MnConvU8Args *args)
{
  gsize n = MN_U8_S8_GROUP_WORDS / mn_u8_s8_n_weights (args)
      / MN_U8_S8_ROWS_WIDE * MN_U8_S8_ROWS_WIDE;

  return CLAMP (n, MN_U8_S8_ROWS_WIDE, MN_U8_S8_GROUP_MOST);
}

/* Depthwise: fours of weights an output, by kernel column those of the rows 0
 * to 3, 0 where there is none; of a fifth row its columns 0 to 3, and then
 * the fifth where it comes in the four of columns that begin one further on
 * (stride 2: two). */
static inline gsize
mn_u8_s8_dw_steps (gsize size)
{
  return size == 5 ? 7 : size;
}

/* Depthwise: a tile is a vector of bytes, as many pixels of 4 * width
 * channels, or of a half or a quarter of that where fewer are left. */
static inline gsize
mn_u8_s8_dw_pixels (gsize left, gsize width)
{
  return left > 2 * width ? 1 : left > width ? 2 : 4;
}

G_END_DECLS

#endif /* MN_KERNELS_U8_H */
