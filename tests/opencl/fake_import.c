/* SPDX-License-Identifier: LGPL-2.1-or-later */

#define CL_TARGET_OPENCL_VERSION 120
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl.h>
#include <CL/cl_ext.h>

#include "tests/opencl/fake_import.h"

/* What is done here first. */
__typeof__ (clGetDeviceInfo) next_clGetDeviceInfo;
__typeof__ (clReleaseMemObject) next_clReleaseMemObject;
#define clGetDeviceInfo next_clGetDeviceInfo
#define clReleaseMemObject next_clReleaseMemObject
#include "tests/opencl/fake_cl.c"
#undef clGetDeviceInfo
#undef clReleaseMemObject

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAX_IMPORTS 256

static struct
{
  char extensions[256];
  FakeImportMode mode;
  unsigned made, acquired, released;
  struct
  {
    cl_mem mem; /* NULL: free */
    int is_acquired;
  } all[MAX_IMPORTS];
} imports;

EXPORT void
fake_import_offer (const char *extensions)
{
  snprintf (imports.extensions, sizeof imports.extensions, " %s",
      extensions ? extensions : "");
}

EXPORT void
fake_import_set_mode (FakeImportMode mode)
{
  imports.mode = mode;
}

EXPORT unsigned
fake_import_made (void)
{
  return imports.made;
}

EXPORT int
fake_import_live (void)
{
  int n = 0, i;

  for (i = 0; i < MAX_IMPORTS; i++)
    n += imports.all[i].mem != NULL;
  return n;
}

EXPORT unsigned
fake_import_acquired (void)
{
  return imports.acquired;
}

EXPORT unsigned
fake_import_released (void)
{
  return imports.released;
}

/* Of a function that is only here. */
static cl_int
enter_own (const char *name)
{
  void *real;
  cl_int r = enter (name, &real);

  return !real && r == CL_DEVICE_NOT_FOUND ? CL_SUCCESS : r;
}

/* ---- the device -------------------------------------------------------- */

EXPORT cl_int
clGetDeviceInfo (cl_device_id id, cl_device_info what, size_t size, void *value,
    size_t *got)
{
  size_t own = strlen (imports.extensions), theirs = 0;
  cl_int r;

  if (what != CL_DEVICE_EXTENSIONS || own == 0)
    return next_clGetDeviceInfo (id, what, size, value, got);
  r = next_clGetDeviceInfo (id, what, size, value, &theirs);
  if (r != CL_SUCCESS)
    return r;
  if (value && size < theirs + own)
    return CL_INVALID_VALUE;
  if (value)
    strcat (value, imports.extensions);
  if (got)
    *got = theirs + own;
  return CL_SUCCESS;
}

/* ---- imports ----------------------------------------------------------- */

static int
find (cl_mem mem)
{
  int i;

  for (i = 0; i < MAX_IMPORTS && imports.all[i].mem != mem; i++)
    ;
  return i;
}

/* Mapped for good: who knows what is still in a queue. */
static void *
map (int fd, size_t size)
{
  void *memory;

  if (imports.mode == FAKE_IMPORT_REFUSES)
    return NULL;
  if (imports.mode == FAKE_IMPORT_OTHER)
    memory = mmap (NULL, size, PROT_READ | PROT_WRITE,
        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  else
    memory = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  return memory == MAP_FAILED ? NULL : memory;
}

/* The real library's buffer, over the file. */
static cl_mem
import (cl_context context, cl_mem_flags flags, int fd, size_t size,
    cl_int *result)
{
  void *memory = map (fd, size);
  cl_mem mem = NULL;
  int i = find (NULL);

  *result = CL_INVALID_OPERATION;
  if (!memory || i == MAX_IMPORTS)
    return NULL;
  flags |= imports.mode == FAKE_IMPORT_COPIES ? CL_MEM_COPY_HOST_PTR
                                              : CL_MEM_USE_HOST_PTR;
  mem = ((__typeof__ (clCreateBuffer) *) dlsym (fake.library,
      "clCreateBuffer")) (context, flags, size, memory, result);
  if (!mem)
    return NULL;
  imports.all[i].mem = mem;
  imports.all[i].is_acquired = 0;
  imports.made++;
  count_made ();
  return mem;
}

EXPORT cl_mem
clImportMemoryARM (cl_context context, cl_mem_flags flags,
    const cl_import_properties_arm *properties, void *memory, size_t size,
    cl_int *result)
{
  cl_int r = enter_own ("clImportMemoryARM");
  cl_mem mem = NULL;

  if (r == CL_SUCCESS
      && (properties[0] != CL_IMPORT_TYPE_ARM
          || properties[1] != CL_IMPORT_TYPE_DMA_BUF_ARM || properties[2] != 0))
    r = CL_INVALID_PROPERTY;
  if (r == CL_SUCCESS)
    mem = import (context, flags, *(int *) memory, size, &r);
  if (result)
    *result = r;
  return mem;
}

EXPORT cl_int
clReleaseMemObject (cl_mem mem)
{
  int i = find (mem);

  if (i < MAX_IMPORTS)
    imports.all[i].mem = NULL;
  return next_clReleaseMemObject (mem);
}

EXPORT void *
clGetExtensionFunctionAddressForPlatform (cl_platform_id platform,
    const char *name)
{
  if (enter_own ("clGetExtensionFunctionAddressForPlatform") != CL_SUCCESS)
    return NULL;
  if (!strcmp (name, "clImportMemoryARM")
      && strstr (imports.extensions, "cl_arm_import_memory"))
    return (void *) clImportMemoryARM;
  return NULL;
}
