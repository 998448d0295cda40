/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The CPU's stage. A line is one output row, or one output column where the
 * axes are exchanged: either way it is a weighted sum of source rows, of
 * which the columns are resampled and the colours converted. */

#include "engine/cpu/preprocess/stage_kernels.h"

#include "engine/base/cpu_flags.h"
#include "engine/preprocess/tiles.h"

#include <string.h>

#define N_LINES (MN_COMPONENT_NONE + 1)
/* Rows that are put together from tiles at once. */
#define TILE_ROWS 16

/* ---- what is made once ----------------------------------------------- */

static const MnTaps *
column_taps (const MnPreprocess *p, gboolean chroma)
{
  if (chroma)
    return p->swap_axes ? &p->chroma_y : &p->chroma_x;
  return p->swap_axes ? &p->luma_y : &p->luma_x;
}

static const MnTaps *
row_taps (const MnPreprocess *p, gboolean chroma)
{
  if (chroma)
    return p->swap_axes ? &p->chroma_x : &p->chroma_y;
  return p->swap_axes ? &p->luma_x : &p->luma_y;
}

static gboolean
init_columns (MnColumns *self, const MnTaps *taps, const MnStream *stream)
{
  guint repeat = stream->step == 3 ? 4 : stream->step;
  guint i, t, b;

  self->start = taps->start;
  self->step = stream->step;
  memcpy (self->components, stream->components, sizeof (self->components));
  self->length = (taps->n_taps * repeat + 7) / 8 * 8;
  self->weights = g_try_new0 (gfloat, (gsize) taps->n_out * self->length);
  if (!self->weights)
    return FALSE;
  for (i = 0; i < taps->n_out; i++) {
    gfloat *w = self->weights + i * self->length;

    for (t = 0; t < taps->n_taps; t++) {
      for (b = 0; b < repeat; b++)
        *w++ = taps->weights[(gsize) i * taps->n_taps + t];
    }
  }
  return TRUE;
}

/* Units first .. end - 1 of the plane's rows are read for outputs i0 ..
 * i1 - 1 of a line; here and below a unit is counted in values. */
static void
find_units (const MnPreprocess *p, guint plane, guint i0, guint i1,
    gsize *first, gsize *end)
{
  const MnFormatInfo *format = p->cpu->format;
  guint unit = format->planes[plane].unit / mn_format_value_size (format);
  guint s;

  *first = G_MAXSIZE;
  *end = 0;
  for (s = 0; s < format->n_streams; s++) {
    const MnStream *stream = &format->streams[s];
    const MnTaps *taps = column_taps (p, stream->chroma);
    gsize a = taps->start[i0], b = taps->start[i1 - 1];

    if (stream->plane != plane)
      continue;
    *first = MIN (*first, MIN (a, b) * stream->step / unit);
    *end = MAX (*end,
        ((MAX (a, b) + taps->n_taps) * stream->step + unit - 1) / unit);
  }
}

struct _MnPreprocessCpu *
mn_preprocess_cpu_new (const MnPreprocess *p, guint cpu_flags)
{
  struct _MnPreprocessCpu *self = g_new0 (struct _MnPreprocessCpu, 1);
  guint width = p->source.width;
  guint i;

  self->format = mn_format_get_info (p->source.format);
  mn_preprocess_cpu_set_flags (self, cpu_flags);
  for (i = 0; i < self->format->n_streams; i++) {
    const MnStream *stream = &self->format->streams[i];

    if (!init_columns (&self->columns[i], column_taps (p, stream->chroma),
            stream)) {
      mn_preprocess_cpu_free (self);
      return NULL;
    }
  }
  for (i = 0; i < self->format->n_planes; i++) {
    gsize n = mn_plane_row_bytes (&self->format->planes[i], width)
        / mn_format_value_size (self->format);

    self->row_floats = MAX (self->row_floats, n + MN_ROW_PADDING);
  }
  self->row_floats = (self->row_floats + 15) / 16 * 16;
  if (self->format->tiles.order != MN_TILES_NONE)
    self->tile_bytes = TILE_ROWS * self->row_floats;
  /* No more than that for any crop: the scratch of one will do for all. */
  self->line_floats = (MAX (p->out_width, p->out_height) + 15) / 16 * 16;
  return self;
}

void
mn_preprocess_cpu_free (struct _MnPreprocessCpu *self)
{
  guint i;

  if (!self)
    return;
  for (i = 0; i < MN_MAX_STREAMS; i++)
    g_free (self->columns[i].weights);
  g_free (self);
}

void
mn_preprocess_cpu_set_flags (struct _MnPreprocessCpu *self, guint cpu_flags)
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

gsize
mn_preprocess_scratch_size (const MnPreprocess *p)
{
  const struct _MnPreprocessCpu *cpu = p->cpu;
  guint rows = cpu->tile_bytes ? 2 : 1;

  return (rows * cpu->row_floats + N_LINES * cpu->line_floats) * sizeof (gfloat)
      + cpu->tile_bytes;
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
scratch_init (Scratch *self, const MnPreprocess *p, gfloat *memory)
{
  const struct _MnPreprocessCpu *cpu = p->cpu;
  guint j;

  self->row = memory;
  memory += cpu->row_floats;
  for (j = 0; j < N_LINES; j++, memory += cpu->line_floats)
    self->lines[j] = memory;
  self->part = memory;
  self->bytes = (guint8 *) (memory + cpu->row_floats);
  /* A format without colour leaves these as they are. */
  memset (self->lines[1], 0, 2 * cpu->line_floats * sizeof (gfloat));
}

/* As resample_rows, for rows first_row .. of a tiled plane. */
static void
sum_tiled_rows (const MnPreprocess *p, const MnPlane *plane, gsize first_byte,
    gsize n_bytes, gsize first_row, guint n_rows, const gfloat *weights,
    const Scratch *scratch)
{
  const struct _MnPreprocessCpu *cpu = p->cpu;
  MnResampleRowsFunc resample = cpu->kernels->resample_rows[MN_SAMPLE_BYTE];
  guint done, n, r;
  gsize k;

  for (done = 0; done < n_rows; done += n) {
    n = MIN (n_rows - done, TILE_ROWS);
    for (r = 0; r < n; r++)
      mn_tiles_read_row (&cpu->format->tiles, plane, first_row + done + r,
          first_byte, n_bytes, scratch->bytes + r * n_bytes);
    resample (scratch->bytes, n_bytes, n, weights + done, n_bytes,
        done ? scratch->part : scratch->row);
    for (k = 0; done && k < n_bytes; k++)
      scratch->row[k] += scratch->part[k];
  }
}

static void
sum_rows (const MnPreprocess *p, const MnPlane *plane, gsize first_value,
    gsize n_values, const MnTaps *taps, guint line, const Scratch *scratch)
{
  const MnFormatInfo *format = p->cpu->format;
  const gfloat *weights = taps->weights + (gsize) line * taps->n_taps;
  guint t = 0, end = taps->n_taps;
  gssize row;

  while (end > 1 && weights[end - 1] == 0)
    end--;
  while (t + 1 < end && weights[t] == 0)
    t++;
  row = taps->start[line] + (gssize) t;
  if (format->tiles.order != MN_TILES_NONE)
    sum_tiled_rows (p, plane, first_value, n_values, row, end - t, weights + t,
        scratch);
  else
    p->cpu->kernels->resample_rows[format->sample](plane->data
            + row * plane->stride
            + (gssize) (first_value * mn_format_value_size (format)),
        plane->stride, end - t, weights + t, n_values, scratch->row);
}

/* Outputs i0 .. i1 - 1 of one line, as components. */
static void
make_line (const MnPreprocess *p, const MnFrame *frame, guint line, guint i0,
    guint i1, const Scratch *scratch)
{
  const struct _MnPreprocessCpu *cpu = p->cpu;
  const MnFormatInfo *format = cpu->format;
  guint s = 0, k;

  for (k = 0; k < format->n_planes; k++) {
    guint unit = format->planes[k].unit / mn_format_value_size (format);
    const MnTaps *taps = row_taps (p, format->planes[k].y_shift > 0);
    gsize first, end;

    find_units (p, k, i0, i1, &first, &end);
    sum_rows (p, &frame->planes[k], first * unit, (end - first) * unit, taps,
        line, scratch);
    for (; s < format->n_streams && format->streams[s].plane == k; s++) {
      cpu->kernels->resample_columns (scratch->row, first * unit,
          &cpu->columns[s], i0, i1, scratch->lines);
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
mn_preprocess_run (const MnPreprocess *p, const MnFrame *frame, guint first_row,
    guint end_row, gpointer scratch, gfloat *out)
{
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
  scratch_init (&work, p, scratch);
  out += top * line + p->inner.x * pixel;
  if (p->swap_axes) {
    for (j = 0; j < x1; j++) {
      make_line (p, frame, j, y0, y1, &work);
      p->cpu->kernels->convert_pixels (p, work.lines, y1 - y0,
          out + y0 * line + j * pixel, line);
    }
  } else {
    for (j = y0; j < y1; j++) {
      make_line (p, frame, j, 0, x1, &work);
      p->cpu->kernels->convert_pixels (p, work.lines, x1, out + j * line,
          pixel);
    }
  }
}
