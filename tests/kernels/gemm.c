/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Matrix products against the plain ones. */

#include "tests/kernels/support.h"

#include <math.h>

static void
gemm_once (const Subject *s, gsize m, gsize n, gsize k)
{
  gsize a_stride = k + random_int (0, 3), c_stride = n + random_int (0, 3);
  gsize r_stride = n + random_int (0, 2);
  gboolean padded = pad_strides (s, n, &c_stride, &r_stride);
  gsize n_c = (m - 1) * c_stride + (padded ? c_stride : n);
  gsize n_a = (m - 1) * a_stride + k, n_residual = m * r_stride;
  g_autofree gfloat *a = random_values (s, n_a);
  g_autofree gfloat *w = random_values (s, n * k);
  g_autofree gfloat *bias = random_floats (n);
  g_autofree gfloat *scale = random_floats (k);
  g_autofree gfloat *residual = random_values (s, n_residual);
  g_autofree gpointer a_stored = elements (s, a, n_a);
  g_autofree gpointer residual_stored = elements (s, residual, n_residual);
  g_autofree gfloat *scratch = g_malloc (MIN (m, s->kernels.gemm.tile.most_rows)
      * k * sizeof (gfloat));
  const gfloat *b = random_int (0, 3) ? bias : NULL;
  g_autofree gfloat *packed = pack (&s->kernels.gemm.tile, n, k, k, w, b);
  g_autofree gfloat *plain = pack (&s->plain.gemm.tile, n, k, k, w, b);
  MnGemmArgs args = {k, n, a_stride, c_stride, r_stride,
    random_int (0, 1) ? scale : NULL, random_int (0, 1) ? residual : NULL,
    scratch, padded, random_act ()};
  Output got = output_new (n_c);
  Output want = output_new (n_c);
  g_autofree gchar
      *what = g_strdup_printf ("%s gemm m %zu n %zu k %zu "
                               "scale %d residual %d padded %d act %d",
          s->level, m, n, k, !!args.scale, !!args.residual, padded,
          args.act.kind);

  s->plain.gemm.func (m, a, plain, want.data, &args);
  if (args.residual)
    args.residual = residual_stored;
  s->kernels.gemm.func (m, a_stored, packed, output_begin (s, &got), &args);
  output_end (s, &got);
  if (padded)
    output_forget (&got, n, c_stride);
  /* The scaled rows are rounded too: k errors that mostly cancel. */
  output_compare (&got, &want,
      2e-5f
          + s->sum_rounding * (args.scale ? 2 + sqrtf (k) / 4 : 1)
              * steepness (args.act),
      sum_size (k), what);
  output_free (&got);
  output_free (&want);
}

static void
test_gemm (const Subject *s)
{
  gsize width = s->kernels.gemm.tile.width, step = s->kernels.gemm.tile.step;
  gsize rows = s->kernels.gemm.tile.rows;
  const gsize ns[] = {1, step - 1, step, step + 1, 2 * step - 1, 2 * step,
    width - 1, width, width + 1, 2 * width, 2 * width + step + 1};
  const gsize ms[] = {1, 2, rows - 1, rows, rows + 1, 3 * rows - 1, 49};
  const gsize ks[] = {1, 2, 3, step - 1, step, step + 1, 67};
  guint i, j, l;

  for (i = 0; i < G_N_ELEMENTS (ns); i++) {
    for (j = 0; j < G_N_ELEMENTS (ms); j++) {
      for (l = 0; l < G_N_ELEMENTS (ks); l++)
        gemm_once (s, MAX (ms[j], 1), MAX (ns[i], 1), MAX (ks[l], 1));
    }
  }
  for (i = 0; i < 100; i++)
    gemm_once (s, random_int (1, 60), random_int (1, 150), random_int (1, 300));
  /* Weights that pass but once. */
  for (i = 0; i < 40; i++)
    gemm_once (s, random_int (1, 200), random_int (170, 300),
        random_int (200, 300));
}

/* Parts of the columns, as threads take them, fit together. */
static void
gemm_parts (const Subject *s, gsize n)
{
  const MnTile *tile = &s->kernels.gemm.tile;
  gsize m = 13, k = 31, i;
  g_autofree gfloat *a = random_values (s, m * k);
  g_autofree gpointer a_stored = elements (s, a, m * k);
  g_autofree gfloat *w = random_values (s, n * k);
  g_autofree gfloat *packed = pack (tile, n, k, k, w, NULL);
  guint8 *to;
  MnGemmArgs args = {
    k, n, k, n, 0, NULL, NULL, NULL, FALSE, mn_act (MN_ACT_NONE)};
  Output whole = output_new (m * n), parts = output_new (m * n);

  s->kernels.gemm.func (m, a_stored, packed, output_begin (s, &whole), &args);
  to = output_begin (s, &parts);
  for (i = 0; i < mn_pack_n_tiles (tile, n); i++) {
    gsize first = mn_pack_first (tile, n, i);

    args.n = mn_pack_first (tile, n, i + 1) - first;
    s->kernels.gemm.func (m, a_stored,
        packed + mn_pack_offset (tile, n, k, k, i),
        to + first * mn_element_size (s->kernels.element), &args);
  }
  output_end (s, &whole);
  output_end (s, &parts);
  output_compare (&parts, &whole, 0, 1, "parts of a gemm");
  output_free (&whole);
  output_free (&parts);
}

static void
test_gemm_parts (const Subject *s)
{
  const MnTile *tile = &s->kernels.gemm.tile;

  gemm_parts (s, 3 * tile->width + tile->step + 1);
  gemm_parts (s, 3 * tile->width + 1);
  gemm_parts (s, tile->width + tile->step);
}

static void
matvec_once (const Subject *s, gsize n, gsize k)
{
  const MnTile *tile = &s->kernels.matvec.tile;
  g_autofree gfloat *x = random_values (s, k);
  /* A model's file aligns its weights to a float. */
  g_autofree gfloat *weights = random_values (s, n * k + 1);
  const gfloat *w = weights + random_int (0, 1);
  g_autofree gfloat *bias = random_floats (n);
  g_autofree gfloat *residual = random_floats (n);
  const gfloat *b = random_int (0, 3) ? bias : NULL;
  g_autofree gfloat *packed = tile->packing == MN_PACK_NOT
      ? NULL
      : pack (tile, n, k, k, w, b);
  MnMatvecArgs args = {k, n, random_int (1, 5) / 3.0f, b,
    random_int (0, 1) ? residual : NULL, random_act ()};
  Output got = output_new (n), want = output_new (n);
  gsize tiles = mn_pack_n_tiles (tile, n), middle;
  g_autofree gchar *what = g_strdup_printf ("%s matvec n %zu k %zu act %d",
      s->level, n, k, args.act.kind);

  middle = random_int (0, tiles);
  s->kernels.matvec.func (middle, tiles, x, packed ? packed : w, got.data,
      &args);
  s->kernels.matvec.func (0, middle, x, packed ? packed : w, got.data, &args);
  s->plain.matvec.func (0, n, x, w, want.data, &args);
  output_compare (&got, &want, 2e-5f, sum_size (k), what);
  output_free (&got);
  output_free (&want);
}

static void
test_matvec (const Subject *s)
{
  gsize width = s->kernels.matvec.tile.width;
  gsize step = s->kernels.matvec.tile.step, n, k;

  for (n = 1; n <= width + step + 1; n++) {
    for (k = 1; k <= 18; k++)
      matvec_once (s, n, k);
    matvec_once (s, n, 301);
  }
  for (k = 28; k <= 70; k += 3)
    matvec_once (s, 5 * width + 3, k);
  matvec_once (s, 1001, 1024);
}

void
add_gemm_tests (void)
{
  add_subject_test ("gemm", test_gemm);
  add_subject_test ("gemm-parts", test_gemm_parts);
  add_subject_test ("matvec", test_matvec);
}
