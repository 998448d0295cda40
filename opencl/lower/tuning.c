/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* In the cache, as little-endian 32-bit numbers: the level, the number of
 * sites, then what was chosen for each. */

#include "opencl/lower/tuning.h"

#include "engine/base/cache.h"
#include "opencl/device/cache.h"

#include <string.h>

/* More than any device takes in a dimension. */
#define MOST_ITEMS 65536

#define N_HEADER 2
#define N_CHOICE (sizeof (MnClChoice) / sizeof (guint32))

static void
site_free (gpointer data)
{
  MnClSite *site = data;

  g_free (site->key);
  g_free (site);
}

MnClTuning *
mn_cl_tuning_new (MnTuning level)
{
  MnClTuning *self = g_new0 (MnClTuning, 1);

  self->level = level;
  self->sites = g_ptr_array_new_with_free_func (site_free);
  return self;
}

void
mn_cl_tuning_free (MnClTuning *self)
{
  if (!self)
    return;
  g_ptr_array_unref (self->sites);
  g_free (self->file);
  g_free (self);
}

static MnClSite *
site_at (const MnClTuning *self, guint i)
{
  return g_ptr_array_index (self->sites, i);
}

MnClSite *
mn_cl_tuning_find (const MnClTuning *self, const gchar *key)
{
  guint i;

  for (i = 0; i < self->sites->len; i++) {
    if (g_str_equal (site_at (self, i)->key, key))
      return site_at (self, i);
  }
  return NULL;
}

MnClSite *
mn_cl_tuning_add (MnClTuning *self, const gchar *key, const gchar *kernel,
    const MnClForm *forms, guint n)
{
  MnClSite *site = g_new0 (MnClSite, 1);

  site->key = g_strdup (key);
  site->kernel = kernel;
  site->n = n;
  memcpy (site->forms, forms, n * sizeof (*forms));
  g_ptr_array_add (self->sites, site);
  site->number = self->sites->len;
  return site;
}

/* ---- choices ----------------------------------------------------------- */

static const MnClForm *
find_form (const MnClSite *site, const MnClChoice *choice)
{
  guint i;

  for (i = 0; i < site->n; i++) {
    const MnClVariant *v = site->forms[i].variant;

    if (v->width == choice->width && v->pixels == choice->pixels
        && v->step == choice->step && v->split == choice->split)
      return &site->forms[i];
  }
  return NULL;
}

const MnClVariant *
mn_cl_site_take (MnBackendPlan *plan, const MnClSite *site,
    MnClOptions *options)
{
  const MnClChoice *choice = &site->choice;
  const MnClForm *form = find_form (site, choice);
  const MnClProgram *program = form
      ? mn_cl_plan_program (plan, site->kernel, form->options.text, NULL)
      : NULL;
  guint i;

  /* Who share have to be in one group. */
  if (!program || form->variant->split > program->max_group)
    return NULL;
  *options = form->options;
  for (i = 0; i < G_N_ELEMENTS (choice->local); i++)
    options->tuned[i] = choice->local[i];
  return form->variant;
}

static gboolean
is_none (const MnClChoice *choice)
{
  static const MnClChoice none = {0};

  return memcmp (choice, &none, sizeof none) == 0;
}

/* TRUE for one that could have been found on this device. */
static gboolean
is_sound (const MnClSite *site, const MnClChoice *choice,
    const MnClDevice *device)
{
  const guint32 *l = choice->local;
  guint i;

  if (is_none (choice))
    return TRUE;
  if (!find_form (site, choice))
    return FALSE;
  if (l[0] == 0 && l[1] == 0 && l[2] == 0)
    return TRUE;
  for (i = 0; i < G_N_ELEMENTS (choice->local); i++) {
    if (l[i] == 0 || l[i] > MIN (device->max_items[i], MOST_ITEMS))
      return FALSE;
  }
  return (guint64) l[0] * l[1] * l[2] <= device->max_group;
}

/* ---- in the cache ------------------------------------------------------- */

static gchar *
name_file (const MnBackendPlan *plan, MnPrecision precision)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree gchar *device = mn_cl_cache_device (plan->device);
  g_autofree gchar *number = g_strdup_printf ("%d", precision);
  guint i;

  mn_cache_add_text (sum, device);
  mn_cache_add_text (sum, number);
  for (i = 0; i < plan->tuning->sites->len; i++)
    mn_cache_add_text (sum, site_at (plan->tuning, i)->key);
  return g_strconcat (g_checksum_get_string (sum), ".tuned", NULL);
}

/* The numbers of a file that is this plan's; NULL: it is not. */
static const guint32 *
read_numbers (const MnClTuning *self, GBytes *bytes)
{
  guint n = self->sites->len;
  const guint32 *from = g_bytes_get_data (bytes, NULL);

  return g_bytes_get_size (bytes)
              == (N_HEADER + n * N_CHOICE) * sizeof (guint32)
          && GUINT32_FROM_LE (from[0]) >= (guint32) self->level
          && GUINT32_FROM_LE (from[0]) <= MN_TUNING_FULL
          && GUINT32_FROM_LE (from[1]) == n
      ? from + N_HEADER
      : NULL;
}

gboolean
mn_cl_tuning_load (MnBackendPlan *plan, MnPrecision precision)
{
  MnClTuning *self = plan->tuning;
  guint n = self->sites->len, i;
  g_autofree MnClChoice *choices = g_new0 (MnClChoice, n + 1);
  guint32 *to = (guint32 *) choices;
  g_autoptr (GBytes) bytes = NULL;
  const guint32 *from;

  g_free (self->file);
  self->file = name_file (plan, precision);
  self->n_kept = n;
  bytes = mn_cache_load (self->file);
  from = bytes ? read_numbers (self, bytes) : NULL;
  if (!from)
    return FALSE;
  for (i = 0; i < n * N_CHOICE; i++)
    to[i] = GUINT32_FROM_LE (from[i]);
  for (i = 0; i < n; i++) {
    if (!is_sound (site_at (self, i), &choices[i], plan->device))
      return FALSE;
  }
  for (i = 0; i < n; i++)
    site_at (self, i)->choice = choices[i];
  return TRUE;
}

static void
add_number (GArray *numbers, guint32 number)
{
  number = GUINT32_TO_LE (number);
  g_array_append_val (numbers, number);
}

void
mn_cl_tuning_store (MnBackendPlan *plan)
{
  MnClTuning *self = plan->tuning;
  g_autoptr (GArray) numbers = NULL;
  g_autoptr (GBytes) bytes = NULL;
  guint i, j;

  if (!self || !self->is_new)
    return;
  numbers = g_array_new (FALSE, FALSE, sizeof (guint32));
  add_number (numbers, self->level);
  add_number (numbers, self->n_kept);
  for (i = 0; i < self->n_kept; i++) {
    const guint32 *from = (const guint32 *) &site_at (self, i)->choice;

    for (j = 0; j < N_CHOICE; j++)
      add_number (numbers, from[j]);
  }
  bytes = g_bytes_new (numbers->data, numbers->len * sizeof (guint32));
  mn_cache_store (self->file, bytes);
  self->is_new = FALSE;
}
