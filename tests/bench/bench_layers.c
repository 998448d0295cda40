/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Times of the CPU backend on MobileNetV3-Small's layers, with random
 * weights. usage: bench_layers [THREADS [SECONDS [per-layer]]]
 * Prints the layers, if asked, and last the median of a frame in ms.
 * MOBILENET_CPU chooses the instruction set. */

#include "engine/backend.h"
#include "tests/kernels/network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZE 224
#define N_OUTPUT 1000

static gint
compare_times (gconstpointer a, gconstpointer b)
{
  gdouble x = *(const gdouble *) a, y = *(const gdouble *) b;

  return (x > y) - (x < y);
}

static void
print_layers (const MnBackend *backend, MnBackendSession *session)
{
  guint64 runs;
  guint n = backend->profile (session, NULL, 0, &runs), i;
  g_autofree MnLayerTime *layers = g_new0 (MnLayerTime, n);

  backend->profile (session, layers, n, &runs);
  for (i = 0; i < n; i++) {
    gdouble s = layers[i].seconds / runs;

    printf ("%-32s %-14s %8.2f us %7.1f GFLOP/s %7.1f GB/s\n", layers[i].name,
        layers[i].kernel, s * 1e6, layers[i].flops / s * 1e-9,
        layers[i].bytes / s * 1e-9);
  }
}

static gdouble
run (const MnBackend *backend, MnBackendSession *session, MnFrame *frame)
{
  static gfloat out[N_OUTPUT];
  MnTensorView view = {.data = out, .size = sizeof (out)}, *views = &view;
  gint64 start = g_get_monotonic_time ();

  if (!backend->submit (session, 0, &frame, NULL, 1, &views, NULL)
      || !backend->wait (session, 0, MN_FOREVER, NULL))
    exit (1);
  return (g_get_monotonic_time () - start) * 1e-3;
}

int
main (int argc, char **argv)
{
  gdouble seconds = argc > 2 ? g_ascii_strtod (argv[2], NULL) : 2;
  MnPlanOptions options = {
    .threads = argc > 1 ? atoi (argv[1]) : 1, .profile = argc > 3};
  g_autoptr (MnContext) context = mn_context_new ();
  g_autoptr (MnGraph) graph = network_new (SIZE, NETWORK_FUSED, 1);
  const MnBackend *backend = &mn_backend_cpu;
  g_autofree gfloat *input = g_new0 (gfloat, SIZE * SIZE * 3);
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (gdouble));
  MnFrame frame = {.n_planes = 1};
  MnBackendPlan *plan = backend->compile (context, graph, &options, NULL);
  MnBackendSession *session = plan ? backend->session_new (plan, 1, NULL)
                                   : NULL;
  gint64 end, i;

  if (!session || !backend->set_input (session, NULL, NULL))
    return 1;
  for (i = 0; i < SIZE * SIZE * 3; i++)
    input[i] = (i * 7919 % 256) / 128.0f - 1;
  frame.planes[0].data = (const guint8 *) input;
  for (i = 0; i < 10; i++)
    run (backend, session, &frame);
  end = g_get_monotonic_time () + seconds * 1e6;
  while (g_get_monotonic_time () < end) {
    gdouble ms = run (backend, session, &frame);

    g_array_append_val (times, ms);
  }
  g_array_sort (times, compare_times);
  if (options.profile)
    print_layers (backend, session);
  printf ("%s, %u frames, best %.3f, median %.3f\n",
      backend->plan_device (plan), times->len,
      g_array_index (times, gdouble, 0),
      g_array_index (times, gdouble, times->len / 2));
  backend->session_free (session);
  backend->plan_free (plan);
  return 0;
}
