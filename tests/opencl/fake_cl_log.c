/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/opencl/fake_cl_log.h"

#include "tests/opencl/fake_cl.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__ ((visibility ("default")))

#define MAX_NAMES 64

typedef struct
{
  const char *name;
  unsigned phase;
} Call;

static struct
{
  pthread_mutex_t lock;
  Call *calls; /* since the count was forgotten */
  unsigned n, room, phase;
  struct
  {
    const char *name;
    unsigned n;
  } counts[MAX_NAMES]; /* since ever */
} self = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* With the lock held. */
static unsigned *
count_of (const char *name)
{
  unsigned i;

  for (i = 0; i < MAX_NAMES - 1 && self.counts[i].name; i++) {
    if (strcmp (self.counts[i].name, name) == 0)
      break;
  }
  self.counts[i].name = name;
  return &self.counts[i].n;
}

void
fake_cl_log_add (const char *name)
{
  pthread_mutex_lock (&self.lock);
  if (self.n == self.room) {
    self.room = self.room ? 2 * self.room : 1024;
    self.calls = realloc (self.calls, self.room * sizeof (Call));
    if (!self.calls)
      abort ();
  }
  self.calls[self.n++] = (Call) {name, self.phase};
  ++*count_of (name);
  pthread_mutex_unlock (&self.lock);
}

void
fake_cl_log_restart (void)
{
  pthread_mutex_lock (&self.lock);
  self.n = 0;
  self.phase = 0;
  pthread_mutex_unlock (&self.lock);
}

EXPORT unsigned
fake_cl_count (const char *name)
{
  unsigned n;

  pthread_mutex_lock (&self.lock);
  n = *count_of (name);
  pthread_mutex_unlock (&self.lock);
  return n;
}

EXPORT void
fake_cl_phase (unsigned phase)
{
  pthread_mutex_lock (&self.lock);
  self.phase = phase;
  pthread_mutex_unlock (&self.lock);
}

EXPORT const char *
fake_cl_name (unsigned call, unsigned *phase)
{
  Call found = {NULL, 0};

  pthread_mutex_lock (&self.lock);
  if (call >= 1 && call <= self.n)
    found = self.calls[call - 1];
  pthread_mutex_unlock (&self.lock);
  *phase = found.phase;
  return found.name;
}
