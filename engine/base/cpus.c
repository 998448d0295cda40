/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The CPUs that the process may use.
 *
 * The affinity mask has what taskset and a cpuset leave over. A quota shows
 * in no mask: it lies in the files of the control group that the process is
 * in and of those above it, each of which holds.
 *
 *   v1   cpu.cfs_quota_us (-1: none) of cpu.cfs_period_us
 *   v2   cpu.max: "QUOTA PERIOD", the quota may be "max"
 *
 * proc/self/cgroup says which group it is in each hierarchy, and
 * proc/self/mountinfo where that hierarchy, from which group on, is to be
 * seen. */

#include "engine/base/cpus.h"

#include <math.h>
#include <string.h>

#ifdef __linux__
#include <errno.h>
#include <sched.h>
#endif

/* What the kernel takes where no period is given, in us. */
#define DEFAULT_PERIOD 100000

/* More than any kernel is built for. */
#define MAX_CPUS (1 << 16)

typedef struct
{
  const gchar *root; /* in front of all paths */
  gchar *v1, *v2;    /* the group in each hierarchy; NULL: none */
  gdouble cpus;      /* the least quota so far; INFINITY: none */
} Search;

static gchar *
read_file (const gchar *folder, const gchar *name)
{
  g_autofree gchar *path = g_build_filename (folder, name, NULL);
  gchar *text;

  return g_file_get_contents (path, &text, NULL, NULL) ? text : NULL;
}

/* FALSE: not a number of at least 1, as for "max" and -1. */
static gboolean
read_number (const gchar *text, gdouble *number)
{
  gchar *end;
  gint64 value = g_ascii_strtoll (text, &end, 10);

  *number = value;
  return end != text && value > 0 && (*end == '\0' || g_ascii_isspace (*end));
}

static void
take_quota (Search *self, const gchar *quota, const gchar *period)
{
  gdouble q, p = DEFAULT_PERIOD;

  if (!read_number (quota, &q)
      || (period && *period && !read_number (period, &p)))
    return;
  self->cpus = MIN (self->cpus, q / p);
}

static void
look_at_v1 (Search *self, const gchar *folder)
{
  g_autofree gchar *quota = read_file (folder, "cpu.cfs_quota_us");
  g_autofree gchar *period = read_file (folder, "cpu.cfs_period_us");

  if (quota)
    take_quota (self, quota, period);
}

static void
look_at_v2 (Search *self, const gchar *folder)
{
  g_autofree gchar *text = read_file (folder, "cpu.max");
  gchar *space;

  if (!text)
    return;
  g_strstrip (text);
  space = strchr (text, ' ');
  if (space)
    *space++ = '\0';
  take_quota (self, text, space);
}

static gboolean
has_option (const gchar *options, const gchar *name)
{
  g_auto (GStrv) list = g_strsplit (options, ",", -1);

  return g_strv_contains ((const gchar *const *) list, name);
}

/* The group of the hierarchy with the CPU's controller, of each kind. */
static void
find_groups (Search *self)
{
  g_autofree gchar *folder = g_build_filename (self->root, "/proc/self", NULL);
  g_autofree gchar *text = read_file (folder, "cgroup");
  g_auto (GStrv) lines = g_strsplit (text ? text : "", "\n", -1);
  guint i;

  for (i = 0; lines[i]; i++) {
    /* number:controllers:path, in which there may be colons */
    g_auto (GStrv) part = g_strsplit (lines[i], ":", 3);

    if (g_strv_length (part) < 3 || part[2][0] != '/')
      continue;
    if (has_option (part[1], "cpu") && !self->v1)
      self->v1 = g_strdup (part[2]);
    else if (part[1][0] == '\0' && !self->v2)
      self->v2 = g_strdup (part[2]);
  }
}

/* Where group is below a mount that shows the hierarchy from top on, as a
 * path that starts with a slash or is empty; NULL: it is not there. A group
 * outside of our namespace starts with "/..": what can be seen is one above
 * it then. */
static const gchar *
path_below (const gchar *group, const gchar *top)
{
  gsize length = strlen (top);

  if (g_str_has_prefix (group, "/..") || g_str_has_prefix (top, "/.."))
    return "";
  if (length == 1)
    return group;
  if (!g_str_has_prefix (group, top)
      || (group[length] != '\0' && group[length] != '/'))
    return NULL;
  return group + length;
}

/* All from the group up to the mount's top. */
static void
look_at_mount (Search *self, const gchar *mount, const gchar *top,
    const gchar *group, void (*look) (Search *self, const gchar *folder))
{
  const gchar *below = path_below (group, top);
  g_autofree gchar *path = g_strdup (below);
  gchar *slash;

  if (!below)
    return;
  for (;;) {
    g_autofree gchar *folder = g_build_filename (self->root, mount, path, NULL);

    look (self, folder);
    slash = strrchr (path, '/');
    if (!slash)
      return;
    *slash = '\0';
  }
}

/* A line: id parent device top mount options [fields] - type source
 * options. Blanks in paths are octal. */
static void
read_mount (Search *self, const gchar *line)
{
  const gchar *dash = strstr (line, " - ");
  g_auto (GStrv) left = g_strsplit (line, " ", 7);
  g_auto (GStrv) right = g_strsplit (dash ? dash + 3 : "", " ", 3);
  g_autofree gchar *top = NULL;
  g_autofree gchar *mount = NULL;

  if (g_strv_length (left) < 7 || g_strv_length (right) < 3)
    return;
  top = g_strcompress (left[3]);
  mount = g_strcompress (left[4]);
  if (g_str_equal (right[0], "cgroup2") && self->v2)
    look_at_mount (self, mount, top, self->v2, look_at_v2);
  else if (g_str_equal (right[0], "cgroup") && self->v1
      && has_option (right[2], "cpu"))
    look_at_mount (self, mount, top, self->v1, look_at_v1);
}

guint
mn_cpus_quota (const gchar *root)
{
  g_autofree gchar *folder = g_build_filename (root, "/proc/self", NULL);
  g_autofree gchar *text = read_file (folder, "mountinfo");
  g_auto (GStrv) lines = g_strsplit (text ? text : "", "\n", -1);
  Search self = {root, NULL, NULL, INFINITY};
  guint i;

  find_groups (&self);
  for (i = 0; lines[i]; i++)
    read_mount (&self, lines[i]);
  g_free (self.v1);
  g_free (self.v2);
  if (self.cpus >= MAX_CPUS)
    return 0;
  /* To the nearest: at most half a CPU lies idle, or is asked for in vain
   * (threads that use up the quota stand still until the period ends). */
  return MAX ((guint) floor (self.cpus + 0.5), 1);
}

/* As the calling thread's mask has it, which threads inherit. */
static guint
count_mask (void)
{
  guint count = 0;

#ifdef __linux__
  guint n = CPU_SETSIZE;
  gint failed;

  do {
    gsize size = CPU_ALLOC_SIZE (n);
    cpu_set_t *set = CPU_ALLOC (n);

    failed = sched_getaffinity (0, size, set) != 0 ? errno : 0;
    if (!failed)
      count = CPU_COUNT_S (size, set);
    CPU_FREE (set);
    n *= 2;
  } while (failed == EINVAL && n <= MAX_CPUS);
#endif
  return count > 0 ? count : g_get_num_processors ();
}

guint
mn_cpus_count (void)
{
  guint count = count_mask (), quota = mn_cpus_quota ("");

  return quota > 0 ? MIN (count, quota) : count;
}
