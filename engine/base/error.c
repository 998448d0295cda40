/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The error domain, and names of the public enumerations. */

#include "engine/base/error.h"

G_DEFINE_QUARK (mn - error - quark, mn_error)
gsize
mn_dtype_size (MnDType dtype)
{
  switch (dtype) {
    case MN_DTYPE_F32:
    case MN_DTYPE_I32:
      return 4;
    case MN_DTYPE_F16:
    case MN_DTYPE_I16:
      return 2;
    case MN_DTYPE_U8:
    case MN_DTYPE_I8:
    case MN_DTYPE_BOOL:
      return 1;
    case MN_DTYPE_I64:
      return 8;
  }
  g_return_val_if_reached (1);
}

const gchar *
mn_dtype_name (MnDType dtype)
{
  static const gchar *const names[] = {
    "float32", "float16", "uint8", "int8", "int16", "int32", "int64", "bool"};

  g_return_val_if_fail ((guint) dtype < G_N_ELEMENTS (names), "unknown");
  return names[dtype];
}

gboolean
mn_no_memory (const gchar *name, const gchar *what, GError **error)
{
  g_set_error (error, MN_ERROR, MN_ERROR_NO_MEMORY, "%s: no memory for %s",
      name, what);
  return FALSE;
}
