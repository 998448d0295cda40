/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* cl_khr_external_memory with cl_khr_external_memory_dma_buf: a property of
 * clCreateBufferWithProperties, which is OpenCL 3.0's; what is imported belongs
 * to the other side but between an acquire and a release in the queue. */

#include "opencl/import/import.h"

#include <CL/cl_ext.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* From the specification of the extension (New API Enums), for headers that
 * are older. */
#ifndef CL_DEVICE_EXTERNAL_MEMORY_IMPORT_HANDLE_TYPES_KHR
#define CL_DEVICE_EXTERNAL_MEMORY_IMPORT_HANDLE_TYPES_KHR 0x204F
#endif
#ifndef CL_EXTERNAL_MEMORY_HANDLE_DMA_BUF_KHR
#define CL_EXTERNAL_MEMORY_HANDLE_DMA_BUF_KHR 0x2067
#endif

#define MAX_TYPES 16

enum
{
  CREATE,
  ACQUIRE,
  RELEASE
};

/* As cl.h has them for OpenCL 3.0 only (there properties are
 * cl_mem_properties), and cl_ext.h, where it has them. */
typedef cl_mem (CL_API_CALL *CreateFunc) (cl_context context,
    const cl_bitfield *properties, cl_mem_flags flags, size_t size,
    void *host_ptr, cl_int *result);
typedef cl_int (CL_API_CALL *HandOverFunc) (cl_command_queue queue, cl_uint n,
    const cl_mem *mems, cl_uint n_waits, const cl_event *waits,
    cl_event *event);

/* Which handles it takes; a driver may know the extension, and not this. */
static gboolean
takes_dmabufs (const MnClDevice *device)
{
  cl_uint types[MAX_TYPES];
  size_t size = 0, i;

  if (device->cl->GetDeviceInfo (device->id,
          CL_DEVICE_EXTERNAL_MEMORY_IMPORT_HANDLE_TYPES_KHR, sizeof types,
          types, &size)
      != CL_SUCCESS)
    return FALSE;
  for (i = 0; i < MIN (size, sizeof types) / sizeof *types; i++) {
    if (types[i] == CL_EXTERNAL_MEMORY_HANDLE_DMA_BUF_KHR)
      return TRUE;
  }
  return FALSE;
}

/* A loader calls through a table that older drivers have less of. */
static gboolean
is_version_3 (const MnClDevice *device)
{
  return device->version && g_str_has_prefix (device->version, "OpenCL ")
      && g_ascii_strtoull (device->version + strlen ("OpenCL "), NULL, 10) >= 3;
}

static gboolean
bind_functions (MnClImporter *self)
{
  const MnClDevice *device = self->device;

  if (!mn_cl_device_has (device, "cl_khr_external_memory")
      || !is_version_3 (device) || !takes_dmabufs (device))
    return FALSE;
  self->functions[CREATE] = mn_cl_symbol (device->cl,
      "clCreateBufferWithProperties");
  self->functions[ACQUIRE] = mn_cl_extension (device->cl, device->platform,
      "clEnqueueAcquireExternalMemObjectsKHR");
  self->functions[RELEASE] = mn_cl_extension (device->cl, device->platform,
      "clEnqueueReleaseExternalMemObjectsKHR");
  return self->functions[CREATE] && self->functions[ACQUIRE]
      && self->functions[RELEASE];
}

/* The descriptor that it is given is the driver's from then on, unless it
 * fails. */
static cl_mem
import (const MnClImporter *self, gint fd, gsize size, GError **error)
{
  CreateFunc create = self->functions[CREATE];
  gint own = fcntl (fd, F_DUPFD_CLOEXEC, 0);
  const cl_bitfield properties[] = {
    CL_EXTERNAL_MEMORY_HANDLE_DMA_BUF_KHR, own, 0};
  cl_int r = CL_SUCCESS;
  cl_mem mem;

  if (own < 0) {
    g_set_error_literal (error, MN_ERROR, MN_ERROR_UNSUPPORTED,
        "no descriptor is left for clCreateBufferWithProperties");
    return NULL;
  }
  mem = create (self->device->context, properties, CL_MEM_READ_ONLY, size, NULL,
      &r);
  if (!mem) {
    close (own);
    mn_cl_fail (error, MN_ERROR_UNSUPPORTED, r, "clCreateBufferWithProperties",
        NULL);
  }
  return mem;
}

static gboolean
hand_over (const MnClImporter *self, guint function, const gchar *name,
    cl_command_queue queue, cl_mem mem, GError **error)
{
  HandOverFunc call = self->functions[function];
  cl_int r = call (queue, 1, &mem, 0, NULL, NULL);

  return r == CL_SUCCESS
      || mn_cl_fail (error, MN_ERROR_DEVICE, r, name, "input");
}

static gboolean
acquire (const MnClImporter *self, cl_command_queue queue, cl_mem mem,
    GError **error)
{
  return hand_over (self, ACQUIRE, "clEnqueueAcquireExternalMemObjectsKHR",
      queue, mem, error);
}

static gboolean
release (const MnClImporter *self, cl_command_queue queue, cl_mem mem,
    GError **error)
{
  return hand_over (self, RELEASE, "clEnqueueReleaseExternalMemObjectsKHR",
      queue, mem, error);
}

const MnClImportWay mn_cl_import_khr = {
  .name = "the import of external memory",
  .extension = "cl_khr_external_memory_dma_buf",
  .memory = MN_MEMORY_DMABUF,
  .modifier = 0,
  .bind = bind_functions,
  .import = import,
  .acquire = acquire,
  .release = release,
};
