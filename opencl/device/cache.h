/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The names under which things of a device lie in the cache
 * (engine/base/cache.h). */

#ifndef MN_CL_CACHE_H
#define MN_CL_CACHE_H

#include "opencl/device/device.h"

G_BEGIN_DECLS

/* Of a built program: source, options, device, driver and platform. Free
 * with g_free. */
gchar *mn_cl_cache_name (const MnClDevice *device, const gchar *source,
    const gchar *options);
/* What tells this device from any other, as far as speed goes: itself,
 * driver, platform, and our own kernels. Free with g_free. */
gchar *mn_cl_cache_device (const MnClDevice *device);

G_END_DECLS

#endif /* MN_CL_CACHE_H */
