/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The order of jobs on a device's thread. */

#include "engine/core/device_thread.h"

#define N_JOBS 6

typedef struct
{
  GMutex lock;
  GCond opened;
  gboolean open;
  GString *order; /* a letter a job */
} Gate;

typedef struct
{
  Gate *gate;
  gchar letter;
} Letter;

static void
wait_at_gate (gpointer data)
{
  Gate *gate = data;

  g_mutex_lock (&gate->lock);
  while (!gate->open)
    g_cond_wait (&gate->opened, &gate->lock);
  g_mutex_unlock (&gate->lock);
}

static void
write_letter (gpointer data)
{
  Letter *letter = data;

  g_string_append_c (letter->gate->order, letter->letter);
}

/* Behind a job that holds all others up: those that start something go first,
 * in their own order, and so do the others. */
static void
test_order (void)
{
  MnDeviceThread *thread = mn_device_thread_new ("test", NULL);
  Gate gate = {.order = g_string_new (NULL)};
  Letter letters[N_JOBS];
  MnJob first =
            {
              NULL,
            },
        jobs[N_JOBS] = {
          {
            NULL,
          },
        };
  guint i;

  mn_device_thread_post (thread, &first, wait_at_gate, &gate);
  for (i = 0; i < N_JOBS; i++) {
    letters[i] = (Letter) {&gate, 'a' + i};
    jobs[i].urgent = i % 2;
    mn_device_thread_post (thread, &jobs[i], write_letter, &letters[i]);
  }
  /* Neither kind is done while the first one is not. */
  g_assert_false (mn_device_thread_drain (thread, g_get_monotonic_time ()));
  g_mutex_lock (&gate.lock);
  gate.open = TRUE;
  g_cond_signal (&gate.opened);
  g_mutex_unlock (&gate.lock);
  g_assert_true (mn_device_thread_drain (thread, G_MAXINT64));
  g_assert_cmpstr (gate.order->str, ==, "bdface");
  for (i = 0; i < N_JOBS; i++)
    g_assert_true (mn_device_thread_wait (thread, &jobs[i], 0));
  mn_device_thread_free (thread);
  g_string_free (gate.order, TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/device-thread/order", test_order);
  return g_test_run ();
}
