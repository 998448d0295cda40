/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/opencl/importutil.h"

#include "engine/base/keep.h"
#include "engine/preprocess/formats.h"

#include <dlfcn.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define WIDTH 94
#define HEIGHT 62
#define SIDE 8
#define PAGE 4096
/* What a step of the kernel reads, and how its rows are aligned. */
#define STEP 24
#define ALIGN 8

FakeImport fake;

gint
make_file (gsize size)
{
  gint fd = memfd_create ("dmabuf", MFD_CLOEXEC);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (ftruncate (fd, size), ==, 0);
  return fd;
}

void
import_init (void)
{
  const gchar *library = g_getenv ("MOBILENET_OPENCL_LIBRARY");
  void *handle = dlopen (library, RTLD_NOW | RTLD_LOCAL);

  if (!handle)
    g_error ("%s: %s", library, dlerror ());
  fake.fail = dlsym (handle, "fake_cl_fail");
  fake.calls = dlsym (handle, "fake_cl_calls");
  fake.live = dlsym (handle, "fake_cl_live");
  fake.failed = dlsym (handle, "fake_cl_failed");
  fake.offer = dlsym (handle, "fake_import_offer");
  fake.set_mode = dlsym (handle, "fake_import_set_mode");
  fake.made_imports = dlsym (handle, "fake_import_made");
  fake.imports = dlsym (handle, "fake_import_live");
  fake.acquired = dlsym (handle, "fake_import_acquired");
  fake.released = dlsym (handle, "fake_import_released");
  mn_cl_dmabuf_set_maker (make_file);
}

MnGraph *
make_import_graph (void)
{
  Build b = build_new (SIDE, SIDE, 3);

  build_conv (&b, 4, 1, 1, 1, MN_PADDING_SAME, MN_ACT_NONE);
  return build_finish (&b);
}

/* ---- pictures ---------------------------------------------------------- */

static void
keep_frame (MnFrame *frame)
{
}

static void
place_planes (Picture *p, gsize offset, gsize padding)
{
  const MnFormatInfo *info = mn_format_get_info (p->frame.desc.format);
  guint i;

  for (i = 0; i < p->frame.n_planes; i++) {
    gsize bytes = mn_plane_row_bytes (&info->planes[i], WIDTH);
    gsize stride = (bytes + ALIGN - 1) / ALIGN * ALIGN + padding * ALIGN;
    gsize rows = mn_plane_n_rows (&info->planes[i], HEIGHT);
    MnPlane *plane = &p->frame.planes[i];

    plane->offset = offset;
    plane->stride = stride;
    plane->size = (rows - 1) * stride + bytes;
    p->end = offset + plane->size;
    if (p->is_upside_down) {
      plane->offset += (rows - 1) * stride;
      plane->stride = -(gssize) stride;
    }
    offset += rows * stride;
  }
}

static void
picture_init (Picture *p, const MnFrameDesc *desc, gsize offset, gsize padding)
{
  mn_frame_init (&p->frame, desc, keep_frame, NULL);
  place_planes (p, offset * ALIGN, padding);
  p->size = (p->end + STEP + PAGE - 1) / PAGE * PAGE;
}

/* The same in host memory. */
static void
point_into (MnFrame *frame, const guint8 *memory)
{
  guint i;

  frame->memory = MN_MEMORY_HOST;
  for (i = 0; i < frame->n_planes; i++)
    frame->planes[i].data = memory + frame->planes[i].offset;
}

Picture *
picture_new (const Scene *s, gsize offset, gsize padding,
    gboolean is_upside_down)
{
  Picture *p = g_new0 (Picture, 1);

  p->is_upside_down = is_upside_down;
  picture_init (p, &s->desc, offset, padding);
  p->fd = make_file (p->size);
  p->memory = mmap (NULL, p->size, PROT_READ | PROT_WRITE, MAP_SHARED, p->fd,
      0);
  g_assert_true (p->memory != MAP_FAILED);
  p->frame.memory = MN_MEMORY_DMABUF;
  p->frame.dmabuf_fd = p->fd;
  p->frame.dmabuf_size = p->size;
  p->frame.key = mn_memory_key_new ();
  picture_fill (p);
  return p;
}

void
picture_fill (Picture *p)
{
  gsize i;

  for (i = 0; i < p->size; i++)
    p->memory[i] = random_int (0, 255);
}

void
picture_free (Picture *p)
{
  mn_memory_key_retire (p->frame.key);
  mn_memory_key_unref (p->frame.key);
  munmap (p->memory, p->size);
  close (p->fd);
  g_free (p);
}

/* ---- scenes ------------------------------------------------------------ */

static gboolean
make_objects (Scene *s, GError **error)
{
  MnPlanOptions options = {.backend = "opencl", .precision = MN_PRECISION_F32};

  s->plan = mn_backend_opencl.compile (s->context, s->graph, &options, error);
  if (!s->plan)
    return FALSE;
  s->session = mn_backend_opencl.session_new (s->plan, SCENE_SLOTS, error);
  return s->session
      && mn_backend_opencl.set_input (s->session, &s->whole, error);
}

static gboolean
is_named (const GError *error)
{
  return error->domain == MN_ERROR
      && (strstr (error->message, "cl") || error->code == MN_ERROR_NO_BACKEND);
}

gboolean
scene_try (Scene *s, MnFormat format)
{
  static const gfloat zeros[4] = {0, 0, 0, 0}, scales[4] = {99, 99, 99, 99};
  MnInput input = {.source = {format, WIDTH, HEIGHT}, .fit = MN_FIT_STRETCH};
  g_autoptr (GError) error = NULL;
  guint i;

  memset (s, 0, sizeof (*s));
  s->graph = make_import_graph ();
  s->n_out = SIDE * SIDE * 4;
  s->context = mn_context_new ();
  s->desc = input.source;
  mn_preprocess_init (&s->whole, &input, SIDE, SIDE, 3, zeros, scales,
      s->graph->input_scale, s->graph->input_offset, &error);
  g_assert_no_error (error);
  picture_init (&s->host, &s->desc, 0, 0);
  s->host.memory = g_malloc0 (s->host.size);
  point_into (&s->host.frame, s->host.memory);
  s->want = g_new (gfloat, s->n_out);
  for (i = 0; i < SCENE_SLOTS; i++)
    s->out[i] = g_new (gfloat, s->n_out);
  if (make_objects (s, &error))
    return TRUE;
  if (!is_named (error))
    g_error ("\"%s\" does not say what failed", error->message);
  scene_clear (s);
  return FALSE;
}

void
scene_init (Scene *s, MnFormat format)
{
  fake.set_mode (FAKE_IMPORT_SHARES);
  g_assert_true (scene_try (s, format));
  g_assert_true (mn_backend_opencl.imports (s->plan, MN_MEMORY_DMABUF, 0));
}

void
scene_clear (Scene *s)
{
  guint i;

  if (s->session)
    mn_backend_opencl.session_free (s->session);
  if (s->plan)
    mn_backend_opencl.plan_free (s->plan);
  mn_context_unref (s->context);
  mn_graph_free (s->graph);
  g_free (s->host.memory);
  g_free (s->want);
  for (i = 0; i < SCENE_SLOTS; i++)
    g_free (s->out[i]);
}

/* ---- frames ------------------------------------------------------------ */

static gboolean
try_start (Scene *s, guint slot, MnFrame *frame, const MnPreprocess *stage,
    gfloat *out, GError **error)
{
  MnTensorView view = {.data = out, .size = s->n_out * sizeof (gfloat)};
  MnTensorView *views = &view;

  memset (out, 0, s->n_out * sizeof (gfloat));
  return mn_backend_opencl.submit (s->session, slot, &frame,
      stage ? &stage : NULL, 1, &views, error);
}

void
scene_start (Scene *s, guint slot, MnFrame *frame, const MnPreprocess *stage,
    gfloat *out)
{
  GError *error = NULL;

  try_start (s, slot, frame, stage, out, &error);
  g_assert_no_error (error);
}

void
scene_finish (Scene *s, guint slot)
{
  GError *error = NULL;

  mn_backend_opencl.wait (s->session, slot, MN_FOREVER, &error);
  g_assert_no_error (error);
}

void
scene_run (Scene *s, guint slot, MnFrame *frame, const MnPreprocess *stage,
    gfloat *out)
{
  scene_start (s, slot, frame, stage, out);
  scene_finish (s, slot);
}

/* The picture, with its own strides, as one in host memory. */
static void
run_from_host (Scene *s, const Picture *p, const MnPreprocess *stage)
{
  MnFrame frame = p->frame;

  point_into (&frame, p->memory);
  scene_run (s, 0, &frame, stage, s->want);
}

static void
compare (const Scene *s, const gfloat *out)
{
  gsize i;
  gboolean differs = FALSE;

  for (i = 0; i < s->n_out; i++) {
    g_assert_cmpfloat (out[i], ==, s->want[i]);
    differs |= out[i] != out[0];
  }
  g_assert_true (differs);
}

void
scene_compare (Scene *s, const Picture *p, const gfloat *out)
{
  run_from_host (s, p, NULL);
  compare (s, out);
}

void
scene_check (Scene *s, Picture *p)
{
  scene_run (s, 0, &p->frame, NULL, s->out[0]);
  scene_compare (s, p, s->out[0]);
}

void
scene_check_part (Scene *s, Picture *p)
{
  MnPreprocess part = s->whole;
  MnRect r = {random_int (0, WIDTH - 5), random_int (0, HEIGHT - 5)};
  GError *error = NULL;

  r.width = random_int (4, WIDTH - r.x);
  r.height = random_int (4, HEIGHT - r.y);
  mn_preprocess_set_crop (&part, &r, &error);
  g_assert_no_error (error);
  scene_run (s, 0, &p->frame, &part, s->out[0]);
  run_from_host (s, p, &part);
  compare (s, s->out[0]);
}

/* As a runner would: a frame that cannot be imported comes from the host. */
static gboolean
try_frame (Scene *s, Picture *p, GError **error)
{
  MnFrame frame = p->frame;

  if (!mn_backend_opencl.imports (s->plan, MN_MEMORY_DMABUF, 0))
    point_into (&frame, p->memory);
  return try_start (s, 0, &frame, NULL, s->out[0], error)
      && mn_backend_opencl.wait (s->session, 0, MN_FOREVER, error);
}

gboolean
scene_try_frame (Scene *s, Picture *p, guint n)
{
  g_autoptr (GError) error = NULL;

  if (try_frame (s, p, &error)) {
    fake.fail (0, 0);
    scene_compare (s, p, s->out[0]);
    return TRUE;
  }
  if (!is_named (error))
    g_error ("call %u: \"%s\" does not say what failed", n, error->message);
  /* The device may write there. */
  if (g_error_matches (error, MN_ERROR, MN_ERROR_LOST)) {
    mn_keep_for_good (s->out[0]);
    s->out[0] = g_new (gfloat, s->n_out);
  }
  return FALSE;
}
