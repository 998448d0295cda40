/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tools/device_profile.h"

/* What Mesa's drivers answer. */
#define ADRENO(name, units) \
  {name, "rusticl", "cl_khr_fp16", units, 2048, {1024, 1024, 64}}
#define MALI(name, units) \
  {name, "rusticl", "cl_khr_fp16", units, 256, {256, 256, 256}}

/* Microseconds a launch: what is left of Paddle-Lite's published times of
 * V3-Small, by its launches; see published.c of the tests. */
#define LAUNCH 75

/* Sources (docs/numbers.md has their addresses): clocks, lanes and bandwidth of
 * Adreno 640 as measured by Chips and Cheese, whose FMAs come at 45 % of what
 * the vendor says; of the other Adreno half of what the vendor says. Mali:
 * lanes a core as Mesa's compiler counts them, G76's by Arm; clocks and memory
 * by the systems' data sheets, G610's bandwidth measured. Where only the peak
 * of the memory is known, 85 % of it. Latency: between that of a GPU's L2 cache
 * and of memory. */
static const MnDeviceProfile profiles[] = {
  {"adreno-618", "Adreno 618 (Snapdragon 732G)", "adreno-618",
    ADRENO ("FD618", 1), 128, 64, 64, 0, 0, 0, 825, 12.7, LAUNCH, 150},
  {"adreno-640", "Adreno 640 (Snapdragon 855)", "adreno-660",
    ADRENO ("FD640", 2), 348, 64, 64, 0, 0, 0, 585, 30, LAUNCH, 150},
  {"adreno-660", "Adreno 660 (Snapdragon 888)", "adreno-660",
    ADRENO ("FD660", 3), 384, 64, 64, 0, 0, 0, 900, 43.5, LAUNCH, 150},
  {"adreno-750", "Adreno 750 (Snapdragon 8 Gen 3)", "adreno-750",
    ADRENO ("FD750", 6), 768, 64, 64, 0, 0, 0, 1000, 65, LAUNCH, 150},
  {"mali-g57", "Mali-G57 MC4 (Dimensity 800)", "mali-g57", MALI ("Mali-G57", 4),
    128, 16, 16, 64, 1, 4, 650, 14.5, LAUNCH, 150},
  {"mali-g610", "Mali-G610 MC4 (RK3588)", "mali-g610", MALI ("Mali-G610", 4),
    256, 16, 16, 64, 1, 4, 1000, 14, LAUNCH, 150},
  {"mali-g76", "Mali-G76 MP10 (Kirin 980)", "mali-g57", MALI ("Mali-G76", 10),
    240, 8, 8, 96, 0.75, 4, 720, 29, LAUNCH, 150},
};

const MnDeviceProfile *
mn_device_profile (guint i)
{
  return i < G_N_ELEMENTS (profiles) ? &profiles[i] : NULL;
}

const MnDeviceProfile *
mn_device_profile_find (const gchar *name, GError **error)
{
  g_autoptr (GString) names = g_string_new (NULL);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (profiles); i++) {
    if (g_str_equal (profiles[i].name, name))
      return &profiles[i];
    g_string_append_printf (names, "%s%s", i ? ", " : "", profiles[i].name);
  }
  g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
      "--device-model %s: not one of %s", name, names->str);
  return NULL;
}
