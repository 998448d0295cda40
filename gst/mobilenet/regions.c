/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/mobilenet/regions.h"

#include <stdlib.h>
#include <string.h>

#include "gst/meta/analytics.h"
#include "gst/meta/roi.h"
#include "gst/video/desc.h"

/* How much of the two boxes an object's old and new ones must share to be
 * about the same view of it. */
#define SAME_BOX 0.6
/* So many objects are remembered at most. */
#define MAX_TRACKS 256

typedef enum
{
  OBJECT_ANALYTICS, /* id: of the mtd on its buffer */
  OBJECT_ROI        /* id: which of the buffer's metas */
} ObjectKind;

typedef struct
{
  ObjectKind kind;
  guint id;
  guint64 track; /* what stays with it; 0: nothing */
  MnRect box;    /* pixels of the frame */
  gint view;     /* of the job's; -1: the track's result */
} Object;

/* What the engine reads: it may hold on to some of it for long. */
typedef struct
{
  gint refcount; /* the job's, and each frame's */
  MnFrame *base;
  MnFrame frames[MN_MAX_BATCH];
} Views;

/* What is left of a job is used again for another one, whose frames then take
 * no memory. */
struct _GstMobilenetRegionJob
{
  GstMobilenetRegions *regions;
  GstMobilenetRegionJob *next; /* while it is unused */
  Views *views;                /* without a base once they are seen; NULL: the
                                * engine still had them then */
  guint n_views;
  MnTicket ticket;                 /* 0: nothing is in flight */
  MnResult *results[MN_MAX_BATCH]; /* by view; NULL: none */
  gboolean failed;
  guint n_objects, max_objects;
  Object objects[GST_MOBILENET_MAX_REGIONS];
};

typedef struct
{
  ObjectKind kind;
  guint64 id;
  MnRect box;             /* that was classified last */
  guint64 computed, seen; /* numbers of frames */
  MnResult *result;       /* NULL: on its way, or failed */
} Track;

struct _GstMobilenetRegions
{
  GArray *tracks;
  guint64 n_frames;
  GstMobilenetRegionJob *unused;
};

static void
clear_track (gpointer data)
{
  mn_result_unref (((Track *) data)->result);
}

GstMobilenetRegions *
gst_mobilenet_regions_new (void)
{
  GstMobilenetRegions *self = g_new0 (GstMobilenetRegions, 1);

  self->tracks = g_array_new (FALSE, FALSE, sizeof (Track));
  g_array_set_clear_func (self->tracks, clear_track);
  return self;
}

void
gst_mobilenet_regions_free (GstMobilenetRegions *self)
{
  if (!self)
    return;
  while (self->unused) {
    GstMobilenetRegionJob *job = self->unused;

    self->unused = job->next;
    g_free (job->views);
    g_free (job);
  }
  g_array_unref (self->tracks);
  g_free (self);
}

void
gst_mobilenet_regions_forget (GstMobilenetRegions *self)
{
  g_array_set_size (self->tracks, 0);
}

/* ---- objects --------------------------------------------------------- */

/* Of the whole that boxes are measured in, whatever part of it is visible. */
typedef struct
{
  guint width, height;
} Size;

/* The part of the box that is inside the frame. FALSE: nothing is. */
static gboolean
cut (MnRect *box, gint64 x, gint64 y, gint64 width, gint64 height,
    const Size *size)
{
  gint64 right = MIN (x + width, size->width);
  gint64 bottom = MIN (y + height, size->height);

  x = MAX (x, 0);
  y = MAX (y, 0);
  if (width <= 0 || height <= 0 || right <= x || bottom <= y)
    return FALSE;
  *box = (MnRect) {x, y, right - x, bottom - y};
  return TRUE;
}

static gint64
area (const MnRect *box)
{
  return (gint64) box->width * box->height;
}

/* The largest come first, those alike in the order of the buffer; the
 * smallest go where there are too many. */
static void
add_object (GstMobilenetRegionJob *job, const Object *object)
{
  guint at = job->n_objects, end;

  while (at > 0 && area (&job->objects[at - 1].box) < area (&object->box))
    at--;
  if (at == job->max_objects)
    return;
  end = MIN (job->n_objects + 1, job->max_objects);
  memmove (&job->objects[at + 1], &job->objects[at],
      (end - at - 1) * sizeof (Object));
  job->objects[at] = *object;
  job->n_objects = end;
}

static void
add_analytics_objects (GstMobilenetRegionJob *job, GstBuffer *buffer,
    const Size *size)
{
  GstMobilenetObject found;
  gpointer state = NULL;

  while (gst_mobilenet_analytics_iterate_objects (buffer, &state, &found)) {
    Object object = {OBJECT_ANALYTICS, found.id, found.track};

    if (cut (&object.box, found.x, found.y, found.width, found.height, size))
      add_object (job, &object);
  }
}

static void
add_roi_objects (GstMobilenetRegionJob *job, GstBuffer *buffer,
    const Size *size)
{
  GstMobilenetObject found;
  gpointer state = NULL;
  guint i;

  for (i = 0; gst_mobilenet_roi_iterate (buffer, &state, &found); i++) {
    Object object = {OBJECT_ROI, i, found.track};

    if (cut (&object.box, found.x, found.y, found.width, found.height, size))
      add_object (job, &object);
  }
}

static gdouble
shared_part (const MnRect *a, const MnRect *b)
{
  gint64 x = MIN (a->x + a->width, b->x + b->width) - MAX (a->x, b->x);
  gint64 y = MIN (a->y + a->height, b->y + b->height) - MAX (a->y, b->y);
  gint64 both = x > 0 && y > 0 ? x * y : 0;

  return both / (gdouble) (area (a) + area (b) - both);
}

/* ---- tracks ---------------------------------------------------------- */

static Track *
find_track (GstMobilenetRegions *self, const Object *object)
{
  guint i;

  for (i = 0; object->track && i < self->tracks->len; i++) {
    Track *track = &g_array_index (self->tracks, Track, i);

    if (track->kind == object->kind && track->id == object->track)
      return track;
  }
  return NULL;
}

/* Whoever has been away for longer than a class is kept, and more than are
 * remembered. */
static void
drop_old_tracks (GstMobilenetRegions *self, guint keep)
{
  guint i = 0;

  while (i < self->tracks->len) {
    const Track *track = &g_array_index (self->tracks, Track, i);

    if (self->n_frames - track->seen > keep)
      g_array_remove_index (self->tracks, i);
    else
      i++;
  }
  if (self->tracks->len > MAX_TRACKS)
    g_array_remove_range (self->tracks, 0, self->tracks->len - MAX_TRACKS);
}

/* Whether the object's class is still good; else it is noted that a new one
 * is on its way. */
static gboolean
keeps_class (GstMobilenetRegions *self, const Object *object, guint keep)
{
  Track *track = find_track (self, object);
  gboolean kept = track && self->n_frames - track->computed <= keep
      && shared_part (&track->box, &object->box) >= SAME_BOX;

  if (!object->track || keep == 0)
    return FALSE;
  if (!track) {
    Track new = {object->kind, object->track};

    g_array_append_val (self->tracks, new);
    track = &g_array_index (self->tracks, Track, self->tracks->len - 1);
  }
  track->seen = self->n_frames;
  if (!kept) {
    track->box = object->box;
    track->computed = self->n_frames;
  }
  return kept;
}

/* ---- jobs ------------------------------------------------------------ */

static void
views_unref (Views *views)
{
  if (!g_atomic_int_dec_and_test (&views->refcount))
    return;
  mn_frame_unref (views->base);
  g_free (views);
}

static void
release_view (MnFrame *frame)
{
  views_unref (frame->user_data);
}

/* The base frame seen through the object's box. Boxes alike share one. */
static void
add_view (GstMobilenetRegionJob *job, Object *object, gboolean field)
{
  Views *views = job->views;
  MnFrameDesc desc = views->base->desc;
  MnFrame *frame;
  guint i;

  desc.crop = field ? gst_mobilenet_rect_in_field (object->box) : object->box;
  for (i = 0; i < job->n_views; i++) {
    const MnRect *crop = &views->frames[i].desc.crop;

    if (memcmp (crop, &desc.crop, sizeof (*crop)) == 0) {
      object->view = i;
      return;
    }
  }
  frame = &views->frames[job->n_views];
  object->view = job->n_views++;
  *frame = *views->base;
  frame->desc = desc;
  frame->refcount = 1;
  frame->release = release_view;
  frame->user_data = views;
  g_atomic_int_inc (&views->refcount);
}

/* Lets go of the buffer. What the engine still holds is left to it. */
static void
drop_views (GstMobilenetRegionJob *job)
{
  guint i;

  if (!job->views || !job->views->base)
    return;
  for (i = 0; i < job->n_views; i++)
    mn_frame_unref (&job->views->frames[i]);
  if (g_atomic_int_get (&job->views->refcount) == 1)
    g_clear_pointer (&job->views->base, mn_frame_unref);
  else
    g_clear_pointer (&job->views, views_unref);
}

static GstMobilenetRegionJob *
job_take (GstMobilenetRegions *self, guint max_objects)
{
  GstMobilenetRegionJob *job = self->unused;

  if (job)
    self->unused = job->next;
  else
    job = g_new0 (GstMobilenetRegionJob, 1);
  job->regions = self;
  job->next = NULL;
  job->n_views = job->n_objects = 0;
  job->max_objects = MIN (max_objects, GST_MOBILENET_MAX_REGIONS);
  job->ticket = 0;
  job->failed = FALSE;
  return job;
}

static void
job_give_back (GstMobilenetRegionJob *job)
{
  guint i;

  drop_views (job);
  for (i = 0; i < MN_MAX_BATCH; i++)
    g_clear_pointer (&job->results[i], mn_result_unref);
  job->next = job->regions->unused;
  job->regions->unused = job;
}

static void
set_base (GstMobilenetRegionJob *job, MnFrame *frame)
{
  if (!job->views)
    job->views = g_new0 (Views, 1);
  job->views->refcount = 1;
  job->views->base = mn_frame_ref (frame);
}

GstMobilenetRegionJob *
gst_mobilenet_regions_begin (GstMobilenetRegions *self, GstBuffer *buffer,
    const GstVideoInfo *info, MnFrame *frame,
    const GstMobilenetRegionOptions *options)
{
  GstMobilenetRegionJob *job = job_take (self, options->max_regions);
  gboolean field = gst_mobilenet_buffer_get_field (buffer, info)
      != GST_MOBILENET_FIELD_NONE;
  MnRect visible;
  Size size;
  guint i;

  self->n_frames++;
  drop_old_tracks (self, options->keep);
  gst_mobilenet_buffer_get_visible (buffer, info, &size.width, &size.height,
      &visible);
  add_analytics_objects (job, buffer, &size);
  add_roi_objects (job, buffer, &size);
  if (job->n_objects == 0) {
    job_give_back (job);
    return NULL;
  }
  set_base (job, frame);
  for (i = 0; i < job->n_objects; i++) {
    Object *object = &job->objects[i];

    object->view = -1;
    if (options->renew && !keeps_class (self, object, options->keep))
      add_view (job, object, field);
  }
  return job;
}

gboolean
gst_mobilenet_region_job_start (GstMobilenetRegionJob *job, MnRunner *runner,
    GError **error)
{
  MnFrame *frames[MN_MAX_BATCH];
  guint i;

  if (job->n_views == 0)
    return TRUE;
  for (i = 0; i < job->n_views; i++)
    frames[i] = &job->views->frames[i];
  job->failed = !mn_runner_submit (runner, frames, job->n_views, &job->ticket,
      error);
  return !job->failed;
}

MnTicket
gst_mobilenet_region_job_get_ticket (const GstMobilenetRegionJob *job)
{
  return job->ticket;
}

gboolean
gst_mobilenet_region_job_wait (GstMobilenetRegionJob *job, MnRunner *runner,
    gint64 deadline, GError **error)
{
  g_autoptr (GError) cause = NULL;

  if (job->ticket
      && !mn_runner_wait (runner, job->ticket, deadline, job->results,
          &cause)) {
    if (deadline != MN_FOREVER
        && g_error_matches (cause, MN_ERROR, MN_ERROR_TIMEOUT))
      return FALSE;
    job->failed = TRUE;
    g_propagate_error (error, g_steal_pointer (&cause));
  }
  job->ticket = 0;
  /* They map the buffer, which could not be written to. */
  drop_views (job);
  return TRUE;
}

void
gst_mobilenet_region_job_cancel (GstMobilenetRegionJob *job, MnRunner *runner)
{
  if (!job)
    return;
  if (job->ticket)
    mn_runner_cancel (runner, job->ticket);
  job_give_back (job);
}

/* ---- results --------------------------------------------------------- */

static void
attach (GstBuffer *buffer, const Object *object, const MnResult *seen,
    const GstMobilenetRegionOptions *options)
{
  MnClass ranked[GST_MOBILENET_MAX_CLASSES];
  GstMobilenetScore scores[GST_MOBILENET_MAX_CLASSES];
  GstMobilenetResult result = {.element = options->element,
    .instance = options->instance,
    .kind = mn_result_get_task (seen),
    .classes = scores};

  result.n_classes = mn_result_top_k (seen, options->top_k, options->threshold,
      ranked);
  gst_mobilenet_scores_set (scores, ranked, result.n_classes, options->labels,
      NULL);
  if (object->kind == OBJECT_ANALYTICS)
    gst_mobilenet_analytics_attach_to (buffer, object->id, &result);
  else
    gst_mobilenet_roi_attach_to (buffer, object->id, &result);
}

/* Takes the job's results to the tracks that wait for them. */
static void
keep_results (GstMobilenetRegions *self, const GstMobilenetRegionJob *job)
{
  guint i;

  for (i = 0; i < job->n_objects; i++) {
    const Object *object = &job->objects[i];
    Track *track = find_track (self, object);

    if (!track || object->view < 0)
      continue;
    mn_result_unref (track->result);
    track->result = mn_result_ref (job->results[object->view]);
  }
}

static void
attach_all (GstMobilenetRegions *self, const GstMobilenetRegionJob *job,
    GstBuffer *buffer, const GstMobilenetRegionOptions *options)
{
  guint i;

  for (i = 0; i < job->n_objects; i++) {
    const Object *object = &job->objects[i];
    Track *track = find_track (self, object);
    MnResult *result = object->view >= 0 ? job->results[object->view]
        : track                          ? track->result
                                         : NULL;

    if (result)
      attach (buffer, object, result, options);
  }
}

GstBuffer *
gst_mobilenet_regions_finish (GstMobilenetRegions *self,
    GstMobilenetRegionJob *job, GstBuffer *buffer,
    const GstMobilenetRegionOptions *options, guint64 *latency)
{
  *latency = 0;
  drop_views (job);
  if (job->failed) {
    /* Tracks would wait for it in vain. */
    gst_mobilenet_regions_forget (self);
  } else if (job->results[0]) {
    *latency = mn_result_get_latency (job->results[0]);
    keep_results (self, job);
  }
  buffer = gst_buffer_make_writable (buffer);
  attach_all (self, job, buffer, options);
  job_give_back (job);
  return buffer;
}
