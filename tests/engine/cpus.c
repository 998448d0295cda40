/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The CPUs that a process may use: quotas in file trees that are made here,
 * and this process's own mask. */

#include "engine/base/cpus.h"

#include <glib/gstdio.h>
#include <sched.h>

typedef struct
{
  const gchar *path, *text;
} File;

typedef struct
{
  const gchar *name;
  guint cpus;
  File files[8];
} Case;

#define V2 \
  "30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 " \
  "rw,nsdelegate\n"
#define V1(options) \
  "33 31 0:30 / /sys/fs/cgroup/" options " rw,relatime " \
  "shared:9 master:1 - cgroup cgroup rw," options "\n"
#define OTHERS \
  "22 28 0:20 / /proc rw - proc proc rw\n" \
  "28 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n"
#define ROOT "sys/fs/cgroup/"
#define GROUP "proc/self/cgroup"
#define MOUNTS "proc/self/mountinfo"

static const Case cases[] = {
  {"nothing at all", 0, {{NULL}}},
  {"v2, half a CPU", 1,
    {{MOUNTS, OTHERS V2}, {GROUP, "0::/a.slice\n"},
      {ROOT "a.slice/cpu.max", "50000 100000\n"}}},
  {"v2, a CPU and a half", 2,
    {{MOUNTS, V2}, {GROUP, "0::/a\n"}, {ROOT "a/cpu.max", "150000 100000\n"}}},
  {"v2, 2.5 CPUs", 3,
    {{MOUNTS, V2}, {GROUP, "0::/a\n"}, {ROOT "a/cpu.max", "250000 100000\n"}}},
  {"v2, 2.4 CPUs of another period", 2,
    {{MOUNTS, V2}, {GROUP, "0::/a\n"}, {ROOT "a/cpu.max", "24000 10000\n"}}},
  {"v2, next to nothing", 1,
    {{MOUNTS, V2}, {GROUP, "0::/a\n"}, {ROOT "a/cpu.max", "1000 1000000\n"}}},
  {"v2, no quota", 0,
    {{MOUNTS, V2}, {GROUP, "0::/a\n"}, {ROOT "a/cpu.max", "max 100000\n"}}},
  {"v2, no period", 4,
    {{MOUNTS, V2}, {GROUP, "0::/a\n"}, {ROOT "a/cpu.max", "400000"}}},
  {"v2, the top's own", 2,
    {{MOUNTS, V2}, {GROUP, "0::/\n"}, {ROOT "cpu.max", "200000 100000\n"}}},
  {"v2, what is above holds too", 1,
    {{MOUNTS, V2}, {GROUP, "0::/a/b c/d\n"},
      {ROOT "a/cpu.max", "100000 100000\n"},
      {ROOT "a/b c/cpu.max", "max 100000\n"},
      {ROOT "a/b c/d/cpu.max", "400000 100000\n"}}},
  {"v2, what is beside does not", 4,
    {{MOUNTS, V2}, {GROUP, "0::/a/b\n"},
      {ROOT "a/b/cpu.max", "400000 100000\n"},
      {ROOT "a/c/cpu.max", "100000 100000\n"},
      {ROOT "a/b/c/cpu.max", "100000 100000\n"}}},
  {"v2, a container's own mount", 3,
    {{MOUNTS,
       "30 24 0:26 /docker/0a /sys/fs/cgroup ro - cgroup2 cgroup "
       "rw\n"},
      {GROUP, "0::/docker/0a\n"}, {ROOT "cpu.max", "300000 100000\n"},
      {ROOT "docker/0a/cpu.max", "100000 100000\n"}}},
  {"v2, mounted elsewhere, a blank in the name", 2,
    {{MOUNTS, "30 24 0:26 / /run/my\\040groups rw - cgroup2 none rw\n"},
      {GROUP, "0::/a\n"}, {"run/my groups/a/cpu.max", "200000 100000\n"},
      {ROOT "a/cpu.max", "100000 100000\n"}}},
  {"v2, outside of the name space", 2,
    {{MOUNTS, V2}, {GROUP, "0::/../../x\n"},
      {ROOT "cpu.max", "200000 100000\n"}}},
  {"v2, a mount of another group", 0,
    {{MOUNTS, "30 24 0:26 /dock /mnt rw - cgroup2 cgroup rw\n"},
      {GROUP, "0::/docker\n"}, {"mnt/cpu.max", "100000 100000\n"}}},
  {"v1, half a CPU", 1,
    {{MOUNTS, OTHERS V1 ("cpu,cpuacct")},
      {GROUP, "4:memory:/m\n2:cpu,cpuacct:/a\n0::/\n"},
      {ROOT "cpu,cpuacct/a/cpu.cfs_quota_us", "50000\n"},
      {ROOT "cpu,cpuacct/a/cpu.cfs_period_us", "100000\n"}}},
  {"v1, 2.5 CPUs", 3,
    {{MOUNTS, V1 ("cpu")}, {GROUP, "1:cpu:/a/b\n"},
      {ROOT "cpu/a/b/cpu.cfs_quota_us", "50000\n"},
      {ROOT "cpu/a/b/cpu.cfs_period_us", "20000\n"}}},
  {"v1, no quota", 0,
    {{MOUNTS, V1 ("cpu")}, {GROUP, "1:cpu:/a\n"},
      {ROOT "cpu/a/cpu.cfs_quota_us", "-1\n"},
      {ROOT "cpu/a/cpu.cfs_period_us", "100000\n"}}},
  {"v1, what is above holds too", 2,
    {{MOUNTS, V1 ("cpu")}, {GROUP, "1:cpu:/a/b\n"},
      {ROOT "cpu/a/cpu.cfs_quota_us", "200000\n"},
      {ROOT "cpu/a/b/cpu.cfs_quota_us", "-1\n"}}},
  {"v1, neither cpuacct's nor cpuset's", 0,
    {{MOUNTS, V1 ("cpuacct") V1 ("cpuset")},
      {GROUP, "1:cpuacct:/a\n2:cpuset:/a\n"},
      {ROOT "cpuacct/a/cpu.cfs_quota_us", "100000\n"},
      {ROOT "cpuset/a/cpu.cfs_quota_us", "100000\n"}}},
  {"both, the lesser holds", 1,
    {{MOUNTS, V1 ("cpu") V2}, {GROUP, "1:cpu:/a\n0::/b\n"},
      {ROOT "cpu/a/cpu.cfs_quota_us", "300000\n"},
      {ROOT "b/cpu.max", "100000 100000\n"}}},
  {"garbage in the quota", 0,
    {{MOUNTS, V2 V1 ("cpu")}, {GROUP, "0::/a\n1:cpu:/a\n"},
      {ROOT "a/cpu.max", "lots of it\n"}, {ROOT "cpu/a/cpu.cfs_quota_us", ""}}},
  {"garbage in the period", 0,
    {{MOUNTS, V2}, {GROUP, "0::/a/b/c\n"},
      {ROOT "a/b/c/cpu.max", "100000 none\n"},
      {ROOT "a/b/cpu.max", "100000 0\n"}, {ROOT "a/cpu.max", "100000 -5\n"}}},
  {"a quota that is none", 0,
    {{MOUNTS, V2}, {GROUP, "0::/a\n"},
      {ROOT "a/cpu.max", "9223372036854775807 1\n"}}},
  {"garbage in the lists", 0,
    {{MOUNTS, "\n - \n1 2 3\n30 24 0:26 / /sys\n"},
      {GROUP, "\n:\n::\n0:cpu\n0::a\n"}, {"sys/cpu.max", "100000\n"}}},
};

static void
write_file (const gchar *root, const File *file)
{
  g_autofree gchar *path = g_build_filename (root, file->path, NULL);
  g_autofree gchar *folder = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, file->text, -1, NULL));
}

static void
remove_all (const gchar *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree gchar *inside = g_build_filename (path, name, NULL);

    remove_all (inside);
  }
  g_remove (path);
}

static void
test_quota (gconstpointer data)
{
  const Case *c = data;
  g_autofree gchar *root = g_dir_make_tmp ("cpus-XXXXXX", NULL);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (c->files) && c->files[i].path; i++)
    write_file (root, &c->files[i]);
  g_assert_cmpuint (mn_cpus_quota (root), ==, c->cpus);
  remove_all (root);
}

/* As taskset leaves it: one CPU, and all that there were. */
static void
test_mask (void)
{
  cpu_set_t all, one;
  guint before = mn_cpus_count ();
  gint cpu = 0;

  g_assert_cmpint (sched_getaffinity (0, sizeof (all), &all), ==, 0);
  g_assert_cmpuint (before, >=, 1);
  g_assert_cmpuint (before, <=, CPU_COUNT (&all));
  while (!CPU_ISSET (cpu, &all))
    cpu++;
  CPU_ZERO (&one);
  CPU_SET (cpu, &one);
  g_assert_cmpint (sched_setaffinity (0, sizeof (one), &one), ==, 0);
  g_assert_cmpuint (mn_cpus_count (), ==, 1);
  g_assert_cmpint (sched_setaffinity (0, sizeof (all), &all), ==, 0);
  g_assert_cmpuint (mn_cpus_count (), ==, before);
}

int
main (int argc, char **argv)
{
  guint i;

  g_test_init (&argc, &argv, NULL);
  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *path = g_strconcat ("/cpus/quota/", cases[i].name, NULL);

    g_test_add_data_func (path, &cases[i], test_quota);
  }
  g_test_add_func ("/cpus/mask", test_mask);
  return g_test_run ();
}
