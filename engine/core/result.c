/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the network said about one frame. */

#include "engine/core/internal.h"
#include "engine/base/keep.h"

#include <string.h>

#define ALIGN64(x) (((x) + 63) & ~(gsize) 63)

/* Kept for later; more are out at once only where somebody hoards them. */
#define MOST_KEPT MN_MAX_BATCH

struct _MnResultPool
{
  gint refcount; /* the session's, and one a result */
  MnModel *model;
  const gchar *backend;
  GMutex lock; /* of what follows */
  MnResult *kept;
  guint n_kept;
};

/* Of a result whose own struct takes head bytes; FALSE: too many. */
static gboolean
count_bytes (MnResultPool *pool, gsize head, gsize *size)
{
  const MnGraph *graph = mn_model_get_graph (pool->model);
  gsize room;
  guint i;

  *size = head;
  for (i = 0; i < graph->outputs->len; i++) {
    gsize bytes = mn_tensor_size (mn_graph_output (graph, i));

    if (bytes > G_MAXSIZE - 64
        || !g_size_checked_add (size, *size, ALIGN64 (bytes)))
      return FALSE;
  }
  return g_size_checked_mul (&room, pool->model->output.n_floats,
             sizeof (gfloat))
      && g_size_checked_add (size, *size, room);
}

/* One allocation. */
static MnResult *
result_new (MnResultPool *pool, GError **error)
{
  const MnGraph *graph = mn_model_get_graph (pool->model);
  guint n = graph->outputs->len, i;
  gsize head = ALIGN64 (sizeof (MnResult) + n * sizeof (MnTensorView));
  gsize size;
  MnResult *self = NULL;
  guint8 *at;

  if (count_bytes (pool, head, &size))
    self = g_try_malloc0 (size);
  if (!self) {
    mn_no_memory (graph->name, "its results", error);
    return NULL;
  }
  self->info = mn_model_get_info (pool->model);
  self->backend = pool->backend;
  self->n_outputs = n;
  self->outputs = (MnTensorView *) (self + 1);
  at = (guint8 *) self + head;
  for (i = 0; i < n; i++) {
    const MnTensor *t = mn_graph_output (graph, i);
    MnTensorView *view = &self->outputs[i];

    view->name = t->name;
    view->dtype = t->dtype;
    view->rank = t->rank;
    memcpy (view->dims, t->dims, sizeof (view->dims));
    view->data = at;
    view->size = mn_tensor_size (t);
    at += ALIGN64 (view->size);
  }
  self->room = (gfloat *) at;
  return self;
}

MnResultPool *
mn_result_pool_new (MnModel *model, const gchar *backend)
{
  MnResultPool *self = g_new0 (MnResultPool, 1);

  self->refcount = 1;
  self->model = mn_model_ref (model);
  self->backend = backend;
  g_mutex_init (&self->lock);
  return self;
}

void
mn_result_pool_unref (MnResultPool *self)
{
  MnResult *result;

  if (!self || !g_atomic_int_dec_and_test (&self->refcount))
    return;
  while ((result = self->kept)) {
    self->kept = result->next;
    g_free (result);
  }
  mn_model_unref (self->model);
  g_mutex_clear (&self->lock);
  g_free (self);
}

MnResult *
mn_result_pool_take (MnResultPool *self, GError **error)
{
  MnResult *result;

  g_mutex_lock (&self->lock);
  result = self->kept;
  if (result) {
    self->kept = result->next;
    self->n_kept--;
  }
  g_mutex_unlock (&self->lock);
  if (!result)
    result = result_new (self, error);
  if (!result)
    return NULL;
  result->refcount = 1;
  result->pool = self;
  g_atomic_int_inc (&self->refcount);
  return result;
}

static void
give_back (MnResult *result)
{
  MnResultPool *pool = result->pool;

  g_mutex_lock (&pool->lock);
  if (pool->n_kept < MOST_KEPT) {
    result->next = pool->kept;
    pool->kept = result;
    pool->n_kept++;
    result = NULL;
  }
  g_mutex_unlock (&pool->lock);
  g_free (result);
  mn_result_pool_unref (pool);
}

void
mn_result_abandon (MnResult *self)
{
  mn_result_pool_unref (self->pool);
  mn_keep_for_good (self);
}

MnResult *
mn_result_ref (MnResult *self)
{
  g_atomic_int_inc (&self->refcount);
  return self;
}

void
mn_result_unref (MnResult *self)
{
  if (self && g_atomic_int_dec_and_test (&self->refcount))
    give_back (self);
}

void
mn_result_finish (MnResult *self, guint64 latency)
{
  const MnModel *model = self->pool->model;

  self->latency = latency;
  mn_tasks_get (model->output.task)
      ->finish (model->graph, &model->output, self->outputs, self->room,
          &self->payload);
}

MnTask
mn_result_get_task (const MnResult *self)
{
  return self->info->task;
}

const gchar *
mn_result_get_backend (const MnResult *self)
{
  return self->backend;
}

guint64
mn_result_get_latency (const MnResult *self)
{
  return self->latency;
}

guint
mn_result_get_n_outputs (const MnResult *self)
{
  return self->n_outputs;
}

const MnTensorView *
mn_result_get_output (const MnResult *self, guint i)
{
  g_return_val_if_fail (i < self->n_outputs, NULL);
  return &self->outputs[i];
}

const gfloat *
mn_result_get_scores (const MnResult *self, guint *n)
{
  gboolean has_scores = self->payload.kind == MN_PAYLOAD_SCORES;

  *n = has_scores ? self->payload.scores.n : 0;
  return has_scores ? self->payload.scores.values : NULL;
}

guint
mn_result_top_k (const MnResult *self, guint k, gfloat threshold,
    MnClass *classes)
{
  guint n = 0, n_scores, i, j;
  const gfloat *scores = mn_result_get_scores (self, &n_scores);

  /* Insertion: k is small, and most scores fall below the k-th. */
  for (i = 0; i < n_scores; i++) {
    gfloat score = scores[i];

    /* Written so that NaN is left out. */
    if (!(score >= threshold) || k == 0)
      continue;
    if (n == k && !(score > classes[n - 1].confidence))
      continue;
    if (n < k)
      n++;
    for (j = n - 1; j > 0 && classes[j - 1].confidence < score; j--)
      classes[j] = classes[j - 1];
    classes[j].index = i;
    classes[j].confidence = score;
  }
  return n;
}
