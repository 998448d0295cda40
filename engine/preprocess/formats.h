/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How each picture format lies in memory.
 *
 * A plane is rows of units: the smallest group of bytes that repeats. A value
 * is a byte or two of it, by depth. A component is one of R, G, B or Y, U, V
 * (0, 1, 2), or MN_COMPONENT_NONE for values of no use. A stream is what a
 * plane gives when it is read in equal steps: of each sample's step values
 * the first goes to components[0] and so on. Packed 4:2:2 is two streams over
 * one plane, since brightness and colour have different widths there.
 *
 * A tiled plane is rows of tiles instead (tiles.h). */

#ifndef MN_FORMATS_H
#define MN_FORMATS_H

#include "engine/mn.h"

G_BEGIN_DECLS

#define MN_MAX_STREAMS 3
#define MN_MAX_STEP 4
#define MN_COMPONENT_NONE 3
typedef enum
{
  MN_COLOUR_RGB,
  MN_COLOUR_YUV,
  MN_COLOUR_GREY
} MnColourKind;

/* How a value is stored. */
typedef enum
{
  MN_SAMPLE_BYTE,
  MN_SAMPLE_LE16,
  MN_SAMPLE_BE16,
  MN_N_SAMPLES
} MnSample;

/* In which order the tiles of a plane lie. */
typedef enum
{
  MN_TILES_NONE,
  MN_TILES_ROWS, /* row after row */
  MN_TILES_Z     /* in fours: along a Z in even pairs of
                  * columns, along a turned one in odd ones */
} MnTileOrder;

typedef struct
{
  MnTileOrder order;
  guint8 width, height; /* bytes, rows */
} MnTiles;

/* Units in a row: (width + (1 << x_shift) - 1) >> x_shift; rows alike. */
typedef struct
{
  guint8 unit; /* bytes */
  guint8 x_shift, y_shift;
} MnPlaneLayout;

typedef struct
{
  guint8 plane;
  gboolean chroma; /* goes by the chroma tap tables */
  guint8 step;     /* values from sample to sample, 1..4 */
  guint8 components[MN_MAX_STEP];
} MnStream;

typedef struct
{
  const gchar *name;
  MnColourKind kind;
  guint n_planes;
  MnPlaneLayout planes[MN_MAX_PLANES];
  guint8 chroma_x_shift, chroma_y_shift;
  guint n_streams; /* in the order of their planes */
  MnStream streams[MN_MAX_STREAMS];
  MnSample sample;    /* values are value << shift, of so many */
  guint8 shift, bits; /* bits; bits 0: 8 */
  MnTiles tiles;      /* of all planes */
} MnFormatInfo;

/* NULL: no such format. */
const MnFormatInfo *mn_format_get_info (MnFormat format);

/* Bytes of a value. */
guint mn_format_value_size (const MnFormatInfo *info);

/* Bytes of a row that are read, and rows, of a plane of a width x height
 * picture. */
gsize mn_plane_row_bytes (const MnPlaneLayout *plane, guint width);
guint mn_plane_n_rows (const MnPlaneLayout *plane, guint height);
/* Whether the plane's size and stride hold such a picture, whose rows do not
 * overlap (not for tiles). need: bytes from the lowest address on; below: how
 * many of them lie before row 0 where the stride is negative. */
gboolean mn_plane_fits (const MnPlaneLayout *layout, const MnPlane *plane,
    guint width, guint height, gsize *below, gsize *need);

G_END_DECLS

#endif /* MN_FORMATS_H */
