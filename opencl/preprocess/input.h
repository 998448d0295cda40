/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The first launch of a frame: the network's input from what the frame
 * holds. A session has one of these for tensors, and one more for each kind
 * of picture that it is told to expect, one at a time. */

#ifndef MN_CL_INPUT_H
#define MN_CL_INPUT_H

#include "engine/preprocess/formats.h"
#include "opencl/lower/plan.h"

G_BEGIN_DECLS

typedef struct
{
  guint plane;
  gsize first_byte, row_bytes, first_row, n_rows; /* what is read */
  gsize row; /* where it starts in the picture buffer */
} MnClPlane;

typedef struct
{
  const MnClDevice *device;
  cl_kernel kernel;
  cl_mem memory[3]; /* the frame's bytes; tables of taps */
  gsize global[3], local[3];
  gsize n_bytes; /* a tensor's; 0: a picture */
  gsize pitch;   /* of a row in the picture buffer */
  guint n_planes;
  MnClPlane planes[MN_MAX_PLANES];
  const MnTiles *tiles; /* NULL: rows lie as they are */
  gsize size;           /* of the picture buffer, less its slack */
} MnClInput;

/* value: the buffer that the input goes to. Neither compiles anything. */
MnClInput *mn_cl_input_new_tensor (const MnBackendPlan *plan, cl_mem value,
    GError **error);
MnClInput *mn_cl_input_new_picture (const MnBackendPlan *plan, cl_mem value,
    const MnPreprocess *preprocess, GError **error);
void mn_cl_input_free (MnClInput *input);

/* Starts the transfer of what a checked frame holds, and the launch. The
 * frame is read until the queue is done with it, and so is *copy: what had
 * to be put together first, to be freed with g_free, else NULL; set at a
 * failure, too. event: of the launch, or NULL. */
gboolean mn_cl_input_enqueue (const MnClInput *input, cl_command_queue queue,
    const MnFrame *frame, guint8 **copy, cl_event *event, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MnClInput, mn_cl_input_free)

G_END_DECLS

#endif /* MN_CL_INPUT_H */
