/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Convolutions, sums and products of bytes against the plain ones, bit for
 * bit. */

#include "tests/kernels/support.h"

#include <string.h>

#define GUARD 32

static guint8 *
random_bytes (gsize n)
{
  guint8 *data = g_malloc (n);
  gsize i;

  for (i = 0; i < n; i++)
    data[i] = random_int (0, 255);
  return data;
}

static MnBytes
random_quant (void)
{
  const gint32 zeros[] = { 0, 128, 255, 77 };

  return (MnBytes) {
  random_int (1, 100) / 300.0f, zeros[random_int (0, 3)],
        random_int (0, 1) ? 0x80 : 0};
}

/* n bytes between guards, all 0xA5. */
static guint8 *
guarded_new (gsize n)
{
  guint8 *block = g_malloc (n + 2 * GUARD);

  memset (block, 0xa5, n + 2 * GUARD);
  return block;
}

static void
guarded_compare (const guint8 * got, const guint8 * want, gsize n,
    const gchar * what)
{
  gsize i;

  for (i = 0; i < n + 2 * GUARD; i++) {
    if (got[i] != want[i])
      g_error ("%s: byte %" G_GSSIZE_FORMAT " of %" G_GSIZE_FORMAT
          " is %u, not %u", what, (gssize) i - GUARD, n, got[i], want[i]);
  }
}

typedef struct
{
  MnQConvArgs args;
  gsize out_h, k;
  gboolean depthwise;
  const guint8 *x;
  const gint32 *constants;      /* bias, multipliers, lefts, rights */
  const MnQWeights *weights;
} Case;

/* One table's result, in blocks of exactly what it may touch. */
static guint8 *
compute (const MnQKernels * kernels, const Case * c)
{
  MnQConvArgs args = c->args;
  gsize n = args.out_c, i;
  gsize padded = (n + kernels->step - 1) / kernels->step * kernels->step;
  gsize size = mn_qpack_size (kernels, c->depthwise, n, c->k);
  g_autofree gint16 *w = g_new (gint16, size);
  g_autofree gint32 *by_channel = g_new0 (gint32, 4 * padded);
  g_autofree gpointer scratch = g_malloc (mn_qconv_scratch (kernels, n, c->k));
  gsize middle = random_int (0, c->out_h);
  MnQConvFunc func = c->depthwise ? kernels->dwconv : kernels->conv;
  guint8 *y = guarded_new (c->out_h * args.out_w * n);

  for (i = 0; i < 4; i++)
    memcpy (by_channel + i * padded, c->constants + i * n, n * 4);
  mn_qpack (kernels, c->depthwise, n, c->k, c->weights, w);
  args.weights = w;
  args.bias = by_channel;
  args.multipliers = by_channel + padded;
  args.lefts = by_channel + 2 * padded;
  args.rights = by_channel + 3 * padded;
  func (middle, c->out_h, c->x, y + GUARD, scratch, &args);
  func (0, middle, c->x, y + GUARD, scratch, &args);
  return y;
}

static void
random_constants (gsize n, gint32 * out)
{
  gsize i;

  for (i = 0; i < n; i++) {
    MnFactor f = mn_factor (random_int (1, 1000) / 300000.0
        * (random_int (0, 9) ? 1 : 600));

    out[i] = random_int (-20000, 20000);
    out[n + i] = f.multiplier;
    out[2 * n + i] = MAX (f.shift, 0);
    out[3 * n + i] = MAX (-f.shift, 0);
  }
}

static void
conv_once (const Subject * s, gboolean depthwise)
{
  const gint channels[] = { 1, 3, 7, 8, 9, 15, 16, 17, 31, 33, 50 };
  const gint kernels[] = { 1, 3, 5, 2 };
  Case c = { {random_int (1, 9), random_int (1, 9)}, };
  MnQConvArgs *a = &c.args;
  gsize i, n_x;

  c.depthwise = depthwise;
  a->in_c = channels[random_int (0, 10)];
  a->multiplier = depthwise ? random_int (1, 3) : 1;
  a->out_c = depthwise ? a->in_c * a->multiplier
      : (gsize) channels[random_int (0, 10)];
  a->kernel_h = kernels[random_int (0, 3)];
  a->kernel_w = random_int (0, 3) ? a->kernel_h : kernels[random_int (0, 3)];
  a->stride_h = random_int (1, 2);
  a->stride_w = random_int (1, 2);
  a->dilation_h = random_int (0, 3) ? 1 : 2;
  a->dilation_w = random_int (0, 3) ? 1 : 2;
  a->pad_top = random_int (0, a->kernel_h - 1);
  a->pad_left = random_int (0, a->kernel_w - 1);
  c.out_h = random_int (1, 7);
  a->out_w = random_int (1, 9);
  a->x = random_quant ();
  a->y = random_quant ();
  a->lo = random_int (0, 3) ? 0 : a->y.zero;
  a->hi = random_int (0, 3) || a->lo > 180 ? 255 : 180;
  c.k = a->kernel_h * a->kernel_w * (depthwise ? 1 : a->in_c);
  n_x = a->in_h * a->in_w * a->in_c;
  {
    g_autofree guint8 *x = random_bytes (n_x);
    g_autofree guint8 *w = random_bytes (c.k * a->out_c);
    g_autofree gint32 *constants = g_new (gint32, 4 * a->out_c);
    g_autofree gint64 *zero = g_new (gint64, a->out_c);
    MnQWeights weights = { w, random_int (0, 1), depthwise ? a->out_c : 1,
      depthwise ? 1 : c.k, zero, random_int (0, 1)
    };
    g_autofree guint8 *got = NULL, *want = NULL;
    g_autofree gchar *what = g_strdup_printf ("%s %s in %zux%zux%zu out "
        "%zux%zux%zu kernel %dx%d", s->level, depthwise ? "depthwise"
        : "conv", a->in_h, a->in_w, a->in_c, c.out_h, a->out_w, a->out_c,
        a->kernel_h, a->kernel_w);

    for (i = 0; i < a->out_c; i++)
      zero[i] = weights.is_signed ? 0 : random_int (0, 255);
    random_constants (a->out_c, constants);
    c.x = x;
    c.constants = constants;
    c.weights = &weights;
    got = compute (&s->kernels.quant, &c);
    want = compute (&s->plain.quant, &c);
    guarded_compare (got, want, c.out_h * a->out_w * a->out_c, what);
  }
}

static void
test_conv (const Subject * s)
{
  gint i;

  for (i = 0; i < 400; i++)
    conv_once (s, FALSE);
}

static void
test_dwconv (const Subject * s)
{
  gint i;

  for (i = 0; i < 400; i++)
    conv_once (s, TRUE);
}

static void
test_binary (const Subject * s)
{
  gint i, op;

  for (i = 0; i < 300; i++) {
    gsize n = random_int (1, 70), a_step = random_int (0, 3) > 0, b_step =
        random_int (0, 3) > 0;
    g_autofree guint8 *a = random_bytes (a_step ? n : 1);
    g_autofree guint8 *b = random_bytes (b_step ? n : 1);
    MnQBinaryArgs args = { random_quant (), random_quant (),
      random_quant (), 0, 255
    };

    for (op = 0; op < 3; op++) {
      const MnQKernels *k = &s->kernels.quant, *p = &s->plain.quant;
      MnQBinaryFunc func = op == 0 ? k->add : op == 1 ? k->sub : k->mul;
      MnQBinaryFunc plain = op == 0 ? p->add : op == 1 ? p->sub : p->mul;
      g_autofree guint8 *got = guarded_new (n), *want = guarded_new (n);

      if (op == 2)
        mn_qmul_prepare (&args);
      else
        mn_qadd_prepare (&args);
      func (n, a, a_step, b, b_step, got + GUARD, &args);
      plain (n, a, a_step, b, b_step, want + GUARD, &args);
      guarded_compare (got, want, n, s->level);
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  random_init ();
  add_subject_test ("int8-conv", test_conv);
  add_subject_test ("int8-depthwise", test_dwconv);
  add_subject_test ("int8-binary", test_binary);
  return g_test_run ();
}
