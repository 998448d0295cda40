/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* bench's two forms, and the roofline, on known numbers. */

#include "tools/bench.h"

#include <string.h>

/* 1 ms and 3 ms a run. */
static const MnLayerTime layers[] = {
  {"conv \"a\"", "conv_3x3", 0.010, 4e6, 2e6, 1},
  {"b\\c", "int8 gemm", 0.030, 8e6, 1e6, 2},
};

/* The first layer needs 0.5 ms for its operations, 0.1 ms for its bytes, the
 * second 0.1 ms and 0.15 ms. */
static const MnPeaks peaks = {2, {[MN_ARITH_F32] = 8e9, [MN_ARITH_I8] = 80e9},
  2, {1000000, 4000000}, {6.66666667e9, 33.3333333e9}};

static const MnBench bench = {.model = "m.tflite",
  .backend = "cpu",
  .device = "SSE, 2 threads",
  .load_ms = 10,
  .compile_ms = 20,
  .first_ms = 5,
  .min_ms = 3.25,
  .median_ms = 4.5,
  .p90_ms = 6,
  .n_runs = 7,
  .peak_memory = 50000000,
  .memory_before = 7000000,
  .memory_added = 9500000,
  .layers = layers,
  .n_layers = 2,
  .profile_runs = 10,
  .peaks = &peaks};

static void
test_text (void)
{
  g_autofree gchar *text = mn_bench_to_text (&bench);
  g_auto (GStrv) lines = g_strsplit (g_strchomp (text), "\n", -1);
  const gchar *last = lines[g_strv_length (lines) - 1];

  g_assert_true (g_str_has_suffix (last, "min 3.250 median 4.500"));
  g_assert_nonnull (strstr (text, "time to the first result 35.0 ms"));
  /* 1 ms of 4 ms, 4 MFLOP in 1 ms. */
  g_assert_nonnull (strstr (text,
      "   1.0000  25.0%     4.00    2.000  50.0%    1  conv_3x3 "));
  g_assert_nonnull (strstr (text,
      "   3.0000  75.0%     2.67    1.000   5.0%    2  int8 gemm "));
  /* 0.65 ms of 4. */
  g_assert_nonnull (strstr (text, "   4.0000 100.0%"));
  g_assert_nonnull (strstr (text, "  16.2%       sum of the layers"));
  g_assert_nonnull (strstr (text,
      "peaks of 2 threads: float32 8.0 GFLOP/s, "
      "int8 80.0 Gop/s, reading 976 KB 6.7, 3906 KB 33.3 GB/s"));
  g_assert_nonnull (strstr (text, "memory: 9.5 MB added"));
}

/* A device whose limits are not known. */
static void
test_no_peaks (void)
{
  MnBench other = bench;
  g_autofree gchar *text = NULL, *json = NULL;

  other.peaks = NULL;
  text = mn_bench_to_text (&other);
  json = mn_bench_to_json (&other);
  g_assert_nonnull (strstr (text, "    2.000      -    1  conv_3x3 "));
  g_assert_null (strstr (text, "peaks of"));
  g_assert_null (strstr (json, "limit_ms"));
  g_assert_null (strstr (json, "\"peaks\""));
}

static void
test_json (void)
{
  g_autofree gchar *text = mn_bench_to_json (&bench);

  g_assert_nonnull (strstr (text, "\"median_ms\": 4.5"));
  g_assert_nonnull (strstr (text, "\"time_to_first_result_ms\": 35"));
  g_assert_nonnull (strstr (text, "\"peak_memory_bytes\": 50000000"));
  g_assert_nonnull (strstr (text, "\"name\": \"conv \\\"a\\\"\""));
  g_assert_nonnull (strstr (text,
      "\"memory_before_bytes\": 7000000, "
      "\"memory_added_bytes\": 9500000"));
  g_assert_nonnull (strstr (text, "\"name\": \"b\\\\c\""));
  g_assert_nonnull (strstr (text,
      "\"arithmetic\": \"float32\", "
      "\"limit_ms\": 0.5, \"share_of_peak\": 0.5}"));
  g_assert_nonnull (strstr (text,
      "\"arithmetic\": \"int8\", "
      "\"limit_ms\": 0.15, \"share_of_peak\": 0.05}"));
  g_assert_true (g_str_has_suffix (text,
      "], \"peaks\": {\"threads\": 2, "
      "\"float32\": 8, \"int8\": 80, \"read\": ["
      "{\"bytes\": 1000000, \"gbps\": 6.66667}, "
      "{\"bytes\": 4000000, \"gbps\": 33.3333}]}}\n"));
}

static void
test_roofline (void)
{
  static const struct
  {
    const gchar *kernel;
    MnArith arith;
  } kernels[] = {{"gemm", MN_ARITH_F32}, {"dwconv 3x3s1", MN_ARITH_F32},
    {"int8 conv", MN_ARITH_I8}, {"bfloat16 gemm", MN_ARITH_BF16},
    {"gemm bf16", MN_ARITH_BF16}, {"float16 gemm", MN_ARITH_F16},
    {"gemm_f16", MN_ARITH_F16}};
  const MnPeaks none = {0};
  guint i;

  for (i = 0; i < G_N_ELEMENTS (kernels); i++)
    g_assert_cmpstr (mn_arith_name (mn_arith_of_kernel (kernels[i].kernel)), ==,
        mn_arith_name (kernels[i].arith));
  /* Halfway between the sizes, as the eye sees them on a logarithmic axis;
   * beyond them as at the ends. */
  g_assert_cmpfloat_with_epsilon (mn_peaks_read (&peaks, 2e6), 20e9, 1e3);
  g_assert_cmpfloat (mn_peaks_read (&peaks, 1), ==, peaks.read[0]);
  g_assert_cmpfloat (mn_peaks_read (&peaks, 1e12), ==, peaks.read[1]);
  g_assert_cmpfloat (mn_peaks_read (&none, 1e6), ==, 0);
  g_assert_cmpfloat (mn_peaks_seconds (&none, &layers[0]), ==, 0);
}

gint
main (gint argc, gchar **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/report/text", test_text);
  g_test_add_func ("/report/no-peaks", test_no_peaks);
  g_test_add_func ("/report/json", test_json);
  g_test_add_func ("/report/roofline", test_roofline);
  return g_test_run ();
}
