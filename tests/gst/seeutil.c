/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/gst/seeutil.h"

#include <math.h>
#include <stdlib.h>

#include <gst/check/check.h>

#include "engine/base/cpu_flags.h"
#include "engine/cpu/preprocess/stage.h"
#include "gst/video/frame.h"

gfloat *
test_see_frame (const MnFrame *frame, const MnInput *input, guint side)
{
  static const gfloat ones[4] = {1, 1, 1, 1}, zeros[4] = {0};
  g_autoptr (MnCpuStage) stage = mn_cpu_stage_new (mn_cpu_flags_get ());
  MnPreprocess p;
  gpointer scratch;
  gfloat *out;

  fail_unless (mn_preprocess_init (&p, input, side, side, 3, zeros, ones, ones,
      zeros, NULL));
  if (!frame || !mn_preprocess_check_frame (&p, frame, NULL))
    return NULL;
  fail_unless (mn_cpu_stage_set (stage, &p, NULL));
  scratch = aligned_alloc (64, (mn_cpu_stage_scratch_size (&p) + 63) / 64 * 64);
  out = g_new (gfloat, side * side * 3);
  mn_cpu_stage_run (stage, frame, 0, side, scratch, out);
  free (scratch);
  return out;
}

gfloat *
test_see (GstBuffer *buffer, const GstVideoInfo *info, MnOrientation tagged)
{
  GstMobilenetFramePool *pool = gst_mobilenet_frame_pool_new ();
  g_autoptr (MnFrame) frame = NULL;
  MnInput input = {.fit = MN_FIT_CROP};
  gfloat *out;

  fail_unless (gst_mobilenet_frame_desc_init (&input.source, info));
  gst_mobilenet_frame_desc_set_buffer (&input.source, info, buffer, tagged);
  frame = gst_mobilenet_frame_pool_map (pool, buffer, info, &input.source,
      NULL);
  out = test_see_frame (frame, &input, TEST_SIDE);
  gst_mobilenet_frame_pool_unref (pool);
  return out;
}

void
test_check_seen (const gfloat *seen, const gfloat *want, const gchar *what)
{
  guint i;

  fail_unless (seen != NULL && want != NULL, "%s: no picture", what);
  for (i = 0; i < TEST_N_SEEN; i++)
    fail_unless (fabsf (seen[i] - want[i]) < 1e-3f,
        "%s: value %u is %g, not %g", what, i, seen[i], want[i]);
}
