/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The CPU's stage. A line is one output row, or one output column where the
 * axes are exchanged: either way it is a weighted sum of source rows, of
 * which the columns are resampled and the colours converted. */

#include "engine/cpu/preprocess/stage.h"

#include "engine/base/cpu_flags.h"
#include "engine/preprocess/tiles.h"

#include <string.h>

#define N_LINES (MN_COMPONENT_NONE + 1)
/* Rows that are put together from tiles at once. */
#define TILE_ROWS 16
/* Of a cache line: the tables that are read most start with one. */
#define LINE_WORDS 16

/* ---- scratch --------------------------------------------------------- */

/* No more than that for any crop: the scratch of one will do for all. */
static MnCpuScratch
measure_scratch (const MnPreprocess *p)
{
  const MnFormatInfo *format = mn_format_get_info (p->source.format);
  MnCpuScratch self = {0};
  guint i;

  for (i = 0; i < format->n_planes; i++) {
    gsize n = mn_plane_row_bytes (&format->planes[i], p->source.width)
        / mn_format_value_size (format);

    self.row_floats = MAX (self.row_floats, n + MN_ROW_PADDING);
  }
  self.row_floats = (self.row_floats + 15) / 16 * 16;
  if (format->tiles.order != MN_TILES_NONE)
    self.tile_bytes = TILE_ROWS * self.row_floats;
  self.line_floats = (MAX (p->out_width, p->out_height) + 15) / 16 * 16;
  return self;
}

gsize
mn_cpu_stage_scratch_size (const MnPreprocess *preprocess)
{
  MnCpuScratch scratch = measure_scratch (preprocess);
  guint rows = scratch.tile_bytes ? 2 : 1;

  return (rows * scratch.row_floats + N_LINES * scratch.line_floats)
      * sizeof (gfloat)
      + scratch.tile_bytes;
}

/* ---- tables ---------------------------------------------------------- */

static const MnTaps *
column_taps (const MnCpuStage *self, gboolean chroma)
{
  return &self->taps[chroma ? MN_CHROMA_COLUMNS : MN_LUMA_COLUMNS];
}

static const MnTaps *
row_taps (const MnCpuStage *self, gboolean chroma)
{
  return &self->taps[chroma ? MN_CHROMA_ROWS : MN_LUMA_ROWS];
}

/* How often a stream's columns have each weight, one after another. */
static guint
count_repeats (const MnStream *stream)
{
  return stream->step == 3 ? 4 : stream->step;
}

static gsize
columns_length (guint n_taps, const MnStream *stream)
{
  return (n_taps * count_repeats (stream) + 7) / 8 * 8;
}

/* Returns how many weights it writes. */
static gsize
set_columns (MnColumns *self, const MnTaps *taps, const MnStream *stream,
    gfloat *weights)
{
  guint repeat = count_repeats (stream), i, t, b;

  self->start = taps->start;
  self->step = stream->step;
  memcpy (self->components, stream->components, sizeof (self->components));
  self->length = columns_length (taps->n_taps, stream);
  self->weights = weights;
  memset (weights, 0, taps->n_out * self->length * sizeof (gfloat));
  for (i = 0; i < taps->n_out; i++) {
    gfloat *w = weights + i * self->length;

    for (t = 0; t < taps->n_taps; t++) {
      for (b = 0; b < repeat; b++)
        *w++ = taps->weights[(gsize) i * taps->pitch + t];
    }
  }
  return taps->n_out * self->length;
}

/* Words of four bytes in all tables, of whichever part of the frame. */
static gsize
count_words (const MnPreprocess *p, const MnFormatInfo *format)
{
  guint n_samples, n_out, i;
  gsize words = 0;

  for (i = 0; i < MN_N_AXES; i++) {
    mn_preprocess_get_bounds (p, i, &n_samples, &n_out);
    words += n_out + mn_taps_max_weights (n_samples, n_out, 1);
  }
  for (i = 0; i < format->n_streams; i++) {
    const MnStream *stream = &format->streams[i];

    mn_preprocess_get_bounds (p,
        stream->chroma ? MN_CHROMA_COLUMNS : MN_LUMA_COLUMNS, &n_samples,
        &n_out);
    words += count_repeats (stream) * mn_taps_max_weights (n_samples, n_out, 1)
        + (gsize) n_out * 7 + LINE_WORDS;
  }
  return words;
}

static gboolean
reserve (MnCpuStage *self, const MnPreprocess *p, GError **error)
{
  gsize size = count_words (p, mn_format_get_info (p->source.format))
      * sizeof (gfloat);
  gpointer memory;

  if (size <= self->memory_size)
    return TRUE;
  memory = g_try_malloc (size);
  if (!memory) {
    g_set_error (error, MN_ERROR, MN_ERROR_NO_MEMORY,
        "no memory to scale frames of %ux%u pixels", p->source.width,
        p->source.height);
    return FALSE;
  }
  g_free (self->memory);
  self->memory = memory;
  self->memory_size = size;
  return TRUE;
}

static void
set_tables (MnCpuStage *self)
{
  const MnPreprocess *p = &self->preprocess;
  gint32 *start = self->memory;
  gfloat *weights;
  guint i;

  for (i = 0; i < MN_N_AXES; i++)
    start += p->axes[i].n_out;
  weights = (gfloat *) start;
  start = self->memory;
  for (i = 0; i < MN_N_AXES; i++) {
    if (p->axes[i].n_out == 0)
      continue;
    weights += mn_taps_set (&self->taps[i], &p->axes[i], 1, start, weights);
    start += p->axes[i].n_out;
  }
  for (i = 0; i < self->format->n_streams; i++) {
    const MnStream *stream = &self->format->streams[i];

    weights = (gfloat *) (((gsize) weights + LINE_WORDS * sizeof (gfloat) - 1)
        & ~(LINE_WORDS * sizeof (gfloat) - 1));
    weights += set_columns (&self->columns[i],
        column_taps (self, stream->chroma), stream, weights);
  }
}

gboolean
mn_cpu_stage_set (MnCpuStage *self, const MnPreprocess *preprocess,
    GError **error)
{
  if (!reserve (self, preprocess, error))
    return FALSE;
  self->preprocess = *preprocess;
  self->format = mn_format_get_info (preprocess->source.format);
  self->scratch = measure_scratch (preprocess);
  set_tables (self);
  return TRUE;
}

MnCpuStage *
mn_cpu_stage_new (guint cpu_flags)
{
  MnCpuStage *self = g_new0 (MnCpuStage, 1);

  mn_cpu_stage_set_flags (self, cpu_flags);
  return self;
}

void
mn_cpu_stage_free (MnCpuStage *self)
{
  if (!self)
    return;
  g_free (self->memory);
  g_free (self);
}

void
mn_cpu_stage_set_flags (MnCpuStage *self, guint cpu_flags)
{
  self->kernels = &mn_stage_kernels_scalar;
#ifdef __x86_64__
  if (cpu_flags & MN_CPU_AVX2)
    self->kernels = &mn_stage_kernels_avx2;
  if (cpu_flags & MN_CPU_AVX512)
    self->kernels = &mn_stage_kernels_avx512;
#endif
#ifdef __aarch64__
  if (cpu_flags & MN_CPU_NEON)
    self->kernels = &mn_stage_kernels_neon;
#endif
}

/* ---- each frame ------------------------------------------------------ */

/* Where a thread computes. */
typedef struct
{
  gfloat *row;            /* a weighted sum of source rows */
  gfloat *lines[N_LINES]; /* by component */
  gfloat *part;           /* tiled formats: the sum of some of the rows */
  guint8 *bytes;          /* and these rows */
} Scratch;

static void
scratch_init (Scratch *self, const MnCpuStage *stage, gfloat *memory)
{
  guint j;

  self->row = memory;
  memory += stage->scratch.row_floats;
  for (j = 0; j < N_LINES; j++, memory += stage->scratch.line_floats)
    self->lines[j] = memory;
  self->part = memory;
  self->bytes = (guint8 *) (memory + stage->scratch.row_floats);
  /* A format without colour leaves these as they are. */
  memset (self->lines[1], 0, 2 * stage->scratch.line_floats * sizeof (gfloat));
}

/* As resample_rows, for rows first_row .. of a tiled plane. */
static void
sum_tiled_rows (const MnCpuStage *stage, const MnPlane *plane, gsize first_byte,
    gsize n_bytes, gsize first_row, guint n_rows, const gfloat *weights,
    const Scratch *scratch)
{
  MnResampleRowsFunc resample = stage->kernels->resample_rows[MN_SAMPLE_BYTE];
  guint done, n, r;
  gsize k;

  for (done = 0; done < n_rows; done += n) {
    n = MIN (n_rows - done, TILE_ROWS);
    for (r = 0; r < n; r++)
      mn_tiles_read_row (&stage->format->tiles, plane, first_row + done + r,
          first_byte, n_bytes, scratch->bytes + r * n_bytes);
    resample (scratch->bytes, n_bytes, n, weights + done, n_bytes,
        done ? scratch->part : scratch->row);
    for (k = 0; done && k < n_bytes; k++)
      scratch->row[k] += scratch->part[k];
  }
}

static void
sum_rows (const MnCpuStage *stage, const MnPlane *plane, gsize first_value,
    gsize n_values, const MnTaps *taps, guint line, const Scratch *scratch)
{
  const MnFormatInfo *format = stage->format;
  const gfloat *weights = taps->weights + (gsize) line * taps->pitch;
  guint t = 0, end = taps->n_taps;
  gssize row;

  while (end > 1 && weights[end - 1] == 0)
    end--;
  while (t + 1 < end && weights[t] == 0)
    t++;
  row = taps->start[line] + (gssize) t;
  if (format->tiles.order != MN_TILES_NONE)
    sum_tiled_rows (stage, plane, first_value, n_values, row, end - t,
        weights + t, scratch);
  else
    stage->kernels->resample_rows[format->sample](plane->data
            + row * plane->stride
            + (gssize) (first_value * mn_format_value_size (format)),
        plane->stride, end - t, weights + t, n_values, scratch->row);
}

/* Units first .. end - 1 of the plane's rows are read for outputs i0 ..
 * i1 - 1 of a line; here and below a unit is counted in values. */
static void
find_units (const MnCpuStage *stage, guint plane, guint i0, guint i1,
    gsize *first, gsize *end)
{
  const MnFormatInfo *format = stage->format;
  guint unit = format->planes[plane].unit / mn_format_value_size (format);
  guint s;

  *first = G_MAXSIZE;
  *end = 0;
  for (s = 0; s < format->n_streams; s++) {
    const MnStream *stream = &format->streams[s];
    const MnTaps *taps = column_taps (stage, stream->chroma);
    gsize a = taps->start[i0], b = taps->start[i1 - 1];

    if (stream->plane != plane)
      continue;
    *first = MIN (*first, MIN (a, b) * stream->step / unit);
    *end = MAX (*end,
        ((MAX (a, b) + taps->n_taps) * stream->step + unit - 1) / unit);
  }
}

/* Outputs i0 .. i1 - 1 of one line, as components. */
static void
make_line (const MnCpuStage *stage, const MnFrame *frame, guint line, guint i0,
    guint i1, const Scratch *scratch)
{
  const MnFormatInfo *format = stage->format;
  guint s = 0, k;

  for (k = 0; k < format->n_planes; k++) {
    guint unit = format->planes[k].unit / mn_format_value_size (format);
    const MnTaps *taps = row_taps (stage, format->planes[k].y_shift > 0);
    gsize first, end;

    find_units (stage, k, i0, i1, &first, &end);
    sum_rows (stage, &frame->planes[k], first * unit, (end - first) * unit,
        taps, line, scratch);
    for (; s < format->n_streams && format->streams[s].plane == k; s++) {
      stage->kernels->resample_columns (scratch->row, first * unit,
          &stage->columns[s], i0, i1, scratch->lines);
    }
  }
}

static void
fill (const MnPreprocess *p, gfloat *out, gsize n_pixels)
{
  gsize i;
  guint c;

  for (i = 0; i < n_pixels; i++) {
    for (c = 0; c < p->out_channels; c++)
      *out++ = p->fill[c];
  }
}

static void
fill_margins (const MnPreprocess *p, guint first_row, guint end_row,
    gfloat *out)
{
  guint left = p->inner.x, right = p->inner.x + p->inner.width;
  guint top = p->inner.y, bottom = p->inner.y + p->inner.height;
  guint y;

  for (y = first_row; y < end_row; y++) {
    gfloat *line = out + (gsize) y * p->out_width * p->out_channels;

    if (y < top || y >= bottom) {
      fill (p, line, p->out_width);
    } else {
      fill (p, line, left);
      fill (p, line + right * p->out_channels, p->out_width - right);
    }
  }
}

void
mn_cpu_stage_run (const MnCpuStage *stage, const MnFrame *frame,
    guint first_row, guint end_row, gpointer scratch, gfloat *out)
{
  const MnPreprocess *p = &stage->preprocess;
  gsize pixel = p->out_channels, line = p->out_width * pixel;
  guint top = p->inner.y, bottom = p->inner.y + p->inner.height;
  guint y0 = CLAMP (first_row, top, bottom) - top;
  guint y1 = CLAMP (end_row, top, bottom) - top;
  guint x1 = p->inner.width, j;
  Scratch work;

  g_assert (end_row <= p->out_height);
  fill_margins (p, first_row, end_row, out);
  if (y0 >= y1)
    return;
  scratch_init (&work, stage, scratch);
  out += top * line + p->inner.x * pixel;
  if (p->swap_axes) {
    for (j = 0; j < x1; j++) {
      make_line (stage, frame, j, y0, y1, &work);
      stage->kernels->convert_pixels (p, work.lines, y1 - y0,
          out + y0 * line + j * pixel, line);
    }
  } else {
    for (j = y0; j < y1; j++) {
      make_line (stage, frame, j, 0, x1, &work);
      stage->kernels->convert_pixels (p, work.lines, x1, out + j * line, pixel);
    }
  }
}
