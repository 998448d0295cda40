/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "opencl/preprocess/view.h"

#include <string.h>

/* The kernel reads so many values at once, from a multiple of them on, or so
 * many samples. */
#define STEP 4

/* How samples lie, as the kernel is told. */
typedef struct
{
  guint luma, chroma; /* values from one to the next; 0: no chroma */
} Form;

static Form
form_of (const MnFormatInfo *info)
{
  const MnStream *streams = info->streams;
  /* Packed 4:4:4 has all of a pixel at one place. */
  gboolean packed = info->n_streams == 1
      || (info->n_streams == 2 && streams[1].plane == streams[0].plane
          && streams[1].step == streams[0].step);

  return (Form) {streams[0].step, packed ? 0 : streams[1].step};
}

gchar *
mn_cl_view_options (const MnPreprocess *p)
{
  const MnFormatInfo *info = mn_format_get_info (p->source.format);
  Form form = form_of (info);

  return g_strdup_printf ("-DSAMPLE=%d -DLUMA=%u -DCHROMA=%u -DGREY=%d",
      info->sample == MN_SAMPLE_BYTE       ? 0
          : info->sample == MN_SAMPLE_LE16 ? 1
                                           : 2,
      form.luma, form.chroma, p->out_channels == 1);
}

/* ---- tables ------------------------------------------------------------ */

/* Samples a step of an axis. */
static guint
samples_of (Form form, guint axis)
{
  guint every = axis == MN_LUMA_COLUMNS ? form.luma
      : axis == MN_CHROMA_COLUMNS       ? form.chroma
                                        : STEP;

  return every == 3 ? STEP : every > 0 ? STEP / every : 1;
}

gsize
mn_cl_view_max_words (const MnPreprocess *p)
{
  gsize words = 0;
  guint i;

  for (i = 0; i < MN_N_AXES; i++) {
    guint n_samples, n_out;

    mn_preprocess_get_bounds (p, i, &n_samples, &n_out);
    /* A span an output; its first and its last step reach further than its
     * taps; and the weights start with a multiple of 4. */
    words += 2 * n_out + mn_taps_max_weights (n_samples, n_out, 2 * STEP - 1)
        + STEP;
  }
  return words;
}

/* What set_table takes behind them. */
static gsize
max_room (const MnPreprocess *p)
{
  gsize most = 0;
  guint i;

  for (i = 0; i < MN_N_AXES; i++) {
    guint n_samples, n_out;

    mn_preprocess_get_bounds (p, i, &n_samples, &n_out);
    most = MAX (most, n_out + mn_taps_max_weights (n_samples, n_out, 1));
  }
  return most;
}

static gboolean
reserve (MnClView *self, const MnPreprocess *p, GError **error)
{
  gsize words = mn_cl_view_max_words (p) + max_room (p);
  gpointer tables;

  if (words <= self->capacity)
    return TRUE;
  tables = g_try_malloc_n (words, sizeof (gint32));
  if (!tables) {
    g_set_error (error, MN_ERROR, MN_ERROR_NO_MEMORY,
        "no memory to scale frames of %ux%u pixels", p->source.width,
        p->source.height);
    return FALSE;
  }
  g_free (self->tables);
  self->tables = tables;
  self->capacity = words;
  return TRUE;
}

/* One axis, in steps of so many samples. */
typedef struct
{
  guint n_out, samples;
  gint32 (*spans)[2]; /* the first sample, a multiple of those of a step, and
                       * steps */
  gfloat *weights;    /* n_weights an output */
  guint n_weights;
} Table;

static void
set_span (const MnTaps *taps, guint o, guint samples, gint32 *span)
{
  const gfloat *w = taps->weights + (gsize) o * taps->pitch;
  guint first = 0, end = taps->n_taps;

  while (end - first > 1 && w[first] == 0)
    first++;
  while (end - first > 1 && w[end - 1] == 0)
    end--;
  first += taps->start[o];
  end += taps->start[o];
  span[0] = first / samples * samples;
  span[1] = (end - span[0] + samples - 1) / samples;
}

/* Returns how many weights there are. room: for the same in single samples. */
static gsize
set_table (Table *self, const MnAxis *axis, gint32 *room)
{
  MnTaps taps;
  gsize n_weights;
  guint o, i;

  mn_taps_set (&taps, axis, 1, room, (gfloat *) room + axis->n_out);
  self->n_weights = 0;
  for (o = 0; o < self->n_out; o++) {
    set_span (&taps, o, self->samples, self->spans[o]);
    self->n_weights = MAX (self->n_weights, self->spans[o][1] * self->samples);
  }
  n_weights = (gsize) self->n_out * self->n_weights;
  memset (self->weights, 0, n_weights * sizeof (gfloat));
  for (o = 0; o < self->n_out; o++) {
    gfloat *to = self->weights + (gsize) o * self->n_weights;

    for (i = 0; i < taps.n_taps; i++) {
      gfloat w = taps.weights[(gsize) o * taps.pitch + i];

      if (w != 0)
        to[taps.start[o] + (gint32) i - self->spans[o][0]] = w;
    }
  }
  return n_weights;
}

/* All spans, then all weights. */
static void
set_tables (MnClView *self, const MnPreprocess *p, Form form,
    Table tables[MN_N_AXES])
{
  gint32 *words = self->tables, *room = words + mn_cl_view_max_words (p);
  gsize spans = 0, weights = 0;
  guint i;

  memset (tables, 0, MN_N_AXES * sizeof (Table));
  for (i = 0; i < MN_N_AXES; i++) {
    if (i < MN_CHROMA_COLUMNS || form.chroma > 0)
      tables[i].n_out = p->axes[i].n_out;
    weights += 2 * tables[i].n_out;
  }
  for (i = 0; i < MN_N_AXES; i++) {
    Table *t = &tables[i];

    weights = (weights + STEP - 1) / STEP * STEP;
    t->spans = (gint32 (*)[2]) (words + 2 * spans);
    t->weights = (gfloat *) words + weights;
    t->samples = samples_of (form, i);
    self->first_span[i] = spans;
    self->first_weight[i] = weights;
    if (t->n_out > 0)
      weights += set_table (t, &p->axes[i], room);
    self->n_weights[i] = t->n_weights;
    spans += t->n_out;
  }
  self->n_words = weights;
}

/* ---- planes ------------------------------------------------------------ */

/* Of a stream's columns; its rows follow. */
static guint
axis_of (Form form, const MnStream *stream)
{
  return form.chroma > 0 && stream->chroma ? MN_CHROMA_COLUMNS
                                           : MN_LUMA_COLUMNS;
}

/* The samples that the spans reach. */
static void
range_of (const Table *t, gsize *first, gsize *end)
{
  guint o;

  for (o = 0; o < t->n_out; o++) {
    *first = MIN (*first, (gsize) t->spans[o][0]);
    *end = MAX (*end, (gsize) t->spans[o][0] + t->spans[o][1] * t->samples);
  }
}

/* Which bytes of which rows of each plane the tables ask for. A last step may
 * reach past the end of the row. */
static void
find_planes (MnClView *self, const MnPreprocess *p, Form form,
    const Table *tables)
{
  const MnFormatInfo *info = mn_format_get_info (p->source.format);
  gsize value = mn_format_value_size (info);
  guint i;

  self->n_planes = info->n_planes;
  memset (self->planes, 0, sizeof self->planes);
  for (i = 0; i < info->n_planes; i++)
    self->planes[i].first_byte = self->planes[i].first_row = G_MAXSIZE;
  for (i = 0; i < info->n_streams; i++) {
    const MnStream *stream = &info->streams[i];
    MnClPlane *plane = &self->planes[stream->plane];
    const Table *t = &tables[axis_of (form, stream)];
    gsize row = mn_plane_row_bytes (&info->planes[stream->plane],
        p->source.width);
    gsize first = G_MAXSIZE, end = 0;
    gsize end_row = plane->n_rows ? plane->first_row + plane->n_rows : 0;
    gsize end_byte = plane->n_rows ? plane->first_byte + plane->room : 0;

    range_of (t, &first, &end);
    plane->first_byte = MIN (plane->first_byte, first * stream->step * value);
    end_byte = MAX (end_byte, end * stream->step * value);
    range_of (t + 1, &plane->first_row, &end_row);
    plane->room = end_byte - plane->first_byte;
    plane->row_bytes = MIN (end_byte, row) - plane->first_byte;
    plane->n_rows = end_row - plane->first_row;
  }
}

static gsize
round_up (gsize n, gsize multiple)
{
  return (n + multiple - 1) / multiple * multiple;
}

/* Steps of 16 bits are 8 bytes. */
static gsize
pad_row (gsize bytes)
{
  return round_up (bytes, 8);
}

/* One plane after another, all with rows of the same pitch. */
static void
place_planes (MnClView *self)
{
  gsize rows = 0;
  guint i;

  self->pitch = 0;
  for (i = 0; i < self->n_planes; i++) {
    self->planes[i].row = rows;
    rows += self->planes[i].n_rows;
    self->pitch = MAX (self->pitch, pad_row (self->planes[i].room));
  }
  self->size = self->pitch * rows;
}

/* From samples to bytes of a row; rows are counted from the first one that is
 * there. */
static void
place_spans (const MnClView *self, const MnFormatInfo *info, Form form,
    Table *tables)
{
  gsize value = mn_format_value_size (info);
  guint i, o;

  for (i = 0; i < info->n_streams; i++) {
    const MnStream *stream = &info->streams[i];
    guint axis = axis_of (form, stream);
    Table *columns = &tables[axis], *rows = &tables[axis + 1];

    /* Once for all streams of these tables. */
    if (i > 0 && axis == axis_of (form, stream - 1))
      continue;
    for (o = 0; o < columns->n_out; o++)
      columns->spans[o][0] *= stream->step * value;
    for (o = 0; o < rows->n_out; o++)
      rows->spans[o][0] -= self->planes[stream->plane].first_row;
  }
}

gsize
mn_cl_view_max_size (const MnPreprocess *p)
{
  const MnFormatInfo *info = mn_format_get_info (p->source.format);
  /* A row's last step is a whole one. */
  gsize step = mn_format_value_size (info)
      * (info->streams[0].step == 3 ? 3 * STEP : STEP);
  gsize pitch = 0, rows = 0;
  guint i;

  for (i = 0; i < info->n_planes; i++) {
    const MnPlaneLayout *layout = &info->planes[i];
    gsize bytes = mn_plane_row_bytes (layout, p->source.width);

    pitch = MAX (pitch, pad_row (round_up (bytes, step)));
    rows += mn_plane_n_rows (layout, p->source.height);
  }
  return pitch * rows;
}

/* ---- the kernel's arguments --------------------------------------------- */

/* What each value of a sample is to the colours. */
static void
set_columns (gfloat *columns, const MnPreprocess *p, const MnStream *stream,
    guint first)
{
  guint i, c;

  for (i = 0; i < stream->step; i++) {
    guint component = stream->components[i];

    for (c = 0; c < 3 && component != MN_COMPONENT_NONE; c++)
      columns[(first + i) * 4 + c] = p->colour[c][component];
  }
}

static gint32
first_byte (const MnClView *self, const MnStream *stream)
{
  const MnClPlane *plane = &self->planes[stream->plane];

  return plane->row * self->pitch - plane->first_byte;
}

static void
set_streams (MnClView *self, const MnPreprocess *p, const MnFormatInfo *info,
    Form form)
{
  const MnStream *streams = info->streams;
  guint i;

  memset (self->luma, 0, sizeof self->luma);
  memset (self->chroma, 0, sizeof self->chroma);
  self->place[0] = self->place[2] = first_byte (self, &streams[0]);
  self->place[1] = self->place[3] = self->pitch;
  self->next_plane = 0;
  set_columns (self->luma, p, &streams[0], 0);
  for (i = 1; i < info->n_streams; i++)
    set_columns (form.chroma ? self->chroma : self->luma, p, &streams[i],
        i - 1);
  if (form.chroma)
    self->place[2] = first_byte (self, &streams[1]);
  if (info->n_streams > 2)
    self->next_plane = first_byte (self, &streams[2]) - self->place[2];
  /* A plane a colour: all of them by the same tables. */
  for (i = MN_CHROMA_COLUMNS; info->kind == MN_COLOUR_RGB && i < MN_N_AXES;
      i++) {
    self->first_span[i] = self->first_span[i - MN_CHROMA_COLUMNS];
    self->first_weight[i] = self->first_weight[i - MN_CHROMA_COLUMNS];
    self->n_weights[i] = self->n_weights[i - MN_CHROMA_COLUMNS];
  }
}

static void
set_rest (MnClView *self, const MnPreprocess *p)
{
  const gint32 out[4] = {p->out_width, p->out_height, p->swap_axes, 0};
  const gint32 inner[4] = {
    p->inner.x, p->inner.y, p->inner.width, p->inner.height};
  guint c;

  memcpy (self->out, out, sizeof out);
  memcpy (self->inner, inner, sizeof inner);
  for (c = 0; c < 3; c++)
    self->base[c] = p->colour[c][3];
  self->base[3] = 0;
  memcpy (self->scale, p->scale, sizeof p->scale);
  memcpy (self->bias, p->bias, sizeof p->bias);
  memcpy (self->fill, p->fill, sizeof p->fill);
}

gboolean
mn_cl_view_set (MnClView *self, const MnPreprocess *p, GError **error)
{
  const MnFormatInfo *info = mn_format_get_info (p->source.format);
  Form form = form_of (info);
  Table tables[MN_N_AXES];

  if (!reserve (self, p, error))
    return FALSE;
  self->tiles = info->tiles.order != MN_TILES_NONE ? &info->tiles : NULL;
  self->align = STEP * mn_format_value_size (info);
  set_tables (self, p, form, tables);
  find_planes (self, p, form, tables);
  place_planes (self);
  place_spans (self, info, form, tables);
  set_streams (self, p, info, form);
  set_rest (self, p);
  return TRUE;
}

void
mn_cl_view_clear (MnClView *self)
{
  g_free (self->tables);
  memset (self, 0, sizeof (*self));
}
