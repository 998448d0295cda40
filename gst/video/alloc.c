/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/video/alloc.h"

#include <gst/video/video.h>
#include <gst/video/gstvideopool.h>

/* Bytes, as a mask: a cache line, and the widest vector. */
#define ALIGN_MASK 63

static void
add_alignment (GstQuery *query)
{
  GstAllocationParams params;

  if (gst_query_get_n_allocation_params (query) > 0)
    return;
  gst_allocation_params_init (&params);
  params.align = ALIGN_MASK;
  gst_query_add_allocation_param (query, NULL, &params);
}

/* Rows may have a stride of their own only where downstream reads it. */
static void
add_options (GstStructure *config)
{
  GstVideoAlignment align;
  guint i;

  gst_video_alignment_reset (&align);
  for (i = 0; i < GST_VIDEO_MAX_PLANES; i++)
    align.stride_align[i] = ALIGN_MASK;
  gst_buffer_pool_config_add_option (config, GST_BUFFER_POOL_OPTION_VIDEO_META);
  gst_buffer_pool_config_add_option (config,
      GST_BUFFER_POOL_OPTION_VIDEO_ALIGNMENT);
  gst_buffer_pool_config_set_video_alignment (config, &align);
}

static void
add_pool (GstQuery *query, GstCaps *caps, const GstVideoInfo *info)
{
  g_autoptr (GstBufferPool) pool = gst_video_buffer_pool_new ();
  GstStructure *config = gst_buffer_pool_get_config (pool);
  guint size = GST_VIDEO_INFO_SIZE (info);
  GstAllocationParams params;

  gst_allocation_params_init (&params);
  params.align = ALIGN_MASK;
  gst_buffer_pool_config_set_params (config, caps, size, 0, 0);
  gst_buffer_pool_config_set_allocator (config, NULL, &params);
  if (gst_query_find_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL))
    add_options (config);
  if (!gst_buffer_pool_set_config (pool, config))
    return;
  /* With its strides a frame takes more than caps tell. */
  config = gst_buffer_pool_get_config (pool);
  gst_buffer_pool_config_get_params (config, NULL, &size, NULL, NULL);
  gst_structure_free (config);
  gst_query_add_allocation_pool (query, pool, size, 0, 0);
}

gboolean
gst_mobilenet_propose_allocation (GstBaseTransform *trans,
    GstQuery *decide_query, GstQuery *query)
{
  /* What downstream can do with buffers is all that we can. */
  gboolean answered = gst_pad_peer_query (GST_BASE_TRANSFORM_SRC_PAD (trans),
      query);
  gboolean need_pool;
  GstVideoInfo info;
  GstCaps *caps;

  gst_query_parse_allocation (query, &caps, &need_pool);
  /* Memory of other kinds is its owner's affair. */
  if (!caps
      || !gst_caps_features_contains (gst_caps_get_features (caps, 0),
          GST_CAPS_FEATURE_MEMORY_SYSTEM_MEMORY)
      || !gst_video_info_from_caps (&info, caps)
      || gst_query_get_n_allocation_pools (query) > 0)
    return answered;
  add_alignment (query);
  if (need_pool)
    add_pool (query, caps, &info);
  return TRUE;
}
