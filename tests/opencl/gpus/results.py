#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Keeps what a GPU's compiler said of a program: the same source and options
need not be compiled again. usage:
  results.py todo FOLDER STORE         leaves in FOLDER/programs only what the
                                       store has not; FOLDER/all has all
  results.py keep FOLDER OUTPUT STORE  takes what compile.c said of those into
                                       the store, and makes OUTPUT what it
                                       would have said of all
A store is of one GPU and one version of its compiler."""

import hashlib
import os
import re
import sys

sys.dont_write_bytecode = True
import gate     # noqa: E402
import loops    # noqa: E402

# Of what is read out of what compilers say: what an older one has kept does
# not do.
READER = 2


def read(*path):
    with open(os.path.join(*path), encoding="utf-8", errors="replace") as file:
        return file.read()


def write(text, *path):
    with open(os.path.join(*path), "w", encoding="utf-8") as file:
        file.write(text)


def key_of(folder, line):
    source = read(folder, line.split("\t")[0] + ".cl")
    return hashlib.sha256(
        f"{READER}\n{line}\n{source}".encode()).hexdigest()


def todo(folder, store):
    os.makedirs(store, exist_ok=True)
    lines = read(folder, "programs").splitlines(True)
    write("".join(lines), folder, "all")
    write("".join(line for line in lines if not os.path.exists(
        os.path.join(store, key_of(folder, line.rstrip("\n"))))),
          folder, "programs")


def telling(text):
    """Without all that nobody reads; of disassemblies what loops they have."""
    kept = "".join(
        line for line in text.splitlines(True) if line[:2] in ("@ ", "= ") or
        any(re.search(pattern, line) for pattern, _ in gate.STATISTICS))
    found = loops.describe(text)
    if found:
        kept += "= " + " ".join(f"{n} {v}" for n, v in found.items()) + "\n"
    return kept


def keep(folder, output, store):
    """What was said of a program only in part is not kept."""
    answers, *said = re.split(r"^(?=@ )", read(output), flags=re.M)
    if "\n= driver " in answers:
        write("".join(line for line in answers.splitlines(True)
                      if line.startswith("= ")), store, "answers")
    for line, text in zip(read(folder, "programs").splitlines(), said):
        if text.startswith("@ " + line.replace("\t", " ") + "\n") and \
                re.search(r"^= private .*\n", text, re.M):
            write(telling(text), store, key_of(folder, line))
    try:
        texts = [read(store, "answers")]
        for line in read(folder, "all").splitlines():
            texts.append(read(store, key_of(folder, line)))
    except FileNotFoundError:
        sys.exit(f"{folder}: not all of it was compiled")
    write("".join(texts), output)


if __name__ == "__main__":
    {"todo": todo, "keep": keep}[sys.argv[1]](*sys.argv[2:])
