/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* In assembler, so that each is exactly the instructions that it names,
 * whatever the compiler is told to build for. Twelve or sixteen accumulators
 * do not depend on one another; all registers hold zeros. */

#include "tools/peak_loops.h"

#include "engine/base/cpu_flags.h"

#define TWELVE(step) \
  step ("0") step ("1") step ("2") step ("3") step ("4") step ("5") step ("6") \
      step ("7") step ("8") step ("9") step ("10") step ("11")

#ifdef __x86_64__

#define CLOBBERED \
  "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", \
      "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"

#define ARITH_LOOP(name, zero, steps, end) \
  static void name (gsize n) \
  { \
    __asm__ volatile (TWELVE (zero) zero ("12") zero ("13") zero ("14") \
            zero ("15") "1:\n" steps steps "sub $1, %0\njnz 1b\n" end \
        : "+r"(n) \
        : \
        : CLOBBERED); \
  }

#define ZERO_SSE(i) "pxor %%xmm" i ", %%xmm" i "\n"
#define ZERO_AVX(i) "vpxor %%xmm" i ", %%xmm" i ", %%xmm" i "\n"
#define UPPER "vzeroupper\n"

/* Two steps, on a pair of registers: the product needs a place. */
#define SSE_F32(acc, t) \
  "movaps %%xmm15, %%xmm" t "\n" \
  "mulps %%xmm14, %%xmm" t "\naddps %%xmm" t ", %%xmm" acc "\n"
#define SSE_I8(acc, t) \
  "movdqa %%xmm15, %%xmm" t "\n" \
  "pmaddwd %%xmm14, %%xmm" t "\npaddd %%xmm" t ", %%xmm" acc "\n"
#define MADD_I8(reg, acc, t) \
  "vpmaddubsw %%" reg "15, %%" reg "14, %%" reg t "\n" \
  "vpmaddwd %%" reg "13, %%" reg t ", %%" reg t "\n" \
  "vpaddd %%" reg t ", %%" reg acc ", %%" reg acc "\n"
#define AVX2_I8(acc, t) MADD_I8 ("ymm", acc, t)
#define AVX512_I8(acc, t) MADD_I8 ("zmm", acc, t)
#define SIX(step) \
  step ("0", "6") step ("1", "7") step ("2", "8") step ("3", "9") \
      step ("4", "10") step ("5", "11")

#define AVX2_F32(i) "vfmadd231ps %%ymm15, %%ymm14, %%ymm" i "\n"
#define AVX512_F32(i) "vfmadd231ps %%zmm15, %%zmm14, %%zmm" i "\n"
#define AVX512_BF16(i) "vdpbf16ps %%zmm15, %%zmm14, %%zmm" i "\n"
#define AVX_VNNI(i) "%{vex%} vpdpbusd %%ymm15, %%ymm14, %%ymm" i "\n"
#define AVX512_VNNI(i) "vpdpbusd %%zmm15, %%zmm14, %%zmm" i "\n"

ARITH_LOOP (sse_f32, ZERO_SSE, SIX (SSE_F32), "")
ARITH_LOOP (sse_i8, ZERO_SSE, SIX (SSE_I8), "")
ARITH_LOOP (avx2_f32, ZERO_AVX, TWELVE (AVX2_F32), UPPER)
ARITH_LOOP (avx2_i8, ZERO_AVX, SIX (AVX2_I8), UPPER)
ARITH_LOOP (avx_vnni, ZERO_AVX, TWELVE (AVX_VNNI), UPPER)
ARITH_LOOP (avx512_f32, ZERO_AVX, TWELVE (AVX512_F32), UPPER)
ARITH_LOOP (avx512_i8, ZERO_AVX, SIX (AVX512_I8), UPPER)
ARITH_LOOP (avx512_bf16, ZERO_AVX, TWELVE (AVX512_BF16), UPPER)
ARITH_LOOP (avx512_vnni, ZERO_AVX, TWELVE (AVX512_VNNI), UPPER)
/* Four sums of tiles; two steps. */
static void
amx_bf16 (gsize n)
{
  static const struct
  {
    guint8 palette, unused[15];
    guint16 bytes[16];
    guint8 rows[16];
  } config = {1, {0}, {64, 64, 64, 64, 64, 64}, {16, 16, 16, 16, 16, 16}};

  if (!mn_cpu_request_amx ())
    return;
#define TILE_ZERO(i) "tilezero %%tmm" i "\n"
#define TILE_BF16(i) "tdpbf16ps %%tmm5, %%tmm4, %%tmm" i "\n"
#define FOUR(step) step ("0") step ("1") step ("2") step ("3")
  __asm__ volatile ("ldtilecfg %1\n" FOUR (TILE_ZERO) TILE_ZERO ("4")
          TILE_ZERO ("5") "1:\n" FOUR (TILE_BF16)
              FOUR (TILE_BF16) "sub $1, %0\njnz 1b\ntilerelease\n"
      : "+r"(n)
      : "m"(config)
      : "cc");
}

#define READ_LOOP(name, load, reg, size, end) \
  static void name (gconstpointer p, gsize bytes) \
  { \
    __asm__ volatile ("1:\n" load " (%0), %%" reg "0\n" load " " size \
                      "(%0), %%" reg "1\n" load " 2*" size "(%0), %%" reg \
                      "2\n" load " 3*" size "(%0), %%" reg "3\n" \
                      "add $4*" size ", %0\nsub $4*" size ", %1\njnz 1b\n" end \
        : "+r"(p), "+r"(bytes) \
        : \
        : CLOBBERED, "memory"); \
  }
READ_LOOP (sse_read, "movups", "xmm", "16", "")
READ_LOOP (avx2_read, "vmovups", "ymm", "32", UPPER)
READ_LOOP (avx512_read, "vmovups", "zmm", "64", UPPER)
/* The last one whose flags are there counts. */
static const struct
{
  guint flags;
  MnArith arith;
  MnArithLoop loop;
} loops[] = {
  {0, MN_ARITH_F32, {sse_f32, 12 * 8}},
  {0, MN_ARITH_I8, {sse_i8, 12 * 16}},
  {MN_CPU_AVX2, MN_ARITH_F32, {avx2_f32, 24 * 16}},
  {MN_CPU_AVX2, MN_ARITH_I8, {avx2_i8, 12 * 64}},
  {MN_CPU_AVX_VNNI, MN_ARITH_I8, {avx_vnni, 24 * 64}},
  {MN_CPU_AVX512, MN_ARITH_F32, {avx512_f32, 24 * 32}},
  {MN_CPU_AVX512, MN_ARITH_I8, {avx512_i8, 12 * 128}},
  {MN_CPU_AVX512_BF16, MN_ARITH_BF16, {avx512_bf16, 24 * 64}},
  {MN_CPU_AMX_BF16, MN_ARITH_BF16, {amx_bf16, 8 * 16 * 16 * 64}},
  {MN_CPU_AVX512_VNNI, MN_ARITH_I8, {avx512_vnni, 24 * 128}},
};

MnReadLoop
mn_peak_read_loop (guint flags)
{
  return flags & MN_CPU_AVX512 ? avx512_read
      : flags & MN_CPU_AVX2    ? avx2_read
                               : sse_read;
}

#elif defined(__aarch64__)

#define CLOBBERED \
  "cc", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", \
      "v11", "v12", "v13", "v14", "v15"

#define ZERO(i) "movi v" i ".2d, #0\n"
#define ARITH_LOOP(name, arch, step) \
  static void name (gsize n) \
  { \
    __asm__ volatile (arch TWELVE (ZERO) ZERO ("14") \
            ZERO ("15") "1:\n" TWELVE (step) \
                TWELVE (step) "subs %0, %0, #1\nb.ne 1b\n" \
        : "+r"(n) \
        : \
        : CLOBBERED); \
  }

#define NEON_F32(i) "fmla v" i ".4s, v14.4s, v15.4s\n"
#define NEON_F16(i) "fmla v" i ".8h, v14.8h, v15.8h\n"
#define NEON_I8(i) "smlal v" i ".4s, v14.4h, v15.4h\n"
#define NEON_DOT(i) "sdot v" i ".4s, v14.16b, v15.16b\n"

ARITH_LOOP (neon_f32, "", NEON_F32)
ARITH_LOOP (neon_i8, "", NEON_I8)
ARITH_LOOP (neon_f16, ".arch armv8.2-a+fp16\n", NEON_F16)
ARITH_LOOP (neon_dot, ".arch armv8.2-a+dotprod\n", NEON_DOT)
static void
neon_read (gconstpointer p, gsize bytes)
{
  __asm__ volatile ("1:\n"
                    "ldp q0, q1, [%0]\nldp q2, q3, [%0, #32]\n"
                    "ldp q4, q5, [%0, #64]\nldp q6, q7, [%0, #96]\n"
                    "add %0, %0, #128\nsubs %1, %1, #128\nb.ne 1b\n"
      : "+r"(p), "+r"(bytes)::CLOBBERED, "memory");
}

static const struct
{
  guint flags;
  MnArith arith;
  MnArithLoop loop;
} loops[] = {
  {0, MN_ARITH_F32, {neon_f32, 24 * 8}},
  {0, MN_ARITH_I8, {neon_i8, 24 * 8}},
  {MN_CPU_NEON_FP16, MN_ARITH_F16, {neon_f16, 24 * 16}},
  {MN_CPU_NEON_DOTPROD, MN_ARITH_I8, {neon_dot, 24 * 32}},
};

MnReadLoop
mn_peak_read_loop (guint flags)
{
  return neon_read;
}

#else

static const struct
{
  guint flags;
  MnArith arith;
  MnArithLoop loop;
} loops[] = {
  {0, MN_N_ARITH, {NULL, 0}},
};

MnReadLoop
mn_peak_read_loop (guint flags)
{
  return NULL;
}

#endif

MnArithLoop
mn_peak_arith_loop (guint flags, MnArith arith)
{
  MnArithLoop loop = {NULL, 0};
  guint i;

  for (i = 0; i < G_N_ELEMENTS (loops); i++) {
    if (loops[i].arith == arith && (flags & loops[i].flags) == loops[i].flags)
      loop = loops[i].loop;
  }
  return loop;
}
