/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/base/params.h"

/* A value in its struct; enumerations are as wide as a gint. */
#define FIELD(values, p) G_STRUCT_MEMBER_P (values, (p)->value)

static gchar *
keep (const GstMobilenetParam *p, const gchar *text)
{
  return p->keep ? p->keep (text) : g_strdup (text);
}

static GParamSpec *
make_spec (const GstMobilenetParam *p)
{
  switch (p->type) {
    case G_TYPE_BOOLEAN:
      return g_param_spec_boolean (p->name, p->nick, p->blurb,
          p->whole.initial != 0, p->flags);
    case G_TYPE_ENUM:
      return g_param_spec_enum (p->name, p->nick, p->blurb, p->get_enum (),
          (gint) p->whole.initial, p->flags);
    case G_TYPE_UINT:
      return g_param_spec_uint (p->name, p->nick, p->blurb,
          (guint) p->whole.min, (guint) p->whole.max, (guint) p->whole.initial,
          p->flags);
    case G_TYPE_UINT64:
      return g_param_spec_uint64 (p->name, p->nick, p->blurb, p->whole.min,
          p->whole.max, p->whole.initial, p->flags);
    case G_TYPE_FLOAT:
      return g_param_spec_float (p->name, p->nick, p->blurb,
          (gfloat) p->real.min, (gfloat) p->real.max, (gfloat) p->real.initial,
          p->flags);
    case G_TYPE_DOUBLE:
      return g_param_spec_double (p->name, p->nick, p->blurb, p->real.min,
          p->real.max, p->real.initial, p->flags);
    case G_TYPE_STRING:
      return g_param_spec_string (p->name, p->nick, p->blurb, p->text,
          p->flags);
    default:
      g_return_val_if_reached (NULL);
  }
}

void
gst_mobilenet_params_install (const GstMobilenetParam *params, guint n,
    GObjectClass *class)
{
  guint i;

  for (i = 0; i < n; i++)
    g_object_class_install_property (class, i + 1, make_spec (&params[i]));
}

void
gst_mobilenet_params_init (const GstMobilenetParam *params, guint n,
    gpointer values)
{
  guint i;

  for (i = 0; i < n; i++) {
    const GstMobilenetParam *p = &params[i];
    gpointer field = FIELD (values, p);

    if (p->type == G_TYPE_STRING)
      *(gchar **) field = keep (p, p->text);
    else if (p->type == G_TYPE_FLOAT)
      *(gfloat *) field = (gfloat) p->real.initial;
    else if (p->type == G_TYPE_DOUBLE)
      *(gdouble *) field = p->real.initial;
    else if (p->type == G_TYPE_UINT64)
      *(guint64 *) field = p->whole.initial;
    else
      *(guint *) field = (guint) p->whole.initial;
  }
}

void
gst_mobilenet_params_clear (const GstMobilenetParam *params, guint n,
    gpointer values)
{
  guint i;

  for (i = 0; i < n; i++) {
    if (params[i].type == G_TYPE_STRING)
      g_clear_pointer ((gchar **) FIELD (values, &params[i]), g_free);
  }
}

static void
set_field (const GstMobilenetParam *p, gpointer field, const GValue *value)
{
  switch (p->type) {
    case G_TYPE_BOOLEAN:
      *(gboolean *) field = g_value_get_boolean (value);
      break;
    case G_TYPE_ENUM:
      *(gint *) field = g_value_get_enum (value);
      break;
    case G_TYPE_UINT:
      *(guint *) field = g_value_get_uint (value);
      break;
    case G_TYPE_UINT64:
      *(guint64 *) field = g_value_get_uint64 (value);
      break;
    case G_TYPE_FLOAT:
      *(gfloat *) field = g_value_get_float (value);
      break;
    case G_TYPE_DOUBLE:
      *(gdouble *) field = g_value_get_double (value);
      break;
    case G_TYPE_STRING:
      g_free (*(gchar **) field);
      *(gchar **) field = keep (p, g_value_get_string (value));
      break;
  }
}

static void
get_field (const GstMobilenetParam *p, gconstpointer field, GValue *value)
{
  switch (p->type) {
    case G_TYPE_BOOLEAN:
      g_value_set_boolean (value, *(const gboolean *) field);
      break;
    case G_TYPE_ENUM:
      g_value_set_enum (value, *(const gint *) field);
      break;
    case G_TYPE_UINT:
      g_value_set_uint (value, *(const guint *) field);
      break;
    case G_TYPE_UINT64:
      g_value_set_uint64 (value, *(const guint64 *) field);
      break;
    case G_TYPE_FLOAT:
      g_value_set_float (value, *(const gfloat *) field);
      break;
    case G_TYPE_DOUBLE:
      g_value_set_double (value, *(const gdouble *) field);
      break;
    case G_TYPE_STRING:
      g_value_set_string (value, *(gchar *const *) field);
      break;
  }
}

gboolean
gst_mobilenet_params_set (const GstMobilenetParam *params, guint n,
    gpointer values, guint id, const GValue *value)
{
  const GstMobilenetParam *p;

  if (id < 1 || id > n)
    return FALSE;
  p = &params[id - 1];
  set_field (p, FIELD (values, p), value);
  if (p->mark > 0)
    G_STRUCT_MEMBER (gboolean, values, p->mark) = TRUE;
  return TRUE;
}

gboolean
gst_mobilenet_params_get (const GstMobilenetParam *params, guint n,
    gconstpointer values, guint id, GValue *value)
{
  if (id < 1 || id > n)
    return FALSE;
  get_field (&params[id - 1], FIELD (values, &params[id - 1]), value);
  return TRUE;
}
