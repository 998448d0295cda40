/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Where the time of a session's frames goes. */

#include "opencl/session.h"

guint
mn_cl_session_n_stages (const MnBackendSession *self)
{
  return self->plan->launches->len + 1;
}

void
mn_cl_session_take_times (MnBackendSession *self, MnClSlot *slot)
{
  guint n = slot->n * mn_cl_session_n_stages (self), i;

  for (i = 0; i < n; i++) {
    cl_ulong start = 0, end = 0;

    if (self->cl->GetEventProfilingInfo (slot->launched[i],
            CL_PROFILING_COMMAND_START, sizeof start, &start, NULL)
            != CL_SUCCESS
        || self->cl->GetEventProfilingInfo (slot->launched[i],
               CL_PROFILING_COMMAND_END, sizeof end, &end, NULL)
            != CL_SUCCESS)
      continue;
    self->seconds[i % mn_cl_session_n_stages (self)] += (end - start) * 1e-9;
  }
  self->runs += slot->n;
}

static void
add_launch (const MnBackendSession *self, guint i, MnLayerTime *layer)
{
  const MnClLaunch *launch = g_ptr_array_index (self->plan->launches, i);

  layer->name = launch->layer;
  layer->kernel = launch->program->name;
  layer->seconds += self->seconds[i + 1];
  layer->flops += launch->flops;
  layer->bytes += launch->bytes;
  layer->launches++;
}

guint
mn_cl_session_profile (MnBackendSession *self, MnLayerTime *layers, guint max,
    guint64 *runs)
{
  const GPtrArray *launches = self->plan->launches;
  guint n = 0, node = 0, i;

  *runs = self->runs;
  if (!self->seconds)
    return 0;
  if (max > 0)
    layers[0] = (MnLayerTime) {"input", mn_cl_input_get_kernel (self->input),
      self->seconds[0], 0,
      mn_cl_padded_size (mn_graph_tensor (self->plan->graph, self->plan->input))
          * sizeof (gfloat),
      1};
  n = 1;
  for (i = 0; i < launches->len; i++) {
    const MnClLaunch *launch = g_ptr_array_index (launches, i);

    if (i == 0 || launch->node != node) {
      node = launch->node;
      if (n < max)
        layers[n] = (MnLayerTime) {0};
      n++;
    }
    if (n <= max)
      add_launch (self, i, &layers[n - 1]);
  }
  return n;
}
