/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/mobilenet/props.h"

#include "gst/meta/result.h"
#include "gst/mobilenet/regions.h"
#include "gst/video/segmenttime.h"

enum
{
  PROP_0,
  PROP_MODEL_FILE,
  PROP_LABELS_FILE,
  PROP_BACKEND,
  PROP_DEVICE,
  PROP_PRECISION,
  PROP_THREADS,
  PROP_ENABLED,
  PROP_TOP_K,
  PROP_THRESHOLD,
  PROP_SCHEDULE,
  PROP_MAX_AGE,
  PROP_INTERVAL,
  PROP_MAX_RATE,
  PROP_QOS,
  PROP_SMOOTHING,
  PROP_FIT,
  PROP_ORIENTATION,
  PROP_MEAN,
  PROP_STD,
  PROP_POST_MESSAGES,
  PROP_ATTACH_TENSORS,
  PROP_REGION,
  PROP_MAX_REGIONS,
  PROP_RECLASSIFY_INTERVAL,
  PROP_ACTIVE_BACKEND,
  PROP_ACTIVE_DEVICE,
  PROP_STATS
};

#define DEFAULT_BACKEND GST_MOBILENET_BACKEND_AUTO
#define DEFAULT_PRECISION MN_PRECISION_AUTO
#define DEFAULT_THREADS 0
#define DEFAULT_ENABLED TRUE
#define DEFAULT_TOP_K 5
#define DEFAULT_THRESHOLD 0.1f
#define DEFAULT_SCHEDULE GST_MOBILENET_SCHEDULE_AUTO
#define DEFAULT_MAX_AGE GST_SECOND
#define DEFAULT_INTERVAL 1
#define DEFAULT_MAX_RATE 0.0
#define DEFAULT_QOS TRUE
#define DEFAULT_SMOOTHING 0.0
#define DEFAULT_FIT MN_FIT_CROP
#define DEFAULT_ORIENTATION GST_MOBILENET_ORIENTATION_AUTO
#define DEFAULT_POST_MESSAGES GST_MOBILENET_MESSAGES_CHANGES
#define DEFAULT_REGION GST_MOBILENET_REGION_FRAME
#define DEFAULT_MAX_REGIONS 8
#define DEFAULT_RECLASSIFY_INTERVAL 10

#define MAX_THREADS 256

void
gst_mobilenet_props_init (GstMobilenetProps *props)
{
  props->model.backend = DEFAULT_BACKEND;
  props->model.precision = DEFAULT_PRECISION;
  props->model.threads = DEFAULT_THREADS;
  props->schedule = DEFAULT_SCHEDULE;
  props->qos = DEFAULT_QOS;
  props->fit = DEFAULT_FIT;
  props->orientation = DEFAULT_ORIENTATION;
  props->live.enabled = DEFAULT_ENABLED;
  props->live.show.top_k = DEFAULT_TOP_K;
  props->live.show.threshold = DEFAULT_THRESHOLD;
  props->live.interval = DEFAULT_INTERVAL;
  props->live.show.messages = DEFAULT_POST_MESSAGES;
  props->live.region = DEFAULT_REGION;
  props->live.max_regions = DEFAULT_MAX_REGIONS;
  props->live.reclassify_interval = DEFAULT_RECLASSIFY_INTERVAL;
  props->live.show.max_age = DEFAULT_MAX_AGE;
  props->live.show.smoothing = DEFAULT_SMOOTHING;
  props->live.max_rate = DEFAULT_MAX_RATE;
  props->live.depth = 0;
}

void
gst_mobilenet_props_clear (GstMobilenetProps *props)
{
  gst_mobilenet_model_options_clear (&props->model);
}

#define ANY_TIME \
  (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING)
#define CONTROLLABLE (ANY_TIME | GST_PARAM_CONTROLLABLE)
#define AT_START \
  (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY)
#define READ_ONLY (G_PARAM_READABLE | G_PARAM_STATIC_STRINGS)

static void
install_model (GObjectClass *class)
{
  g_object_class_install_property (class, PROP_MODEL_FILE,
      g_param_spec_string ("model-file", "Model file",
          "The network, a .tflite file (NULL: the bundled demo model, which "
          "tells how a camera's picture is). Set while playing, the new one "
          "is loaded in the background and takes over between two frames; "
          "when it cannot be used, a warning says why and the old one stays. "
          "The same holds for labels-file, backend, device, precision and "
          "threads",
          NULL, ANY_TIME));
  g_object_class_install_property (class, PROP_LABELS_FILE,
      g_param_spec_string ("labels-file", "Labels file",
          "One label a line, with its number in front or not; or JSON, a "
          "label map, a table (NULL: the labels inside the model, else "
          "<model>.labels, labels.txt, labelmap.txt or the like beside it, "
          "else the class index)",
          NULL, ANY_TIME));
  g_object_class_install_property (class, PROP_BACKEND,
      g_param_spec_enum ("backend", "Backend", "What computes",
          GST_TYPE_MOBILENET_BACKEND, DEFAULT_BACKEND, ANY_TIME));
  g_object_class_install_property (class, PROP_DEVICE,
      g_param_spec_string ("device", "Device",
          "OpenCL device: its index or part of its name (NULL: any)", NULL,
          ANY_TIME));
  g_object_class_install_property (class, PROP_PRECISION,
      g_param_spec_enum ("precision", "Precision",
          "Arithmetic for models of floats", GST_TYPE_MOBILENET_PRECISION,
          DEFAULT_PRECISION, ANY_TIME));
  g_object_class_install_property (class, PROP_THREADS,
      g_param_spec_uint ("threads", "Threads",
          "Threads of the CPU backend (0: as many as the process may use CPUs "
          "at the start, by its affinity, cpuset and quota)",
          0, MAX_THREADS, DEFAULT_THREADS, ANY_TIME));
  g_object_class_install_property (class, PROP_FIT,
      g_param_spec_enum ("fit", "Fit",
          "How a frame becomes the network's square", GST_TYPE_MOBILENET_FIT,
          DEFAULT_FIT, ANY_TIME));
  g_object_class_install_property (class, PROP_ORIENTATION,
      g_param_spec_enum ("orientation", "Orientation",
          "Which word on the picture's orientation counts",
          GST_TYPE_MOBILENET_ORIENTATION, DEFAULT_ORIENTATION, ANY_TIME));
  g_object_class_install_property (class, PROP_MEAN,
      g_param_spec_string ("mean", "Mean",
          "Subtracted from pixels of 0..255: \"127.5\", or a value a channel "
          "as in \"123.7,116.3,103.5\" (NULL: the model's)",
          NULL, ANY_TIME));
  g_object_class_install_property (class, PROP_STD,
      g_param_spec_string ("std", "Standard deviation",
          "What pixels are divided by, once the mean is off; as mean "
          "(NULL: the model's)",
          NULL, ANY_TIME));
}

static void
install_pace (GObjectClass *class)
{
  g_object_class_install_property (class, PROP_SCHEDULE,
      g_param_spec_enum ("schedule", "Schedule",
          "Which frames are classified, and whether buffers wait for it",
          GST_TYPE_MOBILENET_SCHEDULE, DEFAULT_SCHEDULE, ANY_TIME));
  g_object_class_install_property (class, PROP_MAX_AGE,
      g_param_spec_uint64 ("max-age", "Maximum age",
          "A result of an earlier frame is attached until the next one can be "
          "there; where frames cannot be classified, so many nanoseconds "
          "beyond that (0: until there is another)",
          0, G_MAXUINT64, DEFAULT_MAX_AGE, ANY_TIME));
  g_object_class_install_property (class, PROP_INTERVAL,
      g_param_spec_uint ("interval", "Interval",
          "Classify every n-th frame only; the others carry the newest "
          "result, with its age and fresh=false",
          1, G_MAXINT, DEFAULT_INTERVAL, CONTROLLABLE));
  g_object_class_install_property (class, PROP_MAX_RATE,
      g_param_spec_double ("max-rate", "Maximum rate",
          "Classify at most so many frames a second of running time, to save "
          "battery or heat (0: no bound)",
          0.0, 1000000.0, DEFAULT_MAX_RATE, CONTROLLABLE));
}

/* In place of the base class's, which would drop frames, and stays off. */
static void
install_qos (GObjectClass *class)
{
  g_object_class_install_property (class, PROP_QOS,
      g_param_spec_boolean ("qos", "QoS",
          "Let frames go without an inference of their own when downstream "
          "says that they are late; frames themselves are never dropped",
          DEFAULT_QOS, ANY_TIME));
}

static void
install_results (GObjectClass *class)
{
  g_object_class_install_property (class, PROP_ENABLED,
      g_param_spec_boolean ("enabled", "Enabled",
          "Classify; otherwise frames pass untouched, at no cost",
          DEFAULT_ENABLED, CONTROLLABLE));
  g_object_class_install_property (class, PROP_TOP_K,
      g_param_spec_uint ("top-k", "Top k",
          "How many classes are attached at most", 1, GST_MOBILENET_MAX_CLASSES,
          DEFAULT_TOP_K, CONTROLLABLE));
  g_object_class_install_property (class, PROP_THRESHOLD,
      g_param_spec_float ("threshold", "Threshold",
          "From what confidence on a class is attached", 0.0f, 1.0f,
          DEFAULT_THRESHOLD, CONTROLLABLE));
  install_pace (class);
  install_qos (class);
  g_object_class_install_property (class, PROP_SMOOTHING,
      g_param_spec_double ("smoothing", "Smoothing",
          "Time constant in seconds of an exponential smoothing of the "
          "probabilities, in running time (0: none). The best class then "
          "changes only once another is ahead clearly or for long, and is "
          "listed first until it does",
          0.0, 3600.0, DEFAULT_SMOOTHING, CONTROLLABLE));
  g_object_class_install_property (class, PROP_POST_MESSAGES,
      g_param_spec_enum ("post-messages", "Post messages",
          "When to post an element message mobilenet-result. While many of "
          "them wait to be read, only the newest one is kept",
          GST_TYPE_MOBILENET_MESSAGES, DEFAULT_POST_MESSAGES, ANY_TIME));
  g_object_class_install_property (class, PROP_ATTACH_TENSORS,
      g_param_spec_boolean ("attach-tensors", "Attach tensors",
          "Also attach the probabilities of all classes as GstTensorMeta, for "
          "GStreamer's tensor decoders, and each output of a network with "
          "several (GStreamer 1.26 and newer; before, a warning message says "
          "that there is no such thing)",
          FALSE, AT_START));
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

static void
install_regions (GObjectClass *class)
{
  g_object_class_install_property (class, PROP_REGION,
      g_param_spec_enum ("region", "Region",
          "What is classified: the frame, or each object that elements before "
          "this one found",
          GST_TYPE_MOBILENET_REGION, DEFAULT_REGION, ANY_TIME));
  g_object_class_install_property (class, PROP_MAX_REGIONS,
      g_param_spec_uint ("max-regions", "Most regions",
          "With region=objects: how many objects of a frame at most, the "
          "largest first",
          1, GST_MOBILENET_MAX_REGIONS, DEFAULT_MAX_REGIONS, ANY_TIME));
  g_object_class_install_property (class, PROP_RECLASSIFY_INTERVAL,
      g_param_spec_uint ("reclassify-interval", "Interval of objects",
          "With region=objects: for how many frames a tracked object keeps "
          "its class while its box stays about where it is",
          0, G_MAXINT, DEFAULT_RECLASSIFY_INTERVAL, ANY_TIME));
}

void
gst_mobilenet_props_install (GObjectClass *class)
{
  install_model (class);
  install_results (class);
  install_regions (class);
}

/* An empty text is as good as none. */
static void
take_string (gchar **string, const GValue *value)
{
  const gchar *text = g_value_get_string (value);

  g_free (*string);
  *string = text && text[0] ? g_strdup (text) : NULL;
}

static gboolean
set_model (GstMobilenetModelOptions *model, guint id, const GValue *value)
{
  switch (id) {
    case PROP_MODEL_FILE:
      take_string (&model->model_file, value);
      return TRUE;
    case PROP_LABELS_FILE:
      take_string (&model->labels_file, value);
      return TRUE;
    case PROP_BACKEND:
      model->backend = g_value_get_enum (value);
      return TRUE;
    case PROP_DEVICE:
      take_string (&model->device, value);
      return TRUE;
    case PROP_PRECISION:
      model->precision = g_value_get_enum (value);
      return TRUE;
    case PROP_THREADS:
      model->threads = g_value_get_uint (value);
      return TRUE;
    default:
      return FALSE;
  }
}

gboolean
gst_mobilenet_props_set (GstMobilenetProps *props, guint id,
    const GValue *value)
{
  if (set_model (&props->model, id, value)) {
    props->model_changed = TRUE;
    return TRUE;
  }
  switch (id) {
    case PROP_ENABLED:
      props->live.enabled = g_value_get_boolean (value);
      return TRUE;
    case PROP_TOP_K:
      props->live.show.top_k = g_value_get_uint (value);
      return TRUE;
    case PROP_THRESHOLD:
      props->live.show.threshold = g_value_get_float (value);
      return TRUE;
    case PROP_SCHEDULE:
      props->schedule = g_value_get_enum (value);
      return TRUE;
    case PROP_MAX_AGE:
      props->live.show.max_age = g_value_get_uint64 (value);
      return TRUE;
    case PROP_INTERVAL:
      props->live.interval = g_value_get_uint (value);
      return TRUE;
    case PROP_MAX_RATE:
      props->live.max_rate = g_value_get_double (value);
      return TRUE;
    case PROP_QOS:
      props->qos = g_value_get_boolean (value);
      return TRUE;
    case PROP_SMOOTHING:
      props->live.show.smoothing = g_value_get_double (value);
      return TRUE;
    case PROP_FIT:
      props->fit = g_value_get_enum (value);
      break;
    case PROP_ORIENTATION:
      props->orientation = g_value_get_enum (value);
      return TRUE;
    case PROP_MEAN:
      take_string (&props->model.mean, value);
      break;
    case PROP_STD:
      take_string (&props->model.std, value);
      break;
    case PROP_POST_MESSAGES:
      props->live.show.messages = g_value_get_enum (value);
      return TRUE;
    case PROP_ATTACH_TENSORS:
      props->live.show.tensors = g_value_get_boolean (value);
      return TRUE;
    case PROP_REGION:
      props->live.region = g_value_get_enum (value);
      return TRUE;
    case PROP_MAX_REGIONS:
      props->live.max_regions = g_value_get_uint (value);
      return TRUE;
    case PROP_RECLASSIFY_INTERVAL:
      props->live.reclassify_interval = g_value_get_uint (value);
      return TRUE;
    default:
      return FALSE;
  }
  props->input_changed = TRUE;
  return TRUE;
}

gboolean
gst_mobilenet_props_get (const GstMobilenetProps *props, guint id,
    GValue *value)
{
  switch (id) {
    case PROP_MODEL_FILE:
      g_value_set_string (value, props->model.model_file);
      return TRUE;
    case PROP_LABELS_FILE:
      g_value_set_string (value, props->model.labels_file);
      return TRUE;
    case PROP_BACKEND:
      g_value_set_enum (value, props->model.backend);
      return TRUE;
    case PROP_DEVICE:
      g_value_set_string (value, props->model.device);
      return TRUE;
    case PROP_PRECISION:
      g_value_set_enum (value, props->model.precision);
      return TRUE;
    case PROP_THREADS:
      g_value_set_uint (value, props->model.threads);
      return TRUE;
    case PROP_ENABLED:
      g_value_set_boolean (value, props->live.enabled);
      return TRUE;
    case PROP_TOP_K:
      g_value_set_uint (value, props->live.show.top_k);
      return TRUE;
    case PROP_THRESHOLD:
      g_value_set_float (value, props->live.show.threshold);
      return TRUE;
    case PROP_SCHEDULE:
      g_value_set_enum (value, props->schedule);
      return TRUE;
    case PROP_MAX_AGE:
      g_value_set_uint64 (value, props->live.show.max_age);
      return TRUE;
    case PROP_INTERVAL:
      g_value_set_uint (value, props->live.interval);
      return TRUE;
    case PROP_MAX_RATE:
      g_value_set_double (value, props->live.max_rate);
      return TRUE;
    case PROP_QOS:
      g_value_set_boolean (value, props->qos);
      return TRUE;
    case PROP_SMOOTHING:
      g_value_set_double (value, props->live.show.smoothing);
      return TRUE;
    case PROP_FIT:
      g_value_set_enum (value, props->fit);
      return TRUE;
    case PROP_ORIENTATION:
      g_value_set_enum (value, props->orientation);
      return TRUE;
    case PROP_MEAN:
      g_value_set_string (value, props->model.mean);
      return TRUE;
    case PROP_STD:
      g_value_set_string (value, props->model.std);
      return TRUE;
    case PROP_POST_MESSAGES:
      g_value_set_enum (value, props->live.show.messages);
      return TRUE;
    case PROP_ATTACH_TENSORS:
      g_value_set_boolean (value, props->live.show.tensors);
      return TRUE;
    case PROP_REGION:
      g_value_set_enum (value, props->live.region);
      return TRUE;
    case PROP_MAX_REGIONS:
      g_value_set_uint (value, props->live.max_regions);
      return TRUE;
    case PROP_RECLASSIFY_INTERVAL:
      g_value_set_uint (value, props->live.reclassify_interval);
      return TRUE;
    default:
      return FALSE;
  }
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
