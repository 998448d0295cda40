/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The way of frames' bytes to the device. Where host and device share their
 * memory, the host writes into one of two mapped buffers itself, while the
 * device reads the other; else, and while it reads both, the queue writes. */

#ifndef MN_CL_UPLOAD_H
#define MN_CL_UPLOAD_H

#include "opencl/device/device.h"
#include "opencl/preprocess/view.h"

G_BEGIN_DECLS

typedef struct _MnClUpload MnClUpload;

/* Host memory that is read for a frame until the queue is done with it. All
 * zeros first; only taken where there was less before. */
typedef struct
{
  MnClView view; /* of a part */
  guint8 *copy;  /* what had to be put together */
  gsize copy_size;
} MnClHost;

void mn_cl_host_clear (MnClHost *host);

/* Of size bytes at most; the queue is empty. may_map: see above. */
MnClUpload *mn_cl_upload_new (const MnClDevice *device, cl_command_queue queue,
    gsize size, gboolean may_map, GError **error);
void mn_cl_upload_free (MnClUpload *upload);

/* Start the transfer of a frame, which is read until the queue is done with
 * it, and so is host. view: what is needed of a picture, NULL for a tensor of
 * the whole size. Returns the buffer that the launch is to read which follows,
 * not owned. */
cl_mem mn_cl_upload_write (MnClUpload *upload, const MnClView *view,
    const MnFrame *frame, MnClHost *host, GError **error);
/* That launch is in the queue, or will not come. */
void mn_cl_upload_launched (MnClUpload *upload);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MnClUpload, mn_cl_upload_free)

G_END_DECLS

#endif /* MN_CL_UPLOAD_H */
