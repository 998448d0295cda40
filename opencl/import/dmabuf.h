/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* DMABufs as the kernel has them. Where it is not Linux there are none. */

#ifndef MN_CL_DMABUF_H
#define MN_CL_DMABUF_H

#include "engine/mn.h"

G_BEGIN_DECLS

/* One of our own, of whole pages, to be read and written. Close the
 * descriptor. -1: MN_ERROR_UNSUPPORTED, in words: neither /dev/udmabuf nor a
 * heap gives one to this user. */
gint mn_cl_dmabuf_new (gsize size, GError **error);
/* For tests: what makes them instead (-1: cannot); NULL: the kernel. */
void mn_cl_dmabuf_set_maker (gint (*maker) (gsize size));

/* Around what the CPU writes. Does nothing for other files. */
void mn_cl_dmabuf_begin_write (gint fd);
void mn_cl_dmabuf_end_write (gint fd);
/* Until nobody writes it any more: devices that have not been told to wait
 * for each other. FALSE: somebody still does after a second. */
gboolean mn_cl_dmabuf_wait (gint fd);

G_END_DECLS

#endif /* MN_CL_DMABUF_H */
