/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The integer arithmetic of quantised networks on values worked out by hand.
 */

#include "engine/cpu/kernels/prepare_u8.h"
#include "tests/kernels/support.h"

#include <math.h>
#include <string.h>

static const MnBytes plain_bytes = {1, 0, 0};
static const MnBytes signed_bytes = {1, 128, 0x80};

static void
check_factor (gdouble real, gint32 multiplier, gint32 shift)
{
  MnFactor f = mn_factor (real);

  g_assert_cmpint (f.multiplier, ==, multiplier);
  g_assert_cmpint (f.shift, ==, shift);
}

static void
test_factor (void)
{
  check_factor (0, 0, 0);
  check_factor (0.5, 1 << 30, 0);
  check_factor (1, 1 << 30, 1);
  check_factor (0.75, 1610612736, 0);
  check_factor (3, 1610612736, 2);
  check_factor (ldexp (1, -32), 1 << 30, -31);
  /* Rounded up to the next power of two; too small; too large. */
  check_factor (1 - ldexp (1, -40), 1 << 30, 1);
  check_factor (ldexp (1, -40), 0, 0);
  check_factor (ldexp (1, 40), G_MAXINT32, 30);
  check_factor (INFINITY, G_MAXINT32, 30);
}

static void
check_requant (gint32 x, gint32 multiplier, gint32 shift, gint32 away,
    gint32 up)
{
  MnFactor f = {multiplier, shift};

  g_assert_cmpint (mn_requant_away (x, f), ==, away);
  g_assert_cmpint (mn_requant_up (x, f), ==, up);
}

static void
test_requant (void)
{
  check_requant (0, 1 << 30, 0, 0, 0);
  check_requant (1, 1 << 30, 0, 1, 1);
  /* The product's own half goes up in both. */
  check_requant (-1, 1 << 30, 0, 0, 0);
  check_requant (2, 1 << 30, -1, 1, 1);
  check_requant (6, 1 << 30, -1, 2, 2);
  check_requant (-2, 1 << 30, -1, -1, 0);
  check_requant (-6, 1 << 30, -1, -2, -1);
  check_requant (-4, 1 << 30, -1, -1, -1);
  check_requant (5, 1610612736, 2, 15, 15);
  check_requant (-5, 1610612736, 2, -15, -15);
  check_requant (G_MAXINT32, 1 << 30, 0, 1 << 30, 1 << 30);
  check_requant (G_MININT32, 1 << 30, 0, -(1 << 30), -(1 << 30));
  check_requant (G_MAXINT32, G_MAXINT32, 0, G_MAXINT32 - 1, G_MAXINT32 - 1);
  check_requant (G_MININT32, G_MAXINT32, 0, -G_MAXINT32, -G_MAXINT32);
  check_requant (G_MAXINT32, 1 << 30, -31, 1, 1);
  check_requant (G_MININT32, 1 << 30, -31, -1, 0);
}

static void
check_range (MnActivation activation, gint32 lo, gint32 hi)
{
  const MnBytes bytes = {0.05f, 10, 0};
  gint32 got_lo, got_hi;

  mn_bytes_range (&bytes, mn_act (activation), &got_lo, &got_hi);
  g_assert_cmpint (got_lo, ==, lo);
  g_assert_cmpint (got_hi, ==, hi);
}

static void
test_range (void)
{
  const MnBytes bytes = {0.5f, 10, 0x80};

  check_range (MN_ACT_NONE, 0, 255);
  check_range (MN_ACT_RELU, 10, 255);
  check_range (MN_ACT_RELU6, 10, 130);
  check_range (MN_ACT_RELU_N1_TO_1, 0, 30);
  g_assert_cmpint (mn_bytes_quantise (&bytes, 0.25f), ==, 11 ^ 0x80);
  g_assert_cmpint (mn_bytes_quantise (&bytes, -0.25f), ==, 9 ^ 0x80);
  g_assert_cmpint (mn_bytes_quantise (&bytes, 1e9f), ==, 255 ^ 0x80);
  g_assert_cmpint (mn_bytes_quantise (&bytes, -1e9f), ==, 0x80);
}

/* ---- tables ------------------------------------------------------------ */

static void
test_hard_swish (void)
{
  const MnBytes x = {16 / 255.0f, 128, 0};
  const MnBytes y = {8.5f / 255, 12, 0};
  MnBytes x_signed = x, y_signed = y;
  guint8 table[256], flipped[256];
  gint i;

  mn_table_hard_swish (&x, &y, table);
  x_signed.flip = y_signed.flip = 0x80;
  mn_table_hard_swish (&x_signed, &y_signed, flipped);
  for (i = 0; i < 256; i++) {
    gfloat real = x.scale * (i - x.zero);
    gfloat want = real * CLAMP (real + 3, 0, 6) / 6 / y.scale + y.zero;

    g_assert_cmpfloat (fabsf (table[i] - CLAMP (want, 0, 255)), <=, 1.01f);
    if (real <= -3)
      g_assert_cmpint (table[i], ==, y.zero);
    if (real > -1.4f)
      g_assert_cmpint (table[i], >=, table[i - 1]);
    g_assert_cmpint (flipped[i ^ 0x80] ^ 0x80, ==, table[i]);
  }
}

static void
test_tables (void)
{
  const MnBytes x = {0.1f, 100, 0x80}, half = {0.2f, 100, 0x80};
  const MnBytes quarter = {0.4f, 100, 0x80};
  const MnBytes unit = {1 / 256.0f, 0, 0};
  guint8 table[256];
  gint i;

  mn_table_requant (&x, &x, FALSE, table);
  for (i = 0; i < 256; i++)
    g_assert_cmpint (table[i], ==, i);
  mn_table_relu (&x, &half, mn_act (MN_ACT_RELU), table);
  g_assert_cmpint (table[90 ^ 0x80], ==, 100 ^ 0x80);
  g_assert_cmpint (table[110 ^ 0x80], ==, 105 ^ 0x80);
  g_assert_cmpint (table[111 ^ 0x80], ==, 106 ^ 0x80);
  /* Halves of a step: -1.5 and 1.5. */
  mn_table_requant (&x, &quarter, FALSE, table);
  g_assert_cmpint (table[94 ^ 0x80], ==, 98 ^ 0x80);
  g_assert_cmpint (table[106 ^ 0x80], ==, 102 ^ 0x80);
  mn_table_requant (&x, &quarter, TRUE, table);
  g_assert_cmpint (table[94 ^ 0x80], ==, 99 ^ 0x80);
  g_assert_cmpint (table[106 ^ 0x80], ==, 102 ^ 0x80);
  mn_table_logistic (&x, &unit, table);
  g_assert_cmpint (table[100 ^ 0x80], ==, 128);
  g_assert_cmpint (table[255 ^ 0x80], ==, 255);
  g_assert_cmpint (table[0 ^ 0x80], ==, 0);
}

/* ---- pooling, softmax ---------------------------------------------------- */

/* Signed bytes whose mean is -0.5: 17 channels, so that the last one is
 * behind the vectors of 16. */
static void
test_mean (void)
{
  MnMeanU8Args args = {4, 17, signed_bytes, signed_bytes, TRUE};
  guint8 x[4 * 17], y[17];
  gint i;

  for (i = 0; i < 4 * 17; i++)
    x[i] = i < 2 * 17 ? 0 : 0xff;
  mn_mean_u8_prepare (&args);
  mn_mean_u8_ref (0, args.channels, x, y, &args);
  for (i = 0; i < 17; i++)
    g_assert_cmpint ((gint8) y[i], ==, i < 16 ? 0 : -1);
  args.keeps_dims = FALSE;
  mn_mean_u8_prepare (&args);
  mn_mean_u8_ref (0, args.channels, x, y, &args);
  for (i = 0; i < 17; i++)
    g_assert_cmpint ((gint8) y[i], ==, -1);
}

static void
test_average_pool (void)
{
  MnPoolU8Args args = {1, 2, 1, 1, 1, 2, 1, 1, 0, 0, signed_bytes, 0, 255};
  const guint8 negative[] = {0xff, 0xfe}, positive[] = {1, 2};
  guint8 y;

  mn_average_pool_u8 (0, 1, negative, &y, &args);
  g_assert_cmpint ((gint8) y, ==, -2);
  mn_average_pool_u8 (0, 1, positive, &y, &args);
  g_assert_cmpint ((gint8) y, ==, 2);
  args.x = plain_bytes;
  mn_average_pool_u8 (0, 1, positive, &y, &args);
  g_assert_cmpint (y, ==, 2);
  args.hi = 1;
  mn_average_pool_u8 (0, 1, positive, &y, &args);
  g_assert_cmpint (y, ==, 1);
}

static void
test_softmax (void)
{
  const MnBytes x_bytes = {0.125f, 30, 0}, y_bytes = {1 / 256.0f, 128, 0x80};
  gfloat table[256];
  guint8 x[100], y[100];
  gint i, j, sum;

  mn_table_softmax (x_bytes.scale, 1, table);
  memset (x, 77, 4);
  mn_softmax_u8 (1, 4, x, y, &x_bytes, &y_bytes, table);
  for (i = 0; i < 4; i++)
    g_assert_cmpint ((gint8) y[i], ==, 64);
  for (j = 0; j < 20; j++) {
    MnBytes own = y_bytes;

    own.zero = 0;
    own.flip = 0;
    for (i = 0; i < 100; i++)
      x[i] = random_int (0, 255);
    mn_softmax_u8 (1, 100, x, y, &x_bytes, &own, table);
    for (sum = i = 0; i < 100; i++)
      sum += y[i];
    g_assert_cmpint (sum, >=, 256 - 51);
    g_assert_cmpint (sum, <=, 256 + 51);
  }
}

static void
test_binary (void)
{
  MnBinaryU8Args args = {
    {0.5f, 10, 0}, {0.25f, 0, 0}, {0.5f, 20, 0x80}, 0, 255};
  const guint8 a[] = {14, 10, 0, 255}, b[] = {8, 2, 0, 255};
  guint8 y[4];

  mn_add_u8_prepare (&args);
  mn_add_u8_ref (4, a, 1, b, 1, y, &args);
  /* 2 + 2, 0 + 0.5, -5 + 0, 122.5 + 63.75 */
  g_assert_cmpint (y[0], ==, 28 ^ 0x80);
  g_assert_cmpint (y[1], ==, 21 ^ 0x80);
  g_assert_cmpint (y[2], ==, 10 ^ 0x80);
  g_assert_cmpint (y[3], ==, 255 ^ 0x80);
  mn_sub_u8_ref (4, a, 1, b, 0, y, &args);
  g_assert_cmpint (y[2], ==, 6 ^ 0x80);
  mn_mul_u8_prepare (&args);
  mn_mul_u8_ref (4, a, 1, b, 1, y, &args);
  g_assert_cmpint (y[0], ==, 28 ^ 0x80);
  g_assert_cmpint (y[1], ==, 20 ^ 0x80);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  random_init ();
  g_test_add_func ("/quant/factor", test_factor);
  g_test_add_func ("/quant/requant", test_requant);
  g_test_add_func ("/quant/range", test_range);
  g_test_add_func ("/quant/hard-swish", test_hard_swish);
  g_test_add_func ("/quant/tables", test_tables);
  g_test_add_func ("/quant/mean", test_mean);
  g_test_add_func ("/quant/average-pool", test_average_pool);
  g_test_add_func ("/quant/softmax", test_softmax);
  g_test_add_func ("/quant/binary", test_binary);
  return g_test_run ();
}
