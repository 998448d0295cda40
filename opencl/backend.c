/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A graph becomes a plan, or a clear refusal; and the backend's table. */

#include "opencl/opencl.h"

#include "engine/graph/operators.h"
#include "engine/passes/float_twin.h"
#include "opencl/lower/tuning.h"

/* Constants that are operands, and not weights, lie on the device as
 * activations do. */
static gboolean
upload_operands (MnCompile *c, const MnNode *node, GError **error)
{
  guint n = mn_operator (node->op)->inputs.operands, i;

  for (i = 0; i < MIN (n, node->n_inputs); i++) {
    const MnTensor *t = mn_graph_input_of (c->graph, node, i);
    g_autofree gfloat *rows = NULL;
    gsize row;
    gboolean half;
    cl_mem mem;

    if (!t || !t->data || t->dtype != MN_DTYPE_F32
        || mn_value (c->values, node->inputs[i])->constant)
      continue;
    row = mn_cl_row_of (t);
    rows = mn_cl_pack_rows (t->data, t->n_elements / row, row,
        mn_cl_pad4 (row));
    half = mn_value (c->values, node->inputs[i])->element == MN_ELEMENT_F16;
    mem = mn_cl_upload_floats (c->plan, rows, mn_cl_padded_size (t), half,
        error);
    if (!mem)
      return FALSE;
    mn_value (c->values, node->inputs[i])->constant = mem;
  }
  return TRUE;
}

static gboolean
check_node (MnCompile *c, const MnNode *node, GError **error)
{
  guint i;

  for (i = 0; i < node->n_inputs; i++) {
    const MnTensor *t = mn_graph_input_of (c->graph, node, i);

    if (t && (!t->data || i == 0) && t->dtype != MN_DTYPE_F32)
      return mn_compile_refuse (c, node, error,
          "input \"%s\" of type %s is not supported by the OpenCL backend",
          t->name, mn_dtype_name (t->dtype));
    /* The kernels count in 32 bits. */
    if (t && mn_cl_padded_size (t) > G_MAXINT32)
      return mn_compile_refuse (c, node, error,
          "input \"%s\" is too large for the OpenCL backend", t->name);
  }
  for (i = 0; i < node->n_outputs; i++) {
    const MnTensor *y = mn_graph_output_of (c->graph, node, i);

    if (y->dtype != MN_DTYPE_F32 || mn_cl_padded_size (y) > G_MAXINT32)
      return mn_compile_refuse (c, node, error,
          "an output of type %s and %" G_GSIZE_FORMAT " elements is not "
          "supported by the OpenCL backend",
          mn_dtype_name (y->dtype), y->n_elements);
  }
  return upload_operands (c, node, error);
}

static const MnMaker float_makers[MN_N_OPS] = {
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

static const MnMakers floats = {
  .where = "by the OpenCL backend",
  .check = check_node,
  .activate = mn_cl_activate,
  .ops = float_makers,
};

static gboolean
make_all (MnBackendPlan *plan, GError **error)
{
  MnCompile c;
  gboolean ok;

  mn_cl_choose_elements (plan);
  mn_compile_init (&c, plan, plan->graph, plan->values, TRUE);
  ok = mn_compile_nodes (&c, &floats, NULL, error);
  mn_compile_clear (&c);
  return ok;
}

static gboolean
check_graph (const MnGraph *graph, const MnPlanOptions *options, GError **error)
{
  const MnTensor *t;

  if (options->precision == MN_PRECISION_BF16) {
    g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED,
        "%s: the OpenCL backend computes in float32 or float16, and not in "
        "bfloat16",
        graph->name);
    return FALSE;
  }
  if (!mn_compile_has_one_input (graph, error))
    return FALSE;
  t = mn_graph_input (graph, 0);
  if (t->dtype != MN_DTYPE_F32) {
    g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED,
        "%s: an input of type %s in front of a float network is not "
        "supported",
        graph->name, mn_dtype_name (t->dtype));
    return FALSE;
  }
  return TRUE;
}

/* A network of integers is computed in floats, whose results differ by some
 * steps: not unless somebody asks for it. */
static gboolean
find_twin (const MnGraph *graph, const MnPlanOptions *options, MnGraph **twin,
    GError **error)
{
  if (mn_graph_is_float (graph))
    return TRUE;
  if (options->automatic) {
    g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED,
        "%s: OpenCL computes networks of integers in floats, with results "
        "that differ by some steps from the CPU's; backend=opencl does it all "
        "the same",
        graph->name);
    return FALSE;
  }
  *twin = mn_float_twin_new (graph, error);
  return *twin != NULL;
}

static MnBackendPlan *
plan_new (const MnGraph *graph, MnClDevice *device, gboolean profile)
{
  MnBackendPlan *self = g_new0 (MnBackendPlan, 1);

  self->graph = self->declared = graph;
  self->device = device;
  self->profile = profile;
  self->programs = g_ptr_array_new_with_free_func ((GDestroyNotify)
          mn_cl_program_free);
  self->weights = g_array_new (FALSE, FALSE, sizeof (cl_mem));
  self->bytes = g_hash_table_new (NULL, NULL);
  self->halves = g_hash_table_new (NULL, NULL);
  self->values = mn_values_new (graph, 4);
  self->softmaxes = g_array_new (FALSE, FALSE, sizeof (MnClSoftmax));
  self->regions = g_array_new (FALSE, FALSE, sizeof (MnClRegion));
  self->launches = g_ptr_array_new_with_free_func (mn_cl_launch_free);
  self->input = g_array_index (graph->inputs, gint, 0);
  self->channels = mn_cl_row_of (mn_graph_tensor (graph, self->input));
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

/* Frames without a copy, where that is to be had. Without it all works. */
static void
find_importer (MnBackendPlan *plan)
{
  g_autoptr (GError) error = NULL;
  const MnClProgram *program;

  if (!mn_cl_import_find (plan->device))
    return;
  program = mn_cl_plan_program (plan, "import_proof", "", &error);
  if (program)
    plan->importer = mn_cl_importer_new (plan->device, program, &error);
  if (error)
    g_debug ("frames are copied for the device: %s", error->message);
}

static gboolean
imports (MnBackendPlan *plan, MnMemory memory, guint64 modifier)
{
  return mn_cl_importer_takes (plan->importer, memory, modifier);
}

/* Left the choice, devices that compute in half do so: they do twice as much
 * then, where others only read and store less. Of integers nothing would be
 * left in the end. */
static void
choose_precision (MnBackendPlan *plan, MnPrecision precision)
{
  gboolean maths = mn_cl_device_has (plan->device, "cl_khr_fp16");

  plan->half = !plan->twin
      && (precision == MN_PRECISION_F16
          || (precision == MN_PRECISION_AUTO && maths));
  plan->half_maths = plan->half && maths;
}

static MnPrecision
plan_precision (MnBackendPlan *self)
{
  return self->half ? MN_PRECISION_F16 : MN_PRECISION_F32;
}

static const gchar *
tensor_options (const MnGraph *graph)
{
  switch (mn_graph_input (graph, 0)->dtype) {
    case MN_DTYPE_U8:
      return "-D ELEMENT=uchar";
    case MN_DTYPE_I8:
      return "-D ELEMENT=char";
    default:
      return "";
  }
}

static gboolean
make_tensor_input (MnBackendPlan *plan, GError **error)
{
  MnClOptions options;

  g_strlcpy (options.text, tensor_options (plan->declared),
      sizeof options.text);
  mn_cl_choose_elements (plan);
  mn_cl_option_input (plan, &options);
  plan->tensor_input = mn_cl_plan_program (plan, "tensor_input", options.text,
      error);
  return plan->tensor_input != NULL;
}

gboolean
mn_cl_plan_remake (MnBackendPlan *plan, GError **error)
{
  mn_cl_plan_forget (plan);
  return make_tensor_input (plan, error) && make_all (plan, error)
      && mn_cl_place_values (plan, error);
}

/* TRUE: what tuning has to say is known, or is not asked for. */
static gboolean
recall_tuning (MnBackendPlan *plan, const MnPlanOptions *options)
{
  MnClWalk walk;
  gboolean ok;

  if (options->tuning == MN_TUNING_OFF)
    return TRUE;
  plan->tuning = mn_cl_tuning_new (options->tuning);
  /* The walk leaves what there is to choose for. */
  ok = mn_cl_plan_rehearse (plan, make_all, &walk);
  mn_cl_walk_clear (&walk);
  return !ok || mn_cl_tuning_load (plan, plan_precision (plan));
}

static gboolean
make_plan (MnBackendPlan *plan, const MnPlanOptions *options, guint n_builders,
    GError **error)
{
  gboolean is_tuned;

  choose_precision (plan, options->precision);
  if (!make_tensor_input (plan, error))
    return FALSE;
  is_tuned = recall_tuning (plan, options);
  mn_cl_plan_build_ahead (plan, make_all, n_builders, options->automatic);
  if (!make_all (plan, error))
    return FALSE;
  if (!is_tuned)
    mn_cl_plan_tune (plan, make_all, n_builders, options->automatic);
  return mn_cl_place_values (plan, error);
}

/* Of a graph that was checked, or of its twin. Takes both of what it is
 * given. */
static MnBackendPlan *
plan_of (const MnGraph *graph, MnGraph *twin, MnClDevice *device,
    const MnPlanOptions *options, guint n_builders, GError **error)
{
  MnBackendPlan *plan = plan_new (twin ? twin : graph, device,
      options->profile);

  plan->declared = graph;
  plan->twin = twin;
  if (twin)
    mn_float_twin_get_scale (twin, graph, plan->twin_scale, plan->twin_offset);
  plan->cancelled = options->cancelled;
  if (!make_plan (plan, options, n_builders, error)) {
    mn_cl_plan_free (plan);
    return NULL;
  }
  plan->cancelled = NULL;
  return plan;
}

/* Whether the graph can be computed, and in which floats. */
static gboolean
check (const MnGraph *graph, const MnPlanOptions *options, MnGraph **twin,
    GError **error)
{
  return find_twin (graph, options, twin, error)
      && check_graph (*twin ? *twin : graph, options, error);
}

MnBackendPlan *
mn_cl_plan_for (const MnGraph *graph, MnClDevice *device,
    const MnPlanOptions *options, guint n_builders, GError **error)
{
  g_autoptr (MnGraph) twin = NULL;

  if (!check (graph, options, &twin, error)) {
    mn_cl_device_free (device);
    return NULL;
  }
  return plan_of (graph, g_steal_pointer (&twin), device, options, n_builders,
      error);
}

static MnBackendPlan *
compile (MnContext *context, const MnGraph *graph, const MnPlanOptions *options,
    GError **error)
{
  g_autoptr (MnGraph) twin = NULL;
  MnClDevice *device;
  MnBackendPlan *plan;

  if (!check (graph, options, &twin, error))
    return NULL;
  device = mn_cl_device_open (options->device, error);
  if (!device || !is_worth_it (device, options, error)) {
    mn_cl_device_free (device);
    return NULL;
  }
  plan = plan_of (graph, g_steal_pointer (&twin), device, options,
      mn_cpus_count (), error);
  if (plan)
    find_importer (plan);
  return plan;
}

static gboolean
plan_is_known (MnBackendPlan *self)
{
  guint i;

  if (self->tuning && self->tuning->is_new)
    return FALSE;
  for (i = 0; i < self->programs->len; i++) {
    const MnClProgram *program = g_ptr_array_index (self->programs, i);

    if (program->is_new)
      return FALSE;
  }
  return TRUE;
}

static const MnGraph *
plan_twin (MnBackendPlan *self)
{
  return self->twin;
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
  .plan_passed = mn_cl_plan_passed,
  .plan_is_known = plan_is_known,
  .plan_twin = plan_twin,
  .plan_precision = plan_precision,
  .plan_mend = mn_cl_plan_mend,
  .plan_device = plan_device,
  .identify = mn_cl_device_identify,
  .imports = imports,
  .session_new = mn_cl_session_new,
  .session_free = mn_cl_session_free,
  .set_input = mn_cl_session_set_input,
  .submit = mn_cl_session_submit,
  .tell = mn_cl_session_tell,
  .wait = mn_cl_session_wait,
  .cancel = mn_cl_session_cancel,
  .read_input = mn_cl_session_read_input,
  .profile = mn_cl_session_profile,
};
