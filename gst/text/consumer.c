/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/text/consumer.h"

#include <string.h>

/* Further away than any pipeline is long; a loop ends here. */
#define MAX_DEPTH 64

/* What was found so far on all ways. */
typedef struct
{
  guint n;
  GstMobilenetTextWay way;
} Found;

static void visit (GstPad *pad, guint depth, Found *found);

static void
add (Found *found, GstMobilenetTextWay way)
{
  if (found->n++ > 0 && found->way != way)
    way = GST_MOBILENET_TEXT_FRAMES;
  found->way = way;
}

/* Types of plugins have no headers; a type not loaded has no objects. */
static gboolean
is_a (GstElement *element, const gchar *name)
{
  GType type = g_type_from_name (name);

  return type != 0 && g_type_is_a (G_OBJECT_TYPE (element), type);
}

static gboolean
is_set (GstElement *element, const gchar *property)
{
  GParamSpec *spec = g_object_class_find_property (G_OBJECT_GET_CLASS (element),
      property);
  GValue value = G_VALUE_INIT;
  gboolean set;

  if (!spec)
    return FALSE;
  g_value_init (&value, spec->value_type);
  g_object_get_property (G_OBJECT (element), property, &value);
  set = !g_param_value_defaults (spec, &value);
  g_value_unset (&value);
  return set;
}

/* Files that are written as they go cannot have their text at the end. */
static gboolean
writes_at_end (GstElement *muxer)
{
  return !is_set (muxer, "fragment-duration")
      && !is_set (muxer, "reserved-max-duration")
      && !is_set (muxer, "streamable");
}

static gboolean
has_class (GstElement *element, const gchar *word)
{
  const gchar *class = gst_element_get_metadata (element,
      GST_ELEMENT_METADATA_KLASS);

  return class && strstr (class, word);
}

/* Those that are known. */
static gboolean
recognise (GstElement *element, Found *found)
{
  if (is_a (element, "GstSplitMuxSink"))
    add (found, GST_MOBILENET_TEXT_FRAMES);
  else if (is_a (element, "GstBaseQTMux"))
    add (found,
        writes_at_end (element) ? GST_MOBILENET_TEXT_AT_END
                                : GST_MOBILENET_TEXT_FRAMES);
  else if (GST_OBJECT_FLAG_IS_SET (element, GST_ELEMENT_FLAG_SINK)
      && !GST_IS_BIN (element))
    add (found, GST_MOBILENET_TEXT_PIECES);
  else
    return FALSE;
  return TRUE;
}

static void
visit_next (const GValue *item, gpointer user_data)
{
  gpointer *data = user_data;
  GstPad *peer = gst_pad_get_peer (g_value_get_object (item));

  if (peer) {
    visit (peer, GPOINTER_TO_UINT (data[0]) + 1, data[1]);
    gst_object_unref (peer);
  }
}

/* All that comes out of what goes in here. */
static void
visit_links (GstPad *pad, guint depth, Found *found)
{
  gpointer data[2] = {GUINT_TO_POINTER (depth), found};
  GstIterator *links = gst_pad_iterate_internal_links (pad);

  if (!links)
    return;
  while (gst_iterator_foreach (links, visit_next, data) == GST_ITERATOR_RESYNC)
    gst_iterator_resync (links);
  gst_iterator_free (links);
}

/* It puts text together with something else. */
static gboolean
joins (GstElement *element)
{
  gboolean several;

  GST_OBJECT_LOCK (element);
  several = element->numsinkpads > 1;
  GST_OBJECT_UNLOCK (element);
  return several && !is_a (element, "GstMultiQueue")
      && !is_a (element, "GstStreamSynchronizer");
}

static void
visit (GstPad *pad, guint depth, Found *found)
{
  GstObject *parent = gst_object_get_parent (GST_OBJECT (pad));

  if (depth > MAX_DEPTH) {
    add (found, GST_MOBILENET_TEXT_FRAMES);
  } else if (!GST_IS_ELEMENT (parent)) {
    /* The inner side of a bin's pad; its links lead out. */
    if (parent)
      visit_links (pad, depth, found);
    else
      add (found, GST_MOBILENET_TEXT_PIECES);
  } else if (!recognise (GST_ELEMENT (parent), found)) {
    GstElement *element = GST_ELEMENT (parent);

    if (GST_IS_BIN (element))
      visit_links (pad, depth, found);
    else if (has_class (element, "Muxer") || has_class (element, "Video")
        || joins (element))
      add (found, GST_MOBILENET_TEXT_FRAMES);
    else
      visit_links (pad, depth, found);
  }
  g_clear_pointer (&parent, gst_object_unref);
}

GstMobilenetTextWay
gst_mobilenet_textconsumer_find (GstPad *srcpad)
{
  GstPad *peer = gst_pad_get_peer (srcpad);
  Found found = {0, GST_MOBILENET_TEXT_FRAMES};

  if (peer) {
    visit (peer, 0, &found);
    gst_object_unref (peer);
  }
  return found.way;
}
