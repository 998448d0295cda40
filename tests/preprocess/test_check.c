/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is refused, with which words, and the life of a frame. */

#include "tests/preprocess/reference.h"

#include <math.h>
#include <string.h>

static const gfloat ones[4] = {1, 1, 1, 1};
static const gfloat zeros[4] = {0, 0, 0, 0};

static void
refuse_input (const MnInput *input, guint width, guint channels,
    const gfloat *std, const gchar *words)
{
  g_autoptr (GError) error = NULL;
  MnPreprocess preprocess;

  g_assert_false (mn_preprocess_init (&preprocess, input, width, 8, channels,
      zeros, std, ones, zeros, &error));
  g_assert_nonnull (error);
  g_assert_true (error->domain == MN_ERROR);
  if (!strstr (error->message, words)) {
    g_test_message ("\"%s\" does not say \"%s\"", error->message, words);
    g_test_fail ();
  }
}

static void
test_input (void)
{
  static const MnRect crops[] = {{0, 0, 65, 48}, {1, 0, 64, 48}, {0, 40, 64, 9},
    {-1, 0, 4, 4}, {0, -1, 4, 4}, {0, 0, -4, 4}, {0, 0, 4, 0},
    {G_MAXINT, 0, G_MAXINT, 4}, {4, 4, G_MAXINT, G_MAXINT}};
  static const gfloat bad[4] = {1, 0, 1, 1}, nan_std[4] = {NAN, 1, 1, 1};
  const MnInput good = {{MN_FORMAT_NV12, 64, 48}, MN_FIT_CROP};
  MnInput input = good;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (crops); i++) {
    input.source.crop = crops[i];
    refuse_input (&input, 8, 3, ones, "visible part");
  }
  input = good;
  input.source.width = 0;
  refuse_input (&input, 8, 3, ones, "0x48");
  input.source.width = 32769;
  refuse_input (&input, 8, 3, ones, "32769x48");
  input = good;
  input.source.height = G_MAXUINT;
  refuse_input (&input, 8, 3, ones, "pixels");
  input = good;
  input.source.format = MN_FORMAT_TENSOR;
  refuse_input (&input, 8, 3, ones, "tensor");
  input.source.format = 99;
  refuse_input (&input, 8, 3, ones, "unknown");
  input = good;
  input.source.orientation = 8;
  refuse_input (&input, 8, 3, ones, "orientation 8");
  input = good;
  input.source.matrix = 5;
  refuse_input (&input, 8, 3, ones, "colour matrix 5");
  input = good;
  input.fit = 3;
  refuse_input (&input, 8, 3, ones, "fit 3");
  refuse_input (&good, 8, 2, ones, "2 channels");
  refuse_input (&good, 0, 3, ones, "0x8");
  refuse_input (&good, 8, 3, bad, "channel 1");
  refuse_input (&good, 8, 3, nan_std, "channel 0");
}

static void
refuse_frame (const MnCpuStage *stage, const MnFrame *frame, const gchar *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (mn_preprocess_check_frame (&stage->preprocess, frame,
      &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_ARGUMENT);
  if (!strstr (error->message, words)) {
    g_test_message ("\"%s\" does not say \"%s\"", error->message, words);
    g_test_fail ();
  }
}

static void
accept_frame (const MnCpuStage *stage, const MnFrame *frame)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (mn_preprocess_check_frame (&stage->preprocess, frame, &error));
  g_assert_no_error (error);
}

/* Each plane of each format: exactly enough is taken, a byte less is not. */
static void
test_planes (void)
{
  g_autoptr (GRand) rand = test_rand_new ();
  guint f, i;

  for (f = MN_FORMAT_NV12; f < MN_N_FORMATS; f++) {
    MnInput input = {{f, 7, 5}, MN_FIT_CROP};
    g_autoptr (MnCpuStage) stage = stage_new (&input, 4, 4, 3);
    Picture picture;

    if (format_is_tiled (f))
      continue;
    picture_init (&picture, &input.source, rand, TRUE);
    accept_frame (stage, &picture.frame);
    for (i = 0; i < picture.frame.n_planes; i++) {
      MnPlane *plane = &picture.frame.planes[i], old = *plane;
      gssize sign = plane->stride < 0 ? -1 : 1;

      plane->size--;
      refuse_frame (stage, &picture.frame, "too small");
      *plane = old;
      plane->stride += sign;
      refuse_frame (stage, &picture.frame, "too small");
      plane->stride = sign;
      refuse_frame (stage, &picture.frame, "too small");
      plane->stride = 0;
      refuse_frame (stage, &picture.frame, "too small");
      *plane = old;
      plane->data = NULL;
      refuse_frame (stage, &picture.frame, "no data");
      *plane = old;
    }
    picture.frame.n_planes--;
    refuse_frame (stage, &picture.frame, "planes");
    picture_clear (&picture);
  }
}

/* The same for tiles: 7x5 pixels are one tile of 32x32, 64x32 and eight. */
static void
test_tiles (void)
{
  g_autoptr (GRand) rand = test_rand_new ();
  guint f, i;

  for (f = MN_FORMAT_NV12_4L4; f <= MN_FORMAT_NV12_64Z32; f++) {
    MnInput input = {{f, 7, 5}, MN_FIT_CROP};
    g_autoptr (MnCpuStage) stage = stage_new (&input, 4, 4, 3);
    Picture picture;

    picture_init (&picture, &input.source, rand, FALSE);
    accept_frame (stage, &picture.frame);
    for (i = 0; i < 2; i++) {
      static const gssize strides[] = {0, 1, -32 * 32, -4 * 4, 100,
        32 * 32 + 16 + 1, G_MAXSSIZE, G_MINSSIZE, (gssize) 1 << 62};
      MnPlane *plane = &picture.frame.planes[i], old = *plane;
      guint k;

      plane->size--;
      refuse_frame (stage, &picture.frame, "too small");
      *plane = old;
      plane->tile_rows--;
      refuse_frame (stage, &picture.frame, "too small");
      plane->tile_rows = G_MAXUINT;
      refuse_frame (stage, &picture.frame, "too small");
      *plane = old;
      for (k = 0; k < G_N_ELEMENTS (strides); k++) {
        plane->stride = strides[k];
        refuse_frame (stage, &picture.frame, "too small");
      }
      *plane = old;
      plane->data = NULL;
      refuse_frame (stage, &picture.frame, "no data");
      *plane = old;
    }
    picture_clear (&picture);
  }
}

/* Numbers that a careless sum or product would wrap. */
static void
test_overflow (void)
{
  static const gssize strides[] = {G_MAXSSIZE, G_MINSSIZE, G_MINSSIZE + 1,
    G_MAXSSIZE / 2, -(G_MAXSSIZE / 4), (gssize) 1 << 62};
  guint8 pixels[16 * 16] = {0};
  MnInput input = {{MN_FORMAT_GRAY8, 16, 16}, MN_FIT_CROP};
  g_autoptr (MnCpuStage) stage = stage_new (&input, 4, 4, 3);
  MnFrame frame;
  guint i;

  mn_frame_init (&frame, &input.source, NULL, NULL);
  for (i = 0; i < G_N_ELEMENTS (strides); i++) {
    frame.planes[0] = (MnPlane) {pixels, strides[i], G_MAXSIZE, 0};
    refuse_frame (stage, &frame, "too small");
  }
  /* Addresses that wrap. */
  frame.planes[0] = (MnPlane) {
    (const guint8 *) (G_MAXSIZE - 100), 16, G_MAXSIZE, 0};
  refuse_frame (stage, &frame, "too small");
  frame.planes[0] = (MnPlane) {(const guint8 *) 100, -16, G_MAXSIZE, 0};
  refuse_frame (stage, &frame, "too small");
  frame.planes[0] = (MnPlane) {pixels, 16, sizeof (pixels), 0};
  accept_frame (stage, &frame);
}

static void
test_other_frame (void)
{
  g_autoptr (GRand) rand = test_rand_new ();
  MnInput input = {{MN_FORMAT_NV12, 8, 8}, MN_FIT_CROP};
  g_autoptr (MnCpuStage) stage = stage_new (&input, 4, 4, 3);
  Picture picture;

  picture_init (&picture, &input.source, rand, FALSE);
  picture.frame.desc.width = 7;
  refuse_frame (stage, &picture.frame, "7x8");
  picture.frame.desc.width = 8;
  picture.frame.desc.height = 9;
  refuse_frame (stage, &picture.frame, "8x9");
  picture.frame.desc.height = 8;
  picture.frame.desc.format = MN_FORMAT_NV21;
  refuse_frame (stage, &picture.frame, "NV21");
  picture.frame.desc.format = MN_FORMAT_NV12;
  accept_frame (stage, &picture.frame);
  picture_clear (&picture);
}

/* A single row may have any stride. */
static void
test_single_row (void)
{
  guint8 pixels[3] = {1, 2, 3};
  MnInput input = {{MN_FORMAT_RGB, 1, 1}, MN_FIT_CROP};
  g_autoptr (MnCpuStage) stage = stage_new (&input, 2, 2, 3);
  static const gssize strides[] = {0, 3, -4096, 4096, G_MAXSSIZE, G_MINSSIZE};
  guint i;

  for (i = 0; i < G_N_ELEMENTS (strides); i++) {
    g_autofree gfloat *out = NULL;
    MnFrame frame;

    mn_frame_init (&frame, &input.source, NULL, NULL);
    frame.planes[0] = (MnPlane) {pixels, strides[i], 3, 0};
    out = stage_run (stage, &frame);
    g_assert_cmpfloat_with_epsilon (out[11], 3, 1e-5);
  }
}

static void
count_release (MnFrame *frame)
{
  ++*(guint *) frame->user_data;
}

static void
test_frame (void)
{
  MnFrameDesc desc = {MN_FORMAT_I420, 4, 4};
  guint released = 0;
  MnFrame frame;

  mn_frame_init (&frame, &desc, count_release, &released);
  g_assert_cmpuint (frame.n_planes, ==, 3);
  g_assert_cmpint (frame.memory, ==, MN_MEMORY_HOST);
  g_assert_cmpint (frame.dmabuf_fd, ==, -1);
  g_assert_true (mn_frame_ref (&frame) == &frame);
  mn_frame_unref (&frame);
  g_assert_cmpuint (released, ==, 0);
  mn_frame_unref (&frame);
  g_assert_cmpuint (released, ==, 1);
  mn_frame_unref (NULL);
  mn_frame_init (&frame, &desc, NULL, NULL);
  mn_frame_unref (&frame);
}

static void
test_names (void)
{
  static const struct
  {
    MnFormat format;
    const gchar *name;
    guint n_planes;
  } want[] = {
    {MN_FORMAT_TENSOR, "tensor", 1},
    {MN_FORMAT_NV12, "NV12", 2},
    {MN_FORMAT_NV21, "NV21", 2},
    {MN_FORMAT_I420, "I420", 3},
    {MN_FORMAT_YUY2, "YUY2", 1},
    {MN_FORMAT_UYVY, "UYVY", 1},
    {MN_FORMAT_RGB, "RGB", 1},
    {MN_FORMAT_BGR, "BGR", 1},
    {MN_FORMAT_RGBX, "RGBX", 1},
    {MN_FORMAT_BGRX, "BGRX", 1},
    {MN_FORMAT_GRAY8, "GRAY8", 1},
    {MN_FORMAT_P010_LE, "P010_10LE", 2},
    {MN_FORMAT_I422_10LE, "I422_10LE", 3},
    {MN_FORMAT_NV12_64Z32, "NV12_64Z32", 2},
    {MN_FORMAT_RGBP, "RGBP", 3},
    {MN_FORMAT_XRGB64_LE, "XRGB64_LE", 1},
    {MN_N_FORMATS, "unknown", 0},
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (want); i++) {
    g_assert_cmpstr (mn_format_name (want[i].format), ==, want[i].name);
    g_assert_cmpuint (mn_format_n_planes (want[i].format), ==,
        want[i].n_planes);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/preprocess/refuse/input", test_input);
  g_test_add_func ("/preprocess/refuse/planes", test_planes);
  g_test_add_func ("/preprocess/refuse/tiles", test_tiles);
  g_test_add_func ("/preprocess/refuse/overflow", test_overflow);
  g_test_add_func ("/preprocess/refuse/other-frame", test_other_frame);
  g_test_add_func ("/preprocess/single-row", test_single_row);
  g_test_add_func ("/frame/count", test_frame);
  g_test_add_func ("/frame/names", test_names);
  return g_test_run ();
}
