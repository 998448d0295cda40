/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which device, what it is, and what is known to be odd about it. */

#ifndef MN_CL_DEVICE_H
#define MN_CL_DEVICE_H

#include "opencl/device/loader.h"

G_BEGIN_DECLS

/* What a family of devices needs to be told differently, on the platform
 * that drives it: the same GPU is another device to another driver. Every
 * text has to be contained in the device's; NULL: any. The first that fits
 * counts. */
typedef struct
{
  const gchar *platform, *vendor, *name;
  guint flush_every;    /* launches between two clFlush; 0: one at
                         * the end of a frame */
  gsize group;          /* items a work group should have */
  gboolean no_cache;    /* program binaries cannot be trusted */
  const gchar *options; /* more build options; NULL: none */
  guint registers;      /* of 32 bits, that an item can have; 0: enough, or
                         * the driver says what does not fit */
  gboolean one_builder; /* programs are built one after another */
} MnClQuirks;

/* Any text may be NULL: the driver did not give it. */
const MnClQuirks *mn_cl_quirks_find (const gchar *platform, const gchar *vendor,
    const gchar *name);

/* One device, opened. */
typedef struct
{
  const MnCl *cl;
  cl_platform_id platform;
  cl_device_id id;
  cl_context context;
  guint index; /* in the order of choice */
  gchar *name, *vendor, *driver, *version;
  gchar *extensions;
  gchar *platform_name, *platform_version;
  gboolean gpu_shape;            /* kernels for many small items; else for few
                                  * with wide vectors */
  gboolean shares_memory;        /* with the host */
  guint units;                   /* compute units */
  gsize max_group;               /* items a work group, and in each of its */
  gsize max_items[3];            /* dimensions */
  gsize align;                   /* bytes, of a sub-buffer's start */
  guint64 max_alloc, local_size; /* bytes */
  const MnClQuirks *quirks;
} MnClDevice;

/* GPUs come first, then whatever is no CPU, then CPUs; within a kind the
 * order of the platforms. choice: an index in this order, or part of a name
 * (upper and lower case alike), or NULL for the first. NULL:
 * MN_ERROR_NO_BACKEND. */
MnClDevice *mn_cl_device_open (const gchar *choice, GError **error);
/* The same without a context. */
MnClDevice *mn_cl_device_find (const gchar *choice, GError **error);
void mn_cl_device_free (MnClDevice *device);
/* Whether it lists an extension. */
gboolean mn_cl_device_has (const MnClDevice *device, const gchar *extension);
/* As MnBackend's identify. */
gchar *mn_cl_device_identify (const gchar *choice);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MnClDevice, mn_cl_device_free)

G_END_DECLS

#endif /* MN_CL_DEVICE_H */
