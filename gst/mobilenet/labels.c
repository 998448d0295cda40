/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/mobilenet/labels.h"

/* A list of labels: the model's own, or one that was read. */
typedef struct
{
  const gchar *const *names; /* NULL: none */
  guint n;
  const gchar *source;
  const MnLabelsNote *note;
} Labels;

/* What to tell the user of a list. */
static void
warn_of_labels (const MnModelInfo *info, const Labels *list, gboolean fits,
    GPtrArray *warnings)
{
  if (list->note->doubt)
    g_ptr_array_add (warnings,
        g_strdup_printf ("%s: %s", list->source, list->note->doubt));
  if (!fits)
    g_ptr_array_add (warnings,
        g_strdup_printf ("%s has %u labels, but %s tells %u "
                         "classes apart; classes without a label are shown as "
                         "numbers",
            list->source, list->n, info->name, info->n_classes));
}

/* One label a class: from list, where it has one, else the index; and what
 * is not the only label is that. NULL: no memory. */
static gchar **
make_labels (const MnModelInfo *info, const Labels *list, gint offset)
{
  gchar **labels = g_try_new0 (gchar *, (gsize) info->n_classes + 1);
  guint i;

  if (!labels)
    return NULL;
  for (i = 0; i < info->n_classes; i++) {
    gint64 line = (gint64) i + offset;

    if (list->names && line >= 0 && line < list->n)
      labels[i] = g_strdup (list->names[line]);
    else if (list->n == 1 && offset == -1 && info->n_classes == 2)
      labels[i] = g_strdup_printf ("not %s", list->names[0]);
    else
      labels[i] = g_strdup_printf ("%u", i);
  }
  return labels;
}

gchar **
gst_mobilenet_labels_load (MnModel **model, const gchar *file,
    GPtrArray *warnings, GError **error)
{
  g_auto (MnLabelsNote) note = {
    0,
  };
  g_auto (GStrv) names = NULL;
  const MnModelInfo *info = mn_model_get_info (*model);
  Labels list = {
    info->labels, info->n_labels, info->labels_source, &info->labels_note};
  gchar **labels;
  gint offset = 0;

  if (file) {
    MnModel *with_labels;

    names = mn_labels_read (file, &note, error);
    if (!names)
      return NULL;
    list = (Labels) {
      (const gchar *const *) names, g_strv_length (names), file, &note};
    with_labels = mn_model_with_labels (*model, list.n, &note);
    mn_model_unref (*model);
    *model = with_labels;
    info = mn_model_get_info (with_labels);
  }
  if (list.names) {
    gboolean fits = mn_labels_fit_model (list.note, list.n, info, &offset);

    warn_of_labels (info, &list, fits, warnings);
  }
  labels = make_labels (info, &list, offset);
  if (info->output_doubt)
    g_ptr_array_add (warnings,
        g_strdup_printf ("%s: %s", info->name, info->output_doubt));
  if (!labels)
    g_set_error (error, MN_ERROR, MN_ERROR_NO_MEMORY,
        "%s: no memory for the labels of %u classes", info->name,
        info->n_classes);
  return labels;
}
