/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The model held to times that somebody has measured and published: it is fed
 * the launches of Paddle-Lite's GPU backend, and its kernels' instructions as
 * far as they are known, and must be within a factor of two of each of its
 * times. Where that fails no prediction may be published.
 *
 * Times: PaddlePaddle/Paddle-Lite, docs/performance/benchmark.md of v2.11,
 * OpenCL, tuned, in ms. Launches: an operator each, activations with them,
 * squeeze-and-excite in four, and one that rearranges the input and one the
 * output. Kernels read images of halves; an item of a product has 4 channels
 * of 4 pixels, of a 3x3 depthwise convolution with stride 1 two pixels, else
 * one. Instructions: what Mesa's compiler for Adreno 630 makes of kernels
 * written for this, with the same reads and products; Mali's texture unit
 * reads two texels a clock. */

#include "tests/kernels/network.h"
#include "tools/device_model.h"

#include <math.h>
#include <string.h>

#define SIZE 224
#define FACTOR 2.0
#define GROUP 64
/* Items that add the values of a picture together. */
#define POOL_LANES 64

/* Slots of Adreno, reads of images: in front of and behind the loop, and a
 * turn. */
typedef struct
{
  gdouble slots, body, reads, body_reads;
} Kernel;

static const Kernel product = {150, 158, 5, 8};
static const Kernel depth = {343, 0, 22, 0};
static const Kernel window = {73, 107, 2, 2};
static const Kernel stem = {57, 120, 2, 5};
static const Kernel pool = {60, 12, 1, 1};
static const Kernel each = {45, 0, 3, 0};

typedef struct
{
  const MnDeviceProfile *profile;
  gdouble seconds;
  guint launches;
} Sum;

static void
add (Sum *sum, const Kernel *k, gdouble items, gdouble turns, gdouble bytes)
{
  gboolean mali = sum->profile->arithmetic > 0;
  gdouble reads = k->reads + k->body_reads * turns;
  MnModelLaunch launch = {
    .groups = ceil (items / GROUP),
    .group_items = GROUP,
    .slots = k->slots + k->body * turns,
    .cycles = mali ? reads / 2 : 0,
    .waits = 1 + turns,
    .resident = mali ? 48 : 8,
    .bytes = 2 * bytes,
  };
  MnModelTime time;

  mn_device_model_time (sum->profile, &launch, &time);
  sum->seconds += time.seconds;
  sum->launches++;
}

static gdouble
slices (const MnTensor *t)
{
  return (t->dims[t->rank - 1] + 3) / 4;
}

static gdouble
pixels (const MnTensor *t)
{
  return t->rank == 4 ? (gdouble) t->dims[1] * t->dims[2] : 1;
}

static void
add_product (Sum *sum, gdouble n_in, gdouble n_out, gdouble width,
    gdouble height)
{
  add (sum, &product, n_out * ceil (width / 4) * height, n_in,
      16 * n_in * n_out + 4 * (n_in + n_out) * width * height);
}

static void
add_conv (Sum *sum, const MnGraph *graph, const MnNode *node)
{
  const MnTensor *x = mn_graph_input_of (graph, node, 0);
  const MnTensor *w = mn_graph_input_of (graph, node, 1);
  const MnTensor *y = mn_graph_output_of (graph, node, 0);

  if (w->dims[1] == 1)
    add_product (sum, slices (x), slices (y), y->dims[2], y->dims[1]);
  else
    add (sum, &stem, slices (y) * pixels (y), w->dims[1] * w->dims[2],
        x->n_elements + y->n_elements + w->n_elements);
  /* What is added has a launch of its own. */
  if (node->n_inputs > 3)
    add (sum, &each, slices (y) * pixels (y), 0, 3 * y->n_elements);
}

static void
add_depthwise (Sum *sum, const MnGraph *graph, const MnNode *node)
{
  const MnTensor *x = mn_graph_input_of (graph, node, 0);
  const MnTensor *w = mn_graph_input_of (graph, node, 1);
  const MnTensor *y = mn_graph_output_of (graph, node, 0);
  gdouble bytes = x->n_elements + y->n_elements + w->n_elements;

  if (w->dims[1] == 3 && node->params.conv.stride_w == 1)
    add (sum, &depth, slices (y) * (y->dims[2] + 1) / 2 * y->dims[1], 0, bytes);
  else
    add (sum, &window, slices (y) * pixels (y), w->dims[1] * w->dims[2], bytes);
}

static void
add_pool (Sum *sum, const MnTensor *x)
{
  add (sum, &pool, slices (x) * POOL_LANES, ceil (pixels (x) / POOL_LANES),
      x->n_elements);
}

static void
add_gate (Sum *sum, const MnGraph *graph, const MnNode *node)
{
  const MnTensor *x = mn_graph_input_of (graph, node, 0);
  const MnTensor *w = mn_graph_input_of (graph, node, 1);
  gdouble hidden = (w->dims[0] + 3) / 4;

  add_pool (sum, x);
  add_product (sum, slices (x), hidden, 1, 1);
  add_product (sum, hidden, slices (x), 1, 1);
  add (sum, &each, slices (x) * pixels (x), 0, 2 * x->n_elements);
}

static void
add_node (Sum *sum, const MnGraph *graph, const MnNode *node)
{
  const MnTensor *x = mn_graph_input_of (graph, node, 0);
  const MnTensor *y = mn_graph_output_of (graph, node, 0);

  switch (node->op) {
    case MN_OP_CONV_2D:
      add_conv (sum, graph, node);
      break;
    case MN_OP_DEPTHWISE_CONV_2D:
      add_depthwise (sum, graph, node);
      break;
    case MN_OP_SQUEEZE_EXCITE:
      add_gate (sum, graph, node);
      break;
    case MN_OP_MEAN:
      add_pool (sum, x);
      break;
    case MN_OP_FULLY_CONNECTED:
      add_product (sum, slices (x), slices (y), 1, 1);
      break;
    default:
      add (sum, &each, slices (y) * pixels (y), 0, 2 * y->n_elements);
  }
}

static Sum
sum_network (const MnGraph *graph, const MnDeviceProfile *profile)
{
  Sum sum = {profile, 0, 0};
  guint i;

  add (&sum, &each, SIZE * SIZE, 0, 7 * SIZE * SIZE);
  for (i = 0; i < graph->nodes->len; i++)
    add_node (&sum, graph, mn_graph_node (graph, i));
  add (&sum, &each, 250, 0, 2000);
  return sum;
}

/* ---- devices ------------------------------------------------------------ */

/* Those that were measured: one of ours, or what differs from it; 0: the
 * same. Adreno 630: two cores of 618's; 650: three. */
static const gchar *const networks[] = {"v1", "v2", "v3-large", "v3-small"};

typedef struct
{
  const gchar *what, *like;
  guint units, lanes;
  gdouble mhz, gbps;
  gdouble ms[4]; /* of networks */
} Measured;

static const Measured measured[] = {
  {"Adreno 630", "adreno-640", 2, 256, 710, 25, {8.26, 7.96, 11.29, 10.13}},
  {"Adreno 640", "adreno-640", 0, 0, 0, 0, {6.41, 8.07, 9.30, 6.79}},
  {"Adreno 650", "adreno-660", 3, 384, 587, 37, {6.39, 8.96, 9.89, 8.10}},
  {"Mali-G76 MP10", "mali-g76", 0, 0, 0, 0, {15.28, 15.83, 14.89, 7.69}},
  {"Mali-G76 MP16", "mali-g76", 16, 384, 600, 29, {8.18, 9.07, 9.43, 6.59}},
};

static MnDeviceProfile
profile_of (const Measured *m)
{
  MnDeviceProfile profile = *mn_device_profile_find (m->like, NULL);

  if (m->units > 0) {
    profile.limits.units = m->units;
    profile.lanes = m->lanes;
    profile.mhz = m->mhz;
    profile.gbps = m->gbps;
  }
  return profile;
}

static void
check (const MnGraph *graph, const Measured *m, guint network)
{
  const MnDeviceProfile profile = profile_of (m);
  Sum sum = sum_network (graph, &profile);
  gdouble ms = sum.seconds * 1e3, published = m->ms[network];

  g_print ("# %s on %s: %u launches, modelled %.2f ms, published %.2f\n",
      networks[network], m->what, sum.launches, ms, published);
  if (!(ms < published * FACTOR && ms > published / FACTOR))
    g_error ("%s on %s: modelled %.2f ms, published %.2f", networks[network],
        m->what, ms, published);
}

static void
test_network (gconstpointer data)
{
  guint n = GPOINTER_TO_UINT (data), i;
  g_autoptr (MnGraph)
      graph = network_new_named (networks[n], SIZE, NETWORK_FUSED, 1);

  for (i = 0; i < G_N_ELEMENTS (measured); i++)
    check (graph, &measured[i], n);
}

int
main (int argc, char **argv)
{
  guint i;

  g_test_init (&argc, &argv, NULL);
  for (i = 0; i < G_N_ELEMENTS (networks); i++) {
    g_autofree gchar *path = g_strconcat ("/tool/published/", networks[i],
        NULL);

    g_test_add_data_func (path, GUINT_TO_POINTER (i), test_network);
  }
  return g_test_run ();
}
