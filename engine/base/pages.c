/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/base/pages.h"

#include <sys/mman.h>
#include <unistd.h>

/* The usual size of a huge page; where another one is usual, blocks are
 * merely aligned better than they need be. */
#define HUGE_PAGE ((gsize) 2 << 20)

static gpointer
map (gsize size)
{
  gpointer pages = mmap (NULL, size, PROT_READ | PROT_WRITE,
      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  return pages == MAP_FAILED ? NULL : pages;
}

/* A huge page begins where its size divides the address. */
static gpointer
map_aligned (gsize size)
{
  guint8 *block = map (size + HUGE_PAGE);
  gsize before;

  if (!block)
    return NULL;
  before = (HUGE_PAGE - (gsize) block % HUGE_PAGE) % HUGE_PAGE;
  if (before > 0)
    munmap (block, before);
  munmap (block + before + size, HUGE_PAGE - before);
  return block + before;
}

static gsize
round_up (gsize size, gsize step)
{
  return (size + step - 1) / step * step;
}

gsize
mn_pages_unit (void)
{
  return sysconf (_SC_PAGESIZE);
}

/* In pages of the largest usual size; the last huge one is a whole one where
 * that wastes less than half of it. */
gsize
mn_pages_taken (gsize size)
{
  gsize left = size % HUGE_PAGE;

  if (left > HUGE_PAGE / 2)
    return round_up (size, HUGE_PAGE);
  return round_up (MAX (size, 1), 64 << 10);
}

gpointer
mn_pages_new (gsize size)
{
  gpointer pages;

  if (size > G_MAXSIZE / 2)
    return NULL;
  size = mn_pages_taken (size);
  if (size < HUGE_PAGE)
    return map (size);
  pages = map_aligned (size);
#ifdef MADV_HUGEPAGE
  if (pages)
    madvise (pages, size / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
#endif
  return pages;
}

void
mn_pages_free (gpointer pages, gsize size)
{
  if (pages)
    munmap (pages, mn_pages_taken (size));
}

void
mn_pages_drop (gpointer part, gsize size)
{
  madvise (part, size, MADV_DONTNEED);
}
