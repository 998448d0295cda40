/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tools/roofline.h"

#include <math.h>
#include <string.h>

static const gchar *const names[MN_N_ARITH] = {
  "float32", "float16", "bfloat16", "int8"};

const gchar *
mn_arith_name (MnArith arith)
{
  return names[arith];
}

MnArith
mn_arith_of_kernel (const gchar *kernel)
{
  static const struct
  {
    const gchar *word;
    MnArith arith;
  } words[] = {/* bf16 before f16, which it contains. */
    {"int8", MN_ARITH_I8}, {"bfloat16", MN_ARITH_BF16}, {"bf16", MN_ARITH_BF16},
    {"f16", MN_ARITH_F16}, {"float16", MN_ARITH_F16}};
  guint i;

  for (i = 0; i < G_N_ELEMENTS (words); i++) {
    if (strstr (kernel, words[i].word))
      return words[i].arith;
  }
  return MN_ARITH_F32;
}

gdouble
mn_peaks_read (const MnPeaks *peaks, gdouble bytes)
{
  guint last = peaks->n_sizes - 1, i = 1;
  gdouble low, high, part;

  if (peaks->n_sizes == 0)
    return 0;
  if (bytes <= peaks->sizes[0])
    return peaks->read[0];
  if (bytes >= peaks->sizes[last])
    return peaks->read[last];
  while (bytes > peaks->sizes[i])
    i++;
  low = log (peaks->sizes[i - 1]);
  high = log (peaks->sizes[i]);
  part = (log (bytes) - low) / (high - low);
  return peaks->read[i - 1] * (1 - part) + peaks->read[i] * part;
}

gdouble
mn_peaks_seconds (const MnPeaks *peaks, const MnLayerTime *layer)
{
  gdouble ops = peaks->ops[mn_arith_of_kernel (layer->kernel)];
  gdouble read = mn_peaks_read (peaks, layer->bytes);

  return MAX (ops > 0 ? layer->flops / ops : 0,
      read > 0 ? layer->bytes / read : 0);
}
