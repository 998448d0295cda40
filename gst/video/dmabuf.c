/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/video/dmabuf.h"

#include <string.h>
#include <unistd.h>

#include "gst/video/planes.h"

/* What the memory's owner says of its size is not asked: whatever imports it
 * would believe that. */
static gsize
get_size (gint fd)
{
  off_t size = lseek (fd, 0, SEEK_END);

  lseek (fd, 0, SEEK_SET);
  return MAX (size, 0);
}

/* FALSE: it lies elsewhere than the planes before it. */
static gboolean
find_plane (GstBuffer *buffer, gsize at, gsize *offset,
    GstMobilenetDmabuf *found)
{
  gsize skip, memory_offset, max;
  GstMemory *memory;
  guint index, n;

  if (!gst_buffer_find_memory (buffer, at, 1, &index, &n, &skip))
    return FALSE;
  memory = gst_buffer_peek_memory (buffer, index);
  if (!gst_is_dmabuf_memory (memory))
    return FALSE;
  if (!found->memory) {
    found->memory = memory;
    found->fd = gst_dmabuf_memory_get_fd (memory);
  }
  gst_memory_get_sizes (memory, &memory_offset, &max);
  *offset = memory_offset + skip;
  return gst_dmabuf_memory_get_fd (memory) == found->fd;
}

gboolean
gst_mobilenet_dmabuf_find (GstBuffer *buffer, const GstVideoInfo *info,
    GstMobilenetDmabuf *found)
{
  const GstVideoMeta *meta = gst_buffer_get_video_meta (buffer);
  guint i;

  memset (found, 0, sizeof (*found));
  if (!gst_mobilenet_planes_are_plain (buffer))
    return FALSE;
  for (i = 0; i < GST_VIDEO_INFO_N_PLANES (info); i++) {
    found->stride[i] = meta ? meta->stride[i] : info->stride[i];
    if (!find_plane (buffer, meta ? meta->offset[i] : info->offset[i],
            &found->offset[i], found))
      return FALSE;
  }
  found->size = get_size (found->fd);
  return found->size > 0;
}

/* ---- keys ------------------------------------------------------------ */

G_LOCK_DEFINE_STATIC (keys);

static GQuark
key_quark (void)
{
  return g_quark_from_static_string ("mobilenet-memory-key");
}

static void
retire (gpointer data)
{
  mn_memory_key_retire (data);
  mn_memory_key_unref (data);
}

MnMemoryKey *
gst_mobilenet_dmabuf_get_key (GstMemory *memory)
{
  GstMiniObject *whole;
  MnMemoryKey *key;

  whole = GST_MINI_OBJECT_CAST (memory->parent ? memory->parent : memory);
  G_LOCK (keys);
  key = gst_mini_object_get_qdata (whole, key_quark ());
  if (!key) {
    key = mn_memory_key_new ();
    gst_mini_object_set_qdata (whole, key_quark (), key, retire);
  }
  mn_memory_key_ref (key);
  G_UNLOCK (keys);
  return key;
}
