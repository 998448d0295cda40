/* SPDX-License-Identifier: LGPL-2.1-or-later */

#define CL_TARGET_OPENCL_VERSION 120
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl.h>

#include "tests/opencl/fake_cl.h"
#include "tests/opencl/fake_cl_log.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__ ((visibility ("default")))

#define MAX_CALLBACKS 64

typedef struct
{
  void (CL_CALLBACK *func) (cl_event, cl_int, void *);
  void *data;
} Callback;

static struct
{
  pthread_once_t once;
  pthread_mutex_t lock;
  pthread_cond_t released;
  void *handle;
  unsigned calls, first, last, hang; /* failing: first .. last */
  int code, live;
  unsigned made;
  const char *failed;
  const char *failing;   /* calls of this name, always */
  unsigned builds_alone; /* before the two that wait for each other */
  unsigned builds_to_meet;
  int holding;     /* the next read */
  cl_event held;   /* what it waits for */
  cl_event read;   /* its own */
  cl_event broken; /* one that has ended in vain */
  int keeping;     /* callbacks */
  Callback callbacks[MAX_CALLBACKS];
  unsigned n_callbacks;
} fake = {.once = PTHREAD_ONCE_INIT,
  .lock = PTHREAD_MUTEX_INITIALIZER,
  .released = PTHREAD_COND_INITIALIZER};

static unsigned
number (const char *name)
{
  const char *text = getenv (name);

  return text ? strtoul (text, NULL, 10) : 0;
}

static void
report (void)
{
  const char *path = getenv ("FAKE_CL_REPORT");
  FILE *file = path ? fopen (path, "w") : NULL;

  if (!file)
    return;
  fprintf (file, "calls %u live %d failed %s\n", fake.calls, fake.live,
      fake.failed ? fake.failed : "-");
  fclose (file);
}

static void
start (void)
{
  const char *name = getenv ("FAKE_CL_LIBRARY");
  const char *code = getenv ("FAKE_CL_CODE");

  fake.handle = dlopen (name ? name : "libOpenCL.so.1", RTLD_NOW | RTLD_LOCAL);
  fake.code = code ? atoi (code) : CL_OUT_OF_RESOURCES;
  fake.first = fake.last = number ("FAKE_CL_FAIL");
  if (getenv ("FAKE_CL_FAIL_ON")) {
    fake.first = number ("FAKE_CL_FAIL_ON");
    fake.last = UINT_MAX;
  }
  fake.hang = number ("FAKE_CL_HANG");
  atexit (report);
}

/* The real function. The error of a call that is to fail, or CL_SUCCESS. */
static cl_int
enter (const char *name, void **real)
{
  cl_int result = CL_SUCCESS;

  pthread_once (&fake.once, start);
  *real = fake.handle ? dlsym (fake.handle, name) : NULL;
  pthread_mutex_lock (&fake.lock);
  fake.calls++;
  fake_cl_log_add (name);
  if ((fake.first && fake.calls >= fake.first && fake.calls <= fake.last)
      || (fake.failing && strcmp (fake.failing, name) == 0)) {
    fake.failed = name;
    result = fake.code;
  }
  if (fake.hang && fake.calls == fake.hang) {
    fake.failed = name;
    while (fake.hang)
      pthread_cond_wait (&fake.released, &fake.lock);
  }
  pthread_mutex_unlock (&fake.lock);
  if (!*real && result == CL_SUCCESS)
    result = CL_DEVICE_NOT_FOUND;
  return result;
}

static void
count (int n)
{
  pthread_mutex_lock (&fake.lock);
  fake.live += n;
  pthread_mutex_unlock (&fake.lock);
}

static void
count_made (void)
{
  pthread_mutex_lock (&fake.lock);
  fake.live++;
  fake.made++;
  pthread_mutex_unlock (&fake.lock);
}

static void
set_plan (unsigned first, unsigned last, unsigned hang, int code)
{
  pthread_once (&fake.once, start);
  pthread_mutex_lock (&fake.lock);
  fake.calls = 0;
  fake.first = first;
  fake.last = last;
  fake.hang = hang;
  fake.code = code;
  fake.failed = NULL;
  fake_cl_log_restart ();
  pthread_mutex_unlock (&fake.lock);
}

EXPORT void
fake_cl_fail (unsigned call, int code)
{
  set_plan (call, call, 0, code);
}

EXPORT void
fake_cl_fail_on (unsigned call, int code)
{
  set_plan (call, UINT_MAX, 0, code);
}

EXPORT void
fake_cl_hang (unsigned call)
{
  set_plan (0, 0, call, CL_SUCCESS);
}

EXPORT void
fake_cl_release (void)
{
  pthread_mutex_lock (&fake.lock);
  fake.hang = 0;
  pthread_cond_broadcast (&fake.released);
  pthread_mutex_unlock (&fake.lock);
}

EXPORT unsigned
fake_cl_calls (void)
{
  return fake.calls;
}

EXPORT int
fake_cl_live (void)
{
  return fake.live;
}

EXPORT unsigned
fake_cl_made (void)
{
  return fake.made;
}

EXPORT const char *
fake_cl_failed (void)
{
  return fake.failed;
}

EXPORT void
fake_cl_fail_calls (const char *name, int code)
{
  pthread_mutex_lock (&fake.lock);
  fake.failing = name;
  fake.code = code;
  pthread_mutex_unlock (&fake.lock);
}

/* ---- a device that takes its time --------------------------------------- */

#define FIND(name) ((__typeof__ (name) *) dlsym (fake.handle, #name))

EXPORT void
fake_cl_hold (void)
{
  pthread_mutex_lock (&fake.lock);
  fake.holding = 1;
  pthread_mutex_unlock (&fake.lock);
}

/* What a read that comes now is to wait for; NULL: nothing. */
static cl_event
hold (cl_command_queue queue)
{
  cl_context context = NULL;
  cl_event event = NULL;

  pthread_mutex_lock (&fake.lock);
  if (fake.holding) {
    FIND (clGetCommandQueueInfo) (queue, CL_QUEUE_CONTEXT, sizeof context,
        &context, NULL);
    event = fake.held = FIND (clCreateUserEvent) (context, NULL);
    fake.holding = 0;
  }
  pthread_mutex_unlock (&fake.lock);
  return event;
}

EXPORT int
fake_cl_let_go (int status)
{
  cl_event held;

  pthread_mutex_lock (&fake.lock);
  fake.broken = status < 0 ? fake.read : NULL;
  held = fake.held;
  fake.held = NULL;
  fake.holding = 0;
  pthread_mutex_unlock (&fake.lock);
  if (!held)
    return 0;
  FIND (clSetUserEventStatus) (held, CL_COMPLETE);
  FIND (clReleaseEvent) (held);
  return 1;
}

EXPORT void
fake_cl_pair_builds (unsigned first)
{
  pthread_mutex_lock (&fake.lock);
  fake.builds_alone = first;
  fake.builds_to_meet = 2;
  pthread_mutex_unlock (&fake.lock);
}

/* Returns once the other one of the pair is here too. */
static void
meet (void)
{
  pthread_mutex_lock (&fake.lock);
  if (fake.builds_to_meet && fake.builds_alone) {
    fake.builds_alone--;
  } else if (fake.builds_to_meet) {
    fake.builds_to_meet--;
    pthread_cond_broadcast (&fake.released);
    while (fake.builds_to_meet)
      pthread_cond_wait (&fake.released, &fake.lock);
  }
  pthread_mutex_unlock (&fake.lock);
}

EXPORT void
fake_cl_keep_callbacks (int keep)
{
  pthread_mutex_lock (&fake.lock);
  fake.keeping = keep;
  pthread_mutex_unlock (&fake.lock);
}

EXPORT unsigned
fake_cl_kept_callbacks (void)
{
  return fake.n_callbacks;
}

EXPORT void
fake_cl_call_back (void)
{
  Callback callbacks[MAX_CALLBACKS];
  unsigned n, i;

  pthread_mutex_lock (&fake.lock);
  n = fake.n_callbacks;
  memcpy (callbacks, fake.callbacks, sizeof callbacks);
  fake.n_callbacks = 0;
  pthread_mutex_unlock (&fake.lock);
  for (i = 0; i < n; i++)
    callbacks[i].func (NULL, CL_COMPLETE, callbacks[i].data);
}

/* 0: they are not kept. */
static int
keep_callback (void (CL_CALLBACK *func) (cl_event, cl_int, void *), void *data)
{
  int keeps;

  pthread_mutex_lock (&fake.lock);
  keeps = fake.keeping && fake.n_callbacks < MAX_CALLBACKS;
  if (keeps)
    fake.callbacks[fake.n_callbacks++] = (Callback) {func, data};
  pthread_mutex_unlock (&fake.lock);
  return keeps;
}

/* ---- the calls ---------------------------------------------------------- */

/* The real function's type, for a call. */
#define REAL(name) ((__typeof__ (name) *) real)

/* Calls that give a result code. */
#define PASS(name, parameters, arguments) \
  EXPORT cl_int name parameters \
  { \
    void *real; \
    cl_int r = enter (#name, &real); \
    return r == CL_SUCCESS ? REAL (name) arguments : r; \
  }

/* Calls that make an object. */
#define MAKE(type, name, parameters, arguments) \
  EXPORT type name parameters \
  { \
    void *real; \
    cl_int r = enter (#name, &real); \
    type object = NULL; \
    if (r == CL_SUCCESS) \
      object = REAL (name) arguments; \
    else if (result) \
      *result = r; \
    if (object) \
      count_made (); \
    return object; \
  }

/* Calls that release one. */
#define RELEASE(type, name) \
  EXPORT cl_int name (type object) \
  { \
    void *real; \
    cl_int r = enter (#name, &real); \
    cl_int done = real ? REAL (name) (object) : CL_INVALID_VALUE; \
    if (done == CL_SUCCESS) \
      count (-1); \
    return r == CL_SUCCESS ? done : r; \
  }

/* Commands that may give an event. */
#define ENQUEUE(name, parameters, arguments) \
  EXPORT cl_int name parameters \
  { \
    void *real; \
    cl_int r = enter (#name, &real); \
    if (r == CL_SUCCESS) \
      r = REAL (name) arguments; \
    if (r == CL_SUCCESS && event) \
      count (1); \
    return r; \
  }

/* *INDENT-OFF* */
PASS (clGetPlatformIDs, (cl_uint n, cl_platform_id *ids, cl_uint *n_ids),
    (n, ids, n_ids))
PASS (clGetPlatformInfo,
    (cl_platform_id id, cl_platform_info what, size_t size, void *value,
        size_t *got),
    (id, what, size, value, got))
PASS (clGetDeviceIDs,
    (cl_platform_id id, cl_device_type type, cl_uint n, cl_device_id *ids,
        cl_uint *n_ids),
    (id, type, n, ids, n_ids))
PASS (clGetDeviceInfo,
    (cl_device_id id, cl_device_info what, size_t size, void *value,
        size_t *got),
    (id, what, size, value, got))
MAKE (cl_context, clCreateContext,
    (const cl_context_properties *properties, cl_uint n,
        const cl_device_id *ids,
        void (CL_CALLBACK *notify) (const char *, const void *, size_t, void *),
        void *data, cl_int *result),
    (properties, n, ids, notify, data, result))
RELEASE (cl_context, clReleaseContext)
MAKE (cl_command_queue, clCreateCommandQueue,
    (cl_context context, cl_device_id id,
        cl_command_queue_properties properties, cl_int *result),
    (context, id, properties, result))
RELEASE (cl_command_queue, clReleaseCommandQueue)
MAKE (cl_mem, clCreateBuffer,
    (cl_context context, cl_mem_flags flags, size_t size, void *data,
        cl_int *result),
    (context, flags, size, data, result))
MAKE (cl_mem, clCreateSubBuffer,
    (cl_mem buffer, cl_mem_flags flags, cl_buffer_create_type type,
        const void *info, cl_int *result),
    (buffer, flags, type, info, result))
RELEASE (cl_mem, clReleaseMemObject)
MAKE (cl_program, clCreateProgramWithSource,
    (cl_context context, cl_uint n, const char **strings, const size_t *sizes,
        cl_int *result),
    (context, n, strings, sizes, result))
MAKE (cl_program, clCreateProgramWithBinary,
    (cl_context context, cl_uint n, const cl_device_id *ids,
        const size_t *sizes, const unsigned char **binaries, cl_int *status,
        cl_int *result),
    (context, n, ids, sizes, binaries, status, result))
PASS (clGetProgramInfo,
    (cl_program program, cl_program_info what, size_t size, void *value,
        size_t *got),
    (program, what, size, value, got))
PASS (clGetProgramBuildInfo,
    (cl_program program, cl_device_id id, cl_program_build_info what,
        size_t size, void *value, size_t *got),
    (program, id, what, size, value, got))
RELEASE (cl_program, clReleaseProgram)
MAKE (cl_kernel, clCreateKernel,
    (cl_program program, const char *name, cl_int *result),
    (program, name, result))
RELEASE (cl_kernel, clReleaseKernel)
PASS (clSetKernelArg,
    (cl_kernel kernel, cl_uint i, size_t size, const void *value),
    (kernel, i, size, value))
PASS (clGetKernelWorkGroupInfo,
    (cl_kernel kernel, cl_device_id id, cl_kernel_work_group_info what,
        size_t size, void *value, size_t *got),
    (kernel, id, what, size, value, got))
ENQUEUE (clEnqueueNDRangeKernel,
    (cl_command_queue queue, cl_kernel kernel, cl_uint rank,
        const size_t *offset, const size_t *global, const size_t *local,
        cl_uint n, const cl_event *waits, cl_event *event),
    (queue, kernel, rank, offset, global, local, n, waits, event))
ENQUEUE (clEnqueueWriteBuffer,
    (cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset,
        size_t size, const void *data, cl_uint n, const cl_event *waits,
        cl_event *event),
    (queue, buffer, blocking, offset, size, data, n, waits, event))
ENQUEUE (clEnqueueWriteBufferRect,
    (cl_command_queue queue, cl_mem buffer, cl_bool blocking, const size_t *to,
        const size_t *from, const size_t *region, size_t to_row,
        size_t to_slice, size_t from_row, size_t from_slice, const void *data,
        cl_uint n, const cl_event *waits, cl_event *event),
    (queue, buffer, blocking, to, from, region, to_row, to_slice, from_row,
        from_slice, data, n, waits, event))
PASS (clGetEventInfo,
    (cl_event event, cl_event_info what, size_t size, void *value, size_t *got),
    (event, what, size, value, got))
PASS (clFlush, (cl_command_queue queue), (queue))
PASS (clFinish, (cl_command_queue queue), (queue))
RELEASE (cl_event, clReleaseEvent)
PASS (clGetEventProfilingInfo,
    (cl_event event, cl_profiling_info what, size_t size, void *value,
        size_t *got),
    (event, what, size, value, got))
/* *INDENT-ON* */

EXPORT cl_int
clEnqueueReadBuffer (cl_command_queue queue, cl_mem buffer, cl_bool blocking,
    size_t offset, size_t size, void *data, cl_uint n, const cl_event *waits,
    cl_event *event)
{
  void *real;
  cl_int r = enter ("clEnqueueReadBuffer", &real);
  cl_event held = r == CL_SUCCESS ? hold (queue) : NULL;

  if (r == CL_SUCCESS)
    r = REAL (clEnqueueReadBuffer) (queue, buffer, blocking, offset, size, data,
        held ? 1 : n, held ? &held : waits, event);
  if (r == CL_SUCCESS && event)
    count (1);
  if (r == CL_SUCCESS && held)
    fake.read = event ? *event : NULL;
  return r;
}

EXPORT cl_int
clBuildProgram (cl_program program, cl_uint n, const cl_device_id *ids,
    const char *options, void (CL_CALLBACK *notify) (cl_program, void *),
    void *data)
{
  void *real;
  cl_int r = enter ("clBuildProgram", &real);

  if (r != CL_SUCCESS)
    return r;
  meet ();
  return REAL (clBuildProgram) (program, n, ids, options, notify, data);
}

EXPORT cl_int
clWaitForEvents (cl_uint n, const cl_event *events)
{
  void *real;
  cl_int r = enter ("clWaitForEvents", &real);
  cl_uint i;

  if (r == CL_SUCCESS)
    r = REAL (clWaitForEvents) (n, events);
  pthread_mutex_lock (&fake.lock);
  for (i = 0; i < n && fake.broken; i++) {
    if (events[i] == fake.broken) {
      /* Another one may get its address. */
      fake.broken = NULL;
      r = CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST;
    }
  }
  pthread_mutex_unlock (&fake.lock);
  return r;
}

EXPORT cl_int
clSetEventCallback (cl_event event, cl_int type,
    void (CL_CALLBACK *func) (cl_event, cl_int, void *), void *data)
{
  void *real;
  cl_int r = enter ("clSetEventCallback", &real);

  return r != CL_SUCCESS || keep_callback (func, data)
      ? r
      : REAL (clSetEventCallback) (event, type, func, data);
}

EXPORT void *
clEnqueueMapBuffer (cl_command_queue queue, cl_mem buffer, cl_bool blocking,
    cl_map_flags flags, size_t offset, size_t size, cl_uint n,
    const cl_event *waits, cl_event *event, cl_int *result)
{
  void *real, *data = NULL;
  cl_int r = enter ("clEnqueueMapBuffer", &real);

  if (r == CL_SUCCESS)
    data = REAL (clEnqueueMapBuffer) (queue, buffer, blocking, flags, offset,
        size, n, waits, event, result);
  else if (result)
    *result = r;
  if (data)
    count (event ? 2 : 1);
  return data;
}

EXPORT cl_int
clEnqueueUnmapMemObject (cl_command_queue queue, cl_mem memory, void *data,
    cl_uint n, const cl_event *waits, cl_event *event)
{
  void *real;
  cl_int r = enter ("clEnqueueUnmapMemObject", &real);
  cl_int done = real
      ? REAL (clEnqueueUnmapMemObject) (queue, memory, data, n, waits, event)
      : CL_INVALID_VALUE;

  if (done == CL_SUCCESS)
    count (event ? 0 : -1);
  return r == CL_SUCCESS ? done : r;
}
