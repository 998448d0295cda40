/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Whether this machine has an OpenCL device, asked without the backend: what
 * decides on a skip must not be what is tested. */

#ifndef TEST_OPENCL_ANY_DEVICE_H
#define TEST_OPENCL_ANY_DEVICE_H

#include <glib.h>

/* For messages and g_test_skip (). */
#define NO_CL_DEVICE "no OpenCL device (pocl-opencl-icd)"

/* FALSE: there is no library, or it lists no device that is available and
 * has a compiler. TRUE: there is one, or something is so wrong that tests are
 * to fail, such as a library that MOBILENET_OPENCL_LIBRARY names in vain, or
 * a driver that crashes. A process of its own asks, since a driver does not
 * survive a fork; so the first call has to come before any use of one here.
 * Later ones give the same answer. */
gboolean any_cl_device (void);

#endif /* TEST_OPENCL_ANY_DEVICE_H */
