#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compiles each kernel, in each of its forms, as OpenCL C 1.2 for spir64
with clang; a warning is an error. usage: check.py CLANG OUT KERNEL.cl..."""

import itertools
import os
import subprocess
import sys

# What of the rest is of 16 bits: nothing; all; all, and what is computed too,
# where a kernel can; and one of each, as where a layer would overflow. The
# last takes cl_khr_fp16, which the others must not.
HALVES = (0, 31, 14, 19)
MATHS = 63
HAVE_MATHS = ('conv', 'dwconv', 'pointwise')

# What the host passes, with every combination that it can choose. The
# activation, ACT, is a choice by itself: each of them in turn. A name that
# is empty has options that go together.
N_ACTS = 5
FORMS = {
    'binary': [('OP', (0, 1, 2))],
    'conv': [('', ['-DV=%d -DPX=%d -DKERNEL=0' % tile
                   for tile in ((4, 1), (4, 2), (4, 4), (16, 4))]
              + ['-DV=%d -DPX=1 -DKERNEL=3 -DINPUTS=%d -DCONSTANT=%d' % form
                 for form in itertools.product((8, 16), (1, 2, 3, 4),
                                               (0, 1))]),
             ('RESIDUAL', (0, 1))],
    'dwconv': [('', ['-DPX=%d -DKERNEL=%d -DSTRIDE=%d -DCOLUMNS=%d'
                     % (p, k, s, (p - 1) * s + k)
                     for p, k, s in itertools.product((1, 2, 4), (3, 5),
                                                      (1, 2)) if p * s <= 4]),
               ('EDGES', (0, 51)),
               ('', ['-DV=4 -DROWS=0 -DSUMS=%d' % s for s in (0, 1)]
                + ['-DV=%d -DROWS=1 -DSUMS=%d' % form
                   for form in itertools.product((4, 8), (0, 2))])],
    'fully_connected': [('V', (4, 16)), ('REDUCE', (0, 1)),
                        ('PARTS', (0, 1))],
    'pointwise': [('', ['-DV=4 -DPX=%d -DSTEP=%d -DSPLIT=1' % tile
                        for tile in itertools.product((1, 2, 4), (1, 2, 4))]
                   + ['-DV=4 -DPX=2 -DSTEP=2 -DSPLIT=%d' % s for s in (4, 8)]
                   + ['-DV=16 -DPX=6 -DSTEP=1 -DSPLIT=1']),
                  ('SCALE', (0, 1)), ('MEAN', (0, 1)), ('RESIDUAL', (0, 1))],
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
        words = ['-D%s=%s' % (k, v) if k else v
                 for (k, _), v in zip(keys, values)]
        half = HALVES[i % len(HALVES)]
        words.append('-DACT=%d' % (i % N_ACTS))
        yield ' '.join(words + ['-DHALF=%d' % half]).split()
        if name in HAVE_MATHS and i % 3 == 0:
            yield ' '.join(words + ['-DHALF=%d' % MATHS]).split()


def without_maths(options):
    """For some of the forms that are not to need what spir64 has. clang
    forgets vload_half with it, but for the one in its large header."""
    words = ' '.join(options)
    if ('-DHALF=31' in words or '-DHALF=19' in words) and '-DACT=1' in words:
        return ['-Xclang', '-cl-ext=-cl_khr_fp16', '-cl-no-stdinc']
    return []


def main():
    clang, out, kernels = sys.argv[1], sys.argv[2], sys.argv[3:]
    for path in kernels:
        name = os.path.splitext(os.path.basename(path))[0]
        # Alone, and then with the host's options.
        for options in itertools.chain([[]], forms(name)):
            done = subprocess.run(
                [clang, '-x', 'cl', '-cl-std=CL1.2', '-target', 'spir64',
                 '-Xclang', '-finclude-default-header', '-Wall', '-Werror',
                 '-Wno-unused-function', '-fsyntax-only']
                + without_maths(options) + options + [path])
            if done.returncode:
                sys.exit('%s does not compile with %s'
                         % (path, ' '.join(options) or 'no options'))
    with open(out, 'w') as f:
        f.write('checked\n')


main()
