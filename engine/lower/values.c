/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/lower/values.h"

GArray *
mn_values_new (const MnGraph *graph, guint multiple)
{
  GArray *values = g_array_new (FALSE, FALSE, sizeof (MnValue));
  guint i;

  for (i = 0; i < graph->tensors->len; i++) {
    const MnTensor *t = mn_graph_tensor (graph, i);
    gsize row = t->rank > 0 ? MAX (t->dims[t->rank - 1], 1) : 1;
    MnValue value = {
      .alias = -1,
    };

    value.pixel = (row + multiple - 1) / multiple * multiple;
    value.size = mn_tensor_size (t) / row * value.pixel;
    g_array_append_val (values, value);
  }
  return values;
}

gint
mn_values_add (GArray *values, gsize n)
{
  MnValue value = {
    .size = n * sizeof (gfloat),
    .alias = -1,
  };

  g_array_append_val (values, value);
  return values->len - 1;
}

void
mn_value_store (GArray *values, gint i, MnElement element)
{
  MnValue *v = mn_value (values, i);

  v->size = v->size / mn_element_size (v->element) * mn_element_size (element);
  v->element = element;
}

void
mn_value_use (GArray *values, gint i, guint step)
{
  MnValue *v;

  if (i < 0)
    return;
  v = mn_value (values, mn_value_place (values, i));
  if (!v->used)
    v->first = step;
  v->used = TRUE;
  v->last = step;
}

gsize
mn_values_plan (GArray *values, gsize align, MnMemoryPlan plan)
{
  guint n = values->len, i;
  g_autofree MnLifetime *items = g_new0 (MnLifetime, n);
  gsize size;

  for (i = 0; i < n; i++) {
    const MnValue *v = mn_value (values, i);

    if (v->used && !v->constant && !v->elsewhere)
      items[i].size = v->size;
    items[i].first = v->first;
    items[i].last = v->last;
  }
  size = plan (items, n, align);
  for (i = 0; i < n; i++) {
    if (!mn_value (values, i)->elsewhere)
      mn_value (values, i)->offset = items[i].offset;
  }
  return size;
}
