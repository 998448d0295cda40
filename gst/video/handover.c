/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/video/handover.h"

#include <gst/allocators/gstdmabuf.h>

typedef struct _Copies Copies;
typedef struct _Copy Copy;

struct _Copy
{
  MnFrame frame; /* first: a frame is its Copy */
  Copies *copies;
  Copy *next;
  guint8 *memory;
  gsize size;
};

/* Copies for reuse. Lives until the last one came back. */
struct _Copies
{
  gint refcount;
  GMutex lock;
  Copy *unused;
};

struct _GstMobilenetHandover
{
  Copies *copies;
  GWeakRef pool; /* the last one asked */
  gboolean bounded;
};

static void
copies_unref (Copies *self)
{
  if (!g_atomic_int_dec_and_test (&self->refcount))
    return;
  while (self->unused) {
    Copy *copy = self->unused;

    self->unused = copy->next;
    g_free (copy->memory);
    g_free (copy);
  }
  g_mutex_clear (&self->lock);
  g_free (self);
}

GstMobilenetHandover *
gst_mobilenet_handover_new (void)
{
  GstMobilenetHandover *self = g_new0 (GstMobilenetHandover, 1);

  self->copies = g_new0 (Copies, 1);
  self->copies->refcount = 1;
  g_mutex_init (&self->copies->lock);
  g_weak_ref_init (&self->pool, NULL);
  return self;
}

void
gst_mobilenet_handover_free (GstMobilenetHandover *self)
{
  if (!self)
    return;
  copies_unref (self->copies);
  g_weak_ref_clear (&self->pool);
  g_free (self);
}

/* ---- may it be held? -------------------------------------------------- */

static gboolean
is_bounded (GstBufferPool *pool)
{
  GstStructure *config = gst_buffer_pool_get_config (pool);
  guint max = 1;

  gst_buffer_pool_config_get_params (config, NULL, NULL, NULL, &max);
  gst_structure_free (config);
  return max > 0;
}

gboolean
gst_mobilenet_handover_is_scarce (GstMobilenetHandover *self, GstBuffer *buffer)
{
  g_autoptr (GstBufferPool) known = NULL;

  if (gst_buffer_get_parent_buffer_meta (buffer))
    return TRUE;
  if (!buffer->pool)
    return FALSE;
  known = g_weak_ref_get (&self->pool);
  if (buffer->pool != known) {
    g_weak_ref_set (&self->pool, buffer->pool);
    self->bounded = is_bounded (buffer->pool);
  }
  return self->bounded;
}

static gboolean
can_share (GstBuffer *buffer, gboolean dmabuf)
{
  guint n = gst_buffer_n_memory (buffer), i;

  for (i = 0; i < n; i++) {
    GstMemory *memory = gst_buffer_peek_memory (buffer, i);

    if (!(dmabuf ? gst_is_dmabuf_memory (memory)
                 : gst_memory_is_type (memory, GST_ALLOCATOR_SYSMEM))
        || GST_MEMORY_FLAG_IS_SET (memory, GST_MEMORY_FLAG_NO_SHARE))
      return FALSE;
  }
  return n > 0;
}

gboolean
gst_mobilenet_handover_can_hold (GstMobilenetHandover *self, GstBuffer *buffer,
    gboolean import)
{
  return (can_share (buffer, FALSE) || (import && can_share (buffer, TRUE)))
      && !gst_mobilenet_handover_is_scarce (self, buffer);
}

/* ---- copies ----------------------------------------------------------- */

static void
release_copy (MnFrame *frame)
{
  Copy *copy = (Copy *) frame;
  Copies *copies = copy->copies;

  g_mutex_lock (&copies->lock);
  copy->next = copies->unused;
  copies->unused = copy;
  g_mutex_unlock (&copies->lock);
  copies_unref (copies);
}

/* NULL: no memory. */
static Copy *
take_copy (Copies *copies, gsize size)
{
  Copy *copy;

  g_mutex_lock (&copies->lock);
  copy = copies->unused;
  if (copy)
    copies->unused = copy->next;
  g_mutex_unlock (&copies->lock);
  if (!copy)
    copy = g_new0 (Copy, 1);
  if (copy->size < size) {
    g_free (copy->memory);
    copy->memory = g_try_malloc0 (size);
    copy->size = copy->memory ? size : 0;
  }
  if (copy->size < size) {
    g_free (copy);
    return NULL;
  }
  copy->copies = copies;
  copy->next = NULL;
  g_atomic_int_inc (&copies->refcount);
  return copy;
}

static MnFrame *
copy_frame (GstMobilenetHandover *self, const MnFrame *frame,
    const MnInput *input, guint width, guint height, GError **error)
{
  Copy *copy = take_copy (self->copies, mn_frame_copy_size (&frame->desc));

  if (!copy) {
    g_set_error (error, MN_ERROR, MN_ERROR_NO_MEMORY,
        "no memory for a copy of a frame of %ux%u pixels", frame->desc.width,
        frame->desc.height);
    return NULL;
  }
  mn_frame_init (&copy->frame, &frame->desc, release_copy, copy);
  copy->frame.memory = MN_MEMORY_HOST;
  copy->frame.n_planes = frame->n_planes;
  if (!mn_frame_copy (frame, input, width, height, copy->memory,
          copy->frame.planes, error)) {
    mn_frame_unref (&copy->frame);
    return NULL;
  }
  return &copy->frame;
}

/* The memory, not the buffer: that goes back to its pool in time, and metadata
 * can be added without a copy of it. */
static GstBuffer *
shell_new (GstBuffer *buffer)
{
  GstBuffer *shell = gst_buffer_new ();

  gst_buffer_copy_into (shell, buffer,
      GST_BUFFER_COPY_MEMORY | GST_BUFFER_COPY_META, 0, -1);
  return shell;
}

MnFrame *
gst_mobilenet_handover_take (GstMobilenetHandover *self,
    GstMobilenetFramePool *pool, GstBuffer *buffer, const GstVideoInfo *info,
    const MnInput *input, guint width, guint height, gboolean import,
    GError **error)
{
  g_autoptr (MnFrame) frame = NULL;

  if (gst_mobilenet_handover_can_hold (self, buffer, import)) {
    g_autoptr (GstBuffer) shell = shell_new (buffer);

    frame = import
        ? gst_mobilenet_frame_pool_import (pool, shell, info, &input->source)
        : NULL;
    if (frame)
      return g_steal_pointer (&frame);
    if (can_share (buffer, FALSE))
      return gst_mobilenet_frame_pool_map (pool, shell, info, &input->source,
          error);
  }
  frame = gst_mobilenet_frame_pool_map (pool, buffer, info, &input->source,
      error);
  /* Unpacking makes a copy. */
  if (frame && gst_mobilenet_frame_is_packed (frame))
    return gst_mobilenet_frame_unpack (frame, input, width, height, error)
        ? g_steal_pointer (&frame)
        : NULL;
  if (!frame || mn_frame_copy_size (&input->source) == 0)
    return g_steal_pointer (&frame);
  return copy_frame (self, frame, input, width, height, error);
}
