/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which pixels go where, on cases worked out by hand, and the map from
 * pixels to the network's values. */

#include "tests/preprocess/reference.h"

#include "engine/preprocess/colour.h"
#include "engine/preprocess/geometry.h"

#include <string.h>

typedef struct
{
  guint width, height; /* of the frame */
  MnRect crop;
  guint par_n, par_d;
  MnOrientation orientation;
  MnFit fit;
  guint out_width, out_height;
  MnRect source, inner;
} Case;

static const Case cases[] = {
  {1920, 1080, {0}, 1, 1, MN_ORIENT_0, MN_FIT_CROP, 224, 224,
    {420, 0, 1080, 1080}, {0, 0, 224, 224}},
  {1080, 1920, {0}, 0, 0, MN_ORIENT_0, MN_FIT_CROP, 224, 224,
    {0, 420, 1080, 1080}, {0, 0, 224, 224}},
  {1920, 1080, {0}, 1, 1, MN_ORIENT_0, MN_FIT_STRETCH, 224, 224,
    {0, 0, 1920, 1080}, {0, 0, 224, 224}},
  {1920, 1080, {0}, 1, 1, MN_ORIENT_0, MN_FIT_LETTERBOX, 224, 224,
    {0, 0, 1920, 1080}, {0, 49, 224, 126}},
  {1920, 1080, {0}, 1, 1, MN_ORIENT_90, MN_FIT_LETTERBOX, 224, 224,
    {0, 0, 1920, 1080}, {49, 0, 126, 224}},
  /* An odd rest: the smaller part left and on top, as seen. */
  {101, 50, {0}, 1, 1, MN_ORIENT_0, MN_FIT_CROP, 8, 8, {25, 0, 50, 50},
    {0, 0, 8, 8}},
  {101, 50, {0}, 1, 1, MN_ORIENT_MIRROR, MN_FIT_CROP, 8, 8, {26, 0, 50, 50},
    {0, 0, 8, 8}},
  {50, 101, {0}, 1, 1, MN_ORIENT_90, MN_FIT_CROP, 8, 8, {0, 26, 50, 50},
    {0, 0, 8, 8}},
  {50, 101, {0}, 1, 1, MN_ORIENT_270, MN_FIT_CROP, 8, 8, {0, 25, 50, 50},
    {0, 0, 8, 8}},
  {3, 1, {0}, 1, 1, MN_ORIENT_0, MN_FIT_LETTERBOX, 8, 8, {0, 0, 3, 1},
    {0, 2, 8, 3}},
  /* A network that is not square. */
  {1920, 1080, {0}, 1, 1, MN_ORIENT_0, MN_FIT_CROP, 256, 128,
    {0, 60, 1920, 960}, {0, 0, 256, 128}},
  {1920, 1080, {0}, 1, 1, MN_ORIENT_90, MN_FIT_CROP, 256, 128,
    {690, 0, 540, 1080}, {0, 0, 256, 128}},
  /* PAL 4:3 with pixels of 16:15, and 16:9 with 64:45. */
  {720, 576, {0}, 16, 15, MN_ORIENT_0, MN_FIT_CROP, 224, 224, {90, 0, 540, 576},
    {0, 0, 224, 224}},
  {720, 576, {0}, 64, 45, MN_ORIENT_0, MN_FIT_LETTERBOX, 224, 224,
    {0, 0, 720, 576}, {0, 49, 224, 126}},
  {576, 720, {0}, 45, 64, MN_ORIENT_90, MN_FIT_LETTERBOX, 224, 224,
    {0, 0, 576, 720}, {0, 49, 224, 126}},
  /* The visible part of a padded frame. */
  {1920, 1088, {0, 0, 1920, 1080}, 1, 1, MN_ORIENT_0, MN_FIT_CROP, 224, 224,
    {420, 0, 1080, 1080}, {0, 0, 224, 224}},
  {100, 80, {7, 9, 31, 20}, 1, 1, MN_ORIENT_0, MN_FIT_CROP, 4, 4,
    {12, 9, 20, 20}, {0, 0, 4, 4}},
  {100, 80, {7, 9, 31, 20}, 1, 1, MN_ORIENT_180, MN_FIT_CROP, 4, 4,
    {13, 9, 20, 20}, {0, 0, 4, 4}},
  /* Extremes stay at least a pixel wide. */
  {32768, 1, {0}, 1, 1, MN_ORIENT_0, MN_FIT_CROP, 224, 224, {16383, 0, 1, 1},
    {0, 0, 224, 224}},
  {32768, 1, {0}, 1, 1, MN_ORIENT_0, MN_FIT_LETTERBOX, 224, 224,
    {0, 0, 32768, 1}, {0, 111, 224, 1}},
  {10, 10, {0}, G_MAXINT, 1, MN_ORIENT_0, MN_FIT_CROP, 224, 224, {4, 0, 1, 10},
    {0, 0, 224, 224}},
};

static void
assert_rect (MnRect a, MnRect b, guint i)
{
  if (memcmp (&a, &b, sizeof (a)) == 0)
    return;
  g_test_message ("case %u: %dx%d at %d, %d instead of %dx%d at %d, %d", i,
      a.width, a.height, a.x, a.y, b.width, b.height, b.x, b.y);
  g_test_fail ();
}

static void
test_geometry (void)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    const Case *c = &cases[i];
    MnInput input = {{MN_FORMAT_RGB, c->width, c->height}, c->fit};
    MnGeometry geometry;

    input.source.crop = c->crop;
    input.source.par_n = c->par_n;
    input.source.par_d = c->par_d;
    input.source.orientation = c->orientation;
    mn_geometry_init (&geometry, &input, c->out_width, c->out_height);
    assert_rect (geometry.source, c->source, i);
    assert_rect (geometry.inner, c->inner, i);
  }
}

/* The pixels 1 2 / 3 4 as seen. */
static void
test_orientation (void)
{
  static const guint8 want[][4] = {
    [MN_ORIENT_0] = {1, 2, 3, 4},
    [MN_ORIENT_MIRROR] = {2, 1, 4, 3},
    [MN_ORIENT_180] = {4, 3, 2, 1},
    [MN_ORIENT_FLIP] = {3, 4, 1, 2},
    [MN_ORIENT_TRANSPOSE] = {1, 3, 2, 4},
    [MN_ORIENT_90] = {3, 1, 4, 2},
    [MN_ORIENT_ANTITRANSPOSE] = {4, 2, 3, 1},
    [MN_ORIENT_270] = {2, 4, 1, 3},
  };
  guint8 pixels[4] = {1, 2, 3, 4};
  guint o, i;

  for (o = 0; o < G_N_ELEMENTS (want); o++) {
    MnInput input = {{MN_FORMAT_GRAY8, 2, 2, 0, TRUE}, MN_FIT_CROP};
    g_autoptr (MnCpuStage) stage = NULL;
    g_autofree gfloat *got = NULL;
    MnFrame frame;

    input.source.orientation = o;
    stage = stage_new (&input, 2, 2, 1);
    mn_frame_init (&frame, &input.source, NULL, NULL);
    frame.planes[0] = (MnPlane) {pixels, 2, 4, 0};
    got = stage_run (stage, &frame);
    for (i = 0; i < 4; i++)
      g_assert_cmpfloat_with_epsilon (got[i], want[o][i], 1e-4);
  }
}

/* A frame of the network's size arrives as it is. */
static void
test_identity (void)
{
  g_autoptr (GRand) rand = test_rand_new ();
  MnInput input = {{MN_FORMAT_BGR, 37, 23}, MN_FIT_CROP};
  g_autoptr (MnCpuStage) stage = stage_new (&input, 37, 23, 3);
  g_autofree gfloat *got = NULL;
  Picture picture;
  guint x, y, c;

  picture_init (&picture, &input.source, rand, TRUE);
  got = stage_run (stage, &picture.frame);
  for (y = 0; y < 23; y++) {
    for (x = 0; x < 37; x++) {
      for (c = 0; c < 3; c++) {
        g_assert_cmpfloat (got[(y * 37 + x) * 3 + c], ==,
            *picture_at (&picture, 0, 3 * x + 2 - c, y));
      }
    }
  }
  g_assert_cmpuint (stage->taps[MN_LUMA_COLUMNS].n_taps, ==, 1);
  picture_clear (&picture);
}

/* Margins are the same for every format, whatever its range and matrix, and
 * already normalised. */
static void
test_margins (void)
{
  static const gfloat mean[4] = {100, 110, 120}, std[4] = {50, 60, 70};
  static const gfloat scale[4] = {2, 2, 3}, offset[4] = {1, 0, -1};
  g_autoptr (GRand) rand = test_rand_new ();
  guint f, i, c;

  for (f = MN_FORMAT_NV12; f < MN_N_FORMATS; f++) {
    MnInput input = {{f, 40, 20}, MN_FIT_LETTERBOX};
    g_autoptr (MnCpuStage)
        stage = stage_new_norm (&input, 16, 16, 3, mean, std, scale, offset);
    g_autofree gfloat *got = NULL;
    Picture picture;

    picture_init (&picture, &input.source, rand, TRUE);
    got = stage_run (stage, &picture.frame);
    for (i = 0; i < 16 * 16 * 3; i++) {
      c = i % 3;
      if (i < 4 * 16 * 3 || i >= 12 * 16 * 3) {
        g_assert_cmpfloat_with_epsilon (got[i],
            (127.5f - mean[c]) / std[c] * scale[c] + offset[c], 1e-5);
      }
    }
    picture_clear (&picture);
  }
}

static void
test_normalisation (void)
{
  static const gfloat mean[4] = {123.675f, 116.28f, 103.53f};
  static const gfloat std[4] = {58.395f, 57.12f, 57.375f};
  static const gfloat scale[4] = {0.5f, 2, -1}, offset[4] = {3, -1, 0.5f};
  guint8 pixel[3] = {10, 200, 77};
  MnInput input = {{MN_FORMAT_RGB, 1, 1}, MN_FIT_CROP};
  g_autoptr (MnCpuStage)
      stage = stage_new_norm (&input, 5, 3, 3, mean, std, scale, offset);
  g_autofree gfloat *got = NULL;
  MnFrame frame;
  guint i;

  mn_frame_init (&frame, &input.source, NULL, NULL);
  frame.planes[0] = (MnPlane) {pixel, 3, 3, 0};
  got = stage_run (stage, &frame);
  for (i = 0; i < 5 * 3 * 3; i++) {
    guint c = i % 3;

    g_assert_cmpfloat_with_epsilon (got[i],
        (pixel[c] - mean[c]) / std[c] * scale[c] + offset[c], 1e-5);
  }
}

/* The grey of the clamped colours: 0.299 R + 0.587 G + 0.114 B. */
static void
test_grey (void)
{
  guint8 pixel[4] = {250, 20, 130, 99};
  guint8 yuv[4] = {235, 255, 235, 128};
  MnInput input = {{MN_FORMAT_BGRX, 1, 1}, MN_FIT_STRETCH};
  g_autoptr (MnCpuStage) a = stage_new (&input, 3, 3, 1), b = NULL;
  g_autofree gfloat *got = NULL;
  MnFrame frame;

  mn_frame_init (&frame, &input.source, NULL, NULL);
  frame.planes[0] = (MnPlane) {pixel, 4, 4, 0};
  got = stage_run (a, &frame);
  g_assert_cmpfloat_with_epsilon (got[8],
      0.299 * 130 + 0.587 * 20 + 0.114 * 250, 1e-3);
  g_free (got);
  /* White with too much blue: red and blue stop at 255, green falls. */
  input.source.format = MN_FORMAT_YUY2;
  b = stage_new (&input, 3, 3, 1);
  mn_frame_init (&frame, &input.source, NULL, NULL);
  frame.planes[0] = (MnPlane) {yuv, 4, 4, 0};
  got = stage_run (b, &frame);
  g_assert_cmpfloat_with_epsilon (got[4],
      255 - 0.587 * 2 * 0.886 * 0.114 / 0.587 * 127 * 255 / 224, 1e-2);
}

static gdouble
apply (const gfloat row[4], gdouble y, gdouble u, gdouble v)
{
  return row[0] * y + row[1] * u + row[2] * v + row[3];
}

/* Each matrix and range: black and white, pure red and pure blue as the
 * standards encode them. */
static void
test_colour (void)
{
  static const gdouble shares[][2] = {{0.299, 0.114}, {0.2126, 0.0722},
    {0.2627, 0.0593}, {0.30, 0.11}, {0.212, 0.087}};
  guint m, full, c;

  for (m = MN_MATRIX_BT601; m <= MN_MATRIX_SMPTE240M; m++) {
    for (full = 0; full < 2; full++) {
      MnFrameDesc desc = {MN_FORMAT_NV12, 2, 2, m, full};
      gdouble black = full ? 0 : 16, range = full ? 255 : 219;
      gdouble chroma = full ? 255 : 224, kr = shares[m][0], kb = shares[m][1];
      gfloat colour[3][4];

      mn_colour_init (colour, &desc);
      for (c = 0; c < 3; c++) {
        g_assert_cmpfloat_with_epsilon (apply (colour[c], black, 128, 128), 0,
            1e-3);
        g_assert_cmpfloat_with_epsilon (apply (colour[c], black + range, 128,
                                            128),
            255, 1e-3);
        g_assert_cmpfloat_with_epsilon (apply (colour[c], black + range * kr,
                                            128 - chroma * kr / (2 - 2 * kb),
                                            128 + chroma / 2),
            c == 0 ? 255 : 0, 1e-3);
        g_assert_cmpfloat_with_epsilon (apply (colour[c], black + range * kb,
                                            128 + chroma / 2,
                                            128 - chroma * kb / (2 - 2 * kr)),
            c == 2 ? 255 : 0, 1e-3);
      }
    }
  }
}

/* Tables of any part of an axis fit where they are said to. */
static void
test_bounds (void)
{
  g_autoptr (GRand) rand = test_rand_new ();
  guint i;

  for (i = 0; i < 20000; i++) {
    guint n_pixels = g_rand_int_range (rand, 1, i % 2 ? 12 : 3000);
    guint most_out = g_rand_int_range (rand, 1, i % 3 ? 9 : 400);
    guint n_out = g_rand_int_range (rand, 1, most_out + 1);
    guint shift = g_rand_int_range (rand, 0, 3);
    guint multiple = g_rand_boolean (rand) ? 1 : 4;
    gint offset = g_rand_int_range (rand, 0, n_pixels);
    gint size = g_rand_int_range (rand, 1, n_pixels - offset + 1);
    guint n_samples = (n_pixels + (1u << shift) - 1) >> shift;
    gsize most = mn_taps_max_weights (n_samples, most_out, multiple);
    g_autofree gint32 *start = g_new (gint32, n_out);
    g_autofree gfloat *weights = g_new (gfloat, most);
    MnAxis axis = shift
        ? mn_axis_chroma (offset, size, n_out, i & 1, shift, i & 2)
        : mn_axis_luma (offset, size, n_out, i & 1);
    MnTaps taps;
    guint j;

    g_assert_cmpuint (mn_taps_set (&taps, &axis, multiple, start, weights), <=,
        most);
    g_assert_cmpuint (taps.pitch % multiple, ==, 0);
    for (j = 0; j < n_out; j++)
      g_assert_true (start[j] >= axis.first
          && start[j] + (gint) taps.n_taps <= axis.end);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/preprocess/geometry", test_geometry);
  g_test_add_func ("/preprocess/bounds", test_bounds);
  g_test_add_func ("/preprocess/orientation", test_orientation);
  g_test_add_func ("/preprocess/identity", test_identity);
  g_test_add_func ("/preprocess/margins", test_margins);
  g_test_add_func ("/preprocess/normalisation", test_normalisation);
  g_test_add_func ("/preprocess/grey", test_grey);
  g_test_add_func ("/preprocess/colour", test_colour);
  return g_test_run ();
}
