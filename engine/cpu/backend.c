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

static gboolean
check_types (MnCompile *c, const MnNode *node, GError **error)
{
  guint i;

  for (i = 0; i < node->n_inputs; i++) {
    const MnTensor *t = mn_graph_input_of (c->graph, node, i);

    if (t && !t->data && t->dtype != MN_DTYPE_F32)
      return mn_compile_refuse (c, node, error,
          "input \"%s\" of type %s is not supported", t->name,
          mn_dtype_name (t->dtype));
    /* Weights are checked where they are packed. */
    if (t && t->data && i == 0 && t->dtype != MN_DTYPE_F32)
      return mn_compile_refuse (c, node, error,
          "a constant input of type %s is not supported",
          mn_dtype_name (t->dtype));
  }
  for (i = 0; i < node->n_outputs; i++) {
    const MnTensor *t = mn_graph_output_of (c->graph, node, i);

    if (t->dtype != MN_DTYPE_F32)
      return mn_compile_refuse (c, node, error,
          "an output of type %s is not supported", mn_dtype_name (t->dtype));
  }
  return TRUE;
}

static const MnMaker float_makers[MN_N_OPS] = {
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
  [MN_OP_TRANSPOSE] = {mn_cpu_make_transpose, FALSE},
  [MN_OP_RESHAPE] = {mn_cpu_make_reshape, FALSE},
  [MN_OP_SQUEEZE_EXCITE] = {mn_cpu_make_squeeze_excite, TRUE},
  [MN_OP_HARD_SIGMOID] = {mn_cpu_make_unary, FALSE},
};

static const MnMakers floats = {
  .where = "by the CPU backend",
  .check = check_types,
  .activate = mn_cpu_activate,
  .ops = float_makers,
};

static gboolean
check_graph (MnBackendPlan *plan, GError **error)
{
  const MnGraph *graph = plan->graph;
  const MnTensor *t;

  if (!mn_compile_has_one_input (graph, error))
    return FALSE;
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
  if (self->weights)
    mn_cpu_show (self->weights, self->n_weights * sizeof (gfloat));
  mn_pages_free (self->weights, self->n_weights * sizeof (gfloat));
  g_ptr_array_unref (self->constants);
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
  guint i;

  self->graph = graph;
  self->pool = mn_context_get_pool (context);
  mn_kernels_init (&self->kernels, flags);
  self->fuses = flags != MN_CPU_REFERENCE;
  self->cache = mn_cpu_cache_get ();
  self->threads = threads;
  self->profile = profile;
  self->device = g_strdup_printf ("%s, %u thread%s", mn_cpu_flags_name (flags),
      threads, threads == 1 ? "" : "s");
  self->values = mn_values_new (graph, 1);
  for (i = 0; i < graph->tensors->len; i++)
    mn_value (self->values, i)->constant = (gpointer) mn_graph_tensor (graph, i)
                                               ->data;
  self->constants = g_ptr_array_new_with_free_func (g_free);
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
  MnCompile c;
  gboolean ok;

  plan = plan_new (context, graph, flags, threads, options->profile);
  ok = set_precision (plan, flags, options->precision, error)
      && check_graph (plan, error);
  if (ok) {
    mn_compile_init (&c, plan, graph, plan->values, plan->fuses);
    plan->packs = mn_cpu_packs_new ();
    if (plan->fuses)
      mn_cpu_choose_strides (&c);
    mn_value_store (plan->values, plan->input, mn_cpu_input_element (&c));
    ok = mn_compile_nodes (&c, &floats, &mn_cpu_integers, error);
    if (ok) {
      mn_cpu_widen_outputs (&c);
      if (plan->fuses)
        mn_cpu_make_blocks (&c);
      ok = mn_cpu_keep_constants (&c, error);
    }
    g_clear_pointer (&plan->packs, g_array_unref);
    mn_compile_clear (&c);
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

/* Two tables of kernels are all that differs. */
#define BACKEND(called, compiler) \
  {.name = called, \
    .compile = compiler, \
    .plan_free = plan_free, \
    .plan_device = plan_device, \
    .session_new = mn_cpu_session_new, \
    .session_free = mn_cpu_session_free, \
    .set_threads = mn_cpu_session_set_threads, \
    .set_cancelled = mn_cpu_session_set_cancelled, \
    .set_input = mn_cpu_session_set_input, \
    .submit = mn_cpu_session_submit, \
    .wait = mn_cpu_session_wait, \
    .cancel = mn_cpu_session_cancel, \
    .read_input = mn_cpu_session_read_input, \
    .profile = mn_cpu_session_profile}

const MnBackend mn_backend_cpu = BACKEND ("cpu", compile_cpu);
const MnBackend mn_backend_reference = BACKEND ("reference", compile_reference);
