/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Squeeze-and-excite: the sums come from the depthwise layer, the gate of two
 * products, and the convolution after it applies the gate as it reads. */

#include "engine/cpu/lower/conv.h"

static gboolean
add_product (MnCompile *c, const MnNode *node, const gchar *suffix,
    guint w_input, gint x, gint out, gfloat x_scale, MnActivation activation,
    GError **error)
{
  const MnTensor *w = mn_graph_input_of (c->graph, node, w_input);
  gsize n = w->dims[0];
  MnMatvecArgs args = {
    w->n_elements / n, n, x_scale, NULL, NULL, mn_act (activation)};

  return mn_cpu_add_matvec (c, node, suffix, w_input, x, -1, out, &args, error);
}

gboolean
mn_cpu_make_squeeze_excite (MnCompile *c, const MnNode *node, GError **error)
{
  gint x = node->inputs[0];
  const MnTensor *t = mn_graph_tensor (c->graph, x);
  const MnTensor *w = mn_graph_input_of (c->graph, node, 1);
  gsize channels = t->dims[t->rank - 1];
  gsize pixels = t->n_elements / channels;
  gint sums = c->sums[x], hidden, gate;

  if (sums < 0) {
    sums = mn_values_add (c->values, channels);
    mn_cpu_add_mean (c, node, x, sums, pixels, channels, 1);
  }
  hidden = mn_values_add (c->values, w->dims[0]);
  gate = mn_values_add (c->values, channels);
  if (!add_product (c, node, " squeeze", 1, sums, hidden, 1.0f / pixels,
          node->activation, error)
      || !add_product (c, node, " excite", 3, hidden, gate, 1,
          node->params.se.gate, error))
    return FALSE;
  if (mn_compile_takes_gate (c, node))
    mn_compile_leave_gate (c, node, gate);
  else
    mn_cpu_add_channel_product (c, node, x, gate, node->outputs[0], pixels,
        channels);
  return TRUE;
}
