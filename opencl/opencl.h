/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The backend "opencl": networks on one OpenCL device, in floats. libOpenCL is
 * loaded when it is first needed; nothing links to it. Where the backend is
 * not built, the same symbols stand in stubs.c and every call fails with
 * MN_ERROR_NO_BACKEND.
 *
 * Environment (not read by setuid programs):
 *   MOBILENET_OPENCL_LIBRARY      the library to load instead
 *   MOBILENET_OPENCL_DEVICE_TYPE  "gpu": any device counts as a GPU;
 *                                 "cpu": one that is both counts as a CPU
 */

#ifndef MN_OPENCL_H
#define MN_OPENCL_H

#include "engine/backend.h"

G_BEGIN_DECLS

extern const MnBackend mn_backend_opencl;

/* What a device is, without opening it. */
typedef struct
{
  guint index; /* as the device option counts: GPUs first */
  gchar *name;
  gboolean is_gpu; /* or treated as one */
} MnOpenclDevice;

/* Finds the device that a plan would get for this option (an index, part of
 * a name, or NULL). On the device thread only: it may hang. FALSE:
 * MN_ERROR_NO_BACKEND, in words that say what was looked for. */
gboolean mn_opencl_find_device (const gchar *device, MnOpenclDevice *found,
    GError **error);
void mn_opencl_device_clear (MnOpenclDevice *found);

G_END_DECLS

#endif /* MN_OPENCL_H */
