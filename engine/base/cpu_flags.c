/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Detection of instruction sets, and the variable that narrows it. */

#include "engine/base/cpu_flags.h"

#include "engine/base/process.h"

#include <string.h>

#ifdef __x86_64__
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif
#ifdef __aarch64__
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

typedef struct
{
  const gchar *name;
  guint flag; /* the one that makes the level */
  guint all;
} Level;

static const Level levels[] = {
  {"reference", 0, 0},
  {"scalar", MN_CPU_SCALAR, MN_CPU_SCALAR},
  {"avx2", MN_CPU_AVX2, MN_CPU_SCALAR | MN_CPU_AVX2},
  {"avxvnni", MN_CPU_AVX_VNNI, MN_CPU_SCALAR | MN_CPU_AVX2 | MN_CPU_AVX_VNNI},
  {"avx512", MN_CPU_AVX512,
    MN_CPU_SCALAR | MN_CPU_AVX2 | MN_CPU_AVX512 | MN_CPU_AVX512_BF16},
  {"avx512vnni", MN_CPU_AVX512 | MN_CPU_AVX512_BYTES,
    MN_CPU_SCALAR | MN_CPU_AVX2 | MN_CPU_AVX512 | MN_CPU_AVX512_BYTES
        | MN_CPU_AVX512_BF16},
  {"amx", MN_CPU_AMX_BF16,
    MN_CPU_SCALAR | MN_CPU_AVX2 | MN_CPU_AVX512 | MN_CPU_AVX512_BYTES
        | MN_CPU_AVX512_BF16 | MN_CPU_AMX_BF16},
  {"neon", MN_CPU_NEON, MN_CPU_SCALAR | MN_CPU_NEON | MN_CPU_NEON_FP16},
  {"neondot", MN_CPU_NEON | MN_CPU_NEON_DOTPROD,
    MN_CPU_SCALAR | MN_CPU_NEON | MN_CPU_NEON_DOTPROD | MN_CPU_NEON_FP16},
};

#ifdef __x86_64__

/* Linux's names (Documentation/arch/x86/xstate.rst): glibc has none of the
 * first two. */
#define XCOMP_SUPPORTED 0x1021
#define XCOMP_REQUEST 0x1023
#define XFEATURE_TILE_DATA 18

/* Leaf 7: tiles and their bfloat16 product. */
static gboolean
has_amx_bf16 (void)
{
  const guint needs = 1u << 24 | 1u << 22;
  guint a, b, c, d;
  guint64 supported = 0;

  return __get_cpuid_count (7, 0, &a, &b, &c, &d) && (d & needs) == needs
      && syscall (SYS_arch_prctl, XCOMP_SUPPORTED, &supported) == 0
      && supported >> XFEATURE_TILE_DATA & 1;
}

/* Leaf 7, second part. */
static gboolean
has_avx_vnni (void)
{
  guint a, b, c, d;

  return __get_cpuid_count (7, 1, &a, &b, &c, &d) && a >> 4 & 1;
}

#endif

gboolean
mn_cpu_request_amx (void)
{
#ifdef __x86_64__
  return syscall (SYS_arch_prctl, XCOMP_REQUEST, XFEATURE_TILE_DATA) == 0;
#else
  return FALSE;
#endif
}

guint
mn_cpu_flags_detect (void)
{
  guint flags = MN_CPU_SCALAR;

#ifdef __x86_64__
  __builtin_cpu_init ();
  if (__builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma"))
    flags |= MN_CPU_AVX2;
  if ((flags & MN_CPU_AVX2) && has_avx_vnni ())
    flags |= MN_CPU_AVX_VNNI;
  if ((flags & MN_CPU_AVX2) && __builtin_cpu_supports ("avx512f")
      && __builtin_cpu_supports ("avx512bw")
      && __builtin_cpu_supports ("avx512dq")
      && __builtin_cpu_supports ("avx512vl")) {
    flags |= MN_CPU_AVX512;
    if (__builtin_cpu_supports ("avx512vnni"))
      flags |= MN_CPU_AVX512_VNNI;
    if (__builtin_cpu_supports ("avx512vbmi"))
      flags |= MN_CPU_AVX512_VBMI;
    if (__builtin_cpu_supports ("avx512bf16"))
      flags |= MN_CPU_AVX512_BF16;
    if ((flags & MN_CPU_AVX512_BF16) && has_amx_bf16 ())
      flags |= MN_CPU_AMX_BF16;
  }
#endif
#ifdef __aarch64__
  flags |= MN_CPU_NEON;
  if (getauxval (AT_HWCAP) & HWCAP_ASIMDDP)
    flags |= MN_CPU_NEON_DOTPROD;
  if (getauxval (AT_HWCAP) & HWCAP_ASIMDHP)
    flags |= MN_CPU_NEON_FP16;
#endif
  return flags;
}

static const Level *
find_level (const gchar *name)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (levels); i++) {
    if (strcmp (name, levels[i].name) == 0)
      return &levels[i];
  }
  return NULL;
}

gboolean
mn_cpu_flags_parse (const gchar *level, guint *flags)
{
  const Level *found = find_level (level);

  if (found)
    *flags = found->all;
  return found != NULL;
}

gboolean
mn_cpu_has_level (const gchar *level)
{
  const Level *found = find_level (level);

  return found && (mn_cpu_flags_detect () & found->flag) == found->flag;
}

guint
mn_cpu_flags_get (void)
{
  guint detected = mn_cpu_flags_detect ();
  const gchar *level = NULL;

  if (!mn_is_secure ())
    level = g_getenv ("MOBILENET_CPU");
  if (!level || !level[0])
    return detected;
  if (mn_cpu_has_level (level))
    return detected & find_level (level)->all;
  g_warning ("MOBILENET_CPU=%s is not a level that this CPU has; it is "
             "ignored",
      level);
  return detected;
}

const gchar *
mn_cpu_flags_name (guint flags)
{
  if (flags & MN_CPU_AVX512)
    return "AVX-512";
  if (flags & MN_CPU_AVX2)
    return "AVX2";
  if (flags & MN_CPU_NEON)
    return "NEON";
  return flags & MN_CPU_SCALAR ? "plain vectors" : "reference";
}
