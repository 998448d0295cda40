/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* cl_arm_import_memory, of Arm's own drivers for Mali: memory is mapped for
 * the device, or the import fails. What was imported is for kernels only:
 * nothing else in a queue takes it. */

#include "opencl/import/import.h"

#include <CL/cl_ext.h>

static gboolean
bind_functions (MnClImporter *self)
{
  self->functions[0] = mn_cl_extension (self->device->cl,
      self->device->platform, "clImportMemoryARM");
  return self->functions[0] != NULL;
}

static cl_mem
import (const MnClImporter *self, gint fd, gsize size, GError **error)
{
  static const cl_import_properties_arm properties[] = {
    CL_IMPORT_TYPE_ARM, CL_IMPORT_TYPE_DMA_BUF_ARM, 0};
  __typeof__ (clImportMemoryARM) *import_memory = self->functions[0];
  cl_int r = CL_SUCCESS;
  cl_mem mem = import_memory (self->device->context, CL_MEM_READ_ONLY,
      properties, &fd, size, &r);

  if (!mem)
    mn_cl_fail (error, MN_ERROR_UNSUPPORTED, r, "clImportMemoryARM", NULL);
  return mem;
}

const MnClImportWay mn_cl_import_arm = {
  .name = "Arm's import",
  .extension = "cl_arm_import_memory_dma_buf",
  .memory = MN_MEMORY_DMABUF,
  .modifier = 0,
  .bind = bind_functions,
  .import = import,
};
