/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/model/format/metadata.h"

#include <string.h>

void
mn_metadata_clear (MnMetadata *metadata)
{
  g_strfreev (metadata->labels);
  mn_labels_note_clear (&metadata->note);
  memset (metadata, 0, sizeof (*metadata));
}
