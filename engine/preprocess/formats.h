/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How each picture format lies in memory.
 *
 * A plane is rows of units: the smallest group of bytes that repeats. A
 * component is one of R, G, B or Y, U, V (0, 1, 2), or MN_COMPONENT_NONE for
 * bytes of no use. A stream is what a plane gives when it is read in equal
 * steps: of each sample's step bytes the first goes to components[0] and so
 * on. Packed 4:2:2 is two streams over one plane, since brightness and
 * colour have different widths there. */

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

/* Units in a row: (width + (1 << x_shift) - 1) >> x_shift; rows alike. */
typedef struct
{
  guint8 unit;                  /* bytes */
  guint8 x_shift, y_shift;
} MnPlaneLayout;

typedef struct
{
  guint8 plane;
  gboolean chroma;              /* goes by the chroma tap tables */
  guint8 step;                  /* bytes from sample to sample, 1..4 */
  guint8 components[MN_MAX_STEP];
} MnStream;

typedef struct
{
  const gchar *name;
  MnColourKind kind;
  guint n_planes;
  MnPlaneLayout planes[MN_MAX_PLANES];
  guint8 chroma_x_shift, chroma_y_shift;
  guint n_streams;              /* in the order of their planes */
  MnStream streams[MN_MAX_STREAMS];
} MnFormatInfo;

/* NULL: no such format. */
const MnFormatInfo *mn_format_get_info (MnFormat format);

/* Bytes of a row that are read, and rows, of a plane of a width x height
 * picture. */
gsize mn_plane_row_bytes (const MnPlaneLayout * plane, guint width);
guint mn_plane_n_rows (const MnPlaneLayout * plane, guint height);

G_END_DECLS
#endif /* MN_FORMATS_H */
