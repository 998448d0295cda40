/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Tensors of bytes as kernels see them. */

#include "engine/graph/bytes.h"

gboolean
mn_bytes_of (const MnTensor *tensor, MnBytes *bytes)
{
  gboolean is_signed = tensor->dtype == MN_DTYPE_I8;

  if ((tensor->dtype != MN_DTYPE_U8 && !is_signed) || tensor->quant.n != 1)
    return FALSE;
  bytes->scale = tensor->quant.scale[0];
  bytes->zero = tensor->quant.zero_point[0] + (is_signed ? 128 : 0);
  bytes->flip = is_signed ? 0x80 : 0;
  return TRUE;
}
