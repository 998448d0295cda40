/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What this machine's CPU can compute with. */

#ifndef MN_CPU_FLAGS_H
#define MN_CPU_FLAGS_H

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  MN_CPU_REFERENCE = 0,   /* the plain kernels */
  MN_CPU_SCALAR = 1 << 0, /* what the compiler's target always has */
  MN_CPU_AVX2 = 1 << 1,   /* with FMA */
  MN_CPU_AVX512 = 1 << 2, /* F, BW, DQ, VL */
  MN_CPU_AVX512_VNNI = 1 << 3,
  MN_CPU_AVX512_BF16 = 1 << 4,
  MN_CPU_NEON = 1 << 5, /* armv8 */
  MN_CPU_NEON_DOTPROD = 1 << 6,
  MN_CPU_NEON_FP16 = 1 << 7,
  MN_CPU_AVX512_VBMI = 1 << 8,
  MN_CPU_AMX_BF16 = 1 << 9,  /* with AVX512_BF16 */
  MN_CPU_AVX_VNNI = 1 << 10, /* with AVX2: products of 256 bits */
  /* What the kernels of bytes need beyond AVX-512. */
  MN_CPU_AVX512_BYTES = MN_CPU_AVX512_VNNI | MN_CPU_AVX512_VBMI
} MnCpuFlags;

/* What the CPU and the system have. */
guint mn_cpu_flags_detect (void);
/* The same, cut down to the level that MOBILENET_CPU names: reference,
 * scalar, avx2, avxvnni, avx512, avx512vnni, amx, neon or neondot. Setuid
 * programs ignore the variable; a word that names no level, or one that this
 * CPU lacks, is warned about and ignored. */
guint mn_cpu_flags_get (void);
/* FALSE: not the name of a level. flags: those of the level and all below. */
gboolean mn_cpu_flags_parse (const gchar *level, guint *flags);
/* Whether level is the name of one, and this CPU has it. */
gboolean mn_cpu_has_level (const gchar *level);
/* Asks the system to let this process use AMX's tiles, which makes the frames
 * of its signals larger: so only who is about to use them asks. */
gboolean mn_cpu_request_amx (void);
/* "AVX-512", "AVX2", "NEON", "plain vectors" or "reference". */
const gchar *mn_cpu_flags_name (guint flags);

G_END_DECLS

#endif /* MN_CPU_FLAGS_H */
