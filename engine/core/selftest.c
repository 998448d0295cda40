/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/core/selftest.h"

#include "engine/base/error.h"
#include "engine/base/keep.h"
#include "engine/graph/dequantise.h"

#include <math.h>
#include <string.h>

/* The picture: NV12, of no size that suits anybody. */
#define WIDTH 146
#define HEIGHT 122

/* How far a network of floats may go from the CPU's float32, of the largest
 * value: in float32 itself by another order of summation, in the others by
 * their 11 and 8 bits, layer after layer. A picture of nothing makes the most
 * of that: where all classes are unlikely, a score that is off by 0.1 changes
 * its class by a tenth. Real errors are far beyond. */
static const gdouble tolerances[] = {[MN_PRECISION_AUTO] = 2e-3,
  [MN_PRECISION_F32] = 2e-3,
  [MN_PRECISION_F16] = 2e-1,
  [MN_PRECISION_BF16] = 5e-1};

/* Lives as long as its frame. */
typedef struct
{
  guint8 luma[WIDTH * HEIGHT];
  guint8 chroma[WIDTH * HEIGHT / 2];
  MnFrame frame;
  gpointer tensor;
} Picture;

typedef struct
{
  MnContext *context;
  const MnBackend *backend;
  MnBackendPlan *plan;
  const MnGraph *graph;
  const MnGraph *twin; /* what the device computes; NULL: the graph */
  const MnPlanOptions *options;
  gboolean *mended;
} Test;

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
  gsize size = mn_tensor_size (t), i;
  guint32 noise = 1;

  mn_frame_init (&picture->frame, &desc, free_picture, picture);
  picture->tensor = g_try_malloc (size);
  if (!picture->tensor)
    return FALSE;
  for (i = 0; i < (t->dtype == MN_DTYPE_F32 ? t->n_elements : size); i++) {
    noise = noise * 1664525u + 1013904223u;
    if (t->dtype == MN_DTYPE_F32)
      ((gfloat *) picture->tensor)[i] = (gfloat) (noise >> 8) / (1 << 23) - 1;
    else
      ((guint8 *) picture->tensor)[i] = noise >> 24;
  }
  picture->frame.n_planes = 1;
  picture->frame.planes[0] = (MnPlane) {picture->tensor, 0, size, 0};
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

    views[i].dtype = t->dtype;
    views[i].size = mn_tensor_size (t);
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

static gdouble
value_of (const MnTensorView *view, gsize i)
{
  switch (view->dtype) {
    case MN_DTYPE_F32:
      return ((const gfloat *) view->data)[i];
    case MN_DTYPE_I32:
      return ((const gint32 *) view->data)[i];
    case MN_DTYPE_I8:
      return ((const gint8 *) view->data)[i];
    default:
      return ((const guint8 *) view->data)[i];
  }
}

static gsize
count_values (const MnTensorView *view)
{
  return view->dtype == MN_DTYPE_F32 || view->dtype == MN_DTYPE_I32
      ? view->size / 4
      : view->size;
}

/* How far an output may go, and whether in steps of integers that are made of
 * floats in the end: one more for those in the middle of two. */
static gdouble
find_tolerance (const Test *test, gdouble most)
{
  if (!test->twin && !mn_graph_is_float (test->graph))
    return 0;
  return tolerances[test->options->precision] * most + (test->twin ? 1 : 1e-6);
}

static gboolean
compare (const Test *test, const MnTensorView *got, const MnTensorView *wanted,
    GError **error)
{
  guint i;

  for (i = 0; i < test->graph->outputs->len; i++) {
    gsize n = count_values (&wanted[i]), j;
    gdouble most = 0, tolerance;

    for (j = 0; j < n; j++)
      most = MAX (most, fabs (value_of (&wanted[i], j)));
    tolerance = find_tolerance (test, most);
    for (j = 0; j < n; j++) {
      gdouble a = value_of (&got[i], j), b = value_of (&wanted[i], j);

      /* Not a number fails too. */
      if (fabs (a - b) <= tolerance)
        continue;
      g_set_error (error, MN_ERROR, MN_ERROR_COMPILE,
          "%s: %s computes it wrongly: value %" G_GSIZE_FORMAT " of output "
          "%u is %g, on the CPU %g; the device is not used",
          test->graph->name, test->backend->plan_device (test->plan), j, i, a,
          b);
      return FALSE;
    }
  }
  return TRUE;
}

/* FALSE: it failed, and may have left a device that writes to got for good;
 * then got is nobody's. */
static gboolean
run_device (const Test *test, const MnPreprocess *preprocess, MnFrame *frame,
    MnTensorView **got, GError **error)
{
  GError *cause = NULL;

  if (run (test->backend, test->plan, preprocess, frame, *got,
          test->options->cancelled, &cause))
    return TRUE;
  if (g_error_matches (cause, MN_ERROR, MN_ERROR_LOST))
    mn_keep_for_good (g_steal_pointer (got));
  g_propagate_error (error, cause);
  return FALSE;
}

/* The CPU's floats, and then integers like the device's. */
static gboolean
run_twin (const Test *test, MnBackendPlan *cpu, const MnPreprocess *preprocess,
    MnFrame *frame, MnTensorView *wanted, GError **error)
{
  guint n = test->graph->outputs->len, i;
  MnTensorView *floats;
  gboolean ok;

  ok = new_outputs (test->twin, &floats)
      || mn_no_memory (test->graph->name, "the self-test", error);
  ok = ok
      && run (&mn_backend_cpu, cpu, preprocess, frame, floats,
          test->options->cancelled, error);
  for (i = 0; ok && i < n; i++) {
    const MnTensor *t = mn_graph_output (test->graph, i);

    mn_quantise (t->dtype, &t->quant, floats[i].data, wanted[i].data,
        t->n_elements);
  }
  free_outputs (test->twin, floats);
  return ok;
}

static gboolean
run_cpu (const Test *test, const MnPreprocess *preprocess, MnFrame *frame,
    MnTensorView *wanted, GError **error)
{
  const MnPlanOptions options = {.backend = "cpu", .threads = 1};
  MnBackendPlan *cpu = mn_backend_cpu.compile (test->context,
      test->twin ? test->twin : test->graph, &options, error);
  gboolean ok;

  if (!cpu)
    return FALSE;
  ok = test->twin ? run_twin (test, cpu, preprocess, frame, wanted, error)
                  : run (&mn_backend_cpu, cpu, preprocess, frame, wanted,
                        test->options->cancelled, error);
  mn_backend_cpu.plan_free (cpu);
  return ok;
}

/* What one of the two is shown; preprocess NULL: a tensor. */
typedef struct
{
  const MnPreprocess *preprocess;
  MnFrame *frame;
} Shown;

static gboolean
is_right (const Test *test, const Shown *device, MnTensorView **got,
    const MnTensorView *wanted, GError **error)
{
  return run_device (test, device->preprocess, device->frame, got, error)
      && compare (test, *got, wanted, error);
}

/* Once more where the backend could mend what is wrong. */
static gboolean
becomes_right (const Test *test, const Shown *device, MnTensorView **got,
    const MnTensorView *wanted, GError **error)
{
  GError *cause = NULL, *failure = NULL;

  if (is_right (test, device, got, wanted, &cause))
    return TRUE;
  if (test->backend->plan_mend
      && g_error_matches (cause, MN_ERROR, MN_ERROR_COMPILE)
      && test->backend->plan_mend (test->plan, device->preprocess,
          device->frame, &failure)) {
    g_error_free (cause);
    *test->mended = TRUE;
    return is_right (test, device, got, wanted, error);
  }
  if (failure)
    g_error_free (cause);
  g_propagate_error (error, failure ? failure : cause);
  return FALSE;
}

static gboolean
compare_backends (const Test *test, const Shown *device, const Shown *cpu,
    GError **error)
{
  const MnGraph *graph = test->graph;
  MnTensorView *got, *wanted;
  gboolean ok;

  ok = new_outputs (graph, &got);
  ok = new_outputs (graph, &wanted) && ok;
  if (!ok)
    mn_no_memory (graph->name, "the self-test", error);
  ok = ok && run_cpu (test, cpu->preprocess, cpu->frame, wanted, error)
      && becomes_right (test, device, &got, wanted, error);
  free_outputs (graph, got);
  free_outputs (graph, wanted);
  return ok;
}

/* The numbers that a tensor of integers stands for, as a tensor of their own.
 * NULL: no memory. */
static Picture *
numbers_new (const Picture *of, const MnTensor *t)
{
  Picture *self = g_new0 (Picture, 1);
  MnFrame *frame = &self->frame;
  MnFrameDesc desc = {
    MN_FORMAT_TENSOR,
  };
  gsize size;

  mn_frame_init (frame, &desc, free_picture, self);
  if (g_size_checked_mul (&size, t->n_elements, sizeof (gfloat)))
    self->tensor = g_try_malloc (size);
  if (!self->tensor) {
    mn_frame_unref (frame);
    return NULL;
  }
  mn_dequantise (t->dtype, of->tensor, &t->quant, self->tensor, t->n_elements);
  frame->n_planes = 1;
  frame->planes[0] = (MnPlane) {self->tensor, 0, size, 0};
  return self;
}

static gboolean
compare_tensors (const Test *test, GError **error)
{
  const MnTensor *t = mn_graph_input (test->graph, 0);
  Picture *picture = g_new0 (Picture, 1), *numbers = NULL;
  Shown device = {NULL, &picture->frame}, cpu = device;
  gboolean ok = init_tensor (picture, t);

  if (ok && test->twin && t->dtype != MN_DTYPE_F32) {
    numbers = numbers_new (picture, t);
    ok = numbers != NULL;
    cpu.frame = ok ? &numbers->frame : NULL;
  }
  ok = ok ? compare_backends (test, &device, &cpu, error)
          : mn_no_memory (test->graph->name, "the self-test", error);
  mn_frame_unref (&picture->frame);
  if (numbers)
    mn_frame_unref (&numbers->frame);
  return ok;
}

static gboolean
init_preprocess (MnPreprocess *self, const MnGraph *graph, GError **error)
{
  static const gfloat half[4] = {127.5f, 127.5f, 127.5f, 127.5f};
  const MnTensor *t = mn_graph_input (graph, 0);
  MnInput input = {.fit = MN_FIT_STRETCH};

  input.source.format = MN_FORMAT_NV12;
  input.source.width = WIDTH;
  input.source.height = HEIGHT;
  return mn_preprocess_init (self, &input, t->dims[2], t->dims[1], t->dims[3],
      half, half, graph->input_scale, graph->input_offset, error);
}

static gboolean
compare_pictures (const Test *test, GError **error)
{
  MnPreprocess mine, its;
  MnFrameDesc desc = {
    MN_FORMAT_NV12,
  };
  Picture *picture;
  Shown device, cpu;
  gboolean ok;

  if (!init_preprocess (&its, test->graph, error)
      || !init_preprocess (&mine, test->twin ? test->twin : test->graph, error))
    return FALSE;
  picture = g_new0 (Picture, 1);
  desc.width = WIDTH;
  desc.height = HEIGHT;
  init_picture (picture, &desc);
  device = (Shown) {&its, &picture->frame};
  cpu = (Shown) {&mine, &picture->frame};
  ok = compare_backends (test, &device, &cpu, error);
  mn_frame_unref (&picture->frame);
  return ok;
}

gboolean
mn_self_test (MnContext *context, const MnBackend *backend, MnBackendPlan *plan,
    const MnGraph *graph, const MnPlanOptions *options, gboolean *mended,
    GError **error)
{
  const Test test = {context, backend, plan, graph,
    backend->plan_twin ? backend->plan_twin (plan) : NULL, options, mended};
  const MnTensor *t = mn_graph_input (graph, 0);
  gboolean is_picture = t->rank == 4 && t->dims[0] == 1
      && (t->dims[3] == 1 || t->dims[3] == 3);
  gboolean ok;

  *mended = FALSE;
  ok = is_picture ? compare_pictures (&test, error)
                  : compare_tensors (&test, error);

  if (ok && backend->plan_passed)
    backend->plan_passed (plan);
  return ok;
}
