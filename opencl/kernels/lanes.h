/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sums that lanes have found come together. */

/* As many parts as a lane adds at once: a hundred are done in three steps,
 * and no lane works while all others wait. */
#define LANE_PARTS 8

/* A function that adds part[i * width], i below n, into part[0]; lane tells
 * the items that do so from each other. All items of the group have to call
 * it, with the same n. Each has written its part before; what it gives is
 * there for all. */
#define DEFINE_ADD_LANES(name, type) \
  static void name (__local type *part, int lane, int n, int width) \
  { \
    barrier (CLK_LOCAL_MEM_FENCE); \
    while (n > 1) { \
      const int left = (n + LANE_PARTS - 1) / LANE_PARTS; \
\
      if (lane < left) { \
        type sum = part[lane * width]; \
\
        for (int i = lane + left; i < n; i += left) \
          sum += part[i * width]; \
        part[lane * width] = sum; \
      } \
      n = left; \
      barrier (CLK_LOCAL_MEM_FENCE); \
    } \
  }
