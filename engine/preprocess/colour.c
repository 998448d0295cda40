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

/* What stored values stand for. Full range counts to the last value; the
 * limited one has its 8-bit levels at the upper end of the bits. */
typedef struct
{
  gdouble y, c; /* a step of theirs, in steps of 0..255 */
  gdouble black, middle;
} Levels;

static Levels
get_levels (const MnFrameDesc *desc)
{
  const MnFormatInfo *info = mn_format_get_info (desc->format);
  guint bits = info->bits ? info->bits : 8;
  gdouble eighth = 1 << (bits - 8), place = 1 << info->shift;
  gdouble last = (1 << bits) - 1;

  return (Levels) {255 / (desc->full_range ? last : 219 * eighth) / place,
    255 / (desc->full_range ? last : 224 * eighth) / place,
    desc->full_range ? 0 : 16 * eighth * place, 128 * eighth * place};
}

static void
set_row (gfloat row[4], gdouble y, gdouble u, gdouble v, const Levels *levels)
{
  row[0] = y * levels->y;
  row[1] = u * levels->c;
  row[2] = v * levels->c;
  row[3] = -(y * levels->y * levels->black
      + (u + v) * levels->c * levels->middle);
}

/* Solved for R and B from U = (B - Y) / (2 - 2 blue) and V = (R - Y) /
 * (2 - 2 red), for G from the definition of Y. */
static void
init_yuv (gfloat colour[3][4], const MnFrameDesc *desc)
{
  Levels levels = get_levels (desc);
  gdouble red = matrices[desc->matrix].red;
  gdouble blue = matrices[desc->matrix].blue;
  gdouble green = 1 - red - blue;
  gdouble v_red = 2 * (1 - red), u_blue = 2 * (1 - blue);

  set_row (colour[0], 1, 0, v_red, &levels);
  set_row (colour[1], 1, -u_blue * blue / green, -v_red * red / green, &levels);
  set_row (colour[2], 1, u_blue, 0, &levels);
}

void
mn_colour_init (gfloat colour[3][4], const MnFrameDesc *desc)
{
  const MnFormatInfo *info = mn_format_get_info (desc->format);
  guint bits = info->bits ? info->bits : 8, c;
  Levels levels = get_levels (desc);

  memset (colour, 0, 3 * sizeof (colour[0]));
  switch (info->kind) {
    case MN_COLOUR_YUV:
      init_yuv (colour, desc);
      break;
    case MN_COLOUR_GREY:
      for (c = 0; c < 3; c++)
        set_row (colour[c], 1, 0, 0, &levels);
      break;
    case MN_COLOUR_RGB:
      /* All of the values count, whatever range is named. */
      for (c = 0; c < 3; c++)
        colour[c][c] = 255.0 / ((1 << bits) - 1) / (1 << info->shift);
      break;
  }
}
