/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The formats of model files that are read. */

#ifndef MN_READERS_H
#define MN_READERS_H

#include "engine/model/format/reader.h"

G_BEGIN_DECLS

/* Row i of the table; NULL behind the last one. */
const MnReader *mn_readers_get (guint i);

/* Whose format these bytes are. NULL: nobody's, with an error that names the
 * file, what it is and the remedy (sniff.h); MN_ERROR_TRUNCATED: the first few
 * bytes are all that is left of a model. name: the file in messages; its
 * ending helps to tell other kinds apart. */
const MnReader *
mn_readers_find (GBytes *bytes, const gchar *name, GError **error);

G_END_DECLS

#endif /* MN_READERS_H */
