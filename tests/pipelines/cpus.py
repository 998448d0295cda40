#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The scripts' own count of CPUs, with quotas in files that are made here.
usage: cpus.py FOLDER, where the module of that name lies."""

import os
import sys
import tempfile

sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
import cpus  # noqa: E402

V2 = "30 24 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw\n"
V1 = "33 31 0:30 / /sys/fs/c\\040pu rw - cgroup cgroup rw,cpu,cpuacct\n"
NONE = float("inf")

CASES = [
    (NONE, {}),
    (0.5, {"mountinfo": V2, "cgroup": "0::/a\n",
           "/sys/fs/cgroup/a/cpu.max": "50000 100000\n"}),
    (NONE, {"mountinfo": V2, "cgroup": "0::/a\n",
            "/sys/fs/cgroup/a/cpu.max": "max 100000\n"}),
    (2.5, {"mountinfo": V2, "cgroup": "0::/a/b\n",
           "/sys/fs/cgroup/a/cpu.max": "250000 100000\n",
           "/sys/fs/cgroup/a/b/cpu.max": "300000\n"}),
    (1, {"mountinfo": V1 + V2, "cgroup": "2:cpu,cpuacct:/a\n0::/\n",
         "/sys/fs/c pu/cpu.cfs_quota_us": "100000\n",
         "/sys/fs/c pu/a/cpu.cfs_quota_us": "-1\n"}),
    # A mount whose name has what only some take for the end of a line.
    (2, {"mountinfo": "30 24 0:26 / /c\u2028\r\x1d\udcff rw - cgroup2 c rw\n",
         "cgroup": "0::/a\u2028\r\udcffb\n",
         "/c\u2028\r\x1d\udcff/a\u2028\r\udcffb/cpu.max": "200000\n"}),
    (NONE, {"mountinfo": " - \n" + V2, "cgroup": ":\n0::/a\n",
            "/sys/fs/cgroup/a/cpu.max": "much\n"}),
]

for wanted, files in CASES:
    with tempfile.TemporaryDirectory() as root:
        for name, text in files.items():
            path = root + (name if name[0] == "/" else "/proc/self/" + name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8", newline="\n",
                      errors="surrogateescape") as file:
                file.write(text)
        found = cpus.quota(root)
        assert found == wanted, f"{files}: {found}"
        number = cpus.count(root)
        assert number == max(1, min(len(os.sched_getaffinity(0)),
                                    int(min(wanted, 1e6) + 0.5))), files

everywhere = os.sched_getaffinity(0)
os.sched_setaffinity(0, {min(everywhere)})
assert cpus.count() == 1
