/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Averages and maxima over windows, and means over the whole. */

#include "tests/kernels/support.h"

static void
pool_once (const Subject *s, gboolean average)
{
  MnPoolArgs args = {
    0,
  };
  gsize filter = random_int (1, 4), stride = random_int (1, 3);
  gsize h = random_int (1, 9), w = random_int (1, 9), c = random_int (1, 40);
  gboolean same = random_int (0, 1);
  gsize out_h = same ? (h + stride - 1) / stride
      : h < filter   ? 0
                     : (h - filter) / stride + 1;
  gsize out_w = same ? (w + stride - 1) / stride
      : w < filter   ? 0
                     : (w - filter) / stride + 1;
  g_autofree gfloat *in = random_values (s, h * w * c);
  g_autofree gpointer in_stored = elements (s, in, h * w * c);
  Output got = output_new (out_h * out_w * c);
  Output want = output_new (out_h * out_w * c);

  args.in_h = h;
  args.in_w = w;
  args.channels = c;
  args.out_w = out_w;
  args.filter_h = args.filter_w = filter;
  args.stride_h = args.stride_w = stride;
  if (same && (out_h - 1) * stride + filter > h)
    args.pad_top = ((out_h - 1) * stride + filter - h) / 2;
  if (same && (out_w - 1) * stride + filter > w)
    args.pad_left = ((out_w - 1) * stride + filter - w) / 2;
  args.act = random_act ();
  (average ? s->kernels.average_pool : s->kernels.max_pool) (0, out_h,
      in_stored, output_begin (s, &got), &args);
  output_end (s, &got);
  (average ? s->plain.average_pool : s->plain.max_pool) (0, out_h, in,
      want.data, &args);
  output_compare (&got, &want, 1e-5f + s->rounding, 1,
      average ? "average" : "max");
  output_free (&got);
  output_free (&want);
}

static void
test_pool (const Subject *s)
{
  guint i;

  for (i = 0; i < 200; i++)
    pool_once (s, i & 1);
}

static void
test_mean (const Subject *s)
{
  guint i;

  for (i = 0; i < 100; i++) {
    gsize n = random_int (1, 50), c = random_int (1, 70);
    gsize stride = c + random_int (0, 3);
    gsize n_x = (n - 1) * stride + c;
    g_autofree gfloat *x = random_values (s, n_x);
    g_autofree gpointer x_stored = elements (s, x, n_x);
    Output got = output_new (c), want = output_new (c);

    s->kernels.mean (n, c, stride, 1.0f / n, x_stored, got.data);
    s->plain.mean (n, c, stride, 1.0f / n, x, want.data);
    output_compare (&got, &want, 2e-5f, 1, "mean");
    output_free (&got);
    output_free (&want);
  }
}

void
add_pool2d_tests (void)
{
  add_subject_test ("pool", test_pool);
  add_subject_test ("mean", test_mean);
}
