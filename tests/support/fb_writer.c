/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Writes FlatBuffers from front to back. */

#include "tests/support/fb_writer.h"

#include <string.h>

static void
put (FbWriter *fb, gsize at, gconstpointer data, gsize n)
{
  g_assert_cmpuint (at + n, <=, fb->bytes->len);
  if (n > 0)
    memcpy (fb->bytes->data + at, data, n);
}

gsize
fb_pad (FbWriter *fb, gsize n)
{
  gsize at = fb->bytes->len;

  g_byte_array_set_size (fb->bytes, at + n);
  memset (fb->bytes->data + at, 0, n);
  return at;
}

void
fb_set_u8 (FbWriter *fb, gsize at, guint8 value)
{
  put (fb, at, &value, sizeof (value));
}

void
fb_set_u16 (FbWriter *fb, gsize at, guint16 value)
{
  value = GUINT16_TO_LE (value);
  put (fb, at, &value, sizeof (value));
}

void
fb_set_u32 (FbWriter *fb, gsize at, guint32 value)
{
  value = GUINT32_TO_LE (value);
  put (fb, at, &value, sizeof (value));
}

void
fb_set_u64 (FbWriter *fb, gsize at, guint64 value)
{
  value = GUINT64_TO_LE (value);
  put (fb, at, &value, sizeof (value));
}

void
fb_set_f32 (FbWriter *fb, gsize at, gfloat value)
{
  guint32 bits;

  memcpy (&bits, &value, sizeof (bits));
  fb_set_u32 (fb, at, bits);
}

void
fb_align (FbWriter *fb, gsize align)
{
  fb_pad (fb, (align - fb->bytes->len % align) % align);
}

void
fb_begin (FbWriter *fb, const gchar *identifier)
{
  fb->bytes = g_byte_array_new ();
  fb_pad (fb, 8);
  put (fb, 4, identifier, 4);
}

FbTable
fb_table (FbWriter *fb, gsize ref, const guint8 *sizes, guint n)
{
  FbTable table = {{0}};
  guint places[FB_MAX_FIELDS] = {0};
  guint size = 4, i;
  gsize vtable, at;

  g_assert_cmpuint (n, <=, FB_MAX_FIELDS);
  for (i = 0; i < n; i++) {
    if (sizes[i] == 0)
      continue;
    size = (size + sizes[i] - 1) / sizes[i] * sizes[i];
    places[i] = size;
    size += sizes[i];
  }
  fb_align (fb, 2);
  vtable = fb_pad (fb, 4 + 2 * n);
  fb_align (fb, 8);
  at = fb_pad (fb, size);
  fb_set_u16 (fb, vtable, 4 + 2 * n);
  fb_set_u16 (fb, vtable + 2, size);
  fb_set_u32 (fb, at, at - vtable);
  fb_set_u32 (fb, ref, at - ref);
  for (i = 0; i < n; i++) {
    fb_set_u16 (fb, vtable + 4 + 2 * i, places[i]);
    table.at[i] = places[i] ? at + places[i] : 0;
  }
  return table;
}

gsize
fb_vector (FbWriter *fb, gsize ref, guint32 n, gsize element_size, gsize align)
{
  gsize at;

  fb_align (fb, 4);
  while ((fb->bytes->len + 4) % align != 0)
    fb_pad (fb, 1);
  at = fb_pad (fb, 4 + n * element_size);
  fb_set_u32 (fb, at, n);
  fb_set_u32 (fb, ref, at - ref);
  return at + 4;
}

void
fb_string (FbWriter *fb, gsize ref, const gchar *text)
{
  gsize at = fb_vector (fb, ref, strlen (text), 1, 4);

  fb_pad (fb, 1);
  put (fb, at, text, strlen (text));
}

void
fb_vector_i32 (FbWriter *fb, gsize ref, const gint32 *values, guint32 n)
{
  gsize at = fb_vector (fb, ref, n, 4, 4);
  guint32 i;

  for (i = 0; i < n; i++)
    fb_set_u32 (fb, at + 4 * i, values[i]);
}

void
fb_vector_f32 (FbWriter *fb, gsize ref, const gfloat *values, guint32 n)
{
  gsize at = fb_vector (fb, ref, n, 4, 4);
  guint32 i;

  for (i = 0; i < n; i++)
    fb_set_f32 (fb, at + 4 * i, values[i]);
}

void
fb_vector_i64 (FbWriter *fb, gsize ref, const gint64 *values, guint32 n)
{
  gsize at = fb_vector (fb, ref, n, 8, 8);
  guint32 i;

  for (i = 0; i < n; i++)
    fb_set_u64 (fb, at + 8 * i, values[i]);
}
