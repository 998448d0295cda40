/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "opencl/lower/measure.h"

#include "engine/base/keep.h"

#include <math.h>
#include <string.h>

#define N_ROUNDS 3
/* ns of a round, in which a kernel runs again and again: single events of some
 * GPUs tell little. */
#define ROUND 1e6
#define MOST_RUNS 50

/* Of the largest value, as in the self-test; of halves. */
#define TOLERANCE 2e-3f
#define TOLERANCE_HALF 2e-2f

typedef struct
{
  gint value; /* the place of what lies there */
  cl_mem mem;
  gsize n; /* elements */
  MnElement element;
} Buffer;

struct _MnClMeasure
{
  const MnBackendPlan *plan;
  const MnCl *cl;
  cl_command_queue queue;
  gboolean has_events;
  const MnClLaunch *launch; /* the layer's first */
  Buffer buffers[MN_CL_MAX_ARGS];
  guint n;
  gfloat *truth; /* what it computes */
  guint32 noise;
};

MnClMeasure *
mn_cl_measure_new (const MnBackendPlan *plan, GError **error)
{
  const MnClDevice *device = plan->device;
  MnClMeasure *self = g_new0 (MnClMeasure, 1);
  cl_int r = CL_SUCCESS;

  self->plan = plan;
  self->cl = device->cl;
  self->has_events = self->cl->GetEventProfilingInfo != NULL;
  self->noise = 1;
  self->queue = self->cl->CreateCommandQueue (device->context, device->id,
      self->has_events ? CL_QUEUE_PROFILING_ENABLE : 0, &r);
  if (self->queue)
    return self;
  mn_cl_fail (error, MN_ERROR_DEVICE, r, "clCreateCommandQueue", device->name);
  g_free (self);
  return NULL;
}

static void
clear (MnClMeasure *self)
{
  guint i;

  for (i = 0; i < self->n; i++)
    self->cl->ReleaseMemObject (self->buffers[i].mem);
  self->n = 0;
  self->launch = NULL;
  g_clear_pointer (&self->truth, g_free);
}

void
mn_cl_measure_free (MnClMeasure *self)
{
  if (!self)
    return;
  self->cl->Finish (self->queue);
  clear (self);
  self->cl->ReleaseCommandQueue (self->queue);
  g_free (self);
}

/* ---- memory ------------------------------------------------------------ */

static gboolean
fail_no_memory (const MnClLaunch *launch, GError **error)
{
  g_set_error (error, MN_ERROR, MN_ERROR_NO_MEMORY,
      "%s: no memory to measure it with", launch->layer);
  return FALSE;
}

static const Buffer *
find_buffer (const MnClMeasure *self, gint value)
{
  gint place = mn_value_place (self->plan->values, value);
  guint i;

  for (i = 0; i < self->n; i++) {
    if (self->buffers[i].value == place)
      return &self->buffers[i];
  }
  return NULL;
}

/* The last one in front of numbers is what kernels write to. */
static const Buffer *
find_output (const MnClMeasure *self)
{
  const MnClLaunch *launch = self->launch;
  const Buffer *output = NULL;
  guint i;

  for (i = 0; i < launch->n_args && launch->args[i].kind != MN_CL_ARG_DATA;
      i++) {
    if (launch->args[i].kind == MN_CL_ARG_VALUE)
      output = find_buffer (self, launch->args[i].value);
  }
  return output;
}

static gsize
size_of (const Buffer *buffer)
{
  return buffer->n * mn_element_size (buffer->element);
}

/* Writes or reads all of a buffer. Data (taken) is given back; NULL: error. */
static gpointer
move (MnClMeasure *self, const Buffer *buffer, gboolean writes, gpointer data,
    GError **error)
{
  gsize size = size_of (buffer);
  cl_int r = writes ? self->cl->EnqueueWriteBuffer (self->queue, buffer->mem,
                          CL_TRUE, 0, size, data, 0, NULL, NULL)
                    : self->cl->EnqueueReadBuffer (self->queue, buffer->mem,
                          CL_TRUE, 0, size, data, 0, NULL, NULL);

  if (r == CL_SUCCESS)
    return data;
  mn_cl_fail (error, MN_ERROR_DEVICE, r,
      writes ? "clEnqueueWriteBuffer" : "clEnqueueReadBuffer",
      self->launch->layer);
  /* It may be read and written until the queue is empty. */
  if (self->cl->Finish (self->queue) == CL_SUCCESS)
    g_free (data);
  else
    mn_keep_for_good (data);
  return NULL;
}

/* value: what all of it becomes; NULL: numbers from -1 to 1. */
static gboolean
fill (MnClMeasure *self, const Buffer *buffer, const gfloat *value,
    GError **error)
{
  gpointer data = g_try_malloc (size_of (buffer));
  gsize i;

  if (!data)
    return fail_no_memory (self->launch, error);
  for (i = 0; i < buffer->n; i++) {
    gfloat x;

    self->noise = self->noise * 1664525u + 1013904223u;
    x = value ? *value : (gfloat) (self->noise >> 8) / (1 << 23) - 1;
    if (buffer->element == MN_ELEMENT_F16)
      ((guint16 *) data)[i] = mn_f16_round (x);
    else
      ((gfloat *) data)[i] = x;
  }
  data = move (self, buffer, TRUE, data, error);
  g_free (data);
  return data != NULL;
}

/* As floats. NULL: error. */
static gfloat *
read_output (MnClMeasure *self, GError **error)
{
  const Buffer *output = find_output (self);
  gfloat *data = g_try_new (gfloat, output->n);
  gsize i;

  if (!data) {
    fail_no_memory (self->launch, error);
    return NULL;
  }
  data = move (self, output, FALSE, data, error);
  /* Halves are at the front: the last one first. */
  for (i = output->n; data && output->element == MN_ELEMENT_F16 && i-- > 0;) {
    guint16 half;

    memcpy (&half, (const guint8 *) data + i * sizeof half, sizeof half);
    data[i] = mn_f16_value (half);
  }
  return data;
}

static gboolean
add_buffer (MnClMeasure *self, gint value, GError **error)
{
  const MnBackendPlan *plan = self->plan;
  gint place = mn_value_place (plan->values, value);
  const MnValue *v = mn_value (plan->values, place);
  Buffer *buffer = &self->buffers[self->n];
  cl_int r = CL_SUCCESS;

  if (v->constant || find_buffer (self, value))
    return TRUE;
  buffer->value = place;
  buffer->element = v->element;
  buffer->n = MAX (v->size / mn_element_size (v->element), 1);
  buffer->mem = self->cl->CreateBuffer (plan->device->context,
      CL_MEM_READ_WRITE, size_of (buffer), NULL, &r);
  if (!buffer->mem)
    return mn_cl_fail (error, MN_ERROR_DEVICE, r, "clCreateBuffer",
        self->launch->layer);
  self->n++;
  return fill (self, buffer, NULL, error);
}

/* ---- runs --------------------------------------------------------------- */

static gboolean
set_args (MnClMeasure *self, cl_kernel kernel, const MnClLaunch *launch,
    GError **error)
{
  guint i;

  for (i = 0; i < launch->n_args; i++) {
    const MnClArg *arg = &launch->args[i];
    const Buffer *buffer = arg->kind == MN_CL_ARG_VALUE
        ? find_buffer (self, arg->value)
        : NULL;
    cl_mem mem = buffer ? buffer->mem : arg->mem;
    cl_int r;

    if (arg->kind == MN_CL_ARG_VALUE && !buffer)
      mem = mn_value (self->plan->values,
          mn_value_place (self->plan->values, arg->value))
                ->constant;
    /* The plan's own: that of a launch that was only rehearsed is none. */
    if (arg->kind == MN_CL_ARG_MEM)
      mem = self->launch->args[i].mem;
    if (arg->kind == MN_CL_ARG_VALUE || arg->kind == MN_CL_ARG_MEM)
      r = self->cl->SetKernelArg (kernel, i, sizeof mem, &mem);
    else
      r = self->cl->SetKernelArg (kernel, i, arg->size,
          arg->kind == MN_CL_ARG_LOCAL ? NULL : arg->data);
    if (r != CL_SUCCESS)
      return mn_cl_fail (error, MN_ERROR_DEVICE, r, "clSetKernelArg",
          launch->layer);
  }
  return TRUE;
}

/* From the start of the first to the end of the last; 0: not to be had. */
static gdouble
ask_time (MnClMeasure *self, cl_event first, cl_event last)
{
  cl_ulong start = 0, end = 0;

  if (!first || !last
      || self->cl->GetEventProfilingInfo (first, CL_PROFILING_COMMAND_START,
             sizeof start, &start, NULL)
          != CL_SUCCESS
      || self->cl->GetEventProfilingInfo (last, CL_PROFILING_COMMAND_END,
             sizeof end, &end, NULL)
          != CL_SUCCESS)
    return 0;
  return end > start ? end - start : 0;
}

/* Nanoseconds of n launches one behind the other. 0: error. */
static gdouble
run (MnClMeasure *self, cl_kernel kernel, const MnClLaunch *launch, guint n,
    GError **error)
{
  cl_event first = NULL, last = NULL;
  gint64 start = g_get_monotonic_time ();
  cl_int r = CL_SUCCESS, finished;
  gdouble time = 0, waited;
  guint i;

  for (i = 0; i < n && r == CL_SUCCESS; i++) {
    cl_event *event = i == 0 ? &first : i + 1 == n ? &last : NULL;

    r = self->cl->EnqueueNDRangeKernel (self->queue, kernel, 3, NULL,
        launch->global, launch->local, 0, NULL,
        self->has_events ? event : NULL);
  }
  finished = self->cl->Finish (self->queue);
  waited = (g_get_monotonic_time () - start + 1) * 1e3;
  if (self->has_events && r == CL_SUCCESS && finished == CL_SUCCESS)
    time = ask_time (self, first, n > 1 ? last : first);
  if (first)
    self->cl->ReleaseEvent (first);
  if (last)
    self->cl->ReleaseEvent (last);
  if (r != CL_SUCCESS || finished != CL_SUCCESS) {
    mn_cl_fail (error, MN_ERROR_DEVICE, r != CL_SUCCESS ? r : finished,
        r != CL_SUCCESS ? "clEnqueueNDRangeKernel" : "clFinish", launch->layer);
    return 0;
  }
  if (!self->has_events)
    return waited;
  if (time == 0)
    g_set_error (error, MN_ERROR, MN_ERROR_DEVICE,
        "clGetEventProfilingInfo gives no time of %s", launch->layer);
  return time;
}

static gboolean
computes_the_same (MnClMeasure *self, const gfloat *got)
{
  const Buffer *output = find_output (self);
  gfloat tolerance = output->element == MN_ELEMENT_F16 ? TOLERANCE_HALF
                                                       : TOLERANCE;
  gsize n = output->n, i;
  gfloat most = 0;

  for (i = 0; i < n; i++)
    most = MAX (most, fabsf (self->truth[i]));
  for (i = 0; i < n; i++) {
    /* Not a number fails too, where the first one did not give it. */
    if (!(fabsf (got[i] - self->truth[i]) <= tolerance * most + 1e-6f)
        && !isnan (self->truth[i]))
      return FALSE;
  }
  return TRUE;
}

/* What it computes where nothing was before. NULL: error. */
static gfloat *
compute (MnClMeasure *self, cl_kernel kernel, const MnClLaunch *launch,
    GError **error)
{
  const gfloat nothing = NAN;

  return fill (self, find_output (self), &nothing, error)
          && run (self, kernel, launch, 1, error) > 0
      ? read_output (self, error)
      : NULL;
}

static cl_kernel
make_kernel (MnClMeasure *self, const MnClLaunch *launch, GError **error)
{
  cl_kernel kernel = mn_cl_program_create_kernel (launch->program, error);

  if (kernel && !set_args (self, kernel, launch, error)) {
    self->cl->ReleaseKernel (kernel);
    return NULL;
  }
  return kernel;
}

gboolean
mn_cl_measure_set (MnClMeasure *self, const MnClLaunch *launch, GError **error)
{
  cl_kernel kernel;
  gboolean ok = TRUE;
  guint i;

  clear (self);
  self->launch = launch;
  for (i = 0; ok && i < launch->n_args; i++) {
    if (launch->args[i].kind == MN_CL_ARG_VALUE)
      ok = add_buffer (self, launch->args[i].value, error);
  }
  kernel = ok ? make_kernel (self, launch, error) : NULL;
  if (!kernel)
    return FALSE;
  self->truth = compute (self, kernel, launch, error);
  self->cl->ReleaseKernel (kernel);
  return self->truth != NULL;
}

static gdouble
time_rounds (MnClMeasure *self, cl_kernel kernel, const MnClLaunch *launch,
    GError **error)
{
  gdouble best = 0, time = run (self, kernel, launch, 1, error);
  guint n = time > 0 ? CLAMP (ROUND / time, 1, MOST_RUNS) : 0, i;

  for (i = 0; n > 0 && i < N_ROUNDS; i++) {
    time = run (self, kernel, launch, n, error) / n;
    if (time == 0)
      return 0;
    best = i == 0 ? time : MIN (best, time);
  }
  return best;
}

gdouble
mn_cl_measure_time (MnClMeasure *self, const MnClLaunch *launch, GError **error)
{
  cl_kernel kernel = make_kernel (self, launch, error);
  gfloat *got = kernel ? compute (self, kernel, launch, error) : NULL;
  gdouble time = 0;

  if (got && computes_the_same (self, got))
    time = time_rounds (self, kernel, launch, error);
  else if (got)
    g_set_error (error, MN_ERROR, MN_ERROR_COMPILE,
        "%s: %s computes something else with \"%s\"", launch->layer,
        launch->program->name, launch->program->wanted);
  g_free (got);
  if (kernel)
    self->cl->ReleaseKernel (kernel);
  return time;
}
