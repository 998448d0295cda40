/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/base/post.h"

#include "engine/mn.h"
#include "gst/base/bus.h"

static const struct
{
  MnError code;
  gboolean stream; /* else a resource error */
  gint gst;
} codes[] = {
  {MN_ERROR_NOT_FOUND, FALSE, GST_RESOURCE_ERROR_NOT_FOUND},
  {MN_ERROR_READ, FALSE, GST_RESOURCE_ERROR_OPEN_READ},
  {MN_ERROR_FORMAT, TRUE, GST_STREAM_ERROR_WRONG_TYPE},
  {MN_ERROR_TRUNCATED, TRUE, GST_STREAM_ERROR_DECODE},
  {MN_ERROR_INVALID, TRUE, GST_STREAM_ERROR_DECODE},
  {MN_ERROR_UNSUPPORTED, TRUE, GST_STREAM_ERROR_NOT_IMPLEMENTED},
  {MN_ERROR_ARGUMENT, FALSE, GST_RESOURCE_ERROR_SETTINGS},
  {MN_ERROR_NO_MEMORY, FALSE, GST_RESOURCE_ERROR_NO_SPACE_LEFT},
  {MN_ERROR_NO_BACKEND, FALSE, GST_RESOURCE_ERROR_NOT_FOUND},
};

void
gst_mobilenet_post_error (GstElement *element, const GError *error)
{
  GQuark domain = GST_RESOURCE_ERROR;
  gint code = GST_RESOURCE_ERROR_FAILED;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (codes); i++) {
    if (g_error_matches (error, MN_ERROR, codes[i].code)) {
      domain = codes[i].stream ? GST_STREAM_ERROR : GST_RESOURCE_ERROR;
      code = codes[i].gst;
    }
  }
  gst_element_message_full (element, GST_MESSAGE_ERROR, domain, code,
      g_utf8_make_valid (error->message, -1), NULL, __FILE__, GST_FUNCTION,
      __LINE__);
}

/* mobilenet's own, which others may need before there is a mobilenet. */
static GstDebugCategory *
get_category (void)
{
  static gsize once = 0;

  if (g_once_init_enter (&once)) {
    GstDebugCategory *category = NULL;

    GST_DEBUG_CATEGORY_INIT (category, "mobilenet", 0,
        "MobileNet on video frames");
    g_once_init_leave (&once, (gsize) category);
  }
  return (GstDebugCategory *) once;
}

void
gst_mobilenet_post_warning (GstElement *element, GQuark domain, gint code,
    const gchar *text)
{
  g_autofree gchar *valid = g_utf8_make_valid (text, -1);
  g_autoptr (GError) warning = g_error_new_literal (domain, code, valid);

  GST_CAT_WARNING_OBJECT (get_category (), element, "%s", valid);
  gst_mobilenet_bus_post (element,
      gst_message_new_warning (GST_OBJECT (element), warning, NULL));
}
