/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Depthwise convolutions against the plain one. */

#include "tests/kernels/support.h"

typedef struct
{
  MnDwconvKind kind;
  gsize h, w, c, multiplier, kernel_h, kernel_w, stride, dilation;
  gboolean same;
  gsize margin; /* around the picture, where it is not same */
} Shape;

static gsize
out_size (gsize in, gsize kernel, gsize stride, gsize dilation, gboolean same,
    gsize margin, gsize *pad)
{
  gsize reach = (kernel - 1) * dilation + 1, out, need;

  *pad = margin;
  in += 2 * margin;
  if (!same)
    return in < reach ? 0 : (in - reach) / stride + 1;
  out = (in + stride - 1) / stride;
  need = (out - 1) * stride + reach;
  *pad = need > in ? (need - in) / 2 : 0;
  return out;
}

static void
run (const MnKernels *kernels, const Shape *p, gsize out_h, gconstpointer in,
    const gfloat *w, const gfloat *bias, gpointer out, const MnDwconvArgs *args)
{
  const MnTile *tile = &kernels->dwconv[p->kind].tile;
  MnDwconvFunc func = kernels->dwconv[p->kind].func;
  gsize n = mn_pack_n_tiles (tile, args->channels);
  gsize k = p->kernel_h * p->kernel_w;
  g_autofree gfloat *packed = pack (tile, args->channels, k, p->kernel_w, w,
      bias);
  gsize middle;

  if (args->sums || random_int (0, 1)) {
    middle = random_int (0, n);
    func (0, out_h, 0, middle, in, packed, out, args);
    func (0, out_h, middle, n, in, packed, out, args);
  } else {
    middle = random_int (0, out_h);
    func (0, middle, 0, n, in, packed, out, args);
    func (middle, out_h, 0, n, in, packed, out, args);
  }
}

static void
dwconv_once (const Subject *s, const Shape *p)
{
  gsize pad_top, pad_left, n = p->c * p->multiplier;
  gsize out_h = out_size (p->h, p->kernel_h, p->stride, p->dilation, p->same,
      p->margin, &pad_top);
  gsize out_w = out_size (p->w, p->kernel_w, p->stride, p->dilation, p->same,
      p->margin, &pad_left);
  gsize in_stride = p->c + random_int (0, 2);
  gsize out_stride = n + random_int (0, 2), size;
  gboolean padded = p->multiplier == 1
      && pad_strides (s, n, &in_stride, &out_stride);
  gsize n_in = p->h * p->w * in_stride;
  g_autofree gfloat *in = random_values (s, n_in);
  g_autofree gpointer in_stored = elements (s, in, n_in);
  g_autofree gfloat *w = random_values (s, n * p->kernel_h * p->kernel_w);
  g_autofree gfloat *bias = random_floats (n);
  MnDwconvArgs args = {p->h, p->w, in_stride, out_w, out_stride, n,
    p->multiplier, p->kernel_h, p->kernel_w, p->stride, p->stride, p->dilation,
    p->dilation, pad_top, pad_left, NULL, padded, random_act ()};
  g_autofree gchar *what = g_strdup_printf (
      "%s dwconv kind %d %zux%zux%zu "
      "times %zu, kernel %zux%zu stride %zu dilation %zu same %d margin %zu "
      "act %d",
      s->level, p->kind, p->h, p->w, p->c, p->multiplier, p->kernel_h,
      p->kernel_w, p->stride, p->dilation, p->same, p->margin, args.act.kind);
  gboolean sums = random_int (0, 1);
  Output got, want, got_sums, want_sums;

  if (out_h == 0 || out_w == 0)
    return;
  /* Of a table that stores something narrower this one is for floats. */
  if (p->kind == MN_DWCONV_MULTIPLIER && s->kernels.widen)
    return;
  size = (out_h * out_w - 1) * out_stride + (padded ? out_stride : n);
  got = output_new (size);
  want = output_new (size);
  got_sums = output_new (n);
  want_sums = output_new (n);
  args.sums = sums ? got_sums.data : NULL;
  run (&s->kernels, p, out_h, in_stored, w, bias, output_begin (s, &got),
      &args);
  output_end (s, &got);
  if (padded)
    output_forget (&got, n, out_stride);
  args.sums = sums ? want_sums.data : NULL;
  run (&s->plain, p, out_h, in, w, bias, want.data, &args);
  output_compare (&got, &want, 1e-5f + s->rounding, 1, what);
  output_compare (&got_sums, &want_sums, 5e-5f, 1, what);
  output_free (&got);
  output_free (&want);
  output_free (&got_sums);
  output_free (&want_sums);
}

static void
test_squares (const Subject *s)
{
  const gsize widths[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 14, 15, 28, 29};
  gsize step = s->kernels.dwconv[MN_DWCONV_3X3S1].tile.step;
  const gsize channels[] = {
    1, step - 1, step, step + 1, 2 * step, 3 * step - 1,
    17 * step + 1 /* more than the channels that go together */
  };
  guint i, j, kind, same;

  for (i = 0; i < G_N_ELEMENTS (widths); i++) {
    for (j = 0; j < G_N_ELEMENTS (channels); j++) {
      for (kind = MN_DWCONV_3X3S1; kind <= MN_DWCONV_5X5S2; kind++) {
        for (same = 0; same < 2; same++) {
          gsize size = kind <= MN_DWCONV_3X3S2 ? 3 : 5;
          gsize stride = kind == MN_DWCONV_3X3S1 || kind == MN_DWCONV_5X5S1 ? 1
                                                                            : 2;
          Shape p = {kind, random_int (1, 9), widths[i], channels[j], 1, size,
            size, stride, 1, same};

          dwconv_once (s, &p);
          p.h = p.w;
          dwconv_once (s, &p);
        }
      }
    }
  }
}

/* Whole outputs that have no tap in the picture. */
static void
test_margins (const Subject *s)
{
  guint kind, i;

  for (kind = MN_DWCONV_3X3S1; kind <= MN_DWCONV_5X5S2; kind++) {
    for (i = 0; i < 40; i++) {
      gsize size = kind <= MN_DWCONV_3X3S2 ? 3 : 5;
      gsize stride = kind == MN_DWCONV_3X3S1 || kind == MN_DWCONV_5X5S1 ? 1 : 2;
      Shape p = {kind, random_int (1, 9), random_int (1, 9), random_int (1, 40),
        1, size, size, stride, 1, FALSE, random_int (1, 2 * size)};

      dwconv_once (s, &p);
    }
  }
}

static void
test_any (const Subject *s)
{
  guint i;

  for (i = 0; i < 400; i++) {
    Shape p = {random_int (MN_DWCONV_ANY, MN_DWCONV_MULTIPLIER),
      random_int (1, 12), random_int (1, 12), random_int (1, 40), 1,
      random_int (1, 7), random_int (1, 7), random_int (1, 3),
      random_int (1, 3), random_int (0, 1)};

    if (p.kind == MN_DWCONV_MULTIPLIER)
      p.multiplier = random_int (1, 3);
    dwconv_once (s, &p);
  }
}

void
add_dwconv_tests (void)
{
  add_subject_test ("dwconv-squares", test_squares);
  add_subject_test ("dwconv-margins", test_margins);
  add_subject_test ("dwconv-any", test_any);
}
