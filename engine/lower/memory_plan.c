/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/lower/memory_plan.h"

static gint
compare_size (gconstpointer a, gconstpointer b, gpointer items)
{
  const MnLifetime *x = (MnLifetime *) items + *(const guint *) a;
  const MnLifetime *y = (MnLifetime *) items + *(const guint *) b;

  if (x->size != y->size)
    return x->size > y->size ? -1 : 1;
  if (x->first != y->first)
    return x->first < y->first ? -1 : 1;
  return x < y ? -1 : x > y;
}

static gboolean
align_up (gsize *size, gsize align)
{
  if (!g_size_checked_add (size, *size, align - 1))
    return FALSE;
  *size &= ~(align - 1);
  return TRUE;
}

/* placed: items with an offset, lowest first. FALSE: overflow. */
static gboolean
find_gap (const MnLifetime *items, const guint *placed, guint n_placed,
    MnLifetime *item, gsize align)
{
  gsize offset = 0, end;

  for (guint i = 0; i < n_placed; i++) {
    const MnLifetime *other = &items[placed[i]];

    if (other->first > item->last || other->last < item->first)
      continue;
    if (other->offset >= offset && other->offset - offset >= item->size)
      break;
    end = other->offset + other->size;
    if (!align_up (&end, align))
      return FALSE;
    offset = MAX (offset, end);
  }
  item->offset = offset;
  return g_size_checked_add (&end, offset, item->size);
}

static void
insert_by_offset (const MnLifetime *items, guint *placed, guint n_placed,
    guint index)
{
  guint i = n_placed;

  for (; i > 0 && items[placed[i - 1]].offset > items[index].offset; i--)
    placed[i] = placed[i - 1];
  placed[i] = index;
}

gsize
mn_memory_plan (MnLifetime *items, guint n, gsize align)
{
  g_autoptr (GArray)
      order = g_array_sized_new (FALSE, FALSE, sizeof (guint), n);
  g_autofree guint *placed = g_new (guint, n);
  gsize total = 0;
  guint n_placed = 0;

  g_return_val_if_fail (align > 0 && (align & (align - 1)) == 0, G_MAXSIZE);
  for (guint i = 0; i < n; i++) {
    items[i].offset = 0;
    if (items[i].size > 0)
      g_array_append_val (order, i);
  }
  g_array_sort_with_data (order, compare_size, items);
  for (guint i = 0; i < order->len; i++) {
    guint index = g_array_index (order, guint, i);
    MnLifetime *item = &items[index];

    if (!find_gap (items, placed, n_placed, item, align))
      return G_MAXSIZE;
    insert_by_offset (items, placed, n_placed++, index);
    total = MAX (total, item->offset + item->size);
  }
  return align_up (&total, align) ? total : G_MAXSIZE;
}
