/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A graph becomes a plan, or a clear refusal; and the backend's table. */

#include "opencl/opencl.h"

#include "opencl/lower/plan.h"

#include "engine/passes/passes.h"

/* Whose kernel applies the node's activation itself has takes_activation.
 * NULL: not an operator for this backend. */
static const struct
{
  MnClMake make;
  gboolean takes_activation;
} makers[MN_N_OPS] = {
  [MN_OP_CONV_2D] = {mn_cl_make_conv, TRUE},
  [MN_OP_DEPTHWISE_CONV_2D] = {mn_cl_make_dwconv, TRUE},
  [MN_OP_FULLY_CONNECTED] = {mn_cl_make_fully_connected, TRUE},
  [MN_OP_AVERAGE_POOL_2D] = {mn_cl_make_pool, TRUE},
  [MN_OP_MAX_POOL_2D] = {mn_cl_make_pool, TRUE},
  [MN_OP_MEAN] = {mn_cl_make_mean, FALSE},
  [MN_OP_ADD] = {mn_cl_make_binary, TRUE},
  [MN_OP_SUB] = {mn_cl_make_binary, TRUE},
  [MN_OP_MUL] = {mn_cl_make_binary, TRUE},
  [MN_OP_PAD] = {mn_cl_make_pad, FALSE},
  [MN_OP_RELU] = {mn_cl_make_unary, FALSE},
  [MN_OP_RELU6] = {mn_cl_make_unary, FALSE},
  [MN_OP_HARD_SWISH] = {mn_cl_make_unary, FALSE},
  [MN_OP_LOGISTIC] = {mn_cl_make_unary, FALSE},
  [MN_OP_SOFTMAX] = {mn_cl_make_softmax, FALSE},
  [MN_OP_RESHAPE] = {mn_cl_make_reshape, FALSE},
  [MN_OP_SQUEEZE_EXCITE] = {mn_cl_make_squeeze_excite, TRUE},
  [MN_OP_HARD_SIGMOID] = {mn_cl_make_unary, FALSE},
};

static gboolean
check_types (MnClCompile *c, const MnNode *node, GError **error)
{
  const MnTensor *y = mn_graph_tensor (c->graph, node->outputs[0]);
  guint i;

  for (i = 0; i < node->n_inputs; i++) {
    const MnTensor *t = mn_graph_input_of (c->graph, node, i);

    if (t && (!t->data || i == 0) && t->dtype != MN_DTYPE_F32)
      return mn_cl_refuse (c, node, error,
          "input \"%s\" of type %s is not supported by the OpenCL backend",
          t->name, mn_dtype_name (t->dtype));
    /* The kernels count in 32 bits. */
    if (t && mn_cl_padded_size (t) > G_MAXINT32)
      return mn_cl_refuse (c, node, error,
          "input \"%s\" is too large for the OpenCL backend", t->name);
  }
  if (y->dtype != MN_DTYPE_F32 || mn_cl_padded_size (y) > G_MAXINT32)
    return mn_cl_refuse (c, node, error,
        "an output of type %s and %" G_GSIZE_FORMAT " elements is not "
        "supported by the OpenCL backend",
        mn_dtype_name (y->dtype), y->n_elements);
  return TRUE;
}

static gboolean
make_node (MnClCompile *c, const MnNode *node, GError **error)
{
  gboolean activation = node->activation != MN_ACT_NONE
      && !makers[node->op].takes_activation;

  c->node = node;
  if (!makers[node->op].make)
    return mn_cl_refuse (c, node, error,
        "the operator is not supported by the OpenCL backend");
  if (!check_types (c, node, error))
    return FALSE;
  if (activation && node->op == MN_OP_RESHAPE) {
    /* It may have no place of its own. */
    gint x = mn_cl_rows_of (c, node->inputs[0],
        mn_cl_row_of (mn_graph_tensor (c->graph, node->outputs[0])), error);

    return x >= 0
        && mn_cl_add_unary (c, x, node->outputs[0], node->activation, error);
  }
  if (!makers[node->op].make (c, node, error))
    return FALSE;
  return !activation
      || mn_cl_add_unary (c, node->outputs[0], node->outputs[0],
          node->activation, error);
}

/* Readers of each tensor, and that nothing is known of it yet. */
static void
init_compile (MnClCompile *c, MnBackendPlan *plan)
{
  const MnGraph *graph = plan->graph;
  guint n = graph->tensors->len, i, j;

  *c = (MnClCompile) {plan, graph};
  c->n_readers = g_new0 (guint, n);
  c->n_sums = g_new0 (guint, n);
  c->reader = g_new (gint, n);
  c->sums = g_new (gint, n);
  c->gate = g_new (gint, n);
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
clear_compile (MnClCompile *c)
{
  g_free (c->n_readers);
  g_free (c->n_sums);
  g_free (c->reader);
  g_free (c->sums);
  g_free (c->gate);
}

/* Constants that are operands, and not weights, lie on the device as
 * activations do. */
static gboolean
upload_operands (MnClCompile *c, const MnNode *node, GError **error)
{
  guint i,
      n = node->op == MN_OP_ADD || node->op == MN_OP_SUB
          || node->op == MN_OP_MUL
      ? 2
      : 1;

  for (i = 0; i < MIN (n, node->n_inputs); i++) {
    const MnTensor *t = mn_graph_input_of (c->graph, node, i);
    g_autofree gfloat *rows = NULL;
    gsize row;
    cl_mem mem;

    if (!t || !t->data || t->dtype != MN_DTYPE_F32
        || g_array_index (c->plan->values, MnClValue, node->inputs[i]).constant)
      continue;
    row = mn_cl_row_of (t);
    rows = mn_cl_pack_rows (t->data, t->n_elements / row, row,
        mn_cl_pad4 (row));
    mem = mn_cl_plan_upload (c->plan, rows,
        mn_cl_padded_size (t) * sizeof (gfloat), error);
    if (!mem)
      return FALSE;
    g_array_index (c->plan->values, MnClValue, node->inputs[i]).constant = mem;
  }
  return TRUE;
}

static gboolean
make_all (MnBackendPlan *plan, GError **error)
{
  const MnGraph *graph = plan->graph;
  gboolean ok = TRUE;
  MnClCompile c;
  guint i;

  init_compile (&c, plan);
  for (i = 0; ok && i < graph->nodes->len; i++) {
    c.node_index = i;
    ok = upload_operands (&c, mn_graph_node (graph, i), error)
        && make_node (&c, mn_graph_node (graph, i), error);
  }
  clear_compile (&c);
  return ok;
}

static gboolean
check_graph (const MnGraph *graph, const MnPlanOptions *options, GError **error)
{
  const MnTensor *t;

  if (mn_graph_is_quantised (graph)) {
    g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED,
        "%s: fully quantised models are not supported by the OpenCL backend "
        "yet; use backend=cpu, or the float, float16 or dynamic-range "
        "version of the model",
        graph->name);
    return FALSE;
  }
  if (options->precision != MN_PRECISION_AUTO
      && options->precision != MN_PRECISION_F32) {
    g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED,
        "%s: the OpenCL backend computes in float32 only", graph->name);
    return FALSE;
  }
  if (graph->inputs->len != 1) {
    g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED,
        "%s: the model has %u inputs; only one is supported", graph->name,
        graph->inputs->len);
    return FALSE;
  }
  t = mn_graph_tensor (graph, g_array_index (graph->inputs, gint, 0));
  if (t->dtype != MN_DTYPE_F32) {
    g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED,
        "%s: an input of type %s in front of a float network is not "
        "supported",
        graph->name, mn_dtype_name (t->dtype));
    return FALSE;
  }
  return TRUE;
}

static void
launch_free (gpointer data)
{
  MnClLaunch *launch = data;

  g_free (launch->layer);
  g_free (launch);
}

static MnBackendPlan *
plan_new (const MnGraph *graph, MnClDevice *device, gboolean profile)
{
  MnBackendPlan *self = g_new0 (MnBackendPlan, 1);
  const MnTensor *t;
  guint i;

  self->graph = graph;
  self->device = device;
  self->profile = profile;
  self->programs = g_ptr_array_new_with_free_func ((GDestroyNotify)
          mn_cl_program_free);
  self->weights = g_array_new (FALSE, FALSE, sizeof (cl_mem));
  self->values = g_array_new (FALSE, FALSE, sizeof (MnClValue));
  self->launches = g_ptr_array_new_with_free_func (launch_free);
  self->input = g_array_index (graph->inputs, gint, 0);
  for (i = 0; i < graph->tensors->len; i++) {
    MnClValue value = {
      0,
    };

    t = mn_graph_tensor (graph, i);
    value.n = mn_cl_padded_size (t);
    value.alias = -1;
    g_array_append_val (self->values, value);
  }
  t = mn_graph_tensor (graph, self->input);
  self->channels = mn_cl_row_of (t);
  return self;
}

/* Nobody asked for a device: kernels on the CPU itself are no gain. */
static gboolean
is_worth_it (const MnClDevice *device, const MnPlanOptions *options,
    GError **error)
{
  if (!options->automatic || device->gpu_shape)
    return TRUE;
  g_set_error (error, MN_ERROR, MN_ERROR_NO_BACKEND,
      "the only OpenCL device is \"%s\", which is no GPU; backend=opencl "
      "takes it all the same",
      device->name);
  return FALSE;
}

static MnBackendPlan *
compile (MnContext *context, const MnGraph *graph, const MnPlanOptions *options,
    GError **error)
{
  MnClDevice *device;
  MnBackendPlan *plan;

  if (!check_graph (graph, options, error))
    return NULL;
  device = mn_cl_device_open (options->device, error);
  if (!device || !is_worth_it (device, options, error)) {
    mn_cl_device_free (device);
    return NULL;
  }
  plan = plan_new (graph, device, options->profile);
  plan->cancelled = options->cancelled;
  plan->tensor_input = mn_cl_plan_program (plan, "tensor_input", "", error);
  if (plan->tensor_input)
    plan->preprocess = mn_cl_plan_program (plan, "preprocess", "", error);
  if (!plan->preprocess || !make_all (plan, error)
      || !mn_cl_place_values (plan, error)) {
    mn_cl_plan_free (plan);
    return NULL;
  }
  plan->cancelled = NULL;
  return plan;
}

static void
plan_passed (MnBackendPlan *self)
{
  guint i;

  for (i = 0; i < self->programs->len; i++)
    mn_cl_program_store (g_ptr_array_index (self->programs, i));
}

static const gchar *
plan_device (MnBackendPlan *self)
{
  return self->device->name;
}

const MnBackend mn_backend_opencl = {
  .name = "opencl",
  .may_hang = TRUE,
  .self_test = TRUE,
  .compile = compile,
  .plan_free = mn_cl_plan_free,
  .plan_passed = plan_passed,
  .plan_device = plan_device,
  .identify = mn_cl_device_identify,
  .session_new = mn_cl_session_new,
  .session_free = mn_cl_session_free,
  .set_input = mn_cl_session_set_input,
  .submit = mn_cl_session_submit,
  .wait = mn_cl_session_wait,
  .cancel = mn_cl_session_cancel,
  .read_input = mn_cl_session_read_input,
  .profile = mn_cl_session_profile,
};
