/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/preprocess/geometry.h"

#include <math.h>

static const struct
{
  gboolean mirror_columns, mirror_rows, swap_axes;
} orientations[] = {
  [MN_ORIENT_0] = {FALSE, FALSE, FALSE},
  [MN_ORIENT_MIRROR] = {TRUE, FALSE, FALSE},
  [MN_ORIENT_180] = {TRUE, TRUE, FALSE},
  [MN_ORIENT_FLIP] = {FALSE, TRUE, FALSE},
  [MN_ORIENT_TRANSPOSE] = {FALSE, FALSE, TRUE},
  [MN_ORIENT_90] = {FALSE, TRUE, TRUE},
  [MN_ORIENT_ANTITRANSPOSE] = {TRUE, TRUE, TRUE},
  [MN_ORIENT_270] = {TRUE, FALSE, TRUE},
};

/* The largest whole size inside width x height of shape x : y. */
static void
fit_inside (gdouble x, gdouble y, gint width, gint height, gint *fit_width,
    gint *fit_height)
{
  if (width * y <= height * x) {
    *fit_width = width;
    *fit_height = CLAMP (floor (width * y / x + 0.5), 1, height);
  } else {
    *fit_width = CLAMP (floor (height * x / y + 0.5), 1, width);
    *fit_height = height;
  }
}

/* The smaller margin comes first as seen, not as stored. */
static gint
centre (gint room, gint size, gboolean mirror)
{
  return mirror ? room - size - (room - size) / 2 : (room - size) / 2;
}

static void
crop_source (MnGeometry *self, gdouble x, gdouble y)
{
  MnRect *source = &self->source;
  gint width, height;

  fit_inside (x, y, source->width, source->height, &width, &height);
  source->x += centre (source->width, width, self->mirror_columns);
  source->y += centre (source->height, height, self->mirror_rows);
  source->width = width;
  source->height = height;
}

void
mn_geometry_init (MnGeometry *self, const MnInput *input, guint width,
    guint height)
{
  const MnFrameDesc *desc = &input->source;
  gboolean square = !desc->par_n || !desc->par_d;
  gdouble par_n = square ? 1 : desc->par_n, par_d = square ? 1 : desc->par_d;

  self->mirror_columns = orientations[desc->orientation].mirror_columns;
  self->mirror_rows = orientations[desc->orientation].mirror_rows;
  self->swap_axes = orientations[desc->orientation].swap_axes;
  self->source = desc->crop.width ? desc->crop
                                  : (MnRect) {0, 0, desc->width, desc->height};
  self->inner = (MnRect) {0, 0, width, height};
  if (input->fit == MN_FIT_CROP) {
    gdouble x = self->swap_axes ? height : width;
    gdouble y = self->swap_axes ? width : height;

    crop_source (self, x * par_d, y * par_n);
  } else if (input->fit == MN_FIT_LETTERBOX) {
    gdouble x = self->source.width * par_n, y = self->source.height * par_d;
    MnRect *inner = &self->inner;

    fit_inside (self->swap_axes ? y : x, self->swap_axes ? x : y, width, height,
        &inner->width, &inner->height);
    inner->x = centre (width, inner->width, FALSE);
    inner->y = centre (height, inner->height, FALSE);
  }
}
