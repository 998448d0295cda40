/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/lower/operands.h"

gboolean
mn_compile_check_weights (MnCompile *c, const MnNode *node, const MnTensor *w,
    const MnTensor *bias, GError **error)
{
  if (!w || !w->data || (bias && !bias->data))
    return mn_compile_refuse (c, node, error,
        "weights that are not constant are not supported");
  if (w->dtype != MN_DTYPE_F32 || (bias && bias->dtype != MN_DTYPE_F32))
    return mn_compile_refuse (c, node, error,
        "weights of type %s with bias of type %s are not supported",
        mn_dtype_name (w->dtype), bias ? mn_dtype_name (bias->dtype) : "-");
  return TRUE;
}

/* NULL where input 1 is not constant. */
static const gint32 *
constant_ints (MnCompile *c, const MnNode *node)
{
  const MnTensor *t = mn_graph_input_of (c->graph, node, 1);

  return t && t->dtype == MN_DTYPE_I32 ? t->data : NULL;
}

gboolean
mn_compile_mean_axes (MnCompile *c, const MnNode *node, guint *mask,
    GError **error)
{
  const MnTensor *x = mn_graph_input_of (c->graph, node, 0);
  const gint32 *axes = constant_ints (c, node);
  gsize n, i;

  if (!axes)
    return mn_compile_refuse (c, node, error,
        "axes that are not constant are not supported");
  n = mn_graph_input_of (c->graph, node, 1)->n_elements;
  *mask = 0;
  for (i = 0; i < n; i++)
    *mask |= 1u << (axes[i] < 0 ? axes[i] + (gint) x->rank : axes[i]);
  return TRUE;
}

const gint32 *
mn_compile_paddings (MnCompile *c, const MnNode *node, GError **error)
{
  const gint32 *paddings = constant_ints (c, node);

  if (!paddings)
    mn_compile_refuse (c, node, error,
        "paddings that are not constant are not supported");
  return paddings;
}
