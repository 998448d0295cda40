/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Buffers whose metadata may be a lie, and all elements that such a buffer goes
 * into. */

#ifndef TEST_LIE_UTIL_H
#define TEST_LIE_UTIL_H

#include "tests/gst/testutil.h"

G_BEGIN_DECLS

/* ---- claims ------------------------------------------------------------ */

typedef gboolean (*TestMapFunc) (GstVideoMeta *meta, guint plane,
    GstMapInfo *info, gpointer *data, gint *stride, GstMapFlags flags);

/* A buffer to be, and what its metadata says of it. */
typedef struct
{
  gsize sizes[GST_VIDEO_MAX_PLANES]; /* of memories; 0: there is none */
  gboolean has_meta, has_map;
  GstVideoFormat format;
  guint width, height, n_planes;
  gsize offset[GST_VIDEO_MAX_PLANES];
  gint stride[GST_VIDEO_MAX_PLANES];
  TestMapFunc map; /* NULL with has_map: the usual one */
  guint crop[4];   /* no height: none */
  guint flags;
} TestClaim;

/* As caps have it, each plane in a memory of its own if scattered. */
void test_claim_init (TestClaim *claim, const GstVideoInfo *info,
    gboolean scattered);

void test_claim_set_crop (TestClaim *claim, guint x, guint y, guint width,
    guint height);

/* ---- elements ---------------------------------------------------------- */

typedef enum
{
  CLASSIFY,
  CLASSIFY_OBJECTS,
  CLASSIFY_LATEST,
  TELL,
  DRAW,
  ATTACH,
  N_WAYS
} TestWay;

typedef struct
{
  GstHarness *h[N_WAYS]; /* NULL: it is not built */
  GstBus *bus[N_WAYS];
} TestElements;

void test_elements_open (TestElements *self);
void test_elements_close (TestElements *self);
void test_elements_set_caps (TestElements *self, const gchar *caps);

/* Whether something came of the frame, which nobody has written to but who
 * draws. */
gboolean
test_elements_pass (TestElements *self, TestWay way, const TestClaim *claim);
/* In the background nobody waits for what comes of it. */
gboolean test_way_tells (TestWay way);

/* What was warned of, so far. */
guint test_elements_count_warnings (TestElements *self, TestWay way);

G_END_DECLS

#endif /* TEST_LIE_UTIL_H */
