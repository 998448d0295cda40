/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The table of formats: a new one is a folder and a row here. */

#include "engine/model/readers.h"

#include "engine/model/sniff.h"
#include "engine/model/tflite/reader.h"

static const MnReader *const readers[] = {&mn_reader_tflite};

const MnReader *
mn_readers_get (guint i)
{
  return i < G_N_ELEMENTS (readers) ? readers[i] : NULL;
}

const MnReader *
mn_readers_find (GBytes *bytes, const gchar *name, GError **error)
{
  const MnReader *reader = NULL;
  MnSniff best = MN_SNIFF_OTHER;
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  guint i;

  for (i = 0; size > 0 && i < G_N_ELEMENTS (readers); i++) {
    MnSniff sure = readers[i]->sniff (data, size);

    if (sure > best) {
      best = sure;
      reader = readers[i];
    }
  }
  if (best == MN_SNIFF_SURE)
    return reader;
  if (best == MN_SNIFF_CUT)
    g_set_error (error, MN_ERROR, MN_ERROR_TRUNCATED,
        "%s: the model is truncated: only %" G_GSIZE_FORMAT " bytes are left "
        "of it; copy or download it again",
        name, size);
  else
    mn_sniff_refuse (data, size, name, error);
  return NULL;
}
