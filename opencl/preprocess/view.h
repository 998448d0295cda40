/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How a device is to see a picture: which bytes of it are needed, how its
 * axes are resampled, what else its kernel is told. Host memory only. A view
 * is set as often as what it shows changes; memory is only taken for a larger
 * source or output than before. */

#ifndef MN_CL_VIEW_H
#define MN_CL_VIEW_H

#include "engine/preprocess/formats.h"
#include "engine/preprocess/preprocess.h"

G_BEGIN_DECLS

typedef struct
{
  gsize first_byte, row_bytes, first_row, n_rows; /* what is read */
  gsize room; /* bytes that the kernel may see as a row */
  gsize row;  /* where it starts in the picture buffer */
} MnClPlane;

typedef struct
{
  guint n_planes;
  MnClPlane planes[MN_MAX_PLANES]; /* of the frame, in its order */
  const MnTiles *tiles;            /* NULL: rows lie as they are */
  gsize align; /* bytes: all rows start at a multiple of that */
  gsize pitch; /* of a row in the picture buffer */
  gsize size;  /* of that buffer */
  /* What the kernel calls spans, then its weights, axis by axis; 4 bytes
   * each word. Behind them room to make them in. */
  gpointer tables;
  gsize n_words;
  gsize capacity; /* words */
  /* The kernel's arguments. */
  gint32 out[4], inner[4];
  gint32 first_span[4], first_weight[4], n_weights[4]; /* by MnPictureAxis */
  gint32 place[4], next_plane;
  gfloat luma[16], chroma[16];
  gfloat base[4], scale[4], bias[4], fill[4];
} MnClView;

/* A view with nothing set is all zeros. FALSE with MN_ERROR_NO_MEMORY: it is
 * as it was. */
gboolean
mn_cl_view_set (MnClView *view, const MnPreprocess *preprocess, GError **error);
/* What the kernel is compiled with for such frames and all parts of them. Free
 * with g_free. */
gchar *mn_cl_view_options (const MnPreprocess *preprocess);
/* Frees what it holds. */
void mn_cl_view_clear (MnClView *view);

/* No view of a part of such frames has a larger size, or more words. */
gsize mn_cl_view_max_size (const MnPreprocess *preprocess);
gsize mn_cl_view_max_words (const MnPreprocess *preprocess);

G_END_DECLS

#endif /* MN_CL_VIEW_H */
