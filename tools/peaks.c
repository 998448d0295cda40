/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Threads that start a loop together, each with memory of its own. The best
 * of some rounds counts: what disturbs makes a round slower only. */

#include "tools/peaks.h"

#include "tools/peak_loops.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS 5
#define ROUND_SECONDS 1e-3
/* A thread's part of the smallest working set, and all of the largest. */
#define MIN_BYTES (16 << 10)
#define MAX_BYTES (256 << 20)

typedef struct
{
  MnArithLoop arith; /* run NULL: read */
  MnReadLoop read;
  const guint8 *data;
  gsize bytes; /* a pass */
  pthread_barrier_t *start;
  gdouble best; /* ops or bytes a second */
} Work;

static gdouble
now (void)
{
  struct timespec t;

  clock_gettime (CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

/* Seconds that n rounds or passes take. */
static gdouble
run_for (const Work *work, gsize n)
{
  gdouble start = now ();

  if (work->arith.run)
    work->arith.run (n);
  else
    for (; n > 0; n--)
      work->read (work->data, work->bytes);
  return now () - start;
}

static gpointer
measure_one (gpointer data)
{
  Work *work = data;
  gsize n = 1;
  gdouble seconds = run_for (work, n);
  guint i;

  while (seconds < ROUND_SECONDS / 4 && n < G_MAXSIZE / 2) {
    n *= 2;
    seconds = run_for (work, n);
  }
  n = MAX (1, n * (ROUND_SECONDS / MAX (seconds, 1e-9)));
  pthread_barrier_wait (work->start);
  for (i = 0; i < ROUNDS; i++) {
    gdouble each = work->arith.run ? work->arith.ops : work->bytes;

    seconds = run_for (work, n);
    work->best = MAX (work->best, n * each / MAX (seconds, 1e-9));
  }
  return NULL;
}

/* Closed until it is known how many there are. */
static GMutex gate;

static gpointer
wait_and_measure (gpointer data)
{
  g_mutex_lock (&gate);
  g_mutex_unlock (&gate);
  return measure_one (data);
}

/* The sum of what threads with this work reach side by side, fewer where no
 * more can be made; data: of the first, the others' follow it. */
static gdouble
measure (const Work *work, guint threads)
{
  g_autofree Work *works = g_new0 (Work, threads);
  g_autofree GThread **others = g_new0 (GThread *, threads);
  pthread_barrier_t start;
  gdouble sum = 0;
  guint i;

  g_mutex_lock (&gate);
  for (i = 0; i < threads; i++) {
    works[i] = *work;
    works[i].start = &start;
    if (work->data)
      works[i].data += i * work->bytes;
    if (i > 0)
      others[i] = g_thread_try_new ("mn-peak", wait_and_measure, &works[i],
          NULL);
    if (i > 0 && !others[i])
      break;
  }
  threads = i;
  pthread_barrier_init (&start, NULL, threads);
  g_mutex_unlock (&gate);
  measure_one (&works[0]);
  for (i = 0; i < threads; i++) {
    if (others[i])
      g_thread_join (others[i]);
    sum += works[i].best;
  }
  pthread_barrier_destroy (&start);
  return sum;
}

static void
measure_reads (MnPeaks *peaks, MnReadLoop read, gdouble max_bytes)
{
  gsize threads = peaks->threads, most = MIN_BYTES * threads;
  guint8 *data;

  while (most < max_bytes && most < MAX_BYTES)
    most *= 2;
  data = aligned_alloc (4096, most);
  if (!data)
    return;
  /* Written, so that its pages are there. */
  memset (data, 1, most);
  while (peaks->n_sizes < MN_PEAKS_MAX_SIZES) {
    gsize bytes = MIN_BYTES << peaks->n_sizes;
    Work work = {.read = read, .data = data, .bytes = bytes};

    if (bytes * threads > most)
      break;
    peaks->sizes[peaks->n_sizes] = bytes * threads;
    peaks->read[peaks->n_sizes++] = measure (&work, threads);
  }
  free (data);
}

void
mn_peaks_measure (MnPeaks *peaks, guint flags, guint threads, gdouble max_bytes)
{
  MnReadLoop read = mn_peak_read_loop (flags);
  guint i;

  memset (peaks, 0, sizeof (*peaks));
  peaks->threads = threads;
  for (i = 0; i < MN_N_ARITH; i++) {
    Work work = {.arith = mn_peak_arith_loop (flags, i)};

    if (work.arith.run)
      peaks->ops[i] = measure (&work, threads);
  }
  if (read)
    measure_reads (peaks, read, max_bytes);
}
