/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The extension is an experimental one: its functions have changed, and may
 * again. Those that are called here are the same in all versions that are
 * known (0.9.0 to 0.9.7); no other one is tried. */

#include "opencl/replay.h"

#include <string.h>

#define NAME "cl_khr_command_buffer"

/* From the specification: headers have them for newer versions of OpenCL, or
 * where experimental extensions are asked for. */
#define EXTENSIONS_WITH_VERSION 0x1060 /* CL_DEVICE_EXTENSIONS_WITH_VERSION */
#define CAPABILITIES 0x12A9     /* CL_DEVICE_COMMAND_BUFFER_CAPABILITIES_KHR */
#define NEEDS_PROPERTIES 0x12AA /* ...REQUIRED_QUEUE_PROPERTIES_KHR */
#define CAN_BE_IN_FLIGHT_TWICE (1 << 2) /* ...SIMULTANEOUS_USE_KHR */
#define FLAGS 0x1293                    /* CL_COMMAND_BUFFER_FLAGS_KHR */
#define IN_FLIGHT_TWICE (1 << 0) /* CL_COMMAND_BUFFER_SIMULTANEOUS_USE_KHR */

/* Of a version: 10 bits, 10 bits, 12 bits. */
#define VERSION(major, minor, patch) \
  ((cl_uint) (major) << 22 | (minor) << 12 | (patch))
#define OLDEST VERSION (0, 9, 0)
#define NEWEST VERSION (0, 9, 7)

#define MOST_EXTENSIONS 1024

typedef struct
{
  cl_uint version;
  gchar name[64];
} NameVersion;

typedef struct CommandBuffer *Buffer;

typedef Buffer (CL_API_CALL *CreateFunc) (cl_uint n,
    const cl_command_queue *queues, const cl_ulong *properties, cl_int *result);
typedef cl_int (CL_API_CALL *BufferFunc) (Buffer buffer);
typedef cl_int (CL_API_CALL *LaunchFunc) (Buffer buffer, cl_command_queue queue,
    const cl_ulong *properties, cl_kernel kernel, cl_uint rank,
    const size_t *offset, const size_t *global, const size_t *local, cl_uint n,
    const cl_uint *waits, cl_uint *point, gpointer *command);
typedef cl_int (CL_API_CALL *EnqueueFunc) (cl_uint n, cl_command_queue *queues,
    Buffer buffer, cl_uint n_waits, const cl_event *waits, cl_event *event);

struct _MnClReplay
{
  CreateFunc create;
  LaunchFunc launch;
  BufferFunc finalize, release;
  EnqueueFunc enqueue;
  Buffer buffer;
};

/* ---- whether there is such a thing -------------------------------------- */

static gboolean
is_known_version (const MnClDevice *device)
{
  g_autofree NameVersion *all = NULL;
  gsize size = 0, i;

  if (device->cl->GetDeviceInfo (device->id, EXTENSIONS_WITH_VERSION, 0, NULL,
          &size)
          != CL_SUCCESS
      || size > MOST_EXTENSIONS * sizeof *all)
    return FALSE;
  all = g_malloc0 (size);
  if (device->cl->GetDeviceInfo (device->id, EXTENSIONS_WITH_VERSION, size, all,
          NULL)
      != CL_SUCCESS)
    return FALSE;
  for (i = 0; i < size / sizeof *all; i++) {
    if (strncmp (all[i].name, NAME, sizeof all[i].name) == 0)
      return all[i].version >= OLDEST && all[i].version <= NEWEST;
  }
  return FALSE;
}

static cl_ulong
ask (const MnClDevice *device, cl_device_info what, cl_ulong otherwise)
{
  cl_ulong value = otherwise;

  if (device->cl->GetDeviceInfo (device->id, what, sizeof value, &value, NULL)
      != CL_SUCCESS)
    return otherwise;
  return value;
}

/* Frames follow each other in a queue without properties. */
static gboolean
is_offered (const MnClDevice *device)
{
  return mn_cl_device_has (device, NAME) && is_known_version (device)
      && ask (device, CAPABILITIES, 0) & CAN_BE_IN_FLIGHT_TWICE
      && ask (device, NEEDS_PROPERTIES, 1) == 0;
}

static gboolean
bind (MnClReplay *self, const MnClDevice *device)
{
  const MnCl *cl = device->cl;
  cl_platform_id platform = device->platform;

  self->create = (CreateFunc) mn_cl_extension (cl, platform,
      "clCreateCommandBufferKHR");
  self->launch = (LaunchFunc) mn_cl_extension (cl, platform,
      "clCommandNDRangeKernelKHR");
  self->finalize = (BufferFunc) mn_cl_extension (cl, platform,
      "clFinalizeCommandBufferKHR");
  self->release = (BufferFunc) mn_cl_extension (cl, platform,
      "clReleaseCommandBufferKHR");
  self->enqueue = (EnqueueFunc) mn_cl_extension (cl, platform,
      "clEnqueueCommandBufferKHR");
  return self->create && self->launch && self->finalize && self->release
      && self->enqueue;
}

/* ---- recording ---------------------------------------------------------- */

static gboolean
record (MnClReplay *self, const MnBackendPlan *plan, cl_command_queue queue,
    const cl_kernel *kernels)
{
  const cl_ulong properties[] = {FLAGS, IN_FLIGHT_TWICE, 0};
  cl_int r = CL_SUCCESS;
  guint i;

  self->buffer = self->create (1, &queue, properties, &r);
  if (!self->buffer)
    return FALSE;
  /* The queue is in order, and so is what is recorded for it. */
  for (i = 0; i < plan->launches->len; i++) {
    const MnClLaunch *launch = g_ptr_array_index (plan->launches, i);

    if (self->launch (self->buffer, NULL, NULL, kernels[i], 3, NULL,
            launch->global, launch->local, 0, NULL, NULL, NULL)
        != CL_SUCCESS)
      return FALSE;
  }
  return self->finalize (self->buffer) == CL_SUCCESS;
}

MnClReplay *
mn_cl_replay_new (const MnBackendPlan *plan, cl_command_queue queue,
    const cl_kernel *kernels)
{
  MnClReplay *self;

  if (!is_offered (plan->device))
    return NULL;
  self = g_new0 (MnClReplay, 1);
  if (bind (self, plan->device) && record (self, plan, queue, kernels))
    return self;
  g_debug ("launches are not recorded for %s", plan->device->name);
  mn_cl_replay_free (self);
  return NULL;
}

void
mn_cl_replay_free (MnClReplay *self)
{
  if (!self)
    return;
  if (self->buffer)
    self->release (self->buffer);
  g_free (self);
}

gboolean
mn_cl_replay_enqueue (MnClReplay *self)
{
  return self->enqueue (0, NULL, self->buffer, 0, NULL, NULL) == CL_SUCCESS;
}
