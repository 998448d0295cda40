/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Errors that many files set in the same words. */

#ifndef MN_ENGINE_ERROR_H
#define MN_ENGINE_ERROR_H

#include "engine/mn.h"

G_BEGIN_DECLS

/* MN_ERROR_NO_MEMORY: "name: no memory for what". FALSE, to be returned. */
gboolean mn_no_memory (const gchar *name, const gchar *what, GError **error);

G_END_DECLS

#endif /* MN_ENGINE_ERROR_H */
