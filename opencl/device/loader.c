/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "opencl/device/loader.h"

#include "engine/base/process.h"

#include <dlfcn.h>

/* Where the loader, or on Android the driver itself, is to be found. */
static const gchar *const usual_names[] = {
#ifdef __APPLE__
  "/System/Library/Frameworks/OpenCL.framework/OpenCL",
#endif
  "libOpenCL.so.1",
  "libOpenCL.so",
#ifdef __ANDROID__
  "libOpenCL-pixel.so",
  "libOpenCL-car.so",
  "libPVROCL.so",
  "libGLES_mali.so",
#endif
};

typedef struct
{
  gchar *name;
  MnCl cl;
} Library;

G_LOCK_DEFINE_STATIC (libraries);
static GPtrArray *libraries; /* Library; for good */

static gboolean
bind_all (Library *library, void *handle, gchar **missing)
{
#define MN_CL_BIND(function) \
  *(void **) &library->cl.function = dlsym (handle, "cl" #function);
#define MN_CL_NEED(function) \
  if (!library->cl.function) { \
    *missing = g_strdup_printf ("\"%s\" has no cl" #function, library->name); \
    return FALSE; \
  }
  MN_CL_FUNCTIONS (MN_CL_BIND)
  MN_CL_OPTIONAL_FUNCTIONS (MN_CL_BIND)
  MN_CL_FUNCTIONS (MN_CL_NEED)
#undef MN_CL_NEED
#undef MN_CL_BIND
  return TRUE;
}

static void
library_free (Library *library)
{
  g_free (library->name);
  g_free (library);
}

static Library *
open_library (const gchar *name, gchar **reason)
{
  void *handle = dlopen (name, RTLD_NOW | RTLD_LOCAL);
  Library *library;

  if (!handle) {
    const gchar *text = dlerror ();

    *reason = g_strdup (text ? text : name);
    return NULL;
  }
  library = g_new0 (Library, 1);
  library->name = g_strdup (name);
  library->cl.handle = handle;
  if (!bind_all (library, handle, reason)) {
    dlclose (handle);
    library_free (library);
    return NULL;
  }
  return library;
}

/* Called with the lock held. */
static Library *
find_library (const gchar *name, gchar **reason)
{
  Library *library;
  guint i;

  if (!libraries)
    libraries = g_ptr_array_new ();
  for (i = 0; i < libraries->len; i++) {
    library = g_ptr_array_index (libraries, i);
    if (g_str_equal (library->name, name))
      return library;
  }
  library = open_library (name, reason);
  if (library)
    g_ptr_array_add (libraries, library);
  return library;
}

static Library *
load_usual (GError **error)
{
  g_autoptr (GString) tried = g_string_new (NULL);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (usual_names); i++) {
    g_autofree gchar *reason = NULL;
    Library *library = find_library (usual_names[i], &reason);

    if (library)
      return library;
    g_string_append_printf (tried, "%s%s", i ? ", " : "", usual_names[i]);
  }
  g_set_error (error, MN_ERROR, MN_ERROR_NO_BACKEND,
      "no OpenCL library: looked for %s; install an OpenCL loader (Debian: "
      "ocl-icd-libopencl1) and the driver of the GPU (such as "
      "intel-opencl-icd, mesa-opencl-icd, nvidia-opencl-icd; "
      "pocl-opencl-icd computes on the CPU)",
      tried->str);
  return NULL;
}

const MnCl *
mn_cl_load (GError **error)
{
  const gchar *name = mn_is_secure () ? NULL
                                      : g_getenv ("MOBILENET_OPENCL_LIBRARY");
  g_autofree gchar *reason = NULL;
  Library *library;

  G_LOCK (libraries);
  if (name && *name) {
    library = find_library (name, &reason);
    if (!library)
      g_set_error (error, MN_ERROR, MN_ERROR_NO_BACKEND,
          "no OpenCL library: MOBILENET_OPENCL_LIBRARY names \"%s\": %s", name,
          reason);
  } else {
    library = load_usual (error);
  }
  G_UNLOCK (libraries);
  return library ? &library->cl : NULL;
}

gpointer
mn_cl_symbol (const MnCl *cl, const gchar *name)
{
  return dlsym (cl->handle, name);
}

gpointer
mn_cl_extension (const MnCl *cl, cl_platform_id platform, const gchar *name)
{
  __typeof__ (clGetExtensionFunctionAddressForPlatform) *find;

  find = mn_cl_symbol (cl, "clGetExtensionFunctionAddressForPlatform");
  return find ? find (platform, name) : NULL;
}

/* ---- errors ------------------------------------------------------------ */

#define NAME(code) {code, #code}

static const struct
{
  cl_int result;
  const gchar *name;
} names[] = {
  NAME (CL_DEVICE_NOT_FOUND),
  NAME (CL_DEVICE_NOT_AVAILABLE),
  NAME (CL_COMPILER_NOT_AVAILABLE),
  NAME (CL_MEM_OBJECT_ALLOCATION_FAILURE),
  NAME (CL_OUT_OF_RESOURCES),
  NAME (CL_OUT_OF_HOST_MEMORY),
  NAME (CL_PROFILING_INFO_NOT_AVAILABLE),
  NAME (CL_BUILD_PROGRAM_FAILURE),
  NAME (CL_MAP_FAILURE),
  NAME (CL_MISALIGNED_SUB_BUFFER_OFFSET),
  NAME (CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST),
  NAME (CL_INVALID_VALUE),
  NAME (CL_INVALID_PLATFORM),
  NAME (CL_INVALID_DEVICE),
  NAME (CL_INVALID_CONTEXT),
  NAME (CL_INVALID_COMMAND_QUEUE),
  NAME (CL_INVALID_MEM_OBJECT),
  NAME (CL_INVALID_BINARY),
  NAME (CL_INVALID_BUILD_OPTIONS),
  NAME (CL_INVALID_PROGRAM),
  NAME (CL_INVALID_PROGRAM_EXECUTABLE),
  NAME (CL_INVALID_KERNEL_NAME),
  NAME (CL_INVALID_KERNEL),
  NAME (CL_INVALID_ARG_INDEX),
  NAME (CL_INVALID_ARG_VALUE),
  NAME (CL_INVALID_ARG_SIZE),
  NAME (CL_INVALID_KERNEL_ARGS),
  NAME (CL_INVALID_WORK_GROUP_SIZE),
  NAME (CL_INVALID_WORK_ITEM_SIZE),
  NAME (CL_INVALID_EVENT),
  NAME (CL_INVALID_OPERATION),
  NAME (CL_INVALID_BUFFER_SIZE),
  {-1001, "CL_PLATFORM_NOT_FOUND_KHR"},
};

const gchar *
mn_cl_result_name (cl_int result)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (names); i++) {
    if (names[i].result == result)
      return names[i].name;
  }
  return NULL;
}

static MnError
code_of (MnError fallback, cl_int result)
{
  switch (result) {
    case CL_DEVICE_NOT_AVAILABLE:
    case CL_INVALID_CONTEXT:
    case CL_INVALID_COMMAND_QUEUE:
    case CL_INVALID_DEVICE:
    case -9999: /* NVIDIA: an illegal access; sticks */
      return MN_ERROR_LOST;
    case CL_MEM_OBJECT_ALLOCATION_FAILURE:
    case CL_OUT_OF_HOST_MEMORY:
    case CL_INVALID_BUFFER_SIZE:
      return fallback == MN_ERROR_DEVICE ? fallback : MN_ERROR_NO_MEMORY;
    default:
      return fallback;
  }
}

gboolean
mn_cl_fail (GError **error, MnError fallback, cl_int result, const gchar *call,
    const gchar *what)
{
  const gchar *name = mn_cl_result_name (result);

  g_set_error (error, MN_ERROR, code_of (fallback, result),
      "%s%s%s failed: %s (%d)", what ? what : "", what ? ": " : "", call,
      name ? name : "an error without a name", result);
  return FALSE;
}
