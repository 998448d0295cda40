/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "opencl/device/program.h"

#include "engine/base/cache.h"
#include "opencl/device/cache.h"

/* For all kernels; no fast maths. */
#define OPTIONS "-cl-std=CL1.2 -cl-mad-enable"

/* How much of a compiler's words goes into an error. */
#define MAX_LOG 2000

static const gchar *
find_source (const gchar *name)
{
  const MnClSource *s;

  for (s = mn_cl_sources; s->name; s++) {
    if (g_str_equal (s->name, name))
      return s->text;
  }
  g_return_val_if_reached (NULL);
}

static gchar *
build_log (const MnClDevice *device, cl_program program)
{
  gsize size = 0;
  gchar *log;

  if (!device->cl->GetProgramBuildInfo
      || device->cl->GetProgramBuildInfo (program, device->id,
             CL_PROGRAM_BUILD_LOG, 0, NULL, &size)
          != CL_SUCCESS)
    return g_strdup ("no build log");
  log = size < G_MAXSIZE ? g_try_malloc0 (size + 1) : NULL;
  if (!log)
    return g_strdup ("no memory for the build log");
  if (device->cl->GetProgramBuildInfo (program, device->id,
          CL_PROGRAM_BUILD_LOG, size, log, NULL)
      != CL_SUCCESS)
    log[0] = '\0';
  if (size > MAX_LOG)
    log[MAX_LOG] = '\0';
  return g_strstrip (log);
}

/* NULL: what the cache holds is no program of this device. */
static cl_program
from_binary (const MnClDevice *device, GBytes *binary, const gchar *options)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (binary, &size);
  cl_int status = CL_INVALID_BINARY, r = CL_INVALID_BINARY;
  cl_program program = device->cl->CreateProgramWithBinary (device->context, 1,
      &device->id, &size, &data, &status, &r);

  if (!program)
    return NULL;
  if (r != CL_SUCCESS || status != CL_SUCCESS
      || device->cl->BuildProgram (program, 1, &device->id, options, NULL, NULL)
          != CL_SUCCESS) {
    device->cl->ReleaseProgram (program);
    return NULL;
  }
  return program;
}

static cl_program
from_source (const MnClDevice *device, const gchar *name, const gchar *source,
    const gchar *options, GError **error)
{
  cl_int r = CL_SUCCESS;
  cl_program program = device->cl->CreateProgramWithSource (device->context, 1,
      &source, NULL, &r);
  g_autofree gchar *log = NULL;

  if (!program) {
    mn_cl_fail (error, MN_ERROR_COMPILE, r, "clCreateProgramWithSource", name);
    return NULL;
  }
  r = device->cl->BuildProgram (program, 1, &device->id, options, NULL, NULL);
  if (r == CL_SUCCESS)
    return program;
  log = build_log (device, program);
  device->cl->ReleaseProgram (program);
  mn_cl_fail (error, MN_ERROR_COMPILE, r, "clBuildProgram", name);
  if (error && *error)
    g_prefix_error (error, "%s, options \"%s\": ", device->name, options);
  if (error && *error && *log) {
    g_autofree gchar *text = g_strdup ((*error)->message);

    g_free ((*error)->message);
    (*error)->message = g_strdup_printf ("%s: %s", text, log);
  }
  return NULL;
}

/* NULL: the driver does not give it. */
static GBytes *
get_binary (const MnClDevice *device, cl_program program)
{
  g_autofree guint8 *data = NULL;
  gsize size = 0;

  if (!device->cl->GetProgramInfo
      || device->cl->GetProgramInfo (program, CL_PROGRAM_BINARY_SIZES,
             sizeof size, &size, NULL)
          != CL_SUCCESS
      || size == 0)
    return NULL;
  data = g_try_malloc (size);
  if (!data
      || device->cl->GetProgramInfo (program, CL_PROGRAM_BINARIES, sizeof data,
             &data, NULL)
          != CL_SUCCESS)
    return NULL;
  return g_bytes_new_take (g_steal_pointer (&data), size);
}

static gboolean
build (MnClProgram *self, GError **error)
{
  const MnClDevice *device = self->device;
  const gchar *source = find_source (self->name);
  g_autoptr (GBytes) binary = NULL;

  self->file = mn_cl_cache_name (device, source, self->options);
  if (device->cl->CreateProgramWithBinary && !device->quirks->no_cache)
    binary = mn_cache_load (self->file);
  if (binary) {
    self->program = from_binary (device, binary, self->options);
    if (self->program)
      return TRUE;
  }
  self->program = from_source (device, self->name, source, self->options,
      error);
  self->is_new = TRUE;
  return self->program != NULL;
}

void
mn_cl_program_store (MnClProgram *self)
{
  g_autoptr (GBytes) binary = NULL;

  if (!self->is_new || self->device->quirks->no_cache)
    return;
  binary = get_binary (self->device, self->program);
  if (binary)
    mn_cache_store (self->file, binary);
  self->is_new = FALSE;
}

cl_kernel
mn_cl_program_create_kernel (const MnClProgram *self, GError **error)
{
  cl_int r = CL_SUCCESS;
  cl_kernel kernel = self->device->cl->CreateKernel (self->program, self->name,
      &r);

  if (!kernel)
    mn_cl_fail (error, MN_ERROR_COMPILE, r, "clCreateKernel", self->name);
  return kernel;
}

static cl_int
ask (const MnClProgram *self, cl_kernel kernel, cl_kernel_work_group_info what,
    gpointer value, gsize size)
{
  const MnClDevice *device = self->device;

  return device->cl->GetKernelWorkGroupInfo (kernel, device->id, what, size,
      value, NULL);
}

/* A driver need not know the last two. */
static gboolean
ask_limits (MnClProgram *self, GError **error)
{
  cl_kernel kernel = mn_cl_program_create_kernel (self, error);
  size_t most = 0, multiple = 0;
  cl_ulong own = 0;
  cl_int r;

  if (!kernel)
    return FALSE;
  r = ask (self, kernel, CL_KERNEL_WORK_GROUP_SIZE, &most, sizeof most);
  if (ask (self, kernel, CL_KERNEL_PREFERRED_WORK_GROUP_SIZE_MULTIPLE,
          &multiple, sizeof multiple)
      != CL_SUCCESS)
    multiple = 1;
  if (ask (self, kernel, CL_KERNEL_PRIVATE_MEM_SIZE, &own, sizeof own)
      != CL_SUCCESS)
    own = 0;
  self->device->cl->ReleaseKernel (kernel);
  if (r != CL_SUCCESS)
    return mn_cl_fail (error, MN_ERROR_COMPILE, r, "clGetKernelWorkGroupInfo",
        self->name);
  self->max_group = CLAMP (most, 1, self->device->max_group);
  self->multiple = MAX (multiple, 1);
  self->private_size = own;
  return TRUE;
}

MnClProgram *
mn_cl_program_new (const MnClDevice *device, const gchar *name,
    const gchar *options, GError **error)
{
  g_autoptr (MnClProgram) self = g_new0 (MnClProgram, 1);
  const gchar *more = device->quirks->options;

  self->device = device;
  self->name = name;
  self->wanted = g_strdup (options);
  self->options = g_strjoin (" ", OPTIONS, options, more, NULL);
  if (!build (self, error) || !ask_limits (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
mn_cl_program_free (MnClProgram *self)
{
  if (!self)
    return;
  if (self->program)
    self->device->cl->ReleaseProgram (self->program);
  g_free (self->wanted);
  g_free (self->options);
  g_free (self->file);
  g_free (self);
}
