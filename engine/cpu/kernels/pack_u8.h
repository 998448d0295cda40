/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Weights of bytes in the order in which a kernel reads them, and what else
 * such a kernel and its packing have to agree on. */

#ifndef MN_PACK_U8_H
#define MN_PACK_U8_H

#include "engine/cpu/kernels/kernels_u8.h"

G_BEGIN_DECLS

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

/* ---- weights of 16 bits ------------------------------------------------- */

/* Elements that packed weights of n outputs take, k for each of them.
 * Depthwise: one row of n, up to a multiple of step, for each k.
 * Convolution: tiles of conv_width outputs, the last one a multiple of step;
 * in each, pairs of k, their outputs, the two of the pair; 0 past the end. */
gsize mn_u8_s16_size (const MnU8Kernels *kernels, gboolean depthwise, gsize n,
    gsize k);
void mn_u8_s16_pack (const MnU8Kernels *kernels, gboolean depthwise, gsize n,
    gsize k, const MnByteWeights *w, gint16 *out);
/* Bytes of scratch that a convolution needs; k: of one output. */
gsize mn_u8_s16_scratch (const MnU8Kernels *kernels, gsize n, gsize k);

/* ---- weights of 8 bits -------------------------------------------------- */

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

#endif /* MN_PACK_U8_H */
