/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "opencl/device/cache.h"

#include "engine/base/cache.h"
#include "opencl/device/program.h"

static void
add_device (GChecksum *sum, const MnClDevice *device)
{
  mn_cache_add_text (sum, device->name);
  mn_cache_add_text (sum, device->vendor);
  mn_cache_add_text (sum, device->driver);
  mn_cache_add_text (sum, device->version);
  mn_cache_add_text (sum, device->platform_name);
  mn_cache_add_text (sum, device->platform_version);
}

gchar *
mn_cl_cache_name (const MnClDevice *device, const gchar *source,
    const gchar *options)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);

  mn_cache_add_text (sum, source);
  mn_cache_add_text (sum, options);
  add_device (sum, device);
  return g_strconcat (g_checksum_get_string (sum), ".clbin", NULL);
}

gchar *
mn_cl_cache_device (const MnClDevice *device)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  const MnClSource *s;

  add_device (sum, device);
  mn_cache_add_text (sum, device->gpu_shape ? "gpu" : "cpu");
  for (s = mn_cl_sources; s->name; s++)
    mn_cache_add_text (sum, s->text);
  return g_strdup (g_checksum_get_string (sum));
}
