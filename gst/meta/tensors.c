/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/meta/tensors.h"

#ifdef HAVE_GST_TENSORS

#include <gst/analytics/analytics.h>

#include <float.h>
#include <math.h>

static GstTensor *
make_tensor (const gchar *id, GstBuffer *data, guint n)
{
  gsize dims[2] = {1, n};

  return gst_tensor_new_simple (g_quark_from_static_string (id),
      GST_TENSOR_DATA_TYPE_FLOAT32, data, GST_TENSOR_DIM_ORDER_ROW_MAJOR, 2,
      dims);
}

/* Values whose softmax are the scores. */
static GstBuffer *
make_logits (const gfloat *scores, guint n)
{
  gfloat *logits = g_new (gfloat, n);
  guint i;

  for (i = 0; i < n; i++)
    logits[i] = logf (MAX (scores[i], FLT_MIN));
  return gst_buffer_new_wrapped (logits, n * sizeof (gfloat));
}

gboolean
gst_mobilenet_tensors_are_known (void)
{
  return TRUE;
}

/* size bytes that the result holds. */
static GstBuffer *
wrap (MnResult *result, gconstpointer data, gsize size)
{
  return gst_buffer_new_wrapped_full (GST_MEMORY_FLAG_READONLY, (gpointer) data,
      size, 0, size, mn_result_ref (result), (GDestroyNotify) mn_result_unref);
}

/* NULL: of a type that networks do not end with. */
static GstTensor *
make_output (MnResult *result, guint i)
{
  const MnTensorView *view = mn_result_get_output (result, i);
  g_autofree gchar *id = g_strdup_printf (GST_MOBILENET_TENSOR_OUTPUT, i);
  gsize dims[MN_MAX_RANK];
  GstTensorDataType type;
  guint d;

  switch (view->dtype) {
    case MN_DTYPE_F32:
      type = GST_TENSOR_DATA_TYPE_FLOAT32;
      break;
    case MN_DTYPE_U8:
      type = GST_TENSOR_DATA_TYPE_UINT8;
      break;
    case MN_DTYPE_I8:
      type = GST_TENSOR_DATA_TYPE_INT8;
      break;
    default:
      return NULL;
  }
  for (d = 0; d < view->rank; d++)
    dims[d] = view->dims[d];
  return gst_tensor_new_simple (g_quark_from_string (id), type,
      wrap (result, view->data, view->size), GST_TENSOR_DIM_ORDER_ROW_MAJOR,
      view->rank, dims);
}

void
gst_mobilenet_tensors_attach (GstBuffer *buffer, MnResult *result)
{
  guint n, n_outputs = mn_result_get_n_outputs (result), n_tensors = 2, i;
  const gfloat *scores = mn_result_get_scores (result, &n);
  GstTensor **tensors = g_new (GstTensor *, 2 + n_outputs);

  tensors[0] = make_tensor (GST_MOBILENET_TENSOR_SCORES,
      wrap (result, scores, n * sizeof (gfloat)), n);
  tensors[1] = make_tensor (GST_MOBILENET_TENSOR_LOGITS,
      make_logits (scores, n), n);
  for (i = 0; i < n_outputs && n_outputs > 1; i++) {
    GstTensor *tensor = make_output (result, i);

    if (tensor)
      tensors[n_tensors++] = tensor;
  }
  gst_tensor_meta_set (gst_buffer_add_tensor_meta (buffer), n_tensors, tensors);
}

#else

gboolean
gst_mobilenet_tensors_are_known (void)
{
  return FALSE;
}

void
gst_mobilenet_tensors_attach (GstBuffer *buffer, MnResult *result)
{
}

#endif

/* ---- caps ------------------------------------------------------------ */

#if defined(HAVE_GST_TENSORS) && GST_CHECK_VERSION(1, 28, 0)

#define GROUP(id) \
  id "=(/uniquelist){(GstCaps)[tensor/strided,tensor-id=" id \
     ",dims=<(int)1,%s>,dims-order=(string)row-major,type=(string)float32;]}"

#define GROUPS \
  GROUP (GST_MOBILENET_TENSOR_LOGITS) \
  "," GROUP (GST_MOBILENET_TENSOR_SCORES)

static const gchar *const ids[] = {
  GST_MOBILENET_TENSOR_LOGITS, GST_MOBILENET_TENSOR_SCORES};

/* The field `tensors` of caps with ours in it. Free with
 * gst_structure_free. */
static GstStructure *
make_tensors (guint n_classes)
{
  g_autofree gchar *classes = n_classes > 0
      ? g_strdup_printf ("(int)%u", n_classes)
      : g_strdup ("(int)[1,max]");
  g_autofree gchar
      *text = g_strdup_printf ("video/x-raw,"
                               "tensors=(structure)[tensorgroups," GROUPS "]",
          classes, classes);
  g_autoptr (GstCaps) caps = gst_caps_from_string (text);
  GstStructure *tensors = NULL;

  gst_structure_get (gst_caps_get_structure (caps, 0), "tensors",
      GST_TYPE_STRUCTURE, &tensors, NULL);
  return tensors;
}

static gboolean
add_tensors (GstCapsFeatures *features, GstStructure *structure, gpointer data)
{
  const GstStructure *ours = data;
  g_autoptr (GstStructure) all = NULL;
  guint i;

  if (!gst_structure_get (structure, "tensors", GST_TYPE_STRUCTURE, &all, NULL))
    all = gst_structure_new_empty (gst_structure_get_name (ours));
  for (i = 0; i < G_N_ELEMENTS (ids); i++)
    gst_structure_set_value (all, ids[i],
        gst_structure_get_value (ours, ids[i]));
  gst_structure_set (structure, "tensors", GST_TYPE_STRUCTURE, all, NULL);
  return TRUE;
}

static gboolean
remove_tensors (GstCapsFeatures *features, GstStructure *structure,
    gpointer data)
{
  g_autoptr (GstStructure) all = NULL;
  guint i;

  if (!gst_structure_get (structure, "tensors", GST_TYPE_STRUCTURE, &all, NULL))
    return TRUE;
  for (i = 0; i < G_N_ELEMENTS (ids); i++)
    gst_structure_remove_field (all, ids[i]);
  if (gst_structure_n_fields (all) > 0)
    gst_structure_set (structure, "tensors", GST_TYPE_STRUCTURE, all, NULL);
  else
    gst_structure_remove_field (structure, "tensors");
  return TRUE;
}

GstCaps *
gst_mobilenet_tensors_transform_caps (GstPadDirection direction, GstCaps *caps,
    guint n_classes)
{
  g_autoptr (GstStructure) ours = make_tensors (n_classes);
  GstCaps *result = gst_caps_copy (caps);

  gst_caps_map_in_place (result,
      direction == GST_PAD_SINK ? add_tensors : remove_tensors, ours);
  return result;
}

#else

GstCaps *
gst_mobilenet_tensors_transform_caps (GstPadDirection direction, GstCaps *caps,
    guint n_classes)
{
  return gst_caps_ref (caps);
}

#endif
