/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Convolutions against the plain one. */

#include "tests/kernels/support.h"

typedef struct
{
  gsize h, w, c, n, kernel_h, kernel_w, stride, dilation;
  gboolean same;
} Shape;

/* Output size and the padding in front, as TensorFlow counts them; 0: the
 * kernel does not fit. */
static gsize
out_size (gsize in, gsize kernel, gsize stride, gsize dilation, gboolean same,
    gsize *pad)
{
  gsize reach = (kernel - 1) * dilation + 1, out, need;

  *pad = 0;
  if (!same)
    return in < reach ? 0 : (in - reach) / stride + 1;
  out = (in + stride - 1) / stride;
  need = (out - 1) * stride + reach;
  *pad = need > in ? (need - in) / 2 : 0;
  return out;
}

static void
conv_once (const Subject *s, const Shape *p)
{
  gsize k = p->kernel_h * p->kernel_w * p->c, pad_top, pad_left, middle;
  gsize out_h = out_size (p->h, p->kernel_h, p->stride, p->dilation, p->same,
      &pad_top);
  gsize out_w = out_size (p->w, p->kernel_w, p->stride, p->dilation, p->same,
      &pad_left);
  gsize in_stride = p->c + (random_int (0, 3) ? 0 : 2);
  gsize out_stride = p->n + random_int (0, 1), r_stride = p->n;
  gboolean padded = pad_strides (s, p->n, &out_stride, &r_stride);
  gsize size = out_h * out_w > 0
      ? (out_h * out_w - 1) * out_stride + (padded ? out_stride : p->n)
      : 0;
  gsize n_in = (p->h * p->w - 1) * in_stride + p->c, run = p->kernel_w * p->c;
  gsize n_residual = out_h * out_w * r_stride;
  g_autofree gfloat *in = random_values (s, n_in);
  g_autofree gfloat *w = random_values (s, p->n * k);
  g_autofree gfloat *bias = random_floats (p->n);
  g_autofree gfloat *residual = random_values (s, n_residual);
  g_autofree gpointer in_stored = elements (s, in, n_in);
  g_autofree gpointer residual_stored = elements (s, residual, n_residual);
  g_autofree gfloat *packed = pack (&s->kernels.conv.tile, p->n, k, run, w,
      bias);
  g_autofree gfloat *plain = pack (&s->plain.conv.tile, p->n, k, run, w, bias);
  MnConvArgs args = {p->h, p->w, p->c, in_stride, out_w, p->n, out_stride,
    r_stride, p->kernel_h, p->kernel_w, p->stride, p->stride, p->dilation,
    p->dilation, pad_top, pad_left, random_int (0, 1) ? residual : NULL, padded,
    random_act ()};
  g_autofree gchar
      *what = g_strdup_printf ("%s conv %zux%zux%zu to %zu, "
                               "kernel %zux%zu stride %zu dilation %zu same %d",
          s->level, p->h, p->w, p->c, p->n, p->kernel_h, p->kernel_w, p->stride,
          p->dilation, p->same);
  Output got, want;
  gpointer to;

  if (size == 0)
    return;
  got = output_new (size);
  want = output_new (size);
  middle = random_int (0, out_h);
  s->plain.conv.func (0, out_h, in, plain, want.data, &args);
  if (args.residual)
    args.residual = residual_stored;
  to = output_begin (s, &got);
  s->kernels.conv.func (middle, out_h, in_stored, packed, to, &args);
  s->kernels.conv.func (0, middle, in_stored, packed, to, &args);
  output_end (s, &got);
  if (padded)
    output_forget (&got, p->n, out_stride);
  output_compare (&got, &want, 2e-5f + s->sum_rounding * steepness (args.act),
      sum_size (k), what);
  output_free (&got);
  output_free (&want);
}

static void
test_stem (const Subject *s)
{
  const gsize widths[] = {1, 2, 3, 15, 16, 17, 18, 31, 33, 81};
  const gsize ns[] = {1, 8, 15, 16, 17, 24, 32, 49};
  guint i, j, same;

  for (i = 0; i < G_N_ELEMENTS (widths); i++) {
    for (j = 0; j < G_N_ELEMENTS (ns); j++) {
      for (same = 0; same < 2; same++) {
        Shape p = {7, widths[i], 3, ns[j], 3, 3, 2, 1, same};

        conv_once (s, &p);
        p.c = 1;
        conv_once (s, &p);
      }
    }
  }
}

static void
test_any (const Subject *s)
{
  guint i;

  for (i = 0; i < 400; i++) {
    Shape p = {random_int (1, 12), random_int (1, 20), random_int (1, 20),
      random_int (1, 60), random_int (1, 5), random_int (1, 5),
      random_int (1, 3), random_int (0, 2) ? 1 : random_int (2, 3),
      random_int (0, 1)};

    conv_once (s, &p);
  }
}

void
add_conv_tests (void)
{
  add_subject_test ("conv-stem", test_stem);
  add_subject_test ("conv-any", test_any);
}
