/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Frames that a device reads where they lie: what it makes of them is what it
 * makes of the same frames written to it; a driver that does not do what it
 * says is found out; and every call may fail. */

#include "tests/opencl/importutil.h"

#include <string.h>
#include <unistd.h>

/* ---- what is imported -------------------------------------------------- */

static void
check_imports (const gchar *extensions, FakeImportMode mode, gboolean want)
{
  MnPlanOptions options = {.backend = "opencl", .precision = MN_PRECISION_F32};
  g_autoptr (MnGraph) graph = make_import_graph ();
  MnContext *context = mn_context_new ();
  GError *error = NULL;
  MnBackendPlan *plan;

  fake.offer (extensions);
  fake.set_mode (mode);
  plan = mn_backend_opencl.compile (context, graph, &options, &error);
  g_assert_no_error (error);
  g_assert_cmpint (mn_backend_opencl.imports (plan, MN_MEMORY_DMABUF, 0), ==,
      want);
  g_assert_false (mn_backend_opencl.imports (plan, MN_MEMORY_DMABUF, 1));
  g_assert_false (mn_backend_opencl.imports (plan, MN_MEMORY_GL_TEXTURE, 0));
  /* Nothing is left of the proof. */
  g_assert_cmpint (fake.imports (), ==, 0);
  mn_backend_opencl.plan_free (plan);
  mn_context_unref (context);
  g_assert_cmpint (fake.live (), ==, 0);
}

static gint
cannot_make (gsize size)
{
  return -1;
}

static void
test_proof (gconstpointer data)
{
  const gchar *extensions = data;
  g_autofree gchar *longer = g_strdup_printf ("%s_and_more", extensions);

  if (!have_device ())
    return;
  check_imports (NULL, FAKE_IMPORT_SHARES, FALSE);
  check_imports (longer, FAKE_IMPORT_SHARES, FALSE);
  check_imports (extensions, FAKE_IMPORT_SHARES, TRUE);
  check_imports (extensions, FAKE_IMPORT_COPIES, FALSE);
  check_imports (extensions, FAKE_IMPORT_OTHER, FALSE);
  check_imports (extensions, FAKE_IMPORT_REFUSES, FALSE);
  mn_cl_dmabuf_set_maker (cannot_make);
  check_imports (extensions, FAKE_IMPORT_SHARES, FALSE);
  mn_cl_dmabuf_set_maker (make_file);
  fake.offer (NULL);
}

/* ---- frames ------------------------------------------------------------ */

static const MnFormat formats[] = {MN_FORMAT_NV12, MN_FORMAT_NV21,
  MN_FORMAT_I420, MN_FORMAT_YUY2, MN_FORMAT_RGB, MN_FORMAT_BGRX,
  MN_FORMAT_GRAY8, MN_FORMAT_XRGB, MN_FORMAT_Y444, MN_FORMAT_P010_LE,
  MN_FORMAT_P010_BE, MN_FORMAT_RGBP};

/* As it is written, and as it lies: bit by bit the same, with each content
 * that the same memory has. */
static void
test_formats (gconstpointer data)
{
  guint i, k;

  if (!have_device ())
    return;
  fake.offer (data);
  for (i = 0; i < G_N_ELEMENTS (formats); i++) {
    Scene s;
    Picture *p;

    scene_init (&s, formats[i]);
    p = picture_new (&s, random_int (0, 99), random_int (0, 40), i % 3 == 2);
    for (k = 0; k < 3; k++) {
      picture_fill (p);
      scene_check (&s, p);
    }
    picture_free (p);
    scene_clear (&s);
  }
  fake.offer (NULL);
}

/* Parts of a picture: with tables of their own. */
static void
test_parts (gconstpointer data)
{
  Scene s;
  Picture *p;
  guint i;

  if (!have_device ())
    return;
  fake.offer (data);
  scene_init (&s, MN_FORMAT_NV12);
  p = picture_new (&s, 64, 5, FALSE);
  for (i = 0; i < 10; i++) {
    picture_fill (p);
    scene_check_part (&s, p);
    scene_check (&s, p);
  }
  picture_free (p);
  scene_clear (&s);
  fake.offer (NULL);
}

/* Once a piece of memory, until it is gone, or many others came. */
static void
test_cache (gconstpointer data)
{
  Picture *p[MN_CL_MAX_IMPORTS + 1];
  guint n = G_N_ELEMENTS (p), made, i, k;
  Scene s;

  if (!have_device ())
    return;
  fake.offer (data);
  scene_init (&s, MN_FORMAT_NV12);
  made = fake.made_imports ();
  for (i = 0; i < n; i++)
    p[i] = picture_new (&s, 0, 0, FALSE);
  for (k = 0; k < 4; k++) {
    for (i = 0; i < 3; i++) {
      picture_fill (p[i]);
      scene_check (&s, p[i]);
    }
  }
  g_assert_cmpuint (fake.made_imports (), ==, made + 3);
  /* The memory is gone: so is what was kept, with the next frame. */
  mn_memory_key_retire (p[0]->frame.key);
  scene_check (&s, p[1]);
  g_assert_cmpint (fake.imports (), ==, 2);
  picture_free (p[0]);
  p[0] = picture_new (&s, 0, 0, FALSE);
  for (i = 0; i < n; i++) {
    picture_fill (p[i]);
    scene_check (&s, p[i]);
  }
  g_assert_cmpint (fake.imports (), ==, MN_CL_MAX_IMPORTS);
  for (i = 0; i < n; i++)
    picture_free (p[i]);
  /* A frame that lies elsewhere does as well. */
  scene_run (&s, 0, &s.host.frame, NULL, s.out[0]);
  g_assert_cmpint (fake.imports (), ==, 0);
  scene_clear (&s);
  g_assert_cmpint (fake.live (), ==, 0);
  fake.offer (NULL);
}

/* Two in flight, of different memory, each with its own answer. */
static void
test_in_flight (gconstpointer data)
{
  Picture *p[2];
  Scene s;
  guint i, k;

  if (!have_device ())
    return;
  fake.offer (data);
  scene_init (&s, MN_FORMAT_NV12);
  for (i = 0; i < 2; i++)
    p[i] = picture_new (&s, i * 100, i * 7, FALSE);
  for (k = 0; k < 5; k++) {
    for (i = 0; i < 2; i++)
      picture_fill (p[i]);
    for (i = 0; i < 2; i++)
      scene_start (&s, i, &p[i]->frame, NULL, s.out[i]);
    for (i = 0; i < 2; i++)
      scene_finish (&s, i);
    for (i = 0; i < 2; i++)
      scene_compare (&s, p[i], s.out[i]);
  }
  for (i = 0; i < 2; i++)
    picture_free (p[i]);
  scene_clear (&s);
  fake.offer (NULL);
}

static void
check_refused (Scene *s, MnFrame *frame)
{
  MnTensorView view = {.data = s->out[0], .size = s->n_out * sizeof (gfloat)};
  MnTensorView *views = &view;
  GError *error = NULL;

  g_assert_false (mn_backend_opencl.submit (s->session, 0, &frame, NULL, 1,
      &views, &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "could not be imported"));
  g_clear_error (&error);
}

/* What taps may fall on has to be there; and a driver may say no. */
static void
test_refusals (gconstpointer data)
{
  Picture *p;
  gsize size;
  Scene s;

  if (!have_device ())
    return;
  fake.offer (data);
  scene_init (&s, MN_FORMAT_NV12);
  p = picture_new (&s, 0, 0, FALSE);
  size = p->frame.dmabuf_size;
  /* A row's last step is of 4 bytes; the rows have 94. */
  p->frame.dmabuf_size = p->end + 1;
  check_refused (&s, &p->frame);
  p->frame.dmabuf_size = p->end + 2;
  scene_check (&s, p);
  p->frame.planes[0].offset = G_MAXSIZE - 1;
  check_refused (&s, &p->frame);
  p->frame.planes[0].offset = 0;
  p->frame.planes[1].stride = G_MAXSSIZE;
  check_refused (&s, &p->frame);
  p->frame.planes[1].stride = p->frame.planes[0].stride;
  p->frame.dmabuf_size = size;
  fake.set_mode (FAKE_IMPORT_REFUSES);
  check_refused (&s, &p->frame);
  fake.set_mode (FAKE_IMPORT_SHARES);
  scene_check (&s, p);
  picture_free (p);
  scene_clear (&s);
  fake.offer (NULL);
}

/* The kernel reads 4 bytes at once, or 8, and planes of chroma by the same
 * rows. */
static void
test_rows (gconstpointer data)
{
  static const struct
  {
    MnFormat format;
    gssize offset, stride; /* added to the last plane's */
  } cases[] = {{MN_FORMAT_NV12, 2, 0}, {MN_FORMAT_NV12, 0, 2},
    {MN_FORMAT_P010_LE, 4, 0}, {MN_FORMAT_I420, 0, 8}};
  guint i;

  if (!have_device ())
    return;
  fake.offer (data);
  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    MnPlane *plane;
    Picture *p;
    Scene s;

    scene_init (&s, cases[i].format);
    p = picture_new (&s, 0, 0, FALSE);
    plane = &p->frame.planes[p->frame.n_planes - 1];
    plane->offset += cases[i].offset;
    plane->stride += cases[i].stride;
    check_refused (&s, &p->frame);
    plane->offset -= cases[i].offset;
    plane->stride -= cases[i].stride;
    scene_check (&s, p);
    picture_free (p);
    scene_clear (&s);
  }
  fake.offer (NULL);
}

/* It is the device's for as long as it reads it, and no descriptor is left. */
static void
test_hand_over (void)
{
  guint acquired, i;
  Picture *p;
  gint next;
  Scene s;

  if (!have_device ())
    return;
  fake.offer ("cl_khr_external_memory cl_khr_external_memory_dma_buf");
  scene_init (&s, MN_FORMAT_NV12);
  p = picture_new (&s, 0, 0, FALSE);
  next = dup (p->fd);
  close (next);
  acquired = fake.acquired ();
  g_assert_cmpuint (acquired, ==, fake.released ());
  for (i = 0; i < 5; i++) {
    scene_check (&s, p);
    g_assert_cmpuint (fake.acquired (), ==, acquired + i + 1);
    g_assert_cmpuint (fake.released (), ==, acquired + i + 1);
  }
  fake.set_mode (FAKE_IMPORT_REFUSES);
  mn_memory_key_retire (p->frame.key);
  for (i = 0; i < 5; i++)
    check_refused (&s, &p->frame);
  fake.set_mode (FAKE_IMPORT_SHARES);
  g_assert_cmpint (dup (p->fd), ==, next);
  close (next);
  picture_free (p);
  scene_clear (&s);
  /* Half of it is none. */
  check_imports ("cl_khr_external_memory_dma_buf", FAKE_IMPORT_SHARES, FALSE);
  fake.offer (NULL);
}

/* ---- failures ---------------------------------------------------------- */

/* FALSE: a call failed. The right answer, or words. */
static gboolean
run_failing (guint n)
{
  Scene s;
  Picture *p;
  gboolean ok = scene_try (&s, MN_FORMAT_NV12);
  guint i;

  if (!ok)
    return FALSE;
  p = picture_new (&s, 3, 5, FALSE);
  for (i = 0; i < 3; i++) {
    picture_fill (p);
    ok = scene_try_frame (&s, p, n) && ok;
  }
  picture_free (p);
  scene_clear (&s);
  return ok;
}

static void
test_every_call (gconstpointer data)
{
  static const gint codes[] = {CL_OUT_OF_RESOURCES, CL_DEVICE_NOT_AVAILABLE,
    CL_MEM_OBJECT_ALLOCATION_FAILURE};
  guint n_calls, n, i, n_failed = 0;

  if (!have_device ())
    return;
  fake.offer (data);
  /* The first run fills the cache. */
  for (i = 0; i < 2; i++) {
    fake.fail (0, 0);
    g_assert_true (run_failing (0));
  }
  n_calls = fake.calls ();
  g_test_message ("%u calls", n_calls);
  for (n = 1; n <= n_calls; n++) {
    fake.fail (n, codes[n % G_N_ELEMENTS (codes)]);
    if (!run_failing (n))
      n_failed++;
    if (fake.live () != 0 || fake.imports () != 0)
      g_error ("call %u (%s) fails: %d objects are left, of them %d imports", n,
          fake.failed () ? fake.failed () : "none", fake.live (),
          fake.imports ());
  }
  g_assert_cmpuint (n_failed, >, n_calls / 3);
  fake.fail (0, 0);
  fake.offer (NULL);
}

static void
add (const gchar *way, const gchar *extension)
{
  static const struct
  {
    const gchar *name;
    void (*test) (gconstpointer data);
  } tests[] = {{"proof", test_proof}, {"formats", test_formats},
    {"parts", test_parts}, {"cache", test_cache}, {"in-flight", test_in_flight},
    {"refusals", test_refusals}, {"rows", test_rows},
    {"every-call", test_every_call}};
  guint i;

  for (i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree gchar *path = g_strdup_printf ("/opencl/import/%s/%s", way,
        tests[i].name);

    g_test_add_data_func (path, extension, tests[i].test);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  random_init ();
  import_init ();
  add ("arm", "cl_arm_import_memory_dma_buf");
  add ("khr", "cl_khr_external_memory cl_khr_external_memory_dma_buf");
  g_test_add_func ("/opencl/import/khr/hand-over", test_hand_over);
  return g_test_run ();
}
