/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What tells a .tflite file, and the format's row. */

#include "engine/model/tflite/internal.h"
#include "engine/model/tflite/reader.h"
#include "engine/model/tflite/schema.h"

#include <string.h>

/* The mark stands behind the root's offset. */
#define MARK_AT 4
#define MARK_SIZE 4
#define HEAD (MARK_AT + MARK_SIZE)

/* Fewer bytes than the mark needs, and all that are there fit a model. */
static gboolean
is_stump (const guint8 *data, gsize size)
{
  gsize i;

  if (size >= HEAD || data[0] % 4 != 0)
    return FALSE;
  for (i = 1; i < size; i++) {
    if (data[i] != (guint8) (i < MARK_AT ? 0 : TFL_IDENTIFIER[i - MARK_AT]))
      return FALSE;
  }
  return TRUE;
}

static MnSniff
sniff (const guint8 *data, gsize size)
{
  if (size >= HEAD && memcmp (data + MARK_AT, TFL_IDENTIFIER, MARK_SIZE) == 0)
    return MN_SNIFF_SURE;
  return is_stump (data, size) ? MN_SNIFF_CUT : MN_SNIFF_OTHER;
}

const MnReader mn_reader_tflite = {
  .name = "TFLite",
  .sniff = sniff,
  .read = mn_tflite_read,
  .read_metadata = mn_tflite_read_metadata,
};
