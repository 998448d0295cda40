/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What `mobilenet` answers to whoever asks how to allocate frames. */

#include "tests/gst/testutil.h"

/* What an element behind answers. */
typedef struct
{
  gboolean video_meta;
  GstBufferPool *pool;
} Downstream;

static GstPadProbeReturn
answer (GstPad *pad, GstPadProbeInfo *probe, gpointer data)
{
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (probe);
  Downstream *d = data;

  if (GST_QUERY_TYPE (query) != GST_QUERY_ALLOCATION)
    return GST_PAD_PROBE_OK;
  if (d->video_meta)
    gst_query_add_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL);
  if (d->pool)
    gst_query_add_allocation_pool (query, d->pool, 12345, 3, 4);
  return GST_PAD_PROBE_HANDLED;
}

static GstQuery *
ask (Downstream *d, const gchar *text)
{
  GstBus *bus;
  GstHarness *h = test_harness_new (test_element_new (&bus));
  GstCaps *caps = gst_caps_from_string (text);
  GstQuery *query = gst_query_new_allocation (caps, TRUE);

  gst_pad_add_probe (h->sinkpad, GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM, answer, d,
      NULL);
  gst_harness_set_src_caps (h, caps);
  fail_unless (gst_pad_peer_query (h->srcpad, query));
  test_close (h, bus);
  return query;
}

/* Downstream's own pool is the only one. */
GST_START_TEST (test_downstream_pool)
{
  Downstream d = {TRUE, gst_buffer_pool_new ()};
  GstQuery *query = ask (&d, RGB_CAPS);
  GstBufferPool *pool;
  guint size, min, max;

  fail_unless_equals_int (gst_query_get_n_allocation_pools (query), 1);
  gst_query_parse_nth_allocation_pool (query, 0, &pool, &size, &min, &max);
  fail_unless (pool == d.pool && size == 12345 && min == 3 && max == 4);
  fail_unless_equals_int (gst_query_get_n_allocation_params (query), 0);
  gst_object_unref (pool);
  gst_object_unref (d.pool);
  gst_query_unref (query);
}

GST_END_TEST;

/* Ours: aligned memory; aligned rows where downstream reads strides. */
GST_START_TEST (test_own_pool)
{
  guint strides;

  for (strides = 0; strides < 2; strides++) {
    Downstream d = {strides, NULL};
    g_autofree gchar *text = test_caps ("I420", 50, 37);
    GstQuery *query = ask (&d, text);
    GstAllocationParams params;
    GstBufferPool *pool;
    GstBuffer *buffer;
    GstVideoMeta *meta;
    GstMapInfo map;
    guint size, i;

    fail_unless_equals_int (gst_query_get_n_allocation_pools (query), 1);
    gst_query_parse_nth_allocation_param (query, 0, NULL, &params);
    fail_unless_equals_int (params.align, 63);
    gst_query_parse_nth_allocation_pool (query, 0, &pool, &size, NULL, NULL);
    fail_unless (gst_buffer_pool_set_active (pool, TRUE));
    fail_unless_equals_int (gst_buffer_pool_acquire_buffer (pool, &buffer,
                                NULL),
        GST_FLOW_OK);
    fail_unless (gst_buffer_get_size (buffer) <= size);
    gst_buffer_map (buffer, &map, GST_MAP_READ);
    fail_unless_equals_int ((gsize) map.data % 64, 0);
    gst_buffer_unmap (buffer, &map);
    meta = gst_buffer_get_video_meta (buffer);
    fail_unless_equals_int (meta != NULL, strides);
    for (i = 0; meta && i < 3; i++)
      fail_unless_equals_int (meta->stride[i] % 64, 0);
    gst_buffer_unref (buffer);
    gst_buffer_pool_set_active (pool, FALSE);
    gst_object_unref (pool);
    gst_query_unref (query);
  }
}

GST_END_TEST;

static Suite *
allocation_suite (void)
{
  Suite *suite = suite_create ("allocation");
  TCase *tc = tcase_create ("allocation");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_downstream_pool);
  tcase_add_test (tc, test_own_pool);
  return suite;
}

GST_CHECK_MAIN (allocation);
