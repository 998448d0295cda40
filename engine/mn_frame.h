/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Pictures where they lie: formats, planes, colours, and who lets go of them.
 * A part of mn.h, which is what to include. */

#ifndef MN_FRAME_H
#define MN_FRAME_H

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  MN_FORMAT_TENSOR, /* the network's input as it is, see below */
  MN_FORMAT_NV12,   /* 4:2:0, planes Y and UV */
  MN_FORMAT_NV21,   /* 4:2:0, planes Y and VU */
  MN_FORMAT_I420,   /* 4:2:0, planes Y, U and V, in this order
                     * also for YV12: the caller orders them */
  MN_FORMAT_YUY2,   /* 4:2:2, Y0 U Y1 V */
  MN_FORMAT_UYVY,   /* 4:2:2, U Y0 V Y1 */
  MN_FORMAT_RGB,    /* bytes in memory order, here and below */
  MN_FORMAT_BGR,
  MN_FORMAT_RGBX, /* the fourth byte is ignored; also RGBA */
  MN_FORMAT_BGRX,
  MN_FORMAT_GRAY8,
  MN_FORMAT_XRGB, /* the first byte is ignored; also ARGB */
  MN_FORMAT_XBGR,
  MN_FORMAT_YVYU,      /* 4:2:2, Y0 V Y1 U */
  MN_FORMAT_NV16,      /* 4:2:2, planes Y and UV */
  MN_FORMAT_NV24,      /* 4:4:4, planes Y and UV */
  MN_FORMAT_Y42B,      /* 4:2:2, planes Y, U and V */
  MN_FORMAT_Y444,      /* 4:4:4, planes Y, U and V */
  MN_FORMAT_P010_LE,   /* as NV12, of 16-bit words: 10 bits above 6
                        * of no use, little endian */
  MN_FORMAT_P010_BE,   /* the same, big endian */
  MN_FORMAT_I420_10LE, /* as I420, of 16-bit words: the lower 10
                        * bits, little endian, here and below */
  MN_FORMAT_I420_10BE, /* the same, big endian */
  MN_FORMAT_I422_10LE, /* as Y42B */
  MN_FORMAT_Y444_10LE, /* as Y444 */
  MN_FORMAT_GRAY16_LE,
  MN_FORMAT_NV12_4L4,   /* NV12 in tiles of 4x4 bytes, row after row */
  MN_FORMAT_NV12_32L32, /* of 32x32 bytes */
  MN_FORMAT_NV12_64Z32, /* of 64x32 bytes, in fours along a Z */
  MN_FORMAT_NV61,       /* 4:2:2, planes Y and VU */
  MN_FORMAT_Y41B,       /* 4:1:1, planes Y, U and V */
  MN_FORMAT_YUV9,       /* 4:1:0, planes Y, U and V */
  MN_FORMAT_XYUV,       /* 4:4:4, the first byte is ignored */
  MN_FORMAT_VUYX,       /* 4:4:4, the fourth byte is ignored */
  MN_FORMAT_RGBP,       /* planes R, G and B: the caller orders them */
  MN_FORMAT_P012_LE,    /* as P010: 12 bits above 4 of no use */
  MN_FORMAT_P016_LE,    /* all 16 bits */
  MN_FORMAT_I420_12LE,  /* as those of 10 bits */
  MN_FORMAT_I422_12LE,
  MN_FORMAT_Y444_12LE,
  MN_FORMAT_I420_16LE,
  MN_FORMAT_I422_16LE,
  MN_FORMAT_Y444_16LE,
  MN_FORMAT_GRAY10_LE, /* as GRAY16_LE, the lower 10 bits */
  MN_FORMAT_GRAY16_BE,
  MN_FORMAT_XRGB64_LE /* as XRGB, of 16-bit words */
} MnFormat;

#define MN_N_FORMATS (MN_FORMAT_XRGB64_LE + 1)
#define MN_MAX_PLANES 4

typedef enum
{
  MN_MATRIX_BT601,
  MN_MATRIX_BT709,
  MN_MATRIX_BT2020,
  MN_MATRIX_FCC,
  MN_MATRIX_SMPTE240M
} MnMatrix;

typedef enum
{
  MN_SITE_CENTRE = 0,         /* JPEG: between the luma samples */
  MN_SITE_H_COSITED = 1 << 0, /* MPEG-2 */
  MN_SITE_V_COSITED = 1 << 1
} MnChromaSite;

/* How the picture stands to the scene, as EXIF counts it less one: bit
 * patterns are not meaningful, use the names. */
typedef enum
{
  MN_ORIENT_0,      /* as it is */
  MN_ORIENT_MIRROR, /* left and right exchanged */
  MN_ORIENT_180,
  MN_ORIENT_FLIP,      /* top and bottom exchanged */
  MN_ORIENT_TRANSPOSE, /* mirrored at the main diagonal */
  MN_ORIENT_90,        /* turn by 90 degrees clockwise to see it
                        * upright */
  MN_ORIENT_ANTITRANSPOSE,
  MN_ORIENT_270 /* turn by 90 degrees counterclockwise */
} MnOrientation;

typedef struct
{
  gint x, y, width, height; /* pixels */
} MnRect;

/* What is the same for all frames of a stream: one preprocessing stage is
 * made from it. */
typedef struct
{
  MnFormat format;
  guint width, height; /* pixels, 1..32768 */
  MnMatrix matrix;     /* YUV formats */
  gboolean full_range; /* YUV and grey: 0..255, else 16..235, or
                        * that of so many bits */
  guint chroma_site;   /* MnChromaSite flags; subsampled formats */
  guint par_n, par_d;  /* pixel aspect ratio; 0: square */
  MnRect crop;         /* the visible part; width 0: all */
  MnOrientation orientation;
} MnFrameDesc;

typedef enum
{
  MN_MEMORY_HOST,
  MN_MEMORY_DMABUF,
  MN_MEMORY_GL_TEXTURE
} MnMemory;

/* Memory that comes again and again, as that of a pool does: what a device
 * keeps for it goes by its key. Counted; any thread. */
typedef struct _MnMemoryKey MnMemoryKey;

MnMemoryKey *mn_memory_key_new (void);
MnMemoryKey *mn_memory_key_ref (MnMemoryKey *key);
void mn_memory_key_unref (MnMemoryKey *key);
/* The memory is gone, or about to go: from here on nothing is kept for it. */
void mn_memory_key_retire (MnMemoryKey *key);
gboolean mn_memory_key_is_retired (const MnMemoryKey *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MnMemoryKey, mn_memory_key_unref)

typedef struct
{
  const guint8 *data; /* MN_MEMORY_HOST: first byte of row 0 */
  gssize stride;      /* bytes from row to row; may be negative */
  gsize size;         /* bytes that may be read from the plane's
                       * lowest address on; checked at submit */
  gsize offset;       /* MN_MEMORY_DMABUF: where the plane starts */
  guint tile_rows;    /* tiled formats: rows of tiles; stride is then
                       * the bytes of one */
} MnPlane;

typedef struct _MnFrame MnFrame;

/* A frame is the caller's struct: it may lie in a pool or in a bigger
 * struct. mn_frame_init gives it one reference; when the last one goes,
 * release is called (once), and may reuse or free the frame. Pixels must
 * stay readable and unchanged until then.
 * MN_FORMAT_TENSOR: planes[0] holds the model's declared input tensor, dense
 * NHWC, of input_dtype; width and height equal the model's. */
struct _MnFrame
{
  MnFrameDesc desc;
  MnMemory memory;
  MnPlane planes[MN_MAX_PLANES];
  guint n_planes;
  gint dmabuf_fd;    /* MN_MEMORY_DMABUF: of all planes */
  gsize dmabuf_size; /* bytes */
  guint64 modifier;
  MnMemoryKey *key; /* of the DMABuf; the caller's, until release */
  guint texture;    /* MN_MEMORY_GL_TEXTURE */
  gint refcount;    /* private */
  void (*release) (MnFrame *frame);
  /* NULL, or what makes the pixels readable, in host memory: a runner calls it
   * once, on the thread that reads them first, and it sets itself NULL. A frame
   * in other memory that a device imports is read without. FALSE with error:
   * they cannot be. */
  gboolean (*prepare) (MnFrame *frame, GError **error);
  gpointer user_data; /* the caller's */
};

void mn_frame_init (MnFrame *frame, const MnFrameDesc *desc,
    void (*release) (MnFrame *frame), gpointer user_data);
MnFrame *mn_frame_ref (MnFrame *frame);
void mn_frame_unref (MnFrame *frame);

guint mn_format_n_planes (MnFormat format);
const gchar *mn_format_name (MnFormat format);

G_END_DECLS

#endif /* MN_FRAME_H */
