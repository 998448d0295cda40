/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "opencl/preprocess/view.h"

#include <string.h>

/* The kernel takes so many taps of a row at once. */
#define COLUMN_TAPS 4

/* ---- tables ------------------------------------------------------------ */

static gboolean
is_of_columns (guint axis)
{
  return axis == MN_LUMA_COLUMNS || axis == MN_CHROMA_COLUMNS;
}

static guint
tap_multiple (guint axis)
{
  return is_of_columns (axis) ? COLUMN_TAPS : 1;
}

gsize
mn_cl_view_max_words (const MnPreprocess *p)
{
  gsize words = 0;
  guint i;

  for (i = 0; i < MN_N_AXES; i++) {
    guint n_samples, n_out;

    mn_preprocess_get_bounds (p, i, &n_samples, &n_out);
    words += n_out + mn_taps_max_weights (n_samples, n_out, tap_multiple (i));
  }
  return words;
}

static gboolean
reserve (MnClView *self, const MnPreprocess *p, GError **error)
{
  gsize words = mn_cl_view_max_words (p);
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

static void
set_tables (MnClView *self, const MnPreprocess *p, MnTaps taps[MN_N_AXES])
{
  gint32 *words = self->tables;
  gsize starts = 0, weights = 0;
  guint i;

  memset (taps, 0, MN_N_AXES * sizeof (MnTaps));
  for (i = 0; i < MN_N_AXES; i++)
    weights += p->axes[i].n_out;
  for (i = 0; i < MN_N_AXES; i++) {
    self->start_base[i] = starts;
    self->weight_base[i] = weights;
    if (p->axes[i].n_out > 0)
      weights += mn_taps_set (&taps[i], &p->axes[i], tap_multiple (i),
          words + starts, (gfloat *) words + weights);
    self->n_taps[i] = taps[i].pitch;
    starts += p->axes[i].n_out;
  }
  self->n_words = weights;
}

/* ---- planes ------------------------------------------------------------ */

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
find_planes (MnClView *self, const MnTaps *taps, const MnFormatInfo *info)
{
  gsize value = mn_format_value_size (info);
  guint i;

  self->n_planes = info->n_planes;
  memset (self->planes, 0, sizeof self->planes);
  for (i = 0; i < info->n_planes; i++)
    self->planes[i].first_byte = self->planes[i].first_row = G_MAXSIZE;
  for (i = 0; i < info->n_streams; i++) {
    const MnStream *stream = &info->streams[i];
    MnClPlane *plane = &self->planes[stream->plane];
    gsize first = G_MAXSIZE, end = 0;
    gsize end_row = plane->n_rows ? plane->first_row + plane->n_rows : 0;
    gsize end_byte = plane->n_rows ? plane->first_byte + plane->row_bytes : 0;

    range_of (&taps[stream->chroma ? MN_CHROMA_COLUMNS : MN_LUMA_COLUMNS],
        &first, &end);
    plane->first_byte = MIN (plane->first_byte, first * stream->step * value);
    end_byte = MAX (end_byte, end * stream->step * value);
    range_of (&taps[stream->chroma ? MN_CHROMA_ROWS : MN_LUMA_ROWS],
        &plane->first_row, &end_row);
    plane->row_bytes = end_byte - plane->first_byte;
    plane->n_rows = end_row - plane->first_row;
  }
}

static gsize
pad_row (gsize bytes)
{
  return (bytes + 3) / 4 * 4;
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
    self->pitch = MAX (self->pitch, pad_row (self->planes[i].row_bytes));
  }
  self->size = self->pitch * rows;
}

/* Rows are counted from the first one that is there. */
static void
count_rows_from_first (MnClView *self, MnTaps *taps, const MnFormatInfo *info)
{
  gint32 first_row[MN_N_AXES] = {
    0,
  };
  guint i, j;

  for (i = 0; i < info->n_streams; i++)
    first_row[info->streams[i].chroma ? MN_CHROMA_ROWS : MN_LUMA_ROWS] =
        self->planes[info->streams[i].plane].first_row;
  for (i = 0; i < MN_N_AXES; i++) {
    for (j = 0; j < taps[i].n_out; j++)
      taps[i].start[j] -= first_row[i];
  }
}

gsize
mn_cl_view_max_size (const MnPreprocess *p)
{
  const MnFormatInfo *info = mn_format_get_info (p->source.format);
  gsize pitch = 0, rows = 0;
  guint i;

  for (i = 0; i < info->n_planes; i++) {
    const MnPlaneLayout *layout = &info->planes[i];

    pitch = MAX (pitch, pad_row (mn_plane_row_bytes (layout, p->source.width)));
    rows += mn_plane_n_rows (layout, p->source.height);
  }
  return pitch * rows;
}

/* ---- the kernel's arguments --------------------------------------------- */

/* Where the samples of each component lie: their lower bytes, where they have
 * two. */
static void
find_components (MnClView *self, const MnFormatInfo *info)
{
  gint32 value = mn_format_value_size (info);
  gint32 low = info->sample == MN_SAMPLE_BE16 ? 1 : 0;
  guint i, j;

  for (i = 0; i < 4; i++) {
    self->offset[i] = self->step[i] = 0;
    self->pitches[i] = self->pitch;
  }
  for (i = 0; i < info->n_streams; i++) {
    const MnStream *stream = &info->streams[i];
    const MnClPlane *plane = &self->planes[stream->plane];

    for (j = 0; j < stream->step; j++) {
      guint component = stream->components[j];

      if (component == MN_COMPONENT_NONE)
        continue;
      self->offset[component] = (gint32) (plane->row * self->pitch)
          + (gint32) j * value + low - (gint32) plane->first_byte;
      self->step[component] = stream->step * value;
    }
  }
}

static void
set_rest (MnClView *self, const MnPreprocess *p, const MnFormatInfo *info)
{
  const gint32 out[4] = {
    p->out_width, p->out_height, p->out_channels, p->swap_axes};
  const gint32 inner[4] = {
    p->inner.x, p->inner.y, p->inner.width, p->inner.height};

  memcpy (self->out, out, sizeof out);
  memcpy (self->inner, inner, sizeof inner);
  self->kind = info->kind == MN_COLOUR_GREY ? 0
      : info->kind == MN_COLOUR_RGB         ? 1
                                            : 2;
  self->high = info->sample == MN_SAMPLE_BYTE ? 0
      : info->sample == MN_SAMPLE_BE16        ? -1
                                              : 1;
  memcpy (self->colour, p->colour, sizeof p->colour);
  memcpy (self->scale, p->scale, sizeof p->scale);
  memcpy (self->bias, p->bias, sizeof p->bias);
  memcpy (self->fill, p->fill, sizeof p->fill);
}

gboolean
mn_cl_view_set (MnClView *self, const MnPreprocess *p, GError **error)
{
  const MnFormatInfo *info = mn_format_get_info (p->source.format);
  MnTaps taps[MN_N_AXES];

  if (!reserve (self, p, error))
    return FALSE;
  self->tiles = info->tiles.order != MN_TILES_NONE ? &info->tiles : NULL;
  set_tables (self, p, taps);
  find_planes (self, taps, info);
  place_planes (self);
  count_rows_from_first (self, taps, info);
  find_components (self, info);
  set_rest (self, p, info);
  return TRUE;
}

void
mn_cl_view_clear (MnClView *self)
{
  g_free (self->tables);
  memset (self, 0, sizeof (*self));
}
