/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a user of a model has to know about it. */

#include "engine/core/model_parts.h"

#include <string.h>

void
mn_model_fill_info (MnModel *self)
{
  const MnTensor *in = mn_graph_input (self->graph, 0);
  MnModelInfo *info = &self->info;

  info->name = self->graph->name;
  info->height = in->dims[1];
  info->width = in->dims[2];
  info->channels = in->dims[3];
  info->input_dtype = in->dtype;
  info->n_outputs = self->graph->outputs->len;
  info->quantised = mn_graph_is_quantised (self->graph);
}

void
mn_model_fill_output (MnModel *self)
{
  MnModelInfo *info = &self->info;
  const MnOutputMeaning *output = &self->output;

  info->task = output->task;
  info->output = output->output;
  info->output_why = output->why;
  info->output_doubt = output->doubt;
  info->output_dtype = mn_graph_output (self->graph, output->output)->dtype;
  info->n_classes = output->n_classes;
  info->values = output->values;
}

void
mn_model_finish_info (MnModel *self)
{
  MnModelInfo *info = &self->info;

  info->labels = (const gchar *const *) self->labels;
  info->n_labels = self->labels ? g_strv_length (self->labels) : 0;
  info->labels_source = self->labels_source;
  memcpy (info->mean, self->input.mean, sizeof (info->mean));
  memcpy (info->std, self->input.std, sizeof (info->std));
  info->norm_source = self->input.source;
  info->norm_why = self->input.why;
  info->norm_doubt = self->input.doubt;
  mn_output_meaning_find (self->graph, info->n_labels, &info->labels_note,
      &self->output);
  mn_model_fill_output (self);
}

const MnModelInfo *
mn_model_get_info (MnModel *self)
{
  return &self->info;
}
