/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How long one thread takes to make a network's input of a frame. Prints the
 * median in ms a frame, for each format and size. MOBILENET_CPU=LEVEL
 * compares instruction sets. */

#include "engine/base/cpu_flags.h"
#include "engine/cpu/preprocess/stage.h"

#include <stdio.h>
#include <stdlib.h>

#define SIDE 224
#define N_RUNS 61
#define N_WARM 5

static int
compare (const void *a, const void *b)
{
  gdouble x = *(const gdouble *) a, y = *(const gdouble *) b;

  return (x > y) - (x < y);
}

static gdouble
measure (const MnCpuStage *stage, const MnFrame *frame, gfloat *out)
{
  gsize size = (mn_cpu_stage_scratch_size (&stage->preprocess) + 63) / 64 * 64;
  gpointer scratch = aligned_alloc (64, size);
  gdouble times[N_RUNS];
  guint i;

  for (i = 0; i < N_WARM + N_RUNS; i++) {
    gint64 start = g_get_monotonic_time ();

    mn_cpu_stage_run (stage, frame, 0, SIDE, scratch, out);
    if (i >= N_WARM)
      times[i - N_WARM] = (g_get_monotonic_time () - start) / 1e3;
  }
  free (scratch);
  qsort (times, N_RUNS, sizeof (times[0]), compare);
  return times[N_RUNS / 2];
}

static void
fill_planes (MnFrame *frame)
{
  const MnFormatInfo *format = mn_format_get_info (frame->desc.format);
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  guint i;
  gsize k;

  for (i = 0; i < format->n_planes; i++) {
    gsize row = mn_plane_row_bytes (&format->planes[i], frame->desc.width);
    guint n_rows = mn_plane_n_rows (&format->planes[i], frame->desc.height);
    const MnTiles *tiles = &format->tiles;
    gsize size;
    guint8 *data;

    if (tiles->order != MN_TILES_NONE) {
      frame->planes[i].tile_rows = n_rows / tiles->height + 1;
      row = (row / tiles->width / 2 + 1) * 2 * tiles->width * tiles->height;
      n_rows = frame->planes[i].tile_rows;
    }
    size = row * n_rows;
    data = g_malloc (size);

    for (k = 0; k < size; k++)
      data[k] = g_rand_int (rand) >> 24;
    frame->planes[i].data = data;
    frame->planes[i].stride = row;
    frame->planes[i].size = size;
  }
}

static void
bench (MnFormat format, guint width, guint height, MnFit fit,
    MnOrientation orientation)
{
  static const gfloat mean[4] = {127.5f, 127.5f, 127.5f};
  static const gfloat std[4] = {127.5f, 127.5f, 127.5f};
  static const gfloat one[4] = {1, 1, 1, 1}, zero[4] = {0};
  MnInput input = {{format, width, height}, fit};
  g_autoptr (MnCpuStage) stage = mn_cpu_stage_new (mn_cpu_flags_get ());
  g_autoptr (GError) error = NULL;
  gfloat *out = g_new (gfloat, SIDE * SIDE * 3);
  MnPreprocess preprocess;
  MnFrame frame;
  guint i;

  input.source.matrix = MN_MATRIX_BT709;
  input.source.chroma_site = MN_SITE_H_COSITED;
  input.source.orientation = orientation;
  mn_preprocess_init (&preprocess, &input, SIDE, SIDE, 3, mean, std, one, zero,
      &error);
  g_assert_no_error (error);
  mn_cpu_stage_set (stage, &preprocess, &error);
  g_assert_no_error (error);
  mn_frame_init (&frame, &input.source, NULL, NULL);
  fill_planes (&frame);
  g_assert_true (mn_preprocess_check_frame (&preprocess, &frame, NULL));
  printf ("%-10s %4ux%-4u %-7s %-6s %.3f\n", mn_format_name (format), width,
      height, fit == MN_FIT_CROP ? "crop" : "stretch",
      orientation == MN_ORIENT_90 ? "turned" : "",
      measure (stage, &frame, out));
  for (i = 0; i < frame.n_planes; i++)
    g_free ((gpointer) frame.planes[i].data);
  g_free (out);
}

int
main (void)
{
  static const MnFormat formats[] = {MN_FORMAT_NV12, MN_FORMAT_I420,
    MN_FORMAT_YUY2, MN_FORMAT_RGB, MN_FORMAT_RGBX, MN_FORMAT_P010_LE,
    MN_FORMAT_I420_10LE, MN_FORMAT_NV12_64Z32, MN_FORMAT_NV12_4L4};
  guint i;

  for (i = 0; i < G_N_ELEMENTS (formats); i++) {
    bench (formats[i], 640, 480, MN_FIT_CROP, MN_ORIENT_0);
    bench (formats[i], 1920, 1080, MN_FIT_CROP, MN_ORIENT_0);
    bench (formats[i], 1920, 1080, MN_FIT_STRETCH, MN_ORIENT_0);
    bench (formats[i], 1920, 1080, MN_FIT_CROP, MN_ORIENT_90);
    bench (formats[i], 3840, 2160, MN_FIT_CROP, MN_ORIENT_0);
    bench (formats[i], 3840, 2160, MN_FIT_STRETCH, MN_ORIENT_0);
  }
  return 0;
}
