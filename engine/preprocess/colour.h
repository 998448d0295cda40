/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From stored components to R, G, B in 0..255. */

#ifndef MN_COLOUR_H
#define MN_COLOUR_H

#include "engine/preprocess/formats.h"

G_BEGIN_DECLS

/* The brightness of an RGB pixel (ITU-R BT.601), for networks with one
 * channel. */
#define MN_GREY_R 0.299f
#define MN_GREY_G 0.587f
#define MN_GREY_B 0.114f
/* MnPreprocess.colour for a known format and matrix. */
void mn_colour_init (gfloat colour[3][4], const MnFrameDesc *desc);

G_END_DECLS

#endif /* MN_COLOUR_H */
