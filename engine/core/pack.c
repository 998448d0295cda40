/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The network's input from values, as its tensor holds them. */

#include "engine/core/internal.h"
#include "engine/graph/bytes.h"

#include <string.h>

gboolean
mn_model_pack_input (MnModel *model, const gfloat *values, gsize n,
    gpointer out, gsize size, GError **error)
{
  const MnModelInfo *info = mn_model_get_info (model);
  const MnGraph *graph = mn_model_get_graph (model);
  const MnTensor *t = mn_graph_input (graph, 0);
  MnBytes bytes;
  gsize i;

  if (size / mn_dtype_size (t->dtype) != n || size % mn_dtype_size (t->dtype)) {
    g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
        "%s: %" G_GSIZE_FORMAT " values of %s do not fill %" G_GSIZE_FORMAT
        " bytes",
        info->name, n, mn_dtype_name (t->dtype), size);
    return FALSE;
  }
  if (t->dtype == MN_DTYPE_F32) {
    memcpy (out, values, size);
    return TRUE;
  }
  if (!mn_bytes_of (t, &bytes)) {
    g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED,
        "%s: an input of type %s with %u scales is not supported", info->name,
        mn_dtype_name (t->dtype), t->quant.n);
    return FALSE;
  }
  for (i = 0; i < n; i++)
    ((guint8 *) out)[i] = mn_bytes_quantise (&bytes, values[i]);
  return TRUE;
}
