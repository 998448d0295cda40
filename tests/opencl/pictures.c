/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The network's input made on the device, against the CPU's stage: every
 * format, orientation and way of fitting, odd sizes, crops, strides. */

#include "tests/opencl/graphs.h"

#include "engine/base/cpu_flags.h"
#include "engine/cpu/preprocess/stage.h"
#include "opencl/lower/plan.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define OUT_W 23
#define OUT_H 17
#define N_OUTPUTS 4

/* How samples of all formats lie, as far as the kernel can tell. */
#define MAX_PROGRAMS 13

typedef struct
{
  MnContext *context;
  const MnGraph *graph;
  MnBackendPlan *plan;
  MnBackendSession *session;
  gint channels;
} Device;

static MnGraph *
make_graph (gint channels)
{
  Build b = build_new (OUT_H, OUT_W, channels);

  build_conv (&b, N_OUTPUTS, 1, 1, 1, MN_PADDING_SAME, MN_ACT_NONE);
  return build_finish (&b);
}

static void
device_init (Device *d, const MnGraph *graph, gint channels)
{
  MnPlanOptions options = {.precision = test_precision ()};
  GError *error = NULL;

  d->context = mn_context_new ();
  d->graph = graph;
  d->channels = channels;
  d->plan = mn_backend_opencl.compile (d->context, graph, &options, &error);
  g_assert_no_error (error);
  d->session = mn_backend_opencl.session_new (d->plan, 1, &error);
  g_assert_no_error (error);
}

static void
device_clear (Device *d)
{
  mn_backend_opencl.session_free (d->session);
  mn_backend_opencl.plan_free (d->plan);
  mn_context_unref (d->context);
}

static void
keep_frame (MnFrame *frame)
{
}

typedef enum
{
  TIGHT,
  PADDED,
  UPSIDE_DOWN
} Stride;

/* Planes of random bytes in blocks of exactly their size. */
static void
init_frame (MnFrame *frame, const MnFrameDesc *desc, Stride stride,
    guint8 **blocks)
{
  const MnFormatInfo *info = mn_format_get_info (desc->format);
  guint i;

  mn_frame_init (frame, desc, keep_frame, NULL);
  for (i = 0; i < frame->n_planes; i++) {
    gsize bytes = mn_plane_row_bytes (&info->planes[i], desc->width);
    guint rows = mn_plane_n_rows (&info->planes[i], desc->height);
    gsize pitch, size, j;

    if (info->tiles.order != MN_TILES_NONE) {
      /* Always an even number of columns. */
      bytes = (bytes / info->tiles.width / 2 + 1) * 2 * info->tiles.width;
      frame->planes[i].tile_rows = rows / info->tiles.height + 1;
      rows = frame->planes[i].tile_rows;
      bytes *= info->tiles.height;
      stride = TIGHT;
    }
    pitch = stride == TIGHT ? bytes : bytes + 13;
    size = (rows - 1) * pitch + bytes;
    blocks[i] = g_malloc (size);
    /* Values of 10 bits have 2 of them in the upper byte. */
    for (j = 0; j < size; j++)
      blocks[i][j] = random_int (0,
          info->bits == 10 && info->shift == 0
                  && j % pitch % 2 == (info->sample == MN_SAMPLE_LE16)
              ? 3
              : 255);
    frame->planes[i].data = blocks[i];
    frame->planes[i].stride = pitch;
    frame->planes[i].size = size;
    if (stride == UPSIDE_DOWN) {
      frame->planes[i].data = blocks[i] + (rows - 1) * pitch;
      frame->planes[i].stride = -(gssize) pitch;
    }
  }
}

static void
init_preprocess (MnPreprocess *p, const Device *d, const MnInput *input)
{
  static const gfloat mean[4] = {120, 110, 100, 0};
  static const gfloat std[4] = {50, 60, 70, 1};
  GError *error = NULL;

  mn_preprocess_init (p, input, OUT_W, OUT_H, d->channels, mean, std,
      d->graph->input_scale, d->graph->input_offset, &error);
  g_assert_no_error (error);
}

static void
check_input (Device *d, const MnInput *input, Stride stride)
{
  gsize n = OUT_W * OUT_H * d->channels, i;
  g_autofree gfloat *got = g_new0 (gfloat, n), *want = g_new0 (gfloat, n);
  g_autoptr (MnCpuStage) stage = mn_cpu_stage_new (mn_cpu_flags_get ());
  MnPreprocess p;
  guint8 *blocks[MN_MAX_PLANES] = {
    NULL,
  };
  g_autofree guint8 *scratch = NULL;
  gpointer aligned;
  GError *error = NULL;
  MnFrame frame;

  init_preprocess (&p, d, input);
  init_frame (&frame, &input->source, stride, blocks);
  mn_preprocess_check_frame (&p, &frame, &error);
  g_assert_no_error (error);
  mn_cpu_stage_set (stage, &p, &error);
  g_assert_no_error (error);
  scratch = g_malloc (mn_cpu_stage_scratch_size (&p) + 64);
  aligned = (gpointer) (((gsize) scratch + 63) & ~(gsize) 63);
  mn_cpu_stage_run (stage, &frame, 0, OUT_H, aligned, want);
  mn_backend_opencl.set_input (d->session, &p, &error);
  g_assert_no_error (error);
  mn_backend_opencl.read_input (d->session, &frame, got, &error);
  g_assert_no_error (error);
  for (i = 0; i < n; i++) {
    /* Of about -2.4 .. 2.7: a thousandth of a pixel's step. */
    if (!(fabsf (got[i] - want[i]) <= 2e-5f))
      g_error ("%s %ux%u, orientation %d, fit %d, stride %d: value "
               "%" G_GSIZE_FORMAT " is %g, should be %g",
          mn_format_name (input->source.format), input->source.width,
          input->source.height, input->source.orientation, input->fit, stride,
          i, got[i], want[i]);
  }
  mn_backend_opencl.set_input (d->session, NULL, &error);
  g_assert_no_error (error);
  for (i = 0; i < MN_MAX_PLANES; i++)
    g_free (blocks[i]);
}

static void
random_input (MnInput *input, MnFormat format)
{
  MnFrameDesc *desc = &input->source;

  memset (input, 0, sizeof (*input));
  desc->format = format;
  desc->width = random_int (1, 70);
  desc->height = random_int (1, 60);
  desc->matrix = random_int (MN_MATRIX_BT601, MN_MATRIX_SMPTE240M);
  desc->full_range = random_int (0, 1);
  desc->chroma_site = random_int (0, 3);
  desc->orientation = random_int (MN_ORIENT_0, MN_ORIENT_270);
  input->fit = random_int (MN_FIT_CROP, MN_FIT_LETTERBOX);
  if (random_int (0, 1)) {
    desc->par_n = random_int (1, 3);
    desc->par_d = random_int (1, 3);
  }
  if (random_int (0, 1)) {
    desc->crop.x = random_int (0, desc->width - 1);
    desc->crop.y = random_int (0, desc->height - 1);
    desc->crop.width = random_int (1, desc->width - desc->crop.x);
    desc->crop.height = random_int (1, desc->height - desc->crop.y);
  }
}

static void
test_formats (gconstpointer data)
{
  gint channels = GPOINTER_TO_INT (data);
  g_autoptr (MnGraph) graph = NULL;
  MnFormat format;
  guint n_programs;
  Device d;
  gint i;

  if (!have_device ())
    return;
  graph = make_graph (channels);
  device_init (&d, graph, channels);
  n_programs = d.plan->programs->len;
  for (format = MN_FORMAT_NV12; format < MN_N_FORMATS; format++) {
    for (i = 0; i < 24; i += few_shapes () ? 5 : 1) {
      MnInput input;

      random_input (&input, format);
      if (i < 8)
        input.source.orientation = MN_ORIENT_0 + i;
      check_input (&d, &input, i % 3);
    }
  }
  g_assert_cmpuint (d.plan->programs->len - n_programs, <=, MAX_PROGRAMS);
  device_clear (&d);
}

static void
run_format (Device *d, MnFormat format)
{
  MnInput input = {.source = {format, 16, 16}};
  g_autofree gfloat *out = g_new (gfloat, OUT_W * OUT_H * N_OUTPUTS);
  MnTensorView view = {.data = out}, *views = &view;
  guint8 *blocks[MN_MAX_PLANES] = {
    NULL,
  };
  MnFrame frame, *frames = &frame;
  GError *error = NULL;
  MnPreprocess p;
  guint i;

  init_preprocess (&p, d, &input);
  init_frame (&frame, &input.source, TIGHT, blocks);
  mn_backend_opencl.set_input (d->session, &p, &error);
  g_assert_no_error (error);
  mn_backend_opencl.submit (d->session, 0, &frames, NULL, 1, &views, &error);
  g_assert_no_error (error);
  mn_backend_opencl.wait (d->session, 0, MN_FOREVER, &error);
  g_assert_no_error (error);
  for (i = 0; i < MN_MAX_PLANES; i++)
    g_free (blocks[i]);
}

/* What frames of a kind need is built once, and stored once it has run. */
static void
test_programs (void)
{
  static const MnFormat formats[] = {MN_FORMAT_NV12, MN_FORMAT_RGBX,
    MN_FORMAT_NV21, MN_FORMAT_BGRX, MN_FORMAT_NV12};
  g_autoptr (MnGraph) graph = NULL;
  const GPtrArray *programs;
  guint n, i;
  Device d;

  if (!have_device ())
    return;
  graph = make_graph (3);
  device_init (&d, graph, 3);
  programs = d.plan->programs;
  n = programs->len;
  run_format (&d, formats[0]);
  /* Nobody has said yet that what comes out is right. */
  g_assert_cmpuint (d.plan->n_stored, ==, 0);
  mn_backend_opencl.plan_passed (d.plan);
  for (i = 1; i < G_N_ELEMENTS (formats); i++)
    run_format (&d, formats[i]);
  /* The same whatever the order of colours, and all of them stored. */
  g_assert_cmpuint (programs->len, ==, n + 2);
  g_assert_cmpuint (d.plan->n_stored, ==, n + 2);
  device_clear (&d);
}

/* A large picture, of which a small part in the far corner is wanted. */
static void
test_crop (void)
{
  g_autoptr (MnGraph) graph = NULL;
  MnInput input = {.fit = MN_FIT_STRETCH};
  Device d;

  if (!have_device ())
    return;
  graph = make_graph (3);
  device_init (&d, graph, 3);
  input.source.format = MN_FORMAT_YUY2;
  input.source.width = 1921;
  input.source.height = 1079;
  input.source.crop = (MnRect) {1801, 971, 119, 107};
  check_input (&d, &input, PADDED);
  device_clear (&d);
}

void
add_picture_tests (void)
{
  g_test_add_data_func ("/opencl/pictures/colour", GINT_TO_POINTER (3),
      test_formats);
  g_test_add_data_func ("/opencl/pictures/grey", GINT_TO_POINTER (1),
      test_formats);
  g_test_add_func ("/opencl/pictures/crop", test_crop);
  g_test_add_func ("/opencl/pictures/programs", test_programs);
}
