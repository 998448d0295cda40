/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Caps strings, without GStreamer: forms of writing, and refusals. What the
 * fields mean is held to GStreamer in caps_gst.c. */

#include "tools/caps.h"

#include <string.h>

#define BASE "video/x-raw, format=NV12, width=8, height=6"

static const gchar *const same[] = {
  BASE,
  "video/x-raw,format=NV12,width=8,height=6",
  "  video/x-raw ,format = NV12 , width = 8,height= 6 ",
  "video/x-raw, format=(string)NV12, width=(int)8, height=(int)6",
  "video/x-raw, format=(string)\"NV12\", width=8, height=6",
  "video/x-raw(memory:SystemMemory), format=NV12, width=8, height=6",
  BASE ";",
  BASE ", framerate=(fraction)[ 1/1, 60/1 ], x=\"a, b=c\"",
  BASE ", pixel-aspect-ratio=(fraction)1/1, views=1",
  BASE ", modes=(string){ a, b }, x=(GstCaps)\"a\\\"b\"",
};

static void
test_forms (void)
{
  MnRawFrame first;
  guint i;

  g_assert_true (mn_caps_parse (BASE, &first, NULL));
  g_assert_cmpuint (first.desc.width, ==, 8);
  g_assert_cmpuint (first.desc.height, ==, 6);
  g_assert_cmpuint (first.size, ==, 72);
  for (i = 0; i < G_N_ELEMENTS (same); i++) {
    g_autoptr (GError) error = NULL;
    MnRawFrame frame;

    g_test_message ("%s", same[i]);
    g_assert_true (mn_caps_parse (same[i], &frame, &error));
    g_assert_no_error (error);
    g_assert_cmpmem (&frame, sizeof (frame), &first, sizeof (first));
  }
}

static const struct
{
  const gchar *caps, *text;
} refused[] = {
  {"", "video/x-raw"},
  {"audio/x-raw, rate=1", "video/x-raw"},
  {"video/x-rawer, format=NV12", "video/x-raw"},
  {"video/x-raw(memory:DMABuf), format=NV12, width=8, height=6", "memory"},
  {"video/x-raw, width=8, height=6", "no format"},
  {"video/x-raw, format=NV12_4L4, width=8, height=6", "NV12_4L4"},
  {"video/x-raw, format={NV12,I420}, width=8, height=6", "NV12,I420"},
  {"video/x-raw, format=NV12, height=6", "no width"},
  {"video/x-raw, format=NV12, width=8", "no height"},
  {"video/x-raw, format=NV12, width=0, height=6", "width=0"},
  {"video/x-raw, format=NV12, width=-8, height=6", "width=-8"},
  {"video/x-raw, format=NV12, width=[1,9], height=6", "width=[1,9]"},
  {"video/x-raw, format=NV12, width=99999, height=6", "width=99999"},
  {"video/x-raw, format=NV12, width=8, height=six", "height=six"},
  {BASE ", pixel-aspect-ratio=0/1", "0/1"},
  {BASE ", pixel-aspect-ratio=1/0", "1/0"},
  {BASE ", pixel-aspect-ratio=wide", "wide"},
  {BASE ", colorimetry=bt999", "bt999"},
  {BASE ", colorimetry=1:2:3", "1:2:3"},
  {BASE ", chroma-site=left", "left"},
  {BASE ", oops", "oops"},
  {BASE ", x=\"open", "not closed"},
  {BASE ", x={ open", "not closed"},
  {BASE "; " BASE, "one structure"},
};

static void
test_refused (void)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (refused); i++) {
    g_autoptr (GError) error = NULL;
    MnRawFrame frame;

    g_test_message ("%s", refused[i].caps);
    g_assert_false (mn_caps_parse (refused[i].caps, &frame, &error));
    g_assert_error (error, MN_ERROR, MN_ERROR_ARGUMENT);
    g_test_message ("-> %s", error->message);
    g_assert_nonnull (strstr (error->message, refused[i].text));
  }
}

/* The engine's order of planes is Y, U, V; YV12 has Y, V, U. */
static void
test_planes (void)
{
  const gchar *caps = "video/x-raw, format=YV12, width=5, height=3";
  guint8 data[48];
  MnPlane planes[MN_MAX_PLANES];
  MnRawFrame frame;

  g_assert_true (mn_caps_parse (caps, &frame, NULL));
  g_assert_cmpuint (frame.size, ==, sizeof (data));
  mn_raw_frame_set_planes (&frame, data, planes);
  g_assert_true (planes[0].data == data);
  g_assert_true (planes[1].data == data + 40);
  g_assert_true (planes[2].data == data + 32);
  g_assert_cmpint (planes[1].stride, ==, 4);
  g_assert_cmpuint (planes[1].size, ==, 8);
}

gint
main (gint argc, gchar **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/caps/forms", test_forms);
  g_test_add_func ("/caps/refused", test_refused);
  g_test_add_func ("/caps/planes", test_planes);
  return g_test_run ();
}
