/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The zip archive behind a file: the layout is PKWARE's APPNOTE.TXT. */

#include "engine/base/zip.h"

#include <gio/gio.h>
#include <string.h>

#define END_SIZE 22   /* end of central directory */
#define ENTRY_SIZE 46 /* central directory header */
#define LOCAL_SIZE 30 /* local file header */
#define METHOD_STORED 0
#define METHOD_DEFLATE 8

static guint
get16 (const guint8 *p)
{
  return p[0] | (guint) p[1] << 8;
}

static guint32
get32 (const guint8 *p)
{
  return get16 (p) | (guint32) get16 (p + 2) << 16;
}

/* The end record may be followed by a comment: it is looked for from the
 * back. */
static gboolean
find_end (const guint8 *data, gsize size, gsize *end)
{
  gsize back;

  for (back = END_SIZE; back <= size && back <= END_SIZE + 65535; back++) {
    const guint8 *p = data + size - back;

    if (memcmp (p, "PK\5\6", 4) == 0 && get16 (p + 20) == back - END_SIZE) {
      *end = size - back;
      return TRUE;
    }
  }
  return FALSE;
}

gboolean
mn_zip_open (MnZip *zip, const guint8 *data, gsize size)
{
  gsize end, offset;

  if (!find_end (data, size, &end))
    return FALSE;
  zip->data = data;
  zip->size = size;
  zip->n_members = get16 (data + end + 10);
  zip->directory_size = get32 (data + end + 12);
  offset = get32 (data + end + 16);
  if (zip->directory_size > end || offset > end - zip->directory_size)
    return FALSE;
  /* Offsets count from the archive's start, which writers put at the file's
   * or at the end of what was there before. */
  zip->directory = end - zip->directory_size;
  zip->start = zip->directory - offset;
  return TRUE;
}

static gboolean
refuse (const gchar *name, const gchar *member, const gchar *why,
    GError **error)
{
  g_set_error (error, MN_ERROR, MN_ERROR_INVALID,
      "%s: the file %s inside it cannot be read: %s", name, member, why);
  return FALSE;
}

static guint32
crc32_of (const guint8 *data, gsize size)
{
  guint32 crc = 0xffffffff;
  gsize i;
  guint bit;

  for (i = 0; i < size; i++) {
    crc ^= data[i];
    for (bit = 0; bit < 8; bit++)
      crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc;
}

/* out has room for size + 1 bytes: one more than the data may have, so that
 * data that is too long shows and the room never is 0. */
static gboolean
inflate_into (const guint8 *packed, gsize packed_size, guint8 *out, gsize size)
{
  g_autoptr (GZlibDecompressor)
      inflate = g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_RAW);
  gsize in_done = 0, out_done = 0;

  while (out_done <= size) {
    gsize n_in = 0, n_out = 0;
    GConverterResult result;

    result = g_converter_convert (G_CONVERTER (inflate), packed + in_done,
        packed_size - in_done, out + out_done, size + 1 - out_done,
        G_CONVERTER_INPUT_AT_END, &n_in, &n_out, NULL);
    in_done += n_in;
    out_done += n_out;
    if (result == G_CONVERTER_FINISHED)
      return out_done == size;
    if (result == G_CONVERTER_ERROR || (n_in == 0 && n_out == 0))
      return FALSE;
  }
  return FALSE;
}

/* entry: a central directory header that lies inside. */
static GBytes *
read_entry (const MnZip *zip, const guint8 *entry, const gchar *member,
    gsize max_size, const gchar *name, GError **error)
{
  guint method = get16 (entry + 10);
  gsize packed_size = get32 (entry + 20), size = get32 (entry + 24);
  gsize at = get32 (entry + 42), room;
  g_autofree guint8 *out = NULL;
  const guint8 *local;

  if (get16 (entry + 8) & 1)
    return refuse (name, member, "it is encrypted", error), NULL;
  if (size > max_size)
    return refuse (name, member, "it is too big", error), NULL;
  if (at > zip->directory - zip->start
      || zip->directory - zip->start - at < LOCAL_SIZE)
    return refuse (name, member, "it lies outside", error), NULL;
  local = zip->data + zip->start + at;
  room = zip->directory - zip->start - at - LOCAL_SIZE;
  if (memcmp (local, "PK\3\4", 4) != 0
      || (gsize) get16 (local + 26) + get16 (local + 28) > room)
    return refuse (name, member, "its header is damaged", error), NULL;
  room -= (gsize) get16 (local + 26) + get16 (local + 28);
  local += LOCAL_SIZE + get16 (local + 26) + get16 (local + 28);
  if (packed_size > room)
    return refuse (name, member, "it lies outside", error), NULL;

  out = g_try_malloc (size + 1);
  if (!out)
    return refuse (name, member, "no memory", error), NULL;
  if (method == METHOD_STORED && packed_size == size)
    memcpy (out, local, size);
  else if (method != METHOD_DEFLATE
      || !inflate_into (local, packed_size, out, size))
    return refuse (name, member, "its data is damaged", error), NULL;
  if (crc32_of (out, size) != get32 (entry + 16))
    return refuse (name, member, "its checksum is wrong", error), NULL;
  return g_bytes_new_take (g_steal_pointer (&out), size);
}

GBytes *
mn_zip_read (const MnZip *zip, const gchar *member, gsize max_size,
    const gchar *name, GError **error)
{
  gsize member_size = strlen (member), at = zip->directory;
  gsize end = zip->directory + zip->directory_size;
  guint i;

  for (i = 0; i < zip->n_members; i++) {
    const guint8 *entry = zip->data + at;
    gsize length;

    if (end - at < ENTRY_SIZE || memcmp (entry, "PK\1\2", 4) != 0)
      return refuse (name, member, "the archive's directory is damaged", error),
             NULL;
    length = (gsize) ENTRY_SIZE + get16 (entry + 28) + get16 (entry + 30)
        + get16 (entry + 32);
    if (length > end - at)
      return refuse (name, member, "the archive's directory is damaged", error),
             NULL;
    if (get16 (entry + 28) == member_size
        && memcmp (entry + ENTRY_SIZE, member, member_size) == 0)
      return read_entry (zip, entry, member, max_size, name, error);
    at += length;
  }
  return NULL;
}
