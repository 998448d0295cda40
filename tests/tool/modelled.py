#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The tables of modelled times in docs/numbers.md are what the model says.
usage: modelled.py [--update] DEVICE_MODEL_TEST PUBLISHED_TEST
Exit status 1: a time is more than a tenth off; --update writes both anew."""

import os
import re
import subprocess
import sys

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                    "../../docs/numbers.md")
# Newer versions of GLib begin a message of a test in a test with "# # ".
MODELLED = re.compile(r"^(?:# )+(\S+) on (.*): modelled ([\d.]+) ms$", re.M)
PUBLISHED = re.compile(r"^(?:# )+(\S+) on (.*): \d+ launches, "
                       r"modelled ([\d.]+) ms, published ([\d.]+)$", re.M)
OURS = ("v3-small", "v3-large")
THEIRS = ("v1", "v2", "v3-large", "v3-small")


def said(test):
    return subprocess.run([test], stdout=subprocess.PIPE, text=True,
                          check=True).stdout


def rows(found, networks):
    """What a GPU's row has behind its name."""
    gpus = {}
    for network, gpu, *times in found:
        gpus.setdefault(gpu, {})[network] = " to ".join(
            f"{float(time):.1f}" for time in times)
    return {gpu: " | ".join(times[n] for n in networks)
            for gpu, times in gpus.items()}


def numbers(row):
    return [float(n) for n in re.findall(r"[\d.]+", row)]


def is_near(row, other):
    a, b = numbers(row), numbers(other)
    return len(a) == len(b) and all(
        abs(x - y) <= 0.1 * max(x, y) for x, y in zip(a, b))


def main():
    new = {**rows(MODELLED.findall(said(sys.argv[-2])), OURS),
           **rows(PUBLISHED.findall(said(sys.argv[-1])), THEIRS)}
    with open(PAGE, encoding="utf-8") as file:
        page = file.read()
    wrong = 0
    for gpu, row in new.items():
        line = re.compile(r"^(\|(?: `\S+` \|)? " + re.escape(gpu) +
                          r" \| )([\d. |to]+)( \|)$", re.M)
        old = line.search(page)
        if not old or not is_near(old.group(2), row):
            print(f"{gpu}: {row}; the page: {old and old.group(2)}")
            wrong += 1
        page = line.sub(lambda m: m.group(1) + row + m.group(3), page)
    if "--update" in sys.argv[1:-2]:
        with open(PAGE, "w", encoding="utf-8") as file:
            file.write(page)
        return 0
    if wrong:
        print(f"{wrong} rows are not what the model says: --update")
    if len(new) != 12:
        print(f"{len(new)} rows instead of 12 in what the tests print")
    return 1 if wrong or len(new) != 12 else 0


sys.exit(main())
