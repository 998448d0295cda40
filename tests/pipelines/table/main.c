/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Runs each pipeline of the table in a process of its own, with a limit of
 * time, two at once, and tells in the Test Anything Protocol.
 *
 * usage: table [--list | PATTERN]   PATTERN: rows with it in their name
 *        table --row NAME           here, not in a process of its own
 * 77 of a row: an element is missing. */

#ifdef __linux__
#include <sched.h>
#endif
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/pipelines/table/rows.h"

/* s; a stall is for ever, and machines that test are busy. */
#define LIMIT 60
#define AT_ONCE 2

typedef struct
{
  const Row *row; /* NULL: free */
  GPid pid;
  gchar *output; /* its file */
} Job;

Row *
rows_add (GPtrArray *rows, gchar *name, gchar *line)
{
  Row *row = g_new0 (Row, 1);

  row->name = name;
  row->line = line;
  row->limit = LIMIT;
  g_ptr_array_add (rows, row);
  return row;
}

static void
use_cpus (guint n)
{
#ifdef __linux__
  cpu_set_t all, some;
  gint i;

  CPU_ZERO (&some);
  if (n == 0 || sched_getaffinity (0, sizeof all, &all) != 0)
    return;
  for (i = 0; i < CPU_SETSIZE && n > 0; i++) {
    if (CPU_ISSET (i, &all)) {
      CPU_SET (i, &some);
      n--;
    }
  }
  sched_setaffinity (0, sizeof some, &some);
#endif
}

static int
run_here (GPtrArray *rows, const gchar *name)
{
  guint i;

  for (i = 0; i < rows->len; i++) {
    const Row *row = rows->pdata[i];

    if (strcmp (row->name, name) != 0)
      continue;
    /* Its default is to kill. */
    alarm (row->limit);
    use_cpus (row->cpus);
    gst_init (NULL, NULL);
    run_row (row);
  }
  printf ("no row \"%s\"\n", name);
  return 2;
}

static void
start (Job *job, const Row *row, const gchar *self)
{
  gint fd = g_file_open_tmp ("table-output-XXXXXX", &job->output, NULL);

  job->row = row;
  job->pid = fork ();
  if (job->pid == 0) {
    dup2 (fd, 1);
    dup2 (fd, 2);
    execl (self, self, "--row", row->name, (gchar *) NULL);
    _exit (2);
  }
  close (fd);
}

/* TRUE: it did not fail. */
static gboolean
report (Job *job, int status, guint number)
{
  gint code = WIFEXITED (status) ? WEXITSTATUS (status) : -1;
  g_autofree gchar *text = NULL;
  g_auto (GStrv) lines = NULL;
  guint i;

  g_file_get_contents (job->output, &text, NULL, NULL);
  lines = g_strsplit (g_strchomp (text), "\n", -1);
  if (code == 77) {
    printf ("ok %u - %s # SKIP %s\n", number, job->row->name,
        lines[0] ? lines[0] : "");
  } else {
    printf ("%s %u - %s\n", code == 0 ? "ok" : "not ok", number,
        job->row->name);
    if (code == -1)
      printf ("# %s\n",
          WTERMSIG (status) == SIGALRM ? "it stalls"
                                       : strsignal (WTERMSIG (status)));
    for (i = 0; code != 0 && lines[i]; i++)
      printf ("# %s\n", lines[i]);
    if (code != 0)
      printf ("# gst-launch-1.0 %s\n", job->row->line);
  }
  fflush (stdout);
  unlink (job->output);
  g_clear_pointer (&job->output, g_free);
  job->row = NULL;
  return code == 0 || code == 77;
}

static Job *
find_job (Job *jobs, GPid pid)
{
  guint i;

  for (i = 0; i < AT_ONCE; i++) {
    if (pid ? (jobs[i].row && jobs[i].pid == pid) : !jobs[i].row)
      return &jobs[i];
  }
  return NULL;
}

static int
run_all (GPtrArray *rows, const gchar *self)
{
  guint next = 0, done = 0, failures = 0;
  Job jobs[AT_ONCE] = {{NULL}};

  printf ("1..%u\n", rows->len);
  fflush (stdout);
  while (done < rows->len) {
    Job *job = next < rows->len ? find_job (jobs, 0) : NULL;
    int status;

    if (job) {
      start (job, rows->pdata[next++], self);
      continue;
    }
    job = find_job (jobs, wait (&status));
    if (job && !report (job, status, ++done))
      failures++;
  }
  return failures > 0;
}

int
main (int argc, char **argv)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new ();
  guint i;

  rows_add_frames (rows);
  rows_add_recordings (rows);
  if (argc == 3 && strcmp (argv[1], "--row") == 0)
    return run_here (rows, argv[2]);
  if (argc == 2 && strcmp (argv[1], "--list") == 0) {
    for (i = 0; i < rows->len; i++)
      printf ("%s\n    %s\n", ((Row *) rows->pdata[i])->name,
          ((Row *) rows->pdata[i])->line);
    return 0;
  }
  for (i = rows->len; argc == 2 && i-- > 0;) {
    if (!strstr (((Row *) rows->pdata[i])->name, argv[1]))
      g_ptr_array_remove_index (rows, i);
  }
  return run_all (rows, argv[0]);
}
