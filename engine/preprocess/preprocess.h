/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Everything about preprocessing that does not depend on who computes it:
 * which pixels are needed, how each axis is resampled, and the affine map from
 * pixel values to the network's input. It is numbers alone, to be copied at
 * will; those who compute make their tables from it.
 *
 * Result, for output row y, column x, channel c:
 *   rgb (y, x) = clamp (matrix * (sum over taps of the planes) + offset)
 *   in (y, x, c) = rgb_c * scale[c] + bias[c]
 * where clamp is to 0..255. Chroma planes have tap tables of their own, so
 * no full-frame conversion takes place and chroma is interpolated at its
 * true sites.
 *
 * A network with one channel gets the grey of the clamped rgb.
 *
 * Resampling is Pillow's bilinear with antialiasing: for an axis with
 * reduction r = source / destination, a triangle of half width
 * max (1, r), centre (i + 0.5) * r, weights normalised to 1, taps outside
 * the crop left out.
 */

#ifndef MN_PREPROCESS_H
#define MN_PREPROCESS_H

#include "engine/mn.h"
#include "engine/preprocess/taps.h"

G_BEGIN_DECLS

/* The axes of a frame as it lies. */
typedef enum
{
  MN_LUMA_COLUMNS, /* also RGB and grey */
  MN_LUMA_ROWS,
  MN_CHROMA_COLUMNS, /* YUV; in samples of the chroma planes (columns of
                      * packed 4:2:2 count by pixel pairs) */
  MN_CHROMA_ROWS,
  MN_N_AXES
} MnPictureAxis;

typedef struct
{
  MnFrameDesc source;
  MnFit fit;
  guint out_width, out_height, out_channels;
  /* The part of the output that the picture covers; the rest (letterbox) is
   * the fill value. */
  MnRect inner;
  /* Outputs of columns run along the inner part's rows, with swap_axes down
   * its columns; mirroring is in the axes. Those without outputs are not
   * there. */
  gboolean swap_axes;
  MnAxis axes[MN_N_AXES];
  /* rgb = colour[c][0] * Y + colour[c][1] * U + colour[c][2] * V +
   * colour[c][3]; for RGB sources the identity in the order R, G, B. */
  gfloat colour[3][4];
  gfloat scale[4], bias[4]; /* pixel 0..255 to the network's input */
  gfloat fill[4];           /* of the margins, already in input values:
                             * mid grey, 127.5 */
} MnPreprocess;

/* width, height, channels: the network's. scale_in and offset_in are what
 * the graph starts with (MnGraph.input_scale), folded into scale and bias.
 * Checks input (sizes, crop inside, a known format). */
gboolean
mn_preprocess_init (MnPreprocess *preprocess, const MnInput *input, guint width,
    guint height, guint channels, const gfloat *mean, const gfloat *std,
    const gfloat *scale_in, const gfloat *offset_in, GError **error);
/* The same of another part of the frame; width 0: of all. FALSE with
 * MN_ERROR_ARGUMENT: it is not inside, and nothing changed. */
gboolean mn_preprocess_set_crop (MnPreprocess *preprocess, const MnRect *crop,
    GError **error);

/* What an axis has at most, whichever part of the frame it is of; zeros for
 * one that is not there. */
void mn_preprocess_get_bounds (const MnPreprocess *preprocess,
    MnPictureAxis axis, guint *n_samples, guint *n_out);

/* Whether the frame's planes hold what source promises: number, strides,
 * sizes. Every read of a stage stays inside a frame that passed. */
gboolean mn_preprocess_check_frame (const MnPreprocess *preprocess,
    const MnFrame *frame, GError **error);

G_END_DECLS

#endif /* MN_PREPROCESS_H */
