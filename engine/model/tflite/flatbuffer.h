/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* FlatBuffers, read in place and checked at each step.
 *
 * Nothing here fails at once: a read that would leave the file returns 0,
 * an absent table, an empty vector, and leaves a fault in the MnFb, which
 * stays. A parser reads what it needs and asks for the fault before it uses
 * a value to allocate, to loop or to finish. Little-endian bytes, unaligned
 * access is fine. No recursion: the caller walks.
 *
 * The format, from its public description: a table starts with a signed
 * offset back to its vtable (u16 vtable bytes, u16 table bytes, then a u16
 * place for each field, 0 = absent); references are u32, counted from where
 * they stand; a vector is a u32 count and its elements; a string is a vector
 * of bytes with a NUL behind it. */

#ifndef MN_FLATBUFFER_H
#define MN_FLATBUFFER_H

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  MN_FB_OK,
  MN_FB_PAST_END, /* something lies past the end of the data */
  MN_FB_BROKEN    /* it contradicts itself */
} MnFbFault;

typedef struct
{
  const guint8 *data;
  gsize size;
  MnFbFault fault; /* the first one */
} MnFb;

typedef struct
{
  MnFb *fb;
  gsize at; /* 0: absent, all fields have defaults */
  gsize vtable;
  guint vtable_size, table_size;
} MnFbTable;

typedef struct
{
  MnFb *fb;
  gsize at; /* first element; 0: absent */
  guint32 n;
} MnFbVector;

void mn_fb_init (MnFb *fb, const guint8 *data, gsize size);
/* Records a fault that the caller found. */
void mn_fb_fail (MnFb *fb, MnFbFault fault);
MnFbTable mn_fb_root (MnFb *fb);

/* Fields of a table; fallback when the field is absent. */
guint8 mn_fb_u8 (const MnFbTable *table, guint field, guint8 fallback);
gint32 mn_fb_i32 (const MnFbTable *table, guint field, gint32 fallback);
guint32 mn_fb_u32 (const MnFbTable *table, guint field, guint32 fallback);
guint64 mn_fb_u64 (const MnFbTable *table, guint field, guint64 fallback);
gfloat mn_fb_f32 (const MnFbTable *table, guint field, gfloat fallback);
MnFbTable mn_fb_table (const MnFbTable *table, guint field);
/* A vector of elements of element_size bytes: all of them lie inside. */
MnFbVector
mn_fb_vector (const MnFbTable *table, guint field, gsize element_size);
/* NULL when absent; else NUL-terminated bytes, which may be no UTF-8. */
const gchar *mn_fb_string (const MnFbTable *table, guint field);

/* Elements; an index that is out of range is the caller's mistake. */
gint32 mn_fb_vector_i32 (const MnFbVector *vector, guint32 i);
gint64 mn_fb_vector_i64 (const MnFbVector *vector, guint32 i);
gfloat mn_fb_vector_f32 (const MnFbVector *vector, guint32 i);
MnFbTable mn_fb_vector_table (const MnFbVector *vector, guint32 i);
/* The bytes of the elements; NULL when there are none. */
const guint8 *mn_fb_vector_data (const MnFbVector *vector);

G_END_DECLS

#endif /* MN_FLATBUFFER_H */
