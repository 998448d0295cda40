/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "opencl/preprocess/upload.h"

#include "engine/preprocess/tiles.h"

#include <string.h>

#define N_MAPPED 2

/* A buffer that the host can write to once it is its turn again. */
typedef struct
{
  cl_mem memory; /* NULL: there is none, or it failed */
  guint8 *data;  /* NULL while the device has it */
  cl_event turn; /* when data may be written; NULL: it may */
} Mapped;

struct _MnClUpload
{
  const MnClDevice *device;
  cl_command_queue queue;
  gsize size;
  cl_mem memory; /* written by the queue; NULL: not needed yet */
  Mapped mapped[N_MAPPED];
  guint next;      /* of them */
  Mapped *written; /* for the launch that follows; NULL: none of them */
};

/* ---- mapped buffers ----------------------------------------------------- */

static void
drop (MnClUpload *self, Mapped *mapped)
{
  const MnCl *cl = self->device->cl;

  if (mapped->data)
    cl->EnqueueUnmapMemObject (self->queue, mapped->memory, mapped->data, 0,
        NULL, NULL);
  if (mapped->turn)
    cl->ReleaseEvent (mapped->turn);
  if (mapped->memory)
    cl->ReleaseMemObject (mapped->memory);
  memset (mapped, 0, sizeof (*mapped));
}

/* A buffer that cannot be mapped is done without. */
static void
map (MnClUpload *self, Mapped *mapped, cl_bool blocking)
{
  cl_int r = CL_SUCCESS;

  mapped->data = self->device->cl->EnqueueMapBuffer (self->queue,
      mapped->memory, blocking, CL_MAP_WRITE_INVALIDATE_REGION, 0, self->size,
      0, NULL, blocking ? NULL : &mapped->turn, &r);
  if (!mapped->data)
    drop (self, mapped);
}

static void
create_mapped (MnClUpload *self)
{
  const MnCl *cl = self->device->cl;
  cl_int r = CL_SUCCESS;
  guint i;

  for (i = 0; i < N_MAPPED; i++) {
    self->mapped[i].memory = cl->CreateBuffer (self->device->context,
        CL_MEM_READ_ONLY | CL_MEM_ALLOC_HOST_PTR, self->size, NULL, &r);
    if (self->mapped[i].memory)
      map (self, &self->mapped[i], CL_TRUE);
  }
}

static gboolean
is_free (MnClUpload *self, Mapped *mapped)
{
  cl_int status = CL_QUEUED;

  if (!mapped->data || !mapped->turn)
    return mapped->data != NULL;
  if (self->device->cl->GetEventInfo (mapped->turn,
          CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof status, &status, NULL)
          != CL_SUCCESS
      || status < 0) {
    drop (self, mapped);
    return FALSE;
  }
  if (status != CL_COMPLETE)
    return FALSE;
  self->device->cl->ReleaseEvent (mapped->turn);
  mapped->turn = NULL;
  return TRUE;
}

/* NULL: the device still reads them all. */
static Mapped *
find_free (MnClUpload *self)
{
  guint i;

  for (i = 0; i < N_MAPPED; i++) {
    Mapped *mapped = &self->mapped[(self->next + i) % N_MAPPED];

    if (is_free (self, mapped)) {
      self->next = (self->next + i + 1) % N_MAPPED;
      return mapped;
    }
  }
  return NULL;
}

/* FALSE: it is not known whose it is, and so nobody's. */
static gboolean
give (MnClUpload *self, Mapped *mapped, GError **error)
{
  cl_int r = self->device->cl->EnqueueUnmapMemObject (self->queue,
      mapped->memory, mapped->data, 0, NULL, NULL);

  mapped->data = NULL;
  if (r != CL_SUCCESS) {
    drop (self, mapped);
    return mn_cl_fail (error, MN_ERROR_DEVICE, r, "clEnqueueUnmapMemObject",
        "input");
  }
  self->written = mapped;
  return TRUE;
}

/* The picture as the buffer holds it. */
static void
copy_picture (const MnClView *view, const MnFrame *frame, guint8 *to)
{
  gsize r;
  guint i;

  for (i = 0; i < view->n_planes; i++) {
    const MnClPlane *plane = &view->planes[i];
    const MnPlane *source = &frame->planes[i];
    guint8 *row = to + plane->row * view->pitch;

    for (r = 0; r < plane->n_rows; r++, row += view->pitch) {
      if (view->tiles)
        mn_tiles_read_row (view->tiles, source, plane->first_row + r,
            plane->first_byte, plane->row_bytes, row);
      else
        memcpy (row,
            source->data + (gssize) (plane->first_row + r) * source->stride
                + plane->first_byte,
            plane->row_bytes);
    }
  }
}

/* ---- what the queue writes ---------------------------------------------- */

static gboolean
write_bytes (const MnClUpload *self, gsize offset, gsize size,
    const guint8 *data, GError **error)
{
  cl_int r = self->device->cl->EnqueueWriteBuffer (self->queue, self->memory,
      CL_FALSE, offset, size, data, 0, NULL, NULL);

  return r == CL_SUCCESS
      || mn_cl_fail (error, MN_ERROR_DEVICE, r, "clEnqueueWriteBuffer", NULL);
}

static gboolean
write_rectangle (const MnClUpload *self, gsize pitch, const MnClPlane *plane,
    const guint8 *data, gsize stride, GError **error)
{
  const size_t to[3] = {0, plane->row, 0}, from[3] = {0, 0, 0};
  const size_t region[3] = {plane->row_bytes, plane->n_rows, 1};
  cl_int r = self->device->cl->EnqueueWriteBufferRect (self->queue,
      self->memory, CL_FALSE, to, from, region, pitch, 0, stride, 0, data, 0,
      NULL, NULL);

  return r == CL_SUCCESS
      || mn_cl_fail (error, MN_ERROR_DEVICE, r, "clEnqueueWriteBufferRect",
          NULL);
}

static gboolean
write_plane (const MnClUpload *self, gsize pitch, const MnClPlane *plane,
    const MnPlane *source, GError **error)
{
  const guint8 *data = source->data + (gssize) plane->first_row * source->stride
      + plane->first_byte;
  gsize offset = plane->row * pitch, i;

  if (source->stride == (gssize) pitch)
    return write_bytes (self, offset,
        (plane->n_rows - 1) * pitch + plane->row_bytes, data, error);
  if (source->stride >= (gssize) plane->row_bytes
      && self->device->cl->EnqueueWriteBufferRect)
    return write_rectangle (self, pitch, plane, data, source->stride, error);
  /* Upside down, or rows that overlap: OpenCL has no rectangle for that,
   * and not every library has rectangles. */
  for (i = 0; i < plane->n_rows; i++) {
    if (!write_bytes (self, offset + i * pitch, plane->row_bytes,
            data + (gssize) i * source->stride, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
reserve (MnClHost *self, gsize size, GError **error)
{
  guint8 *copy;

  if (size <= self->copy_size)
    return TRUE;
  copy = g_try_malloc0 (size);
  if (!copy) {
    g_set_error (error, MN_ERROR, MN_ERROR_NO_MEMORY,
        "no memory for a copy of %" G_GSIZE_FORMAT " bytes of a frame", size);
    return FALSE;
  }
  g_free (self->copy);
  self->copy = copy;
  self->copy_size = size;
  return TRUE;
}

/* Put together from tiles on the host. */
static gboolean
write_tiles (const MnClUpload *self, const MnClView *view, const MnFrame *frame,
    MnClHost *host, GError **error)
{
  if (!reserve (host, self->size, error))
    return FALSE;
  copy_picture (view, frame, host->copy);
  return write_bytes (self, 0, view->size, host->copy, error);
}

static gboolean
create (MnClUpload *self, GError **error)
{
  cl_int r = CL_SUCCESS;

  if (self->memory)
    return TRUE;
  self->memory = self->device->cl->CreateBuffer (self->device->context,
      CL_MEM_READ_ONLY, MAX (self->size, 4), NULL, &r);
  return self->memory
      || mn_cl_fail (error, MN_ERROR_DEVICE, r, "clCreateBuffer", "input");
}

static gboolean
write_frame (MnClUpload *self, const MnClView *view, const MnFrame *frame,
    MnClHost *host, GError **error)
{
  guint i;

  if (!create (self, error))
    return FALSE;
  if (!view)
    return write_bytes (self, 0, self->size, frame->planes[0].data, error);
  if (view->tiles)
    return write_tiles (self, view, frame, host, error);
  for (i = 0; i < view->n_planes; i++) {
    if (!write_plane (self, view->pitch, &view->planes[i], &frame->planes[i],
            error))
      return FALSE;
  }
  return TRUE;
}

/* ---- both ---------------------------------------------------------------- */

void
mn_cl_host_clear (MnClHost *self)
{
  mn_cl_view_clear (&self->view);
  g_free (self->copy);
  self->copy = NULL;
  self->copy_size = 0;
}

MnClUpload *
mn_cl_upload_new (const MnClDevice *device, cl_command_queue queue, gsize size,
    gboolean may_map, GError **error)
{
  g_autoptr (MnClUpload) self = g_new0 (MnClUpload, 1);
  const MnCl *cl = device->cl;

  self->device = device;
  self->queue = queue;
  self->size = size;
  if (may_map && device->shares_memory && size > 0 && cl->EnqueueMapBuffer
      && cl->EnqueueUnmapMemObject && cl->GetEventInfo)
    create_mapped (self);
  if (!self->mapped[0].memory && !create (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
mn_cl_upload_free (MnClUpload *self)
{
  guint i;

  if (!self)
    return;
  for (i = 0; i < N_MAPPED; i++)
    drop (self, &self->mapped[i]);
  if (self->memory)
    self->device->cl->ReleaseMemObject (self->memory);
  g_free (self);
}

cl_mem
mn_cl_upload_write (MnClUpload *self, const MnClView *view,
    const MnFrame *frame, MnClHost *host, GError **error)
{
  Mapped *mapped = find_free (self);
  cl_mem memory;

  if (!mapped)
    return write_frame (self, view, frame, host, error) ? self->memory : NULL;
  if (view)
    copy_picture (view, frame, mapped->data);
  else
    memcpy (mapped->data, frame->planes[0].data, self->size);
  memory = mapped->memory;
  return give (self, mapped, error) ? memory : NULL;
}

void
mn_cl_upload_launched (MnClUpload *self)
{
  Mapped *mapped = g_steal_pointer (&self->written);

  if (mapped)
    map (self, mapped, CL_FALSE);
}
