/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Weights of quantised networks in the order of the kernels. */

#include "engine/cpu/kernels/pack_u8.h"

#include <string.h>

static gsize
round_up (gsize n, gsize step)
{
  return (n + step - 1) / step * step;
}

gsize
mn_u8_s16_size (const MnU8Kernels *kernels, gboolean depthwise, gsize n,
    gsize k)
{
  if (!depthwise && kernels->conv_width > 0)
    k = round_up (k, 2);
  return k * round_up (n, kernels->step);
}

static gint16
weight_at (const MnByteWeights *w, gsize i, gsize j)
{
  gsize at = i * w->k_stride + j * w->n_stride;
  gint32 value = w->is_signed ? ((const gint8 *) w->w)[at]
                              : ((const guint8 *) w->w)[at];

  return value - w->zero[j * w->zero_step];
}

static void
pack_rows (gsize n, gsize padded, gsize k, const MnByteWeights *w, gint16 *out)
{
  gsize i, j;

  for (i = 0; i < k; i++) {
    for (j = 0; j < n; j++)
      out[i * padded + j] = weight_at (w, i, j);
  }
}

void
mn_u8_s16_pack (const MnU8Kernels *kernels, gboolean depthwise, gsize n,
    gsize k, const MnByteWeights *w, gint16 *out)
{
  gsize padded = round_up (n, kernels->step), first, i, j;

  memset (out, 0, mn_u8_s16_size (kernels, depthwise, n, k) * sizeof (gint16));
  if (depthwise || kernels->conv_width == 0) {
    pack_rows (n, padded, k, w, out);
    return;
  }
  for (first = 0; first < padded; first += kernels->conv_width) {
    gsize width = MIN (padded - first, kernels->conv_width);

    for (i = 0; i < k; i++) {
      gint16 *pair = out + i / 2 * 2 * width + i % 2;

      for (j = 0; j < MIN (width, n - first); j++)
        pair[2 * j] = weight_at (w, i, first + j);
    }
    out += round_up (k, 2) * width;
  }
}

gsize
mn_u8_s16_scratch (const MnU8Kernels *kernels, gsize n, gsize k)
{
  return MAX (n * sizeof (gint32),
      kernels->conv_rows * round_up (k, 2) * sizeof (gint16));
}
