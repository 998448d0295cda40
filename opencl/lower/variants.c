/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "opencl/lower/variants.h"

/* As many as may be tried for one layer. */
#define MAX_FORMS 8

/* In the order of preference. GPUs: large tiles read less often what they
 * multiply, but leave fewer items, and need more registers: registers as
 * compilers for Adreno, Mali and V3D count them. CPUs: sums that fill, and do
 * not overflow, the registers of AVX2, AVX-512 and NEON alike. */
static const MnClVariant table[] = {
  /* kernel, gpu, size, stride, divisor, slices, items, registers,
   * width, pixels, step, split */
  {"pointwise", TRUE, 0, 0, 2, 32, 512, 64, 4, 2, 2, 8},
  {"pointwise", TRUE, 0, 0, 2, 32, 1024, 64, 4, 2, 2, 4},
  {"pointwise", TRUE, 0, 0, 4, 0, 256, 64, 4, 1, 4, 1},
  {"pointwise", TRUE, 0, 0, 2, 0, 256, 40, 4, 1, 2, 1},
  {"pointwise", TRUE, 0, 0, 1, 0, 256, 30, 4, 1, 1, 1},
  {"pointwise", TRUE, 0, 0, 4, 0, 1536, 80, 4, 2, 4, 1},
  {"pointwise", TRUE, 0, 0, 2, 0, 1536, 60, 4, 2, 2, 1},
  {"pointwise", TRUE, 0, 0, 1, 0, 1536, 50, 4, 2, 1, 1},
  {"pointwise", TRUE, 0, 0, 4, 0, 0, 100, 4, 4, 4, 1},
  {"pointwise", TRUE, 0, 0, 2, 0, 0, 90, 4, 4, 2, 1},
  {"pointwise", TRUE, 0, 0, 1, 0, 0, 64, 4, 4, 1, 1},
  {"pointwise", TRUE, 0, 0, 1, 0, 0, 50, 4, 2, 1, 1},
  {"pointwise", TRUE, 0, 0, 1, 0, 0, 30, 4, 1, 1, 1},
  {"pointwise", FALSE, 0, 0, 1, 0, 0, 0, 16, 6, 1, 1},
  /* The first layer's: one item has the few inputs for many outputs. */
  {"conv", TRUE, 3, 0, 1, 0, 0, 90, 16, 1, 1, 1},
  {"conv", TRUE, 3, 0, 1, 0, 0, 64, 8, 1, 1, 1},
  {"conv", TRUE, 0, 0, 1, 0, 512, 40, 4, 1, 1, 1},
  {"conv", TRUE, 0, 0, 1, 0, 0, 64, 4, 4, 1, 1},
  {"conv", TRUE, 0, 0, 1, 0, 0, 50, 4, 2, 1, 1},
  {"conv", FALSE, 0, 0, 1, 0, 0, 0, 16, 4, 1, 1},
  {"dwconv", TRUE, 3, 1, 1, 0, 0, 80, 4, 4, 1, 1},
  {"dwconv", TRUE, 5, 1, 1, 0, 0, 90, 4, 4, 1, 1},
  {"dwconv", TRUE, 3, 0, 1, 0, 0, 64, 4, 2, 1, 1},
  {"dwconv", TRUE, 5, 0, 1, 0, 0, 80, 4, 2, 1, 1},
  {"dwconv", TRUE, 0, 0, 1, 0, 0, 50, 4, 1, 1, 1},
  {"dwconv", FALSE, 0, 1, 2, 0, 0, 0, 8, 4, 1, 1},
  {"dwconv", FALSE, 0, 1, 1, 0, 0, 0, 4, 4, 1, 1},
  {"dwconv", FALSE, 0, 2, 2, 0, 0, 0, 8, 2, 1, 1},
  {"dwconv", FALSE, 0, 2, 1, 0, 0, 0, 4, 2, 1, 1},
};

static gboolean
fits_device (const MnClVariant *v, const MnClDevice *device)
{
  gsize items = MIN (MIN (device->quirks->group, device->max_group),
      device->max_items[2]);

  return v->gpu == device->gpu_shape && v->split <= items
      && (device->quirks->registers == 0
          || v->registers <= device->quirks->registers);
}

static gboolean
serves (const MnClVariant *v, const MnClProblem *p, const MnClDevice *device)
{
  return g_str_equal (v->kernel, p->kernel)
      && (v->size == 0 || v->size == p->size)
      && (v->stride == 0 || v->stride == p->stride)
      && p->slices % v->divisor == 0 && p->slices >= v->slices
      && (v->items == 0 || p->items / device->units <= v->items)
      && fits_device (v, device);
}

static guint
collect (const MnClProblem *problem, const MnClDevice *device,
    MnClDescribe describe, gconstpointer data, const MnClVariant **fit,
    MnClOptions *forms)
{
  guint i, n = 0;

  for (i = 0; i < G_N_ELEMENTS (table) && n < MAX_FORMS; i++) {
    if (!serves (&table[i], problem, device))
      continue;
    fit[n] = &table[i];
    mn_cl_option (&forms[n], "V", table[i].width);
    mn_cl_option (&forms[n], "PX", table[i].pixels);
    describe (&forms[n++], &table[i], data);
  }
  return n;
}

const MnClVariant *
mn_cl_choose_variant (MnCompile *c, const MnClProblem *problem,
    MnClDescribe describe, gconstpointer data, MnClOptions *options,
    GError **error)
{
  const MnClVariant *fit[MAX_FORMS];
  MnClOptions forms[MAX_FORMS] = {{""}};
  guint first = 0,
        n = collect (problem, c->plan->device, describe, data, fit, forms);

  for (;;) {
    const MnClProgram *program;
    gint i;

    g_assert (first < n);
    i = mn_cl_plan_choose (c->plan, problem->kernel, forms + first, n - first,
        error);
    if (i < 0)
      return NULL;
    first += i;
    *options = forms[first];
    program = mn_cl_plan_program (c->plan, problem->kernel, options->text,
        error);
    if (!program)
      return NULL;
    /* Who share have to be in one group. */
    if (fit[first]->split <= program->max_group)
      return fit[first];
    first++;
  }
}
