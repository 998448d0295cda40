/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Buffers whose metadata is not true: a GstVideoMeta of another format or
 * size, strides and offsets that leave the memory, visible parts outside of
 * the picture, planes that cannot be mapped. Each element passes such a frame
 * on as it is, says so once, and reads and writes nothing beyond. Frames are
 * of just their size, in front of a page that nobody may touch. */

#include "tests/gst/randomutil.h"
#include "tests/gst/testutil.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/gst/allformats.h"
#ifdef HAVE_OVERLAY
#include "tests/gst/overlayutil.h"
#endif

/* ---- memory ------------------------------------------------------------ */

typedef struct
{
  gpointer pages;
  gsize size;
} Pages;

static void
free_pages (gpointer data)
{
  Pages *pages = data;

  munmap (pages->pages, pages->size);
  g_free (pages);
}

/* Ends where nobody may read; sanitizers know of the beginning, too. */
static GstMemory *
memory_new (gsize size)
{
  gsize page = sysconf (_SC_PAGESIZE), whole = (size + page - 1) / page * page;
  guint8 *data;
  Pages *pages;

  if (g_rand_boolean (test_rand)) {
    data = g_malloc (size);
    return gst_memory_new_wrapped (0, data, size, 0, size, data, g_free);
  }
  pages = g_new (Pages, 1);
  pages->size = whole + page;
  pages->pages = mmap (NULL, pages->size, PROT_READ | PROT_WRITE,
      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  fail_unless (pages->pages != MAP_FAILED);
  mprotect ((guint8 *) pages->pages + whole, page, PROT_NONE);
  data = (guint8 *) pages->pages + whole - size;
  return gst_memory_new_wrapped (0, data, size, 0, size, pages, free_pages);
}

/* All bytes of a buffer; g_bytes_unref. */
static GBytes *
get_bytes (GstBuffer *buffer)
{
  gsize size = gst_buffer_get_size (buffer);
  gpointer copy = g_malloc (size + 1);

  fail_unless_equals_int (gst_buffer_extract (buffer, 0, copy, size), size);
  return g_bytes_new_take (copy, size);
}

/* ---- claims ------------------------------------------------------------ */

typedef gboolean (*MapFunc) (GstVideoMeta *meta, guint plane, GstMapInfo *info,
    gpointer *data, gint *stride, GstMapFlags flags);

/* A buffer to be, and what its metadata says of it. */
typedef struct
{
  gsize sizes[GST_VIDEO_MAX_PLANES]; /* of memories; 0: there is none */
  gboolean has_meta, has_map;
  GstVideoFormat format;
  guint width, height, n_planes;
  gsize offset[GST_VIDEO_MAX_PLANES];
  gint stride[GST_VIDEO_MAX_PLANES];
  MapFunc map;   /* NULL with has_map: the usual one */
  guint crop[4]; /* no height: none */
  guint flags;
} Claim;

/* As caps have it, each plane in a memory of its own if scattered. */
static void
claim_init (Claim *claim, const GstVideoInfo *info, gboolean scattered)
{
  guint n = GST_VIDEO_INFO_N_PLANES (info), i;

  memset (claim, 0, sizeof (*claim));
  claim->has_meta = claim->has_map = TRUE;
  claim->format = GST_VIDEO_INFO_FORMAT (info);
  claim->width = GST_VIDEO_INFO_WIDTH (info);
  claim->height = GST_VIDEO_INFO_HEIGHT (info);
  claim->n_planes = n;
  memcpy (claim->stride, info->stride, sizeof (info->stride));
  memcpy (claim->offset, info->offset, sizeof (info->offset));
  claim->sizes[0] = info->size;
  for (i = 0; i < n && scattered; i++)
    claim->sizes[i] = (i + 1 < n ? info->offset[i + 1] : info->size)
        - info->offset[i];
}

static gboolean
unmap (GstVideoMeta *meta, guint plane, GstMapInfo *info)
{
  if (info->memory)
    gst_buffer_unmap (meta->buffer, info);
  return TRUE;
}

/* Not gst_buffer_add_video_meta_full, which would not take all of it. */
static void
add_meta (GstBuffer *buffer, const Claim *claim)
{
  GstVideoMeta *meta = gst_buffer_add_video_meta (buffer,
      GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_GRAY8, 1, 1);

  meta->format = claim->format;
  meta->width = claim->width;
  meta->height = claim->height;
  meta->n_planes = claim->n_planes;
  memcpy (meta->offset, claim->offset, sizeof (claim->offset));
  memcpy (meta->stride, claim->stride, sizeof (claim->stride));
  if (!claim->has_map) {
    meta->map = NULL;
  } else if (claim->map) {
    meta->map = claim->map;
    meta->unmap = unmap;
  }
}

static GstBuffer *
buffer_new (const Claim *claim)
{
  GstBuffer *buffer = gst_buffer_new ();
  guint i;

  for (i = 0; i < GST_VIDEO_MAX_PLANES; i++) {
    if (claim->sizes[i] > 0)
      gst_buffer_append_memory (buffer, memory_new (claim->sizes[i]));
  }
  gst_buffer_memset (buffer, 0, 0x5a, -1);
  if (claim->has_meta)
    add_meta (buffer, claim);
  if (claim->crop[3] > 0) {
    GstVideoCropMeta *crop = gst_buffer_add_video_crop_meta (buffer);

    crop->x = claim->crop[0];
    crop->y = claim->crop[1];
    crop->width = claim->crop[2];
    crop->height = claim->crop[3];
  }
  gst_buffer_add_video_region_of_interest_meta (buffer, "dog", 0, 0, 60, 60);
  GST_BUFFER_FLAG_SET (buffer, claim->flags);
  GST_BUFFER_PTS (buffer) = 0;
  return buffer;
}

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
} Way;

typedef struct
{
  GstHarness *h[N_WAYS]; /* NULL: it is not built */
  GstBus *bus[N_WAYS];
} Elements;

static void
open_one (Elements *self, Way way)
{
  GstElement *element;

  if (way <= CLASSIFY_LATEST) {
    element = test_element_new (&self->bus[way]);
    g_object_set (element, "threshold", 0.0, NULL);
    if (way == CLASSIFY_OBJECTS)
      gst_util_set_object_arg (G_OBJECT (element), "region", "objects");
    if (way == CLASSIFY_LATEST)
      gst_util_set_object_arg (G_OBJECT (element), "schedule", "latest");
    self->h[way] = test_harness_new (element);
    return;
  }
#ifndef HAVE_OVERLAY
  if (way != TELL)
    return;
#endif
  self->h[way] = gst_harness_new (way == TELL ? "mobilenettext"
                                              : "mobilenetoverlay");
  if (way == ATTACH)
    gst_harness_add_propose_allocation_meta (self->h[way],
        GST_VIDEO_OVERLAY_COMPOSITION_META_API_TYPE, NULL);
  if (way == TELL)
    gst_harness_set_sink_caps_str (self->h[way], "text/x-raw, format=utf8");
  self->bus[way] = gst_bus_new ();
  gst_element_set_bus (self->h[way]->element, self->bus[way]);
}

static void
open_all (Elements *self)
{
  Way way;

  memset (self, 0, sizeof (*self));
  for (way = 0; way < N_WAYS; way++)
    open_one (self, way);
}

static void
close_all (Elements *self)
{
  Way way;

  for (way = 0; way < N_WAYS; way++) {
    if (self->h[way])
      test_close (self->h[way], self->bus[way]);
  }
}

static void
set_caps (Elements *self, const gchar *caps)
{
  Way way;

  for (way = 0; way < N_WAYS; way++) {
    if (self->h[way])
      gst_harness_set_src_caps_str (self->h[way], caps);
  }
}

static gboolean
has_drawing (GstBuffer *buffer)
{
#ifdef HAVE_OVERLAY
  return test_overlay_get_composition (buffer) != NULL;
#else
  return FALSE;
#endif
}

static gboolean
has_object_result (GstBuffer *buffer)
{
  GstVideoRegionOfInterestMeta *roi = (GstVideoRegionOfInterestMeta *)
      gst_buffer_get_meta (buffer, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE);

  return roi && gst_video_region_of_interest_meta_get_param (roi, "mobilenet");
}

/* Whether something came of the frame. */
static gboolean
pass (Elements *self, Way way, const Claim *claim)
{
  GstBuffer *buffer = buffer_new (claim), *out;
  GBytes *before = get_bytes (buffer), *after;
  gboolean used = FALSE;

#ifdef HAVE_OVERLAY
  if (way > CLASSIFY_LATEST)
    test_overlay_attach (buffer, "elsewhere", 3);
#endif
  fail_unless_equals_int (gst_harness_push (self->h[way], buffer), GST_FLOW_OK);
  if (way != TELL) {
    out = gst_harness_pull (self->h[way]);
    after = get_bytes (out);
    used = way == CLASSIFY        ? test_count_results (out) > 0
        : way == CLASSIFY_OBJECTS ? has_object_result (out)
        : way == ATTACH           ? has_drawing (out)
                                  : !g_bytes_equal (before, after);
    if (way != DRAW)
      fail_unless (g_bytes_equal (before, after));
    gst_buffer_unref (out);
    g_bytes_unref (after);
  }
  g_bytes_unref (before);
  return used;
}

/* What was warned of. */
static guint
count_warnings (Elements *self, Way way)
{
  return test_pop_messages (self->bus[way], GST_MESSAGE_WARNING, NULL);
}

/* In the background nobody waits for what comes of it. */
static gboolean
tells (Way way)
{
  return way != TELL && way != CLASSIFY_LATEST;
}

/* ---- lies by name ------------------------------------------------------ */

#define WIDTH 38
#define HEIGHT 30

typedef enum
{
  TRUTH,
  UPSIDE_DOWN,
  NO_LAST_PADDING,
  TALLER_THAN_CAPS,
  LAST_TRUTH = TALLER_THAN_CAPS,
  OFFSET_BEYOND,
  OFFSET_HUGE,
  OFFSET_OVERFLOWS,
  SHORT_BY_A_BYTE,
  STRIDE_ZERO,
  STRIDE_SMALL,
  STRIDE_HUGE,
  STRIDE_LEAST,
  STRIDE_UP_AND_OUT,
  STRIDE_ABOVE,
  OTHER_FORMAT,
  FORMAT_NONE,
  FORMAT_UNKNOWN,
  TOO_FEW_PLANES,
  TOO_MANY_PLANES,
  NARROWER,
  LOWER,
  NOTHING_HIGH,
  HUGE,
  CROP_OUTSIDE,
  CROP_FAR_OUTSIDE,
  CROPPED_HUGE,
  CROPPED_TOO_TALL,
  NO_MEMORY,
  NO_MAP,
  MAP_FAILS,
  MAP_ELSEWHERE,
  MAP_NULL,
  N_LIES
} Lie;

static gboolean
map_fails (GstVideoMeta *meta, guint plane, GstMapInfo *info, gpointer *data,
    gint *stride, GstMapFlags flags)
{
  return FALSE;
}

static gboolean
map_elsewhere (GstVideoMeta *meta, guint plane, GstMapInfo *info,
    gpointer *data, gint *stride, GstMapFlags flags)
{
  if (!gst_buffer_map (meta->buffer, info, flags))
    return FALSE;
  *data = info->data + info->size - 1;
  *stride = meta->stride[plane];
  return TRUE;
}

/* As some do that know only where the plane is. */
static gboolean
map_null (GstVideoMeta *meta, guint plane, GstMapInfo *info, gpointer *data,
    gint *stride, GstMapFlags flags)
{
  *data = NULL;
  *stride = meta->stride[plane];
  return TRUE;
}

/* What can be told by numbers alone; p is the plane that is lied about. */
static void
lie_about (Claim *claim, Lie lie, guint p, const GstVideoInfo *info)
{
  guint rows = p == 0 ? HEIGHT : GST_VIDEO_INFO_COMP_HEIGHT (info, 1);

  switch (lie) {
    case UPSIDE_DOWN:
      claim->offset[p] += (gsize) claim->stride[p] * (rows - 1);
      claim->stride[p] = -claim->stride[p];
      break;
    case OFFSET_BEYOND:
      claim->offset[p] = info->size;
      break;
    case OFFSET_HUGE:
      claim->offset[p] = G_MAXSIZE / 2;
      break;
    case OFFSET_OVERFLOWS:
      claim->offset[p] = G_MAXSIZE - 16;
      break;
    case SHORT_BY_A_BYTE:
      claim->offset[p] = info->size - (gsize) claim->stride[p] * rows + 1
          + (claim->stride[p]
              - (GST_VIDEO_INFO_COMP_WIDTH (info, p)
                  * GST_VIDEO_INFO_COMP_PSTRIDE (info, p)));
      break;
    case STRIDE_ZERO:
      claim->stride[p] = 0;
      break;
    case STRIDE_SMALL:
      claim->stride[p] = 7;
      break;
    case STRIDE_HUGE:
      claim->stride[p] = G_MAXINT;
      break;
    case STRIDE_LEAST:
      claim->stride[p] = G_MININT;
      break;
    case STRIDE_UP_AND_OUT:
      claim->stride[p] = -claim->stride[p] * HEIGHT;
      break;
    case STRIDE_ABOVE:
      claim->stride[p] = (gint) (info->size / (rows - 1));
      break;
    default:
      break;
  }
}

static void
lie_about_all (Claim *claim, Lie lie)
{
  switch (lie) {
    case TALLER_THAN_CAPS:
      claim->height += 8;
      break;
    case OTHER_FORMAT:
      claim->format = GST_VIDEO_FORMAT_YUY2;
      break;
    case FORMAT_NONE:
      claim->format = GST_VIDEO_FORMAT_UNKNOWN;
      break;
    case FORMAT_UNKNOWN:
      claim->format = 100000;
      break;
    case TOO_FEW_PLANES:
      claim->n_planes--;
      break;
    case TOO_MANY_PLANES:
      claim->n_planes = GST_VIDEO_MAX_PLANES + 1;
      break;
    case NARROWER:
      claim->width--;
      break;
    case LOWER:
      claim->height--;
      break;
    case NOTHING_HIGH:
      claim->height = 0;
      break;
    case HUGE:
      claim->width = claim->height = G_MAXUINT;
      break;
    case CROPPED_HUGE:
      claim->width = claim->height = G_MAXINT;
      break;
    case CROPPED_TOO_TALL:
      claim->height += 2;
      break;
    default:
      break;
  }
}

static void
set_crop (Claim *claim, guint x, guint y, guint width, guint height)
{
  claim->crop[0] = x;
  claim->crop[1] = y;
  claim->crop[2] = width;
  claim->crop[3] = height;
}

static void
make_lie (Claim *claim, const GstVideoInfo *info, Lie lie, guint p)
{
  guint last = GST_VIDEO_INFO_N_PLANES (info) - 1;

  claim_init (claim, info, FALSE);
  lie_about (claim, lie, p, info);
  lie_about_all (claim, lie);
  if (lie == NO_LAST_PADDING)
    claim->sizes[0] = info->size - info->stride[last]
        + GST_VIDEO_INFO_COMP_WIDTH (info, last)
            * GST_VIDEO_INFO_COMP_PSTRIDE (info, last);
  if (lie == NO_MEMORY)
    claim->sizes[0] = 0;
  if (lie == CROP_OUTSIDE || lie == CROP_FAR_OUTSIDE)
    set_crop (claim, lie == CROP_OUTSIDE ? WIDTH : G_MAXUINT, 0, 4, 4);
  if (lie == CROPPED_HUGE)
    set_crop (claim, 0, 0, G_MAXUINT, G_MAXUINT);
  if (lie == CROPPED_TOO_TALL)
    set_crop (claim, 0, 1, WIDTH, HEIGHT);
  claim->has_map = lie != NO_MAP;
  claim->map = lie == MAP_FAILS ? map_fails
      : lie == MAP_NULL         ? map_null
      : lie == MAP_ELSEWHERE    ? map_elsewhere
                                : NULL;
}

static const GstVideoFormat lied_about[] = {GST_VIDEO_FORMAT_I420,
  GST_VIDEO_FORMAT_NV12, GST_VIDEO_FORMAT_RGB, GST_VIDEO_FORMAT_BGRA,
  GST_VIDEO_FORMAT_I420_10LE, GST_VIDEO_FORMAT_ARGB64, GST_VIDEO_FORMAT_Y42B};

/* Twice: a warning, and no more than that. */
static void
check_lie (Elements *self, const GstVideoInfo *info, Lie lie, guint p)
{
  gboolean truth = lie <= LAST_TRUTH;
  Claim claim;
  Way way;

  make_lie (&claim, info, lie, p);
  for (way = 0; way < N_WAYS; way++) {
    guint i;

    /* Whoever attaches to it maps nothing. */
    if (!self->h[way] || (way == ATTACH && lie > NO_MAP))
      continue;
    for (i = 0; i < 2; i++) {
      gboolean used = pass (self, way, &claim);

      if (tells (way))
        fail_unless (used == truth, "lie %d, plane %u, way %d: %d", lie, p, way,
            used);
    }
    if (way != CLASSIFY_LATEST || truth)
      fail_unless_equals_int (count_warnings (self, way),
          !truth && way != TELL);
  }
}

GST_START_TEST (test_named)
{
  GstVideoFormat format = lied_about[__i__];
  g_autofree gchar *caps = test_caps (gst_video_format_to_string (format),
      WIDTH, HEIGHT);
  g_autofree gchar *other = test_caps ("GRAY8", 8, 8);
  GstVideoInfo info;
  Elements elements;
  guint p;
  Lie lie;

  gst_video_info_set_format (&info, format, WIDTH, HEIGHT);
  open_all (&elements);
  for (lie = 0; lie < N_LIES; lie++) {
    for (p = 0; p < 2 && p < GST_VIDEO_INFO_N_PLANES (&info); p++) {
      /* Once for these caps. */
      set_caps (&elements, other);
      set_caps (&elements, caps);
      check_lie (&elements, &info, lie, p);
    }
  }
  close_all (&elements);
}

GST_END_TEST;

/* ---- any lies, about any format ---------------------------------------- */

static gint
any_number (gint usual)
{
  static const gint numbers[] = {0, 1, -1, 2, 3, 4, 7, 16, 64, 255, 4096, 65535,
    65536, 65537, 0x10001, 0x20003, G_MAXINT, G_MININT, G_MAXINT - 1,
    G_MAXINT / 2, G_MININT / 2};

  switch (test_pick (0, 5)) {
    case 0:
      return numbers[test_pick (0, G_N_ELEMENTS (numbers) - 1)];
    case 1:
      return g_rand_int (test_rand);
    case 2:
      return usual < G_MAXINT / 2 && usual > G_MININT / 2 ? 2 * usual : usual;
    case 3:
      return usual != G_MININT ? -usual : usual;
    default:
      return (gint) ((guint) usual + test_pick (-20, 20));
  }
}

/* FALSE: nothing is. */
static gboolean
spoil (Claim *claim, gsize size)
{
  guint n = test_pick (0, 3), i;

  for (i = 0; i < n; i++) {
    guint p = test_pick (0, GST_VIDEO_MAX_PLANES - 1);

    switch (test_pick (0, 9)) {
      case 0:
        claim->width = any_number (claim->width);
        break;
      case 1:
        claim->height = any_number (claim->height);
        break;
      case 2:
        claim->n_planes = test_pick (0, 6);
        break;
      case 3:
        claim->format = test_pick (0, 140);
        break;
      case 4:
      case 5:
      case 6:
        claim->stride[p] = any_number (claim->stride[p]);
        break;
      case 7:
        claim->offset[p] = g_rand_boolean (test_rand)
            ? (gsize) test_pick (0, (gint) size + 8)
            : (gsize) g_rand_int (test_rand) << test_pick (0, 32);
        break;
      default:
        claim->offset[p] += test_pick (-16, 16);
        break;
    }
  }
  return n > 0;
}

static void
try_any (Elements *elements, const GstVideoInfo *info)
{
  gboolean short_one = test_pick (0, 3) == 0;
  gboolean cropped = test_pick (0, 3) == 0, spoiled;
  Claim claim;
  Way way;

  claim_init (&claim, info, test_pick (0, 2) == 0);
  /* The memory may be shorter than it should be, or longer. */
  if (short_one)
    claim.sizes[0] += test_pick (-MIN ((gint) claim.sizes[0], 20), 4);
  spoiled = spoil (&claim, info->size);
  claim.has_meta = test_pick (0, 7) > 0;
  if (cropped)
    set_crop (&claim, any_number (2), any_number (2), any_number (8),
        any_number (8));
  if (test_pick (0, 3) == 0)
    claim.flags = GST_VIDEO_BUFFER_FLAG_INTERLACED
        | (g_rand_int (test_rand)
            & (GST_VIDEO_BUFFER_FLAG_TFF | GST_VIDEO_BUFFER_FLAG_ONEFIELD));
  for (way = 0; way < N_WAYS; way++) {
    gboolean used = elements->h[way] && pass (elements, way, &claim);

    if (way == CLASSIFY && !spoiled && !short_one && !cropped)
      fail_unless (used, "%s of %dx%d", GST_VIDEO_INFO_NAME (info), info->width,
          info->height);
  }
}

static void
set_any_caps (Elements *elements, const gchar *format, GstVideoInfo *info)
{
  static const gchar *const modes[] = {
    "progressive", "interleaved", "mixed", "fields"};
  g_autofree gchar *plain = test_caps (format, test_pick (1, 50),
      test_pick (1, 40));
  g_autofree gchar *text = g_strdup_printf ("%s, interlace-mode=%s", plain,
      modes[g_rand_boolean (test_rand) ? 0 : test_pick (0, 3)]);
  GstCaps *caps = gst_caps_from_string (text);

  fail_unless (caps && gst_video_info_from_caps (info, caps), "%s", text);
  gst_caps_unref (caps);
  set_caps (elements, text);
}

/* MOBILENET_TEST_LIES: how many of each format. */
GST_START_TEST (test_any)
{
  GstVideoFormat format = GST_VIDEO_FORMAT_UNKNOWN;
  const gchar *text = g_getenv ("MOBILENET_TEST_LIES");
  guint n = text ? strtoul (text, NULL, 0) : 12, i;
  const GstVideoFormatInfo *finfo;
  Elements elements;
  GstVideoInfo info;

  open_all (&elements);
  while ((finfo = test_next_format (&format))) {
    for (i = 0; i < n; i++) {
      if (i % 4 == 0)
        set_any_caps (&elements, finfo->name, &info);
      try_any (&elements, &info);
    }
  }
  close_all (&elements);
}

GST_END_TEST;

static Suite *
lies_suite (void)
{
  Suite *suite = suite_create ("lies");
  TCase *named = tcase_create ("named");
  TCase *any = tcase_create ("any");

  suite_add_tcase (suite, named);
  tcase_add_checked_fixture (named, test_setup_random, test_teardown_random);
  tcase_add_loop_test (named, test_named, 0, G_N_ELEMENTS (lied_about));
  suite_add_tcase (suite, any);
  tcase_add_checked_fixture (any, test_setup_random, test_teardown_random);
  tcase_add_test (any, test_any);
  return suite;
}

GST_CHECK_MAIN (lies);
