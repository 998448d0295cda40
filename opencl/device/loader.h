/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* libOpenCL, found at run time. */

#ifndef MN_CL_LOADER_H
#define MN_CL_LOADER_H

#define CL_TARGET_OPENCL_VERSION 120
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl.h>

#include "engine/mn.h"

G_BEGIN_DECLS

/* What nothing works without, with OpenCL 1.2's prototypes. */
#define MN_CL_FUNCTIONS(F) \
  F (GetPlatformIDs) \
  F (GetDeviceIDs) \
  F (GetDeviceInfo) \
  F (CreateContext) \
  F (ReleaseContext) \
  F (CreateCommandQueue) \
  F (ReleaseCommandQueue) \
  F (CreateBuffer) \
  F (CreateSubBuffer) \
  F (ReleaseMemObject) \
  F (CreateProgramWithSource) \
  F (BuildProgram) \
  F (ReleaseProgram) \
  F (CreateKernel) \
  F (ReleaseKernel) \
  F (SetKernelArg) \
  F (GetKernelWorkGroupInfo) \
  F (EnqueueNDRangeKernel) \
  F (EnqueueWriteBuffer) \
  F (EnqueueReadBuffer) \
  F (Flush) \
  F (Finish) \
  F (WaitForEvents) \
  F (ReleaseEvent)

/* What there is a way without: texts and binaries to know, times to keep,
 * fewer calls to make. Whoever calls one asks first whether it is there. */
#define MN_CL_OPTIONAL_FUNCTIONS(F) \
  F (GetPlatformInfo) \
  F (CreateProgramWithBinary) \
  F (GetProgramInfo) \
  F (GetProgramBuildInfo) \
  F (EnqueueWriteBufferRect) \
  F (SetEventCallback) \
  F (GetEventInfo) \
  F (EnqueueMapBuffer) \
  F (EnqueueUnmapMemObject) \
  F (GetEventProfilingInfo)

/* clCreateBuffer is CreateBuffer here, and so on; NULL: an optional one that
 * the library does not have. */
typedef struct
{
  gpointer handle; /* of dlopen () */
#define MN_CL_MEMBER(name) __typeof__ (cl##name) *name;
  MN_CL_FUNCTIONS (MN_CL_MEMBER)
  MN_CL_OPTIONAL_FUNCTIONS (MN_CL_MEMBER)
#undef MN_CL_MEMBER
} MnCl;

/* The library's functions. It is loaded once and never unloaded (drivers do
 * not survive that). NULL: MN_ERROR_NO_BACKEND. */
const MnCl *mn_cl_load (GError **error);

/* A function that not all have: of the library, by its whole name; and of an
 * extension, of the platform's driver. NULL: there is none. */
gpointer mn_cl_symbol (const MnCl *cl, const gchar *name);
gpointer
mn_cl_extension (const MnCl *cl, cl_platform_id platform, const gchar *name);

/* Sets an error of the code that the result of the named call means; what
 * says for whom, or NULL. Returns FALSE. fallback: the code where the result
 * says nothing clearer. */
gboolean mn_cl_fail (GError **error, MnError fallback, cl_int result,
    const gchar *call, const gchar *what);
/* "CL_OUT_OF_RESOURCES"; NULL for a number without a name. */
const gchar *mn_cl_result_name (cl_int result);

G_END_DECLS

#endif /* MN_CL_LOADER_H */
