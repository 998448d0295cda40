/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* MobileNetV3-Small's graph, and one like MobileNetV1's, with random weights,
 * built by hand: for tests and timings of a backend without a file. */

#ifndef TEST_KERNELS_NETWORK_H
#define TEST_KERNELS_NETWORK_H

#include "engine/graph/graph.h"

typedef enum
{
  NETWORK_FUSED,   /* as the passes leave it */
  NETWORK_PLAIN,   /* an operator a node, as in a file */
  NETWORK_UNGATED, /* fused, without squeeze-and-excite; another
                    * network */
  NETWORK_V1       /* depthwise behind pointwise, nothing between;
                    * still another one */
} NetworkForm;

/* size: of the square input, of 3 channels; 1000 scores come out. The first
 * two forms have the same weights for the same seed. */
MnGraph *network_new (gint size, NetworkForm form, guint32 seed);

#endif /* TEST_KERNELS_NETWORK_H */
