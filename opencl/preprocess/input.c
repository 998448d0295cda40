/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "opencl/preprocess/input.h"

#include "engine/preprocess/tiles.h"

#include <string.h>

/* In source->memory. */
enum
{
  BYTES,
  TABLES
};

/* What one kind of frames needs on the device. */
typedef struct
{
  const MnClDevice *device;
  cl_kernel kernel;
  cl_mem value;     /* not owned */
  cl_mem memory[2]; /* the frame's bytes; the view's tables */
  gsize size;       /* of the bytes */
  gsize global[3], local[3];
  gboolean is_tensor;
  MnClView view; /* of whole pictures */
} Source;

struct _MnClInput
{
  MnBackendPlan *plan;
  cl_mem value; /* not owned */
  Source *tensor;
  Source *picture; /* NULL: tensors are expected */
  Source *parts;   /* with room for any of the picture; NULL: none was seen
                    * yet */
};

static gboolean
create_buffer (Source *self, guint i, cl_mem_flags flags, gsize size,
    const void *data, GError **error)
{
  cl_int r = CL_SUCCESS;

  self->memory[i] = self->device->cl->CreateBuffer (self->device->context,
      flags, MAX (size, 4), (void *) data, &r);
  return self->memory[i]
      || mn_cl_fail (error, MN_ERROR_DEVICE, r, "clCreateBuffer", "input");
}

/* The next argument of the kernel. */
static gboolean
set_arg (Source *self, guint *i, const void *data, gsize size, GError **error)
{
  cl_int r = self->device->cl->SetKernelArg (self->kernel, (*i)++, size, data);

  return r == CL_SUCCESS
      || mn_cl_fail (error, MN_ERROR_DEVICE, r, "clSetKernelArg", "input");
}

static void
source_free (Source *self)
{
  guint i;

  if (!self)
    return;
  if (self->kernel)
    self->device->cl->ReleaseKernel (self->kernel);
  for (i = 0; i < G_N_ELEMENTS (self->memory); i++) {
    if (self->memory[i])
      self->device->cl->ReleaseMemObject (self->memory[i]);
  }
  mn_cl_view_clear (&self->view);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Source, source_free)

static Source *
source_new (const MnClProgram *program, cl_mem value, GError **error)
{
  g_autoptr (Source) self = g_new0 (Source, 1);

  self->value = value;
  self->device = program->device;
  self->kernel = mn_cl_program_create_kernel (program, error);
  return self->kernel ? g_steal_pointer (&self) : NULL;
}

static void
set_size (Source *self, const MnClProgram *program, gsize x, gsize y)
{
  MnClLaunch launch = {
    0,
  };

  launch.program = program;
  mn_cl_set_size (self->device, &launch, x, y, 1, 32, y > 1 ? 2 : 1, 1);
  memcpy (self->global, launch.global, sizeof self->global);
  memcpy (self->local, launch.local, sizeof self->local);
}

/* ---- tensors ----------------------------------------------------------- */

static Source *
tensor_new (const MnBackendPlan *plan, cl_mem value, GError **error)
{
  const MnTensor *t = mn_graph_tensor (plan->graph, plan->input);
  const MnGraph *graph = plan->graph;
  gint32 row = mn_cl_row_of (t), n = mn_cl_padded_size (t);
  gint32 shape[2] = {row, mn_cl_pad4 (row)};
  gfloat scale[4] = {1, 1, 1, 1},
         offset[4] = {
           0,
         };
  g_autoptr (Source) self = source_new (plan->tensor_input, value, error);
  guint i = 0;

  if (!self)
    return NULL;
  if (row <= 4) {
    memcpy (scale, graph->input_scale, row * sizeof (gfloat));
    memcpy (offset, graph->input_offset, row * sizeof (gfloat));
  }
  self->is_tensor = TRUE;
  self->size = t->n_elements * sizeof (gfloat);
  set_size (self, plan->tensor_input, n, 1);
  if (!create_buffer (self, BYTES, CL_MEM_READ_ONLY, self->size, NULL, error)
      || !set_arg (self, &i, &self->memory[BYTES], sizeof (cl_mem), error)
      || !set_arg (self, &i, &self->value, sizeof (cl_mem), error)
      || !set_arg (self, &i, shape, sizeof shape, error)
      || !set_arg (self, &i, &n, sizeof n, error)
      || !set_arg (self, &i, scale, sizeof scale, error)
      || !set_arg (self, &i, offset, sizeof offset, error))
    return NULL;
  return g_steal_pointer (&self);
}

/* ---- pictures ---------------------------------------------------------- */

static gsize
max_size (const Source *self)
{
  return MIN (self->device->max_alloc, G_MAXINT32);
}

static gboolean
check_size (const Source *self, gsize size, gsize most, GError **error)
{
  if (size <= most)
    return TRUE;
  g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED,
      "a picture of %" G_GSIZE_FORMAT " bytes is too large for %s", size,
      self->device->name);
  return FALSE;
}

/* The kernel's two pointers to tables are to the same buffer. */
static gboolean
set_view_args (Source *self, const MnClView *view, GError **error)
{
  guint i = 0;

  return set_arg (self, &i, &self->memory[BYTES], sizeof (cl_mem), error)
      && set_arg (self, &i, &self->memory[TABLES], sizeof (cl_mem), error)
      && set_arg (self, &i, &self->memory[TABLES], sizeof (cl_mem), error)
      && set_arg (self, &i, &self->value, sizeof (cl_mem), error)
      && set_arg (self, &i, view->out, sizeof view->out, error)
      && set_arg (self, &i, view->inner, sizeof view->inner, error)
      && set_arg (self, &i, view->first_span, sizeof view->first_span, error)
      && set_arg (self, &i, view->first_weight, sizeof view->first_weight,
          error)
      && set_arg (self, &i, view->n_weights, sizeof view->n_weights, error)
      && set_arg (self, &i, view->place, sizeof view->place, error)
      && set_arg (self, &i, &view->next_plane, sizeof view->next_plane, error)
      && set_arg (self, &i, view->luma, sizeof view->luma, error)
      && set_arg (self, &i, view->chroma, sizeof view->chroma, error)
      && set_arg (self, &i, view->base, sizeof view->base, error)
      && set_arg (self, &i, view->scale, sizeof view->scale, error)
      && set_arg (self, &i, view->bias, sizeof view->bias, error)
      && set_arg (self, &i, view->fill, sizeof view->fill, error);
}

/* tables: what they hold from the start; NULL: nothing yet. */
static gboolean
create_buffers (Source *self, gsize size, gsize n_words, gconstpointer tables,
    GError **error)
{
  self->size = size;
  return create_buffer (self, BYTES, CL_MEM_READ_ONLY, size, NULL, error)
      && create_buffer (self, TABLES,
          CL_MEM_READ_ONLY | (tables ? CL_MEM_COPY_HOST_PTR : 0), n_words * 4,
          tables, error);
}

static Source *
for_pictures (MnBackendPlan *plan, cl_mem value, const MnPreprocess *preprocess,
    GError **error)
{
  g_autofree gchar *options = mn_cl_view_options (preprocess);
  const MnClProgram *program = mn_cl_plan_program (plan, "preprocess", options,
      error);
  Source *self = program ? source_new (program, value, error) : NULL;

  if (self)
    set_size (self, program, preprocess->out_width, preprocess->out_height);
  return self;
}

static Source *
picture_new (MnBackendPlan *plan, cl_mem value, const MnPreprocess *preprocess,
    GError **error)
{
  g_autoptr (Source) self = for_pictures (plan, value, preprocess, error);

  if (!self || !mn_cl_view_set (&self->view, preprocess, error)
      || !check_size (self, self->view.size, max_size (self), error)
      || !create_buffers (self, self->view.size, self->view.n_words,
          self->view.tables, error)
      || !set_view_args (self, &self->view, error))
    return NULL;
  return g_steal_pointer (&self);
}

/* For any part of the pictures that preprocess is of. */
static Source *
parts_new (MnBackendPlan *plan, cl_mem value, const MnPreprocess *preprocess,
    GError **error)
{
  g_autoptr (Source) self = for_pictures (plan, value, preprocess, error);
  gsize size = mn_cl_view_max_size (preprocess);

  if (!self
      || !create_buffers (self, MIN (size, max_size (self)),
          mn_cl_view_max_words (preprocess), NULL, error))
    return NULL;
  return g_steal_pointer (&self);
}

/* What the next frames are seen through; read until the queue is done. */
static gboolean
show (Source *self, cl_command_queue queue, const MnClView *view,
    GError **error)
{
  cl_int r;

  if (!check_size (self, view->size, self->size, error)
      || !set_view_args (self, view, error))
    return FALSE;
  r = self->device->cl->EnqueueWriteBuffer (queue, self->memory[TABLES],
      CL_FALSE, 0, view->n_words * 4, view->tables, 0, NULL, NULL);
  return r == CL_SUCCESS
      || mn_cl_fail (error, MN_ERROR_DEVICE, r, "clEnqueueWriteBuffer",
          "input");
}

/* ---- a frame ----------------------------------------------------------- */

static gboolean
write_bytes (const Source *self, cl_command_queue queue, gsize offset,
    gsize size, const guint8 *data, GError **error)
{
  cl_int r = self->device->cl->EnqueueWriteBuffer (queue, self->memory[BYTES],
      CL_FALSE, offset, size, data, 0, NULL, NULL);

  return r == CL_SUCCESS
      || mn_cl_fail (error, MN_ERROR_DEVICE, r, "clEnqueueWriteBuffer", NULL);
}

static gboolean
write_rectangle (const Source *self, cl_command_queue queue, gsize pitch,
    const MnClPlane *plane, const guint8 *data, gsize stride, GError **error)
{
  const size_t to[3] = {0, plane->row, 0}, from[3] = {0, 0, 0};
  const size_t region[3] = {plane->row_bytes, plane->n_rows, 1};
  cl_int r = self->device->cl->EnqueueWriteBufferRect (queue,
      self->memory[BYTES], CL_FALSE, to, from, region, pitch, 0, stride, 0,
      data, 0, NULL, NULL);

  return r == CL_SUCCESS
      || mn_cl_fail (error, MN_ERROR_DEVICE, r, "clEnqueueWriteBufferRect",
          NULL);
}

static gboolean
write_plane (const Source *self, cl_command_queue queue, gsize pitch,
    const MnClPlane *plane, const MnPlane *source, GError **error)
{
  const guint8 *data = source->data + (gssize) plane->first_row * source->stride
      + plane->first_byte;
  gsize offset = plane->row * pitch, i;

  if (source->stride == (gssize) pitch)
    return write_bytes (self, queue, offset,
        (plane->n_rows - 1) * pitch + plane->row_bytes, data, error);
  if (source->stride >= (gssize) plane->row_bytes
      && self->device->cl->EnqueueWriteBufferRect)
    return write_rectangle (self, queue, pitch, plane, data, source->stride,
        error);
  /* Upside down, or rows that overlap: OpenCL has no rectangle for that,
   * and not every library has rectangles. */
  for (i = 0; i < plane->n_rows; i++) {
    if (!write_bytes (self, queue, offset + i * pitch, plane->row_bytes,
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

/* The picture as the buffer holds it, put together from tiles. */
static gboolean
write_tiles (const Source *self, const MnClView *view, cl_command_queue queue,
    const MnFrame *frame, MnClHost *host, GError **error)
{
  guint8 *row;
  gsize r;
  guint i;

  if (!reserve (host, self->size, error))
    return FALSE;
  row = host->copy;
  for (i = 0; i < view->n_planes; i++) {
    const MnClPlane *plane = &view->planes[i];

    for (r = 0; r < plane->n_rows; r++, row += view->pitch)
      mn_tiles_read_row (view->tiles, &frame->planes[i], plane->first_row + r,
          plane->first_byte, plane->row_bytes, row);
  }
  return write_bytes (self, queue, 0, view->size, host->copy, error);
}

static gboolean
write_frame (const Source *self, const MnClView *view, cl_command_queue queue,
    const MnFrame *frame, MnClHost *host, GError **error)
{
  guint i;

  if (self->is_tensor)
    return write_bytes (self, queue, 0, self->size, frame->planes[0].data,
        error);
  if (view->tiles)
    return write_tiles (self, view, queue, frame, host, error);
  for (i = 0; i < view->n_planes; i++) {
    if (!write_plane (self, queue, view->pitch, &view->planes[i],
            &frame->planes[i], error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
launch (const Source *self, cl_command_queue queue, cl_event *event,
    GError **error)
{
  cl_int r = self->device->cl->EnqueueNDRangeKernel (queue, self->kernel, 3,
      NULL, self->global, self->local, 0, NULL, event);

  return r == CL_SUCCESS
      || mn_cl_fail (error, MN_ERROR_DEVICE, r, "clEnqueueNDRangeKernel",
          "input");
}

/* ---- all of them -------------------------------------------------------- */

void
mn_cl_host_clear (MnClHost *self)
{
  mn_cl_view_clear (&self->view);
  g_free (self->copy);
  self->copy = NULL;
  self->copy_size = 0;
}

MnClInput *
mn_cl_input_new (MnBackendPlan *plan, cl_mem value, GError **error)
{
  Source *tensor = tensor_new (plan, value, error);
  MnClInput *self;

  if (!tensor)
    return NULL;
  self = g_new0 (MnClInput, 1);
  self->plan = plan;
  self->value = value;
  self->tensor = tensor;
  return self;
}

void
mn_cl_input_free (MnClInput *self)
{
  if (!self)
    return;
  source_free (self->tensor);
  source_free (self->picture);
  source_free (self->parts);
  g_free (self);
}

gboolean
mn_cl_input_set (MnClInput *self, const MnPreprocess *preprocess,
    GError **error)
{
  Source *picture = NULL;

  if (preprocess) {
    picture = picture_new (self->plan, self->value, preprocess, error);
    if (!picture)
      return FALSE;
  }
  source_free (self->picture);
  g_clear_pointer (&self->parts, source_free);
  self->picture = picture;
  return TRUE;
}

const gchar *
mn_cl_input_get_kernel (const MnClInput *self)
{
  return self->picture ? "preprocess" : "tensor_input";
}

/* Only the first part of a picture makes objects, and the first of a place in
 * a batch takes memory. */
static gboolean
show_part (MnClInput *self, cl_command_queue queue, const MnPreprocess *part,
    MnClView *view, GError **error)
{
  if (!self->parts)
    self->parts = parts_new (self->plan, self->value, part, error);
  return self->parts && mn_cl_view_set (view, part, error)
      && show (self->parts, queue, view, error);
}

gboolean
mn_cl_input_enqueue (MnClInput *self, cl_command_queue queue,
    const MnFrame *frame, const MnPreprocess *part, MnClHost *host,
    cl_event *event, GError **error)
{
  const Source *source = self->picture ? self->picture : self->tensor;
  const MnClView *view = &source->view;

  if (part) {
    if (!show_part (self, queue, part, &host->view, error))
      return FALSE;
    source = self->parts;
    view = &host->view;
  }
  return write_frame (source, view, queue, frame, host, error)
      && launch (source, queue, event, error);
}
