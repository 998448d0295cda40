/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The kernels' sources, and programs built from them. One kernel a program,
 * of the file's name: some drivers fail with many. */

#ifndef MN_CL_PROGRAM_H
#define MN_CL_PROGRAM_H

#include "opencl/device/device.h"

G_BEGIN_DECLS

typedef struct
{
  const gchar *name, *text;
} MnClSource;

/* kernels/ *.cl; the last one's name is NULL. Made while building. */
extern const MnClSource mn_cl_sources[];

typedef struct
{
  const MnClDevice *device;
  const gchar *name; /* of the kernel */
  gchar *wanted;     /* the options that were asked for */
  gchar *options;    /* and all that it was built with */
  gchar *file;       /* in the cache */
  gboolean is_new;   /* built from its source, not stored yet */
  cl_program program;
  gsize max_group;      /* items a work group, of this kernel */
  gsize multiple;       /* that a group's items are best one of */
  guint64 private_size; /* bytes of memory an item has for what does not fit
                         * its registers; 0: none, or not known */
} MnClProgram;

/* From the cache, else from the source. name: of a source.
 * options: -D only. NULL: MN_ERROR_COMPILE with the compiler's words. */
MnClProgram *mn_cl_program_new (const MnClDevice *device, const gchar *name,
    const gchar *options, GError **error);
void mn_cl_program_free (MnClProgram *program);
/* Into the cache, unless it came from there. To be called when the program
 * has run, and rightly: drivers that compile at the first launch give all of
 * it only then. */
void mn_cl_program_store (MnClProgram *program);
/* NULL: MN_ERROR_COMPILE. The caller releases it. */
cl_kernel
mn_cl_program_create_kernel (const MnClProgram *program, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MnClProgram, mn_cl_program_free)

G_END_DECLS

#endif /* MN_CL_PROGRAM_H */
