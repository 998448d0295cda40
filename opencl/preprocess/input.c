/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "opencl/preprocess/input.h"

#include "engine/preprocess/tiles.h"

#include <math.h>
#include <string.h>

/* The picture buffer and the tables in input->memory. */
enum
{
  BYTES,
  STARTS,
  WEIGHTS
};

/* Bytes behind the picture that taps with weight 0 may fall on: 3 samples of
 * 8 bytes; of the last one the upper byte as well. */
#define SLACK 32

/* The tables in the order of the kernel's vectors: of source columns and of
 * source rows. */
enum
{
  LUMA_COLUMNS,
  LUMA_ROWS,
  CHROMA_COLUMNS,
  CHROMA_ROWS,
  N_TABLES
};

static gboolean
create_buffer (MnClInput *self, guint i, cl_mem_flags flags, gsize size,
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
set_arg (MnClInput *self, guint *i, const void *data, gsize size,
    GError **error)
{
  cl_int r = self->device->cl->SetKernelArg (self->kernel, (*i)++, size, data);

  return r == CL_SUCCESS
      || mn_cl_fail (error, MN_ERROR_DEVICE, r, "clSetKernelArg", "input");
}

static MnClInput *
input_new (const MnClProgram *program, GError **error)
{
  g_autoptr (MnClInput) self = g_new0 (MnClInput, 1);

  self->device = program->device;
  self->kernel = mn_cl_program_create_kernel (program, error);
  return self->kernel ? g_steal_pointer (&self) : NULL;
}

void
mn_cl_input_free (MnClInput *self)
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
  g_free (self);
}

static void
set_size (MnClInput *self, const MnClProgram *program, gsize x, gsize y)
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

MnClInput *
mn_cl_input_new_tensor (const MnBackendPlan *plan, cl_mem value, GError **error)
{
  const MnTensor *t = mn_graph_tensor (plan->graph, plan->input);
  const MnGraph *graph = plan->graph;
  gint32 row = mn_cl_row_of (t), n = mn_cl_padded_size (t);
  gint32 shape[2] = {row, mn_cl_pad4 (row)};
  gfloat scale[4] = {1, 1, 1, 1},
         offset[4] = {
           0,
         };
  g_autoptr (MnClInput) self = input_new (plan->tensor_input, error);
  guint i = 0;

  if (!self)
    return NULL;
  if (row <= 4) {
    memcpy (scale, graph->input_scale, row * sizeof (gfloat));
    memcpy (offset, graph->input_offset, row * sizeof (gfloat));
  }
  self->n_bytes = t->n_elements * sizeof (gfloat);
  set_size (self, plan->tensor_input, n, 1);
  if (!create_buffer (self, BYTES, CL_MEM_READ_ONLY, self->n_bytes, NULL, error)
      || !set_arg (self, &i, &self->memory[BYTES], sizeof (cl_mem), error)
      || !set_arg (self, &i, &value, sizeof value, error)
      || !set_arg (self, &i, shape, sizeof shape, error)
      || !set_arg (self, &i, &n, sizeof n, error)
      || !set_arg (self, &i, scale, sizeof scale, error)
      || !set_arg (self, &i, offset, sizeof offset, error))
    return NULL;
  return g_steal_pointer (&self);
}

/* ---- pictures ---------------------------------------------------------- */

static const MnTaps *
table_of (const MnPreprocess *p, guint table)
{
  gboolean columns = table == LUMA_COLUMNS || table == CHROMA_COLUMNS;
  gboolean x = columns != !!p->swap_axes;

  if (table == CHROMA_COLUMNS || table == CHROMA_ROWS)
    return x ? &p->chroma_x : &p->chroma_y;
  return x ? &p->luma_x : &p->luma_y;
}

static void
range_of (const MnTaps *taps, gsize *first, gsize *end)
{
  guint i;

  for (i = 0; i < taps->n_out; i++) {
    *first = MIN (*first, (gsize) taps->start[i]);
    *end = MAX (*end, (gsize) taps->start[i] + taps->n_taps);
  }
}

/* Which bytes of which rows of each plane the tables ask for. */
static void
find_planes (MnClInput *self, const MnPreprocess *p, const MnFormatInfo *info)
{
  gsize value = mn_format_value_size (info);
  guint i;

  self->n_planes = info->n_planes;
  for (i = 0; i < info->n_planes; i++) {
    self->planes[i].plane = i;
    self->planes[i].first_byte = self->planes[i].first_row = G_MAXSIZE;
  }
  for (i = 0; i < info->n_streams; i++) {
    const MnStream *stream = &info->streams[i];
    MnClPlane *plane = &self->planes[stream->plane];
    gsize first = G_MAXSIZE, end = 0;
    gsize end_row = plane->n_rows ? plane->first_row + plane->n_rows : 0;
    gsize end_byte = plane->n_rows ? plane->first_byte + plane->row_bytes : 0;

    range_of (table_of (p, stream->chroma ? CHROMA_COLUMNS : LUMA_COLUMNS),
        &first, &end);
    plane->first_byte = MIN (plane->first_byte, first * stream->step * value);
    end_byte = MAX (end_byte, end * stream->step * value);
    range_of (table_of (p, stream->chroma ? CHROMA_ROWS : LUMA_ROWS),
        &plane->first_row, &end_row);
    plane->row_bytes = end_byte - plane->first_byte;
    plane->n_rows = end_row - plane->first_row;
  }
}

/* One plane after another, all with rows of the same pitch. */
static gboolean
place_planes (MnClInput *self, GError **error)
{
  gsize rows = 0, size;
  guint i;

  for (i = 0; i < self->n_planes; i++) {
    self->planes[i].row = rows;
    rows += self->planes[i].n_rows;
    self->pitch = MAX (self->pitch, (self->planes[i].row_bytes + 3) / 4 * 4);
  }
  size = self->pitch * rows;
  if (size > G_MAXINT32 || size > self->device->max_alloc) {
    g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED,
        "a picture of %" G_GSIZE_FORMAT " bytes is too large for %s", size,
        self->device->name);
    return FALSE;
  }
  self->size = size;
  return create_buffer (self, BYTES, CL_MEM_READ_ONLY, size + SLACK, NULL,
      error);
}

/* Uploads the tables; rows are counted from the first one that is there. */
static gboolean
upload_tables (MnClInput *self, const MnPreprocess *p, const MnFormatInfo *info,
    gint32 *start_base, gint32 *weight_base, gint32 *n_taps, GError **error)
{
  g_autoptr (GArray) starts = g_array_new (FALSE, FALSE, sizeof (gint32));
  g_autoptr (GArray) weights = g_array_new (FALSE, TRUE, sizeof (gfloat));
  gint32 first_row[N_TABLES] = {
    0,
  };
  guint i, j;

  for (i = 0; i < info->n_streams; i++)
    first_row[info->streams[i].chroma ? CHROMA_ROWS : LUMA_ROWS] =
        self->planes[info->streams[i].plane].first_row;
  for (i = 0; i < N_TABLES; i++) {
    const MnTaps *table = table_of (p, i);

    start_base[i] = starts->len;
    weight_base[i] = weights->len;
    /* The kernel takes four taps of a row at once. */
    n_taps[i] = i == LUMA_COLUMNS || i == CHROMA_COLUMNS
        ? mn_cl_pad4 (table->n_taps)
        : table->n_taps;
    for (j = 0; j < table->n_out; j++) {
      gint32 start = table->start[j] - first_row[i];

      g_array_append_val (starts, start);
    }
    g_array_set_size (weights, weight_base[i] + table->n_out * n_taps[i]);
    for (j = 0; j < table->n_out; j++)
      memcpy ((gfloat *) weights->data + weight_base[i] + j * n_taps[i],
          table->weights + j * table->n_taps, table->n_taps * sizeof (gfloat));
  }
  return create_buffer (self, STARTS, CL_MEM_READ_ONLY | CL_MEM_COPY_HOST_PTR,
             starts->len * 4, starts->data, error)
      && create_buffer (self, WEIGHTS, CL_MEM_READ_ONLY | CL_MEM_COPY_HOST_PTR,
          weights->len * 4, weights->data, error);
}

/* Where the samples of each component lie: their lower bytes, where they have
 * two. */
static void
find_components (const MnClInput *self, const MnFormatInfo *info,
    gint32 *offset, gint32 *pitch, gint32 *step)
{
  gint32 value = mn_format_value_size (info);
  gint32 low = info->sample == MN_SAMPLE_BE16 ? 1 : 0;
  guint i, j;

  for (i = 0; i < 4; i++) {
    offset[i] = step[i] = 0;
    pitch[i] = self->pitch;
  }
  for (i = 0; i < info->n_streams; i++) {
    const MnStream *stream = &info->streams[i];
    const MnClPlane *plane = &self->planes[stream->plane];

    for (j = 0; j < stream->step; j++) {
      guint component = stream->components[j];

      if (component == MN_COMPONENT_NONE)
        continue;
      offset[component] = (gint32) (plane->row * self->pitch)
          + (gint32) j * value + low - (gint32) plane->first_byte;
      step[component] = stream->step * value;
    }
  }
}

static gboolean
set_picture_args (MnClInput *self, cl_mem value, const MnPreprocess *p,
    const MnFormatInfo *info, GError **error)
{
  gint32 size[4] = {p->out_width, p->out_height, p->out_channels, p->swap_axes};
  gint32 inner[4] = {p->inner.x, p->inner.y, p->inner.width, p->inner.height};
  gint32 start_base[4], weight_base[4], n_taps[4];
  gint32 offset[4], pitch[4], step[4];
  gint32 kind = info->kind == MN_COLOUR_GREY ? 0
      : info->kind == MN_COLOUR_RGB          ? 1
                                             : 2;
  gint32 high = info->sample == MN_SAMPLE_BYTE ? 0
      : info->sample == MN_SAMPLE_BE16         ? -1
                                               : 1;
  gfloat colour[16] = {
    0,
  };
  guint i = 0;

  if (!upload_tables (self, p, info, start_base, weight_base, n_taps, error))
    return FALSE;
  find_components (self, info, offset, pitch, step);
  memcpy (colour, p->colour, sizeof p->colour);
  return set_arg (self, &i, &self->memory[BYTES], sizeof (cl_mem), error)
      && set_arg (self, &i, &self->memory[STARTS], sizeof (cl_mem), error)
      && set_arg (self, &i, &self->memory[WEIGHTS], sizeof (cl_mem), error)
      && set_arg (self, &i, &value, sizeof value, error)
      && set_arg (self, &i, size, sizeof size, error)
      && set_arg (self, &i, inner, sizeof inner, error)
      && set_arg (self, &i, start_base, sizeof start_base, error)
      && set_arg (self, &i, weight_base, sizeof weight_base, error)
      && set_arg (self, &i, n_taps, sizeof n_taps, error)
      && set_arg (self, &i, offset, sizeof offset, error)
      && set_arg (self, &i, pitch, sizeof pitch, error)
      && set_arg (self, &i, step, sizeof step, error)
      && set_arg (self, &i, &high, sizeof high, error)
      && set_arg (self, &i, &kind, sizeof kind, error)
      && set_arg (self, &i, colour, sizeof colour, error)
      && set_arg (self, &i, p->scale, sizeof p->scale, error)
      && set_arg (self, &i, p->bias, sizeof p->bias, error)
      && set_arg (self, &i, p->fill, sizeof p->fill, error);
}

MnClInput *
mn_cl_input_new_picture (const MnBackendPlan *plan, cl_mem value,
    const MnPreprocess *preprocess, GError **error)
{
  const MnFormatInfo *info = mn_format_get_info (preprocess->source.format);
  g_autoptr (MnClInput) self = input_new (plan->preprocess, error);

  if (!self)
    return NULL;
  if (info->tiles.order != MN_TILES_NONE)
    self->tiles = &info->tiles;
  find_planes (self, preprocess, info);
  set_size (self, plan->preprocess, preprocess->out_width,
      preprocess->out_height);
  if (!place_planes (self, error)
      || !set_picture_args (self, value, preprocess, info, error))
    return NULL;
  return g_steal_pointer (&self);
}

/* ---- a frame ----------------------------------------------------------- */

static gboolean
write_bytes (const MnClInput *self, cl_command_queue queue, gsize offset,
    gsize size, const guint8 *data, GError **error)
{
  cl_int r = self->device->cl->EnqueueWriteBuffer (queue, self->memory[BYTES],
      CL_FALSE, offset, size, data, 0, NULL, NULL);

  return r == CL_SUCCESS
      || mn_cl_fail (error, MN_ERROR_DEVICE, r, "clEnqueueWriteBuffer", NULL);
}

static gboolean
write_rectangle (const MnClInput *self, cl_command_queue queue,
    const MnClPlane *plane, const guint8 *data, gsize stride, GError **error)
{
  const size_t to[3] = {0, plane->row, 0}, from[3] = {0, 0, 0};
  const size_t region[3] = {plane->row_bytes, plane->n_rows, 1};
  cl_int r = self->device->cl->EnqueueWriteBufferRect (queue,
      self->memory[BYTES], CL_FALSE, to, from, region, self->pitch, 0, stride,
      0, data, 0, NULL, NULL);

  return r == CL_SUCCESS
      || mn_cl_fail (error, MN_ERROR_DEVICE, r, "clEnqueueWriteBufferRect",
          NULL);
}

static gboolean
write_plane (const MnClInput *self, cl_command_queue queue,
    const MnClPlane *plane, const MnPlane *source, GError **error)
{
  const guint8 *data = source->data + (gssize) plane->first_row * source->stride
      + plane->first_byte;
  gsize offset = plane->row * self->pitch, i;

  if (source->stride == (gssize) self->pitch)
    return write_bytes (self, queue, offset,
        (plane->n_rows - 1) * self->pitch + plane->row_bytes, data, error);
  if (source->stride >= (gssize) plane->row_bytes)
    return write_rectangle (self, queue, plane, data, source->stride, error);
  /* Upside down, or rows that overlap: OpenCL has no rectangle for that. */
  for (i = 0; i < plane->n_rows; i++) {
    if (!write_bytes (self, queue, offset + i * self->pitch, plane->row_bytes,
            data + (gssize) i * source->stride, error))
      return FALSE;
  }
  return TRUE;
}

/* The picture as the buffer holds it, put together from tiles. */
static gboolean
write_tiles (const MnClInput *self, cl_command_queue queue,
    const MnFrame *frame, guint8 **copy, GError **error)
{
  guint8 *row;
  gsize r;
  guint i;

  *copy = row = g_try_malloc0 (self->size);
  if (!row) {
    g_set_error (error, MN_ERROR, MN_ERROR_NO_MEMORY,
        "no memory for a copy of %" G_GSIZE_FORMAT " bytes of a frame",
        self->size);
    return FALSE;
  }
  for (i = 0; i < self->n_planes; i++) {
    const MnClPlane *plane = &self->planes[i];

    for (r = 0; r < plane->n_rows; r++, row += self->pitch)
      mn_tiles_read_row (self->tiles, &frame->planes[plane->plane],
          plane->first_row + r, plane->first_byte, plane->row_bytes, row);
  }
  return write_bytes (self, queue, 0, self->size, *copy, error);
}

gboolean
mn_cl_input_enqueue (const MnClInput *self, cl_command_queue queue,
    const MnFrame *frame, guint8 **copy, cl_event *event, GError **error)
{
  cl_int r;
  guint i;

  *copy = NULL;
  if (self->tiles && !write_tiles (self, queue, frame, copy, error))
    return FALSE;
  if (self->n_bytes > 0
      && !write_bytes (self, queue, 0, self->n_bytes, frame->planes[0].data,
          error))
    return FALSE;
  for (i = 0; !self->tiles && i < self->n_planes; i++) {
    if (!write_plane (self, queue, &self->planes[i],
            &frame->planes[self->planes[i].plane], error))
      return FALSE;
  }
  r = self->device->cl->EnqueueNDRangeKernel (queue, self->kernel, 3, NULL,
      self->global, self->local, 0, NULL, event);
  return r == CL_SUCCESS
      || mn_cl_fail (error, MN_ERROR_DEVICE, r, "clEnqueueNDRangeKernel",
          "input");
}
