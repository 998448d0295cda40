/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "opencl/preprocess/input.h"

#include "opencl/preprocess/place.h"

#include <string.h>

/* The kernels' first argument is the buffer of a frame's bytes, which each
 * frame says; the others are set before. */
#define FIRST_ARG 1

/* What one kind of frames needs on the device. */
typedef struct
{
  const MnClDevice *device;
  const MnClProgram *program;
  cl_kernel kernel;
  cl_mem value;       /* not owned */
  MnClUpload *upload; /* of the frame's bytes */
  gsize size;         /* of them */
  cl_mem tables;      /* the view's; NULL: a tensor has none */
  gsize global[3], local[3];
  MnClView view; /* of whole pictures */
} Source;

struct _MnClInput
{
  MnBackendPlan *plan;
  cl_command_queue queue; /* not owned, nor is value */
  cl_mem value;
  Source *tensor;
  Source *picture;      /* NULL: tensors are expected */
  MnClImports *imports; /* NULL: frames lie in host memory only */
  Source *imported;     /* for pictures that are read where they lie; NULL:
                         * none was seen yet */
  Source *parts;        /* with room for any of the picture; NULL: none was seen
                         * yet */
};

/* The next argument of the kernel. */
static gboolean
set_arg (const Source *self, guint *i, const void *data, gsize size,
    GError **error)
{
  cl_int r = self->device->cl->SetKernelArg (self->kernel, (*i)++, size, data);

  return r == CL_SUCCESS
      || mn_cl_fail (error, MN_ERROR_DEVICE, r, "clSetKernelArg", "input");
}

static void
source_free (Source *self)
{
  if (!self)
    return;
  if (self->kernel)
    self->device->cl->ReleaseKernel (self->kernel);
  if (self->tables)
    self->device->cl->ReleaseMemObject (self->tables);
  mn_cl_upload_free (self->upload);
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
  self->program = program;
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
tensor_new (const MnBackendPlan *plan, cl_command_queue queue, cl_mem value,
    GError **error)
{
  const MnTensor *t = mn_graph_tensor (plan->graph, plan->input);
  const MnGraph *graph = plan->graph;
  const MnTensor *declared = mn_graph_input (plan->declared, 0);
  gfloat unit[2] = {1, 0};
  gint32 row = mn_cl_row_of (t), n = mn_cl_padded_size (t);
  gint32 shape[2] = {row, mn_cl_pad4 (row)};
  gfloat scale[4] = {1, 1, 1, 1},
         offset[4] = {
           0,
         };
  g_autoptr (Source) self = source_new (plan->tensor_input, value, error);
  guint i = FIRST_ARG;

  if (!self)
    return NULL;
  if (row <= 4) {
    memcpy (scale, graph->input_scale, row * sizeof (gfloat));
    memcpy (offset, graph->input_offset, row * sizeof (gfloat));
  }
  if (plan->twin && mn_tensor_is_bytes (declared)) {
    unit[0] = declared->quant.scale[0];
    unit[1] = -unit[0] * declared->quant.zero_point[0];
  }
  set_size (self, plan->tensor_input, n, 1);
  self->size = mn_tensor_size (declared);
  self->upload = mn_cl_upload_new (self->device, queue, self->size, TRUE,
      error);
  if (!self->upload || !set_arg (self, &i, &self->value, sizeof (cl_mem), error)
      || !set_arg (self, &i, shape, sizeof shape, error)
      || !set_arg (self, &i, &n, sizeof n, error)
      || !set_arg (self, &i, unit, sizeof unit, error)
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
set_view_args (const Source *self, cl_mem tables, const MnClView *view,
    GError **error)
{
  guint i = FIRST_ARG;

  return set_arg (self, &i, &tables, sizeof tables, error)
      && set_arg (self, &i, &tables, sizeof tables, error)
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

/* tables: what they hold from the start; NULL: nothing yet, and each frame
 * brings its own. */
static gboolean
create_buffers (Source *self, cl_command_queue queue, gsize size, gsize n_words,
    gconstpointer tables, GError **error)
{
  cl_int r = CL_SUCCESS;

  self->size = size;
  self->upload = mn_cl_upload_new (self->device, queue, size, tables != NULL,
      error);
  if (!self->upload)
    return FALSE;
  self->tables = self->device->cl->CreateBuffer (self->device->context,
      CL_MEM_READ_ONLY | (tables ? CL_MEM_COPY_HOST_PTR : 0),
      MAX (n_words * 4, 4), (void *) tables, &r);
  return self->tables
      || mn_cl_fail (error, MN_ERROR_DEVICE, r, "clCreateBuffer", "input");
}

static Source *
for_pictures (const MnClInput *input, const MnPreprocess *preprocess,
    GError **error)
{
  g_autofree gchar *view = mn_cl_view_options (preprocess);
  const MnClProgram *program;
  MnClOptions options;
  Source *self;

  g_strlcpy (options.text, view, sizeof options.text);
  mn_cl_option_input (input->plan, &options);
  program = mn_cl_plan_program (input->plan, "preprocess", options.text, error);
  self = program ? source_new (program, input->value, error) : NULL;

  if (self)
    set_size (self, program, preprocess->out_width, preprocess->out_height);
  return self;
}

/* Pictures are described as the declared network wants them. */
static gboolean
set_view (const MnClInput *input, MnClView *view,
    const MnPreprocess *preprocess, GError **error)
{
  const MnBackendPlan *plan = input->plan;
  guint c;

  if (!mn_cl_view_set (view, preprocess, error))
    return FALSE;
  for (c = 0; plan->twin && c < 4; c++) {
    gfloat scale = plan->twin_scale[c], offset = plan->twin_offset[c];

    view->scale[c] *= scale;
    view->bias[c] = view->bias[c] * scale + offset;
    view->fill[c] = view->fill[c] * scale + offset;
  }
  return TRUE;
}

static Source *
picture_new (const MnClInput *input, const MnPreprocess *preprocess,
    GError **error)
{
  g_autoptr (Source) self = for_pictures (input, preprocess, error);

  if (!self || !set_view (input, &self->view, preprocess, error)
      || !check_size (self, self->view.size, max_size (self), error)
      || !create_buffers (self, input->queue, self->view.size,
          self->view.n_words, self->view.tables, error)
      || !set_view_args (self, self->tables, &self->view, error))
    return NULL;
  return g_steal_pointer (&self);
}

/* For any part of the pictures that preprocess is of. */
static Source *
parts_new (const MnClInput *input, const MnPreprocess *preprocess,
    GError **error)
{
  g_autoptr (Source) self = for_pictures (input, preprocess, error);
  gsize size = mn_cl_view_max_size (preprocess);

  if (!self
      || !create_buffers (self, input->queue, MIN (size, max_size (self)),
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
      || !set_view_args (self, self->tables, view, error))
    return FALSE;
  r = self->device->cl->EnqueueWriteBuffer (queue, self->tables, CL_FALSE, 0,
      view->n_words * 4, view->tables, 0, NULL, NULL);
  return r == CL_SUCCESS
      || mn_cl_fail (error, MN_ERROR_DEVICE, r, "clEnqueueWriteBuffer",
          "input");
}

/* ---- a frame ----------------------------------------------------------- */

static gboolean
launch (const Source *self, cl_command_queue queue, cl_mem bytes,
    cl_event *event, GError **error)
{
  guint i = 0;
  cl_int r;

  if (!set_arg (self, &i, &bytes, sizeof bytes, error))
    return FALSE;
  r = self->device->cl->EnqueueNDRangeKernel (queue, self->kernel, 3, NULL,
      self->global, self->local, 0, NULL, event);

  return r == CL_SUCCESS
      || mn_cl_fail (error, MN_ERROR_DEVICE, r, "clEnqueueNDRangeKernel",
          "input");
}

/* ---- a frame that is read where it lies -------------------------------- */

static Source *
imported_new (const Source *like, GError **error)
{
  Source *source = source_new (like->program, like->value, error);

  if (source) {
    memcpy (source->global, like->global, sizeof source->global);
    memcpy (source->local, like->local, sizeof source->local);
  }
  return source;
}

/* With a kernel of its own: what it is told changes with each frame. like:
 * for what is written in its place, and seen through view. */
static gboolean
enqueue_imported (MnClInput *self, const Source *like, const MnClView *view,
    const MnFrame *frame, cl_event *event, GError **error)
{
  const MnClImporter *importer = self->plan->importer;
  MnClView placed = *view;
  gboolean ok;
  cl_mem mem;

  if (!self->imported)
    self->imported = imported_new (like, error);
  if (!self->imported || !mn_cl_view_place (&placed, frame, error))
    return FALSE;
  mem = mn_cl_imports_get (self->imports, frame, error);
  if (!mem || !set_view_args (self->imported, like->tables, &placed, error)
      || !mn_cl_importer_acquire (importer, self->queue, mem, error))
    return FALSE;
  ok = launch (self->imported, self->queue, mem, event, error);
  return mn_cl_importer_release (importer, self->queue, mem, ok ? error : NULL)
      && ok;
}

/* ---- all of them -------------------------------------------------------- */

MnClInput *
mn_cl_input_new (MnBackendPlan *plan, cl_command_queue queue, cl_mem value,
    GError **error)
{
  Source *tensor = tensor_new (plan, queue, value, error);
  MnClInput *self;

  if (!tensor)
    return NULL;
  self = g_new0 (MnClInput, 1);
  self->plan = plan;
  self->queue = queue;
  self->value = value;
  self->tensor = tensor;
  if (plan->importer)
    self->imports = mn_cl_imports_new (plan->importer);
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
  source_free (self->imported);
  mn_cl_imports_free (self->imports);
  g_free (self);
}

gboolean
mn_cl_input_set (MnClInput *self, const MnPreprocess *preprocess,
    GError **error)
{
  Source *picture = NULL;

  if (preprocess) {
    picture = picture_new (self, preprocess, error);
    if (!picture)
      return FALSE;
  }
  source_free (self->picture);
  g_clear_pointer (&self->parts, source_free);
  g_clear_pointer (&self->imported, source_free);
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
show_part (MnClInput *self, const MnPreprocess *part, MnClView *view,
    GError **error)
{
  if (!self->parts)
    self->parts = parts_new (self, part, error);
  return self->parts && set_view (self, view, part, error)
      && show (self->parts, self->queue, view, error);
}

gboolean
mn_cl_input_enqueue (MnClInput *self, const MnFrame *frame,
    const MnPreprocess *part, MnClHost *host, cl_event *event, GError **error)
{
  const Source *source = self->picture ? self->picture : self->tensor;
  const MnClView *view = self->picture ? &source->view : NULL;
  cl_mem bytes;
  gboolean ok;

  if (part) {
    if (!show_part (self, part, &host->view, error))
      return FALSE;
    source = self->parts;
    view = &host->view;
  }
  mn_cl_imports_sweep (self->imports);
  if (frame->memory != MN_MEMORY_HOST)
    return enqueue_imported (self, source, view, frame, event, error);
  bytes = mn_cl_upload_write (source->upload, view, frame, host, error);
  ok = bytes && launch (source, self->queue, bytes, event, error);
  mn_cl_upload_launched (source->upload);
  return ok;
}
