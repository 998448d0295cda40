# SPDX-License-Identifier: LGPL-2.1-or-later
"""How many CPUs a process may use: what the engine's cpus.c counts, for
scripts. Affinity masks have taskset and cpusets in them; quotas of control
groups do not show there."""

import os
import re


def read(path):
    try:
        with open(path, encoding="utf-8", errors="surrogateescape",
                  newline="\n") as file:
            return file.read()
    except OSError:
        return ""


def share(quota, period):
    """In CPUs; without a bound: infinite."""
    try:
        quota, period = int(quota), int(period or 100000)
    except ValueError:
        return float("inf")
    return quota / period if quota > 0 and period > 0 else float("inf")


def look(folder):
    """The quota in the files of one group, of either version."""
    fields = (read(folder + "/cpu.max").split() + ["", ""])[:2]
    return min(share(*fields),
               share(read(folder + "/cpu.cfs_quota_us"),
                     read(folder + "/cpu.cfs_period_us")))


def plain(path):
    """Without the octal blanks of mountinfo."""
    return re.sub(r"\\([0-7]{3})", lambda m: chr(int(m[1], 8)), path)


def below(group, top):
    """Where group is in a mount that starts at top; None: it is not."""
    if group.startswith("/..") or top.startswith("/.."):
        return ""
    if top == "/":
        return group
    inside = group == top or group.startswith(top + "/")
    return group[len(top):] if inside else None


def quota(root=""):
    """The least of all groups that the process is in."""
    groups, least = {}, float("inf")
    for line in read(root + "/proc/self/cgroup").split("\n"):
        parts = line.split(":", 2)
        if len(parts) == 3 and parts[2].startswith("/"):
            if "cpu" in parts[1].split(","):
                groups["cgroup"] = parts[2]
            elif not parts[1]:
                groups["cgroup2"] = parts[2]
    for line in read(root + "/proc/self/mountinfo").split("\n"):
        left, _, right = line.partition(" - ")
        left, right = left.split(" "), right.split(" ")
        if len(left) < 6 or len(right) < 3 or right[0] not in groups:
            continue
        if right[0] == "cgroup" and "cpu" not in right[2].split(","):
            continue
        path = below(groups[right[0]], plain(left[3]))
        while path is not None:
            least = min(least, look(root + plain(left[4]) + path))
            path = path.rpartition("/")[0] if path else None
    return least


def count(root=""):
    """At least 1; halves are rounded up."""
    mask = len(os.sched_getaffinity(0))
    return max(1, int(min(mask, quota(root)) + 0.5))
