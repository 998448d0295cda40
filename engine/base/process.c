/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Whom the process obeys, and threads that let others go first. */

#include "engine/base/process.h"

#include "engine/mn.h"

#ifdef __linux__
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

/* Against a thread of the usual niceness it gets about a tenth of a core. */
#define NICENESS 10

static __thread gboolean background;

gboolean
mn_is_secure (void)
{
#ifdef AT_SECURE
  return getauxval (AT_SECURE) != 0;
#else
  return FALSE;
#endif
}

void
mn_thread_set_background (void)
{
  background = TRUE;
#ifdef __linux__
  /* There niceness is a thread's own. Nothing depends on it: a thread that
   * is nicer already, or may not change, goes on as it is. */
  {
    id_t thread = syscall (SYS_gettid);

    if (getpriority (PRIO_PROCESS, thread) < NICENESS)
      setpriority (PRIO_PROCESS, thread, NICENESS);
  }
#endif
}

gboolean
mn_thread_is_background (void)
{
  return background;
}
