/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Compiles programs on the first OpenCL device there is, which need not be
 * able to run any, and says what the device and its compiler tell of
 * themselves and of each. Needs nothing but libc: it is run where no other
 * library of ours is. usage: compile FOLDER
 *   FOLDER/programs   a line each: kernel, tab, build options
 *   FOLDER/KERNEL.cl  the sources
 * All goes to the error output, so that it stands in one order with what a
 * driver prints there while it compiles: "= name value", an answer of the
 * device; "@ kernel options" begins a program, "= private ..." or "= failed"
 * ends it. Exit status 1: something did not compile. */

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

#include "answers.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PLATFORMS 16
#define MAX_SOURCE (1 << 20)
#define MAX_LINE 1024
#define MAX_PATH (MAX_LINE + 1024)
#define MAX_ANSWER 8192

#define FUNCTIONS(F) \
  F (clGetPlatformIDs) \
  F (clGetPlatformInfo) \
  F (clGetDeviceIDs) \
  F (clGetDeviceInfo) \
  F (clCreateContext) \
  F (clCreateProgramWithSource) \
  F (clBuildProgram) \
  F (clGetProgramBuildInfo) \
  F (clReleaseProgram) \
  F (clCreateKernel) \
  F (clGetKernelWorkGroupInfo) \
  F (clReleaseKernel)

static struct
{
#define MEMBER(name) __typeof__ (name) *name;
  FUNCTIONS (MEMBER)
  cl_platform_id platform;
  cl_device_id device;
} cl;

static void
die (const char *what, const char *why)
{
  fprintf (stderr, "compile: %s: %s\n", what, why);
  exit (2);
}

static void
load (void)
{
  void *library = dlopen ("libOpenCL.so.1", RTLD_NOW | RTLD_LOCAL);
  cl_platform_id platforms[MAX_PLATFORMS];
  cl_uint n = 0, i;

  if (!library)
    die ("libOpenCL.so.1", dlerror ());
#define BIND(name) \
  *(void **) &cl.name = dlsym (library, #name); \
  if (!cl.name) \
    die ("libOpenCL.so.1 lacks", #name);
  FUNCTIONS (BIND)
  cl.clGetPlatformIDs (MAX_PLATFORMS, platforms, &n);
  for (i = 0; i < n && i < MAX_PLATFORMS && !cl.device; i++) {
    cl.platform = platforms[i];
    if (cl.clGetDeviceIDs (cl.platform, CL_DEVICE_TYPE_ALL, 1, &cl.device, NULL)
        != CL_SUCCESS)
      cl.device = NULL;
  }
  if (!cl.device)
    die ("OpenCL", "no device");
}

/* ---- what it is -------------------------------------------------------- */

static void
print_answer (const Answer *answer, const unsigned char *data, size_t size)
{
  size_t i;

  fprintf (stderr, "= %s", answer->name);
  if (answer->each == 0)
    fprintf (stderr, " %s", (const char *) data);
  for (i = 0; answer->each && i + answer->each <= size; i += answer->each) {
    unsigned long long value = 0;

    memcpy (&value, data + i, answer->each); /* little endian */
    fprintf (stderr, " %llu", value);
  }
  fprintf (stderr, "\n");
}

static void
print_device (void)
{
  unsigned char data[MAX_ANSWER + 1];
  size_t i, size;

  for (i = 0; i < N_PLATFORM_ANSWERS; i++) {
    memset (data, 0, sizeof data);
    if (cl.clGetPlatformInfo (cl.platform, platform_answers[i].what, MAX_ANSWER,
            data, &size)
        == CL_SUCCESS)
      print_answer (&platform_answers[i], data, size);
  }
  for (i = 0; i < N_DEVICE_ANSWERS; i++) {
    memset (data, 0, sizeof data);
    if (cl.clGetDeviceInfo (cl.device, device_answers[i].what, MAX_ANSWER, data,
            &size)
        == CL_SUCCESS)
      print_answer (&device_answers[i], data, size);
  }
}

/* ---- what it makes of programs ------------------------------------------ */

static char *
read_source (const char *folder, const char *kernel)
{
  char path[MAX_PATH];
  char *text = calloc (1, MAX_SOURCE);
  FILE *file;

  snprintf (path, sizeof path, "%s/%s.cl", folder, kernel);
  file = fopen (path, "rb");
  if (!file || !text || !fread (text, 1, MAX_SOURCE - 1, file))
    die (path, "cannot be read");
  fclose (file);
  return text;
}

static void
print_kernel (cl_kernel kernel)
{
  size_t group = 0, multiple = 0;
  cl_ulong own = 0, local = 0;

#define ASK(what, into) \
  cl.clGetKernelWorkGroupInfo (kernel, cl.device, what, sizeof into, &into, \
      NULL)
  ASK (CL_KERNEL_WORK_GROUP_SIZE, group);
  ASK (CL_KERNEL_PREFERRED_WORK_GROUP_SIZE_MULTIPLE, multiple);
  ASK (CL_KERNEL_PRIVATE_MEM_SIZE, own);
  ASK (CL_KERNEL_LOCAL_MEM_SIZE, local);
  fprintf (stderr, "= private %llu local %llu group %zu multiple %zu\n",
      (unsigned long long) own, (unsigned long long) local, group, multiple);
}

static int
compile (cl_context context, const char *folder, const char *name,
    const char *options)
{
  char *source = read_source (folder, name);
  const char *text = source;
  cl_program program = cl.clCreateProgramWithSource (context, 1, &text, NULL,
      NULL);
  cl_kernel kernel = NULL;

  fprintf (stderr, "@ %s %s\n", name, options);
  if (cl.clBuildProgram (program, 1, &cl.device, options, NULL, NULL)
      == CL_SUCCESS)
    kernel = cl.clCreateKernel (program, name, NULL);
  if (kernel) {
    print_kernel (kernel);
    cl.clReleaseKernel (kernel);
  } else {
    char log[MAX_LINE * 4] = "";

    cl.clGetProgramBuildInfo (program, cl.device, CL_PROGRAM_BUILD_LOG,
        sizeof log - 1, log, NULL);
    fprintf (stderr, "%s\n= failed\n", log);
  }
  cl.clReleaseProgram (program);
  free (source);
  return kernel != NULL;
}

static int
compile_all (const char *folder)
{
  char path[MAX_PATH], line[MAX_LINE];
  cl_context context = cl.clCreateContext (NULL, 1, &cl.device, NULL, NULL,
      NULL);
  FILE *file;
  int ok = 1;

  if (!context)
    die ("clCreateContext", "no context");
  snprintf (path, sizeof path, "%s/programs", folder);
  file = fopen (path, "r");
  if (!file)
    die (path, "cannot be read");
  while (fgets (line, sizeof line, file)) {
    char *tab = strchr (line, '\t');

    line[strcspn (line, "\n")] = '\0';
    if (!tab)
      die (path, "a line without a tab");
    *tab = '\0';
    ok &= compile (context, folder, line, tab + 1);
  }
  fclose (file);
  return ok;
}

int
main (int argc, char **argv)
{
  if (argc != 2)
    die ("usage", "compile FOLDER");
  load ();
  print_device ();
  return !compile_all (argv[1]);
}
