#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Holds what compilers for GPUs say of our programs to the table that is
committed. usage: gate.py [--update] FOLDER
FOLDER holds what compile.c printed, a file a GPU, of its name; other GPUs'
lines of the table are left alone. --update writes the table and the devices
anew. Exit status: 1 where a program is worse than it was or uses memory for
what should lie in registers; 77 where nothing is wrong, but the table is of
another version of the compilers, so that most could not be compared."""

import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TABLE = os.path.join(HERE, "table")
SPILLS = os.path.join(HERE, "spills")
DEVICES = os.path.join(HERE, "devices")

# By how much a number may grow unnoticed.
GROWTH = 1.05
# What is worse when it is more; what has to be 0.
COSTS = ("instr", "cycles")
ZEROS = ("private", "spills", "fills")

# What the drivers print of each variant that they compile; the last one, for
# launches without offsets, is ours.
STATISTICS = (
    # ir3, in several lines
    (r"; CL prog \d+/\d+: (\d+) instr, (\d+) nops", "instr nops"),
    (r"; CL prog \d+/\d+: .* (\d+) half, (\d+) full", "half regs"),
    (r"; CL prog \d+/\d+: (\d+) sstall, .* (\d+) systall, .* (\d+) loops",
     "ss sy loops"),
    (r"; CL prog \d+/\d+: (\d+) max_waves, (\d+) double", "waves double"),
    # Bifrost and Valhall
    (r"KERNEL shader: (\d+) instrs, ([\d.]+) cycles, ([\d.]+) fma, "
     r"([\d.]+) cvt, ([\d.]+) sfu, .* ([\d.]+) ls, .* (\d+) threads, "
     r"(\d+) loops, (\d+):(\d+) spills:fills, .* (\d+) registers",
     "instr cycles fma cvt sfu ls threads loops spills fills regs"),
    # V3D
    (r"COMPUTE shader: (\d+) inst, (\d+) threads, (\d+) loops, "
     r".* (\d+) max-temps, "
     r"(\d+):(\d+) spills:fills, (\d+) sfu-stalls, .* (\d+) nops",
     "instr threads loops temps spills fills stalls nops"),
)
# The table's order of all that there may be.
ORDER = ("private local group multiple instr nops loops body inner regs half "
         "temps waves double threads ss sy stalls cycles fma cvt sfu ls "
         "spills fills").split()


class Failed(Exception):
    pass


def number(text):
    return round(float(text), 2) if "." in text else int(text)


def form_of(words):
    """Kernel and definitions, as the table has them: no other options."""
    kernel, *options = words.split()
    return " ".join([kernel] + [o[2:] for o in options if o.startswith("-D")])


def read_output(path):
    """A GPU's answers by name, and its programs' numbers by form."""
    answers, programs, form = {}, {}, None
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.startswith("@ "):
                form = form_of(line[2:])
                programs[form] = {}
            elif line.startswith("= failed"):
                raise Failed(f"{form} does not compile: see {path}")
            elif line.startswith("= ") and form is None:
                name, _, value = line[2:].strip().partition(" ")
                answers[name] = value
            elif line.startswith("= "):
                words = line[2:].split()
                programs[form].update(
                    zip(words[::2], map(number, words[1::2])))
            else:
                for pattern, names in STATISTICS if form else ():
                    found = re.search(pattern, line)
                    if found:
                        programs[form].update(
                            zip(names.split(), map(number, found.groups())))
    for form, numbers in programs.items():
        if "private" not in numbers or "instr" not in numbers:
            raise Failed(f"nothing is known of {form}: see {path}")
    if not programs:
        raise Failed(f"no program was compiled: see {path}")
    return answers, programs


def read_table(path):
    """The compilers' version, and numbers by form and GPU."""
    version, table = None, {}
    if not os.path.exists(path):
        return version, table
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.startswith("# Mesa "):
                version = line.split()[2]
            elif line.strip() and not line.startswith("#"):
                form, gpu, rest = (part.strip() for part in line.split("|"))
                words = rest.split()
                table[form, gpu] = dict(
                    zip(words[::2], map(number, words[1::2])))
    return version, table


def write_table(path, version, table):
    with open(path, "w", encoding="utf-8") as file:
        file.write("# What compilers for GPUs make of the programs of our "
                   "networks: .ci/gpus --update\n# writes it, "
                   "docs/gpus.md explains it.\n"
                   f"# Mesa {version}\n")
        for (form, gpu), numbers in sorted(table.items()):
            text = " ".join(f"{n} {numbers[n]}" for n in ORDER if n in numbers)
            file.write(f"{form} | {gpu} | {text}\n")


def write_devices(path, answers):
    """Those of other GPUs stay."""
    parts = {}
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            parts = dict(re.findall(r"^\[(.*)\]\n((?:[^\[#\n].*\n)*)",
                                    file.read(), re.M))
    for gpu, lines in answers.items():
        parts[gpu] = "".join(f"{n} {v}\n" for n, v in lines.items())
    with open(path, "w", encoding="utf-8") as file:
        file.write("# What GPUs answer by Mesa's drivers, which think that "
                   "they are there:\n# .ci/gpus --update writes it.\n")
        for gpu, text in sorted(parts.items()):
            file.write(f"\n[{gpu}]\n{text}")


def room(numbers):
    """Items at a time, in some unit: Adreno's waves may be twice as wide."""
    return (numbers.get("waves", 0) * (1 + numbers.get("double", 0)) +
            numbers.get("threads", 0))


def read_spills(path):
    """The programs that are known to spill: an empty list is what we want."""
    if not os.path.exists(path):
        return set()
    with open(path, encoding="utf-8") as file:
        return {tuple(part.strip() for part in line.split("|"))
                for line in file if line.strip() and line[0] != "#"}


def compare_program(old, new, same_compiler, may_spill=False):
    """What is wrong, and what is better, in words."""
    wrong, better = [], []
    spilled = [f"{name} {new[name]}" for name in ZEROS if new.get(name)]
    if spilled and not may_spill:
        wrong.append(", ".join(spilled) + ": has to be 0")
    if may_spill and not spilled:
        wrong.append("spills no more: to be taken off the list of such")
    for name in COSTS if old and same_compiler else ():
        before, now = old.get(name), new.get(name)
        if before is None or now is None:
            continue
        if now > before * GROWTH:
            wrong.append(f"{name} {before} -> {now}")
        elif now < before:
            better.append(f"{name} {before} -> {now}")
    if old and same_compiler and old.get("loops") != new.get("loops"):
        wrong.append(f"loops {old.get('loops')} -> {new.get('loops')}: "
                     "instructions are others than they were")
    before, now = map(room, (old, new)) if old and same_compiler else (0, 0)
    if now < before:
        wrong.append(f"room for items {before} -> {now}")
    elif now > before:
        better.append(f"room for items {before} -> {now}")
    if not old:
        wrong.append("not in the table")
    return wrong, better


def compare(table, outputs, same_compiler, spills=frozenset()):
    """Prints; returns how much is wrong."""
    wrong = 0
    for gpu, programs in sorted(outputs.items()):
        for form, new in sorted(programs.items()):
            bad, good = compare_program(table.get((form, gpu)), new,
                                        same_compiler, (form, gpu) in spills)
            for text in bad:
                print(f"{gpu}: {form}: {text}")
            for text in good:
                print(f"better: {gpu}: {form}: {text}")
            wrong += len(bad)
        known = {key[0] for key in [*table, *spills] if key[1] == gpu}
        for form in sorted(known):
            if form not in programs:
                print(f"{gpu}: {form}: is listed, and no program any more")
                wrong += 1
    return wrong


def update(table, outputs, answers, version):
    kept = {key: numbers for key, numbers in table.items()
            if key[1] not in outputs}
    for gpu, programs in outputs.items():
        kept.update({(form, gpu): numbers
                     for form, numbers in programs.items()})
    write_table(TABLE, version, kept)
    write_devices(DEVICES, answers)


def main():
    folder = sys.argv[-1]
    gpus = sorted(n for n in os.listdir(folder)
                  if os.path.isfile(os.path.join(folder, n)))
    read = {gpu: read_output(os.path.join(folder, gpu)) for gpu in gpus}
    answers = {gpu: r[0] for gpu, r in read.items()}
    outputs = {gpu: r[1] for gpu, r in read.items()}
    versions = {a["driver"] for a in answers.values()}
    if len(versions) != 1:
        raise Failed(f"compilers of several versions: {versions}")
    version = versions.pop()
    before, table = read_table(TABLE)
    same = before == version
    wrong = compare(table, outputs, same, read_spills(SPILLS))
    if "--update" in sys.argv[1:-1]:
        update(table, outputs, answers, version)
        return 0
    n = sum(map(len, outputs.values()))
    if wrong:
        print(f"{wrong} wrong in {n} programs; if that is meant: "
              ".ci/gpus --update")
        return 1
    if not same:
        print(f"{n} programs keep to their registers; the table is of Mesa "
              f"{before}, this is {version}: sizes were not compared")
        return 77
    print(f"{n} programs are as the table has them, or better")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failure:
        sys.exit(f"gate.py: {failure}")
