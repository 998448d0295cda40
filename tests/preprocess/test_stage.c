/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The CPU's stage against the reference: formats, sizes, orientations, fits,
 * strides, crops, and all levels of the CPU. */

#include "tests/preprocess/reference.h"

#include "engine/base/cpu_flags.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct
{
  guint width, height;
} Size;

static const gchar *const level_names[] = {"scalar", "avx2", "avx512", "neon"};

/* The levels that this CPU has. */
static guint
get_levels (guint flags[G_N_ELEMENTS (level_names)])
{
  guint i, n = 0;

  for (i = 0; i < G_N_ELEMENTS (level_names); i++) {
    if (mn_cpu_has_level (level_names[i]))
      g_assert_true (mn_cpu_flags_parse (level_names[i], &flags[n++]));
  }
  return n;
}

static gboolean
close_enough (const gfloat *got, const gdouble *want, gsize n,
    const MnInput *input)
{
  const MnFrameDesc *d = &input->source;
  gsize i;

  for (i = 0; i < n; i++) {
    if (fabs (got[i] - want[i]) < 0.01)
      continue;
    g_test_message ("%s %ux%u, crop %dx%d at %d, %d, fit %d, orientation %d, "
                    "site %u: value %" G_GSIZE_FORMAT " is %g instead of %g",
        mn_format_name (d->format), d->width, d->height, d->crop.width,
        d->crop.height, d->crop.x, d->crop.y, input->fit, d->orientation,
        d->chroma_site, i, got[i], want[i]);
    return FALSE;
  }
  return TRUE;
}

static void
randomise (MnFrameDesc *desc, GRand *rand)
{
  desc->matrix = g_rand_int_range (rand, 0, 5);
  desc->full_range = g_rand_boolean (rand);
  desc->chroma_site = g_rand_int_range (rand, 0, 4);
  memset (&desc->crop, 0, sizeof (desc->crop));
  if (g_rand_boolean (rand)) {
    desc->crop.x = g_rand_int_range (rand, 0, desc->width);
    desc->crop.y = g_rand_int_range (rand, 0, desc->height);
    desc->crop.width = g_rand_int_range (rand, 1,
        desc->width - desc->crop.x + 1);
    desc->crop.height = g_rand_int_range (rand, 1,
        desc->height - desc->crop.y + 1);
  }
}

static void
check (const MnInput *input, guint width, guint height, GRand *rand)
{
  g_autoptr (MnCpuStage) stage = stage_new (input, width, height, 3);
  g_autofree gdouble *want = NULL;
  guint flags[G_N_ELEMENTS (level_names)], n = get_levels (flags), i;
  Picture picture;

  picture_init (&picture, &input->source, rand, TRUE);
  want = reference_run (input, &picture, width, height);
  for (i = 0; i < n; i++) {
    g_autofree gfloat *got = NULL;

    mn_cpu_stage_set_flags (stage, flags[i]);
    got = stage_run (stage, &picture.frame);
    if (!close_enough (got, want, width * height * 3, input)) {
      g_test_message ("level %s, output %ux%u", stage->kernels->name, width,
          height);
      g_test_fail ();
    }
  }
  picture_clear (&picture);
}

static void
test_format (gconstpointer data)
{
  static const Size sources[] = {{1, 1}, {2, 1}, {1, 2}, {3, 5}, {5, 3},
    {16, 16}, {17, 9}, {33, 70}, {71, 34}, {131, 3}, {2, 140}};
  static const Size outputs[] = {{8, 8}, {7, 5}, {1, 1}, {19, 21}};
  g_autoptr (GRand) rand = test_rand_new ();
  MnInput input = {{GPOINTER_TO_INT (data)}};
  guint i, o;

  for (i = 0; i < G_N_ELEMENTS (sources); i++) {
    for (o = MN_ORIENT_0; o <= MN_ORIENT_270; o++) {
      guint fit;

      for (fit = MN_FIT_CROP; fit <= MN_FIT_LETTERBOX; fit++) {
        Size out = outputs[g_rand_int_range (rand, 0, 4)];

        input.source.width = sources[i].width;
        input.source.height = sources[i].height;
        input.source.orientation = o;
        input.fit = fit;
        randomise (&input.source, rand);
        check (&input, out.width, out.height, rand);
        if (g_test_failed ())
          return;
      }
    }
  }
}

static void
test_extremes (gconstpointer data)
{
  static const Size sources[] = {{4000, 30}, {30, 4000}, {2049, 5}, {3, 2}};
  g_autoptr (GRand) rand = test_rand_new ();
  MnInput input = {{GPOINTER_TO_INT (data)}};
  guint i, o;

  for (i = 0; i < G_N_ELEMENTS (sources); i++) {
    for (o = MN_ORIENT_0; o <= MN_ORIENT_270; o += MN_ORIENT_90) {
      input.source.width = sources[i].width;
      input.source.height = sources[i].height;
      input.source.orientation = o;
      input.fit = o ? MN_FIT_LETTERBOX : MN_FIT_STRETCH;
      randomise (&input.source, rand);
      memset (&input.source.crop, 0, sizeof (MnRect));
      check (&input, sources[i].width > 3 ? 9 : 64, 40, rand);
    }
  }
}

/* Parts computed one by one are the whole, to the bit, and write nothing
 * else. */
static void
test_ranges (gconstpointer data)
{
  g_autoptr (GRand) rand = test_rand_new ();
  MnInput input = {{GPOINTER_TO_INT (data), 203, 157}};
  guint o;

  for (o = MN_ORIENT_0; o <= MN_ORIENT_270; o++) {
    g_autoptr (MnCpuStage) stage = NULL;
    g_autofree gfloat *whole = NULL, *parts = g_new0 (gfloat, 33 * 29 * 3);
    g_autofree gfloat *blank = g_new0 (gfloat, 33 * 29 * 3);
    gpointer scratch;
    Picture picture;
    guint first, end;

    input.source.orientation = o;
    input.fit = MN_FIT_LETTERBOX;
    stage = stage_new (&input, 29, 33, 3);
    picture_init (&picture, &input.source, rand, TRUE);
    whole = stage_run (stage, &picture.frame);
    scratch = aligned_alloc (64,
        (mn_cpu_stage_scratch_size (&stage->preprocess) + 63) / 64 * 64);
    for (first = 0; first < 33; first = end) {
      end = g_rand_int_range (rand, first + 1, 34);
      mn_cpu_stage_run (stage, &picture.frame, first, end, scratch, parts);
      g_assert_cmpmem (parts, end * 29 * 3 * 4, whole, end * 29 * 3 * 4);
      g_assert_cmpmem (parts + end * 29 * 3, (33 - end) * 29 * 3 * 4, blank,
          (33 - end) * 29 * 3 * 4);
    }
    free (scratch);
    picture_clear (&picture);
  }
}

/* A stage that is set anew is like a new one, to the bit; and for other parts
 * of the same frames it takes no memory. */
static void
test_set_anew (gconstpointer data)
{
  g_autoptr (GRand) rand = test_rand_new ();
  MnInput input = {{GPOINTER_TO_INT (data), 131, 77}};
  g_autoptr (MnCpuStage) again = stage_new (&input, 23, 19, 3);
  const gpointer memory = again->memory;
  Picture picture;
  guint i;

  picture_init (&picture, &input.source, rand, TRUE);
  for (i = 0; i < 60; i++) {
    g_autoptr (MnCpuStage) fresh = NULL;
    g_autofree gfloat *want = NULL, *got = NULL;
    GError *error = NULL;

    input.fit = i % 3;
    input.source.orientation = i % 8;
    randomise (&input.source, rand);
    fresh = stage_new (&input, 23, 19, 3);
    mn_cpu_stage_set (again, &fresh->preprocess, &error);
    g_assert_no_error (error);
    want = stage_run (fresh, &picture.frame);
    got = stage_run (again, &picture.frame);
    g_assert_cmpmem (got, 23 * 19 * 3 * 4, want, 23 * 19 * 3 * 4);
    if (input.source.orientation < MN_ORIENT_TRANSPOSE)
      g_assert_true (again->memory == memory);
  }
  picture_clear (&picture);
}

/* A description that is given a crop is like one that was made with it; one
 * that is not inside changes nothing. */
static void
test_set_crop (gconstpointer data)
{
  static const MnRect outside = {100, 70, 32, 7};
  g_autoptr (GRand) rand = test_rand_new ();
  MnInput input = {{GPOINTER_TO_INT (data), 131, 77}};
  guint i;

  for (i = 0; i < 60; i++) {
    g_autoptr (MnCpuStage) with = NULL, without = NULL;
    GError *error = NULL;
    MnPreprocess p;

    input.fit = i % 3;
    input.source.orientation = i % 8;
    randomise (&input.source, rand);
    with = stage_new (&input, 23, 19, 3);
    input.source.crop = (MnRect) {3, 5, 7, 9};
    without = stage_new (&input, 23, 19, 3);
    p = without->preprocess;
    g_assert_true (mn_preprocess_set_crop (&p, &with->preprocess.source.crop,
        &error));
    g_assert_false (mn_preprocess_set_crop (&p, &outside, &error));
    g_assert_error (error, MN_ERROR, MN_ERROR_ARGUMENT);
    g_clear_error (&error);
    g_assert_cmpmem (p.axes, sizeof p.axes, with->preprocess.axes,
        sizeof p.axes);
    g_assert_cmpmem (&p.inner, sizeof p.inner, &with->preprocess.inner,
        sizeof p.inner);
    g_assert_cmpmem (&p.source, sizeof p.source, &with->preprocess.source,
        sizeof p.source);
  }
}

/* Nothing outside the visible part counts. */
static void
test_invisible (gconstpointer data)
{
  g_autoptr (GRand) rand = test_rand_new ();
  MnFormat format = GPOINTER_TO_INT (data);
  MnInput input = {{format, 40, 30}, MN_FIT_STRETCH};
  g_autoptr (MnCpuStage) stage = NULL;
  g_autofree gfloat *before = NULL, *after = NULL;
  Picture picture;
  gint x, y;

  input.source.crop = (MnRect) {8, 8, 20, 12};
  stage = stage_new (&input, 11, 7, 3);
  picture_init (&picture, &input.source, rand, FALSE);
  before = stage_run (stage, &picture.frame);
  for (y = 0; y < 30; y++) {
    for (x = 0; x < 40; x++) {
      guint8 noise[3] = {g_rand_int (rand) >> 24, 0, 255};

      if (x < 8 || x >= 28 || y < 8 || y >= 20)
        picture_put (&picture, x, y, noise);
    }
  }
  after = stage_run (stage, &picture.frame);
  g_assert_cmpmem (before, 11 * 7 * 3 * 4, after, 11 * 7 * 3 * 4);
  picture_clear (&picture);
}

/* A smooth scene, x and y in 0..1. */
static void
scene (gdouble x, gdouble y, gdouble rgb[3])
{
  rgb[0] = 128 + 60 * sin (4 * x + y);
  rgb[1] = 120 + 50 * cos (3 * y - x);
  rgb[2] = 110 + 70 * sin (5 * x * y + 1);
}

static void
to_yuv (const gdouble rgb[3], guint8 yuv[3])
{
  gdouble y = 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];

  yuv[0] = 16 + y * 219 / 255 + 0.5;
  yuv[1] = 128 + (rgb[2] - y) / 1.8556 * 224 / 255 + 0.5;
  yuv[2] = 128 + (rgb[0] - y) / 1.5748 * 224 / 255 + 0.5;
}

/* Chroma is taken from the scene where its site is. */
static void
paint (Picture *picture)
{
  const MnFrameDesc *d = &picture->frame.desc;
  gboolean yuv = mn_format_get_info (d->format)->kind == MN_COLOUR_YUV;
  gint sx, sy, x, y, c;
  gdouble dx, dy;

  format_chroma_steps (d->format, &sx, &sy);
  dx = d->chroma_site & MN_SITE_H_COSITED ? 0.5 : sx / 2.0;
  dy = d->chroma_site & MN_SITE_V_COSITED ? 0.5 : sy / 2.0;
  for (y = 0; y < d->height; y++) {
    for (x = 0; x < d->width; x++) {
      gdouble rgb[3];
      guint8 here[3], site[3];

      scene ((x + 0.5) / d->width, (y + 0.5) / d->height, rgb);
      for (c = 0; c < 3; c++)
        here[c] = rgb[c] + 0.5;
      if (yuv) {
        to_yuv (rgb, here);
        scene ((x + dx) / d->width, (y + dy) / d->height, rgb);
        to_yuv (rgb, site);
        here[1] = site[1];
        here[2] = site[2];
      }
      picture_put (picture, x, y, here);
    }
  }
}

#define SMOOTH 48

static void
paint_scene (Picture *picture, const MnFrameDesc *desc, GRand *rand)
{
  picture_init (picture, desc, rand, TRUE);
  paint (picture);
}

static gfloat *
fit_scene (const Picture *picture, MnFit fit)
{
  MnInput input = {picture->frame.desc, fit};
  g_autoptr (MnCpuStage) stage = stage_new (&input, SMOOTH, SMOOTH, 3);

  return stage_run (stage, &picture->frame);
}

/* The same scene in any format is the same input. */
static void
test_smooth (gconstpointer data)
{
  g_autoptr (GRand) rand = test_rand_new ();
  MnFrameDesc desc = {MN_FORMAT_RGB, 301, 227};
  Picture reference, picture;
  guint fit, i;

  paint_scene (&reference, &desc, rand);
  desc.format = GPOINTER_TO_INT (data);
  desc.matrix = MN_MATRIX_BT709;
  for (desc.chroma_site = 0; desc.chroma_site < 4; desc.chroma_site++) {
    paint_scene (&picture, &desc, rand);
    for (fit = MN_FIT_CROP; fit <= MN_FIT_LETTERBOX; fit++) {
      g_autofree gfloat *want = fit_scene (&reference, fit);
      g_autofree gfloat *got = fit_scene (&picture, fit);

      for (i = 0; i < SMOOTH * SMOOTH * 3; i++)
        g_assert_cmpfloat_with_epsilon (got[i], want[i], 1.6);
    }
    picture_clear (&picture);
  }
  picture_clear (&reference);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const gchar *name;
    GTestDataFunc func;
  } tests[] = {
    {"reference", test_format},
    {"extremes", test_extremes},
    {"ranges", test_ranges},
    {"set-anew", test_set_anew},
    {"set-crop", test_set_crop},
    {"invisible", test_invisible},
    {"smooth", test_smooth},
  };
  guint i, f;

  g_test_init (&argc, &argv, NULL);
  for (i = 0; i < G_N_ELEMENTS (tests); i++) {
    for (f = MN_FORMAT_NV12; f < MN_N_FORMATS; f++) {
      g_autofree gchar *path = g_strdup_printf ("/preprocess/%s/%s",
          tests[i].name, mn_format_name (f));

      /* The scene has colours. */
      if (tests[i].func == test_smooth && format_is_grey (f))
        continue;
      g_test_add_data_func (path, GINT_TO_POINTER (f), tests[i].func);
    }
  }
  return g_test_run ();
}
