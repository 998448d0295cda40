/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/mobilenet/results.h"

#include "gst/base/bus.h"
#include "gst/meta/analytics.h"
#include "gst/meta/custom.h"
#include "gst/meta/tensors.h"
#include "gst/mobilenet/smooth.h"

/* A result to be shown, of whatever age. Immutable, counted; nothing in it is
 * the model's. */
typedef struct
{
  GstMobilenetResult result;
  GstClockTime time; /* of its frame */
  gchar *strings;    /* all of result's but those of the class */
  GStringChunk *labels;
  MnResult *tensors; /* NULL: not attached */
} Held;

/* A message that waits to be posted. */
typedef struct
{
  Held *held;
  gboolean ended;
} Letter;

struct _GstMobilenetResults
{
  GstElement *element;
  gchar *name;      /* the element's */
  guint64 instance; /* so is that */

  /* Of the thread that brings results. */
  GstMobilenetSmooth smooth;
  guint smooth_epoch, smooth_run; /* of the frames in it */
  guint smooth_model;             /* number */
  GstClockTime smooth_time;       /* the latest in it */

  GMutex lock;               /* of what follows */
  Held *held;                /* NULL: none */
  gboolean missed;           /* frames after its own have failed */
  GstClockTime missed_since; /* time of the first of them; NONE: it has not
                              * come by so far */
  guint epoch;
  gint posted_index; /* best class of the last message; -1: none */
  GQueue letters;    /* Letter * */
  gboolean posting;  /* somebody is, and will post the rest */
};

/* ---- held results ---------------------------------------------------- */

static void
held_clear (gpointer data)
{
  Held *held = data;

  g_free ((gpointer) held->result.classes);
  g_free (held->strings);
  g_string_chunk_free (held->labels);
  mn_result_unref (held->tensors);
}

static Held *
held_ref (Held *held)
{
  return held ? g_atomic_rc_box_acquire (held) : NULL;
}

static void
held_unref (Held *held)
{
  if (held)
    g_atomic_rc_box_release_full (held, held_clear);
}

static Held *
held_new (GstMobilenetResults *self, GstMobilenetModel *model,
    const MnResult *result, const GstMobilenetFrameId *frame,
    const MnClass *ranked, guint n)
{
  Held *held = g_atomic_rc_box_new0 (Held);
  GstMobilenetResult *r = &held->result;
  GstMobilenetScore *scores = g_new (GstMobilenetScore, n);

  held->time = frame->time;
  held->labels = g_string_chunk_new (256);
  gst_mobilenet_scores_set (scores, ranked, n, model->labels, held->labels);
  r->element = self->name;
  r->instance = self->instance;
  r->number = frame->number;
  r->model = held->strings = g_strdup (model->info->name);
  r->kind = mn_result_get_task (result);
  r->task = mn_task_name (r->kind);
  r->backend = g_intern_string (mn_result_get_backend (result));
  r->pts = frame->pts;
  r->latency = mn_result_get_latency (result);
  r->n_classes = n;
  r->classes = scores;
  return held;
}

/* ---- messages -------------------------------------------------------- */

static void
post_letter (GstMobilenetResults *self, Letter *letter)
{
  GstMobilenetResult result = letter->held->result;

  result.fresh = !letter->ended;
  if (letter->ended)
    result.n_classes = 0;
  gst_mobilenet_bus_post (self->element,
      gst_message_new_element (GST_OBJECT (self->element),
          gst_mobilenet_result_to_structure (&result)));
  held_unref (letter->held);
  g_free (letter);
}

/* Called with the lock, and gives it up. */
static void
post_and_unlock (GstMobilenetResults *self)
{
  if (!self->posting) {
    Letter *letter;

    self->posting = TRUE;
    while ((letter = g_queue_pop_head (&self->letters))) {
      g_mutex_unlock (&self->lock);
      post_letter (self, letter);
      g_mutex_lock (&self->lock);
    }
    self->posting = FALSE;
  }
  g_mutex_unlock (&self->lock);
}

/* With the lock. ended: the result is none any more. */
static void
write_letter (GstMobilenetResults *self, Held *held, gboolean ended,
    GstMobilenetMessages which)
{
  const GstMobilenetResult *result = &held->result;
  gint index = ended ? -1 : gst_mobilenet_result_get_best (result)->index;
  gboolean changed = index != self->posted_index;
  Letter *letter;

  self->posted_index = index;
  if (which == GST_MOBILENET_MESSAGES_NONE
      || (which == GST_MOBILENET_MESSAGES_ALL ? ended : !changed))
    return;
  letter = g_new (Letter, 1);
  letter->held = held_ref (held);
  letter->ended = ended;
  g_queue_push_tail (&self->letters, letter);
}

/* ---- results --------------------------------------------------------- */

GstMobilenetResults *
gst_mobilenet_results_new (GstElement *element, guint64 instance)
{
  GstMobilenetResults *self = g_new0 (GstMobilenetResults, 1);
  g_autofree gchar *name = gst_object_get_name (GST_OBJECT (element));

  self->element = element;
  self->name = g_utf8_make_valid (name, -1);
  self->instance = instance;
  self->posted_index = -1;
  gst_mobilenet_smooth_init (&self->smooth);
  g_queue_init (&self->letters);
  g_mutex_init (&self->lock);
  return self;
}

void
gst_mobilenet_results_free (GstMobilenetResults *self)
{
  if (!self)
    return;
  held_unref (self->held);
  gst_mobilenet_smooth_clear (&self->smooth);
  g_mutex_clear (&self->lock);
  g_free (self->name);
  g_free (self);
}

const gchar *
gst_mobilenet_results_get_name (GstMobilenetResults *self)
{
  return self->name;
}

static guint
smooth_classes (GstMobilenetResults *self, GstMobilenetModel *model,
    const MnResult *result, const GstMobilenetFrameId *frame,
    const GstMobilenetShow *show, MnClass *ranked)
{
  const gfloat *scores;
  guint n;

  if (self->smooth_epoch != frame->epoch || self->smooth_run != frame->run
      || self->smooth_model != model->number)
    gst_mobilenet_smooth_reset (&self->smooth);
  self->smooth_epoch = frame->epoch;
  self->smooth_run = frame->run;
  self->smooth_model = model->number;
  /* A frame that is a little out of order is no break. */
  if (self->smooth.n == 0 || !GST_CLOCK_TIME_IS_VALID (frame->time)
      || !GST_CLOCK_TIME_IS_VALID (self->smooth_time)
      || frame->time > self->smooth_time)
    self->smooth_time = frame->time;
  scores = mn_result_get_scores (result, &n);
  gst_mobilenet_smooth_add (&self->smooth, scores, n, self->smooth_time,
      show->smoothing);
  /* No memory for it: as without. */
  if (self->smooth.n == 0)
    return mn_result_top_k (result, show->top_k, show->threshold, ranked);
  return gst_mobilenet_smooth_top_k (&self->smooth, show->top_k,
      show->threshold, ranked);
}

void
gst_mobilenet_results_take (GstMobilenetResults *self, GstMobilenetModel *model,
    MnResult *result, const GstMobilenetFrameId *frame,
    const GstMobilenetShow *show)
{
  MnClass ranked[GST_MOBILENET_MAX_CLASSES];
  Held *held;
  guint n;

  if (show->smoothing > 0.0) {
    n = smooth_classes (self, model, result, frame, show, ranked);
  } else {
    gst_mobilenet_smooth_reset (&self->smooth);
    n = mn_result_top_k (result, show->top_k, show->threshold, ranked);
  }
  held = held_new (self, model, result, frame, ranked, n);
  held->tensors = show->tensors ? mn_result_ref (result) : NULL;
  g_mutex_lock (&self->lock);
  if (self->epoch == frame->epoch) {
    Held *old = self->held;

    self->held = held;
    self->missed = FALSE;
    held = old;
    write_letter (self, self->held, FALSE, show->messages);
  }
  g_mutex_unlock (&self->lock);
  held_unref (held);
}

void
gst_mobilenet_results_miss (GstMobilenetResults *self)
{
  g_mutex_lock (&self->lock);
  if (!self->missed)
    self->missed_since = GST_CLOCK_TIME_NONE;
  self->missed = TRUE;
  g_mutex_unlock (&self->lock);
}

void
gst_mobilenet_results_post (GstMobilenetResults *self)
{
  g_mutex_lock (&self->lock);
  post_and_unlock (self);
}

/* Frames may be a little out of order. */
static GstClockTime
get_difference (GstClockTime later, GstClockTime earlier)
{
  return later > earlier ? later - earlier : 0;
}

/* FALSE: not for this frame, which is an older one. */
static gboolean
get_age (const Held *held, const GstMobilenetFrameId *frame, GstClockTime *age)
{
  *age = GST_CLOCK_TIME_NONE;
  if (frame->number < held->result.number)
    return FALSE;
  if (GST_CLOCK_TIME_IS_VALID (held->time)
      && GST_CLOCK_TIME_IS_VALID (frame->time))
    *age = get_difference (frame->time, held->time);
  return TRUE;
}

static gboolean
is_over (GstClockTime age, GstClockTime max_age)
{
  return max_age > 0 && GST_CLOCK_TIME_IS_VALID (age) && age > max_age;
}

/* With the lock: whether the newest result should have been replaced for too
 * long by now, which is frame. One that nothing was to replace so far, or
 * whose heir is on its way, is as good as ever. */
static gboolean
is_expired (GstMobilenetResults *self, const GstMobilenetFrameId *frame,
    GstClockTime max_age)
{
  if (!self->missed || !GST_CLOCK_TIME_IS_VALID (frame->time))
    return FALSE;
  if (!GST_CLOCK_TIME_IS_VALID (self->missed_since))
    self->missed_since = frame->time;
  return is_over (get_difference (frame->time, self->missed_since), max_age);
}

/* Ends held, unless there is a newer one by now. */
static void
expire (GstMobilenetResults *self, Held *held, GstMobilenetMessages which)
{
  gboolean newest;

  g_mutex_lock (&self->lock);
  newest = self->held == held;
  if (newest) {
    self->held = NULL;
    write_letter (self, held, TRUE, which);
  }
  post_and_unlock (self);
  if (newest)
    held_unref (held);
}

static void
attach (GstBuffer *buffer, const Held *held, GstClockTime age, gboolean fresh)
{
  GstMobilenetResult result = held->result;

  result.age = age;
  result.fresh = fresh;
  gst_mobilenet_meta_attach (buffer, &result);
  gst_mobilenet_analytics_attach (buffer, &result);
  if (held->tensors)
    gst_mobilenet_tensors_attach (buffer, held->tensors);
}

GstBuffer *
gst_mobilenet_results_attach (GstMobilenetResults *self, GstBuffer *buffer,
    const GstMobilenetFrameId *frame, const GstMobilenetShow *show)
{
  gboolean expired;
  GstClockTime age;
  Held *held;

  g_mutex_lock (&self->lock);
  held = held_ref (self->held);
  expired = held && is_expired (self, frame, show->max_age);
  g_mutex_unlock (&self->lock);
  if (!held)
    return buffer;
  if (expired) {
    expire (self, held, show->messages);
  } else if (get_age (held, frame, &age)) {
    gboolean fresh = held->result.number == frame->number;

    buffer = gst_buffer_make_writable (buffer);
    attach (buffer, held, fresh ? 0 : age, fresh);
  }
  held_unref (held);
  return buffer;
}

gboolean
gst_mobilenet_results_are_missing (GstMobilenetResults *self,
    const GstMobilenetFrameId *frame, GstClockTime max_age)
{
  GstClockTime age;
  gboolean missing;

  g_mutex_lock (&self->lock);
  missing = !self->held || !get_age (self->held, frame, &age)
      || is_over (age, max_age);
  g_mutex_unlock (&self->lock);
  return missing;
}

void
gst_mobilenet_results_end (GstMobilenetResults *self,
    const GstMobilenetShow *show)
{
  Held *held;

  g_mutex_lock (&self->lock);
  self->epoch++;
  held = g_steal_pointer (&self->held);
  if (held)
    write_letter (self, held, TRUE, show->messages);
  post_and_unlock (self);
  held_unref (held);
}

void
gst_mobilenet_results_forget (GstMobilenetResults *self)
{
  Held *held;

  g_mutex_lock (&self->lock);
  self->epoch++;
  held = g_steal_pointer (&self->held);
  g_mutex_unlock (&self->lock);
  held_unref (held);
}

guint
gst_mobilenet_results_get_epoch (GstMobilenetResults *self)
{
  guint epoch;

  g_mutex_lock (&self->lock);
  epoch = self->epoch;
  g_mutex_unlock (&self->lock);
  return epoch;
}
