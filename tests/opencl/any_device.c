/* SPDX-License-Identifier: LGPL-2.1-or-later */

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

#include "tests/opencl/any_device.h"

#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_PLATFORMS 16
#define MAX_DEVICES 32 /* of a platform */

/* Exit statuses of the process that asks. */
enum
{
  FOUND,
  NONE,
  BROKEN
};

static gboolean
is_true (__typeof__ (clGetDeviceInfo) *get, cl_device_id id,
    cl_device_info what)
{
  cl_bool value = CL_FALSE;

  return get (id, what, sizeof value, &value, NULL) == CL_SUCCESS && value;
}

static int
ask (void)
{
  const gchar *name = g_getenv ("MOBILENET_OPENCL_LIBRARY");
  gboolean named = name && *name;
  void *library = dlopen (named ? name : "libOpenCL.so.1",
      RTLD_NOW | RTLD_LOCAL);
  __typeof__ (clGetPlatformIDs) *get_platforms;
  __typeof__ (clGetDeviceIDs) *get_devices;
  __typeof__ (clGetDeviceInfo) *get_info;
  cl_platform_id platforms[MAX_PLATFORMS];
  cl_device_id ids[MAX_DEVICES];
  cl_uint n_platforms = 0, n, i, k;

  if (!library)
    return named ? BROKEN : NONE;
  get_platforms = dlsym (library, "clGetPlatformIDs");
  get_devices = dlsym (library, "clGetDeviceIDs");
  get_info = dlsym (library, "clGetDeviceInfo");
  if (!get_platforms || !get_devices || !get_info)
    return BROKEN;
  if (get_platforms (MAX_PLATFORMS, platforms, &n_platforms) != CL_SUCCESS)
    return NONE;
  for (i = 0; i < MIN (n_platforms, MAX_PLATFORMS); i++) {
    n = 0;
    if (get_devices (platforms[i], CL_DEVICE_TYPE_ALL, MAX_DEVICES, ids, &n)
        != CL_SUCCESS)
      continue;
    for (k = 0; k < MIN (n, MAX_DEVICES); k++) {
      if (is_true (get_info, ids[k], CL_DEVICE_AVAILABLE)
          && is_true (get_info, ids[k], CL_DEVICE_COMPILER_AVAILABLE))
        return FOUND;
    }
  }
  return NONE;
}

gboolean
any_cl_device (void)
{
  static gsize answer = 0; /* 1: none; 2: there is one */

  if (g_once_init_enter (&answer)) {
    pid_t pid = fork ();
    int status = 0;

    if (pid == 0)
      _exit (ask ());
    if (pid < 0 || waitpid (pid, &status, 0) != pid)
      g_error ("cannot ask for OpenCL devices");
    g_once_init_leave (&answer,
        WIFEXITED (status) && WEXITSTATUS (status) == NONE ? 1 : 2);
  }
  return answer == 2;
}
