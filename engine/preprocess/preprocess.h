/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Everything about preprocessing that does not depend on who computes it:
 * which pixels are needed, with which weights each contributes to which
 * output, and the affine map from pixel values to the network's input. The
 * CPU and OpenCL stages both read these tables.
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

G_BEGIN_DECLS

/* Taps of one axis: output i reads samples start[i] .. start[i] + n_taps
 * - 1 with weights[i * n_taps + t]; unused ones are 0 and in range. */
typedef struct
{
  guint n_out;
  guint n_taps;  /* the most that any output needs */
  gint32 *start; /* absolute: the crop is counted in */
  gfloat *weights;
} MnTaps;

typedef struct
{
  MnFrameDesc source;
  guint out_width, out_height, out_channels;
  /* The part of the output that the picture covers; the rest (letterbox) is
   * the fill value. */
  MnRect inner;
  /* Tables for the inner part, in output order: rotation and mirroring are
   * in them. The x tables have inner.width outputs, the y tables
   * inner.height. Taps of x count source columns and those of y source rows,
   * with swap_axes the other way round. */
  gboolean swap_axes;
  MnTaps luma_x, luma_y;     /* also RGB and grey */
  MnTaps chroma_x, chroma_y; /* 4:2:0 and 4:2:2, else empty; in samples of
                              * the chroma planes (columns of packed 4:2:2
                              * count by pixel pairs) */
  /* rgb = colour[c][0] * Y + colour[c][1] * U + colour[c][2] * V +
   * colour[c][3]; for RGB sources the identity in the order R, G, B. */
  gfloat colour[3][4];
  gfloat scale[4], bias[4];     /* pixel 0..255 to the network's input */
  gfloat fill[4];               /* of the margins, already in input values:
                                 * mid grey, 127.5 */
  struct _MnPreprocessCpu *cpu; /* what the CPU's stage adds; its own */
} MnPreprocess;

/* width, height, channels: the network's. scale_in and offset_in are what
 * the graph starts with (MnGraph.input_scale), folded into scale and bias.
 * Checks input (sizes, crop inside, a known format). */
MnPreprocess *mn_preprocess_new (const MnInput *input, guint width,
    guint height, guint channels, const gfloat *mean, const gfloat *std,
    const gfloat *scale_in, const gfloat *offset_in, GError **error);
void mn_preprocess_free (MnPreprocess *preprocess);

/* Whether the frame's planes hold what source promises: number, strides,
 * sizes. Every read of a stage stays inside a frame that passed. */
gboolean mn_preprocess_check_frame (const MnPreprocess *preprocess,
    const MnFrame *frame, GError **error);

/* The CPU's stage, one thread: writes out_height x out_width x out_channels
 * floats. scratch: mn_preprocess_scratch_size bytes, 64-byte aligned; taken
 * once a session, since it depends on neither crop, fit nor orientation. Rows
 * first_row .. end_row - 1 of the output only, so that threads can share the
 * work, each with a scratch of its own. */
gsize mn_preprocess_scratch_size (const MnPreprocess *preprocess);
void mn_preprocess_run (const MnPreprocess *preprocess, const MnFrame *frame,
    guint first_row, guint end_row, gpointer scratch, gfloat *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MnPreprocess, mn_preprocess_free)

G_END_DECLS

#endif /* MN_PREPROCESS_H */
