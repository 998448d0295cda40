/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Bytes times a factor a channel, in floats: products of bytes are exact in
 * them, and mn_scale_u8_prepare has found a factor that rounds them right. */

#include "engine/cpu/kernels/simd_bytes.h"

/* Channels of n pixels; count: of the vector. */
V_INLINE void
columns (const gsize count, gsize n, const guint8 *a, const guint8 *b,
    guint8 *y, const MnScaleU8Args *args)
{
  const MnBinaryU8Args *q = &args->binary;
  const vb a_flip = vb_set1 (q->a.flip), b_flip = vb_set1 (q->b.flip);
  const vf factor = v_set1 (args->factor), nudge = v_set1 (args->nudge);
  const vi zero = vi_set1 (q->y.zero);
  const VStore how = {
    NULL, vb_set1 (q->lo), vb_set1 (q->hi), vb_set1 (q->y.flip)};
  vf by[4], less[4];
  vi v[4];
  gsize i, j;

  vb_widen (vb_xor (count == VB_LEN ? vb_load (b) : vb_load_part (b, count),
                b_flip),
      v);
  V_UNROLL for (j = 0; j < 4; j++)
  {
    by[j] = v_of_int (vi_sub (v[j], vi_set1 (q->b.zero)));
    less[j] = v_mul (by[j], v_set1 (-q->a.zero));
  }
  for (i = 0; i < n; i++, a += args->channels, y += args->channels) {
    vb bytes = count == VB_LEN ? vb_load (a) : vb_load_part (a, count);

    vb_widen (vb_xor (bytes, a_flip), v);
    V_UNROLL for (j = 0; j < 4; j++)
    {
      vf product = v_fma (v_of_int (v[j]), by[j], less[j]);

      v[j] = vi_add (v_to_int (v_fma (product, factor,
                         v_copy_sign (nudge, product))),
          zero);
    }
    bytes = vb_finish (vb_pack (v[0], v[1], v[2], v[3]), &how, FALSE);
    if (count == VB_LEN)
      vb_store (y, bytes);
    else
      vb_store_part (y, bytes, count);
  }
}

/* A vector of bytes holds several pixels: all go as one of more channels. */
static void
narrow (gsize n, const guint8 *a, const guint8 *b, guint8 *y,
    const MnScaleU8Args *args)
{
  gsize channels = args->channels, together = VB_LEN / channels, i;
  MnScaleU8Args wide = *args;
  guint8 factors[VB_LEN];

  for (i = 0; i < together; i++)
    memcpy (factors + i * channels, b, channels);
  wide.channels = VB_LEN;
  columns (VB_LEN, n / together, a, factors, y, &wide);
  i = n / together * VB_LEN;
  if (n % together > 0)
    columns (n % together * channels, 1, a + i, factors, y + i, &wide);
}

void
MN_BYTES (mn_scale_u8) (gsize n, const guint8 *a, const guint8 *b, guint8 *y,
    const MnScaleU8Args *args)
{
  gsize c;

  if (args->channels < VB_LEN && VB_LEN % args->channels == 0) {
    narrow (n, a, b, y, args);
    return;
  }
  for (c = 0; c < args->channels; c += VB_LEN) {
    gsize count = MIN (args->channels - c, VB_LEN);

    if (count == VB_LEN)
      columns (VB_LEN, n, a + c, b + c, y + c, args);
    else
      columns (count, n, a + c, b + c, y + c, args);
  }
}
