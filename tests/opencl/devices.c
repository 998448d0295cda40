/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which device is chosen, what is said when there is none, what is known of
 * devices that are not here. */

#include "opencl/device/device.h"
#include "tests/opencl/graphs.h"

#include <string.h>

static void
test_choice (void)
{
  MnOpenclDevice first, again;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *part = NULL, *upper = NULL;

  if (!have_device ())
    return;
  g_assert_true (mn_opencl_find_device ("0", &first, NULL));
  g_assert_cmpuint (first.index, ==, 0);
  part = g_strndup (first.name + 1, 4);
  upper = g_ascii_strup (part, -1);
  g_assert_true (mn_opencl_find_device (upper, &again, NULL));
  g_assert_cmpuint (again.index, ==, 0);
  g_assert_cmpstr (again.name, ==, first.name);
  mn_opencl_device_clear (&again);
  g_assert_false (mn_opencl_find_device ("no such thing", &again, &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_NO_BACKEND);
  g_assert_nonnull (strstr (error->message, "no such thing"));
  g_assert_nonnull (strstr (error->message, first.name));
  g_clear_error (&error);
  g_assert_false (mn_opencl_find_device ("99", &again, &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_NO_BACKEND);
  mn_opencl_device_clear (&first);
}

static void
test_missing_library (void)
{
  g_autofree gchar *old = g_strdup (g_getenv ("MOBILENET_OPENCL_LIBRARY"));
  g_autoptr (GError) error = NULL;
  MnOpenclDevice device;

  g_setenv ("MOBILENET_OPENCL_LIBRARY", "/nonexistent/libNone.so", TRUE);
  g_assert_false (mn_opencl_find_device (NULL, &device, &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_NO_BACKEND);
  g_assert_nonnull (strstr (error->message, "/nonexistent/libNone.so"));
  g_clear_error (&error);
  /* A library, but another one. */
  g_setenv ("MOBILENET_OPENCL_LIBRARY", "libm.so.6", TRUE);
  g_assert_false (mn_opencl_find_device (NULL, &device, &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_NO_BACKEND);
  g_assert_nonnull (strstr (error->message, "libm.so.6"));
  if (old)
    g_setenv ("MOBILENET_OPENCL_LIBRARY", old, TRUE);
  else
    g_unsetenv ("MOBILENET_OPENCL_LIBRARY");
}

static void
test_treated_as_gpu (void)
{
  g_autofree gchar *old = g_strdup (g_getenv ("MOBILENET_OPENCL_DEVICE_TYPE"));
  MnOpenclDevice device;

  if (!have_device ())
    return;
  g_setenv ("MOBILENET_OPENCL_DEVICE_TYPE", "gpu", TRUE);
  g_assert_true (mn_opencl_find_device (NULL, &device, NULL));
  g_assert_true (device.is_gpu);
  mn_opencl_device_clear (&device);
  if (old)
    g_setenv ("MOBILENET_OPENCL_DEVICE_TYPE", old, TRUE);
  else
    g_unsetenv ("MOBILENET_OPENCL_DEVICE_TYPE");
}

static void
test_quirks (void)
{
  const MnClQuirks *q = mn_cl_quirks_find ("ARM Platform", "ARM",
      "Mali-G610 r0p0");

  g_assert_cmpuint (q->flush_every, ==, 24);
  q = mn_cl_quirks_find ("PowerVR", "Imagination Technologies",
      "PowerVR Rogue GE8320");
  g_assert_cmpuint (q->flush_every, ==, 4);
  g_assert_cmpstr (q->options, ==, "-cl-opt-disable");
  q = mn_cl_quirks_find ("PowerVR", "Imagination Technologies",
      "PowerVR BXM-8-256");
  g_assert_cmpuint (q->flush_every, ==, 16);
  g_assert_null (q->options);
  q = mn_cl_quirks_find ("QUALCOMM Snapdragon(TM)", "QUALCOMM",
      "QUALCOMM Adreno(TM) 660");
  g_assert_cmpuint (q->flush_every, ==, 0);
  g_assert_cmpuint (q->group, ==, 128);
  q = mn_cl_quirks_find ("rusticl", "Mesa", "llvmpipe (LLVM 17)");
  g_assert_true (q->no_cache);
  /* Nobody knows it; nothing is odd about it. */
  q = mn_cl_quirks_find (NULL, NULL, "Something new");
  g_assert_false (q->no_cache);
  g_assert_cmpuint (q->flush_every, ==, 0);
  g_assert_cmpuint (q->group, ==, 64);
}

static void
test_errors (void)
{
  GError *error = NULL;

  g_assert_false (mn_cl_fail (&error, MN_ERROR_DEVICE, CL_OUT_OF_RESOURCES,
      "clFinish", "net"));
  g_assert_error (error, MN_ERROR, MN_ERROR_DEVICE);
  g_assert_cmpstr (error->message, ==,
      "net: clFinish failed: CL_OUT_OF_RESOURCES (-5)");
  g_clear_error (&error);
  mn_cl_fail (&error, MN_ERROR_DEVICE, CL_DEVICE_NOT_AVAILABLE, "clFlush",
      NULL);
  g_assert_error (error, MN_ERROR, MN_ERROR_LOST);
  g_clear_error (&error);
  mn_cl_fail (&error, MN_ERROR_COMPILE, CL_OUT_OF_HOST_MEMORY, "clCreateBuffer",
      NULL);
  g_assert_error (error, MN_ERROR, MN_ERROR_NO_MEMORY);
  g_clear_error (&error);
}

void
add_device_tests (void)
{
  g_test_add_func ("/opencl/devices/choice", test_choice);
  g_test_add_func ("/opencl/devices/missing-library", test_missing_library);
  g_test_add_func ("/opencl/devices/treated-as-gpu", test_treated_as_gpu);
  g_test_add_func ("/opencl/devices/quirks", test_quirks);
  g_test_add_func ("/opencl/devices/errors", test_errors);
}
