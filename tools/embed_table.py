#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes what compilers for GPUs say of our programs into a C file.
usage: embed_table.py OUT.c TABLE"""

import sys

COLUMNS = ("group multiple private instr body inner waves double threads "
           "cycles fma cvt sfu ls").split()
# Words of C.
MEMBERS = {"private": "private_size", "double": "double_waves"}


def main():
    out, table = sys.argv[1:]
    rows = []
    with open(table, encoding="utf-8") as file:
        for line in file:
            if not line.strip() or line.startswith("#"):
                continue
            form, gpu, rest = (part.strip() for part in line.split("|"))
            words = rest.split()
            numbers = dict(zip(words[::2], words[1::2]))
            rows.append((gpu, form, ", ".join(
                f".{MEMBERS.get(name, name)} = {numbers[name]}"
                for name in COLUMNS if name in numbers)))
    with open(out, "w", encoding="utf-8") as file:
        file.write('/* Made by embed_table.py. */\n\n'
                   '#include "tools/gpu_table.h"\n\n'
                   'const MnGpuProgram mn_gpu_programs[] = {\n')
        for gpu, form, numbers in rows:
            file.write(f'  {{"{gpu}", "{form}", {numbers}}},\n')
        file.write('  {NULL, NULL}\n};\n')


main()
