/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/preprocess/colour.h"

#include <string.h>

/* The share of red and blue in the brightness; green has the rest. ITU-R
 * BT.601-7, BT.709-6, BT.2020-2 (non-constant luminance), 47 CFR 73.682
 * (FCC), SMPTE 240M. */
static const struct
{
  gdouble red, blue;
} matrices[] = {
  [MN_MATRIX_BT601] = {0.299, 0.114},
  [MN_MATRIX_BT709] = {0.2126, 0.0722},
  [MN_MATRIX_BT2020] = {0.2627, 0.0593},
  [MN_MATRIX_FCC] = {0.30, 0.11},
  [MN_MATRIX_SMPTE240M] = {0.212, 0.087},
};

static void
set_row (gfloat row[4], gdouble y, gdouble u, gdouble v, gdouble black)
{
  row[0] = y;
  row[1] = u;
  row[2] = v;
  row[3] = -(y * black + (u + v) * 128);
}

/* Solved for R and B from U = (B - Y) / (2 - 2 blue) and V = (R - Y) /
 * (2 - 2 red), for G from the definition of Y. */
static void
init_yuv (gfloat colour[3][4], const MnFrameDesc * desc)
{
  gdouble red = matrices[desc->matrix].red;
  gdouble blue = matrices[desc->matrix].blue;
  gdouble green = 1 - red - blue;
  gdouble y = desc->full_range ? 1 : 255.0 / 219;
  gdouble c = desc->full_range ? 1 : 255.0 / 224;
  gdouble black = desc->full_range ? 0 : 16;
  gdouble v_red = c * 2 * (1 - red), u_blue = c * 2 * (1 - blue);

  set_row (colour[0], y, 0, v_red, black);
  set_row (colour[1], y, -u_blue * blue / green, -v_red * red / green, black);
  set_row (colour[2], y, u_blue, 0, black);
}

void
mn_colour_init (gfloat colour[3][4], const MnFrameDesc * desc)
{
  guint c;

  memset (colour, 0, 3 * sizeof (colour[0]));
  switch (mn_format_get_info (desc->format)->kind) {
    case MN_COLOUR_YUV:
      init_yuv (colour, desc);
      break;
    case MN_COLOUR_GREY:
      for (c = 0; c < 3; c++) {
        set_row (colour[c], desc->full_range ? 1 : 255.0 / 219, 0, 0,
            desc->full_range ? 0 : 16);
      }
      break;
    case MN_COLOUR_RGB:
      for (c = 0; c < 3; c++)
        colour[c][c] = 1;
      break;
  }
}
