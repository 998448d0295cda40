/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "opencl/lower/tuning.h"

/* In the order of preference; the last ones of the CPUs' are for tuning
 * alone. GPUs: large tiles read less often what they
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
  {"pointwise", FALSE, 0, 0, 1, 0, 0, 0, 16, 4, 1, 1},
  {"pointwise", FALSE, 0, 0, 1, 0, 0, 0, 16, 8, 1, 1},
  {"pointwise", FALSE, 0, 0, 1, 0, 0, 0, 8, 6, 1, 1},
  /* The first layer's: one item has the few inputs for many outputs. */
  {"conv", TRUE, 3, 0, 1, 0, 0, 90, 16, 1, 1, 1},
  {"conv", TRUE, 3, 0, 1, 0, 0, 64, 8, 1, 1, 1},
  {"conv", TRUE, 0, 0, 1, 0, 512, 40, 4, 1, 1, 1},
  {"conv", TRUE, 0, 0, 1, 0, 0, 64, 4, 4, 1, 1},
  {"conv", TRUE, 0, 0, 1, 0, 0, 50, 4, 2, 1, 1},
  {"conv", FALSE, 0, 0, 1, 0, 0, 0, 16, 4, 1, 1},
  {"conv", FALSE, 0, 0, 1, 0, 0, 0, 16, 2, 1, 1},
  {"conv", FALSE, 0, 0, 1, 0, 0, 0, 8, 4, 1, 1},
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

/* Whether it computes the problem at all. */
static gboolean
serves (const MnClVariant *v, const MnClProblem *p, const MnClDevice *device)
{
  return g_str_equal (v->kernel, p->kernel)
      && (v->size == 0 || v->size == p->size)
      && (v->stride == 0 || v->stride == p->stride)
      && p->slices % v->divisor == 0 && p->slices >= v->slices
      && fits_device (v, device);
}

static gboolean
suits (const MnClVariant *v, const MnClProblem *p, const MnClDevice *device)
{
  return serves (v, p, device)
      && (v->items == 0 || p->items / device->units <= v->items);
}

static gboolean
has_tile (const MnClForm *forms, guint n, const MnClVariant *v)
{
  guint i;

  for (i = 0; i < n; i++) {
    const MnClVariant *w = forms[i].variant;

    if (v->width == w->width && v->pixels == w->pixels && v->split == w->split)
      return TRUE;
  }
  return FALSE;
}

/* all: the first form of each tile that serves; else the forms that suit. */
static guint
collect (const MnClProblem *problem, const MnClDevice *device, gboolean all,
    MnClDescribe describe, gconstpointer data, MnClForm *forms)
{
  guint i, n = 0;

  for (i = 0; i < G_N_ELEMENTS (table) && n < MN_CL_MAX_FORMS; i++) {
    const MnClVariant *v = &table[i];
    MnClForm *form = &forms[n];

    if (all ? !serves (v, problem, device) || has_tile (forms, n, v)
            : !suits (v, problem, device))
      continue;
    *form = (MnClForm) {v, {""}};
    mn_cl_option (&form->options, "V", v->width);
    mn_cl_option (&form->options, "PX", v->pixels);
    describe (&form->options, v, data);
    n++;
  }
  return n;
}

/* The place that the plan's tuning has for it. NULL: none is chosen for. */
static MnClSite *
find_site (MnCompile *c, const MnClProblem *p, const MnClForm *first,
    MnClDescribe describe, gconstpointer data)
{
  MnClForm forms[MN_CL_MAX_FORMS];
  g_autofree gchar *key = NULL;
  MnClSite *site;
  guint n;

  if (!c->plan->tuning || p->fixed)
    return NULL;
  key = g_strdup_printf ("%s %s %u %u %" G_GSIZE_FORMAT " %" G_GSIZE_FORMAT,
      p->kernel, first->options.text, p->size, p->stride, p->slices, p->items);
  site = mn_cl_tuning_find (c->plan->tuning, key);
  if (site)
    return site;
  n = collect (p, c->plan->device, TRUE, describe, data, forms);
  return mn_cl_tuning_add (c->plan->tuning, key, p->kernel, forms, n);
}

static const MnClVariant *
choose_by_rule (MnCompile *c, const gchar *kernel, const MnClForm *forms,
    guint n, MnClOptions *options, GError **error)
{
  MnClOptions texts[MN_CL_MAX_FORMS];
  guint first = 0, i;

  for (i = 0; i < n; i++)
    texts[i] = forms[i].options;
  for (;;) {
    const MnClProgram *program;
    gint chosen;

    g_assert (first < n);
    chosen = mn_cl_plan_choose (c->plan, kernel, texts + first, n - first,
        error);
    if (chosen < 0)
      return NULL;
    first += chosen;
    *options = texts[first];
    program = mn_cl_plan_program (c->plan, kernel, options->text, error);
    if (!program)
      return NULL;
    /* Who share have to be in one group. */
    if (forms[first].variant->split <= program->max_group)
      return forms[first].variant;
    first++;
  }
}

const MnClVariant *
mn_cl_choose_variant (MnCompile *c, const MnClProblem *problem,
    MnClDescribe describe, gconstpointer data, MnClOptions *options,
    GError **error)
{
  MnClForm forms[MN_CL_MAX_FORMS];
  guint n = collect (problem, c->plan->device, FALSE, describe, data, forms);
  const MnClVariant *variant = NULL;
  MnClSite *site;

  g_assert (n > 0);
  site = find_site (c, problem, forms, describe, data);
  if (site)
    variant = mn_cl_site_take (c->plan, site, options);
  if (!variant)
    variant = choose_by_rule (c, problem->kernel, forms, n, options, error);
  if (site)
    options->site = site->number;
  return variant;
}
