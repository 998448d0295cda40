/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Kernels on bytes (engine/base/bytes.h): quantised networks, bit for bit as
 * LiteRT 2.3.0 computes them on x86-64 with its builtin kernels and no
 * delegate. That library gives other bits on Arm, and with XNNPACK; these
 * kernels give the same ones on every processor.
 *
 * The final shift of a factor (engine/base/fixed_point.h) rounds halves away
 * from zero, or up. Which one depends on the operator, and within one on the
 * place: what LiteRT computes in vectors may round otherwise than what is left
 * behind the last whole one.
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
 */

#ifndef MN_KERNELS_U8_H
#define MN_KERNELS_U8_H

#include "engine/base/bytes.h"
#include "engine/base/fixed_point.h"

G_BEGIN_DECLS

/* ---- convolutions ------------------------------------------------------- */

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
  /* For weights of 8 bits alone, instead of all of the above: */
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

/* Convolutions straight from the bytes of x; the weights are signed bytes, or
 * any where they are packed as words.
 * Convolution: pixels first .. end - 1 of the output, in the order of rows.
 * Depthwise: rows first .. end - 1. Both: channels of the tiles first_tile ..
 * end_tile - 1. */
typedef void (*MnConvU8S8Func) (gsize first, gsize end, gsize first_tile,
    gsize end_tile, const guint8 *x, guint8 *y, gpointer scratch,
    const MnConvU8Args *args);

/* ---- sums and products -------------------------------------------------- */

/* Vectors of ADD and MUL narrow a result to 16 bits before the zero point is
 * added, which wraps then. It shows where scales make steps far too small for
 * the values, and nowhere else. */
typedef enum
{
  MN_NARROW_NONE,
  MN_NARROW_CUT, /* the lower 16 bits */
  MN_NARROW_SATURATE
} MnNarrow;

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

/* n elements; a step of 0 repeats the operand's one element. */
typedef void (*MnBinaryU8Func) (gsize n, const guint8 *a, gsize a_step,
    const guint8 *b, gsize b_step, guint8 *y, const MnBinaryU8Args *args);

/* Both operands are scaled to twice the larger scale with 20 more bits. */
#define MN_ADD_U8_BITS 20

/* ADD and SUB as y = (a * weight_a + b * weight_b + addend) / 2^29, of
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

/* ---- the rest ----------------------------------------------------------- */

/* Floats to bytes. */
typedef void (*MnQuantiseU8Func) (gsize n, const gfloat *x, guint8 *y,
    const MnBytes *bytes);

/* y = table[x], bytes as they lie in memory: every function of one value. y
 * may be x. */
typedef void (*MnLookupU8Func) (gsize n, const guint8 *x, guint8 *y,
    const guint8 *table);
/* QUANTIZE of integers is one; bytes of a vector, which round up. */
#define MN_REQUANT_U8_STEP 16

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

/* Channels first .. end - 1. */
typedef void (*MnMeanU8Func) (gsize first, gsize end, const guint8 *x,
    guint8 *y, const MnMeanU8Args *args);

/* ---- the table ---------------------------------------------------------- */

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

/* Part of MnKernels (kernels.h). */
typedef struct
{
  MnConvU8S16Func conv, dwconv;
  gsize conv_width, conv_rows; /* columns and pixels of a tile; width 0: the
                                * weights stay in their natural order */
  gsize step;                  /* channels of a vector */
  MnBinaryU8Func add, sub, mul;
  MnQuantiseU8Func quantise;      /* mn_bytes_quantise of each */
  MnQuantiseU8Func quantise_even; /* QUANTIZE, its vectors */
  MnLookupU8Func lookup;
  MnMeanU8Func mean;
  MnScaleU8Func scale;              /* NULL: none */
  MnWeightedSumU8Func weighted_sum; /* NULL: none */
  MnU8S8Kernels s8;
} MnU8Kernels;

/* ---- the only ones of their kind ---------------------------------------- */

/* QUANTIZE of floats in vectors of so many, and of what is left behind them.
 * What is no number, or fits no 32 bits, becomes what -2^31 with the zero
 * point added gives in 32 bits: the lowest byte, or with an int8 zero point
 * below 0 the highest. */
#define MN_QUANTISE_U8_STEP 8
void
mn_quantise_rest_u8 (gsize n, const gfloat *x, guint8 *y, const MnBytes *bytes);
/* What both do with a number of steps that has been rounded. */
guint8 mn_quantise_steps_u8 (gdouble steps, const MnBytes *bytes);

/* DEQUANTIZE of a byte as it lies in memory, in vectors (as above), and
 * behind them. */
#define MN_DEQUANTISE_U8_STEP 8
gfloat mn_dequantise_u8 (const MnBytes *bytes, guint8 x, gboolean rest);

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

/* m rows of n; table: by mn_table_softmax. */
void mn_softmax_u8 (gsize m, gsize n, const guint8 *x, guint8 *y,
    const MnBytes *x_bytes, const MnBytes *y_bytes, const gfloat *table);

/* ---- the plain twins ---------------------------------------------------- */

void mn_conv_u8_s16_ref (gsize first, gsize end, const guint8 *x, guint8 *y,
    gpointer scratch, const MnConvU8Args *args);
void mn_dwconv_u8_s16_ref (gsize first, gsize end, const guint8 *x, guint8 *y,
    gpointer scratch, const MnConvU8Args *args);
/* These are also what computes where MnNarrow shows. */
void mn_add_u8_ref (gsize n, const guint8 *a, gsize a_step, const guint8 *b,
    gsize b_step, guint8 *y, const MnBinaryU8Args *args);
void mn_sub_u8_ref (gsize n, const guint8 *a, gsize a_step, const guint8 *b,
    gsize b_step, guint8 *y, const MnBinaryU8Args *args);
void mn_mul_u8_ref (gsize n, const guint8 *a, gsize a_step, const guint8 *b,
    gsize b_step, guint8 *y, const MnBinaryU8Args *args);
void
mn_lookup_u8_ref (gsize n, const guint8 *x, guint8 *y, const guint8 *table);
void mn_mean_u8_ref (gsize first, gsize end, const guint8 *x, guint8 *y,
    const MnMeanU8Args *args);
void
mn_quantise_u8_ref (gsize n, const gfloat *x, guint8 *y, const MnBytes *bytes);
void mn_quantise_even_u8_ref (gsize n, const gfloat *x, guint8 *y,
    const MnBytes *bytes);

G_END_DECLS

#endif /* MN_KERNELS_U8_H */
