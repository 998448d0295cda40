/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/mobilenet/bundled.h"

#include <dlfcn.h>
#include <stdlib.h>

#include "engine/mn.h"

#define FILE_NAME "camera_health.tflite"

/* From lib/TRIPLET/gstreamer-1.0 to the prefix. */
#define MAX_LEVELS 3

const gchar *
gst_mobilenet_getenv (const gchar *name)
{
#ifdef HAVE_SECURE_GETENV
  return secure_getenv (name);
#else
  return NULL;
#endif
}

/* The folder of the file that this code was loaded from. */
static gchar *
own_folder (void)
{
  Dl_info info;
  g_autofree gchar *path = NULL;

  if (!dladdr (own_folder, &info) || !info.dli_fname)
    return NULL;
  path = g_canonicalize_filename (info.dli_fname, NULL);
  return g_path_get_dirname (path);
}

static gchar *
look_in (const gchar *folder, const gchar *below)
{
  g_autofree gchar *path = g_build_filename (folder, below, FILE_NAME, NULL);

  return g_file_test (path, G_FILE_TEST_IS_REGULAR) ? g_steal_pointer (&path)
                                                    : NULL;
}

/* The folder itself and those above it. */
static gchar *
look_near (const gchar *folder)
{
  g_autofree gchar *at = g_strdup (folder);
  gchar *found = look_in (at, "");
  guint i;

  for (i = 0; !found && i <= MAX_LEVELS; i++) {
    gchar *above = g_path_get_dirname (at);

    found = look_in (at, "share" G_DIR_SEPARATOR_S "mobilenet");
    if (!found && i < MAX_LEVELS)
      found = look_in (at, "models");
    g_free (at);
    at = above;
  }
  return found;
}

gchar *
gst_mobilenet_find_bundled (GError **error)
{
  const gchar *dir = gst_mobilenet_getenv ("MOBILENET_MODELS_DIR");
  g_autofree gchar *own = NULL;
  gchar *found = NULL;

  if (dir && dir[0]) {
    found = look_in (dir, "");
    if (!found)
      g_set_error (error, MN_ERROR, MN_ERROR_NOT_FOUND,
          "the bundled model, " FILE_NAME
          ", is not in %s, which the environment variable "
          "MOBILENET_MODELS_DIR names; set that to the folder that has it, or "
          "the property model-file to a model",
          dir);
    return found;
  }
  own = own_folder ();
  if (own)
    found = look_near (own);
  if (!found)
    found = look_in (MN_MODELS_DIR, "");
  if (!found)
    g_set_error (error, MN_ERROR, MN_ERROR_NOT_FOUND,
        "the bundled model, " FILE_NAME
        ", is neither near the plugin in %s nor in " MN_MODELS_DIR
        "; set the environment variable MOBILENET_MODELS_DIR to the folder "
        "that has it, or the property model-file to a model",
        own ? own : "an unknown folder");
  return found;
}
