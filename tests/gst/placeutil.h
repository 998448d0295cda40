/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Frames for an element that has several of them inside, on whatever
 * computes. */

#ifndef TEST_PLACE_UTIL_H
#define TEST_PLACE_UTIL_H

#include "tests/gst/testutil.h"

G_BEGIN_DECLS

/* What computes: several threads, or a device. */
typedef enum
{
  ON_LANES,
  ON_DEVICE,
  N_PLACES
} TestPlace;

/* Its device is never given up. */
GstElement *test_place_element_new (GstBus **bus, TestPlace place);

/* Of RGB_CAPS, each DURATION after the one before, in the colours of
 * test_rgb_labels in turns. */
GstBuffer *test_nth_frame_new (guint n);

G_END_DECLS

#endif /* TEST_PLACE_UTIL_H */
