/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/kernels/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GUARD 64                /* elements on either side */

static GRand *generator;

static const struct
{
  const gchar *name;
  guint needs;
} levels[] = {
  {"scalar", MN_CPU_SCALAR},
  {"avx2", MN_CPU_AVX2},
  {"avx512", MN_CPU_AVX512},
  {"neon", MN_CPU_NEON},
};

typedef struct
{
  guint level;
  SubjectTest test;
} Case;

static void
run_case (gconstpointer data)
{
  const Case *c = data;
  Subject subject = { levels[c->level].name, };
  guint flags;

  if (!(mn_cpu_flags_detect () & levels[c->level].needs)) {
    g_test_skip ("this CPU lacks the instructions");
    return;
  }
  g_assert_true (mn_cpu_flags_parse (subject.level, &flags));
  mn_kernels_init (&subject.kernels, flags & mn_cpu_flags_detect ());
  mn_kernels_init (&subject.plain, MN_CPU_REFERENCE);
  g_assert_cmpstr (subject.kernels.name, ==, subject.level);
  c->test (&subject);
}

void
add_subject_test (const gchar * name, SubjectTest test)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (levels); i++) {
    g_autofree gchar *path = g_strdup_printf ("/kernels/%s/%s",
        levels[i].name, name);
    Case *c = g_new (Case, 1);

    c->level = i;
    c->test = test;
    g_test_add_data_func_full (path, c, run_case, g_free);
  }
}

void
random_init (void)
{
  const gchar *text = g_getenv ("MOBILENET_TEST_SEED");
  guint32 seed = text ? (guint32) g_ascii_strtoull (text, NULL, 10)
      : g_random_int ();

  generator = g_rand_new_with_seed (seed);
  g_test_message ("MOBILENET_TEST_SEED=%u", seed);
}

gint
random_int (gint first, gint last)
{
  return g_rand_int_range (generator, first, last + 1);
}

gfloat *
random_floats (gsize n)
{
  gfloat *data = g_malloc (n * sizeof (gfloat));
  gsize i;

  for (i = 0; i < n; i++)
    data[i] = g_rand_double_range (generator, -1, 1);
  return data;
}

MnAct
random_act (void)
{
  return mn_act (random_int (MN_ACT_NONE, MN_ACT_SIGMOID));
}

gfloat *
pack (const MnTile * tile, gsize n, gsize k, const gfloat * w,
    const gfloat * bias)
{
  gfloat *packed = g_malloc (mn_pack_size (tile, n, k) * sizeof (gfloat));

  mn_pack_f32 (tile, n, k, w, k, 1, bias, packed);
  return packed;
}

static gfloat
sentinel (void)
{
  return -12345.678f;
}

Output
output_new (gsize n)
{
  Output output;
  gsize i;

  output.n = n;
  output.block = g_new (gfloat, n + 2 * GUARD);
  output.data = output.block + GUARD;
  for (i = 0; i < n + 2 * GUARD; i++)
    output.block[i] = i < GUARD || i >= n + GUARD ? sentinel () : NAN;
  return output;
}

void
output_free (Output * output)
{
  g_clear_pointer (&output->block, g_free);
}

void
output_check_guards (const Output * output)
{
  gsize i;

  for (i = 0; i < GUARD; i++) {
    g_assert_cmpfloat (output->block[i], ==, sentinel ());
    g_assert_cmpfloat (output->data[output->n + i], ==, sentinel ());
  }
}

void
output_compare (const Output * got, const Output * want, gfloat tolerance,
    gfloat least, const gchar * what)
{
  gfloat most = least;
  gsize i;

  g_assert_cmpuint (got->n, ==, want->n);
  output_check_guards (got);
  output_check_guards (want);
  for (i = 0; i < want->n; i++) {
    if (!isnan (want->data[i]))
      most = MAX (most, fabsf (want->data[i]));
  }
  for (i = 0; i < want->n; i++) {
    if (isnan (want->data[i]) && isnan (got->data[i]))
      continue;
    if (!(fabsf (got->data[i] - want->data[i]) <= tolerance * most + 1e-30f))
      g_error ("%s: element %" G_GSIZE_FORMAT " is %g, not %g", what, i,
          got->data[i], want->data[i]);
  }
}
