/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The counted life of a frame. */

#include "engine/mn.h"

#include <string.h>

void
mn_frame_init (MnFrame *frame, const MnFrameDesc *desc,
    void (*release) (MnFrame *frame), gpointer user_data)
{
  memset (frame, 0, sizeof (*frame));
  frame->desc = *desc;
  frame->n_planes = mn_format_n_planes (desc->format);
  frame->dmabuf_fd = -1;
  frame->refcount = 1;
  frame->release = release;
  frame->user_data = user_data;
}

MnFrame *
mn_frame_ref (MnFrame *frame)
{
  g_atomic_int_inc (&frame->refcount);
  return frame;
}

void
mn_frame_unref (MnFrame *frame)
{
  if (!frame || !g_atomic_int_dec_and_test (&frame->refcount))
    return;
  if (frame->release)
    frame->release (frame);
}
