/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A picture that the kernel reads where it lies. */

#ifndef MN_CL_PLACE_H
#define MN_CL_PLACE_H

#include "opencl/preprocess/view.h"

G_BEGIN_DECLS

/* What a view (a copy of one, which shares its tables) tells the kernel of a
 * picture that lies as a frame in a DMABuf says, and not as it would be
 * written. FALSE: MN_ERROR_UNSUPPORTED: not all that the kernel reads lies in
 * the frame's memory, or not as the kernel reads it. */
gboolean
mn_cl_view_place (MnClView *view, const MnFrame *frame, GError **error);

G_END_DECLS

#endif /* MN_CL_PLACE_H */
