/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* bench's two forms on known numbers. */

#include "engine/tools/bench.h"

#include <string.h>

static const MnLayerTime layers[] = {
  {"conv \"a\"", "conv_3x3", 0.010, 4e6, 2e6, 1},
  {"b\\c", "gemm", 0.030, 8e6, 1e6, 2},
};

static const MnBench bench = {
  "m.tflite", "cpu", "SSE, 2 threads", 10, 20, 5, 3.25, 4.5, 6, 7, 50000000,
  layers, 2, 10
};

static void
test_text (void)
{
  g_autofree gchar *text = mn_bench_to_text (&bench);
  g_auto (GStrv) lines = g_strsplit (g_strchomp (text), "\n", -1);
  const gchar *last = lines[g_strv_length (lines) - 1];

  g_assert_true (g_str_has_suffix (last, "min 3.250 median 4.500"));
  g_assert_nonnull (strstr (text, "time to the first result 35.0 ms"));
  /* 1 ms of 4 ms, 4 MFLOP in 1 ms. */
  g_assert_nonnull (strstr (text, "   1.0000  25.0%     4.00    2.000"));
  g_assert_nonnull (strstr (text, "   3.0000  75.0%     2.67    1.000"));
}

static void
test_json (void)
{
  g_autofree gchar *text = mn_bench_to_json (&bench);

  g_assert_nonnull (strstr (text, "\"median_ms\": 4.5"));
  g_assert_nonnull (strstr (text, "\"time_to_first_result_ms\": 35"));
  g_assert_nonnull (strstr (text, "\"peak_memory_bytes\": 50000000"));
  g_assert_nonnull (strstr (text, "\"name\": \"conv \\\"a\\\"\""));
  g_assert_nonnull (strstr (text, "\"name\": \"b\\\\c\""));
  g_assert_true (g_str_has_suffix (text, "]}\n"));
}

gint
main (gint argc, gchar ** argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/report/text", test_text);
  g_test_add_func ("/report/json", test_json);
  return g_test_run ();
}
