#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What gate.py reads from compilers' words, what it makes of numbers, and
what results.py keeps of them."""

import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
import gate     # noqa: E402
import loops    # noqa: E402
import results  # noqa: E402

DEVICE = """= platform rusticl
= driver 26.2.6-1
= max-items 1024 1024 64
libclc: a warning of some driver
KERNEL shader: a program of the driver's own, before ours
"""

ADRENO = DEVICE + """@ mean -cl-std=CL1.2 -cl-mad-enable
MESA: info: ; CL prog 3/1: 150 instr, 40 nops, 110 non-nops, 3 mov, 0 cov
MESA: info: ; CL prog 3/1: 0 last-baryf, 0 last-helper, 0 half, 5 full, 8 c
MESA: info: ; CL prog 3/1: 9 sstall, 2 (ss), 70 systall, 4 (sy), 1 loops
MESA: info: ; CL prog 3/1: 12 max_waves, 1 double_threadsize
MESA: info: ; CL prog 4/1: 143 instr, 63 nops, 80 non-nops, 3 mov, 0 cov
MESA: info: ; CL prog 4/1: 0 last-baryf, 0 last-helper, 1 half, 4 full, 8 c
MESA: info: ; CL prog 4/1: 28 sstall, 2 (ss), 88 systall, 4 (sy), 2 loops
MESA: info: ; CL prog 4/1: 16 max_waves, 1 double_threadsize
= private 0 local 0 group 2048 multiple 128
@ dwconv -cl-std=CL1.2 -DV=4 -DPX=2
MESA: info: ; CL prog 5/1: 900 instr, 1 nops, 899 non-nops, 0 mov, 0 cov
= private 512 local 0 group 682 multiple 64
"""

MALI = DEVICE + """@ conv -cl-std=CL1.2 -DV=16
MESA_SHADER_KERNEL shader: 1995 instrs, 167.000000 cycles, 7.750000 fma, \
17.515625 cvt, 21.500000 sfu, 30.640625 alu, 0.000000 v, 0.000000 t, \
167.000000 ls, 16000 code size, 1 threads, 3 loops, 39:52 spills:fills, \
3260 spill cost, 64 registers used, 30 uniforms used
= private 160 local 0 group 1024 multiple 16
"""

V3D = DEVICE + """@ pointwise -DV=4
MESA: info: SHADER-DB- - MESA_SHADER_COMPUTE shader: 1628 inst, 2 threads, \
1 loops, 246 uniforms, 64 max-temps, 1:2 spills:fills, 31 sfu-stalls, \
1659 inst-and-stalls, 125 nops
= private 0 local 0 group 32 multiple 16
"""


# Two variants each, of which the last one counts.
IR3_CODE = """@ mean -cl-std=CL1.2
MESA: info: Native code for unnamed CL shader  with blake3 0a:
MESA: info: l1:
MESA: info: jump #l1
MESA: info: ; CL: outputs:
MESA: info: Native code for unnamed CL shader  with blake3 0b:
MESA: info: @in(r0.x)\tin1 (wrmask=0x7)
MESA: info: mov.u32u32 r0.w, c4.x
MESA: info: l2:
MESA: info: (jp)add.u r0.x, r0.y, 1
MESA: info: br p0.x, #l9
MESA: info: l4:
MESA: info: (sy)(rpt3)mad.f32 r0.x, r1.x, (r)r2.x, (r)r3.x
MESA: info: (ss)(nop2) cmps.s.ge p0.x, r0.x, c1.x
MESA: info: br !p0.x, #l4
MESA: info: (rpt1)nop
MESA: info: jump #l2
MESA: info: l9:
MESA: info: (jp)end
MESA: info: ; CL: outputs:
= private 0
"""

VALHALL_CODE = """@ mean -cl-std=CL1.2
   IADD.s32 r1, r1, r2
   BRANCHZ.eq.reconverge 0x0, offset:-1
MESA_SHADER_KERNEL shader: 2 instrs
        BRANCHZ.i16.eq u256, u256 -> block6
   MOV.i32 r0, r1
   FMA.f32 r0, r1, r2^, r0^

   LOAD.i128.unsigned.slot0.wait0 @r4:r5:r6:r7, [r2^:r3^], offset:0
   BRANCHZ.eq.reconverge r0.h0, offset:-2

   BRANCHZ.eq.reconverge 0x0, offset:-5
   NOP.end
MESA_SHADER_KERNEL shader: 6 instrs
= private 0
"""


def read(text):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "gpu")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return gate.read_output(path)


class Reading(unittest.TestCase):
    def test_adreno(self):
        answers, programs = read(ADRENO)
        self.assertEqual(answers["max-items"], "1024 1024 64")
        self.assertEqual(programs["mean"], {
            "instr": 143, "nops": 63, "loops": 2, "half": 1, "regs": 4,
            "ss": 28, "sy": 88, "waves": 16, "double": 1, "private": 0,
            "local": 0, "group": 2048, "multiple": 128})
        self.assertEqual(programs["dwconv V=4 PX=2"]["private"], 512)

    def test_mali(self):
        self.assertEqual(read(MALI)[1]["conv V=16"], {
            "instr": 1995, "cycles": 167, "fma": 7.75, "cvt": 17.52,
            "sfu": 21.5, "ls": 167, "threads": 1, "loops": 3, "spills": 39,
            "fills": 52, "regs": 64, "private": 160, "local": 0, "group": 1024,
            "multiple": 16})

    def test_v3d(self):
        self.assertEqual(read(V3D)[1]["pointwise V=4"], {
            "instr": 1628, "threads": 2, "loops": 1, "temps": 64,
            "spills": 1, "fills": 2, "stalls": 31, "nops": 125,
            "private": 0, "local": 0, "group": 32,
            "multiple": 16})

    def test_failures(self):
        for text in (DEVICE, DEVICE + "@ mean\nno statistics\n= private 0\n",
                     DEVICE + "@ mean\nsome error\n= failed\n",
                     DEVICE + "@ mean\nKERNEL sha"):
            with self.assertRaises(gate.Failed):
                read(text)

    def test_table(self):
        table = {("mean", "a"): {"instr": 3, "cycles": 2.25, "private": 0},
                 ("conv V=4", "b"): {"instr": 7, "group": 32}}
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "table")
            gate.write_table(path, "1.2", table)
            self.assertEqual(gate.read_table(path), ("1.2", table))


class Loops(unittest.TestCase):
    def test_ir3(self):
        # 4 repeated, 1 that waits for 2, 1; around it 5 more.
        self.assertEqual(loops.describe(IR3_CODE), {"body": 13, "inner": 8})

    def test_valhall(self):
        self.assertEqual(loops.describe(VALHALL_CODE),
                         {"body": 5, "inner": 2})

    def test_none(self):
        for text in (DEVICE, MALI, V3D, IR3_CODE.replace("#l", "l")):
            self.assertEqual(loops.describe(text), {})

    def test_kept(self):
        kept = results.telling(VALHALL_CODE)
        self.assertIn("= body 5 inner 2\n", kept)
        self.assertNotIn("FMA", kept)


class Comparing(unittest.TestCase):
    OLD = {"instr": 100, "loops": 1, "cycles": 10.0, "waves": 8, "double": 0,
           "private": 0}

    def wrong(self, same=True, **changes):
        return gate.compare_program(self.OLD, {**self.OLD, **changes},
                                    same)[0]

    def test_growth(self):
        self.assertEqual(self.wrong(instr=105), [])
        self.assertEqual(len(self.wrong(instr=106)), 1)
        self.assertEqual(len(self.wrong(cycles=10.6)), 1)
        self.assertEqual(self.wrong(same=False, instr=200), [])
        # A loop in the place of what stood there many times.
        self.assertEqual(len(self.wrong(instr=50, loops=2)), 1)

    def test_room(self):
        self.assertEqual(len(self.wrong(waves=7)), 1)
        self.assertEqual(self.wrong(waves=9), [])
        # As many items in fewer, wider waves.
        self.assertEqual(self.wrong(waves=4, double=1), [])

    def test_memory(self):
        for name in ("private", "spills", "fills"):
            self.assertEqual(len(self.wrong(**{name: 4})), 1)
            self.assertEqual(len(self.wrong(same=False, **{name: 4})), 1)

    def test_known(self):
        for numbers, n in (({"private": 8}, 0), ({}, 1)):
            self.assertEqual(len(gate.compare_program(
                self.OLD, {**self.OLD, **numbers}, True, True)[0]), n)
        new = {"a": {"mean": dict(self.OLD)}}
        self.assertEqual(gate.compare({("mean", "a"): self.OLD}, new, True,
                                      {("pad", "a"), ("pad", "b")}), 1)

    def test_better(self):
        wrong, better = gate.compare_program(
            self.OLD, {**self.OLD, "instr": 90}, True)
        self.assertEqual((wrong, len(better)), ([], 1))

    def test_lines(self):
        new = {"mean": dict(self.OLD)}
        self.assertEqual(
            gate.compare({("mean", "a"): self.OLD}, {"a": new}, True), 0)
        self.assertEqual(gate.compare({}, {"a": new}, True), 1)
        stale = {("mean", "a"): self.OLD, ("pad", "a"): self.OLD,
                 ("pad", "b"): self.OLD}
        self.assertEqual(gate.compare(stale, {"a": new}, True), 1)


class Keeping(unittest.TestCase):
    PROGRAMS = "mean\t-cl-std=CL1.2 -cl-mad-enable\n" \
        "dwconv\t-cl-std=CL1.2 -DV=4 -DPX=2\n"

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.plan, self.store, self.output = (
            os.path.join(folder.name, name) for name in "psg")
        os.mkdir(self.plan)
        for name, text in (("mean.cl", "1"), ("dwconv.cl", "2"),
                           ("programs", self.PROGRAMS)):
            results.write(text, self.plan, name)

    def compile(self, text):
        results.todo(self.plan, self.store)
        asked = results.read(self.plan, "programs")
        results.write(text, self.output)
        try:
            results.keep(self.plan, self.output, self.store)
        finally:
            results.write(self.PROGRAMS, self.plan, "programs")
        return asked

    def test_again(self):
        self.assertEqual(self.compile(ADRENO), self.PROGRAMS)
        first = gate.read_output(self.output)
        self.assertEqual(first, read(ADRENO))
        self.assertEqual(self.compile(""), "")
        self.assertEqual(gate.read_output(self.output), first)

    def test_changed(self):
        self.compile(ADRENO)
        results.write("3", self.plan, "mean.cl")
        whole = ADRENO.split("@ dwconv", maxsplit=1)[0]
        asked = self.compile(whole.replace("143 instr", "99 instr"))
        self.assertEqual(asked, self.PROGRAMS.splitlines(True)[0])
        programs = gate.read_output(self.output)[1]
        self.assertEqual(programs["mean"]["instr"], 99)
        self.assertEqual(programs["dwconv V=4 PX=2"]["instr"], 900)

    def test_broken_off(self):
        with self.assertRaises(SystemExit):
            self.compile(ADRENO[:ADRENO.rindex("= private")])
        self.assertEqual(self.compile(DEVICE + ADRENO[
            ADRENO.index("@ dwconv"):]), self.PROGRAMS.splitlines(True)[1])
        self.assertEqual(gate.read_output(self.output), read(ADRENO))


unittest.main()
