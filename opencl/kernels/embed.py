#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes the kernels into a C file, as a table of names and texts, each with
the headers it includes put in. usage: embed.py OUT.c KERNEL.cl..."""

import os
import re
import sys


def read(path):
    with open(path, encoding='ascii') as f:
        return f.read()


def strip_comments(text):
    return re.sub(r'/\*.*?\*/', ' ', text, flags=re.S)


def expand(path):
    folder = os.path.dirname(path)
    text = re.sub(r'^#include "([^"]+)"$',
                  lambda m: read(os.path.join(folder, m.group(1))),
                  read(path), flags=re.M)
    lines = (line.rstrip() for line in strip_comments(text).split('\n'))
    return [line for line in lines if line]


def quote(line):
    return '"' + line.replace('\\', '\\\\').replace('"', '\\"') + '\\n"'


def main():
    out, kernels = sys.argv[1], sys.argv[2:]
    with open(out, 'w', encoding='ascii') as f:
        f.write('/* Made by embed.py. */\n\n'
                '#include "opencl/device/program.h"\n\n')
        f.write('const MnClSource mn_cl_sources[] = {\n')
        for path in kernels:
            name = os.path.splitext(os.path.basename(path))[0]
            f.write('  {"%s",\n' % name)
            for line in expand(path):
                f.write('      %s\n' % quote(line))
            f.write('  },\n')
        f.write('  {NULL, NULL}\n};\n')


main()
