#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compiles each kernel, in each of its forms, as OpenCL C 1.2 for spir64
with clang; a warning is an error. usage: check.py CLANG OUT KERNEL.cl..."""

import itertools
import os
import subprocess
import sys

# What the host passes, with every combination that it can choose. The
# activation, ACT, is a choice by itself: each of them in turn.
N_ACTS = 5
FORMS = {
    'binary': [('OP', (0, 1, 2))],
    'conv': [('V', (4, 16)), ('PX', (1, 4))],
    'dwconv': [('V', (4, 8)), ('PX', (1, 2, 4)), ('KERNEL', (3, 5)),
               ('STRIDE', (1, 2)), ('SUMS', (0, 1, 2))],
    'fully_connected': [('V', (4, 16)), ('REDUCE', (0, 1)),
                        ('PARTS', (0, 1))],
    'pointwise': [('V', (4, 16)), ('PX', (1, 2, 4, 6)), ('SCALE', (0, 1))],
    'pool': [('MAX', (0, 1))],
    'preprocess': [('GREY', (0, 1)), ('SAMPLE', (0, 2)),
                   ('LUMA', (1, 2, 3, 4)), ('CHROMA', (0, 1, 2, 4))],
    'squeeze_excite': [('V', (4, 16)), ('GATE', (0, 1, 2, 3, 4))],
}


def forms(name):
    keys = FORMS.get(name, [])
    products = list(itertools.product(*(v for _, v in keys)))
    for i in range(max(len(products), N_ACTS)):
        values = products[i % len(products)]
        yield (['-D%s=%s' % (k, v) for (k, _), v in zip(keys, values)]
               + ['-DACT=%d' % (i % N_ACTS)])


def main():
    clang, out, kernels = sys.argv[1], sys.argv[2], sys.argv[3:]
    for path in kernels:
        name = os.path.splitext(os.path.basename(path))[0]
        # Alone, and then with the host's options.
        for options in itertools.chain([[]], forms(name)):
            done = subprocess.run(
                [clang, '-x', 'cl', '-cl-std=CL1.2', '-target', 'spir64',
                 '-Xclang', '-finclude-default-header', '-Wall', '-Werror',
                 '-Wno-unused-function', '-fsyntax-only'] + options + [path])
            if done.returncode:
                sys.exit('%s does not compile with %s'
                         % (path, ' '.join(options) or 'no options'))
    with open(out, 'w') as f:
        f.write('checked\n')


main()
