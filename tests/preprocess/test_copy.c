/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What mn_frame_copy leaves out is not read: whatever lies there, the
 * network's picture is that of the frame, to the bit. */

#include "tests/preprocess/reference.h"

#include <string.h>

static void
check (const MnInput *input, guint width, guint height, GRand *rand)
{
  g_autoptr (MnCpuStage) stage = stage_new (input, width, height, 3);
  gsize size = mn_frame_copy_size (&input->source);
  /* Of just this size, lest a write past the end goes unseen. */
  g_autofree guint8 *memory = g_malloc (size);
  g_autofree gfloat *want = NULL;
  g_autofree gfloat *got = NULL;
  Picture picture;
  MnFrame copy;

  picture_init (&picture, &input->source, rand, TRUE);
  want = stage_run (stage, &picture.frame);
  memset (memory, 0xa5, size);
  copy = picture.frame;
  g_assert_true (mn_frame_copy (&picture.frame, input, width, height, memory,
      copy.planes, NULL));
  got = stage_run (stage, &copy);
  g_assert_cmpmem (got, width * height * 3 * sizeof (*got), want,
      width * height * 3 * sizeof (*want));
  picture_clear (&picture);
}

static void
set_crop (MnFrameDesc *desc, GRand *rand)
{
  memset (&desc->crop, 0, sizeof (desc->crop));
  if (g_rand_boolean (rand))
    return;
  desc->crop.x = g_rand_int_range (rand, 0, desc->width);
  desc->crop.y = g_rand_int_range (rand, 0, desc->height);
  desc->crop.width = g_rand_int_range (rand, 1, desc->width - desc->crop.x + 1);
  desc->crop.height = g_rand_int_range (rand, 1,
      desc->height - desc->crop.y + 1);
}

static void
test_same_picture (gconstpointer data)
{
  g_autoptr (GRand) rand = test_rand_new ();
  MnInput input = {{GPOINTER_TO_INT (data)}};
  guint i;

  for (i = 0; i < 300; i++) {
    input.source.width = g_rand_int_range (rand, 1, 200);
    input.source.height = g_rand_int_range (rand, 1, 200);
    input.source.chroma_site = g_rand_int_range (rand, 0, 4);
    input.source.orientation = g_rand_int_range (rand, 0, MN_ORIENT_270 + 1);
    input.source.par_n = g_rand_int_range (rand, 0, 4);
    input.source.par_d = g_rand_int_range (rand, 1, 4);
    input.fit = g_rand_int_range (rand, 0, MN_FIT_LETTERBOX + 1);
    set_crop (&input.source, rand);
    check (&input, g_rand_int_range (rand, 1, 40),
        g_rand_int_range (rand, 1, 40), rand);
  }
}

/* It is worth it: of a wide frame only the middle is touched. */
static void
test_leaves_out (void)
{
  g_autoptr (GRand) rand = test_rand_new ();
  MnInput input = {{MN_FORMAT_GRAY8, 1600, 100}};
  gsize size = mn_frame_copy_size (&input.source);
  g_autofree guint8 *memory = g_malloc (size);
  MnPlane planes[MN_MAX_PLANES];
  Picture picture;
  gsize i, touched = 0;

  picture_init (&picture, &input.source, rand, FALSE);
  memset (picture.blocks[0], 1, 1600 * 100);
  memset (memory, 0xa5, size);
  g_assert_true (mn_frame_copy (&picture.frame, &input, 50, 50, memory, planes,
      NULL));
  for (i = 0; i < size; i++)
    touched += memory[i] != 0xa5;
  g_assert_cmpuint (touched, >=, 100 * 100);
  g_assert_cmpuint (touched, <=, 120 * 100);
  picture_clear (&picture);
}

/* A frame that is too small for its description is not read. */
static void
test_refuses (void)
{
  g_autoptr (GRand) rand = test_rand_new ();
  MnInput input = {{MN_FORMAT_NV12, 64, 48}};
  g_autofree guint8 *memory = g_malloc (mn_frame_copy_size (&input.source));
  MnPlane planes[MN_MAX_PLANES];
  Picture picture;
  guint i;

  picture_init (&picture, &input.source, rand, TRUE);
  for (i = 0; i < 4; i++) {
    g_autoptr (GError) error = NULL;
    MnFrame frame = picture.frame;

    frame.planes[0].size -= i == 0;
    frame.planes[1].stride = i == 1 ? 63 : frame.planes[1].stride;
    frame.n_planes -= i == 2;
    frame.desc.height += i == 3;
    g_assert_false (mn_frame_copy (&frame, &input, 8, 8, memory, planes,
        &error));
    g_assert_error (error, MN_ERROR, MN_ERROR_ARGUMENT);
  }
  picture_clear (&picture);
}

int
main (int argc, char **argv)
{
  MnFormat format;

  g_test_init (&argc, &argv, NULL);
  for (format = MN_FORMAT_NV12; format < MN_N_FORMATS; format++) {
    g_autofree gchar *path = g_strdup_printf ("/copy/same-picture/%s",
        mn_format_name (format));

    if (format_is_tiled (format))
      continue;
    g_test_add_data_func (path, GINT_TO_POINTER (format), test_same_picture);
  }
  g_test_add_func ("/copy/leaves-out", test_leaves_out);
  g_test_add_func ("/copy/refuses", test_refuses);
  return g_test_run ();
}
