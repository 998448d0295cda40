/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A slow interpreter: one function an operator, sums in double. */

#include "tests/passes/interpret.h"

#include <math.h>
#include <string.h>

typedef struct
{
  const MnGraph *graph;
  gfloat **values; /* a tensor each */
} Machine;

static gdouble
activate (MnActivation activation, gdouble x)
{
  switch (activation) {
    case MN_ACT_RELU:
      return MAX (x, 0);
    case MN_ACT_RELU6:
      return CLAMP (x, 0, 6);
    case MN_ACT_RELU_N1_TO_1:
      return CLAMP (x, -1, 1);
    case MN_ACT_HARD_SWISH:
      return x * CLAMP (x + 3, 0, 6) / 6;
    case MN_ACT_HARD_SIGMOID:
      return CLAMP (x + 3, 0, 6) / 6;
    case MN_ACT_SIGMOID:
      return 1 / (1 + exp (-x));
    default:
      return x;
  }
}

static const gfloat *
value (const Machine *m, const MnNode *node, guint i)
{
  if (i >= node->n_inputs || node->inputs[i] < 0)
    return NULL;
  g_assert_nonnull (m->values[node->inputs[i]]);
  return m->values[node->inputs[i]];
}

static void
convolve (const Machine *m, const MnNode *node, gfloat *y)
{
  const MnTensor *in = mn_graph_input_of (m->graph, node, 0);
  const MnTensor *w = mn_graph_input_of (m->graph, node, 1);
  const MnTensor *out = mn_graph_tensor (m->graph, node->outputs[0]);
  const MnConvParams *p = &node->params.conv;
  const gfloat *x = value (m, node, 0), *k = value (m, node, 1);
  const gfloat *b = value (m, node, 2), *r = value (m, node, 3);
  gboolean depthwise = node->op == MN_OP_DEPTHWISE_CONV_2D;
  gint kh = w->dims[1], kw = w->dims[2], c = in->dims[3], oc = out->dims[3];

  for (gint i = 0; i < out->dims[1] * out->dims[2] * oc; i++) {
    gint o = i % oc, ox = i / oc % out->dims[2], oy = i / oc / out->dims[2];
    gdouble sum = b ? b[o] : 0;

    for (gint j = 0; j < kh * kw; j++) {
      gint iy = oy * p->stride_h - p->pad_top + j / kw * p->dilation_h;
      gint ix = ox * p->stride_w - p->pad_left + j % kw * p->dilation_w;
      const gfloat *pixel = x + (iy * in->dims[2] + ix) * c;

      if (iy < 0 || ix < 0 || iy >= in->dims[1] || ix >= in->dims[2])
        continue;
      if (depthwise)
        sum += (gdouble) pixel[o / (oc / c)] * k[j * oc + o];
      for (gint q = 0; !depthwise && q < c; q++)
        sum += (gdouble) pixel[q] * k[(o * kh * kw + j) * c + q];
    }
    y[i] = activate (node->activation, sum) + (r ? r[i] : 0);
  }
}

static void
dense (const gfloat *x, const gfloat *w, const gfloat *b, gsize n, gsize k,
    MnActivation activation, gfloat *y)
{
  for (gsize o = 0; o < n; o++) {
    gdouble sum = b ? b[o] : 0;

    for (gsize i = 0; i < k; i++)
      sum += (gdouble) x[i] * w[o * k + i];
    y[o] = activate (activation, sum);
  }
}

static void
mean (const MnTensor *in, const gfloat *x, gfloat *y)
{
  gint pixels = in->dims[1] * in->dims[2], c = in->dims[3];

  for (gint q = 0; q < c; q++) {
    gdouble sum = 0;

    for (gint i = 0; i < pixels; i++)
      sum += x[i * c + q];
    y[q] = sum / pixels;
  }
}

static void
average (const MnNode *node, const MnTensor *in, const MnTensor *out,
    const gfloat *x, gfloat *y)
{
  const MnPoolParams *p = &node->params.pool;
  gint c = in->dims[3];

  for (gint i = 0; i < (gint) out->n_elements; i++) {
    gint q = i % c, ox = i / c % out->dims[2], oy = i / c / out->dims[2];
    gdouble sum = 0;
    gint n = 0;

    for (gint j = 0; j < p->filter_h * p->filter_w; j++) {
      gint iy = oy * p->stride_h - p->pad_top + j / p->filter_w;
      gint ix = ox * p->stride_w - p->pad_left + j % p->filter_w;

      if (iy < 0 || ix < 0 || iy >= in->dims[1] || ix >= in->dims[2])
        continue;
      sum += x[(iy * in->dims[2] + ix) * c + q];
      n++;
    }
    y[i] = activate (node->activation, sum / n);
  }
}

static void
squeeze_excite (const Machine *m, const MnNode *node, gfloat *y)
{
  const MnTensor *in = mn_graph_input_of (m->graph, node, 0);
  gsize c = in->dims[3];
  gsize r = mn_graph_input_of (m->graph, node, 1)->dims[0];
  g_autofree gfloat *squeezed = g_new (gfloat, c);
  g_autofree gfloat *reduced = g_new (gfloat, r);
  const gfloat *x = value (m, node, 0);

  mean (in, x, squeezed);
  dense (squeezed, value (m, node, 1), value (m, node, 2), r, c,
      node->activation, reduced);
  dense (reduced, value (m, node, 3), value (m, node, 4), c, r,
      node->params.se.gate, squeezed);
  for (gsize i = 0; i < in->n_elements; i++)
    y[i] = x[i] * squeezed[i % c];
}

/* Where element i of out lies in a tensor that broadcasts to it. */
static gsize
broadcast (const MnTensor *out, const MnTensor *in, gsize i)
{
  gsize index = 0, step = 1;

  for (guint d = 0; d < out->rank; d++) {
    gint32 dim = out->dims[out->rank - 1 - d];
    gint32 own = d < in->rank ? in->dims[in->rank - 1 - d] : 1;

    index += own == 1 ? 0 : i % dim * step;
    step *= own;
    i /= dim;
  }
  return index;
}

static void
arithmetic (const Machine *m, const MnNode *node, gfloat *y)
{
  const MnTensor *out = mn_graph_tensor (m->graph, node->outputs[0]);
  const gfloat *a = value (m, node, 0), *b = value (m, node, 1);

  for (gsize i = 0; i < out->n_elements; i++) {
    gdouble p = a[broadcast (out, mn_graph_input_of (m->graph, node, 0), i)];
    gdouble q = b[broadcast (out, mn_graph_input_of (m->graph, node, 1), i)];

    if (node->op == MN_OP_ADD)
      p += q;
    else if (node->op == MN_OP_SUB)
      p -= q;
    else
      p *= q;
    y[i] = activate (node->activation, p);
  }
}

static void
pad (const Machine *m, const MnNode *node, gfloat *y)
{
  const MnTensor *in = mn_graph_input_of (m->graph, node, 0);
  const MnTensor *out = mn_graph_tensor (m->graph, node->outputs[0]);
  const gint32 *p = mn_graph_input_of (m->graph, node, 1)->data;
  gint c = in->dims[3];

  for (gint row = 0; row < in->dims[1]; row++)
    memcpy (y + ((row + p[2]) * out->dims[2] + p[4]) * c,
        value (m, node, 0) + row * in->dims[2] * c,
        in->dims[2] * c * sizeof *y);
}

static void
pointwise (const MnNode *node, const gfloat *x, gsize n, gfloat *y)
{
  MnActivation activation = MN_ACT_NONE;

  if (node->op == MN_OP_RELU)
    activation = MN_ACT_RELU;
  else if (node->op == MN_OP_RELU6)
    activation = MN_ACT_RELU6;
  else if (node->op == MN_OP_HARD_SWISH)
    activation = MN_ACT_HARD_SWISH;
  else if (node->op == MN_OP_HARD_SIGMOID)
    activation = MN_ACT_HARD_SIGMOID;
  else if (node->op == MN_OP_LOGISTIC)
    activation = MN_ACT_SIGMOID;
  else
    g_assert (node->op == MN_OP_RESHAPE);
  for (gsize i = 0; i < n; i++)
    y[i] = activate (activation, x[i]);
}

static gfloat *
run_node (const Machine *m, const MnNode *node)
{
  const MnTensor *in = mn_graph_input_of (m->graph, node, 0);
  const MnTensor *out = mn_graph_tensor (m->graph, node->outputs[0]);
  gfloat *y = g_new0 (gfloat, out->n_elements);
  const gfloat *x = value (m, node, 0);

  g_assert_cmpint (out->dtype, ==, MN_DTYPE_F32);
  switch (node->op) {
    case MN_OP_CONV_2D:
    case MN_OP_DEPTHWISE_CONV_2D:
      convolve (m, node, y);
      break;
    case MN_OP_FULLY_CONNECTED:
      dense (x, value (m, node, 1), value (m, node, 2), out->n_elements,
          in->n_elements, node->activation, y);
      break;
    case MN_OP_AVERAGE_POOL_2D:
      average (node, in, out, x, y);
      break;
    case MN_OP_MEAN:
      mean (in, x, y);
      break;
    case MN_OP_ADD:
    case MN_OP_SUB:
    case MN_OP_MUL:
      arithmetic (m, node, y);
      break;
    case MN_OP_PAD:
      pad (m, node, y);
      break;
    case MN_OP_SQUEEZE_EXCITE:
      squeeze_excite (m, node, y);
      break;
    default:
      pointwise (node, x, out->n_elements, y);
  }
  return y;
}

gfloat *
interpret (const MnGraph *graph, const gfloat *x, gsize *n)
{
  Machine m = {graph, g_new0 (gfloat *, graph->tensors->len)};
  gint in = g_array_index (graph->inputs, gint, 0);
  gint out = g_array_index (graph->outputs, gint, 0);
  const MnTensor *input = mn_graph_tensor (graph, in);
  guint channels = input->dims[input->rank - 1];
  gfloat *result;

  for (guint t = 0; t < graph->tensors->len; t++) {
    MnTensor *tensor = mn_graph_tensor (graph, t);

    if (tensor->data && tensor->dtype == MN_DTYPE_F32)
      m.values[t] = (gfloat *) tensor->data;
  }
  m.values[in] = g_new (gfloat, input->n_elements);
  for (gsize i = 0; i < input->n_elements; i++)
    m.values[in][i] = x[i] * graph->input_scale[i % channels % 4]
        + graph->input_offset[i % channels % 4];
  for (guint k = 0; k < graph->nodes->len; k++) {
    const MnNode *node = mn_graph_node (graph, k);

    m.values[node->outputs[0]] = run_node (&m, node);
  }
  *n = mn_graph_tensor (graph, out)->n_elements;
  result = g_memdup2 (m.values[out], *n * sizeof (gfloat));
  for (guint t = 0; t < graph->tensors->len; t++) {
    if (!mn_graph_tensor (graph, t)->data)
      g_free (m.values[t]);
  }
  g_free (m.values);
  return result;
}
