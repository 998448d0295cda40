/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Writes FlatBuffers from front to back: a table first, what it refers to
 * afterwards. For tests: a mistake aborts. */

#ifndef FB_WRITER_H
#define FB_WRITER_H

#include <glib.h>

G_BEGIN_DECLS

#define FB_MAX_FIELDS 16
typedef struct
{
  GByteArray *bytes;
} FbWriter;

/* A table that was written: where each of its fields stands, 0 = absent. */
typedef struct
{
  gsize at[FB_MAX_FIELDS];
} FbTable;

/* The root's reference and the identifier, which has 4 characters. */
void fb_begin (FbWriter *fb, const gchar *identifier);
/* Appends n zeros; returns where they start. */
gsize fb_pad (FbWriter *fb, gsize n);
/* Writes zeros up to a multiple of align. */
void fb_align (FbWriter *fb, gsize align);
/* A table of n fields, sizes[i] bytes each (0: absent), all zero; the
 * reference at `ref` is made to point at it. */
FbTable fb_table (FbWriter *fb, gsize ref, const guint8 *sizes, guint n);
/* A vector of n elements, all zero, the first aligned to align; returns where
 * it stands. */
gsize
fb_vector (FbWriter *fb, gsize ref, guint32 n, gsize element_size, gsize align);
void fb_string (FbWriter *fb, gsize ref, const gchar *text);
/* A vector that holds these values. */
void fb_vector_i32 (FbWriter *fb, gsize ref, const gint32 *values, guint32 n);
void fb_vector_f32 (FbWriter *fb, gsize ref, const gfloat *values, guint32 n);
void fb_vector_i64 (FbWriter *fb, gsize ref, const gint64 *values, guint32 n);

void fb_set_u8 (FbWriter *fb, gsize at, guint8 value);
void fb_set_u16 (FbWriter *fb, gsize at, guint16 value);
void fb_set_u32 (FbWriter *fb, gsize at, guint32 value);
void fb_set_u64 (FbWriter *fb, gsize at, guint64 value);
void fb_set_f32 (FbWriter *fb, gsize at, gfloat value);

G_END_DECLS

#endif /* FB_WRITER_H */
