/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What all makers of launches use, and where the values lie. */

#include "opencl/lower/tuning.h"

#include "engine/passes/float_twin.h"

gsize
mn_cl_row_of (const MnTensor *t)
{
  return t->rank > 0 ? t->dims[t->rank - 1] : 1;
}

gsize
mn_cl_padded_size (const MnTensor *t)
{
  gsize row = mn_cl_row_of (t);

  return t->n_elements / row * mn_cl_pad4 (row);
}

static MnClProgram *
find_program (const GPtrArray *programs, const gchar *name,
    const gchar *options)
{
  guint i;

  for (i = 0; i < programs->len; i++) {
    MnClProgram *program = g_ptr_array_index (programs, i);

    if (g_str_equal (program->name, name)
        && g_str_equal (program->wanted, options))
      return program;
  }
  return NULL;
}

/* What stands for a program that is not built yet: as good as one can be. */
static const MnClProgram *
wish (MnBackendPlan *self, const gchar *name, const gchar *options)
{
  MnClProgram *program = find_program (self->wishes, name, options);

  if (program)
    return program;
  program = g_new0 (MnClProgram, 1);
  program->device = self->device;
  program->name = name;
  program->wanted = g_strdup (options);
  program->max_group = self->device->max_group;
  program->multiple = 1;
  g_ptr_array_add (self->wishes, program);
  return program;
}

const MnClProgram *
mn_cl_plan_program (MnBackendPlan *self, const gchar *name,
    const gchar *options, GError **error)
{
  MnClProgram *program = find_program (self->programs, name, options);

  if (program && self->asked)
    g_ptr_array_add (self->asked, program);
  if (program)
    return program;
  if (self->wishes)
    return wish (self, name, options);
  if (self->cancelled && g_atomic_int_get (self->cancelled)) {
    g_set_error (error, MN_ERROR, MN_ERROR_CANCELLED,
        "%s: compiling for OpenCL was given up", self->graph->name);
    return NULL;
  }
  program = mn_cl_program_new (self->device, name, options, error);
  if (program)
    g_ptr_array_add (self->programs, program);
  return program;
}

gint
mn_cl_plan_choose (MnBackendPlan *self, const gchar *name,
    const MnClOptions *options, guint n, GError **error)
{
  /* Some drivers say the same of every kernel: what the smallest one has, it
   * does not have for want of registers. */
  guint64 usual = self->tensor_input->private_size;
  guint i;

  for (i = 0; i < n; i++) {
    const MnClProgram *program = mn_cl_plan_program (self, name,
        options[i].text, error);

    if (!program)
      return -1;
    if (program->private_size <= usual)
      return i;
  }
  return 0;
}

void
mn_cl_plan_store (MnBackendPlan *self)
{
  for (; self->passed && self->n_stored < self->programs->len; self->n_stored++)
    mn_cl_program_store (g_ptr_array_index (self->programs, self->n_stored));
}

void
mn_cl_plan_passed (MnBackendPlan *self)
{
  self->passed = TRUE;
  if (self->twin)
    mn_float_twin_forget_constants (self->twin);
  mn_cl_plan_store (self);
  mn_cl_tuning_store (self);
}

cl_mem
mn_cl_plan_upload (MnBackendPlan *self, gconstpointer data, gsize size,
    GError **error)
{
  const MnClDevice *device = self->device;
  cl_int r = CL_SUCCESS;
  cl_mem mem;

  if (!data) {
    g_set_error (error, MN_ERROR, MN_ERROR_NO_MEMORY,
        "%s: no memory for weights of %" G_GSIZE_FORMAT " bytes",
        self->graph->name, size);
    return NULL;
  }
  /* Something that is not NULL, and that nobody will ever use. */
  if (self->wishes)
    return (cl_mem) self;
  mem = device->cl->CreateBuffer (device->context,
      CL_MEM_READ_ONLY | CL_MEM_COPY_HOST_PTR, size, (void *) data, &r);
  if (!mem) {
    mn_cl_fail (error, MN_ERROR_COMPILE, r, "clCreateBuffer", device->name);
    return NULL;
  }
  g_array_append_val (self->weights, mem);
  return mem;
}

/* Step 0 writes the input; launch i is step i + 1. */
static void
find_lifetimes (MnBackendPlan *self)
{
  guint i, j;

  mn_value_use (self->values, self->input, 0);
  for (i = 0; i < self->launches->len; i++) {
    const MnClLaunch *launch = g_ptr_array_index (self->launches, i);

    for (j = 0; j < launch->n_args; j++) {
      if (launch->args[j].kind == MN_CL_ARG_VALUE)
        mn_value_use (self->values, launch->args[j].value, i + 1);
    }
  }
}

/* Outputs lie one after another in a buffer of their own, so that one read
 * fetches them all. */
static gboolean
place_results (MnBackendPlan *self, GError **error)
{
  gsize align = self->device->align;
  guint i;

  for (i = 0; i < self->graph->outputs->len; i++) {
    gint o = g_array_index (self->graph->outputs, gint, i);
    MnValue *v = mn_value (self->values, mn_value_place (self->values, o));

    if (v->constant || mn_graph_tensor (self->graph, o)->data) {
      g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED,
          "%s: output %u is a constant; the OpenCL backend does not support "
          "that",
          self->graph->name, i);
      return FALSE;
    }
    if (v->elsewhere)
      continue;
    v->elsewhere = TRUE;
    v->offset = self->results_size;
    self->results_size += (v->size + align - 1) / align * align;
  }
  return TRUE;
}

/* The coarser the steps in which they lie, the more values lie in the same
 * region: a tenth of the memory is worth that. Returns the step. */
static gsize
plan_coarsely (MnBackendPlan *self)
{
  gsize step = self->device->align, most, size;

  self->arena_size = mn_values_plan (self->values, step, mn_memory_plan);
  if (self->arena_size == G_MAXSIZE)
    return step;
  most = self->arena_size + self->arena_size / 10;
  if (self->arena_size <= self->device->max_alloc)
    most = MIN (most, self->device->max_alloc);
  do {
    step *= 2;
    size = mn_values_plan (self->values, step, mn_memory_plan);
  } while (size <= most && step < most);
  step /= 2;
  self->arena_size = mn_values_plan (self->values, step, mn_memory_plan);
  return step;
}

static guint
find_region (GArray *regions, const MnClRegion *wanted)
{
  guint i;

  for (i = 0; i < regions->len; i++) {
    const MnClRegion *r = &g_array_index (regions, MnClRegion, i);

    if (r->offset == wanted->offset && r->size == wanted->size
        && r->of_results == wanted->of_results)
      return i;
  }
  g_array_append_val (regions, *wanted);
  return i;
}

/* Values that are there at the same time lie in regions that do not touch. */
static void
make_regions (MnBackendPlan *self, gsize step)
{
  guint i;

  self->region_of = g_new0 (guint, self->values->len);
  for (i = 0; i < self->values->len; i++) {
    const MnValue *v = mn_value (self->values, i);
    MnClRegion region = {v->offset, v->size, v->elsewhere};

    if (!v->used || v->constant)
      continue;
    if (!v->elsewhere)
      region.size = (v->size + step - 1) / step * step;
    self->region_of[i] = find_region (self->regions, &region);
  }
}

gboolean
mn_cl_place_values (MnBackendPlan *self, GError **error)
{
  gsize step;

  if (!place_results (self, error))
    return FALSE;
  find_lifetimes (self);
  step = plan_coarsely (self);
  if (self->arena_size == G_MAXSIZE
      || self->arena_size > self->device->max_alloc) {
    g_set_error (error, MN_ERROR, MN_ERROR_NO_MEMORY,
        "%s: the activations are larger than a buffer of %s can be",
        self->graph->name, self->device->name);
    return FALSE;
  }
  make_regions (self, step);
  return TRUE;
}

static void
release_weights (MnBackendPlan *self)
{
  guint i;

  for (i = 0; i < self->weights->len; i++)
    self->device->cl->ReleaseMemObject (g_array_index (self->weights, cl_mem,
        i));
  g_array_set_size (self->weights, 0);
}

void
mn_cl_plan_forget (MnBackendPlan *self)
{
  release_weights (self);
  g_ptr_array_set_size (self->launches, 0);
  g_array_set_size (self->softmaxes, 0);
  g_array_set_size (self->regions, 0);
  g_clear_pointer (&self->region_of, g_free);
  self->arena_size = self->results_size = 0;
  g_array_unref (self->values);
  self->values = mn_values_new (self->graph, 4);
}

void
mn_cl_plan_free (MnBackendPlan *self)
{
  if (!self)
    return;
  release_weights (self);
  g_array_unref (self->weights);
  g_hash_table_unref (self->bytes);
  g_hash_table_unref (self->halves);
  g_array_unref (self->values);
  g_array_unref (self->softmaxes);
  g_array_unref (self->regions);
  g_free (self->region_of);
  g_free (self->wide);
  g_ptr_array_unref (self->launches);
  g_ptr_array_unref (self->programs);
  mn_cl_tuning_free (self->tuning);
  mn_cl_importer_free (self->importer);
  mn_cl_device_free (self->device);
  mn_graph_free (self->twin);
  g_free (self);
}
