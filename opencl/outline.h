/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the backend would have a device do that is not here: the launches of a
 * frame, by that device's limits and by what a compiler made of the kernels.
 * Needs neither a device nor an OpenCL library. */

#ifndef MN_OPENCL_OUTLINE_H
#define MN_OPENCL_OUTLINE_H

#include "engine/backend.h"

G_BEGIN_DECLS

/* As its driver answers. */
typedef struct
{
  const gchar *name, *platform, *extensions;
  guint units;
  gsize max_group, max_items[3];
} MnOpenclPaper;

typedef struct
{
  gsize max_group, multiple;
  guint64 private_size; /* bytes an item has in memory for itself */
} MnOpenclKernel;

/* Tells of a kernel with its definitions ("pointwise V=4 PX=2 ..."); what it
 * does not know stays as it is, the device's. Any thread. */
typedef void (*MnOpenclAsk) (const gchar *form, MnOpenclKernel *kernel,
    gpointer data);

typedef struct
{
  gchar *layer;              /* for people */
  gchar *form;               /* kernel and definitions */
  gsize groups, group_items; /* all of them, and items in each */
  gsize items;               /* with work */
  gsize turns;               /* that an item runs of the kernel's largest
                              * loop; 1: there is none */
  gsize inner;               /* and of one in it, those beyond one a turn */
  gdouble flops, bytes;
} MnOpenclLaunch;

/* The input, as a tensor, comes first. The graph's constants are read. NULL:
 * MN_ERROR_UNSUPPORTED and the like, as of a real device, or
 * MN_ERROR_NO_BACKEND where the backend is not built in. */
GPtrArray *mn_opencl_outline (const MnGraph *graph, const MnOpenclPaper *paper,
    MnPrecision precision, MnOpenclAsk ask, gpointer data, GError **error);

G_END_DECLS

#endif /* MN_OPENCL_OUTLINE_H */
