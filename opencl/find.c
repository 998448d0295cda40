/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The device that a plan would get, for whoever shows it. */

#include "opencl/opencl.h"

#include "opencl/device/device.h"

gboolean
mn_opencl_find_device (const gchar *device, MnOpenclDevice *found,
    GError **error)
{
  g_autoptr (MnClDevice) self = mn_cl_device_find (device, error);

  *found = (MnOpenclDevice) {0};
  if (!self)
    return FALSE;
  found->index = self->index;
  found->name = g_strdup (self->name);
  found->is_gpu = self->gpu_shape;
  return TRUE;
}

void
mn_opencl_device_clear (MnOpenclDevice *found)
{
  g_clear_pointer (&found->name, g_free);
}
