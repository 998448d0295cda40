/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The validator: operands that must be there, and which types and
 * quantisations an operator is computed in. */

#include "engine/base/advice.h"
#include "engine/graph/validate_internal.h"

static gboolean
refuse_type (const MnCheck *check, const MnTensor *tensor, GError **error)
{
  if (tensor->dtype == MN_DTYPE_I16
      || mn_check_input (check, 0)->dtype == MN_DTYPE_I16)
    return mn_check_fail (check, MN_ERROR_UNSUPPORTED, tensor, error, "%s",
        mn_advice (MN_ADVICE_FORM, "int16"));
  return mn_check_fail (check, MN_ERROR_UNSUPPORTED, tensor, error,
      "type %s is not supported here (with a first input of %s)",
      mn_dtype_name (tensor->dtype),
      mn_dtype_name (mn_check_input (check, 0)->dtype));
}

/* As many inputs and outputs as the operator has. */
static gboolean
check_count (const MnCheck *check, GError **error)
{
  const MnOperator *row = mn_operator (check->node->op);
  const MnNode *node = check->node;
  guint i;

  if (node->n_inputs < row->inputs.least || node->n_inputs > row->inputs.most)
    return mn_check_fail (check, MN_ERROR_INVALID, NULL, error, "%u inputs",
        node->n_inputs);
  if (node->n_outputs < row->outputs.least
      || node->n_outputs > row->outputs.most)
    return mn_check_fail (check, MN_ERROR_INVALID, NULL, error, "%u outputs",
        node->n_outputs);
  for (i = 0; i < MIN (row->inputs.needed, node->n_inputs); i++) {
    if (node->inputs[i] < 0)
      return mn_check_fail (check, MN_ERROR_INVALID, NULL, error,
          "input %u is left out", i);
  }
  return TRUE;
}

static gboolean
check_activation (const MnCheck *check, GError **error)
{
  MnActivation activation = check->node->activation;

  if ((guint) activation > MN_ACT_SIGMOID)
    return mn_check_fail (check, MN_ERROR_INVALID, NULL, error,
        "no activation has number %d", activation);
  if (activation > MN_ACT_RELU_N1_TO_1
      && mn_check_output (check)->dtype != MN_DTYPE_F32)
    return mn_check_fail (check, MN_ERROR_UNSUPPORTED, NULL, error,
        "fused activation %s in integers is not supported",
        mn_activation_name (activation));
  return TRUE;
}

/* Float activations; weights in any form that becomes float. */
static gboolean
check_float_weights (const MnCheck *check, guint axis, GError **error)
{
  const MnTensor *weights = mn_check_input (check, 1);
  const MnTensor *bias = mn_check_input (check, 2);
  const MnTensor *residual = mn_check_input (check, MN_CONV_RESIDUAL);
  const MnTensor *output = mn_check_output (check);

  if (mn_tensor_is_bytes (weights)) {
    if (!mn_check_weights_quant (check, weights, axis, error))
      return FALSE;
  } else if (weights->dtype != MN_DTYPE_F32 && weights->dtype != MN_DTYPE_F16) {
    return refuse_type (check, weights, error);
  }
  if (bias && bias->dtype != MN_DTYPE_F32 && bias->dtype != MN_DTYPE_F16)
    return refuse_type (check, bias, error);
  if (residual && residual->dtype != MN_DTYPE_F32)
    return refuse_type (check, residual, error);
  if (output->dtype != MN_DTYPE_F32)
    return refuse_type (check, output, error);
  return TRUE;
}

static gboolean
check_int_weights (const MnCheck *check, guint axis, GError **error)
{
  const MnTensor *x = mn_check_input (check, 0);
  const MnTensor *weights = mn_check_input (check, 1);
  const MnTensor *bias = mn_check_input (check, 2);
  const MnTensor *residual = mn_check_input (check, MN_CONV_RESIDUAL);
  const MnTensor *output = mn_check_output (check);
  guint i;

  if (weights->dtype != x->dtype || !weights->data)
    return refuse_type (check, weights, error);
  if (bias && (bias->dtype != MN_DTYPE_I32 || !bias->data))
    return refuse_type (check, bias, error);
  if (residual)
    return refuse_type (check, residual, error);
  if (output->dtype != x->dtype)
    return refuse_type (check, output, error);
  if (!mn_check_per_tensor (check, x, error)
      || !mn_check_per_tensor (check, output, error)
      || !mn_check_weights_quant (check, weights, axis, error))
    return FALSE;
  if (x->dtype == MN_DTYPE_U8 && weights->quant.n != 1)
    return mn_check_fail (check, MN_ERROR_UNSUPPORTED, weights, error,
        "uint8 weights with a scale a channel are not supported");
  for (i = 0; x->dtype == MN_DTYPE_I8 && i < weights->quant.n; i++) {
    if (weights->quant.zero_point[i] != 0)
      return mn_check_fail (check, MN_ERROR_UNSUPPORTED, weights, error,
          "int8 weights with zero point %" G_GINT64_FORMAT
          " are not supported (0 is)",
          weights->quant.zero_point[i]);
  }
  return mn_check_bias_quant (check, error);
}

gboolean
mn_check_weighted (const MnCheck *check, GError **error)
{
  const MnTensor *x = mn_check_input (check, 0);
  guint axis = mn_operator (check->node->op)->weights == MN_WEIGHTS_LAST ? 3
                                                                         : 0;
  guint i;

  for (i = 1; i <= 2 && i < check->node->n_inputs; i++) {
    if (check->node->inputs[i] >= 0 && !mn_check_is_fixed (check, i))
      return mn_check_fail (check, MN_ERROR_UNSUPPORTED,
          mn_check_input (check, i), error,
          "%s that the network computes are not supported (constants are)",
          i == 1 ? "weights" : "biases");
  }
  if (x->dtype == MN_DTYPE_F32)
    return check_float_weights (check, axis, error);
  if (mn_tensor_is_bytes (x))
    return check_int_weights (check, axis, error);
  return refuse_type (check, x, error);
}

gboolean
mn_check_operands (const MnCheck *check, GError **error)
{
  const MnTensor *x = mn_check_input (check, 0);
  guint n_operands = mn_operator (check->node->op)->inputs.operands, i;

  if (x->dtype != MN_DTYPE_F32 && !mn_tensor_is_bytes (x))
    return refuse_type (check, x, error);
  for (i = 0; i <= n_operands; i++) {
    const MnTensor *tensor = i < n_operands ? mn_check_input (check, i)
                                            : mn_check_output (check);

    if (tensor->dtype != x->dtype)
      return refuse_type (check, tensor, error);
    if (mn_tensor_is_bytes (tensor)
        && !mn_check_per_tensor (check, tensor, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
mn_check_moved (const MnCheck *check, GError **error)
{
  const MnTensor *x = mn_check_input (check, 0);
  const MnTensor *output = mn_check_output (check);

  if (output->dtype != x->dtype)
    return refuse_type (check, output, error);
  if (mn_check_is_fixed (check, 0) || x->dtype == MN_DTYPE_F32)
    return TRUE;
  if (!mn_tensor_is_bytes (x))
    return refuse_type (check, x, error);
  return mn_check_per_tensor (check, x, error)
      && mn_check_per_tensor (check, output, error);
}

gboolean
mn_check_quantize (const MnCheck *check, GError **error)
{
  const MnTensor *x = mn_check_input (check, 0);
  const MnTensor *output = mn_check_output (check);

  if (x->dtype != MN_DTYPE_F32 && !mn_tensor_is_bytes (x))
    return refuse_type (check, x, error);
  if (!mn_tensor_is_bytes (output))
    return refuse_type (check, output, error);
  return (!mn_tensor_is_bytes (x) || mn_check_per_tensor (check, x, error))
      && mn_check_per_tensor (check, output, error);
}

gboolean
mn_check_dequantize (const MnCheck *check, GError **error)
{
  const MnTensor *x = mn_check_input (check, 0);
  const MnTensor *output = mn_check_output (check);

  if (output->dtype != MN_DTYPE_F32)
    return refuse_type (check, output, error);
  if (x->dtype == MN_DTYPE_F16 && mn_check_is_fixed (check, 0))
    return TRUE;
  if (!mn_tensor_is_bytes (x))
    return refuse_type (check, x, error);
  /* Weights may have a scale a slice; the axis is then the data's own. */
  if (mn_check_is_fixed (check, 0))
    return mn_check_weights_quant (check, x, x->quant.axis, error);
  return mn_check_per_tensor (check, x, error);
}

static gboolean
check_all_of (const MnCheck *check, MnDType dtype, GError **error)
{
  guint i;

  for (i = 0; i <= check->node->n_inputs; i++) {
    const MnTensor *tensor = i < check->node->n_inputs
        ? mn_check_input (check, i)
        : mn_check_output (check);

    if (tensor->dtype != dtype)
      return refuse_type (check, tensor, error);
  }
  return TRUE;
}

/* Of shapes it is folded; of pictures it is no part of a network. */
gboolean
mn_check_strided_slice (const MnCheck *check, GError **error)
{
  const MnTensor *x = mn_check_input (check, 0);
  const MnTensor *strides = mn_check_input (check, 3);
  gboolean turns = FALSE;
  gsize i;

  if (x->dtype == MN_DTYPE_I32)
    return check_all_of (check, MN_DTYPE_I32, error);
  for (i = 0; strides->data && strides->dtype == MN_DTYPE_I32
      && i < strides->n_elements;
      i++)
    turns |= ((const gint32 *) strides->data)[i] < 0;
  return mn_check_fail (check, MN_ERROR_UNSUPPORTED, x, error,
      "slices of %s are not supported: %s", mn_dtype_name (x->dtype),
      mn_advice (MN_ADVICE_FORM, turns ? "order" : "crop"));
}

gboolean
mn_check_shape_op (const MnCheck *check, GError **error)
{
  const MnTensor *output = mn_check_output (check);

  return output->dtype == MN_DTYPE_I32 || refuse_type (check, output, error);
}

gboolean
mn_check_indices_only (const MnCheck *check, GError **error)
{
  return check_all_of (check, MN_DTYPE_I32, error);
}

gboolean
mn_check_floats (const MnCheck *check, GError **error)
{
  return check_all_of (check, MN_DTYPE_F32, error);
}

gboolean
mn_check_squeeze_excite (const MnCheck *check, GError **error)
{
  guint i;

  for (i = 1; i < check->node->n_inputs; i++) {
    if (!mn_check_is_fixed (check, i))
      return refuse_type (check, mn_check_input (check, i), error);
  }
  return check_all_of (check, MN_DTYPE_F32, error);
}

/* What the operator leaves no choice of; whether there is a scale was
 * checked. */
static gboolean
check_result_quant (const MnCheck *check, GError **error)
{
  if (!mn_tensor_is_bytes (mn_check_output (check))
      || (check->state[check->node->outputs[0]] & MN_STATE_FIXED))
    return TRUE;
  switch (mn_operator (check->node->op)->quantised) {
    case MN_QUANTISED_SAME:
      return mn_check_same_quant (check, error);
    case MN_QUANTISED_UNIT:
      return mn_check_unit_quant (check, error);
    default:
      return TRUE;
  }
}

gboolean
mn_check_types (const MnCheck *check, GError **error)
{
  return check_count (check, error) && check_activation (check, error)
      && mn_operator (check->node->op)->check (check, error)
      && check_result_quant (check, error);
}
