/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* An element's properties as a table, a row each, and their values in a struct
 * that the element holds and locks. A property's number is that of its row,
 * from 1 on. */

#ifndef GST_MOBILENET_PARAMS_H
#define GST_MOBILENET_PARAMS_H

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct
{
  const gchar *name, *nick, *blurb;
  GType type;               /* fundamental, one of those below */
  GType (*get_enum) (void); /* of G_TYPE_ENUM */
  union
  {
    struct
    {
      guint64 min, max, initial;
    } whole; /* boolean, enum, uint, uint64 */
    struct
    {
      gdouble min, max, initial;
    } real;            /* float, double */
    const gchar *text; /* string: the default, or NULL */
  };
  /* What a string that is set is kept as (g_free); NULL: itself. */
  gchar *(*keep) (const gchar *text);
  GParamFlags flags;
  gsize value; /* where it lies in the struct */
  gsize mark;  /* so does a gboolean that each setting makes TRUE; 0: none */
} GstMobilenetParam;

#define GST_MOBILENET_BOOLEAN(initial) \
  .type = G_TYPE_BOOLEAN, .whole = {0, 1, initial}
#define GST_MOBILENET_ENUM(get_type, initial) \
  .type = G_TYPE_ENUM, .get_enum = get_type, .whole = {0, 0, initial}
#define GST_MOBILENET_UINT(min, max, initial) \
  .type = G_TYPE_UINT, .whole = {min, max, initial}
#define GST_MOBILENET_UINT64(min, max, initial) \
  .type = G_TYPE_UINT64, .whole = {min, max, initial}
#define GST_MOBILENET_FLOAT(min, max, initial) \
  .type = G_TYPE_FLOAT, .real = {min, max, initial}
#define GST_MOBILENET_DOUBLE(min, max, initial) \
  .type = G_TYPE_DOUBLE, .real = {min, max, initial}
#define GST_MOBILENET_STRING(initial) .type = G_TYPE_STRING, .text = initial

/* The flags of one that may be set at any time. */
#define GST_MOBILENET_ANY_TIME \
  (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING)

/* Declares the n of them. */
void gst_mobilenet_params_install (const GstMobilenetParam *params, guint n,
    GObjectClass *class);
/* Gives the zeroed values what they are at first. */
void gst_mobilenet_params_init (const GstMobilenetParam *params, guint n,
    gpointer values);
/* Frees strings. */
void gst_mobilenet_params_clear (const GstMobilenetParam *params, guint n,
    gpointer values);
/* FALSE: no such property. */
gboolean gst_mobilenet_params_set (const GstMobilenetParam *params, guint n,
    gpointer values, guint id, const GValue *value);
gboolean gst_mobilenet_params_get (const GstMobilenetParam *params, guint n,
    gconstpointer values, guint id, GValue *value);

G_END_DECLS

#endif /* GST_MOBILENET_PARAMS_H */
