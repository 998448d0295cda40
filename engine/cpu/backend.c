/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The backends "cpu" and "reference": the same compiler and the same
 * sessions with two tables of kernels. */

#include "engine/base/cpu_cache.h"
#include "engine/base/cpu_flags.h"
#include "engine/cpu/lower/guards.h"
#include "engine/cpu/lower/quant.h"
#include "engine/cpu/lower/plan.h"
#include "engine/base/pages.h"
#include "engine/base/pool.h"

#include <stdlib.h>

/* Whose kernel applies the node's activation itself has takes_activation.
 * NULL: not an operator for this backend. */
static const struct
{
  MnCpuMake make;
  gboolean takes_activation;
} makers[MN_N_OPS] = {
  [MN_OP_CONV_2D] = {mn_cpu_make_conv, TRUE},
  [MN_OP_DEPTHWISE_CONV_2D] = {mn_cpu_make_dwconv, TRUE},
  [MN_OP_FULLY_CONNECTED] = {mn_cpu_make_fully_connected, TRUE},
  [MN_OP_AVERAGE_POOL_2D] = {mn_cpu_make_pool, TRUE},
  [MN_OP_MAX_POOL_2D] = {mn_cpu_make_pool, TRUE},
  [MN_OP_MEAN] = {mn_cpu_make_mean, FALSE},
  [MN_OP_ADD] = {mn_cpu_make_binary, TRUE},
  [MN_OP_SUB] = {mn_cpu_make_binary, TRUE},
  [MN_OP_MUL] = {mn_cpu_make_binary, TRUE},
  [MN_OP_PAD] = {mn_cpu_make_pad, FALSE},
  [MN_OP_RELU] = {mn_cpu_make_unary, FALSE},
  [MN_OP_RELU6] = {mn_cpu_make_unary, FALSE},
  [MN_OP_HARD_SWISH] = {mn_cpu_make_unary, FALSE},
  [MN_OP_LOGISTIC] = {mn_cpu_make_unary, FALSE},
  [MN_OP_SOFTMAX] = {mn_cpu_make_softmax, FALSE},
  [MN_OP_RESHAPE] = {mn_cpu_make_reshape, FALSE},
  [MN_OP_SQUEEZE_EXCITE] = {mn_cpu_make_squeeze_excite, TRUE},
  [MN_OP_HARD_SIGMOID] = {mn_cpu_make_unary, FALSE},
};

static gboolean
check_types (MnCpuCompile *c, const MnNode *node, GError **error)
{
  guint i;

  for (i = 0; i < node->n_inputs; i++) {
    const MnTensor *t = mn_graph_input_of (c->graph, node, i);

    if (t && !t->data && t->dtype != MN_DTYPE_F32)
      return mn_cpu_refuse (c, node, error,
          "input \"%s\" of type %s is not supported", t->name,
          mn_dtype_name (t->dtype));
    /* Weights are checked where they are packed. */
    if (t && t->data && i == 0 && t->dtype != MN_DTYPE_F32)
      return mn_cpu_refuse (c, node, error,
          "a constant input of type %s is not supported",
          mn_dtype_name (t->dtype));
  }
  for (i = 0; i < node->n_outputs; i++) {
    const MnTensor *t = mn_graph_output_of (c->graph, node, i);

    if (t->dtype != MN_DTYPE_F32)
      return mn_cpu_refuse (c, node, error,
          "an output of type %s is not supported", mn_dtype_name (t->dtype));
  }
  return TRUE;
}

static gboolean
make_node (MnCpuCompile *c, const MnNode *node, GError **error)
{
  gboolean activation = node->activation != MN_ACT_NONE
      && !makers[node->op].takes_activation;
  MnNode plain = *node;

  if (mn_cpu_is_quantised (c, node))
    return mn_cpu_make_quantised (c, node, error);
  if (!makers[node->op].make)
    return mn_cpu_refuse (c, node, error,
        "the operator is not supported by the CPU backend");
  if (!check_types (c, node, error))
    return FALSE;
  if (!activation)
    return makers[node->op].make (c, node, error);
  /* A layer more, in place; but a reshape has no place of its own. */
  if (node->op != MN_OP_RESHAPE) {
    plain.activation = MN_ACT_NONE;
    if (!makers[node->op].make (c, &plain, error))
      return FALSE;
    plain.inputs = node->outputs;
  }
  plain.op = MN_OP_RESHAPE;
  plain.activation = node->activation;
  return mn_cpu_make_unary (c, &plain, error);
}

/* Readers of each tensor, and that nothing is known of it yet. */
static void
init_compile (MnCpuCompile *c, MnBackendPlan *plan)
{
  const MnGraph *graph = plan->graph;
  guint n = graph->tensors->len, i, j;

  c->plan = plan;
  c->graph = graph;
  c->n_readers = g_new0 (guint, n);
  c->reader = g_new (gint, n);
  c->sums = g_new (gint, n);
  c->gate = g_new (gint, n);
  c->absorbed = g_new0 (gboolean, graph->nodes->len);
  c->packs = mn_cpu_packs_new ();
  for (i = 0; i < n; i++)
    c->reader[i] = c->sums[i] = c->gate[i] = -1;
  for (i = 0; i < graph->nodes->len; i++) {
    const MnNode *node = mn_graph_node (graph, i);

    for (j = 0; j < node->n_inputs; j++) {
      if (node->inputs[j] < 0)
        continue;
      c->n_readers[node->inputs[j]]++;
      c->reader[node->inputs[j]] = i;
    }
  }
  for (i = 0; i < graph->outputs->len; i++)
    c->n_readers[g_array_index (graph->outputs, gint, i)]++;
}

static void
clear_compile (MnCpuCompile *c)
{
  g_free (c->n_readers);
  g_free (c->reader);
  g_free (c->sums);
  g_free (c->gate);
  g_free (c->absorbed);
  g_array_unref (c->packs);
}

static void
add_tensors (MnBackendPlan *plan)
{
  guint i;

  for (i = 0; i < plan->graph->tensors->len; i++) {
    const MnTensor *t = mn_graph_tensor (plan->graph, i);
    MnCpuValue value = {
      0,
    };

    value.size = t->data ? 0 : mn_tensor_size (t);
    value.data = t->data;
    value.constant_size = t->data ? t->size : 0;
    value.alias = -1;
    value.pixel = t->rank > 0 ? t->dims[t->rank - 1] : 1;
    g_array_append_val (plan->values, value);
  }
}

static gboolean
check_graph (MnBackendPlan *plan, GError **error)
{
  const MnGraph *graph = plan->graph;
  const MnTensor *t;

  if (graph->inputs->len != 1) {
    g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED,
        "%s: the model has %u inputs; only one is supported", graph->name,
        graph->inputs->len);
    return FALSE;
  }
  plan->input = g_array_index (graph->inputs, gint, 0);
  t = mn_graph_tensor (graph, plan->input);
  plan->n_input = t->n_elements;
  plan->channels = t->rank > 0 ? t->dims[t->rank - 1] : 1;
  if (t->dtype != MN_DTYPE_F32 && !mn_bytes_of (t, &plan->input_bytes)) {
    g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED,
        "%s: an input of type %s with %u scales is not supported", graph->name,
        mn_dtype_name (t->dtype), t->quant.n);
    return FALSE;
  }
  plan->input_dtype = t->dtype;
  return TRUE;
}

/* Chooses how pictures are stored. */
static gboolean
set_precision (MnBackendPlan *plan, guint flags, MnPrecision precision,
    GError **error)
{
  MnElement element = precision == MN_PRECISION_BF16 ? MN_ELEMENT_BF16
      : precision == MN_PRECISION_F16                ? MN_ELEMENT_F16
                                                     : MN_ELEMENT_F32;
  const gchar *name = element == MN_ELEMENT_BF16 ? "bfloat16" : "float16";

  if (element == MN_ELEMENT_F32)
    return TRUE;
  if (!mn_kernels_init_element (&plan->narrow, flags, element)) {
    g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED,
        "%s: precision %s: this CPU (%s) does not compute in it; %s",
        plan->graph->name, name, mn_cpu_flags_name (flags),
        element == MN_ELEMENT_BF16 ? "it takes AVX-512 with BF16"
                                   : "it takes NEON with FP16");
    return FALSE;
  }
  plan->element = element;
  g_free (plan->device);
  plan->device = g_strdup_printf ("%s in %s, %u thread%s",
      mn_cpu_flags_name (flags), name, plan->threads,
      plan->threads == 1 ? "" : "s");
  return TRUE;
}

static void
plan_free (MnBackendPlan *self)
{
  guint i;

  if (!self)
    return;
  for (i = 0; i < self->kept->len; i++)
    mn_graph_unkeep (self->graph, g_ptr_array_index (self->kept, i));
  g_ptr_array_unref (self->kept);
  for (i = 0; i < self->values->len; i++)
    g_free (g_array_index (self->values, MnCpuValue, i).owned);
  if (self->weights)
    mn_cpu_show (self->weights, self->n_weights * sizeof (gfloat));
  mn_pages_free (self->weights, self->n_weights * sizeof (gfloat));
  g_array_unref (self->values);
  g_array_unref (self->outputs);
  g_ptr_array_unref (self->layers);
  g_free (self->device);
  g_free (self);
}

static MnBackendPlan *
plan_new (MnContext *context, const MnGraph *graph, guint flags, guint threads,
    gboolean profile)
{
  MnBackendPlan *self = g_new0 (MnBackendPlan, 1);

  self->graph = graph;
  self->pool = mn_context_get_pool (context);
  mn_kernels_init (&self->kernels, flags);
  self->fuses = flags != MN_CPU_REFERENCE;
  self->cache = mn_cpu_cache_get ();
  self->threads = threads;
  self->profile = profile;
  self->device = g_strdup_printf ("%s, %u thread%s", mn_cpu_flags_name (flags),
      threads, threads == 1 ? "" : "s");
  self->values = g_array_new (FALSE, FALSE, sizeof (MnCpuValue));
  self->outputs = g_array_new (FALSE, FALSE, sizeof (gint));
  g_array_append_vals (self->outputs, graph->outputs->data,
      graph->outputs->len);
  self->layers = g_ptr_array_new_with_free_func (mn_cpu_layer_free);
  self->kept = g_ptr_array_new ();
  return self;
}

static MnBackendPlan *
compile (MnContext *context, const MnGraph *graph, const MnPlanOptions *options,
    guint flags, guint threads, GError **error)
{
  MnBackendPlan *plan;
  MnCpuCompile c;
  gboolean ok;
  guint i;

  plan = plan_new (context, graph, flags, threads, options->profile);
  ok = set_precision (plan, flags, options->precision, error)
      && check_graph (plan, error);
  if (ok) {
    add_tensors (plan);
    init_compile (&c, plan);
    if (plan->fuses)
      mn_cpu_choose_strides (&c);
    mn_cpu_stores (&c, plan->input, mn_cpu_input_element (&c));
    for (i = 0; ok && i < graph->nodes->len; i++)
      ok = c.absorbed[i] || make_node (&c, mn_graph_node (graph, i), error);
    if (ok) {
      mn_cpu_widen_outputs (&c);
      if (plan->fuses)
        mn_cpu_make_blocks (&c);
      ok = mn_cpu_keep_constants (&c, error);
    }
    clear_compile (&c);
  }
  if (!ok || !mn_cpu_place_values (plan, error)) {
    plan_free (plan);
    return NULL;
  }
  return plan;
}

static MnBackendPlan *
compile_cpu (MnContext *context, const MnGraph *graph,
    const MnPlanOptions *options, GError **error)
{
  return compile (context, graph, options, mn_cpu_flags_get (),
      mn_pool_resolve_threads (options->threads), error);
}

static MnBackendPlan *
compile_reference (MnContext *context, const MnGraph *graph,
    const MnPlanOptions *options, GError **error)
{
  return compile (context, graph, options, MN_CPU_REFERENCE, 1, error);
}

static const gchar *
plan_device (MnBackendPlan *self)
{
  return self->device;
}

const MnBackend mn_backend_cpu = {
  .name = "cpu",
  .compile = compile_cpu,
  .plan_free = plan_free,
  .plan_device = plan_device,
  .session_new = mn_cpu_session_new,
  .session_free = mn_cpu_session_free,
  .set_threads = mn_cpu_session_set_threads,
  .set_cancelled = mn_cpu_session_set_cancelled,
  .set_input = mn_cpu_session_set_input,
  .submit = mn_cpu_session_submit,
  .wait = mn_cpu_session_wait,
  .cancel = mn_cpu_session_cancel,
  .read_input = mn_cpu_session_read_input,
  .profile = mn_cpu_session_profile,
};

const MnBackend mn_backend_reference = {
  .name = "reference",
  .compile = compile_reference,
  .plan_free = plan_free,
  .plan_device = plan_device,
  .session_new = mn_cpu_session_new,
  .session_free = mn_cpu_session_free,
  .set_threads = mn_cpu_session_set_threads,
  .set_cancelled = mn_cpu_session_set_cancelled,
  .set_input = mn_cpu_session_set_input,
  .submit = mn_cpu_session_submit,
  .wait = mn_cpu_session_wait,
  .cancel = mn_cpu_session_cancel,
  .read_input = mn_cpu_session_read_input,
  .profile = mn_cpu_session_profile,
};
