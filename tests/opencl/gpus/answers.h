/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is asked of a device, by the names that the file "devices" has for
 * it; for the program that asks and for the library that answers. Needs
 * nothing but OpenCL's headers. */

#ifndef TEST_OPENCL_ANSWERS_H
#define TEST_OPENCL_ANSWERS_H

#include <stddef.h>

typedef struct
{
  const char *name;
  unsigned what; /* cl_device_info or cl_platform_info */
  size_t each;   /* bytes of a number; 0: a text */
} Answer;

static const Answer platform_answers[] = {
  {"platform", CL_PLATFORM_NAME, 0},
  {"platform-version", CL_PLATFORM_VERSION, 0},
};

static const Answer device_answers[] = {
  {"name", CL_DEVICE_NAME, 0},
  {"vendor", CL_DEVICE_VENDOR, 0},
  {"version", CL_DEVICE_VERSION, 0},
  {"driver", CL_DRIVER_VERSION, 0},
  {"type", CL_DEVICE_TYPE, 8},
  {"available", CL_DEVICE_AVAILABLE, 4},
  {"compiler", CL_DEVICE_COMPILER_AVAILABLE, 4},
  {"units", CL_DEVICE_MAX_COMPUTE_UNITS, 4},
  {"align", CL_DEVICE_MEM_BASE_ADDR_ALIGN, 4}, /* bits */
  {"unified", CL_DEVICE_HOST_UNIFIED_MEMORY, 4},
  {"max-items", CL_DEVICE_MAX_WORK_ITEM_SIZES, sizeof (size_t)},
  {"max-group", CL_DEVICE_MAX_WORK_GROUP_SIZE, sizeof (size_t)},
  {"max-alloc", CL_DEVICE_MAX_MEM_ALLOC_SIZE, 8},
  {"local", CL_DEVICE_LOCAL_MEM_SIZE, 8},
  {"constant", CL_DEVICE_MAX_CONSTANT_BUFFER_SIZE, 8},
  {"images", CL_DEVICE_IMAGE_SUPPORT, 4},
  {"image-width", CL_DEVICE_IMAGE2D_MAX_WIDTH, sizeof (size_t)},
  {"image-height", CL_DEVICE_IMAGE2D_MAX_HEIGHT, sizeof (size_t)},
  {"extensions", CL_DEVICE_EXTENSIONS, 0},
};

#define N_PLATFORM_ANSWERS \
  (sizeof platform_answers / sizeof platform_answers[0])
#define N_DEVICE_ANSWERS (sizeof device_answers / sizeof device_answers[0])

#endif /* TEST_OPENCL_ANSWERS_H */
