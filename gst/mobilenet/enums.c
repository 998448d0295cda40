/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/mobilenet/enums.h"

#include "engine/mn.h"

static GType
register_enum (gsize *once, const gchar *name, const GEnumValue *values)
{
  if (g_once_init_enter (once)) {
    GType type = g_enum_register_static (name, values);

    gst_type_mark_as_plugin_api (type, 0);
    g_once_init_leave (once, type);
  }
  return *once;
}

GType
gst_mobilenet_backend_get_type (void)
{
  static const GEnumValue values[] = {
    {GST_MOBILENET_BACKEND_AUTO,
      "A GPU with OpenCL where there is one, else the CPU", "auto"},
    {GST_MOBILENET_BACKEND_OPENCL,
      "Any OpenCL device, GPUs first; none at the start is an error", "opencl"},
    {GST_MOBILENET_BACKEND_CPU, "The CPU", "cpu"}, {0, NULL, NULL}};
  static gsize once = 0;

  return register_enum (&once, "GstMobilenetBackend", values);
}

GType
gst_mobilenet_schedule_get_type (void)
{
  static const GEnumValue values[] = {
    {GST_MOBILENET_SCHEDULE_AUTO,
      "latest when upstream is live, else every-frame", "auto"},
    {GST_MOBILENET_SCHEDULE_EVERY_FRAME, "Each buffer carries its own result",
      "every-frame"},
    {GST_MOBILENET_SCHEDULE_LATEST,
      "Each buffer carries the newest finished result, and never waits",
      "latest"},
    {0, NULL, NULL}};
  static gsize once = 0;

  return register_enum (&once, "GstMobilenetSchedule", values);
}

GType
gst_mobilenet_messages_get_type (void)
{
  static const GEnumValue values[] = {
    {GST_MOBILENET_MESSAGES_NONE, "No messages", "none"},
    {GST_MOBILENET_MESSAGES_CHANGES,
      "When the best class changes, or the result appears or ends", "changes"},
    {GST_MOBILENET_MESSAGES_ALL, "With each new result", "all"},
    {0, NULL, NULL}};
  static gsize once = 0;

  return register_enum (&once, "GstMobilenetMessages", values);
}

GType
gst_mobilenet_region_get_type (void)
{
  static const GEnumValue values[] = {
    {GST_MOBILENET_REGION_FRAME, "The whole frame", "frame"},
    {GST_MOBILENET_REGION_OBJECTS,
      "Each object that elements before this one found", "objects"},
    {0, NULL, NULL}};
  static gsize once = 0;

  return register_enum (&once, "GstMobilenetRegion", values);
}

GType
gst_mobilenet_orientation_get_type (void)
{
  static const GEnumValue values[] = {
    {GST_MOBILENET_ORIENTATION_AUTO,
      "Tag and metadata, but for a tag that an "
      "element before this one has followed already",
      "auto"},
    {GST_MOBILENET_ORIENTATION_TAG, "The tag image-orientation only", "tag"},
    {GST_MOBILENET_ORIENTATION_META,
      "The buffers' GstVideoAffineTransformationMeta only", "meta"},
    {GST_MOBILENET_ORIENTATION_NONE, "The picture is upright as it is", "none"},
    {0, NULL, NULL}};
  static gsize once = 0;

  return register_enum (&once, "GstMobilenetOrientation", values);
}

GType
gst_mobilenet_fit_get_type (void)
{
  static const GEnumValue values[] = {
    {MN_FIT_CROP, "The largest centred part of the right shape", "crop"},
    {MN_FIT_STRETCH, "All of the frame, its shape not kept", "stretch"},
    {MN_FIT_LETTERBOX, "All of the frame, with grey margins", "letterbox"},
    {0, NULL, NULL}};
  static gsize once = 0;

  return register_enum (&once, "GstMobilenetFit", values);
}

GType
gst_mobilenet_precision_get_type (void)
{
  static const GEnumValue values[] = {
    {MN_PRECISION_AUTO, "What suits model and device", "auto"},
    {MN_PRECISION_F32, "32-bit floats", "float32"},
    {MN_PRECISION_F16, "16-bit floats", "float16"},
    {MN_PRECISION_BF16, "16-bit floats with 8 bits of exponent", "bfloat16"},
    {0, NULL, NULL}};
  static gsize once = 0;

  return register_enum (&once, "GstMobilenetPrecision", values);
}

GType
gst_mobilenet_tuning_get_type (void)
{
  static const GEnumValue values[] = {
    {MN_TUNING_OFF,
      "Nothing is measured, and nothing used that was measured before", "off"},
    {MN_TUNING_FAST, "For at most 2 seconds, the largest layers first", "fast"},
    {MN_TUNING_FULL, "All kernels of all layers, for at most 20 seconds",
      "full"},
    {0, NULL, NULL}};
  static gsize once = 0;

  return register_enum (&once, "GstMobilenetTuning", values);
}
