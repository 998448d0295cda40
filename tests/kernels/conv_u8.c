/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Convolutions, sums and products of bytes against the plain ones, bit for
 * bit. */

#include "engine/cpu/kernels/pack_u8.h"
#include "engine/cpu/kernels/prepare_u8.h"
#include "tests/kernels/support.h"

#include <math.h>
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
  const gint32 zeros[] = {0, 128, 255, 77};

  return (MnBytes) {random_int (1, 100) / 300.0f, zeros[random_int (0, 3)],
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
guarded_compare (const guint8 *got, const guint8 *want, gsize n,
    const gchar *what)
{
  gsize i;

  for (i = 0; i < n + 2 * GUARD; i++) {
    if (got[i] != want[i])
      g_error ("%s: byte %" G_GSSIZE_FORMAT " of %" G_GSIZE_FORMAT
               " is %u, not %u",
          what, (gssize) i - GUARD, n, got[i], want[i]);
  }
}

/* How many cases the kernels of 8-bit products took. */
static guint n_8bit, n_narrow;

typedef struct
{
  MnConvU8Args args;
  gsize out_h, k;
  gboolean depthwise;
  const guint8 *x;
  const gint32 *constants; /* bias, multipliers, lefts, rights */
  const MnByteWeights *weights;
} Case;

/* One table's result, in blocks of exactly what it may touch. */
static guint8 *
compute (const MnU8Kernels *kernels, const Case *c)
{
  MnConvU8Args args = c->args;
  gsize n = args.out_c, i;
  gsize padded = (n + kernels->step - 1) / kernels->step * kernels->step;
  gsize size = mn_u8_s16_size (kernels, c->depthwise, n, c->k);
  g_autofree gint16 *w = g_new (gint16, size);
  g_autofree gint32 *by_channel = g_new0 (gint32, 4 * padded);
  g_autofree gpointer scratch = g_malloc (mn_u8_s16_scratch (kernels, n, c->k));
  gsize middle = random_int (0, c->out_h);
  MnConvU8S16Func func = c->depthwise ? kernels->dwconv : kernels->conv;
  guint8 *y = guarded_new (c->out_h * args.out_w * n);

  for (i = 0; i < 4; i++)
    memcpy (by_channel + i * padded, c->constants + i * n, n * 4);
  mn_u8_s16_pack (kernels, c->depthwise, n, c->k, c->weights, w);
  args.weights = w;
  args.bias = by_channel;
  args.multipliers = by_channel + padded;
  args.lefts = by_channel + 2 * padded;
  args.rights = by_channel + 3 * padded;
  func (middle, c->out_h, c->x, y + GUARD, scratch, &args);
  func (0, middle, c->x, y + GUARD, scratch, &args);
  return y;
}

/* The kernels of 8-bit products, in two parts of either kind; NULL where they
 * do not take this. */
static guint8 *
compute8 (const MnU8Kernels *kernels, const Case *c, const guint8 *table,
    gboolean narrow)
{
  const MnU8S8Kernels *s8 = &kernels->s8;
  MnConvU8Args args = c->args;
  gsize n = args.out_c, i, units, tiles, middle, tile;
  g_autofree gint32 *by_channel = g_memdup2 (c->constants, 16 * n);
  g_autofree gpointer scratch = NULL;
  g_autofree guint8 *packed = NULL;
  MnConvU8S8Func func = c->depthwise ? s8->dwconv : s8->conv;
  guint8 *y;

  args.bias = by_channel;
  args.multipliers = by_channel + n;
  args.lefts = by_channel + 2 * n;
  args.rights = by_channel + 3 * n;
  if (!mn_u8_s8_takes (s8, c->depthwise, &args, c->weights))
    return NULL;
  args.is_narrow = narrow;
  packed = g_malloc (mn_u8_s8_size (s8, c->depthwise, &args));
  mn_u8_s8_pack (s8, c->depthwise, &args, c->weights, packed);
  scratch = g_malloc (mn_u8_s8_scratch (s8, c->depthwise, &args));
  args.packed = packed;
  args.table = table;
  /* They see none of these. */
  args.bias = args.multipliers = args.lefts = args.rights = NULL;
  y = guarded_new (c->out_h * args.out_w * n);
  units = c->depthwise ? c->out_h : c->out_h * args.out_w;
  tiles = mn_u8_s8_tiles (s8, c->depthwise, &args);
  middle = random_int (0, units);
  tile = random_int (0, tiles);
  for (i = 0; i < 2; i++) {
    gsize first = i ? 0 : middle, end = i ? middle : units;

    func (first, end, tile, tiles, c->x, y + GUARD, scratch, &args);
    func (first, end, 0, tile, c->x, y + GUARD, scratch, &args);
  }
  return y;
}

/* Against what the plain ones gave. */
static void
check8 (const Subject *s, const Case *c, const guint8 *want, const gchar *what)
{
  gsize n = c->out_h * c->args.out_w * c->args.out_c, i;
  g_autofree guint8 *table = random_bytes (256);
  g_autofree guint8 *composed = g_malloc (256);
  g_autofree guint8 *got = compute8 (&s->kernels.u8, c, NULL, FALSE);
  g_autofree guint8 *looked_up = NULL;
  g_autofree guint8 *want_looked_up = g_memdup2 (want, n + 2 * GUARD);

  if (!got)
    return;
  n_8bit++;
  guarded_compare (got, want, n, what);
  for (i = 0; i < 256; i++)
    composed[i] =
        table[CLAMP ((gint) i, c->args.lo, c->args.hi) ^ c->args.y.flip];
  for (i = GUARD; i < n + GUARD; i++)
    want_looked_up[i] = table[want[i]];
  if (s->kernels.u8.s8.pack_table)
    s->kernels.u8.s8.pack_table (composed);
  looked_up = compute8 (&s->kernels.u8, c, composed, FALSE);
  guarded_compare (looked_up, want_looked_up, n, what);
  if (mn_u8_s8_can_narrow (&s->kernels.u8.s8, c->depthwise, &c->args,
          c->weights)) {
    g_autofree guint8 *narrow = compute8 (&s->kernels.u8, c, NULL, TRUE);

    n_narrow++;
    guarded_compare (narrow, want, n, what);
  }
}

static void
random_constants (gsize n, gint32 *out)
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

/* Shapes; usual: those that most layers have. */
static void
random_shape (MnConvU8Args *a, gboolean depthwise, gboolean usual)
{
  const gint channels[] = {
    1, 3, 7, 8, 9, 15, 16, 17, 31, 33, 50, 64, 72, 96, 130, 200};
  const gint kernels[] = {1, 3, 5, 2};

  a->in_h = random_int (1, 9);
  a->in_w = random_int (1, 9);
  a->in_c = channels[random_int (0, usual ? 15 : 10)];
  a->multiplier = depthwise && !usual ? random_int (1, 3) : 1;
  a->out_c = depthwise ? a->in_c * a->multiplier
                       : (gsize) channels[random_int (0, usual ? 15 : 10)];
  a->kernel_h = kernels[random_int (0, 3)];
  a->kernel_w = random_int (0, 3) ? a->kernel_h : kernels[random_int (0, 3)];
  if (usual)
    a->kernel_h = a->kernel_w = kernels[random_int (depthwise, 2)];
  a->stride_h = random_int (1, 2);
  a->stride_w = usual ? a->stride_h : random_int (1, 2);
  a->dilation_h = usual || random_int (0, 3) ? 1 : 2;
  a->dilation_w = usual || random_int (0, 3) ? 1 : 2;
  a->pad_top = random_int (0, a->kernel_h - 1);
  a->pad_left = random_int (0, a->kernel_w - 1);
  a->out_w = random_int (1, 9);
  if (usual && random_int (0, 1)) {
    /* All of the picture, and more of it. */
    a->in_w = random_int (1, 40);
    a->out_w = (a->in_w + a->stride_w - 1) / a->stride_w;
  }
  a->x = random_quant ();
  a->y = random_quant ();
  a->lo = random_int (0, 3) ? 0 : a->y.zero;
  a->hi = random_int (0, 3) || a->lo > 180 ? 255 : 180;
  a->n_up = a->out_c;
  if (depthwise && random_int (0, 2) == 0)
    a->n_up = random_int (0, 1) ? 0 : a->out_c / 8 * 8;
}

static void
conv_once (const Subject *s, gboolean depthwise, gboolean usual)
{
  Case c = {
    {0},
  };
  MnConvU8Args *a = &c.args;
  gsize i, n_x;

  random_shape (a, depthwise, usual);
  c.depthwise = depthwise;
  c.out_h = random_int (1, 7);
  c.k = a->kernel_h * a->kernel_w * (depthwise ? 1 : a->in_c);
  n_x = a->in_h * a->in_w * a->in_c;
  {
    g_autofree guint8 *x = random_bytes (n_x);
    g_autofree guint8 *w = random_bytes (c.k * a->out_c);
    g_autofree gint32 *constants = g_new (gint32, 4 * a->out_c);
    g_autofree gint64 *zero = g_new (gint64, a->out_c);
    MnByteWeights weights = {w, random_int (0, 1), depthwise ? a->out_c : 1,
      depthwise ? 1 : c.k, zero, random_int (0, 1)};
    g_autofree guint8 *got = NULL, *want = NULL;
    g_autofree gchar
        *what = g_strdup_printf ("%s %s in %zux%zux%zu out "
                                 "%zux%zux%zu kernel %dx%d stride %dx%d",
            s->level, depthwise ? "depthwise" : "conv", a->in_h, a->in_w,
            a->in_c, c.out_h, a->out_w, a->out_c, a->kernel_h, a->kernel_w,
            a->stride_h, a->stride_w);

    for (i = 0; i < a->out_c; i++)
      zero[i] = weights.is_signed ? 0 : random_int (0, 255);
    random_constants (a->out_c, constants);
    c.x = x;
    c.constants = constants;
    c.weights = &weights;
    got = compute (&s->kernels.u8, &c);
    want = compute (&s->plain.u8, &c);
    guarded_compare (got, want, c.out_h * a->out_w * a->out_c, what);
    check8 (s, &c, want, what);
  }
}

/* Where the level has kernels of 8-bit products, they take signed weights,
 * which every other case has. */
static void
convolutions (const Subject *s, gboolean depthwise)
{
  const MnU8S8Kernels *s8 = &s->kernels.u8.s8;
  gint i;

  n_8bit = n_narrow = 0;
  for (i = 0; i < 400; i++) {
    conv_once (s, depthwise, FALSE);
    conv_once (s, depthwise, TRUE);
  }
  g_assert_true (n_8bit > 100 || !(depthwise ? s8->dwconv : s8->conv));
  g_assert_true (n_narrow > 20 || depthwise || !s8->is_wide);
}

static void
test_conv (const Subject *s)
{
  convolutions (s, FALSE);
}

static void
test_dwconv (const Subject *s)
{
  convolutions (s, TRUE);
}

static void
test_binary (const Subject *s)
{
  gint i, op;

  for (i = 0; i < 300; i++) {
    gsize n = random_int (1, 70), a_step = random_int (0, 3) > 0,
          b_step = random_int (0, 3) > 0;
    g_autofree guint8 *a = random_bytes (a_step ? n : 1);
    g_autofree guint8 *b = random_bytes (b_step ? n : 1);
    MnBinaryU8Args args = {
      random_quant (), random_quant (), random_quant (), 0, 255};

    /* From one that is as large to one of which next to nothing is left. */
    if (random_int (0, 1))
      args.b.scale = ldexpf (args.a.scale, -random_int (0, 31));
    args.scaling = random_int (0, 2);
    for (op = 0; op < 3; op++) {
      const MnU8Kernels *k = &s->kernels.u8, *p = &s->plain.u8;
      MnBinaryU8Func func = op == 0 ? k->add : op == 1 ? k->sub : k->mul;
      MnBinaryU8Func plain = op == 0 ? p->add : op == 1 ? p->sub : p->mul;
      g_autofree guint8 *got = guarded_new (n), *want = guarded_new (n);

      if (op == 2)
        mn_mul_u8_prepare (&args);
      else
        mn_add_u8_prepare (&args);
      func (n, a, a_step, b, b_step, got + GUARD, &args);
      plain (n, a, a_step, b, b_step, want + GUARD, &args);
      guarded_compare (got, want, n, s->level);
    }
  }
}

static void
test_lookup (const Subject *s)
{
  gint i;

  for (i = 0; i < 200; i++) {
    guint n = random_int (1, 300);
    g_autofree guint8 *x = random_bytes (n);
    g_autofree guint8 *table = random_bytes (256);
    g_autofree guint8 *got = guarded_new (n), *want = guarded_new (n);

    s->kernels.u8.lookup (n, x, got + GUARD, table);
    s->plain.u8.lookup (n, x, want + GUARD, table);
    guarded_compare (got, want, n, s->level);
    /* In place. */
    memcpy (got + GUARD, x, n);
    s->kernels.u8.lookup (n, got + GUARD, got + GUARD, table);
    guarded_compare (got, want, n, s->level);
  }
}

/* With halves of a step and what is no number among them. */
static void
test_quantise (const Subject *s)
{
  gint i;

  for (i = 0; i < 200; i++) {
    const gfloat odd[] = {0.5f, 0.49999997f, 1.5f, 2.5f, 1e30f, INFINITY, NAN,
      0, 2147483520.0f, 2147483392.0f, 2147483648.0f, 4e9f};
    guint n = random_int (1, 200), j;
    MnBytes bytes = random_quant ();
    g_autofree gfloat *x = g_new (gfloat, n);
    g_autofree guint8 *got = guarded_new (n), *want = guarded_new (n);

    if (random_int (0, 1))
      bytes.scale = 0.25f;
    for (j = 0; j < n; j++) {
      x[j] = random_int (0, 1) ? odd[random_int (0, 11)] * bytes.scale
                               : random_int (-3000, 3000) / 40.0f;
      if (random_int (0, 1))
        x[j] = -x[j];
    }
    s->kernels.u8.quantise (n, x, got + GUARD, &bytes);
    s->plain.u8.quantise (n, x, want + GUARD, &bytes);
    guarded_compare (got, want, n, s->level);
    s->kernels.u8.quantise_even (n, x, got + GUARD, &bytes);
    s->plain.u8.quantise_even (n, x, want + GUARD, &bytes);
    guarded_compare (got, want, n, s->level);
  }
}

static void
test_mean (const Subject *s)
{
  gint i;

  for (i = 0; i < 300; i++) {
    MnMeanU8Args args = {random_int (1, 60), random_int (1, 150),
      random_quant (), random_quant (), random_int (0, 1)};
    gsize middle = random_int (0, args.channels);
    g_autofree guint8 *x = random_bytes (args.n * args.channels);
    g_autofree guint8 *got = guarded_new (args.channels);
    g_autofree guint8 *want = guarded_new (args.channels);

    mn_mean_u8_prepare (&args);
    s->kernels.u8.mean (middle, args.channels, x, got + GUARD, &args);
    s->kernels.u8.mean (0, middle, x, got + GUARD, &args);
    s->plain.u8.mean (0, args.channels, x, want + GUARD, &args);
    guarded_compare (got, want, args.channels, s->level);
  }
}

/* Every product of two bytes that the factor stands for. */
static void
test_scale (const Subject *s)
{
  guint taken = 0, i, p;

  if (!s->kernels.u8.scale)
    return;
  for (i = 0; i < 100; i++) {
    const gint channels[] = {1, 2, 4, 16, 24, 32, 64, 72, 130, 5};
    MnScaleU8Args args = {channels[random_int (0, 9)],
      {random_quant (), random_quant (), random_quant (), 0, 255}};
    gsize n = random_int (1, 20), size = n * args.channels;
    g_autofree guint8 *a = random_bytes (size);
    g_autofree guint8 *b = random_bytes (args.channels);
    g_autofree guint8 *got = guarded_new (size), *want = guarded_new (size);

    args.binary.lo = random_int (0, 3) ? 0 : args.binary.y.zero;
    mn_mul_u8_prepare (&args.binary);
    if (!mn_scale_u8_prepare (&args))
      continue;
    taken++;
    s->kernels.u8.scale (n, a, b, got + GUARD, &args);
    for (p = 0; p < n; p++)
      mn_mul_u8_ref (args.channels, a + p * args.channels, 1, b, 1,
          want + GUARD + p * args.channels, &args.binary);
    guarded_compare (got, want, size, s->level);
  }
  g_test_message ("%u of 100 products", taken);
  g_assert_cmpuint (taken, >, 10);
}

/* Every sum that the weights stand for, as they are said to be exact. */
static void
test_sum (const Subject *s)
{
  guint taken = 0, i;

  if (!s->kernels.u8.weighted_sum)
    return;
  for (i = 0; i < 200; i++) {
    gsize n = random_int (1, 300);
    gboolean subtract = random_int (0, 3) == 0;
    MnBinaryU8Args args = {
      random_quant (), random_quant (), random_quant (), 0, 255};
    MnWeightedSumU8Args weights;
    g_autofree guint8 *a = random_bytes (n), *b = random_bytes (n);
    g_autofree guint8 *got = guarded_new (n), *want = guarded_new (n);

    args.lo = random_int (0, 3) ? 0 : args.y.zero;
    args.scaling = random_int (0, 2);
    mn_add_u8_prepare (&args);
    if (!mn_weighted_sum_u8_prepare (&s->kernels.u8, subtract, &args, &weights))
      continue;
    taken++;
    s->kernels.u8.weighted_sum (n, a, b, got + GUARD, &weights);
    (subtract ? mn_sub_u8_ref : mn_add_u8_ref) (n, a, 1, b, 1, want + GUARD,
        &args);
    guarded_compare (got, want, n, s->level);
  }
  g_test_message ("%u of 200 sums", taken);
  g_assert_cmpuint (taken, >, 50);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  random_init ();
  add_subject_test ("int8-conv", test_conv);
  add_subject_test ("int8-depthwise", test_dwconv);
  add_subject_test ("int8-binary", test_binary);
  add_subject_test ("int8-lookup", test_lookup);
  add_subject_test ("int8-quantise", test_quantise);
  add_subject_test ("int8-mean", test_mean);
  add_subject_test ("int8-scale", test_scale);
  add_subject_test ("int8-sum", test_sum);
  return g_test_run ();
}
