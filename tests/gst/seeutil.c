/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/gst/seeutil.h"

#include <math.h>
#include <stdlib.h>

#include <gst/check/check.h>

#include "engine/preprocess/preprocess.h"
#include "gst/video/frame.h"

gfloat *
test_see (GstBuffer *buffer, const GstVideoInfo *info, MnOrientation tagged)
{
  static const gfloat ones[4] = {1, 1, 1, 1}, zeros[4] = {0};
  GstMobilenetFramePool *pool = gst_mobilenet_frame_pool_new ();
  g_autoptr (MnPreprocess) stage = NULL;
  g_autoptr (MnFrame) frame = NULL;
  MnInput input = {.fit = MN_FIT_CROP};
  gpointer scratch;
  gfloat *out = NULL;

  fail_unless (gst_mobilenet_frame_desc_init (&input.source, info));
  gst_mobilenet_frame_desc_set_buffer (&input.source, info, buffer, tagged);
  stage = mn_preprocess_new (&input, TEST_SIDE, TEST_SIDE, 3, zeros, ones, ones,
      zeros, NULL);
  fail_unless (stage != NULL);
  frame = gst_mobilenet_frame_pool_map (pool, buffer, info, &input.source,
      NULL);
  if (frame && mn_preprocess_check_frame (stage, frame, NULL)) {
    scratch = aligned_alloc (64,
        (mn_preprocess_scratch_size (stage) + 63) / 64 * 64);
    out = g_new (gfloat, TEST_N_SEEN);
    mn_preprocess_run (stage, frame, 0, TEST_SIDE, scratch, out);
    free (scratch);
  }
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
