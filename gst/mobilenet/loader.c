/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/mobilenet/loader.h"

#include <string.h>

#include "gst/base/post.h"

GST_DEBUG_CATEGORY_EXTERN (gst_mobilenet_debug);
#define GST_CAT_DEFAULT gst_mobilenet_debug

/* Properties are often set one after another: so long nobody loads. */
#define SETTLE_TIME (20 * G_TIME_SPAN_MILLISECOND)
/* How often it is looked whether others have let go of an old model. */
#define LOOK_TIME (20 * G_TIME_SPAN_MILLISECOND)
/* When a thread that could not be made is tried again. */
#define RETRY_TIME (500 * G_TIME_SPAN_MILLISECOND)
/* What a load is given at the end. */
#define PATIENCE G_TIME_SPAN_SECOND

/* Shared by the element's side and the thread; a reference each. */
struct _GstMobilenetLoader
{
  gint refcount;
  GWeakRef element; /* may be gone when a load ends late */

  GMutex lock; /* of what follows */
  GCond wake, ended;
  gboolean running; /* the thread */
  gboolean quit;
  gboolean requested;
  GstMobilenetModelOptions options; /* of the request */
  guint serial;                     /* of the newest request */
  guint told;                       /* the one that there was no thread for */
  gint64 not_before;                /* monotonic */
  GstMobilenetModel *ready;
  GQueue old; /* GstMobilenetModel * */
};

GstMobilenetLoader *
gst_mobilenet_loader_new (GstElement *element)
{
  GstMobilenetLoader *self = g_new0 (GstMobilenetLoader, 1);

  self->refcount = 1;
  g_weak_ref_init (&self->element, element);
  g_mutex_init (&self->lock);
  g_cond_init (&self->wake);
  g_cond_init (&self->ended);
  g_queue_init (&self->old);
  return self;
}

static void
loader_unref (GstMobilenetLoader *self)
{
  if (!g_atomic_int_dec_and_test (&self->refcount))
    return;
  g_queue_clear_full (&self->old, (GDestroyNotify) gst_mobilenet_model_unref);
  gst_mobilenet_model_unref (self->ready);
  gst_mobilenet_model_options_clear (&self->options);
  g_weak_ref_clear (&self->element);
  g_cond_clear (&self->wake);
  g_cond_clear (&self->ended);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* ---- the thread -------------------------------------------------------- */

static void
post (GstMobilenetLoader *self, const GError *error, const gchar *warning)
{
  g_autoptr (GstElement) element = g_weak_ref_get (&self->element);
  g_autofree gchar *text = !error
      ? NULL
      : g_strdup_printf ("The model stays as it is, since the new one cannot "
                         "be "
                         "used: %s",
            error->message);

  if (element && text)
    gst_mobilenet_post_warning (element, GST_RESOURCE_ERROR,
        GST_RESOURCE_ERROR_SETTINGS, text);
  if (element && warning)
    gst_mobilenet_post_warning (element, GST_RESOURCE_ERROR,
        GST_RESOURCE_ERROR_SETTINGS, warning);
}

/* Called with the lock; unlocks while it loads. */
static void
load (GstMobilenetLoader *self)
{
  GstMobilenetModelOptions options = self->options;
  guint serial = self->serial;
  g_autofree gchar *warning = NULL;
  g_autoptr (GError) error = NULL;
  GstMobilenetModel *model;
  gboolean wanted;

  memset (&self->options, 0, sizeof (self->options));
  self->requested = FALSE;
  g_mutex_unlock (&self->lock);
  model = gst_mobilenet_model_new (&options, &warning, &error);
  gst_mobilenet_model_options_clear (&options);
  g_mutex_lock (&self->lock);
  wanted = self->serial == serial && !self->quit;
  if (model && wanted) {
    GstMobilenetModel *old = self->ready;

    self->ready = model;
    model = old; /* nobody came for it */
  }
  if (model)
    g_queue_push_tail (&self->old, model);
  if (!wanted)
    return;
  g_mutex_unlock (&self->lock);
  post (self, error, warning);
  g_mutex_lock (&self->lock);
}

/* The same. FALSE: somebody still has it. */
static gboolean
let_go (GstMobilenetLoader *self)
{
  GstMobilenetModel *model = g_queue_pop_head (&self->old);

  if (!gst_mobilenet_model_is_last (model)) {
    g_queue_push_tail (&self->old, model);
    return FALSE;
  }
  g_mutex_unlock (&self->lock);
  gst_mobilenet_model_unref (model);
  g_mutex_lock (&self->lock);
  return TRUE;
}

static gpointer
loader_main (gpointer data)
{
  GstMobilenetLoader *self = data;

  g_mutex_lock (&self->lock);
  while (!self->quit) {
    gint64 now = g_get_monotonic_time ();

    if (self->requested && now >= self->not_before)
      load (self);
    else if (!g_queue_is_empty (&self->old) && let_go (self))
      continue;
    else if (self->requested)
      g_cond_wait_until (&self->wake, &self->lock, self->not_before);
    else if (!g_queue_is_empty (&self->old))
      g_cond_wait_until (&self->wake, &self->lock, now + LOOK_TIME);
    else
      g_cond_wait (&self->wake, &self->lock);
  }
  self->running = FALSE;
  g_cond_signal (&self->ended);
  g_mutex_unlock (&self->lock);
  loader_unref (self);
  return NULL;
}

/* With the lock. FALSE: no thread can be made now. */
static gboolean
wake (GstMobilenetLoader *self, GError **error)
{
  GThread *thread;

  g_cond_signal (&self->wake);
  if (self->running)
    return TRUE;
  g_atomic_int_inc (&self->refcount);
  thread = g_thread_try_new ("mobilenet-load", loader_main, self, error);
  self->running = thread != NULL;
  if (thread)
    g_thread_unref (thread);
  else
    g_atomic_int_add (&self->refcount, -1);
  return self->running;
}

/* With the lock. A request that no thread has taken so far is tried again;
 * that is said once. TRUE: now. */
static gboolean
try_again (GstMobilenetLoader *self, GError **error)
{
  if (!self->requested || self->running
      || g_get_monotonic_time () < self->not_before)
    return FALSE;
  self->not_before = g_get_monotonic_time () + RETRY_TIME;
  if (wake (self, error) || self->told == self->serial) {
    g_clear_error (error);
    return FALSE;
  }
  self->told = self->serial;
  return TRUE;
}

/* ---- the element's side ------------------------------------------------ */

void
gst_mobilenet_loader_free (GstMobilenetLoader *self)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE;

  if (!self)
    return;
  g_mutex_lock (&self->lock);
  self->quit = TRUE;
  g_cond_signal (&self->wake);
  while (self->running
      && g_cond_wait_until (&self->ended, &self->lock, deadline))
    ;
  g_mutex_unlock (&self->lock);
  loader_unref (self);
}

void
gst_mobilenet_loader_request (GstMobilenetLoader *self,
    const GstMobilenetModelOptions *options)
{
  g_mutex_lock (&self->lock);
  gst_mobilenet_model_options_clear (&self->options);
  gst_mobilenet_model_options_copy (&self->options, options);
  self->requested = TRUE;
  self->serial++;
  self->not_before = g_get_monotonic_time () + SETTLE_TIME;
  wake (self, NULL);
  g_mutex_unlock (&self->lock);
}

GstMobilenetModel *
gst_mobilenet_loader_take (GstMobilenetLoader *self)
{
  g_autoptr (GError) error = NULL;
  GstMobilenetModel *model;
  gboolean failed;

  g_mutex_lock (&self->lock);
  model = g_steal_pointer (&self->ready);
  failed = try_again (self, &error);
  g_mutex_unlock (&self->lock);
  if (failed)
    post (self, error, NULL);
  return model;
}

void
gst_mobilenet_loader_dispose (GstMobilenetLoader *self,
    GstMobilenetModel *model)
{
  g_mutex_lock (&self->lock);
  g_queue_push_tail (&self->old, model);
  /* Without a thread it stays until there is one, or the end. */
  wake (self, NULL);
  g_mutex_unlock (&self->lock);
}
