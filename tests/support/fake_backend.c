/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/support/fake_backend.h"

#include <string.h>
#include <sys/mman.h>

static struct
{
  GMutex lock;
  GCond changed; /* release or hanging */
  guint calls[FAKE_N_CALLS];
  gboolean armed;
  FakeCall call;
  guint nth;
  FakeMode mode;
  gboolean release;
  guint hanging;         /* calls */
  gfloat off;            /* see fake_backend_set_off */
  const gchar *identity; /* interned */
  FakeImports imports;
  guint imported; /* frames */
} fake;

const gchar *
fake_call_name (FakeCall call)
{
  static const gchar *names[] = {
    "compile", "session_new", "set_input", "submit", "wait"};

  return names[call];
}

const gchar *
fake_mode_name (FakeMode mode)
{
  static const gchar *names[] = {"once", "always", "lost", "hang"};

  return names[mode];
}

void
fake_backend_reset (void)
{
  g_mutex_lock (&fake.lock);
  memset (fake.calls, 0, sizeof (fake.calls));
  fake.armed = FALSE;
  fake.release = FALSE;
  fake.identity = NULL;
  fake.off = 0;
  fake.imports = FAKE_IMPORTS_NOTHING;
  fake.imported = 0;
  g_mutex_unlock (&fake.lock);
}

void
fake_backend_fail (FakeCall call, guint nth, FakeMode mode)
{
  g_mutex_lock (&fake.lock);
  fake.armed = TRUE;
  fake.call = call;
  fake.nth = nth;
  fake.mode = mode;
  g_mutex_unlock (&fake.lock);
}

void
fake_backend_set_identity (const gchar *identity)
{
  g_mutex_lock (&fake.lock);
  fake.identity = g_intern_string (identity);
  g_mutex_unlock (&fake.lock);
}

void
fake_backend_set_off (gfloat off)
{
  g_mutex_lock (&fake.lock);
  fake.off = off;
  g_mutex_unlock (&fake.lock);
}

void
fake_backend_set_imports (FakeImports imports)
{
  g_mutex_lock (&fake.lock);
  fake.imports = imports;
  g_mutex_unlock (&fake.lock);
}

guint
fake_backend_get_imported (void)
{
  guint imported;

  g_mutex_lock (&fake.lock);
  imported = fake.imported;
  g_mutex_unlock (&fake.lock);
  return imported;
}

guint
fake_backend_get_calls (FakeCall call)
{
  guint calls;

  g_mutex_lock (&fake.lock);
  calls = fake.calls[call];
  g_mutex_unlock (&fake.lock);
  return calls;
}

void
fake_backend_release (void)
{
  g_mutex_lock (&fake.lock);
  fake.release = TRUE;
  g_cond_broadcast (&fake.changed);
  /* Whoever resets next must not catch it again. */
  while (fake.hanging > 0)
    g_cond_wait (&fake.changed, &fake.lock);
  g_mutex_unlock (&fake.lock);
}

/* Counts a call. FALSE: it is one that fails. */
static gboolean
pass (FakeCall call, GError **error)
{
  gboolean fails = FALSE;
  FakeMode mode;
  guint nth;

  g_mutex_lock (&fake.lock);
  nth = fake.calls[call]++;
  mode = fake.mode;
  if (fake.armed && call == fake.call)
    fails = mode == FAKE_ALWAYS ? nth >= fake.nth : nth == fake.nth;
  if (fails && mode == FAKE_HANG) {
    fake.hanging++;
    while (!fake.release)
      g_cond_wait (&fake.changed, &fake.lock);
    fake.hanging--;
    g_cond_broadcast (&fake.changed);
  }
  g_mutex_unlock (&fake.lock);
  if (fails)
    g_set_error (error, MN_ERROR,
        mode == FAKE_LOST ? MN_ERROR_LOST : MN_ERROR_DEVICE,
        "fake: %s %u fails (%s)", fake_call_name (call), nth,
        fake_mode_name (mode));
  return !fails;
}

static MnBackendPlan *
fake_compile (MnContext *context, const MnGraph *graph,
    const MnPlanOptions *options, GError **error)
{
  MnPlanOptions any = *options;

  if (!pass (FAKE_COMPILE, error))
    return NULL;
  any.precision = MN_PRECISION_AUTO;
  return mn_backend_reference.compile (context, graph, &any, error);
}

static void
fake_plan_free (MnBackendPlan *plan)
{
  mn_backend_reference.plan_free (plan);
}

static const gchar *
fake_plan_device (MnBackendPlan *plan)
{
  return FAKE_DEVICE_NAME;
}

static gchar *
fake_identify (const gchar *device)
{
  gchar *identity;

  g_mutex_lock (&fake.lock);
  identity = g_strdup (fake.identity);
  g_mutex_unlock (&fake.lock);
  return identity;
}

static MnBackendSession *
fake_session_new (MnBackendPlan *plan, guint n_slots, GError **error)
{
  if (!pass (FAKE_SESSION_NEW, error))
    return NULL;
  return mn_backend_reference.session_new (plan, n_slots, error);
}

static void
fake_session_free (MnBackendSession *session)
{
  mn_backend_reference.session_free (session);
}

static gboolean
fake_set_input (MnBackendSession *session, const MnPreprocess *preprocess,
    GError **error)
{
  return pass (FAKE_SET_INPUT, error)
      && mn_backend_reference.set_input (session, preprocess, error);
}

/* The first value of the first output is off, by one where it is bytes. */
static void
spoil (MnTensorView *output)
{
  gfloat off;

  g_mutex_lock (&fake.lock);
  off = fake.off;
  g_mutex_unlock (&fake.lock);
  if (off != 0 && output->dtype == MN_DTYPE_F32)
    *(gfloat *) output->data += off;
  else if (off != 0)
    ++*(guint8 *) output->data;
}

static gboolean
fake_imports (MnBackendPlan *plan, MnMemory memory, guint64 modifier)
{
  gboolean imports;

  g_mutex_lock (&fake.lock);
  imports = fake.imports != FAKE_IMPORTS_NOTHING && memory == MN_MEMORY_DMABUF
      && modifier == 0;
  g_mutex_unlock (&fake.lock);
  return imports;
}

/* How the device sees a frame. FALSE: it does not. */
static gboolean
begin_import (const MnFrame *frame, MnFrame *seen, GError **error)
{
  guint8 *data = MAP_FAILED;
  guint i;

  /* What is counted may change meanwhile. */
  memset (seen, 0, sizeof (*seen));
  memcpy (seen, frame, G_STRUCT_OFFSET (MnFrame, refcount));
  if (frame->memory == MN_MEMORY_HOST)
    return TRUE;
  g_mutex_lock (&fake.lock);
  if (fake.imports == FAKE_IMPORTS_WELL) {
    fake.imported++;
    data = mmap (NULL, frame->dmabuf_size, PROT_READ, MAP_SHARED,
        frame->dmabuf_fd, 0);
  }
  g_mutex_unlock (&fake.lock);
  if (data == MAP_FAILED) {
    g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED, "fake: no import");
    return FALSE;
  }
  seen->memory = MN_MEMORY_HOST;
  for (i = 0; i < seen->n_planes; i++)
    seen->planes[i].data = data + seen->planes[i].offset;
  return TRUE;
}

static void
end_import (const MnFrame *frame, const MnFrame *seen)
{
  if (frame->memory != MN_MEMORY_HOST)
    munmap ((gpointer) (seen->planes[0].data - seen->planes[0].offset),
        frame->dmabuf_size);
}

static gboolean
submit_seen (MnBackendSession *session, guint slot, MnFrame *const *frames,
    const MnPreprocess *const *stages, guint n, MnTensorView *const *outputs,
    GError **error)
{
  MnFrame seen[MN_MAX_BATCH], *list[MN_MAX_BATCH];
  gboolean ok = TRUE;
  guint i, n_seen;

  for (n_seen = 0; ok && n_seen < n; n_seen += ok) {
    list[n_seen] = &seen[n_seen];
    ok = begin_import (frames[n_seen], &seen[n_seen], error);
  }
  /* It is done when that returns. */
  ok = ok
      && mn_backend_reference.submit (session, slot, list, stages, n, outputs,
          error);
  for (i = 0; i < n_seen; i++)
    end_import (frames[i], &seen[i]);
  return ok;
}

static gboolean
fake_submit (MnBackendSession *session, guint slot, MnFrame *const *frames,
    const MnPreprocess *const *stages, guint n, MnTensorView *const *outputs,
    GError **error)
{
  if (!pass (FAKE_SUBMIT, error)
      || !submit_seen (session, slot, frames, stages, n, outputs, error))
    return FALSE;
  spoil (outputs[0]);
  return TRUE;
}

/* A wait that fails ends the submission all the same. */
static gboolean
fake_wait (MnBackendSession *session, guint slot, gint64 deadline,
    GError **error)
{
  gboolean ok = pass (FAKE_WAIT, error);

  return mn_backend_reference.wait (session, slot, ok ? deadline : MN_FOREVER,
             ok ? error : NULL)
      && ok;
}

const MnBackend fake_backend = {.name = "opencl",
  .may_hang = TRUE,
  .compile = fake_compile,
  .plan_free = fake_plan_free,
  .plan_device = fake_plan_device,
  .identify = fake_identify,
  .imports = fake_imports,
  .session_new = fake_session_new,
  .session_free = fake_session_free,
  .set_input = fake_set_input,
  .submit = fake_submit,
  .wait = fake_wait};
