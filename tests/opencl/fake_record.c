/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A part of fake_import.c: command buffers, which remember launches, and
 * enqueue them in the real library when they are enqueued. */

#include "tests/opencl/fake_record.h"

#define MAX_RECORDED 256

typedef struct
{
  cl_kernel kernel;
  size_t global[3], local[3];
} RecordedLaunch;

struct _cl_command_buffer_khr
{
  cl_command_queue queue;
  int is_final;
  unsigned n;
  RecordedLaunch launches[MAX_RECORDED];
};

static struct
{
  cl_uint version;
  cl_ulong capabilities;
  unsigned enqueued;
} records = {9 << 12, CL_COMMAND_BUFFER_CAPABILITY_SIMULTANEOUS_USE_KHR, 0};

EXPORT void
fake_record_be (unsigned minor, unsigned patch, unsigned long long capabilities)
{
  records.version = minor << 12 | patch;
  records.capabilities = capabilities;
}

EXPORT unsigned
fake_record_enqueued (void)
{
  return records.enqueued;
}

/* ---- the device --------------------------------------------------------- */

/* As cl.h has it for OpenCL 3.0. */
#define EXTENSIONS_WITH_VERSION 0x1060

static int
is_about_records (cl_device_info what)
{
  return what == EXTENSIONS_WITH_VERSION
      || what == CL_DEVICE_COMMAND_BUFFER_CAPABILITIES_KHR
      || what == CL_DEVICE_COMMAND_BUFFER_REQUIRED_QUEUE_PROPERTIES_KHR;
}

static cl_int
tell_of_records (cl_device_info what, size_t size, void *value, size_t *got)
{
  struct
  {
    cl_uint version;
    char name[64];
  } extension = {records.version, "cl_khr_command_buffer"};
  cl_ulong number = what == CL_DEVICE_COMMAND_BUFFER_CAPABILITIES_KHR
      ? records.capabilities
      : 0;
  const void *answer = what == EXTENSIONS_WITH_VERSION
      ? (const void *) &extension
      : &number;
  size_t n = what == EXTENSIONS_WITH_VERSION ? sizeof extension : sizeof number;
  cl_int r = enter_own ("clGetDeviceInfo");

  if (r == CL_SUCCESS && value && size < n)
    r = CL_INVALID_VALUE;
  if (r != CL_SUCCESS)
    return r;
  if (value)
    memcpy (value, answer, n);
  if (got)
    *got = n;
  return CL_SUCCESS;
}

/* ---- the calls ---------------------------------------------------------- */

static cl_command_buffer_khr
create_record (cl_uint n, const cl_command_queue *queues,
    const cl_command_buffer_properties_khr *properties, cl_int *result)
{
  cl_int r = enter_own ("clCreateCommandBufferKHR");
  cl_command_buffer_khr self = NULL;

  if (r == CL_SUCCESS
      && (n != 1 || properties[0] != CL_COMMAND_BUFFER_FLAGS_KHR
          || properties[1] != CL_COMMAND_BUFFER_SIMULTANEOUS_USE_KHR
          || properties[2] != 0))
    r = CL_INVALID_VALUE;
  if (r == CL_SUCCESS) {
    self = calloc (1, sizeof *self);
    self->queue = queues[0];
    count_made ();
  }
  *result = r;
  return self;
}

static cl_int
record_launch (cl_command_buffer_khr self, cl_command_queue queue,
    const cl_ulong *properties, cl_kernel kernel, cl_uint rank,
    const size_t *offset, const size_t *global, const size_t *local, cl_uint n,
    const cl_sync_point_khr *waits, cl_sync_point_khr *point,
    cl_mutable_command_khr *command)
{
  cl_int r = enter_own ("clCommandNDRangeKernelKHR");
  RecordedLaunch *launch = &self->launches[self->n];

  if (r != CL_SUCCESS)
    return r;
  if (self->is_final || queue || properties || rank != 3 || offset || n
      || self->n == MAX_RECORDED)
    return CL_INVALID_OPERATION;
  FIND (clRetainKernel) (kernel);
  launch->kernel = kernel;
  memcpy (launch->global, global, sizeof launch->global);
  memcpy (launch->local, local, sizeof launch->local);
  self->n++;
  return CL_SUCCESS;
}

static cl_int
finalize_record (cl_command_buffer_khr self)
{
  cl_int r = enter_own ("clFinalizeCommandBufferKHR");

  self->is_final = r == CL_SUCCESS;
  return r;
}

static cl_int
release_record (cl_command_buffer_khr self)
{
  cl_int r = enter_own ("clReleaseCommandBufferKHR");
  unsigned i;

  for (i = 0; i < self->n; i++)
    FIND (clReleaseKernel) (self->launches[i].kernel);
  free (self);
  count (-1);
  return r;
}

static cl_int
enqueue_record (cl_uint n, cl_command_queue *queues, cl_command_buffer_khr self,
    cl_uint n_waits, const cl_event *waits, cl_event *event)
{
  cl_int r = enter_own ("clEnqueueCommandBufferKHR");
  unsigned i;

  if (r == CL_SUCCESS && (!self->is_final || n || n_waits || event))
    r = CL_INVALID_OPERATION;
  for (i = 0; r == CL_SUCCESS && i < self->n; i++)
    r = FIND (clEnqueueNDRangeKernel) (self->queue, self->launches[i].kernel, 3,
        NULL, self->launches[i].global, self->launches[i].local, 0, NULL, NULL);
  if (r == CL_SUCCESS)
    records.enqueued++;
  return r;
}

static void *
find_record_function (const char *name)
{
  static const struct
  {
    const char *name;
    void *function;
  } all[] = {
    {"clCreateCommandBufferKHR", (void *) create_record},
    {"clCommandNDRangeKernelKHR", (void *) record_launch},
    {"clFinalizeCommandBufferKHR", (void *) finalize_record},
    {"clReleaseCommandBufferKHR", (void *) release_record},
    {"clEnqueueCommandBufferKHR", (void *) enqueue_record},
  };
  size_t i;

  for (i = 0; i < sizeof all / sizeof *all; i++) {
    if (!strcmp (name, all[i].name))
      return all[i].function;
  }
  return NULL;
}
