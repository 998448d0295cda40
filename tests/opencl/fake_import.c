/* SPDX-License-Identifier: LGPL-2.1-or-later */

#define CL_TARGET_OPENCL_VERSION 120
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl.h>
#include <CL/cl_ext.h>

#include "tests/opencl/fake_import.h"

/* What is done here first. */
__typeof__ (clGetDeviceInfo) next_clGetDeviceInfo;
__typeof__ (clReleaseMemObject) next_clReleaseMemObject;
__typeof__ (clSetKernelArg) next_clSetKernelArg;
__typeof__ (clEnqueueNDRangeKernel) next_clEnqueueNDRangeKernel;
#define clGetDeviceInfo next_clGetDeviceInfo
#define clReleaseMemObject next_clReleaseMemObject
#define clSetKernelArg next_clSetKernelArg
#define clEnqueueNDRangeKernel next_clEnqueueNDRangeKernel
#include "tests/opencl/fake_cl.c"
#undef clGetDeviceInfo
#undef clReleaseMemObject
#undef clSetKernelArg
#undef clEnqueueNDRangeKernel

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
    cl_mem mem;               /* NULL: free */
    int is_lent, is_acquired; /* only KHR's are lent */
    cl_kernel reader;         /* whose first argument it is */
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

#include "tests/opencl/fake_record.c"

/* ---- the device -------------------------------------------------------- */

static cl_int
get_types (size_t size, void *value, size_t *got)
{
  const cl_uint types[] = {CL_EXTERNAL_MEMORY_HANDLE_OPAQUE_FD_KHR,
    CL_EXTERNAL_MEMORY_HANDLE_DMA_BUF_KHR};
  cl_int r = enter_own ("clGetDeviceInfo");

  if (r == CL_SUCCESS && value && size < sizeof types)
    r = CL_INVALID_VALUE;
  if (r != CL_SUCCESS)
    return r;
  if (value)
    memcpy (value, types, sizeof types);
  if (got)
    *got = sizeof types;
  return CL_SUCCESS;
}

EXPORT cl_int
clGetDeviceInfo (cl_device_id id, cl_device_info what, size_t size, void *value,
    size_t *got)
{
  size_t own = strlen (imports.extensions), theirs = 0;
  cl_int r;

  if (what == CL_DEVICE_EXTERNAL_MEMORY_IMPORT_HANDLE_TYPES_KHR)
    return get_types (size, value, got);
  if (strstr (imports.extensions, "cl_khr_command_buffer")
      && is_about_records (what))
    return tell_of_records (what, size, value, got);
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
  mem = ((__typeof__ (clCreateBuffer) *) dlsym (fake.handle,
      "clCreateBuffer")) (context, flags, size, memory, result);
  if (!mem)
    return NULL;
  imports.all[i].mem = mem;
  imports.all[i].is_lent = imports.all[i].is_acquired = 0;
  imports.all[i].reader = NULL;
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

/* For OpenCL 3.0 only cl.h has it. */
cl_mem
clCreateBufferWithProperties (cl_context context, const cl_bitfield *properties,
    cl_mem_flags flags, size_t size, void *memory, cl_int *result);

/* The descriptor is taken. */
EXPORT cl_mem
clCreateBufferWithProperties (cl_context context, const cl_bitfield *properties,
    cl_mem_flags flags, size_t size, void *memory, cl_int *result)
{
  cl_int r = enter_own ("clCreateBufferWithProperties");
  cl_mem mem = NULL;

  if (r == CL_SUCCESS
      && (properties[0] != CL_EXTERNAL_MEMORY_HANDLE_DMA_BUF_KHR
          || properties[2] != 0 || memory))
    r = CL_INVALID_PROPERTY;
  if (r == CL_SUCCESS)
    mem = import (context, flags, properties[1], size, &r);
  if (mem) {
    close (properties[1]);
    imports.all[find (mem)].is_lent = 1;
  }
  if (result)
    *result = r;
  return mem;
}

/* Changes hands; it has to be in the other ones. */
static cl_int
hand_over (const char *name, cl_uint n, const cl_mem *mems, int acquire)
{
  cl_int r = enter_own (name);
  int i = n == 1 ? find (mems[0]) : MAX_IMPORTS;

  if (r != CL_SUCCESS)
    return r;
  if (i == MAX_IMPORTS || !imports.all[i].is_lent
      || imports.all[i].is_acquired == acquire)
    return CL_INVALID_MEM_OBJECT;
  imports.all[i].is_acquired = acquire;
  if (acquire)
    imports.acquired++;
  else
    imports.released++;
  return CL_SUCCESS;
}

static cl_int
acquire_memory (cl_command_queue queue, cl_uint n, const cl_mem *mems,
    cl_uint n_waits, const cl_event *waits, cl_event *event)
{
  return hand_over ("clEnqueueAcquireExternalMemObjectsKHR", n, mems, 1);
}

static cl_int
release_memory (cl_command_queue queue, cl_uint n, const cl_mem *mems,
    cl_uint n_waits, const cl_event *waits, cl_event *event)
{
  return hand_over ("clEnqueueReleaseExternalMemObjectsKHR", n, mems, 0);
}

EXPORT cl_int
clSetKernelArg (cl_kernel kernel, cl_uint number, size_t size,
    const void *value)
{
  int i;

  for (i = 0; number == 0 && i < MAX_IMPORTS; i++) {
    if (imports.all[i].reader == kernel)
      imports.all[i].reader = NULL;
    if (value && size == sizeof (cl_mem) && imports.all[i].mem
        && imports.all[i].mem == *(const cl_mem *) value)
      imports.all[i].reader = kernel;
  }
  return next_clSetKernelArg (kernel, number, size, value);
}

/* What is lent may be read only while it is acquired. */
EXPORT cl_int
clEnqueueNDRangeKernel (cl_command_queue queue, cl_kernel kernel, cl_uint rank,
    const size_t *offset, const size_t *global, const size_t *local, cl_uint n,
    const cl_event *waits, cl_event *event)
{
  int i;

  for (i = 0; i < MAX_IMPORTS; i++) {
    if (imports.all[i].mem && imports.all[i].reader == kernel
        && imports.all[i].is_lent && !imports.all[i].is_acquired)
      return CL_INVALID_OPERATION;
  }
  return next_clEnqueueNDRangeKernel (queue, kernel, rank, offset, global,
      local, n, waits, event);
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
  if (strstr (imports.extensions, "cl_khr_external_memory ")) {
    if (!strcmp (name, "clEnqueueAcquireExternalMemObjectsKHR"))
      return (void *) acquire_memory;
    if (!strcmp (name, "clEnqueueReleaseExternalMemObjectsKHR"))
      return (void *) release_memory;
  }
  if (strstr (imports.extensions, "cl_khr_command_buffer"))
    return find_record_function (name);
  return NULL;
}
