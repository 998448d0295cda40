/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* attach-tensors: what other elements find on the buffers, and that
 * GStreamer's own decoder says the same as we do. */

#include "tests/gst/testutil.h"

#include <math.h>
#include <string.h>

#include "gst/meta/tensors.h"
#include "tests/gst/tinymodel.h"

#ifdef HAVE_GST_TENSORS
#include <gst/analytics/analytics.h>
#endif

#define CAPS \
  "video/x-raw, format=RGB, width=64, height=48, " \
  "framerate=25/1, colorimetry=1:1:5:1"

/* The element, with what comes behind it. */
static GstHarness *
open_line (const gchar *properties, const gchar *rest)
{
  g_autofree gchar *model = test_path (RGB_MODEL);
  g_autofree gchar
      *line = g_strdup_printf ("mobilenet name=m backend=cpu "
                               "schedule=every-frame model-file=\"%s\" %s %s",
          model, properties, rest);
  GstHarness *h = gst_harness_new_parse (line);

  gst_harness_set_src_caps_str (h, CAPS);
  return h;
}

static GstBuffer *
run_line (GstHarness *h, guint rgb, guint n)
{
  fail_unless_equals_int (gst_harness_push (h,
                              test_frame_new_for_caps (CAPS, rgb,
                                  n * DURATION)),
      GST_FLOW_OK);
  return gst_harness_pull (h);
}

/* Unless it is asked for, caps go through as they are. */
GST_START_TEST (test_off)
{
  GstHarness *h = open_line ("", "");
  GstBuffer *buffer = run_line (h, 0xff0000, 0);
  GstCaps *caps = gst_pad_get_current_caps (h->sinkpad);

  fail_if (gst_structure_has_field (gst_caps_get_structure (caps, 0),
      "tensors"));
  gst_caps_unref (caps);
#ifdef HAVE_GST_TENSORS
  fail_unless (gst_buffer_get_tensor_meta (buffer) == NULL);
#endif
  gst_buffer_unref (buffer);
  gst_harness_teardown (h);
}

GST_END_TEST;

#ifdef HAVE_GST_TENSORS
static void
read_tensor (GstBuffer *buffer, const gchar *id, gfloat values[3])
{
  static const gsize dims[] = {1, 3};
  GstTensorMeta *meta = gst_buffer_get_tensor_meta (buffer);
  const GstTensor *tensor;
  GstMapInfo map;
  gint index;

  fail_unless (meta != NULL);
  index = gst_tensor_meta_get_index_from_id (meta, g_quark_from_string (id));
  fail_unless (index >= 0);
  tensor = meta->tensors[index];
  fail_unless_equals_int (tensor->data_type, GST_TENSOR_DATA_TYPE_FLOAT32);
  fail_unless_equals_int (tensor->num_dims, 2);
  fail_unless (memcmp (tensor->dims, dims, sizeof (dims)) == 0);
  fail_unless (gst_buffer_map (tensor->data, &map, GST_MAP_READ));
  fail_unless_equals_int (map.size, 3 * sizeof (gfloat));
  memcpy (values, map.data, map.size);
  gst_buffer_unmap (tensor->data, &map);
}

static void
check_tensors (GstBuffer *buffer, guint rgb)
{
  gdouble want[3], sum = 0;
  gfloat scores[3], logits[3];
  guint i;

  test_expected (rgb, want);
  read_tensor (buffer, GST_MOBILENET_TENSOR_SCORES, scores);
  read_tensor (buffer, GST_MOBILENET_TENSOR_LOGITS, logits);
  for (i = 0; i < 3; i++)
    sum += exp (logits[i]);
  for (i = 0; i < 3; i++) {
    fail_unless (fabs (scores[i] - want[i]) < 1e-3);
    fail_unless (fabs (exp (logits[i]) / sum - scores[i]) < 1e-6);
  }
}

/* Each frame has them, those between two inferences the newest ones; they
 * outlive the element. */
GST_START_TEST (test_values)
{
  GstHarness *h = open_line ("attach-tensors=true interval=2", "");
  GstBuffer *buffers[3];
  guint i;

  buffers[0] = run_line (h, 0xff0000, 0);
  buffers[1] = run_line (h, 0x00ff00, 1);
  buffers[2] = run_line (h, 0x0000ff, 2);
  gst_harness_teardown (h);
  check_tensors (buffers[0], 0xff0000);
  check_tensors (buffers[1], 0xff0000);
  check_tensors (buffers[2], 0x0000ff);
  for (i = 0; i < 3; i++)
    gst_buffer_unref (buffers[i]);
}

GST_END_TEST;

/* Of two outputs each is there as the network gives it, beside the
 * probabilities of the one that tells classes. */
GST_START_TEST (test_outputs)
{
  g_autoptr (GBytes) model = tiny_model_new_two (RGB_SIZE);
  g_autofree gchar *path = test_write ("two.tflite",
      g_bytes_get_data (model, NULL), g_bytes_get_size (model));
  g_autofree gchar *properties = g_strdup_printf ("attach-tensors=true "
                                                  "model-file=\"%s\"",
      path);
  GstHarness *h = open_line (properties, "");
  GstBuffer *buffer = run_line (h, 0xff0000, 0);
  gfloat seen[3], scores[3];
  guint i;

  gst_harness_teardown (h);
  check_tensors (buffer, 0xff0000);
  read_tensor (buffer, "mobilenet-output-0", seen);
  read_tensor (buffer, "mobilenet-output-1", scores);
  for (i = 0; i < 3; i++)
    fail_unless (fabs (seen[i] - (i == 0 ? 1 : -1)) < 1e-5);
  fail_unless (scores[0] > scores[1] && scores[0] > scores[2]);
  gst_buffer_unref (buffer);
}

GST_END_TEST;
#endif

#if defined(HAVE_GST_TENSORS) && GST_CHECK_VERSION(1, 28, 0)
GST_START_TEST (test_named)
{
  GstHarness *h = open_line ("attach-tensors=true", "");
  GstBuffer *buffer = run_line (h, 0xff0000, 0);
  GstCaps *caps = gst_pad_get_current_caps (h->sinkpad);
  GstStructure *tensors = NULL;

  fail_unless (gst_structure_get (gst_caps_get_structure (caps, 0), "tensors",
      GST_TYPE_STRUCTURE, &tensors, NULL));
  fail_unless (gst_structure_has_name (tensors, "tensorgroups"));
  fail_unless (gst_structure_has_field (tensors, GST_MOBILENET_TENSOR_SCORES));
  gst_structure_free (tensors);
  gst_caps_unref (caps);
  gst_buffer_unref (buffer);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* What upstream names stays; what downstream wants of others is asked for. */
GST_START_TEST (test_other_tensors)
{
  GstCaps *caps = gst_caps_from_string (
      "video/x-raw, format=RGB, "
      "tensors=(structure)[tensorgroups,other=(/uniquelist){(GstCaps)"
      "[tensor/strided,tensor-id=other,dims=<(int)1>]}]");
  GstCaps *behind = gst_mobilenet_tensors_transform_caps (GST_PAD_SINK, caps,
      3);
  GstCaps *before = gst_mobilenet_tensors_transform_caps (GST_PAD_SRC, behind,
      3);
  GstStructure *tensors = NULL;

  gst_structure_get (gst_caps_get_structure (behind, 0), "tensors",
      GST_TYPE_STRUCTURE, &tensors, NULL);
  fail_unless_equals_int (gst_structure_n_fields (tensors), 3);
  gst_structure_free (tensors);
  fail_unless (gst_caps_is_equal (before, caps));
  gst_caps_unref (caps);
  gst_caps_unref (behind);
  gst_caps_unref (before);
}

GST_END_TEST;

/* The best class of the last Cls mtd on the buffer. */
static const gchar *
last_class (GstBuffer *buffer, gdouble *confidence, guint *n)
{
  GstAnalyticsRelationMeta
      *meta = gst_buffer_get_analytics_relation_meta (buffer);
  const gchar *label = NULL;
  gpointer state = NULL;
  GstAnalyticsMtd mtd;

  for (*n = 0; gst_analytics_relation_meta_iterate (meta, &state,
           gst_analytics_cls_mtd_get_mtd_type (), &mtd);
      ++*n) {
    gsize i, length = gst_analytics_cls_mtd_get_length (&mtd);

    *confidence = -1;
    for (i = 0; i < length; i++) {
      gdouble level = gst_analytics_cls_mtd_get_level (&mtd, i);

      if (level > *confidence) {
        *confidence = level;
        label = g_quark_to_string (gst_analytics_cls_mtd_get_quark (&mtd, i));
      }
    }
  }
  return label;
}

GST_START_TEST (test_decoder)
{
  static const guint colours[] = {0xff0000, 0x10f020, 0x0000ff};
  g_autofree gchar *labels = test_path ("labels.txt");
  g_autofree gchar *decoder =
      g_strdup_printf ("! classifiertensordecoder "
                       "class-confidence-threshold=0.1 labels-file=\"%s\"",
          labels);
  GstElementFactory
      *factory = gst_element_factory_find ("classifiertensordecoder");
  GstHarness *h;
  guint i, n;

  if (!factory) {
    g_printerr ("skipped: no classifiertensordecoder "
                "(gstreamer1.0-plugins-bad)\n");
    return;
  }
  gst_object_unref (factory);
  h = open_line ("attach-tensors=true", decoder);
  for (i = 0; i < G_N_ELEMENTS (colours); i++) {
    GstBuffer *buffer = run_line (h, colours[i], i);
    gdouble ours, theirs = 0;

    fail_unless_equals_string (last_class (buffer, &theirs, &n),
        test_get_label (buffer));
    fail_unless_equals_int (n, 2);
    gst_structure_get_double (test_get_result (buffer), "confidence", &ours);
    fail_unless (fabs (ours - theirs) < 1e-5);
    gst_buffer_unref (buffer);
  }
  gst_harness_teardown (h);
}

GST_END_TEST;
#endif

static Suite *
mobilenet_tensors_suite (void)
{
  Suite *suite = suite_create ("mobilenet-tensors");
  TCase *tc = tcase_create ("tensors");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_off);
#ifdef HAVE_GST_TENSORS
  tcase_add_test (tc, test_values);
  tcase_add_test (tc, test_outputs);
#endif
#if defined(HAVE_GST_TENSORS) && GST_CHECK_VERSION(1, 28, 0)
  tcase_add_test (tc, test_named);
  tcase_add_test (tc, test_other_tensors);
  tcase_add_test (tc, test_decoder);
#endif
  return suite;
}

GST_CHECK_MAIN (mobilenet_tensors);
