/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The validator: scales and zero points. */

#include "engine/graph/validate_internal.h"

#include <math.h>

gboolean
mn_check_quant (const MnCheck *check, const MnTensor *tensor, GError **error)
{
  const MnQuant *quant = &tensor->quant;
  gint64 low = tensor->dtype == MN_DTYPE_U8 ? 0 : G_MININT8;
  gint64 high = tensor->dtype == MN_DTYPE_U8 ? G_MAXUINT8 : G_MAXINT8;
  guint i;

  if (tensor->dtype != MN_DTYPE_U8 && tensor->dtype != MN_DTYPE_I8)
    return TRUE;
  for (i = 0; i < quant->n; i++) {
    if (!isfinite (quant->scale[i]) || quant->scale[i] <= 0)
      return mn_check_fail (check, MN_ERROR_INVALID, tensor, error,
          "scale %u is %g", i, quant->scale[i]);
    if (quant->zero_point[i] < low || quant->zero_point[i] > high)
      return mn_check_fail (check, MN_ERROR_INVALID, tensor, error,
          "zero point %u is %" G_GINT64_FORMAT ", out of the range of %s", i,
          quant->zero_point[i], mn_dtype_name (tensor->dtype));
  }
  if (quant->n > 1
      && (quant->axis >= tensor->rank
          || (gint64) quant->n != tensor->dims[quant->axis]))
    return mn_check_fail (check, MN_ERROR_INVALID, tensor, error,
        "%u scales along axis %u do not fit its shape", quant->n, quant->axis);
  return TRUE;
}

gboolean
mn_check_per_tensor (const MnCheck *check, const MnTensor *tensor,
    GError **error)
{
  if (tensor->quant.n == 1)
    return mn_check_quant (check, tensor, error);
  if (tensor->quant.n == 0)
    return mn_check_fail (check, MN_ERROR_INVALID, tensor, error,
        "integers without a scale");
  return mn_check_fail (check, MN_ERROR_UNSUPPORTED, tensor, error,
      "activations with a scale a channel are not supported");
}

gboolean
mn_check_weights_quant (const MnCheck *check, const MnTensor *weights,
    guint axis, GError **error)
{
  if (weights->quant.n == 0)
    return mn_check_fail (check, MN_ERROR_INVALID, weights, error,
        "integer weights without a scale");
  if (weights->quant.n > 1 && weights->quant.axis != axis)
    return mn_check_fail (check, MN_ERROR_UNSUPPORTED, weights, error,
        "scales along axis %u are not supported (axis %u is)",
        weights->quant.axis, axis);
  return mn_check_quant (check, weights, error);
}

/* A bias counts in steps of input times weights: it may differ from that
 * only by what shows in no output step (2 percent of one). */
gboolean
mn_check_bias_quant (const MnCheck *check, GError **error)
{
  const MnTensor *x = mn_check_input (check, 0);
  const MnTensor *weights = mn_check_input (check, 1);
  const MnTensor *bias = mn_check_input (check, 2);
  gdouble step = mn_check_output (check)->quant.scale[0];
  guint i;

  if (!bias || bias->quant.n == 0)
    return TRUE;
  if (bias->quant.n != weights->quant.n && bias->quant.n != 1)
    return mn_check_fail (check, MN_ERROR_INVALID, bias, error,
        "%u scales for weights with %u", bias->quant.n, weights->quant.n);
  for (i = 0; i < weights->quant.n; i++) {
    guint j = bias->quant.n == 1 ? 0 : i;
    gdouble product = (gdouble) x->quant.scale[0] * weights->quant.scale[i];

    /* Written so that a NaN fails. */
    if (!(fabs (bias->quant.scale[j] - product) <= 0.02 * step)
        || bias->quant.zero_point[j] != 0)
      return mn_check_fail (check, MN_ERROR_INVALID, bias, error,
          "scale %u is %g with zero point %" G_GINT64_FORMAT
          ", input and weights give %g",
          i, bias->quant.scale[j], bias->quant.zero_point[j], product);
  }
  return TRUE;
}

gboolean
mn_check_same_quant (const MnCheck *check, GError **error)
{
  const MnTensor *x = mn_check_input (check, 0);
  const MnTensor *output = mn_check_output (check);

  if (x->dtype == MN_DTYPE_F32)
    return TRUE;
  if (fabsf (x->quant.scale[0] - output->quant.scale[0])
          <= 1e-5f * x->quant.scale[0]
      && x->quant.zero_point[0] == output->quant.zero_point[0])
    return TRUE;
  return mn_check_fail (check, MN_ERROR_UNSUPPORTED, output, error,
      "scale %g and zero point %" G_GINT64_FORMAT " that differ from the "
      "input's (%g and %" G_GINT64_FORMAT ") are not supported",
      output->quant.scale[0], output->quant.zero_point[0], x->quant.scale[0],
      x->quant.zero_point[0]);
}

gboolean
mn_check_unit_quant (const MnCheck *check, GError **error)
{
  const MnTensor *output = mn_check_output (check);
  gint64 zero = output->dtype == MN_DTYPE_U8 ? 0 : G_MININT8;

  if (output->dtype == MN_DTYPE_F32)
    return TRUE;
  if (fabsf (output->quant.scale[0] - 1 / 256.f) <= 1e-3f / 256
      && output->quant.zero_point[0] == zero)
    return TRUE;
  return mn_check_fail (check, MN_ERROR_UNSUPPORTED, output, error,
      "scale %g and zero point %" G_GINT64_FORMAT
      " are not supported (1/256 and %" G_GINT64_FORMAT " are)",
      output->quant.scale[0], output->quant.zero_point[0], zero);
}
