/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The CPU backend as a whole, through its table: every level, number of
 * threads and form of a graph against the reference backend. */

#include "engine/backend.h"
#include "engine/base/cpu_flags.h"
#include "engine/graph/describe.h"
#include "engine/passes/passes.h"
#include "tests/kernels/network.h"

#include <math.h>
#include <string.h>

#define SIZE 64
#define ODD_SIZE 37 /* down to 2x2 and 1x1 */
#define N_INPUT (side * side * 3)
#define N_OUTPUT 1000

typedef struct
{
  const MnBackend *backend;
  MnContext *context;
  MnBackendPlan *plan;
  MnBackendSession *session;
  MnTensorView views[2][MN_MAX_BATCH], *outputs[2][MN_MAX_BATCH]; /* by slot */
} Machine;

static guint side = SIZE;

static Machine
machine_new_in (const MnBackend *backend, const MnGraph *graph, guint threads,
    gboolean profile, MnPrecision precision)
{
  Machine m = {
    backend,
    mn_context_new (),
  };
  MnPlanOptions options = {
    NULL,
  };
  GError *error = NULL;

  options.threads = threads;
  options.profile = profile;
  options.precision = precision;
  m.plan = backend->compile (m.context, graph, &options, &error);
  g_assert_no_error (error);
  m.session = backend->session_new (m.plan, 2, &error);
  g_assert_no_error (error);
  g_assert_true (backend->set_input (m.session, NULL, &error));
  return m;
}

static Machine
machine_new (const MnBackend *backend, const MnGraph *graph, guint threads,
    gboolean profile)
{
  return machine_new_in (backend, graph, threads, profile, MN_PRECISION_AUTO);
}

static void
machine_free (Machine *m)
{
  m->backend->session_free (m->session);
  m->backend->plan_free (m->plan);
  mn_context_unref (m->context);
}

static gfloat *
random_input (guint32 seed)
{
  GRand *random = g_rand_new_with_seed (seed);
  gfloat *data = g_new (gfloat, N_INPUT);
  guint i;

  for (i = 0; i < N_INPUT; i++)
    data[i] = g_rand_double_range (random, -1, 1);
  g_rand_free (random);
  return data;
}

/* out: n times N_OUTPUT, until it was waited for. */
static void
submit (Machine *m, guint slot, gfloat *const *inputs, guint n, gfloat *out)
{
  MnFrame frames[MN_MAX_BATCH], *pointers[MN_MAX_BATCH];
  MnFrameDesc desc = {
    MN_FORMAT_TENSOR,
    side,
    side,
  };
  GError *error = NULL;
  guint i;

  for (i = 0; i < n; i++) {
    memset (&frames[i], 0, sizeof (MnFrame));
    frames[i].desc = desc;
    frames[i].n_planes = 1;
    frames[i].planes[0].data = (const guint8 *) inputs[i];
    frames[i].planes[0].size = N_INPUT * sizeof (gfloat);
    pointers[i] = &frames[i];
    m->views[slot][i].data = out + i * N_OUTPUT;
    m->views[slot][i].size = N_OUTPUT * sizeof (gfloat);
    m->outputs[slot][i] = &m->views[slot][i];
  }
  m->backend->submit (m->session, slot, pointers, NULL, n, m->outputs[slot],
      &error);
  g_assert_no_error (error);
}

static void
wait_for (Machine *m, guint slot)
{
  GError *error = NULL;

  m->backend->wait (m->session, slot, MN_FOREVER, &error);
  g_assert_no_error (error);
}

static void
compute_in (const MnBackend *backend, const MnGraph *graph, guint threads,
    MnPrecision precision, gfloat *input, gfloat *out)
{
  Machine m = machine_new_in (backend, graph, threads, FALSE, precision);

  /* Twice: nothing of the first frame is left in the second. */
  submit (&m, 0, &input, 1, out);
  wait_for (&m, 0);
  memset (out, 0, N_OUTPUT * sizeof (gfloat));
  submit (&m, 1, &input, 1, out);
  wait_for (&m, 1);
  machine_free (&m);
}

static void
compute (const MnBackend *backend, const MnGraph *graph, guint threads,
    gfloat *input, gfloat *out)
{
  compute_in (backend, graph, threads, MN_PRECISION_AUTO, input, out);
}

static gfloat
sum_of (const gfloat *probabilities)
{
  gfloat sum = 0;
  guint i;

  for (i = 0; i < N_OUTPUT; i++)
    sum += probabilities[i];
  return sum;
}

static void
compare (const gfloat *got, const gfloat *want)
{
  gfloat most = 0;
  guint i;

  for (i = 0; i < N_OUTPUT; i++)
    most = MAX (most, want[i]);
  g_assert_cmpfloat_with_epsilon (sum_of (got), 1, 1e-3f);
  for (i = 0; i < N_OUTPUT; i++)
    g_assert_cmpfloat_with_epsilon (got[i], want[i], 1e-4f * most);
}

/* What the softmax was given, to within a constant: their mean is 0. The
 * largest magnitude. */
static gdouble
logits (const gfloat *probabilities, gdouble *out)
{
  gdouble mean = 0, most = 0;
  guint i;

  for (i = 0; i < N_OUTPUT; i++) {
    g_assert_cmpfloat (probabilities[i], >, 0);
    out[i] = log (probabilities[i]);
    mean += out[i] / N_OUTPUT;
  }
  for (i = 0; i < N_OUTPUT; i++) {
    out[i] -= mean;
    most = MAX (most, fabs (out[i]));
  }
  return most;
}

/* By logits: how much of an error a softmax lets through depends on how sure
 * of itself the network is. */
static void
compare_logits (const gfloat *got, const gfloat *want, gdouble tolerance)
{
  gdouble a[N_OUTPUT], b[N_OUTPUT], most = logits (want, b);
  guint i;

  logits (got, a);
  g_assert_cmpfloat_with_epsilon (sum_of (got), 1, 1e-3f);
  for (i = 0; i < N_OUTPUT; i++)
    g_assert_cmpfloat_with_epsilon (a[i], b[i], tolerance * most);
}

/* Every level, every number of threads. */
static void
compare_levels (const MnGraph *graph, gfloat *input, const gfloat *want)
{
  static const gchar *const levels[] = {
    "reference", "scalar", "avx2", "avx512", "neon"};
  gfloat got[N_OUTPUT];
  guint i, threads;

  for (i = 0; i < G_N_ELEMENTS (levels); i++) {
    if (!mn_cpu_has_level (levels[i]))
      continue;
    g_setenv ("MOBILENET_CPU", levels[i], TRUE);
    g_test_message ("level %s", levels[i]);
    for (threads = 1; threads <= 3; threads++) {
      compute (&mn_backend_cpu, graph, threads, input, got);
      compare (got, want);
    }
  }
  g_unsetenv ("MOBILENET_CPU");
}

static void
test_network (gconstpointer data)
{
  NetworkForm form = GPOINTER_TO_INT (data);
  g_autoptr (MnGraph) plain = network_new (SIZE, NETWORK_PLAIN, 7);
  g_autoptr (MnGraph) graph = network_new (SIZE, form, 7);
  g_autofree gfloat *input = random_input (3);
  gfloat want[N_OUTPUT], got[N_OUTPUT];

  compute (&mn_backend_reference, plain, 1, input, want);
  compute (&mn_backend_reference, graph, 1, input, got);
  compare (got, want);
  compare_levels (graph, input, want);
}

/* How many layers are blocks. */
static guint
count_blocks (const MnGraph *graph)
{
  Machine m = machine_new (&mn_backend_cpu, graph, 1, TRUE);
  MnLayerTime layers[200];
  guint64 runs;
  guint n, i, blocks = 0;

  n = m.backend->profile (m.session, layers, G_N_ELEMENTS (layers), &runs);
  g_assert_cmpuint (n, <=, G_N_ELEMENTS (layers));
  for (i = 0; i < n; i++)
    blocks += strcmp (layers[i].kernel, "block") == 0;
  machine_free (&m);
  return blocks;
}

typedef struct
{
  const gchar *cache;
  guint least, most; /* blocks of the first picture */
} CacheCase;

/* Pictures of two sizes, caches of three. */
static void
compare_caches (NetworkForm form, const guint sides[2],
    const CacheCase cases[3], gboolean counts)
{
  guint i, j;

  for (j = 0; j < 2; j++) {
    g_autoptr (MnGraph) graph = network_new (side = sides[j], form, 7);
    g_autofree gfloat *input = random_input (3);
    gfloat want[N_OUTPUT];

    compute (&mn_backend_reference, graph, 1, input, want);
    for (i = 0; i < 3; i++) {
      g_setenv ("MOBILENET_CPU_CACHE", cases[i].cache, TRUE);
      if (counts && j == 0) {
        guint n = count_blocks (graph);

        g_assert_cmpuint (n, >=, cases[i].least);
        g_assert_cmpuint (n, <=, cases[i].most);
      }
      compare_levels (graph, input, want);
    }
  }
  side = SIZE;
  g_unsetenv ("MOBILENET_CPU_CACHE");
}

/* Tiles of a row and of several, and none at all. */
static void
test_blocks (gconstpointer data)
{
  static const CacheCase cases[3] = {
    {"1", 10, 11}, {"12", 5, 9}, {"100000", 0, 0}};
  static const guint sides[2] = {SIZE, ODD_SIZE};
  NetworkForm form = GPOINTER_TO_INT (data);

  compare_caches (form, sides, cases, form == NETWORK_UNGATED);
}

/* Blocks that make rows for one another: at the edges of the picture, and of
 * what two threads have. */
static void
test_chains (void)
{
  static const CacheCase cases[3] = {
    {"1", 3, 3}, {"20", 4, 4}, {"100000", 0, 0}};
  static const guint sides[2] = {131, 20};

  compare_caches (NETWORK_V1, sides, cases, TRUE);
}

/* Pictures stored as something narrower, where this CPU computes with it; and
 * the same whoever computes which part. */
static void
test_precision (gconstpointer data)
{
  static const struct
  {
    MnPrecision precision;
    guint needs;
    gdouble tolerance;
  } cases[] = {
    {MN_PRECISION_BF16, MN_CPU_AVX512_BF16, 0.025},
    {MN_PRECISION_F16, MN_CPU_NEON_FP16, 0.006},
  };
  NetworkForm form = GPOINTER_TO_INT (data);
  g_autoptr (MnGraph) graph = network_new (SIZE, form, 7);
  g_autofree gfloat *input = random_input (3);
  gfloat want[N_OUTPUT], one[N_OUTPUT], got[N_OUTPUT];
  guint i, threads, n = 0;

  if (form == NETWORK_UNGATED || form == NETWORK_V1)
    g_setenv ("MOBILENET_CPU_CACHE", "1", TRUE);
  compute (&mn_backend_reference, graph, 1, input, want);
  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    if (!(mn_cpu_flags_detect () & cases[i].needs))
      continue;
    n++;
    compute_in (&mn_backend_cpu, graph, 1, cases[i].precision, input, one);
    compare_logits (one, want, cases[i].tolerance);
    /* It is not float32 under another name. */
    g_assert_cmpint (memcmp (one, want, sizeof (one)), !=, 0);
    for (threads = 2; threads <= 3; threads++) {
      compute_in (&mn_backend_cpu, graph, threads, cases[i].precision, input,
          got);
      compare_logits (got, one, cases[i].tolerance / 4);
    }
  }
  g_unsetenv ("MOBILENET_CPU_CACHE");
  if (n == 0)
    g_test_skip ("this CPU computes in float32 only");
}

/* Batches, two of them in flight, come back in order and unmixed. */
static void
test_batch (void)
{
  g_autoptr (MnGraph) graph = network_new (SIZE, NETWORK_FUSED, 9);
  Machine m = machine_new (&mn_backend_cpu, graph, 2, FALSE);
  gfloat *inputs[3] = {random_input (1), random_input (2), random_input (3)};
  gfloat alone[3][N_OUTPUT], batch[3 * N_OUTPUT], single[N_OUTPUT];
  guint i;

  for (i = 0; i < 3; i++) {
    submit (&m, 0, &inputs[i], 1, alone[i]);
    wait_for (&m, 0);
  }
  g_assert_cmpint (memcmp (alone[0], alone[1], sizeof (alone[0])), !=, 0);
  submit (&m, 0, inputs, 3, batch);
  submit (&m, 1, &inputs[1], 1, single);
  wait_for (&m, 1);
  wait_for (&m, 0);
  g_assert_cmpmem (batch, sizeof (batch), alone, sizeof (alone));
  g_assert_cmpmem (single, sizeof (single), alone[1], sizeof (alone[1]));
  /* A cancelled slot is free again. */
  submit (&m, 0, inputs, 2, batch);
  g_assert_true (m.backend->cancel (m.session, 0));
  submit (&m, 0, &inputs[2], 1, single);
  wait_for (&m, 0);
  g_assert_cmpmem (single, sizeof (single), alone[2], sizeof (alone[2]));
  machine_free (&m);
  for (i = 0; i < 3; i++)
    g_free (inputs[i]);
}

/* What the graph does first to its input is done to tensors. */
static void
test_input_scale (void)
{
  g_autoptr (MnGraph) graph = network_new (SIZE, NETWORK_FUSED, 9);
  g_autofree gfloat *input = random_input (1);
  g_autofree gfloat *scaled = random_input (1);
  gfloat want[N_OUTPUT], got[N_OUTPUT];
  guint i;

  for (i = 0; i < N_INPUT; i++)
    scaled[i] = scaled[i] * (i % 3 + 1) + 0.25f * (i % 3);
  compute (&mn_backend_cpu, graph, 1, scaled, want);
  for (i = 0; i < 3; i++) {
    graph->input_scale[i] = i + 1;
    graph->input_offset[i] = 0.25f * i;
  }
  compute (&mn_backend_cpu, graph, 1, input, got);
  compare (got, want);
}

static void
test_profile (void)
{
  g_autoptr (MnGraph) graph = network_new (SIZE, NETWORK_FUSED, 9);
  Machine m = machine_new (&mn_backend_cpu, graph, 2, TRUE);
  g_autofree gfloat *input = random_input (1);
  gfloat out[N_OUTPUT];
  g_autofree MnLayerTime *layers = NULL;
  guint64 runs;
  gdouble flops = 0;
  guint n, i;

  for (i = 0; i < 3; i++) {
    submit (&m, 0, &input, 1, out);
    wait_for (&m, 0);
  }
  n = m.backend->profile (m.session, NULL, 0, &runs);
  g_assert_cmpuint (runs, ==, 3);
  layers = g_new0 (MnLayerTime, n);
  g_assert_cmpuint (m.backend->profile (m.session, layers, n, &runs), ==, n);
  for (i = 0; i < n; i++) {
    g_assert_nonnull (layers[i].name);
    g_assert_nonnull (layers[i].kernel);
    g_assert_cmpfloat (layers[i].bytes, >, 0);
    flops += layers[i].flops;
  }
  /* 57 million multiply-adds at 224x224; some layers do not shrink with the
   * picture. */
  g_assert_cmpfloat (flops, >, 10e6);
  g_assert_cmpfloat (flops, <, 20e6);
  machine_free (&m);
}

static void
refuse (MnGraph *graph, MnPrecision precision, const gchar *pattern)
{
  g_autoptr (MnContext) context = mn_context_new ();
  MnPlanOptions options = {
    NULL,
  };
  g_autoptr (GError) error = NULL;

  options.precision = precision;
  g_assert_null (mn_backend_cpu.compile (context, graph, &options, &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED);
  if (!g_pattern_match_simple (pattern, error->message))
    g_error ("\"%s\" is not \"%s\"", error->message, pattern);
}

static void
test_refusals (void)
{
  g_autoptr (MnGraph) graph = network_new (SIZE, NETWORK_FUSED, 9);
  MnNode *node = mn_graph_node (graph, 0);
  MnTensor *t = mn_graph_tensor (graph, node->inputs[1]);

  g_setenv ("MOBILENET_CPU", "scalar", TRUE);
  refuse (graph, MN_PRECISION_BF16,
      "v3-small: precision bfloat16: this CPU (plain vectors) does not *");
  refuse (graph, MN_PRECISION_F16,
      "v3-small: precision float16: this CPU (plain vectors) does not *");
  g_unsetenv ("MOBILENET_CPU");
  t->dtype = MN_DTYPE_F16;
  refuse (graph, MN_PRECISION_AUTO,
      "v3-small: layer 0 (CONV_2D): weights of type float16*");
  t->dtype = MN_DTYPE_F32;
  node->op = MN_OP_PACK;
  refuse (graph, MN_PRECISION_AUTO, "v3-small: layer 0 (PACK): *operator*");
  node->op = MN_OP_CONV_2D;
  mn_graph_tensor (graph, node->outputs[0])->dtype = MN_DTYPE_I8;
  refuse (graph, MN_PRECISION_AUTO,
      "v3-small: layer 0 (CONV_2D): *not supported");
}

/* ---- the whole networks ------------------------------------------------- */

static gdouble
mega_macs (const MnGraph *graph)
{
  guint64 n = 0;
  guint i;

  for (i = 0; i < graph->nodes->len; i++)
    n += mn_node_macs (graph, mn_graph_node (graph, i));
  return n / 1e6;
}

/* They do the work that their authors count, and the passes make of the one
 * form what the other one is. */
static void
test_named (void)
{
  static const gdouble published[] = {56.5, 217, 300, 569};
  GError *error = NULL;
  guint i;

  for (i = 0; network_name (i); i++) {
    g_autoptr (MnGraph)
        plain = network_new_named (network_name (i), 224, NETWORK_PLAIN, 3);
    g_autoptr (MnGraph)
        fused = network_new_named (network_name (i), 224, NETWORK_FUSED, 3);

    g_assert_cmpuint (i, <, G_N_ELEMENTS (published));
    g_assert_cmpfloat (fabs (mega_macs (fused) / published[i] - 1), <, 0.02);
    mn_graph_validate (plain, &error);
    g_assert_no_error (error);
    mn_passes_run (plain, &error);
    g_assert_no_error (error);
    mn_graph_validate (fused, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (plain->nodes->len, ==, fused->nodes->len);
  }
  g_assert_cmpuint (i, ==, G_N_ELEMENTS (published));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/cpu/network/plain", GINT_TO_POINTER (NETWORK_PLAIN),
      test_network);
  g_test_add_data_func ("/cpu/network/fused", GINT_TO_POINTER (NETWORK_FUSED),
      test_network);
  g_test_add_data_func ("/cpu/blocks/ungated",
      GINT_TO_POINTER (NETWORK_UNGATED), test_blocks);
  g_test_add_data_func ("/cpu/blocks/fused", GINT_TO_POINTER (NETWORK_FUSED),
      test_blocks);
  g_test_add_data_func ("/cpu/blocks/plain", GINT_TO_POINTER (NETWORK_PLAIN),
      test_blocks);
  g_test_add_func ("/cpu/chains", test_chains);
  g_test_add_data_func ("/cpu/precision/plain", GINT_TO_POINTER (NETWORK_PLAIN),
      test_precision);
  g_test_add_data_func ("/cpu/precision/fused", GINT_TO_POINTER (NETWORK_FUSED),
      test_precision);
  g_test_add_data_func ("/cpu/precision/blocks",
      GINT_TO_POINTER (NETWORK_UNGATED), test_precision);
  g_test_add_data_func ("/cpu/precision/chains", GINT_TO_POINTER (NETWORK_V1),
      test_precision);
  g_test_add_func ("/cpu/network/named", test_named);
  g_test_add_func ("/cpu/batch", test_batch);
  g_test_add_func ("/cpu/input-scale", test_input_scale);
  g_test_add_func ("/cpu/profile", test_profile);
  g_test_add_func ("/cpu/refusals", test_refusals);
  return g_test_run ();
}
