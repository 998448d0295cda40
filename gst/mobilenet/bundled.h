/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The model that comes with the plugin. */

#ifndef GST_MOBILENET_BUNDLED_H
#define GST_MOBILENET_BUNDLED_H

#include <gst/gst.h>

G_BEGIN_DECLS

/* Its path: in the folder that MOBILENET_MODELS_DIR names, where it is set;
 * else near the plugin's own file, in a build folder or under whatever prefix;
 * else where it was to be installed. Free with g_free. NULL: it is in none of
 * them; the error (MN_ERROR_NOT_FOUND) names them, and the remedies. */
gchar *gst_mobilenet_find_bundled (GError **error);
/* NULL in programs that run with more rights than their user, too. */
const gchar *gst_mobilenet_getenv (const gchar *name);

G_END_DECLS

#endif /* GST_MOBILENET_BUNDLED_H */
