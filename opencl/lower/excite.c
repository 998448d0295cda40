/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Squeeze-and-excite: the sums come from the depthwise launch, the gate is
 * one launch, or two where there is much to read, and the convolution after
 * it applies the gate as it reads. */

#include "engine/lower/operands.h"
#include "opencl/lower/plan.h"

/* From so many channels on a GPU computes a gate in two launches of many
 * groups: in one of a single group, one of its cores would have to read all
 * of the weights. */
#define SPLIT_CHANNELS 576

typedef struct
{
  gsize channels, padded; /* to 4 */
  gsize hidden;           /* padded to the width */
  gsize outputs;          /* channels padded to the width */
  guint width;
  gboolean half; /* all of its constants */
  cl_mem w1, b1, w2, b2;
} Excite;

/* w is OI; on the device its inputs are rows. */
static cl_mem
upload_transposed (MnCompile *c, const MnTensor *w, gsize n_in, gsize rows,
    gsize columns, gboolean half, GError **error)
{
  g_autofree gfloat *packed = g_try_malloc0_n (rows * columns, sizeof (gfloat));
  const gfloat *from = w->data;
  gsize n_out = w->dims[0], o, i;

  for (o = 0; packed && o < n_out; o++) {
    for (i = 0; i < n_in; i++)
      packed[i * columns + o] = from[o * n_in + i];
  }
  return mn_cl_upload_floats (c->plan, packed, rows * columns, half, error);
}

static cl_mem
upload_bias (MnCompile *c, const MnTensor *b, gsize n, gsize padded,
    gboolean half, GError **error)
{
  g_autofree gfloat *packed = mn_cl_pack_vector (b ? b->data : NULL, n, padded);

  return mn_cl_upload_floats (c->plan, packed, padded, half, error);
}

static gboolean
upload_excite (MnCompile *c, const MnNode *node, Excite *e, GError **error)
{
  const MnTensor *t[5];
  gsize hidden;
  guint i;

  for (i = 1; i < 5; i++)
    t[i] = mn_graph_input_of (c->graph, node, i);
  if (!mn_compile_check_weights (c, node, t[1], t[2], error)
      || !mn_compile_check_weights (c, node, t[3], t[4], error))
    return FALSE;
  e->half = mn_cl_weights_fit_half (c, t[1], t[2])
      && mn_cl_weights_fit_half (c, t[3], t[4]);
  hidden = t[1]->dims[0];
  e->hidden = (hidden + e->width - 1) / e->width * e->width;
  e->outputs = (e->channels + e->width - 1) / e->width * e->width;
  e->w1 = upload_transposed (c, t[1], e->channels, e->padded, e->hidden,
      e->half, error);
  if (e->w1)
    e->b1 = upload_bias (c, t[2], hidden, e->hidden, e->half, error);
  if (e->b1)
    e->w2 = upload_transposed (c, t[3], hidden, e->hidden, e->outputs, e->half,
        error);
  if (e->w2)
    e->b2 = upload_bias (c, t[4], e->channels, e->outputs, e->half, error);
  return e->b2 != NULL;
}

static gboolean
add_excite (MnCompile *c, const MnNode *node, const Excite *e, gint sums,
    guint parts, gint gate, gsize pixels, GError **error)
{
  const MnClDevice *device = c->plan->device;
  const MnClOperands operands = {sums, -1, -1, gate, e->half, FALSE};
  gfloat bounds[4];
  gsize items, part;
  MnClOptions options = {
    "",
  };
  MnClLaunch *launch;

  mn_cl_option (&options, "V", e->width);
  mn_cl_option_act (&options, "ACT", node->activation);
  mn_cl_option_act (&options, "GATE", node->params.se.gate);
  mn_cl_option_half (&options, mn_cl_half (c, &operands));
  launch = mn_cl_add_launch (c, "squeeze_excite", &options, error);
  if (!launch)
    return FALSE;
  mn_cl_arg_value (launch, sums);
  mn_cl_arg_mem (launch, e->w1);
  mn_cl_arg_mem (launch, e->b1);
  mn_cl_arg_mem (launch, e->w2);
  mn_cl_arg_mem (launch, e->b2);
  mn_cl_arg_value (launch, gate);
  mn_cl_arg_int4 (launch, parts, e->padded, e->hidden, e->outputs);
  mn_cl_act (node->activation, bounds);
  mn_cl_act (node->params.se.gate, bounds + 2);
  mn_cl_arg_data (launch, bounds, sizeof bounds);
  mn_cl_arg_float (launch, 1.0f / pixels);
  items = device->gpu_shape ? 256 : 1;
  mn_cl_set_size (device, launch, items, 1, 1, items, 1, 1);
  launch->global[0] = items = launch->local[0];
  part = MAX (items * e->width, MAX (e->padded, e->hidden));
  if ((e->padded + e->hidden + part) * sizeof (gfloat) > device->local_size)
    return mn_compile_refuse (c, node, error,
        "its %" G_GSIZE_FORMAT " channels "
        "do not fit the %" G_GUINT64_FORMAT " bytes of local memory of %s",
        e->channels, device->local_size, device->name);
  mn_cl_arg_local (launch, e->padded);
  mn_cl_arg_local (launch, e->hidden);
  mn_cl_arg_local (launch, part);
  launch->flops = 4.0 * e->channels * e->hidden;
  launch->bytes = 2.0 * (e->half ? 2 : 4) * e->channels * e->hidden;
  return TRUE;
}

/* The hidden values, and the gate of them. */
static gboolean
add_split_excite (MnCompile *c, const MnNode *node, gint sums, guint parts,
    gint gate, gsize pixels, GError **error)
{
  const MnTensor *w1 = mn_graph_input_of (c->graph, node, 1);
  gint hidden = mn_values_add (c->values, mn_cl_pad4 (w1->dims[0]));
  MnClVector squeeze = {
    .x = sums,
    .parts = parts,
    .factor = 1.0f / pixels,
    .w = w1,
    .bias = mn_graph_input_of (c->graph, node, 2),
    .residual = -1,
    .y = hidden,
    .activation = node->activation,
  };
  MnClVector excite = {
    .x = hidden,
    .w = mn_graph_input_of (c->graph, node, 3),
    .bias = mn_graph_input_of (c->graph, node, 4),
    .residual = -1,
    .y = gate,
    .activation = node->params.se.gate,
  };

  return mn_cl_add_vector (c, node, &squeeze, error)
      && mn_cl_add_vector (c, node, &excite, error);
}

static gboolean
add_gate (MnCompile *c, const MnNode *node, Excite *e, gint sums, guint parts,
    gint gate, gsize pixels, GError **error)
{
  if (c->plan->device->gpu_shape && e->channels >= SPLIT_CHANNELS)
    return add_split_excite (c, node, sums, parts, gate, pixels, error);
  return upload_excite (c, node, e, error)
      && add_excite (c, node, e, sums, parts, gate, pixels, error);
}

gboolean
mn_cl_make_squeeze_excite (MnCompile *c, const MnNode *node, GError **error)
{
  gint x = node->inputs[0];
  const MnTensor *t = mn_graph_tensor (c->graph, x);
  Excite e = {
    0,
  };
  gsize pixels;
  gint sums = c->sums[x], gate;
  guint parts = c->n_sums[x];
  MnTensor shape = {
    0,
  };

  e.channels = mn_cl_row_of (t);
  e.padded = mn_cl_pad4 (e.channels);
  e.width = c->plan->device->gpu_shape ? 4 : 16;
  pixels = t->n_elements / e.channels;
  if (sums < 0) {
    sums = mn_values_add (c->values, e.padded);
    parts = 1;
    if (!mn_cl_add_mean (c, x, sums, pixels, e.padded / 4, 1, error))
      return FALSE;
  }
  gate = mn_cl_add_like (c, e.padded, node->outputs[0]);
  if (!add_gate (c, node, &e, sums, parts, gate, pixels, error))
    return FALSE;
  if (mn_compile_takes_gate (c, node)) {
    mn_compile_leave_gate (c, node, gate);
    return TRUE;
  }
  shape.rank = 1;
  shape.dims[0] = e.channels;
  return mn_cl_add_binary (c, MN_OP_MUL, x, t, gate, &shape, node->outputs[0],
      mn_graph_tensor (c->graph, node->outputs[0]), MN_ACT_NONE, error);
}
