/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/mobilenet/work.h"

#include "gst/video/frame.h"

void
gst_mobilenet_work_infer (GstMobilenetWork *work, gint lane)
{
  if (gst_mobilenet_frame_unpack (work->frame, &work->input,
          work->model->info->width, work->model->info->height, &work->error))
    work->result = gst_mobilenet_model_infer (work->model, lane, &work->input,
        work->serial, work->frame, &work->error);
  g_clear_pointer (&work->frame, mn_frame_unref);
}

void
gst_mobilenet_work_clear (GstMobilenetWork *work)
{
  g_clear_pointer (&work->frame, mn_frame_unref);
  g_clear_pointer (&work->model, gst_mobilenet_model_unref);
  g_clear_pointer (&work->result, mn_result_unref);
  g_clear_error (&work->error);
}
