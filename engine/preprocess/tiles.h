/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Pictures whose planes lie in memory as tiles: blocks of some bytes by some
 * rows, each dense, one after the other. */

#ifndef MN_TILES_H
#define MN_TILES_H

#include "engine/preprocess/formats.h"

G_BEGIN_DECLS

/* Copies bytes first_byte .. first_byte + n_bytes - 1 of a row, as it would
 * be without tiles, of a checked plane to out. */
void mn_tiles_read_row (const MnTiles *tiles, const MnPlane *plane, gsize row,
    gsize first_byte, gsize n_bytes, guint8 *out);

G_END_DECLS

#endif /* MN_TILES_H */
