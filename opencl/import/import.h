/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Frames without a copy: the memory that they lie in as a buffer of the
 * device. Which memory a device takes is data, a row a way in (import.c); a way
 * that is on offer is proven once a plan, by what a kernel sees of a pattern
 * (proof.c), since there are drivers that copy when they import, and never
 * again, and drivers that show something else. What is not proven is not used.
 * A session keeps the buffers it has imported for as long as their memory is
 * there. All of it belongs to the device thread. */

#ifndef MN_CL_IMPORT_H
#define MN_CL_IMPORT_H

#include "opencl/device/program.h"

G_BEGIN_DECLS

typedef struct _MnClImporter MnClImporter;

/* A way in. */
typedef struct
{
  const gchar *name;      /* for people */
  const gchar *extension; /* of the device */
  MnMemory memory;        /* what it takes */
  guint64 modifier;
  /* Finds its functions. FALSE: one is not there. */
  gboolean (*bind) (MnClImporter *importer);
  /* All of a DMABuf, to be read; fd stays the caller's. NULL: error. */
  cl_mem (*import) (const MnClImporter *importer, gint fd, gsize size,
      GError **error);
  /* Around each use, in the queue. NULL: nothing has to be. */
  gboolean (*acquire) (const MnClImporter *importer, cl_command_queue queue,
      cl_mem mem, GError **error);
  gboolean (*release) (const MnClImporter *importer, cl_command_queue queue,
      cl_mem mem, GError **error);
} MnClImportWay;

struct _MnClImporter
{
  const MnClDevice *device;
  const MnClImportWay *way;
  gpointer functions[3]; /* the way's own */
};

/* arm.c: cl_arm_import_memory_dma_buf */
extern const MnClImportWay mn_cl_import_arm;
/* khr.c: cl_khr_external_memory_dma_buf */
extern const MnClImportWay mn_cl_import_khr;

/* The first way of the device's that its driver has all of; NULL: none.
 * Nothing is tried. */
const MnClImportWay *mn_cl_import_find (const MnClDevice *device);
/* The same, proven. program: of import_proof. NULL: it does not do what it
 * should, or there is nothing to prove it with; error says which. */
MnClImporter *mn_cl_importer_new (const MnClDevice *device,
    const MnClProgram *program, GError **error);
void mn_cl_importer_free (MnClImporter *importer);
/* importer may be NULL: it takes nothing. */
gboolean mn_cl_importer_takes (const MnClImporter *importer, MnMemory memory,
    guint64 modifier);
/* Around each use of what was imported. */
gboolean mn_cl_importer_acquire (const MnClImporter *importer,
    cl_command_queue queue, cl_mem mem, GError **error);
gboolean mn_cl_importer_release (const MnClImporter *importer,
    cl_command_queue queue, cl_mem mem, GError **error);

/* proof.c: whether a kernel sees what the CPU writes, from the second time on
 * as well. */
gboolean mn_cl_importer_prove (const MnClImporter *importer,
    const MnClProgram *program, GError **error);

/* cache.c: what a session has imported. */
typedef struct _MnClImports MnClImports;

#define MN_CL_MAX_IMPORTS 32

MnClImports *mn_cl_imports_new (const MnClImporter *importer);
void mn_cl_imports_free (MnClImports *imports);
/* Lets go of what is there no more. */
void mn_cl_imports_sweep (MnClImports *imports);
/* The frame's memory, which nobody writes any more. Valid until the next call
 * here; the queue keeps what it uses. NULL: MN_ERROR_UNSUPPORTED, or
 * MN_ERROR_LOST. */
cl_mem
mn_cl_imports_get (MnClImports *imports, const MnFrame *frame, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MnClImporter, mn_cl_importer_free)

G_END_DECLS

#endif /* MN_CL_IMPORT_H */
