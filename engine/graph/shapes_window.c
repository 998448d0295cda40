/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The validator: operators that move a window over the picture. */

#include "engine/base/advice.h"
#include "engine/graph/validate_internal.h"

/* One axis of a window. */
typedef struct
{
  const gchar *name;
  gint64 in, filter, stride, dilation;
  gint *before, *after; /* the padding: given if explicit, else set */
} Axis;

/* Output size and padding along one axis. SAME is TensorFlow's: as many
 * outputs as strides fit in, the odd pixel of padding behind. */
static gboolean
check_axis (const MnCheck *check, const Axis *axis, MnPadding padding,
    gint64 *out, GError **error)
{
  gint64 window, pad;

  if (axis->filter < 1 || axis->stride < 1 || axis->dilation < 1
      || axis->filter > MN_MAX_WINDOW || axis->stride > MN_MAX_WINDOW
      || axis->dilation > MN_MAX_WINDOW
      || (axis->filter - 1) * axis->dilation + 1 > MN_MAX_WINDOW)
    return mn_check_fail (check, MN_ERROR_INVALID, NULL, error,
        "%s has filter %" G_GINT64_FORMAT ", stride %" G_GINT64_FORMAT
        ", dilation %" G_GINT64_FORMAT,
        axis->name, axis->filter, axis->stride, axis->dilation);
  window = (axis->filter - 1) * axis->dilation + 1;

  switch (padding) {
    case MN_PADDING_VALID:
      *axis->before = *axis->after = 0;
      break;
    case MN_PADDING_SAME:
      *out = (axis->in + axis->stride - 1) / axis->stride;
      pad = MAX ((*out - 1) * axis->stride + window - axis->in, 0);
      *axis->before = pad / 2;
      *axis->after = pad - pad / 2;
      return TRUE;
    case MN_PADDING_EXPLICIT:
      if (*axis->before < 0 || *axis->before > MN_MAX_WINDOW || *axis->after < 0
          || *axis->after > MN_MAX_WINDOW)
        return mn_check_fail (check, MN_ERROR_INVALID, NULL, error,
            "%s has padding %d, %d", axis->name, *axis->before, *axis->after);
      break;
    default:
      return mn_check_fail (check, MN_ERROR_INVALID, NULL, error,
          "no padding has number %d", padding);
  }
  pad = (gint64) *axis->before + *axis->after;
  if (axis->in + pad < window)
    return mn_check_fail (check, MN_ERROR_INVALID, NULL, error,
        "%s %" G_GINT64_FORMAT " with padding %" G_GINT64_FORMAT
        " is less than the filter's %" G_GINT64_FORMAT,
        axis->name, axis->in, pad, window);
  *out = (axis->in + pad - window) / axis->stride + 1;
  return TRUE;
}

static gboolean
check_picture (const MnCheck *check, const MnTensor *x, GError **error)
{
  if (x->rank != 4)
    return mn_check_fail (check, MN_ERROR_INVALID, x, error,
        "an input of rank %u instead of 4", x->rank);
  if (x->dims[0] != 1)
    return mn_check_fail (check, MN_ERROR_UNSUPPORTED, x, error,
        "a batch of %d inside the network is not supported", x->dims[0]);
  return TRUE;
}

static gboolean
check_channels (const MnCheck *check, gint64 *channels, GError **error)
{
  const MnTensor *x = mn_check_input (check, 0);
  const MnTensor *weights = mn_check_input (check, 1);

  if (mn_operator (check->node->op)->weights == MN_WEIGHTS_LAST) {
    *channels = weights->dims[3];
    if (weights->dims[0] == 1 && weights->dims[3] % x->dims[3] == 0)
      return TRUE;
    return mn_check_fail (check, MN_ERROR_INVALID, weights, error,
        "weights %dx%dx%dx%d for %d channels", weights->dims[0],
        weights->dims[1], weights->dims[2], weights->dims[3], x->dims[3]);
  }
  *channels = weights->dims[0];
  if (weights->dims[3] == x->dims[3])
    return TRUE;
  if (x->dims[3] % weights->dims[3] == 0)
    return mn_check_fail (check, MN_ERROR_UNSUPPORTED, weights, error,
        "convolution in groups (%d of %d channels) is not supported: %s",
        weights->dims[3], x->dims[3], mn_advice (MN_ADVICE_FORM, "groups"));
  return mn_check_fail (check, MN_ERROR_INVALID, weights, error,
      "weights for %d channels, the input has %d", weights->dims[3],
      x->dims[3]);
}

gboolean
mn_infer_conv (const MnCheck *check, MnNode *node, MnShape *shape,
    GError **error)
{
  const MnTensor *x = mn_check_input (check, 0);
  const MnTensor *weights = mn_check_input (check, 1);
  const MnTensor *bias = mn_check_input (check, 2);
  const MnTensor *residual = mn_check_input (check, MN_CONV_RESIDUAL);
  MnConvParams *conv = &node->params.conv;
  Axis h, w;
  guint i;

  if (!check_picture (check, x, error))
    return FALSE;
  if (weights->rank != 4)
    return mn_check_fail (check, MN_ERROR_INVALID, weights, error,
        "weights of rank %u instead of 4", weights->rank);
  h = (Axis) {"height", x->dims[1], weights->dims[1], conv->stride_h,
    conv->dilation_h, &conv->pad_top, &conv->pad_bottom};
  w = (Axis) {"width", x->dims[2], weights->dims[2], conv->stride_w,
    conv->dilation_w, &conv->pad_left, &conv->pad_right};
  shape->rank = 4;
  shape->dims[0] = 1;
  if (!check_channels (check, &shape->dims[3], error)
      || !check_axis (check, &h, conv->padding, &shape->dims[1], error)
      || !check_axis (check, &w, conv->padding, &shape->dims[2], error))
    return FALSE;
  if (bias && bias->n_elements != (gsize) shape->dims[3])
    return mn_check_fail (check, MN_ERROR_INVALID, bias, error,
        "%" G_GSIZE_FORMAT " biases for %" G_GINT64_FORMAT " channels",
        bias->n_elements, shape->dims[3]);
  for (i = 0; residual && i < 4; i++) {
    if (residual->rank != 4 || residual->dims[i] != shape->dims[i])
      return mn_check_fail (check, MN_ERROR_INVALID, residual, error,
          "a residual of another shape than the result");
  }
  return TRUE;
}

gboolean
mn_infer_pool (const MnCheck *check, MnNode *node, MnShape *shape,
    GError **error)
{
  const MnTensor *x = mn_check_input (check, 0);
  MnPoolParams *pool = &node->params.pool;
  Axis h, w;

  if (!check_picture (check, x, error))
    return FALSE;
  h = (Axis) {"height", x->dims[1], pool->filter_h, pool->stride_h, 1,
    &pool->pad_top, &pool->pad_bottom};
  w = (Axis) {"width", x->dims[2], pool->filter_w, pool->stride_w, 1,
    &pool->pad_left, &pool->pad_right};
  shape->rank = 4;
  shape->dims[0] = 1;
  shape->dims[3] = x->dims[3];
  if (!check_axis (check, &h, pool->padding, &shape->dims[1], error)
      || !check_axis (check, &w, pool->padding, &shape->dims[2], error))
    return FALSE;
  /* Every window holds at least one pixel, or an average of none. */
  if (pool->pad_top >= pool->filter_h || pool->pad_bottom >= pool->filter_h
      || pool->pad_left >= pool->filter_w || pool->pad_right >= pool->filter_w)
    return mn_check_fail (check, MN_ERROR_INVALID, NULL, error,
        "padding of the filter's size");
  return TRUE;
}
