/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Imported once, for as long as the memory comes back: a pool has a few, and
 * mapping one for a device takes longer than to read it. */

#include "opencl/import/dmabuf.h"
#include "opencl/import/import.h"

typedef struct
{
  MnMemoryKey *key; /* a reference; NULL: free */
  cl_mem mem;
  gsize size;
  guint64 used; /* when, in frames */
} Entry;

struct _MnClImports
{
  const MnClImporter *importer;
  guint64 now;
  Entry entries[MN_CL_MAX_IMPORTS];
};

MnClImports *
mn_cl_imports_new (const MnClImporter *importer)
{
  MnClImports *self = g_new0 (MnClImports, 1);

  self->importer = importer;
  return self;
}

static void
drop (MnClImports *self, Entry *entry)
{
  if (entry->mem)
    self->importer->device->cl->ReleaseMemObject (entry->mem);
  g_clear_pointer (&entry->key, mn_memory_key_unref);
  entry->mem = NULL;
  entry->used = 0;
}

void
mn_cl_imports_sweep (MnClImports *self)
{
  guint i;

  for (i = 0; self && i < MN_CL_MAX_IMPORTS; i++) {
    Entry *entry = &self->entries[i];

    if (entry->key && mn_memory_key_is_retired (entry->key))
      drop (self, entry);
  }
}

void
mn_cl_imports_free (MnClImports *self)
{
  guint i;

  for (i = 0; self && i < MN_CL_MAX_IMPORTS; i++)
    drop (self, &self->entries[i]);
  g_free (self);
}

/* That of the key, or the one that is free or was not used for longest. */
static Entry *
find (MnClImports *self, const MnFrame *frame)
{
  Entry *found = NULL, *oldest = &self->entries[0];
  guint i;

  for (i = 0; i < MN_CL_MAX_IMPORTS; i++) {
    Entry *entry = &self->entries[i];

    if (entry->key && entry->key == frame->key)
      found = entry;
    if (entry->used < oldest->used)
      oldest = entry;
  }
  if (found && found->size == frame->dmabuf_size)
    return found;
  found = found ? found : oldest;
  drop (self, found);
  return found;
}

/* Whatever it is: the frame can be had in another way. */
static void
make_import_error (GError **error)
{
  if (error && *error && !g_error_matches (*error, MN_ERROR, MN_ERROR_LOST))
    (*error)->code = MN_ERROR_UNSUPPORTED;
  g_prefix_error (error, "a frame could not be imported: ");
}

cl_mem
mn_cl_imports_get (MnClImports *self, const MnFrame *frame, GError **error)
{
  Entry *entry = find (self, frame);

  if (!mn_cl_dmabuf_wait (frame->dmabuf_fd)) {
    g_set_error_literal (error, MN_ERROR, MN_ERROR_UNSUPPORTED,
        "a frame could not be imported: it is still being written");
    return NULL;
  }
  if (!entry->key) {
    entry->mem = self->importer->way->import (self->importer, frame->dmabuf_fd,
        frame->dmabuf_size, error);
    if (!entry->mem) {
      make_import_error (error);
      return NULL;
    }
    entry->key = mn_memory_key_ref (frame->key);
    entry->size = frame->dmabuf_size;
  }
  entry->used = ++self->now;
  return entry->mem;
}
