#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How many instructions the loops of a program have, by what a compiler for
GPUs disassembles: a loop is what a branch back goes over. The numbers are
issue slots, as the compilers count instructions: what is repeated counts as
often, and so does waiting."""

import re

# ir3: a label, an instruction with what stands before it.
LABEL = re.compile(r"(l\d+):$")
IR3 = re.compile(r"((?:\([a-z]+\d*\) ?)*)([a-z][a-z0-9_.]*)(?= |$)(.*)")
# Valhall: an instruction; a branch by so many of them.
VALHALL = re.compile(r"   [A-Z][A-Z0-9_]*[.a-z0-9_]*( |$)")
BACK = re.compile(r" offset:-(\d+)$")


def of_ir3(lines):
    at, labels, loops = 0, {}, []
    for line in lines:
        label = LABEL.match(line)
        if label:
            labels[label.group(1)] = at
            continue
        found = IR3.match(line)
        if not found:
            continue
        at += 1 + sum(map(int, re.findall(r"\((?:rpt|nop)(\d+)\)",
                                          found.group(1))))
        loops += [(labels[to], at) for to in
                  re.findall(r"#(l\d+)", found.group(3)) if to in labels]
    return loops


def of_valhall(lines):
    at, loops = 0, []
    for line in lines:
        if not VALHALL.match(line):
            continue
        at += 1
        back = BACK.search(line)
        if back:
            loops.append((at - int(back.group(1)), at))
    return loops


def last_variant(text):
    """The lines of the code that is ours; a driver makes several."""
    text = re.sub(r"^MESA: info: ", "", text, flags=re.M)
    if "Native code for " in text:
        code = text.rpartition("Native code for ")[2]
        return of_ir3, code.partition("; CL: outputs")[0].splitlines()
    parts = text.split("MESA_SHADER_KERNEL shader: ")
    return of_valhall, parts[-2].splitlines() if len(parts) > 1 else []


def describe(text):
    """{}: there are none. body: of the largest loop; inner: of the largest of
    those that have no other one in them."""
    read, lines = last_variant(text)
    loops = read(lines)
    if not loops:
        return {}
    inner = [(a, b) for a, b in loops if not any(
        a <= c and d <= b and (c, d) != (a, b) for c, d in loops)]
    return {"body": max(b - a for a, b in loops),
            "inner": max(b - a for a, b in inner)}
