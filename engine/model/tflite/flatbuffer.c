/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Checked reading of FlatBuffers; the format is told in flatbuffer.h. */

#include "engine/model/tflite/flatbuffer.h"

#include <string.h>

void
mn_fb_init (MnFb *fb, const guint8 *data, gsize size)
{
  fb->data = data;
  fb->size = size;
  fb->fault = MN_FB_OK;
}

void
mn_fb_fail (MnFb *fb, MnFbFault fault)
{
  if (fb->fault == MN_FB_OK)
    fb->fault = fault;
}

/* Whether n bytes at `at` lie inside. */
static gboolean
have (MnFb *fb, gsize at, gsize n)
{
  if (at > fb->size || n > fb->size - at) {
    mn_fb_fail (fb, MN_FB_PAST_END);
    return FALSE;
  }
  return TRUE;
}

static guint16
get_u16 (MnFb *fb, gsize at)
{
  guint16 value;

  if (!have (fb, at, sizeof (value)))
    return 0;
  memcpy (&value, fb->data + at, sizeof (value));
  return GUINT16_FROM_LE (value);
}

static guint32
get_u32 (MnFb *fb, gsize at)
{
  guint32 value;

  if (!have (fb, at, sizeof (value)))
    return 0;
  memcpy (&value, fb->data + at, sizeof (value));
  return GUINT32_FROM_LE (value);
}

static guint64
get_u64 (MnFb *fb, gsize at)
{
  guint64 value;

  if (!have (fb, at, sizeof (value)))
    return 0;
  memcpy (&value, fb->data + at, sizeof (value));
  return GUINT64_FROM_LE (value);
}

static gfloat
get_f32 (MnFb *fb, gsize at)
{
  guint32 bits = get_u32 (fb, at);
  gfloat value;

  memcpy (&value, &bits, sizeof (value));
  return value;
}

static MnFbTable
absent_table (MnFb *fb)
{
  MnFbTable table = {fb, 0, 0, 0, 0};

  return table;
}

/* The table whose first byte is at `at`. */
static MnFbTable
table_at (MnFb *fb, gsize at)
{
  MnFbTable table = {fb, at, 0, 0, 0};
  gint64 vtable;

  if (!have (fb, at, sizeof (gint32)))
    return absent_table (fb);
  vtable = (gint64) at - (gint32) get_u32 (fb, at);
  if (vtable < 0) {
    mn_fb_fail (fb, MN_FB_BROKEN);
    return absent_table (fb);
  }
  table.vtable = vtable;
  table.vtable_size = get_u16 (fb, table.vtable);
  table.table_size = get_u16 (fb, table.vtable + 2);
  if (fb->fault == MN_FB_OK
      && (table.vtable_size < 4 || table.vtable_size % 2
          || table.table_size < 4))
    mn_fb_fail (fb, MN_FB_BROKEN);
  if (fb->fault != MN_FB_OK || !have (fb, table.vtable, table.vtable_size)
      || !have (fb, at, table.table_size))
    return absent_table (fb);
  return table;
}

/* Follows the reference that stands at `at`; 0 after a fault. */
static gsize
follow (MnFb *fb, gsize at)
{
  guint32 offset = get_u32 (fb, at);

  if (fb->fault != MN_FB_OK)
    return 0;
  if (offset == 0) {
    mn_fb_fail (fb, MN_FB_BROKEN);
    return 0;
  }
  if (offset > fb->size || at > fb->size - offset) {
    mn_fb_fail (fb, MN_FB_PAST_END);
    return 0;
  }
  return at + offset;
}

/* Where a field of n bytes stands; 0: absent, or a fault. */
static gsize
field_at (const MnFbTable *table, guint field, gsize n)
{
  guint slot = 4 + 2 * field;
  guint place;

  if (table->at == 0 || table->fb->fault != MN_FB_OK
      || slot + 2 > table->vtable_size)
    return 0;
  place = get_u16 (table->fb, table->vtable + slot);
  if (place == 0)
    return 0;
  if (place < 4 || place + n > table->table_size) {
    mn_fb_fail (table->fb, MN_FB_BROKEN);
    return 0;
  }
  return table->at + place;
}

static MnFbVector
vector_at (MnFb *fb, gsize at, gsize element_size)
{
  MnFbVector vector = {fb, 0, 0};
  guint32 n = get_u32 (fb, at);

  if (fb->fault != MN_FB_OK)
    return vector;
  at += sizeof (guint32);
  if (n > (fb->size - at) / element_size) {
    mn_fb_fail (fb, MN_FB_PAST_END);
    return vector;
  }
  vector.at = at;
  vector.n = n;
  return vector;
}

MnFbTable
mn_fb_root (MnFb *fb)
{
  gsize at = follow (fb, 0);

  return at ? table_at (fb, at) : absent_table (fb);
}

guint8
mn_fb_u8 (const MnFbTable *table, guint field, guint8 fallback)
{
  gsize at = field_at (table, field, 1);

  return at && have (table->fb, at, 1) ? table->fb->data[at] : fallback;
}

gint32
mn_fb_i32 (const MnFbTable *table, guint field, gint32 fallback)
{
  gsize at = field_at (table, field, 4);

  return at ? (gint32) get_u32 (table->fb, at) : fallback;
}

guint32
mn_fb_u32 (const MnFbTable *table, guint field, guint32 fallback)
{
  gsize at = field_at (table, field, 4);

  return at ? get_u32 (table->fb, at) : fallback;
}

guint64
mn_fb_u64 (const MnFbTable *table, guint field, guint64 fallback)
{
  gsize at = field_at (table, field, 8);

  return at ? get_u64 (table->fb, at) : fallback;
}

gfloat
mn_fb_f32 (const MnFbTable *table, guint field, gfloat fallback)
{
  gsize at = field_at (table, field, 4);

  return at ? get_f32 (table->fb, at) : fallback;
}

MnFbTable
mn_fb_table (const MnFbTable *table, guint field)
{
  gsize at = field_at (table, field, 4);

  if (at)
    at = follow (table->fb, at);
  return at ? table_at (table->fb, at) : absent_table (table->fb);
}

MnFbVector
mn_fb_vector (const MnFbTable *table, guint field, gsize element_size)
{
  MnFbVector none = {table->fb, 0, 0};
  gsize at = field_at (table, field, 4);

  if (at)
    at = follow (table->fb, at);
  return at ? vector_at (table->fb, at, element_size) : none;
}

const gchar *
mn_fb_string (const MnFbTable *table, guint field)
{
  MnFbVector vector = mn_fb_vector (table, field, 1);

  if (vector.at == 0 || !have (table->fb, vector.at + vector.n, 1))
    return NULL;
  if (table->fb->data[vector.at + vector.n] != '\0') {
    mn_fb_fail (table->fb, MN_FB_BROKEN);
    return NULL;
  }
  return (const gchar *) table->fb->data + vector.at;
}

gint32
mn_fb_vector_i32 (const MnFbVector *vector, guint32 i)
{
  g_return_val_if_fail (i < vector->n, 0);
  return (gint32) get_u32 (vector->fb, vector->at + 4 * (gsize) i);
}

gint64
mn_fb_vector_i64 (const MnFbVector *vector, guint32 i)
{
  g_return_val_if_fail (i < vector->n, 0);
  return (gint64) get_u64 (vector->fb, vector->at + 8 * (gsize) i);
}

gfloat
mn_fb_vector_f32 (const MnFbVector *vector, guint32 i)
{
  g_return_val_if_fail (i < vector->n, 0);
  return get_f32 (vector->fb, vector->at + 4 * (gsize) i);
}

MnFbTable
mn_fb_vector_table (const MnFbVector *vector, guint32 i)
{
  gsize at;

  g_return_val_if_fail (i < vector->n, absent_table (vector->fb));
  at = follow (vector->fb, vector->at + 4 * (gsize) i);
  return at ? table_at (vector->fb, at) : absent_table (vector->fb);
}

const guint8 *
mn_fb_vector_data (const MnFbVector *vector)
{
  return vector->n ? vector->fb->data + vector->at : NULL;
}
