/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which part of the source becomes which part of the network's picture. */

#ifndef MN_GEOMETRY_H
#define MN_GEOMETRY_H

#include "engine/mn.h"

G_BEGIN_DECLS

typedef struct
{
  MnRect source; /* pixels of the frame */
  MnRect inner;  /* pixels of the output */
  /* How inner shows source: first its columns or rows are taken from the far
   * end, then the two axes are exchanged. */
  gboolean mirror_columns, mirror_rows, swap_axes;
} MnGeometry;

/* For a checked input and an output of width x height. Shapes are compared
 * as seen: upright, with the pixel aspect ratio. Sizes are rounded to whole
 * pixels; where a margin cannot be the same on both sides, the smaller part
 * is on the left or top of the upright picture. */
void mn_geometry_init (MnGeometry *geometry, const MnInput *input, guint width,
    guint height);

G_END_DECLS

#endif /* MN_GEOMETRY_H */
