/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "opencl/import/import.h"

/* In the order in which they are tried. */
static const MnClImportWay *const ways[] = {
  &mn_cl_import_arm,
  &mn_cl_import_khr,
};

static gboolean
is_there (const MnClDevice *device, const MnClImportWay *way,
    MnClImporter *importer)
{
  importer->device = device;
  importer->way = way;
  return mn_cl_device_has (device, way->extension) && way->bind (importer);
}

const MnClImportWay *
mn_cl_import_find (const MnClDevice *device)
{
  MnClImporter importer;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (ways); i++) {
    if (is_there (device, ways[i], &importer))
      return ways[i];
  }
  return NULL;
}

MnClImporter *
mn_cl_importer_new (const MnClDevice *device, const MnClProgram *program,
    GError **error)
{
  MnClImporter *self = g_new0 (MnClImporter, 1);
  guint i;

  g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED,
      "%s has no way to import memory", device->name);
  for (i = 0; i < G_N_ELEMENTS (ways); i++) {
    if (!is_there (device, ways[i], self))
      continue;
    g_clear_error (error);
    if (mn_cl_importer_prove (self, program, error))
      return self;
  }
  g_free (self);
  return NULL;
}

void
mn_cl_importer_free (MnClImporter *self)
{
  g_free (self);
}

gboolean
mn_cl_importer_takes (const MnClImporter *self, MnMemory memory,
    guint64 modifier)
{
  return self && self->way->memory == memory && self->way->modifier == modifier;
}

gboolean
mn_cl_importer_acquire (const MnClImporter *self, cl_command_queue queue,
    cl_mem mem, GError **error)
{
  return !self->way->acquire || self->way->acquire (self, queue, mem, error);
}

gboolean
mn_cl_importer_release (const MnClImporter *self, cl_command_queue queue,
    cl_mem mem, GError **error)
{
  return !self->way->release || self->way->release (self, queue, mem, error);
}
