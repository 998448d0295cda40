/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/preprocess/taps.h"

#include <math.h>
#include <string.h>

/* Of one output, before the table's common width is known. */
typedef struct
{
  gint start, end; /* samples with a weight */
  gdouble centre;
} Window;

MnAxis
mn_axis_luma (gint offset, gint size, guint n_out, gboolean mirror)
{
  return (MnAxis) {offset, offset + size, offset, size, n_out, mirror};
}

MnAxis
mn_axis_chroma (gint offset, gint size, guint n_out, gboolean mirror,
    guint shift, gboolean cosited)
{
  gdouble step = 1 << shift;
  gint first = offset >> shift;
  gint end = ((offset + size - 1) >> shift) + 1;
  gdouble origin = offset / step;

  /* From the middle of the first pixel to the middle of all of them. */
  if (cosited)
    origin += 0.5 - 0.5 / step;
  return (MnAxis) {first, end, origin, size / step, n_out, mirror};
}

static gdouble
triangle (gdouble x)
{
  return MAX (0, 1 - fabs (x));
}

static Window
find_window (const MnAxis *axis, guint i, gdouble scale, gdouble support)
{
  gdouble centre = axis->origin + (i + 0.5) * scale;
  Window w = {(gint) ceil (centre - support - 0.5),
    (gint) floor (centre + support - 0.5) + 1, centre};

  w.start = CLAMP (w.start, axis->first, axis->end - 1);
  w.end = CLAMP (w.end, w.start + 1, axis->end);
  while (w.end - w.start > 1
      && triangle ((w.start + 0.5 - centre) / support) == 0)
    w.start++;
  while (w.end - w.start > 1
      && triangle ((w.end - 0.5 - centre) / support) == 0)
    w.end--;
  return w;
}

static void
fill_weights (gfloat *weights, const Window *w, gint start, gdouble support)
{
  gdouble sum = 0;
  gint k;

  for (k = w->start; k < w->end; k++)
    sum += triangle ((k + 0.5 - w->centre) / support);
  for (k = w->start; k < w->end; k++) {
    gdouble x = triangle ((k + 0.5 - w->centre) / support);

    /* The centre may lie just outside: its neighbour is then all there is. */
    weights[k - start] = sum > 0 ? x / sum : 1.0 / (w->end - w->start);
  }
}

gsize
mn_taps_max_weights (guint n_samples, guint n_out, guint multiple)
{
  /* An output has up to 2 * max (1, samples an output) + 1 taps; the rounding
   * of a window's ends may add another, that of the pitch the rest. */
  return 2 * (gsize) n_samples + (gsize) n_out * (3 + multiple);
}

gsize
mn_taps_set (MnTaps *taps, const MnAxis *axis, guint multiple, gint32 *start,
    gfloat *weights)
{
  gdouble scale = axis->size / axis->n_out;
  gdouble support = MAX (1, scale);
  gsize n_weights;
  guint i;

  taps->n_out = axis->n_out;
  taps->n_taps = 1;
  for (i = 0; i < axis->n_out; i++) {
    Window w = find_window (axis, i, scale, support);

    taps->n_taps = MAX (taps->n_taps, (guint) (w.end - w.start));
  }
  taps->pitch = (taps->n_taps + multiple - 1) / multiple * multiple;
  taps->start = start;
  taps->weights = weights;
  n_weights = (gsize) axis->n_out * taps->pitch;
  memset (weights, 0, n_weights * sizeof (gfloat));
  for (i = 0; i < axis->n_out; i++) {
    Window w = find_window (axis, i, scale, support);
    guint o = axis->mirror ? axis->n_out - 1 - i : i;

    start[o] = MIN (w.start, axis->end - (gint) taps->n_taps);
    fill_weights (weights + (gsize) o * taps->pitch, &w, start[o], support);
  }
  return n_weights;
}
