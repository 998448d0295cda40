/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Ends with 0 where there is an OpenCL device, else with 77. */

#include "tests/opencl/any_device.h"

int
main (void)
{
  if (any_cl_device ())
    return 0;
  g_print ("skipped: " NO_CL_DEVICE "\n");
  return 77;
}
