/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/gst/tinymodel.h"

#include <string.h>

/* A FlatBuffer written front to back: a table goes out with its vtable in
 * front of it, and its references are filled in when what they point to
 * follows. Little-endian hosts only, like the rest of the tests. */

#define MAX_FIELDS 12

static void
align (GByteArray * out, guint n)
{
  static const guint8 zeros[8] = { 0, };

  while (out->len % n)
    g_byte_array_append (out, zeros, 1);
}

static guint
put (GByteArray * out, gconstpointer data, guint size)
{
  guint at;

  align (out, size >= 4 ? 4 : size);
  at = out->len;
  g_byte_array_append (out, data, size);
  return at;
}

static guint
put_u32 (GByteArray * out, guint32 value)
{
  return put (out, &value, 4);
}

/* The reference at place points to what is written next. */
static void
point_here (GByteArray * out, guint place)
{
  guint32 offset;

  align (out, 4);
  offset = out->len - place;
  memcpy (out->data + place, &offset, 4);
}

/* A table of n fields, 4 bytes each; absent ones are not in mask. Field f
 * lies at the returned place + 4 * (f + 1). */
static guint
put_table (GByteArray * out, guint n, guint mask)
{
  guint16 vtable[2 + MAX_FIELDS] = { 4 + 2 * n, 4 + 4 * n };
  guint32 distance;
  guint i, start, place;

  for (i = 0; i < n; i++)
    vtable[2 + i] = mask & (1u << i) ? 4 + 4 * i : 0;
  align (out, 4);
  start = out->len;
  g_byte_array_append (out, (const guint8 *) vtable, 4 + 2 * n);
  align (out, 4);
  place = out->len;
  distance = place - start;
  put_u32 (out, distance);
  for (i = 0; i < n; i++)
    put_u32 (out, 0);
  return place;
}

/* The same, for the reference at place to point to. */
static guint
put_table_at (GByteArray * out, guint place, guint n, guint mask)
{
  guint table = put_table (out, n, mask);
  guint32 offset = table - place;

  memcpy (out->data + place, &offset, 4);
  return table;
}

static guint
field (guint table, guint f)
{
  return table + 4 * (f + 1);
}

static void
set_field (GByteArray * out, guint table, guint f, guint32 value)
{
  memcpy (out->data + field (table, f), &value, 4);
}

static void
put_string (GByteArray * out, guint place, const gchar * text)
{
  point_here (out, place);
  put_u32 (out, strlen (text));
  g_byte_array_append (out, (const guint8 *) text, strlen (text) + 1);
}

static void
put_ints (GByteArray * out, guint place, const gint32 * values, guint n)
{
  point_here (out, place);
  put_u32 (out, n);
  if (n > 0)
    g_byte_array_append (out, (const guint8 *) values, 4 * n);
}

/* A vector of n references; the first lies at the returned place. */
static guint
put_references (GByteArray * out, guint place, guint n)
{
  guint i, first;

  point_here (out, place);
  put_u32 (out, n);
  first = out->len;
  for (i = 0; i < n; i++)
    put_u32 (out, 0);
  return first;
}

/* ---- the model ------------------------------------------------------- */

enum
{
  OP_AVERAGE_POOL = 1,
  OP_MEAN = 40,
  OP_SOFTMAX = 25,
  OPTIONS_POOL = 5,
  OPTIONS_REDUCER = 27,
  OPTIONS_SOFTMAX = 9,
  TYPE_FLOAT32 = 0,
  TYPE_INT32 = 2
};

static void
put_operator_code (GByteArray * out, guint place, guint code)
{
  guint table = put_table_at (out, place, 4, 0xd);

  set_field (out, table, 0, code);      /* one byte, the rest is padding */
  set_field (out, table, 2, 1);
  set_field (out, table, 3, code);
}

static void
put_tensor (GByteArray * out, guint place, const gchar * name, guint type,
    guint buffer, const gint32 * shape, guint rank)
{
  guint table = put_table_at (out, place, 4, 0xf);

  set_field (out, table, 1, type);
  set_field (out, table, 2, buffer);
  put_ints (out, field (table, 0), shape, rank);
  put_string (out, field (table, 3), name);
}

/* Fields of Operator: code, inputs, outputs, type and table of options. */
static void
put_operator (GByteArray * out, guint place, guint code,
    const gint32 * inputs, guint n_inputs, gint32 output, guint options,
    const guint * values, guint n_values)
{
  guint table = put_table_at (out, place, 5, 0x1f);
  guint options_table, i;

  set_field (out, table, 0, code);
  set_field (out, table, 3, options);
  put_ints (out, field (table, 1), inputs, n_inputs);
  put_ints (out, field (table, 2), &output, 1);
  options_table = put_table_at (out, field (table, 4), n_values,
      (1 << n_values) - 1);
  for (i = 0; i < n_values; i++)
    set_field (out, options_table, i, values[i]);
}

static void
put_tensors (GByteArray * out, guint place, gint32 size)
{
  const gint32 picture[] = { 1, size, size, 3 };
  const gint32 corner[] = { 1, 1, 1, 3 };
  const gint32 axes[] = { 2 };
  const gint32 classes[] = { 1, 3 };
  guint refs = put_references (out, place, 5);

  put_tensor (out, refs, "input", TYPE_FLOAT32, 0, picture, 4);
  put_tensor (out, refs + 4, "axes", TYPE_INT32, 1, axes, 1);
  put_tensor (out, refs + 8, "mean", TYPE_FLOAT32, 0, classes, 2);
  put_tensor (out, refs + 12, "probabilities", TYPE_FLOAT32, 0, classes, 2);
  put_tensor (out, refs + 16, "corner", TYPE_FLOAT32, 0, corner, 4);
}

/* With a corner: one window, whose stride leaves no room for another. */
static void
put_operators (GByteArray * out, guint place, gint32 size, gboolean corner)
{
  const gint32 inputs[] = { 0 };
  const gint32 mean_inputs[] = { corner ? 4 : 0, 1 };
  const gint32 softmax_inputs[] = { 2 };
  const guint pool[] = { 1, size, size, size / 2, size / 2, 0 };
  const guint no = 0;
  const gfloat beta = 1.0f;
  guint refs = put_references (out, place, corner ? 3 : 2);
  guint32 bits;

  memcpy (&bits, &beta, 4);
  if (corner) {
    put_operator (out, refs, 2, inputs, 1, 4, OPTIONS_POOL, pool, 6);
    refs += 4;
  }
  put_operator (out, refs, 0, mean_inputs, 2, 2, OPTIONS_REDUCER, &no, 1);
  put_operator (out, refs + 4, 1, softmax_inputs, 1, 3, OPTIONS_SOFTMAX,
      &bits, 1);
}

static void
put_subgraph (GByteArray * out, guint place, gint32 size, gboolean corner)
{
  const gint32 input = 0, output = 3;
  guint table = put_table_at (out, place, 5, 0x1f);

  put_tensors (out, field (table, 0), size);
  put_ints (out, field (table, 1), &input, 1);
  put_ints (out, field (table, 2), &output, 1);
  put_operators (out, field (table, 3), size, corner);
  put_string (out, field (table, 4), "main");
}

static void
put_buffers (GByteArray * out, guint place)
{
  const gint32 axes[] = { 1, 2 };
  guint refs = put_references (out, place, 2);
  guint table;

  put_table_at (out, refs, 1, 0x0);     /* 0: no data, by convention */
  table = put_table_at (out, refs + 4, 1, 0x1);
  point_here (out, field (table, 0));
  put_u32 (out, sizeof (axes));
  g_byte_array_append (out, (const guint8 *) axes, sizeof (axes));
}

static GBytes *
model_new (guint size, gboolean corner)
{
  GByteArray *out = g_byte_array_new ();
  guint table, refs;

  put_u32 (out, 0);
  g_byte_array_append (out, (const guint8 *) "TFL3", 4);
  table = put_table_at (out, 0, 5, 0x17);
  set_field (out, table, 0, 3);
  refs = put_references (out, field (table, 1), 3);
  put_operator_code (out, refs, OP_MEAN);
  put_operator_code (out, refs + 4, OP_SOFTMAX);
  put_operator_code (out, refs + 8, OP_AVERAGE_POOL);
  refs = put_references (out, field (table, 2), 1);
  put_subgraph (out, refs, size, corner);
  put_buffers (out, field (table, 4));
  return g_byte_array_free_to_bytes (out);
}

GBytes *
tiny_model_new (guint size)
{
  return model_new (size, FALSE);
}

GBytes *
tiny_model_new_corner (guint size)
{
  return model_new (size, TRUE);
}
