/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/opencl/picks.h"

#include "tests/opencl/fake_cl.h"

#include <dlfcn.h>

static gint
compare (gconstpointer a, gconstpointer b)
{
  const guint *x = a, *y = b;

  return (*x > *y) - (*x < *y);
}

/* The calls of each function in each phase. */
static GHashTable *
sort_calls (gpointer library, guint n_calls)
{
  __typeof__ (fake_cl_name) *get_name = dlsym (library, "fake_cl_name");
  GHashTable *kinds = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      (GDestroyNotify) g_array_unref);
  guint call, phase;

  for (call = 1; call <= n_calls; call++) {
    const gchar *name = get_name (call, &phase);
    g_autofree gchar *kind = g_strdup_printf ("%u %s", phase, name);
    GArray *calls = g_hash_table_lookup (kinds, kind);

    if (!calls) {
      calls = g_array_new (FALSE, FALSE, sizeof (guint));
      g_hash_table_insert (kinds, g_steal_pointer (&kind), calls);
    }
    g_array_append_val (calls, call);
  }
  return kinds;
}

/* Of each of so many stretches of equal length one. */
static void
pick_some (GArray *picks, const GArray *calls, guint most, GRand *generator)
{
  guint n = MIN (most, calls->len), i;

  for (i = 0; i < n; i++) {
    guint at = g_rand_int_range (generator, calls->len * i / n,
        calls->len * (i + 1) / n);

    g_array_append_val (picks, g_array_index (calls, guint, at));
  }
}

GArray *
pick_calls (gpointer library, guint n_calls, guint most, GRand *generator)
{
  GArray *picks = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GHashTable) kinds = sort_calls (library, n_calls);
  GHashTableIter iter;
  gpointer calls;

  if (g_getenv ("MOBILENET_FULL"))
    most = n_calls;
  g_hash_table_iter_init (&iter, kinds);
  while (g_hash_table_iter_next (&iter, NULL, &calls))
    pick_some (picks, calls, most, generator);
  g_array_sort (picks, compare);
  return picks;
}
