/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a model makes of a stream's frames. */

#include "engine/core/internal.h"

/* Frames that are the network's input as it is need no preprocessing. */
static gboolean
check_tensor (const MnModelInfo *info, const MnInput *input, GError **error)
{
  if (input->source.width == info->width
      && input->source.height == info->height)
    return TRUE;
  g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
      "%s: the tensor is %ux%u, the model's input is %ux%u", info->name,
      input->source.width, input->source.height, info->width, info->height);
  return FALSE;
}

gboolean
mn_model_read_input (MnModel *model, const MnInput *input,
    MnPreprocess *preprocess, GError **error)
{
  const MnModelInfo *info = mn_model_get_info (model);
  const MnGraph *graph = mn_model_get_graph (model);

  if (mn_input_is_tensor (input))
    return check_tensor (info, input, error);
  return mn_preprocess_init (preprocess, input, info->width, info->height,
      info->channels, input->has_norm ? input->mean : info->mean,
      input->has_norm ? input->std : info->std, graph->input_scale,
      graph->input_offset, error);
}

gboolean
mn_model_check_input (MnModel *model, const MnInput *input, GError **error)
{
  MnPreprocess preprocess;

  return mn_model_read_input (model, input, &preprocess, error);
}
