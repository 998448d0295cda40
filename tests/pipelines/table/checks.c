/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What has to hold of what passed. The pipeline is at its end by then. */

#include "tests/pipelines/table/run.h"

#include <string.h>

static const Seen *
nth_seen (Run *run, guint i)
{
  return &g_array_index (run->seen, Seen, i);
}

void
run_check_held (Run *run, guint first)
{
  guint i, start;

  for (start = 0; start < run->seen->len && !nth_seen (run, start)->label;
      start++)
    ;
  if (start > first || start == run->seen->len)
    run_fail (run, "no label before frame %u of %u", start, run->seen->len);
  for (i = start; i < run->seen->len; i++) {
    if (!nth_seen (run, i)->label)
      run_fail (run, "frame %u has no label, the first is on %u", i, start);
  }
}

void
run_check_scenes (Run *run)
{
  guint i;

  for (i = 0; i < run->seen->len; i++) {
    const gchar *label = nth_seen (run, i)->label;

    if (g_strcmp0 (label, run_scene_label (run->row, i)) != 0)
      run_fail (run, "frame %u is %s, not %s", i, label ? label : "(none)",
          run_scene_label (run->row, i));
  }
}

/* The newest piece that is on at that time. */
static const gchar *
text_at (GArray *pieces, GstClockTime time)
{
  const gchar *text = "";
  guint i;

  for (i = 0; i < pieces->len; i++) {
    const Piece *piece = &g_array_index (pieces, Piece, i);

    if (piece->start <= time && time < piece->end)
      text = piece->text;
  }
  return text;
}

static gboolean
is_like (GArray *pieces, GstClockTime time, const gchar *label)
{
  return strcmp (text_at (pieces, time), label ? label : "") == 0;
}

void
run_check_pieces (Run *run, GArray *pieces, GstClockTime frame)
{
  guint i;

  for (i = 0; i < pieces->len; i++) {
    const Piece *piece = &g_array_index (pieces, Piece, i);

    if (!GST_CLOCK_TIME_IS_VALID (piece->end))
      run_fail (run, "\"%s\" has no duration", piece->text);
  }
  for (i = 0; i < run->seen->len; i++) {
    const Seen *seen = nth_seen (run, i);
    GstClockTime middle = seen->running_time - nth_seen (run, 0)->running_time
        + frame / 2;

    /* A change may be off by a frame. */
    if (!is_like (pieces, middle, seen->label)
        && !(i > 0 && is_like (pieces, middle, seen[-1].label))
        && !(i + 1 < run->seen->len && is_like (pieces, middle, seen[1].label)))
      run_fail (run, "at frame %u \"%s\" is shown, not \"%s\"", i,
          text_at (pieces, middle), seen->label ? seen->label : "");
  }
}

void
run_check_lines (Run *run, const gchar *name, guint n)
{
  g_autofree gchar *path = g_build_filename (run->dir, name, NULL);
  g_autofree gchar *text = NULL;
  const gchar *p;
  guint lines = 0;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    run_fail (run, "no %s", name);
  for (p = text; (p = strchr (p, '\n')); p++)
    lines++;
  if (lines != n)
    run_fail (run, "%s has %u lines instead of %u", name, lines, n);
}

void
run_check_drawn (Run *run, guint first)
{
  guint i;

  if (run->whites->len <= first)
    run_fail (run, "%u pictures", run->whites->len);
  for (i = first; i < run->whites->len; i++) {
    if (g_array_index (run->whites, guint8, i) < 150)
      run_fail (run, "picture %u of %u shows no text", i, run->whites->len);
  }
}
