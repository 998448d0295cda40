/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A DMABuf of our own is written by the CPU and looked at by a kernel, again
 * and again: what was copied at the import shows from the second pattern on,
 * and so do caches that nobody invalidates. */

#include "opencl/import/import.h"

#include "engine/base/keep.h"
#include "opencl/import/dmabuf.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define N_WORDS (64 * 1024 / 4) /* whole pages, of whatever size */
#define SIZE (N_WORDS * sizeof (guint32))
#define N_ROUNDS 3

typedef struct
{
  const MnClImporter *importer;
  const MnCl *cl;
  gint fd;
  guint32 *written; /* the DMABuf, mapped */
  guint32 *seen;
  cl_command_queue queue;
  cl_kernel kernel;
  cl_mem imported, copy;
} Proof;

static gboolean
check (cl_int r, const gchar *call, GError **error)
{
  return r == CL_SUCCESS
      || mn_cl_fail (error, MN_ERROR_DEVICE, r, call, "import");
}

static gboolean
take_memory (Proof *self, GError **error)
{
  gpointer mapped;

  self->fd = mn_cl_dmabuf_new (SIZE, error);
  if (self->fd < 0)
    return FALSE;
  mapped = mmap (NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);
  if (mapped != MAP_FAILED)
    self->written = mapped;
  self->seen = g_try_malloc0 (SIZE);
  if (self->written && self->seen)
    return TRUE;
  g_set_error_literal (error, MN_ERROR, MN_ERROR_NO_MEMORY,
      "import: no memory to prove it with");
  return FALSE;
}

static gboolean
make_objects (Proof *self, const MnClProgram *program, GError **error)
{
  const MnClDevice *device = self->importer->device;
  cl_int r = CL_SUCCESS, n = N_WORDS;

  self->queue = self->cl->CreateCommandQueue (device->context, device->id, 0,
      &r);
  if (!self->queue)
    return check (r, "clCreateCommandQueue", error);
  self->copy = self->cl->CreateBuffer (device->context, CL_MEM_READ_WRITE, SIZE,
      NULL, &r);
  if (!self->copy)
    return check (r, "clCreateBuffer", error);
  self->imported = self->importer->way->import (self->importer, self->fd, SIZE,
      error);
  if (!self->imported)
    return FALSE;
  self->kernel = mn_cl_program_create_kernel (program, error);
  if (!self->kernel)
    return FALSE;
  r = self->cl->SetKernelArg (self->kernel, 0, sizeof (cl_mem),
      &self->imported);
  if (r == CL_SUCCESS)
    r = self->cl->SetKernelArg (self->kernel, 1, sizeof (cl_mem), &self->copy);
  if (r == CL_SUCCESS)
    r = self->cl->SetKernelArg (self->kernel, 2, sizeof n, &n);
  return check (r, "clSetKernelArg", error);
}

static guint32
pattern (guint round, guint i)
{
  return (i + 1) * 2654435761u ^ (round + 1) * 0x9e3779b9u;
}

static void
write_pattern (Proof *self, guint round)
{
  guint i;

  mn_cl_dmabuf_begin_write (self->fd);
  for (i = 0; i < N_WORDS; i++)
    self->written[i] = pattern (round, i);
  mn_cl_dmabuf_end_write (self->fd);
}

static gboolean
look (Proof *self, GError **error)
{
  const size_t size = N_WORDS;
  gboolean ok;

  memset (self->seen, 0, SIZE);
  if (!mn_cl_importer_acquire (self->importer, self->queue, self->imported,
          error))
    return FALSE;
  ok = check (self->cl->EnqueueNDRangeKernel (self->queue, self->kernel, 1,
                  NULL, &size, NULL, 0, NULL, NULL),
      "clEnqueueNDRangeKernel", error);
  if (!mn_cl_importer_release (self->importer, self->queue, self->imported,
          ok ? error : NULL))
    return FALSE;
  return ok
      && check (self->cl->EnqueueReadBuffer (self->queue, self->copy, CL_TRUE,
                    0, SIZE, self->seen, 0, NULL, NULL),
          "clEnqueueReadBuffer", error);
}

static gboolean
compare (const Proof *self, guint round, GError **error)
{
  guint i;

  for (i = 0; i < N_WORDS; i++) {
    if (self->seen[i] == pattern (round, i))
      continue;
    g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED,
        "%s: %s shows other bytes than were written: word %u of pattern %u",
        self->importer->device->name, self->importer->way->name, i, round);
    return FALSE;
  }
  return TRUE;
}

static void
clear (Proof *self)
{
  /* A queue that does not end may still write what it was to read. */
  if (self->queue && self->cl->Finish (self->queue) != CL_SUCCESS && self->seen)
    mn_keep_for_good (g_steal_pointer (&self->seen));
  if (self->kernel)
    self->cl->ReleaseKernel (self->kernel);
  if (self->imported)
    self->cl->ReleaseMemObject (self->imported);
  if (self->copy)
    self->cl->ReleaseMemObject (self->copy);
  if (self->queue)
    self->cl->ReleaseCommandQueue (self->queue);
  if (self->written)
    munmap (self->written, SIZE);
  if (self->fd >= 0)
    close (self->fd);
  g_free (self->seen);
}

gboolean
mn_cl_importer_prove (const MnClImporter *importer, const MnClProgram *program,
    GError **error)
{
  Proof self = {.importer = importer, .cl = importer->device->cl, .fd = -1};
  gboolean ok = take_memory (&self, error);
  guint round;

  if (ok)
    write_pattern (&self, 0);
  ok = ok && make_objects (&self, program, error);
  for (round = 0; ok && round < N_ROUNDS; round++) {
    if (round > 0)
      write_pattern (&self, round);
    ok = look (&self, error) && compare (&self, round, error);
  }
  clear (&self);
  return ok;
}
