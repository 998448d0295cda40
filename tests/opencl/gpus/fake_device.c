/* SPDX-License-Identifier: LGPL-2.1-or-later */

#define CL_TARGET_OPENCL_VERSION 120
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl.h>

#include "tests/opencl/gpus/answers.h"
#include "tests/opencl/gpus/fake_device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__ ((visibility ("default")))

#define MAX_ARGS 32
#define MAX_LINE 8192
#define MAX_FORM 512 /* kernel and options, as in the table */
#define MAX_NAME 100
#define MAX_DEVICES 4
#define N_ANSWERS (N_PLATFORM_ANSWERS + N_DEVICE_ANSWERS)

/* One device and its platform. */
typedef struct
{
  char name[MAX_NAME]; /* in the files */
  char texts[N_ANSWERS][MAX_LINE];
  size_t items[3], group, local, max_alloc, align;
} Device;

/* All objects: the functions' types are only names for it. */
typedef struct
{
  const Device *device;
  size_t size;         /* of a buffer */
  char *options;       /* of a program */
  char form[MAX_FORM]; /* of a kernel */
  size_t local[MAX_ARGS];
  cl_ulong start, end; /* of a launch's event */
} Object;

static struct
{
  Device devices[MAX_DEVICES];
  cl_uint n_devices;
  int live;
  unsigned launches;
  cl_ulong now; /* ns; only launches take time */
} fake;

/* ---- the files --------------------------------------------------------- */

static const Answer *
answer_at (size_t i)
{
  return i < N_PLATFORM_ANSWERS ? &platform_answers[i]
                                : &device_answers[i - N_PLATFORM_ANSWERS];
}

/* "name value" into the answer of that name. */
static void
take_answer (Device *self, const char *line)
{
  size_t i;

  for (i = 0; i < N_ANSWERS; i++) {
    size_t length = strlen (answer_at (i)->name);

    if (!strncmp (line, answer_at (i)->name, length) && line[length] == ' ')
      strcpy (self->texts[i], line + length + 1);
  }
}

static const char *
text_of (const Device *self, const char *name)
{
  size_t i;

  for (i = 0; i < N_ANSWERS; i++) {
    if (!strcmp (answer_at (i)->name, name))
      return self->texts[i];
  }
  abort ();
}

static FILE *
open_named (const char *variable)
{
  const char *path = getenv (variable);

  return path ? fopen (path, "r") : NULL;
}

/* 0: there is no such device. */
static int
read_device (Device *self, const char *name)
{
  FILE *file = open_named ("FAKE_DEVICE_FILE");
  char line[MAX_LINE], wanted[MAX_LINE];
  int here = 0;

  if (!file)
    return 0;
  memset (self, 0, sizeof *self);
  snprintf (self->name, sizeof self->name, "%s", name);
  snprintf (wanted, sizeof wanted, "[%s]", self->name);
  while (fgets (line, sizeof line, file)) {
    line[strcspn (line, "\n")] = '\0';
    if (line[0] == '[')
      here = !strcmp (line, wanted);
    else if (here)
      take_answer (self, line);
  }
  fclose (file);
  sscanf (text_of (self, "max-items"), "%zu %zu %zu", &self->items[0],
      &self->items[1], &self->items[2]);
  self->group = strtoull (text_of (self, "max-group"), NULL, 10);
  self->local = strtoull (text_of (self, "local"), NULL, 10);
  self->max_alloc = strtoull (text_of (self, "max-alloc"), NULL, 10);
  self->align = strtoull (text_of (self, "align"), NULL, 10) / 8;
  return self->group > 0;
}

static void
read_devices (void)
{
  const char *names = getenv ("FAKE_DEVICE");
  char *all = strdup (names ? names : ""), *rest = all, *name;

  fake.n_devices = 0;
  while (fake.n_devices < MAX_DEVICES && (name = strsep (&rest, " ")))
    fake.n_devices += read_device (&fake.devices[fake.n_devices], name);
  free (all);
}

/* The number behind the name in the table's line of that form and its
 * device; otherwise where there is none. */
static size_t
look_up (const Object *kernel, const char *name, size_t otherwise)
{
  FILE *file = open_named ("FAKE_DEVICE_TABLE");
  char line[MAX_LINE], start[MAX_LINE], word[MAX_LINE];
  const char *found;

  if (!file)
    return otherwise;
  snprintf (start, sizeof start, "%s | %s | ", kernel->form,
      kernel->device->name);
  snprintf (word, sizeof word, " %s ", name);
  while (fgets (line, sizeof line, file)) {
    if (strncmp (line, start, strlen (start)))
      continue;
    found = strstr (line + strlen (start) - 1, word);
    if (found)
      otherwise = strtoull (found + strlen (word), NULL, 10);
    break;
  }
  fclose (file);
  return otherwise;
}

/* ---- answers ----------------------------------------------------------- */

static cl_int
give (const void *data, size_t n, size_t size, void *value, size_t *got)
{
  if (got)
    *got = n;
  if (!value)
    return CL_SUCCESS;
  if (size < n)
    return CL_INVALID_VALUE;
  memcpy (value, data, n);
  return CL_SUCCESS;
}

static cl_int
give_size (size_t number, size_t size, void *value, size_t *got)
{
  return give (&number, sizeof number, size, value, got);
}

static cl_int
give_answer (const Device *self, size_t i, size_t size, void *value,
    size_t *got)
{
  const Answer *answer = answer_at (i);
  unsigned char data[64];
  const char *at = self->texts[i];
  char *end;
  size_t n = 0;

  if (answer->each == 0)
    return give (at, strlen (at) + 1, size, value, got);
  for (;; n += answer->each, at = end) {
    unsigned long long number = strtoull (at, &end, 10);

    if (end == at)
      break;
    memcpy (data + n, &number, answer->each); /* little endian */
  }
  return give (data, n, size, value, got);
}

static cl_int
find_answer (const void *device, size_t first, size_t last, unsigned what,
    size_t size, void *value, size_t *got)
{
  size_t i;

  for (i = first; i < last; i++) {
    if (answer_at (i)->what == what)
      return give_answer (device, i, size, value, got);
  }
  return CL_INVALID_VALUE;
}

/* A platform is its one device. */
EXPORT cl_int
clGetPlatformIDs (cl_uint n, cl_platform_id *ids, cl_uint *n_ids)
{
  cl_uint i;

  read_devices ();
  for (i = 0; ids && i < n && i < fake.n_devices; i++)
    ids[i] = (cl_platform_id) &fake.devices[i];
  if (n_ids)
    *n_ids = fake.n_devices;
  return CL_SUCCESS;
}

EXPORT cl_int
clGetPlatformInfo (cl_platform_id id, cl_platform_info what, size_t size,
    void *value, size_t *got)
{
  return find_answer (id, 0, N_PLATFORM_ANSWERS, what, size, value, got);
}

EXPORT cl_int
clGetDeviceIDs (cl_platform_id id, cl_device_type type, cl_uint n,
    cl_device_id *ids, cl_uint *n_ids)
{
  if (ids && n)
    ids[0] = (cl_device_id) id;
  if (n_ids)
    *n_ids = 1;
  return CL_SUCCESS;
}

EXPORT cl_int
clGetDeviceInfo (cl_device_id id, cl_device_info what, size_t size, void *value,
    size_t *got)
{
  cl_uint three = 3;

  if (what == CL_DEVICE_MAX_WORK_ITEM_DIMENSIONS)
    return give (&three, sizeof three, size, value, got);
  return find_answer (id, N_PLATFORM_ANSWERS, N_ANSWERS, what, size, value,
      got);
}

/* ---- objects ----------------------------------------------------------- */

static void *
make (const Device *device, cl_int *result)
{
  Object *self = calloc (1, sizeof (Object));

  __atomic_add_fetch (&fake.live, 1, __ATOMIC_RELAXED);
  self->device = device;
  if (result)
    *result = CL_SUCCESS;
  return self;
}

/* What is made of an object is its device's, too. */
static const Device *
device_of (const void *object)
{
  return ((const Object *) object)->device;
}

static void *
refuse (cl_int *result, cl_int code)
{
  if (result)
    *result = code;
  return NULL;
}

static cl_int
release (void *object)
{
  __atomic_sub_fetch (&fake.live, 1, __ATOMIC_RELAXED);
  free (((Object *) object)->options);
  free (object);
  return CL_SUCCESS;
}

#define RELEASE(type, name) \
  EXPORT cl_int name (type object) \
  { \
    return release (object); \
  }

RELEASE (cl_context, clReleaseContext)
RELEASE (cl_command_queue, clReleaseCommandQueue)
RELEASE (cl_mem, clReleaseMemObject)
RELEASE (cl_program, clReleaseProgram)
RELEASE (cl_kernel, clReleaseKernel)
RELEASE (cl_event, clReleaseEvent)

EXPORT cl_context
clCreateContext (const cl_context_properties *properties, cl_uint n,
    const cl_device_id *ids,
    void (CL_CALLBACK *notify) (const char *, const void *, size_t, void *),
    void *data, cl_int *result)
{
  /* One platform drives no other's devices. */
  if (n != 1 || !properties || properties[1] != (cl_context_properties) ids[0])
    return refuse (result, CL_INVALID_DEVICE);
  return make ((const Device *) ids[0], result);
}

EXPORT cl_command_queue
clCreateCommandQueue (cl_context context, cl_device_id id,
    cl_command_queue_properties properties, cl_int *result)
{
  if (device_of (context) != (const Device *) id)
    return refuse (result, CL_INVALID_DEVICE);
  return make (device_of (context), result);
}

EXPORT cl_mem
clCreateBuffer (cl_context context, cl_mem_flags flags, size_t size, void *data,
    cl_int *result)
{
  Object *self;

  if (size == 0 || size > device_of (context)->max_alloc)
    return refuse (result, CL_INVALID_BUFFER_SIZE);
  self = make (device_of (context), result);
  self->size = size;
  return (cl_mem) self;
}

EXPORT cl_mem
clCreateSubBuffer (cl_mem buffer, cl_mem_flags flags,
    cl_buffer_create_type type, const void *info, cl_int *result)
{
  const cl_buffer_region *region = info;

  if (region->origin % device_of (buffer)->align)
    return refuse (result, CL_MISALIGNED_SUB_BUFFER_OFFSET);
  if (region->origin + region->size > ((Object *) buffer)->size)
    return refuse (result, CL_INVALID_VALUE);
  return clCreateBuffer ((cl_context) buffer, flags, region->size, NULL,
      result);
}

/* ---- programs ---------------------------------------------------------- */

EXPORT cl_program
clCreateProgramWithSource (cl_context context, cl_uint n, const char **strings,
    const size_t *sizes, cl_int *result)
{
  return make (device_of (context), result);
}

EXPORT cl_int
clBuildProgram (cl_program program, cl_uint n, const cl_device_id *ids,
    const char *options, void (CL_CALLBACK *notify) (cl_program, void *),
    void *data)
{
  Object *self = (Object *) program;

  free (self->options);
  self->options = strdup (options);
  return CL_SUCCESS;
}

/* It has no binaries and no log. */
EXPORT cl_int
clGetProgramInfo (cl_program program, cl_program_info what, size_t size,
    void *value, size_t *got)
{
  return what == CL_PROGRAM_BINARY_SIZES ? give_size (0, size, value, got)
                                         : CL_INVALID_VALUE;
}

EXPORT cl_int
clGetProgramBuildInfo (cl_program program, cl_device_id id,
    cl_program_build_info what, size_t size, void *value, size_t *got)
{
  return give ("", 1, size, value, got);
}

EXPORT cl_program
clCreateProgramWithBinary (cl_context context, cl_uint n,
    const cl_device_id *ids, const size_t *sizes,
    const unsigned char **binaries, cl_int *status, cl_int *result)
{
  return refuse (result, CL_INVALID_BINARY);
}

EXPORT cl_kernel
clCreateKernel (cl_program program, const char *name, cl_int *result)
{
  Object *self = make (device_of (program), result);
  char *options = strdup (((Object *) program)->options), *rest = options;
  char *word;
  size_t n = snprintf (self->form, MAX_FORM, "%s", name);

  while ((word = strsep (&rest, " ")) && n < MAX_FORM) {
    if (!strncmp (word, "-D", 2))
      n += snprintf (self->form + n, MAX_FORM - n, " %s", word + 2);
  }
  free (options);
  return (cl_kernel) self;
}

EXPORT cl_int
clGetKernelWorkGroupInfo (cl_kernel kernel, cl_device_id id,
    cl_kernel_work_group_info what, size_t size, void *value, size_t *got)
{
  const Object *self = (Object *) kernel;

  switch (what) {
    case CL_KERNEL_WORK_GROUP_SIZE:
      return give_size (look_up (self, "group", self->device->group), size,
          value, got);
    case CL_KERNEL_PREFERRED_WORK_GROUP_SIZE_MULTIPLE:
      return give_size (look_up (self, "multiple", 1), size, value, got);
    case CL_KERNEL_PRIVATE_MEM_SIZE:
      return give_size (look_up (self, "private", 0), size, value, got);
    default:
      return CL_INVALID_VALUE;
  }
}

EXPORT cl_int
clSetKernelArg (cl_kernel kernel, cl_uint i, size_t size, const void *value)
{
  if (i >= MAX_ARGS)
    return CL_INVALID_ARG_INDEX;
  ((Object *) kernel)->local[i] = value ? 0 : size;
  return CL_SUCCESS;
}

/* ---- commands ---------------------------------------------------------- */

static cl_int
done_in (cl_command_queue queue, cl_ulong time, cl_event *event)
{
  cl_ulong end = __atomic_add_fetch (&fake.now, time, __ATOMIC_RELAXED);

  if (event) {
    Object *self = make (device_of (queue), NULL);

    self->start = end - time;
    self->end = end;
    *event = (cl_event) self;
  }
  return CL_SUCCESS;
}

static cl_int
done (cl_command_queue queue, cl_event *event)
{
  return done_in (queue, 0, event);
}

/* ns, as the table says, of a kernel in groups of so many items. */
static cl_ulong
time_of (const Object *kernel, size_t items)
{
  cl_ulong time = look_up (kernel, "time", 1000000);

  return look_up (kernel, "fast-group", 0) == items ? time / 2 : time;
}

EXPORT cl_int
clEnqueueNDRangeKernel (cl_command_queue queue, cl_kernel kernel, cl_uint rank,
    const size_t *offset, const size_t *global, const size_t *local, cl_uint n,
    const cl_event *waits, cl_event *event)
{
  const Object *self = (Object *) kernel;
  const Device *device = self->device;
  size_t items = 1, bytes = 0, most = look_up (self, "group", device->group);
  cl_uint i;

  if (device != device_of (queue))
    return CL_INVALID_CONTEXT;
  for (i = 0; i < MAX_ARGS; i++)
    bytes += self->local[i];
  if (bytes > device->local)
    return CL_OUT_OF_RESOURCES;
  for (i = 0; i < rank; i++) {
    items *= local[i];
    if (local[i] > device->items[i])
      return CL_INVALID_WORK_ITEM_SIZE;
    if (local[i] == 0 || global[i] == 0 || global[i] % local[i])
      return CL_INVALID_WORK_GROUP_SIZE;
  }
  /* A kernel's limit may be above the device's, which counts all the same. */
  if (items > most || items > device->group)
    return CL_INVALID_WORK_GROUP_SIZE;
  __atomic_add_fetch (&fake.launches, 1, __ATOMIC_RELAXED);
  return done_in (queue, time_of (self, items), event);
}

EXPORT cl_int
clEnqueueWriteBuffer (cl_command_queue queue, cl_mem buffer, cl_bool blocking,
    size_t offset, size_t size, const void *data, cl_uint n,
    const cl_event *waits, cl_event *event)
{
  return done (queue, event);
}

EXPORT cl_int
clEnqueueWriteBufferRect (cl_command_queue queue, cl_mem buffer,
    cl_bool blocking, const size_t *to, const size_t *from,
    const size_t *region, size_t to_row, size_t to_slice, size_t from_row,
    size_t from_slice, const void *data, cl_uint n, const cl_event *waits,
    cl_event *event)
{
  return done (queue, event);
}

EXPORT cl_int
clEnqueueReadBuffer (cl_command_queue queue, cl_mem buffer, cl_bool blocking,
    size_t offset, size_t size, void *data, cl_uint n, const cl_event *waits,
    cl_event *event)
{
  memset (data, 0, size);
  return done (queue, event);
}

EXPORT cl_int
clFlush (cl_command_queue queue)
{
  return CL_SUCCESS;
}

EXPORT cl_int
clFinish (cl_command_queue queue)
{
  return CL_SUCCESS;
}

EXPORT cl_int
clWaitForEvents (cl_uint n, const cl_event *events)
{
  return CL_SUCCESS;
}

EXPORT cl_int
clGetEventProfilingInfo (cl_event event, cl_profiling_info what, size_t size,
    void *value, size_t *got)
{
  const Object *self = (Object *) event;

  return give_size (what == CL_PROFILING_COMMAND_END ? self->end : self->start,
      size, value, got);
}

/* ---- for tests --------------------------------------------------------- */

EXPORT int
fake_device_live (void)
{
  return fake.live;
}

EXPORT unsigned
fake_device_launches (void)
{
  return fake.launches;
}
