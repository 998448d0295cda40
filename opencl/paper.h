/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A device that is not here: it has limits, and kernels of which somebody
 * knows what a compiler made; plans are made for it as for any other, and
 * nothing can run. No OpenCL library is needed. */

#ifndef MN_CL_PAPER_H
#define MN_CL_PAPER_H

#include "opencl/device/device.h"
#include "opencl/outline.h"

G_BEGIN_DECLS

/* What is pointed to stays as long as the device; freed like any other. */
MnClDevice *mn_cl_paper_device_new (const MnOpenclPaper *paper, MnOpenclAsk ask,
    gpointer data);
/* A kernel with the definitions among its build options: "mean V=4". Free
 * with g_free. */
gchar *mn_cl_paper_form (const gchar *kernel, const gchar *options);

G_END_DECLS

#endif /* MN_CL_PAPER_H */
