/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "opencl/paper.h"

#include <string.h>

/* Bytes: what all the GPUs have that are known, or more. */
#define ALIGN 128
#define LOCAL (32 << 10)
#define MAX_ALLOC (1u << 30)

/* What the handles of this "library" point to. */
typedef struct
{
  MnOpenclAsk ask;
  gpointer data;
  gsize max_group;
} Context;

typedef struct
{
  const Context *context;
  gchar *text; /* of a program its options, of a kernel its form */
} Object;

static Object *
object_new (const Context *context, gchar *text)
{
  Object *self = g_new0 (Object, 1);

  self->context = context;
  self->text = text;
  return self;
}

static void
object_free (Object *self)
{
  g_free (self->text);
  g_free (self);
}

static cl_int
release_context (cl_context context)
{
  g_free (context);
  return CL_SUCCESS;
}

/* Nobody looks at what is in it. */
static cl_mem
create_buffer (cl_context context, cl_mem_flags flags, size_t size, void *data,
    cl_int *result)
{
  *result = CL_SUCCESS;
  return (cl_mem) context;
}

static cl_int
release_buffer (cl_mem mem)
{
  return CL_SUCCESS;
}

static cl_program
create_program (cl_context context, cl_uint n, const char **texts,
    const size_t *sizes, cl_int *result)
{
  *result = CL_SUCCESS;
  return (cl_program) object_new ((const Context *) context, NULL);
}

static cl_int
build_program (cl_program program, cl_uint n, const cl_device_id *devices,
    const char *options, void (CL_CALLBACK *notify) (cl_program, void *),
    void *data)
{
  Object *self = (Object *) program;

  g_free (self->text);
  self->text = g_strdup (options);
  return CL_SUCCESS;
}

static cl_int
release_program (cl_program program)
{
  object_free ((Object *) program);
  return CL_SUCCESS;
}

static cl_kernel
create_kernel (cl_program program, const char *name, cl_int *result)
{
  const Object *of = (const Object *) program;

  *result = CL_SUCCESS;
  return (cl_kernel) object_new (of->context,
      mn_cl_paper_form (name, of->text));
}

static cl_int
release_kernel (cl_kernel kernel)
{
  object_free ((Object *) kernel);
  return CL_SUCCESS;
}

static cl_int
kernel_info (cl_kernel kernel, cl_device_id device,
    cl_kernel_work_group_info what, size_t size, void *value, size_t *got)
{
  const Object *self = (const Object *) kernel;
  MnOpenclKernel known = {self->context->max_group, 1, 0};
  cl_ulong own;

  self->context->ask (self->text, &known, self->context->data);
  own = known.private_size;
  switch (what) {
    case CL_KERNEL_WORK_GROUP_SIZE:
      memcpy (value, &known.max_group, size);
      return CL_SUCCESS;
    case CL_KERNEL_PREFERRED_WORK_GROUP_SIZE_MULTIPLE:
      memcpy (value, &known.multiple, size);
      return CL_SUCCESS;
    case CL_KERNEL_PRIVATE_MEM_SIZE:
      memcpy (value, &own, size);
      return CL_SUCCESS;
    default:
      return CL_INVALID_VALUE;
  }
}

/* What is known is in the device already. */
static cl_int
device_info (cl_device_id id, cl_device_info what, size_t size, void *value,
    size_t *got)
{
  return CL_INVALID_VALUE;
}

/* All that is called between a device and a plan. */
static const MnCl library = {
  .GetDeviceInfo = device_info,
  .ReleaseContext = release_context,
  .CreateBuffer = create_buffer,
  .ReleaseMemObject = release_buffer,
  .CreateProgramWithSource = create_program,
  .BuildProgram = build_program,
  .ReleaseProgram = release_program,
  .CreateKernel = create_kernel,
  .ReleaseKernel = release_kernel,
  .GetKernelWorkGroupInfo = kernel_info,
};

MnClDevice *
mn_cl_paper_device_new (const MnOpenclPaper *paper, MnOpenclAsk ask,
    gpointer data)
{
  MnClDevice *self = g_new0 (MnClDevice, 1);
  Context *context = g_new0 (Context, 1);

  context->ask = ask;
  context->data = data;
  context->max_group = paper->max_group;
  self->cl = &library;
  self->context = (cl_context) context;
  self->name = g_strdup (paper->name);
  self->platform_name = g_strdup (paper->platform);
  self->extensions = g_strdup (paper->extensions);
  self->gpu_shape = TRUE;
  self->shares_memory = TRUE;
  self->units = paper->units;
  self->max_group = paper->max_group;
  memcpy (self->max_items, paper->max_items, sizeof self->max_items);
  self->align = ALIGN;
  self->max_alloc = MAX_ALLOC;
  self->local_size = LOCAL;
  self->quirks = mn_cl_quirks_find (paper->platform, NULL, paper->name);
  return self;
}

gchar *
mn_cl_paper_form (const gchar *kernel, const gchar *options)
{
  g_auto (GStrv) words = g_strsplit (options ? options : "", " ", -1);
  GString *form = g_string_new (kernel);
  guint i;

  for (i = 0; words[i]; i++) {
    if (g_str_has_prefix (words[i], "-D"))
      g_string_append_printf (form, " %s", words[i] + 2);
  }
  return g_string_free (form, FALSE);
}
