/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/kernels/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GUARD 64 /* elements on either side */

static GRand *generator;

static const struct
{
  const gchar *name;
  guint needs;
  MnElement element;
  gfloat rounding, sum_rounding;
} levels[] = {
  {"scalar", MN_CPU_SCALAR},
  {"avx2", MN_CPU_AVX2},
  {"avxvnni", MN_CPU_AVX_VNNI},
  {"avx512", MN_CPU_AVX512},
  {"avx512vnni", MN_CPU_AVX512_BYTES},
  {"neon", MN_CPU_NEON},
  /* Eight and eleven bits of a value are kept; some kernels round twice. With
   * float16 a sum is rounded up to 64 times. */
  {"avx512bf16", MN_CPU_AVX512_BF16, MN_ELEMENT_BF16, 1.0f / 256, 1.0f / 256},
  {"amxbf16", MN_CPU_AMX_BF16 | MN_CPU_AVX512_BF16, MN_ELEMENT_BF16, 1.0f / 256,
    1.0f / 256},
  {"neonfp16", MN_CPU_NEON_FP16, MN_ELEMENT_F16, 1.0f / 2048, 1.0f / 256},
  {"neondot", MN_CPU_NEON_DOTPROD},
};

typedef struct
{
  guint level;
  SubjectTest test;
} Case;

/* Of what this CPU has: all but the narrow elements' instructions that are
 * not asked for. */
static guint
narrow_flags (guint needs)
{
  guint narrow = MN_CPU_AVX512_BF16 | MN_CPU_AMX_BF16 | MN_CPU_NEON_FP16;

  return mn_cpu_flags_detect () & (needs | ~narrow);
}

static void
run_case (gconstpointer data)
{
  const Case *c = data;
  Subject subject = {
    levels[c->level].name,
  };
  guint flags;

  if ((mn_cpu_flags_detect () & levels[c->level].needs)
      != levels[c->level].needs) {
    g_test_skip ("this CPU lacks the instructions");
    return;
  }
  if ((levels[c->level].needs & MN_CPU_AMX_BF16) && !mn_cpu_request_amx ()) {
    g_test_skip ("the system does not lend AMX's tiles to this process");
    return;
  }
  subject.rounding = levels[c->level].rounding;
  subject.sum_rounding = levels[c->level].sum_rounding;
  if (levels[c->level].element != MN_ELEMENT_F32) {
    g_assert_true (mn_kernels_init_element (&subject.kernels,
        narrow_flags (levels[c->level].needs), levels[c->level].element));
  } else {
    g_assert_true (mn_cpu_flags_parse (subject.level, &flags));
    mn_kernels_init (&subject.kernels, flags & mn_cpu_flags_detect ());
  }
  mn_kernels_init (&subject.plain, MN_CPU_REFERENCE);
  g_assert_cmpstr (subject.kernels.name, ==, subject.level);
  c->test (&subject);
}

void
add_subject_test (const gchar *name, SubjectTest test)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (levels); i++) {
    g_autofree gchar *path = g_strdup_printf ("/kernels/%s/%s", levels[i].name,
        name);
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

gpointer
elements (const Subject *s, const gfloat *values, gsize n)
{
  gpointer data = g_malloc (n * mn_element_size (s->kernels.element));

  if (s->kernels.narrow)
    s->kernels.narrow (n, values, data);
  else if (n > 0)
    memcpy (data, values, n * sizeof (gfloat));
  return data;
}

gfloat *
random_values (const Subject *s, gsize n)
{
  gfloat *data = random_floats (n);
  g_autofree gpointer narrow = elements (s, data, n);

  if (s->kernels.widen)
    s->kernels.widen (n, narrow, data);
  return data;
}

MnAct
random_act (void)
{
  return mn_act (random_int (MN_ACT_NONE, MN_ACT_SIGMOID));
}

gfloat *
pack (const MnTile *tile, gsize n, gsize k, gsize run, const gfloat *w,
    const gfloat *bias)
{
  gfloat *packed = g_malloc (mn_pack_size (tile, n, k, run) * sizeof (gfloat));

  mn_pack_weights (tile, n, k, run, w, k, 1, bias, packed);
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
  output.raw = NULL;
  output.block = g_new (gfloat, n + 2 * GUARD);
  output.data = output.block + GUARD;
  for (i = 0; i < n + 2 * GUARD; i++)
    output.block[i] = i < GUARD || i >= n + GUARD ? sentinel () : NAN;
  return output;
}

void
output_free (Output *output)
{
  g_clear_pointer (&output->block, g_free);
  g_clear_pointer (&output->raw, g_free);
}

/* A NaN that no kernel computes. */
#define RAW_SENTINEL 0x7fed

gpointer
output_begin (const Subject *s, Output *output)
{
  gsize i;

  if (!s->kernels.widen)
    return output->data;
  output->raw = g_new (guint16, output->n + 2 * GUARD);
  for (i = 0; i < output->n + 2 * GUARD; i++)
    output->raw[i] = RAW_SENTINEL;
  return output->raw + GUARD;
}

void
output_end (const Subject *s, Output *output)
{
  gsize i;

  if (!s->kernels.widen)
    return;
  for (i = 0; i < GUARD; i++) {
    g_assert_cmphex (output->raw[i], ==, RAW_SENTINEL);
    g_assert_cmphex (output->raw[output->n + GUARD + i], ==, RAW_SENTINEL);
  }
  for (i = 0; i < output->n; i++) {
    if (output->raw[GUARD + i] != RAW_SENTINEL)
      s->kernels.widen (1, output->raw + GUARD + i, output->data + i);
  }
}

void
output_check_guards (const Output *output)
{
  gsize i;

  for (i = 0; i < GUARD; i++) {
    g_assert_cmpfloat (output->block[i], ==, sentinel ());
    g_assert_cmpfloat (output->data[output->n + i], ==, sentinel ());
  }
}

gboolean
pad_strides (const Subject *s, gsize n, gsize *a, gsize *b)
{
  gsize step = s->kernels.dwconv[MN_DWCONV_3X3S1].tile.step;

  if (random_int (0, 2) > 0)
    return FALSE;
  n = (n + step - 1) / step * step;
  *a = n + step * random_int (0, 1);
  *b = n + step * random_int (0, 1);
  return TRUE;
}

void
output_forget (Output *got, gsize n, gsize stride)
{
  gsize i;

  for (i = 0; i < got->n; i++) {
    if (i % stride >= n)
      got->data[i] = NAN;
  }
}

void
output_compare (const Output *got, const Output *want, gfloat tolerance,
    gfloat least, const gchar *what)
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

gfloat
steepness (MnAct act)
{
  return act.kind == MN_ACT_KIND_HARD_SWISH ? 1.5f : 1;
}

gfloat
sum_size (gsize k)
{
  return sqrtf (k);
}
