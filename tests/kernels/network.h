/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The graphs of MobileNets, and others like them, with random weights, built
 * by hand: for tests and timings of a backend without a file. */

#ifndef TEST_KERNELS_NETWORK_H
#define TEST_KERNELS_NETWORK_H

#include "engine/graph/graph.h"

typedef enum
{
  NETWORK_FUSED,   /* as the passes leave it */
  NETWORK_PLAIN,   /* an operator a node, as in a file */
  NETWORK_UNGATED, /* fused, without squeeze-and-excite; another
                    * network */
  NETWORK_V1       /* depthwise behind pointwise, nothing between; narrow,
                    * of odd sizes; still another one */
} NetworkForm;

/* size: of the square input, of 3 channels; 1000 scores come out. The first
 * two forms have the same weights for the same seed. */
MnGraph *network_new (gint size, NetworkForm form, guint32 seed);
/* The whole networks of width 1.0: "v3-small", "v3-large", "v2", "v1". NULL
 * behind the last. */
const gchar *network_name (guint i);
/* One of these, in the first two forms; sizes and weights as above. */
MnGraph *network_new_named (const gchar *name, gint size, NetworkForm form,
    guint32 seed);
/* Launches that a frame of the named network may take on a GPU, its input
 * included; graph: the same, fused. */
guint network_launches (const gchar *name, const MnGraph *graph);

#endif /* TEST_KERNELS_NETWORK_H */
