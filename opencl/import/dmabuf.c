/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "opencl/import/dmabuf.h"

static gint (*other_maker) (gsize size);

void
mn_cl_dmabuf_set_maker (gint (*maker) (gsize size))
{
  other_maker = maker;
}

static gint
fail (GError **error)
{
  g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED,
      "no DMABuf to try an import with: neither /dev/udmabuf nor "
      "/dev/dma_heap/system gives one to this user");
  return -1;
}

#ifdef __linux__

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define PATIENCE 1000 /* ms */

static gint
call (gint fd, gulong request, gpointer data)
{
  gint r;

  do {
    r = ioctl (fd, request, data);
  } while (r < 0 && (errno == EINTR || errno == EAGAIN));
  return r;
}

/* Of pages that cannot become fewer, as the driver demands. */
static gint
new_of_pages (gsize size)
{
  gint device = open ("/dev/udmabuf", O_RDWR | O_CLOEXEC);
  gint file = device < 0
      ? -1
      : memfd_create ("mobilenet", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  struct udmabuf_create create = {
    .memfd = file, .flags = UDMABUF_FLAGS_CLOEXEC, .size = size};
  gint fd = -1;

  if (file >= 0 && ftruncate (file, size) == 0
      && fcntl (file, F_ADD_SEALS, F_SEAL_SHRINK) == 0)
    fd = call (device, UDMABUF_CREATE, &create);
  if (file >= 0)
    close (file);
  if (device >= 0)
    close (device);
  return fd;
}

static gint
new_of_heap (gsize size)
{
  gint heap = open ("/dev/dma_heap/system", O_RDWR | O_CLOEXEC);
  struct dma_heap_allocation_data data = {
    .len = size, .fd_flags = O_RDWR | O_CLOEXEC};
  gint fd = -1;

  if (heap >= 0 && call (heap, DMA_HEAP_IOCTL_ALLOC, &data) == 0)
    fd = data.fd;
  if (heap >= 0)
    close (heap);
  return fd;
}

gint
mn_cl_dmabuf_new (gsize size, GError **error)
{
  gint fd = other_maker ? other_maker (size) : new_of_heap (size);

  if (fd < 0 && !other_maker)
    fd = new_of_pages (size);
  return fd >= 0 ? fd : fail (error);
}

static void
sync_file (gint fd, guint64 flags)
{
  struct dma_buf_sync data = {.flags = flags};

  call (fd, DMA_BUF_IOCTL_SYNC, &data);
}

void
mn_cl_dmabuf_begin_write (gint fd)
{
  sync_file (fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_WRITE);
}

void
mn_cl_dmabuf_end_write (gint fd)
{
  sync_file (fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_WRITE);
}

gboolean
mn_cl_dmabuf_wait (gint fd)
{
  struct pollfd file = {.fd = fd, .events = POLLIN};
  gint r;

  do {
    r = poll (&file, 1, PATIENCE);
  } while (r < 0 && errno == EINTR);
  return r > 0 && (file.revents & POLLIN);
}

#else

gint
mn_cl_dmabuf_new (gsize size, GError **error)
{
  return fail (error);
}

void
mn_cl_dmabuf_begin_write (gint fd)
{
}

void
mn_cl_dmabuf_end_write (gint fd)
{
}

gboolean
mn_cl_dmabuf_wait (gint fd)
{
  return FALSE;
}

#endif
