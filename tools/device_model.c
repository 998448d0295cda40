/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tools/device_model.h"

#include "tools/gpu_table.h"

#include <math.h>
#include <string.h>

void
mn_device_model_time (const MnDeviceProfile *p, const MnModelLaunch *l,
    MnModelTime *time)
{
  gdouble hz = p->mhz * 1e6;
  gdouble wave = l->wave > 0 ? l->wave : p->wave;
  gdouble waves = l->groups * ceil (l->group_items / wave);
  gdouble resident = MAX (l->resident, 1) * (gdouble) p->limits.units;
  gdouble rounds = ceil (waves / resident);
  gdouble way = l->slots * wave / p->port
      + l->waits * p->latency_ns * 1e-9 * hz;

  time->issue = l->cycles > 0
      ? waves * wave * l->cycles / (p->limits.units * hz)
      : waves * wave * l->slots / (p->lanes * hz);
  time->bytes = l->bytes / (p->gbps * 1e9);
  time->waiting = rounds * way / hz;
  time->seconds = MAX (time->issue, MAX (time->bytes, time->waiting))
      + p->launch_us * 1e-6;
}

/* ---- launches of our own ------------------------------------------------ */

/* What an item issues: what stands in loops as often as they run. */
static gdouble
executed (const MnGpuProgram *program, const MnOpenclLaunch *launch)
{
  return program->instr + (gdouble) (launch->turns - 1) * program->body
      + (gdouble) launch->inner * program->inner;
}

/* By the compiler's count of a core's units; what is in the loop has the same
 * share of each as the whole. */
static gdouble
core_cycles (const MnDeviceProfile *profile, const MnGpuProgram *program,
    gdouble slots)
{
  gdouble arithmetic = MAX (program->fma, MAX (program->cvt, program->sfu));

  if (profile->arithmetic <= 0 || program->instr == 0)
    return 0;
  return MAX (arithmetic / profile->arithmetic, program->ls / profile->loads)
      * slots / program->instr;
}

/* Waves of a core and their size, by the registers that the program has. */
static void
set_waves (const MnDeviceProfile *profile, const MnGpuProgram *program,
    MnModelLaunch *out)
{
  if (profile->waves > 0) {
    out->resident = profile->waves * MAX (program->threads, 1) / 2;
    return;
  }
  out->wave = profile->wave * (1 + program->double_waves);
  out->resident = program->waves;
}

static MnModelled *
model_launch (const MnDeviceProfile *profile, const MnOpenclLaunch *launch)
{
  MnModelled *self = g_new0 (MnModelled, 1);
  MnModelLaunch l = {
    .groups = launch->groups,
    .group_items = launch->group_items,
    .waits = launch->turns + launch->inner,
    .bytes = launch->bytes,
  };
  const MnGpuProgram *program = mn_gpu_table_find (profile->compiler,
      launch->form, &self->exact);

  self->layer = g_strdup (launch->layer);
  self->kernel = g_strndup (launch->form, strcspn (launch->form, " "));
  self->bytes = launch->bytes;
  self->known = program != NULL;
  if (program) {
    l.slots = executed (program, launch);
    l.cycles = core_cycles (profile, program, l.slots);
    set_waves (profile, program, &l);
  }
  mn_device_model_time (profile, &l, &self->time);
  return self;
}

static void
modelled_free (gpointer data)
{
  MnModelled *self = data;

  g_free (self->layer);
  g_free (self->kernel);
  g_free (self);
}

/* The limits of kernels, by the same table. */
static void
ask (const gchar *form, MnOpenclKernel *kernel, gpointer data)
{
  const MnDeviceProfile *profile = data;
  gboolean exact;
  const MnGpuProgram *program = mn_gpu_table_find (profile->compiler, form,
      &exact);

  if (!program)
    return;
  kernel->max_group = program->group;
  kernel->multiple = program->multiple;
  kernel->private_size = program->private_size;
}

GPtrArray *
mn_device_model_frame (const MnGraph *graph, const MnDeviceProfile *profile,
    MnPrecision precision, GError **error)
{
  g_autoptr (GPtrArray) launches = mn_opencl_outline (graph, &profile->limits,
      precision, ask, (gpointer) profile, error);
  GPtrArray *modelled;
  guint i;

  if (!launches)
    return NULL;
  modelled = g_ptr_array_new_with_free_func (modelled_free);
  for (i = 0; i < launches->len; i++)
    g_ptr_array_add (modelled,
        model_launch (profile, g_ptr_array_index (launches, i)));
  return modelled;
}

gdouble
mn_device_model_sum (const GPtrArray *launches)
{
  gdouble sum = 0;
  guint i;

  for (i = 0; i < launches->len; i++) {
    const MnModelled *m = g_ptr_array_index (launches, i);

    sum += m->time.seconds;
  }
  return sum;
}
