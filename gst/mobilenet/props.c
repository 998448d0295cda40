/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/mobilenet/props.h"

#include "gst/base/params.h"
#include "gst/meta/result.h"
#include "gst/mobilenet/regions.h"
#include "gst/video/segmenttime.h"

#define MAX_THREADS 256

#define ANY_TIME GST_MOBILENET_ANY_TIME
#define CONTROLLABLE (ANY_TIME | GST_PARAM_CONTROLLABLE)
#define AT_START \
  (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY)
#define READ_ONLY (G_PARAM_READABLE | G_PARAM_STATIC_STRINGS)

#define VALUE(member) .value = G_STRUCT_OFFSET (GstMobilenetProps, member)
#define MARKS(member) .mark = G_STRUCT_OFFSET (GstMobilenetProps, member)

/* An empty text is as good as none. */
static gchar *
keep_any (const gchar *text)
{
  return text && text[0] ? g_strdup (text) : NULL;
}

static const GstMobilenetParam params[] = {
  {"model-file", "Model file",
    "The network, a .tflite file (NULL: the bundled demo model, which "
    "tells how a camera's picture is). Set while playing, the new one "
    "is loaded in the background and takes over between two frames; "
    "when it cannot be used, a warning says why and the old one stays. "
    "The same holds for labels-file, backend, device, precision, "
    "tuning and threads",
    GST_MOBILENET_STRING (NULL), .keep = keep_any, .flags = ANY_TIME,
    VALUE (model.model_file), MARKS (model_changed)},
  {"labels-file", "Labels file",
    "One label a line, with its number in front or not; or JSON, a "
    "label map, a table (NULL: the labels inside the model, else "
    "<model>.labels, labels.txt, labelmap.txt or the like beside it, "
    "else the class index)",
    GST_MOBILENET_STRING (NULL), .keep = keep_any, .flags = ANY_TIME,
    VALUE (model.labels_file), MARKS (model_changed)},
  {"backend", "Backend", "What computes",
    GST_MOBILENET_ENUM (gst_mobilenet_backend_get_type,
        GST_MOBILENET_BACKEND_AUTO),
    .flags = ANY_TIME, VALUE (model.backend), MARKS (model_changed)},
  {"device", "Device",
    "OpenCL device: its index or part of its name (NULL: any)",
    GST_MOBILENET_STRING (NULL), .keep = keep_any, .flags = ANY_TIME,
    VALUE (model.device), MARKS (model_changed)},
  {"precision", "Precision", "Arithmetic for models of floats",
    GST_MOBILENET_ENUM (gst_mobilenet_precision_get_type, MN_PRECISION_AUTO),
    .flags = ANY_TIME, VALUE (model.precision), MARKS (model_changed)},
  {"tuning", "Tuning",
    "How long an OpenCL device's first start looks for the fastest "
    "kernels; what it finds is kept on disk for the next ones. With "
    "backend=auto the CPU answers meanwhile, with backend=opencl the "
    "first frame waits",
    GST_MOBILENET_ENUM (gst_mobilenet_tuning_get_type, MN_TUNING_FAST),
    .flags = ANY_TIME, VALUE (model.tuning), MARKS (model_changed)},
  {"threads", "Threads",
    "Threads of the CPU backend (0: as many as the process may use CPUs "
    "at the start, by its affinity, cpuset and quota)",
    GST_MOBILENET_UINT (0, MAX_THREADS, 0), .flags = ANY_TIME,
    VALUE (model.threads), MARKS (model_changed)},
  {"enabled", "Enabled",
    "Classify; otherwise frames pass untouched, at no cost",
    GST_MOBILENET_BOOLEAN (TRUE), .flags = CONTROLLABLE, VALUE (live.enabled)},
  {"top-k", "Top k", "How many classes are attached at most",
    GST_MOBILENET_UINT (1, GST_MOBILENET_MAX_CLASSES, 5), .flags = CONTROLLABLE,
    VALUE (live.show.top_k)},
  {"threshold", "Threshold", "From what confidence on a class is attached",
    GST_MOBILENET_FLOAT (0.0f, 1.0f, 0.1f), .flags = CONTROLLABLE,
    VALUE (live.show.threshold)},
  {"schedule", "Schedule",
    "Which frames are classified, and whether buffers wait for it",
    GST_MOBILENET_ENUM (gst_mobilenet_schedule_get_type,
        GST_MOBILENET_SCHEDULE_AUTO),
    .flags = ANY_TIME, VALUE (schedule)},
  {"max-age", "Maximum age",
    "A result of an earlier frame is attached until the next one can be "
    "there; where frames cannot be classified, so many nanoseconds "
    "beyond that (0: until there is another)",
    GST_MOBILENET_UINT64 (0, G_MAXUINT64, GST_SECOND), .flags = ANY_TIME,
    VALUE (live.show.max_age)},
  {"interval", "Interval",
    "Classify every n-th frame only; the others carry the newest "
    "result, with its age and fresh=false",
    GST_MOBILENET_UINT (1, G_MAXINT, 1), .flags = CONTROLLABLE,
    VALUE (live.interval)},
  {"max-rate", "Maximum rate",
    "Classify at most so many frames a second of running time, to save "
    "battery or heat (0: no bound)",
    GST_MOBILENET_DOUBLE (0.0, 1000000.0, 0.0), .flags = CONTROLLABLE,
    VALUE (live.max_rate)},
  /* In place of the base class's, which would drop frames, and stays off. */
  {"qos", "QoS",
    "Let frames go without an inference of their own when downstream "
    "says that they are late; frames themselves are never dropped",
    GST_MOBILENET_BOOLEAN (TRUE), .flags = ANY_TIME, VALUE (qos)},
  {"smoothing", "Smoothing",
    "Time constant in seconds of an exponential smoothing of the "
    "probabilities, in running time (0: none). The best class then "
    "changes only once another is ahead clearly or for long, and is "
    "listed first until it does",
    GST_MOBILENET_DOUBLE (0.0, 3600.0, 0.0), .flags = CONTROLLABLE,
    VALUE (live.show.smoothing)},
  {"fit", "Fit", "How a frame becomes the network's square",
    GST_MOBILENET_ENUM (gst_mobilenet_fit_get_type, MN_FIT_CROP),
    .flags = ANY_TIME, VALUE (fit), MARKS (input_changed)},
  {"orientation", "Orientation",
    "Which word on the picture's orientation counts",
    GST_MOBILENET_ENUM (gst_mobilenet_orientation_get_type,
        GST_MOBILENET_ORIENTATION_AUTO),
    .flags = ANY_TIME, VALUE (orientation)},
  {"mean", "Mean",
    "Subtracted from pixels of 0..255: \"127.5\", or a value a channel "
    "as in \"123.7,116.3,103.5\" (NULL: the model's)",
    GST_MOBILENET_STRING (NULL), .keep = keep_any, .flags = ANY_TIME,
    VALUE (model.mean), MARKS (input_changed)},
  {"std", "Standard deviation",
    "What pixels are divided by, once the mean is off; as mean "
    "(NULL: the model's)",
    GST_MOBILENET_STRING (NULL), .keep = keep_any, .flags = ANY_TIME,
    VALUE (model.std), MARKS (input_changed)},
  {"post-messages", "Post messages",
    "When to post an element message mobilenet-result. While many of "
    "them wait to be read, only the newest one is kept",
    GST_MOBILENET_ENUM (gst_mobilenet_messages_get_type,
        GST_MOBILENET_MESSAGES_CHANGES),
    .flags = ANY_TIME, VALUE (live.show.messages)},
  {"attach-tensors", "Attach tensors",
    "Also attach the probabilities of all classes as GstTensorMeta, for "
    "GStreamer's tensor decoders, and each output of a network with "
    "several (GStreamer 1.26 and newer; before, a warning message says "
    "that there is no such thing)",
    GST_MOBILENET_BOOLEAN (FALSE), .flags = AT_START,
    VALUE (live.show.tensors)},
  {"region", "Region",
    "What is classified: the frame, or each object that elements before "
    "this one found",
    GST_MOBILENET_ENUM (gst_mobilenet_region_get_type,
        GST_MOBILENET_REGION_FRAME),
    .flags = ANY_TIME, VALUE (live.region)},
  {"max-regions", "Most regions",
    "With region=objects: how many objects of a frame at most, the "
    "largest first",
    GST_MOBILENET_UINT (1, GST_MOBILENET_MAX_REGIONS, 8), .flags = ANY_TIME,
    VALUE (live.max_regions)},
  {"reclassify-interval", "Interval of objects",
    "With region=objects: for how many frames a tracked object keeps "
    "its class while its box stays about where it is",
    GST_MOBILENET_UINT (0, G_MAXINT, 10), .flags = ANY_TIME,
    VALUE (live.reclassify_interval)},
};

/* What is read only. */
enum
{
  PROP_ACTIVE_BACKEND = G_N_ELEMENTS (params) + 1,
  PROP_ACTIVE_DEVICE,
  PROP_STATS
};

static void
install_status (GObjectClass *class)
{
  g_object_class_install_property (class, PROP_ACTIVE_BACKEND,
      g_param_spec_string ("active-backend", "Active backend",
          "What computes now (NULL before the first start)", NULL, READ_ONLY));
  g_object_class_install_property (class, PROP_ACTIVE_DEVICE,
      g_param_spec_string ("active-device", "Active device",
          "The name of the device that computes now", NULL, READ_ONLY));
  g_object_class_install_property (class, PROP_STATS,
      g_param_spec_boxed ("stats", "Statistics",
          "Since the start: model, active-backend, active-device, "
          "device-status (how it stands with an OpenCL device, in words), "
          "frames, inferences, skipped (frames without an inference of their "
          "own), latency-p50, latency-p90, latency-p99 and "
          "time-to-first-result in ns",
          GST_TYPE_STRUCTURE, READ_ONLY));
}

void
gst_mobilenet_props_install (GObjectClass *class)
{
  gst_mobilenet_params_install (params, G_N_ELEMENTS (params), class);
  install_status (class);
}

void
gst_mobilenet_props_init (GstMobilenetProps *props)
{
  gst_mobilenet_params_init (params, G_N_ELEMENTS (params), props);
}

void
gst_mobilenet_props_clear (GstMobilenetProps *props)
{
  gst_mobilenet_model_options_clear (&props->model);
}

gboolean
gst_mobilenet_props_set (GstMobilenetProps *props, guint id,
    const GValue *value)
{
  return gst_mobilenet_params_set (params, G_N_ELEMENTS (params), props, id,
      value);
}

gboolean
gst_mobilenet_props_get (const GstMobilenetProps *props, guint id,
    GValue *value)
{
  return gst_mobilenet_params_get (params, G_N_ELEMENTS (params), props, id,
      value);
}

gboolean
gst_mobilenet_props_get_status (const GstMobilenetStatus *status, guint id,
    GValue *value)
{
  switch (id) {
    case PROP_ACTIVE_BACKEND:
      g_value_set_string (value, status->backend);
      return TRUE;
    case PROP_ACTIVE_DEVICE:
      g_value_set_string (value, status->device);
      return TRUE;
    case PROP_STATS:
      g_value_take_boxed (value,
          gst_mobilenet_stats_to_structure (&status->stats, status->model,
              status->backend, status->device, status->device_status));
      return TRUE;
    default:
      return FALSE;
  }
}

void
gst_mobilenet_props_sync (GstObject *object, const GstSegment *segment,
    GstClockTime time)
{
  if (segment->format == GST_FORMAT_TIME)
    time = gst_mobilenet_stream_time (segment, time);
  if (GST_CLOCK_TIME_IS_VALID (time))
    gst_object_sync_values (object, time);
}
