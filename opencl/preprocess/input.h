/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The first launch of a frame: the network's input from what the frame holds,
 * be it a tensor, a picture of the kind that is expected, or a part of such a
 * one. All that a kind of frames needs on the device is made once, for parts
 * with the first of them. */

#ifndef MN_CL_INPUT_H
#define MN_CL_INPUT_H

#include "opencl/lower/plan.h"
#include "opencl/preprocess/upload.h"

G_BEGIN_DECLS

typedef struct _MnClInput MnClInput;

/* For tensors. queue: where all of it goes, and empty; value: the buffer that
 * the input goes to. The plan outlives it. */
MnClInput *mn_cl_input_new (MnBackendPlan *plan, cl_command_queue queue,
    cl_mem value, GError **error);
void mn_cl_input_free (MnClInput *input);
/* For pictures, or NULL for tensors again, with nothing in flight. Pictures
 * whose samples lie otherwise than any before need a program, which is built
 * here, or comes from the cache. FALSE: everything is as it was. */
gboolean mn_cl_input_set (MnClInput *input, const MnPreprocess *preprocess,
    GError **error);
/* The kernel's name. */
const gchar *mn_cl_input_get_kernel (const MnClInput *input);

/* Starts the transfer of what a checked frame holds, and the launch. part: of
 * the expected pictures, NULL for all of one. The frame is read until the
 * queue is done with it, and so is host. event: of the launch, or NULL. */
gboolean mn_cl_input_enqueue (MnClInput *input, const MnFrame *frame,
    const MnPreprocess *part, MnClHost *host, cl_event *event, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MnClInput, mn_cl_input_free)

G_END_DECLS

#endif /* MN_CL_INPUT_H */
