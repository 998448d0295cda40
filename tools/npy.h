/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Tensors in NumPy's .npy files: versions 1 to 3 are read, 1 is written.
 * Format: https://numpy.org/doc/stable/reference/generated/
 * numpy.lib.format.html */

#ifndef MN_NPY_H
#define MN_NPY_H

#include "engine/mn.h"

G_BEGIN_DECLS

typedef struct
{
  MnTensorView view; /* data belongs to bytes; name is NULL */
  GBytes *bytes;
} MnNpy;

void mn_npy_clear (MnNpy *npy);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MnNpy, mn_npy_clear)
/* A file in C order and this machine's byte order, of a type that MnDType
 * has, with at most MN_MAX_RANK axes. data is aligned for its type. */
gboolean mn_npy_read (const gchar *path, MnNpy *npy, GError **error);
/* The same from memory; name stands for the file in messages. */
gboolean
mn_npy_parse (GBytes *bytes, const gchar *name, MnNpy *npy, GError **error);

/* Replaces the file in one step. */
gboolean
mn_npy_write (const gchar *path, const MnTensorView *view, GError **error);

G_END_DECLS

#endif /* MN_NPY_H */
