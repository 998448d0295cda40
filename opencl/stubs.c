/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Stands in for the OpenCL backend where it is not built. */

#include "opencl/opencl.h"
#include "opencl/outline.h"

static void
set_not_built (GError **error)
{
  g_set_error (error, MN_ERROR, MN_ERROR_NO_BACKEND,
      "the OpenCL backend is not built in: build with the OpenCL headers "
      "(Debian: opencl-c-headers) and -Dopencl=enabled");
}

static MnBackendPlan *
compile (MnContext *context, const MnGraph *graph, const MnPlanOptions *options,
    GError **error)
{
  set_not_built (error);
  return NULL;
}

gboolean
mn_opencl_find_device (const gchar *device, MnOpenclDevice *found,
    GError **error)
{
  *found = (MnOpenclDevice) {0};
  set_not_built (error);
  return FALSE;
}

void
mn_opencl_device_clear (MnOpenclDevice *found)
{
  g_clear_pointer (&found->name, g_free);
}

GPtrArray *
mn_opencl_outline (const MnGraph *graph, const MnOpenclPaper *paper,
    MnPrecision precision, MnOpenclAsk ask, gpointer data, GError **error)
{
  set_not_built (error);
  return NULL;
}

/* Nothing follows a compile that fails. */
const MnBackend mn_backend_opencl = {
  .name = "opencl",
  .may_hang = FALSE,
  .compile = compile,
};
