/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The whole network, from the pixels on, on the device and on the CPU. */

#include "opencl/lower/plan.h"
#include "opencl/opencl.h"

#include "engine/base/keep.h"

#include <math.h>
#include <string.h>

/* The picture: NV12, of no size that suits anybody. */
#define WIDTH 146
#define HEIGHT 122

/* How far float32 in another order of summation may go from the CPU's, of
 * the largest value; real errors are far beyond. */
#define TOLERANCE 2e-3

/* Lives as long as its frame. */
typedef struct
{
  guint8 luma[WIDTH * HEIGHT];
  guint8 chroma[WIDTH * HEIGHT / 2];
  MnFrame frame;
  gfloat *tensor;
} Picture;

static void
free_picture (MnFrame *frame)
{
  Picture *picture = frame->user_data;

  g_free (picture->tensor);
  g_free (picture);
}

/* Soft shapes with some noise on them; the same each time. */
static void
draw (Picture *picture)
{
  guint32 noise = 1;
  guint x, y;

  for (y = 0; y < HEIGHT; y++) {
    for (x = 0; x < WIDTH; x++) {
      gint v = 16 + x + ((x / 24 + y / 24) % 2) * 50;

      noise = noise * 1664525u + 1013904223u;
      picture->luma[y * WIDTH + x] = v + (noise >> 28);
    }
  }
  for (y = 0; y < HEIGHT / 2; y++) {
    for (x = 0; x < WIDTH; x++)
      picture->chroma[y * WIDTH + x] = x % 2 ? 80 + y : 200 - x / 2;
  }
}

static void
init_picture (Picture *picture, const MnFrameDesc *desc)
{
  MnFrame *frame = &picture->frame;

  draw (picture);
  mn_frame_init (frame, desc, free_picture, picture);
  frame->memory = MN_MEMORY_HOST;
  frame->n_planes = 2;
  frame->planes[0] = (MnPlane) {picture->luma, WIDTH, sizeof picture->luma, 0};
  frame->planes[1] = (MnPlane) {
    picture->chroma, WIDTH, sizeof picture->chroma, 0};
}

/* For networks whose input is no picture. */
static gboolean
init_tensor (Picture *picture, const MnTensor *t)
{
  MnFrameDesc desc = {
    MN_FORMAT_TENSOR,
  };
  guint32 noise = 1;
  gsize i;

  mn_frame_init (&picture->frame, &desc, free_picture, picture);
  picture->tensor = g_try_malloc_n (t->n_elements, sizeof (gfloat));
  if (!picture->tensor)
    return FALSE;
  for (i = 0; i < t->n_elements; i++) {
    noise = noise * 1664525u + 1013904223u;
    picture->tensor[i] = (gfloat) (noise >> 8) / (1 << 23) - 1;
  }
  picture->frame.n_planes = 1;
  picture->frame.planes[0] = (MnPlane) {
    (const guint8 *) picture->tensor, 0, t->n_elements * sizeof (gfloat), 0};
  return TRUE;
}

/* Outputs for all tensors that the graph gives, zeros. FALSE: no memory for
 * some of them. */
static gboolean
new_outputs (const MnGraph *graph, MnTensorView **outputs)
{
  MnTensorView *views = g_new0 (MnTensorView, graph->outputs->len);
  gboolean ok = TRUE;
  guint i;

  for (i = 0; i < graph->outputs->len; i++) {
    const MnTensor *t = mn_graph_output (graph, i);

    views[i].size = t->n_elements * sizeof (gfloat);
    views[i].data = g_try_malloc0 (views[i].size);
    ok = ok && views[i].data;
  }
  *outputs = views;
  return ok;
}

static void
free_outputs (const MnGraph *graph, MnTensorView *views)
{
  guint i;

  for (i = 0; views && i < graph->outputs->len; i++)
    g_free (views[i].data);
  g_free (views);
}

static gboolean
run (const MnBackend *backend, MnBackendPlan *plan,
    const MnPreprocess *preprocess, MnFrame *frame, MnTensorView *outputs,
    const gint *cancelled, GError **error)
{
  MnBackendSession *session = backend->session_new (plan, 1, error);
  MnFrame *frames[1] = {frame};
  MnTensorView *views[1] = {outputs};
  gboolean ok;

  if (!session)
    return FALSE;
  if (backend->set_cancelled)
    backend->set_cancelled (session, cancelled);
  ok = backend->set_input (session, preprocess, error)
      && backend->submit (session, 0, frames, NULL, 1, views, error)
      && backend->wait (session, 0, MN_FOREVER, error);
  backend->session_free (session);
  return ok;
}

/* FALSE: it failed, and may have left a device that writes to got for good;
 * then got is nobody's. */
static gboolean
run_device (MnBackendPlan *plan, const MnPreprocess *preprocess, MnFrame *frame,
    MnTensorView **got, GError **error)
{
  GError *cause = NULL;

  if (run (&mn_backend_opencl, plan, preprocess, frame, *got, NULL, &cause))
    return TRUE;
  if (g_error_matches (cause, MN_ERROR, MN_ERROR_LOST))
    mn_keep_for_good (g_steal_pointer (got));
  g_propagate_error (error, cause);
  return FALSE;
}

static gboolean
compare (const MnBackendPlan *plan, const MnTensorView *got,
    const MnTensorView *wanted, GError **error)
{
  guint i;

  for (i = 0; i < plan->graph->outputs->len; i++) {
    const gfloat *a = got[i].data, *b = wanted[i].data;
    gsize n = got[i].size / sizeof (gfloat), j;
    gdouble most = 0;

    for (j = 0; j < n; j++)
      most = MAX (most, fabs (b[j]));
    for (j = 0; j < n; j++) {
      /* Not a number fails too. */
      if (fabs ((gdouble) a[j] - b[j]) <= TOLERANCE * most + 1e-6)
        continue;
      g_set_error (error, MN_ERROR, MN_ERROR_COMPILE,
          "%s: %s computes it wrongly: value %" G_GSIZE_FORMAT " of output "
          "%u is %g, on the CPU %g; the device is not used",
          plan->graph->name, plan->device->name, j, i, a[j], b[j]);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
compare_backends (MnContext *context, MnBackendPlan *plan,
    const MnPreprocess *preprocess, MnFrame *frame, GError **error)
{
  const MnPlanOptions options = {.backend = "cpu", .threads = 1};
  const MnGraph *graph = plan->graph;
  MnBackendPlan *cpu = mn_backend_cpu.compile (context, graph, &options, error);
  MnTensorView *got, *wanted;
  gboolean ok;

  if (!cpu)
    return FALSE;
  ok = new_outputs (graph, &got);
  ok = new_outputs (graph, &wanted) && ok;
  if (!ok)
    mn_no_memory (graph->name, "the self-test", error);
  ok = ok && run_device (plan, preprocess, frame, &got, error)
      && run (&mn_backend_cpu, cpu, preprocess, frame, wanted, plan->cancelled,
          error)
      && compare (plan, got, wanted, error);
  free_outputs (graph, got);
  free_outputs (graph, wanted);
  mn_backend_cpu.plan_free (cpu);
  return ok;
}

gboolean
mn_cl_self_test (MnContext *context, MnBackendPlan *plan, GError **error)
{
  const MnGraph *graph = plan->graph;
  const MnTensor *t = mn_graph_tensor (graph, plan->input);
  static const gfloat half[4] = {127.5f, 127.5f, 127.5f, 127.5f};
  MnInput input = {.fit = MN_FIT_STRETCH};
  g_autoptr (MnPreprocess) preprocess = NULL;
  Picture *picture = g_new0 (Picture, 1);
  gboolean ok = TRUE;

  input.source.format = MN_FORMAT_NV12;
  input.source.width = WIDTH;
  input.source.height = HEIGHT;
  if (t->rank == 4 && t->dims[0] == 1 && (t->dims[3] == 1 || t->dims[3] == 3)) {
    init_picture (picture, &input.source);
    preprocess = mn_preprocess_new (&input, t->dims[2], t->dims[1], t->dims[3],
        half, half, graph->input_scale, graph->input_offset, error);
    ok = preprocess != NULL;
  } else if (!init_tensor (picture, t)) {
    g_set_error (error, MN_ERROR, MN_ERROR_NO_MEMORY,
        "%s: no memory for the self-test", graph->name);
    ok = FALSE;
  }
  ok = ok
      && compare_backends (context, plan, preprocess, &picture->frame, error);
  mn_frame_unref (&picture->frame);
  return ok;
}
