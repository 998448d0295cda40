/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How threads of the engine call back whoever waits for a frame, and may be
 * gone by then: models that were exchanged still have the bell. */

#ifndef GST_MOBILENET_BELL_H
#define GST_MOBILENET_BELL_H

#include <glib.h>

G_BEGIN_DECLS

typedef void (*GstMobilenetWakeFunc) (gpointer user_data);

/* Counted. */
typedef struct _GstMobilenetBell GstMobilenetBell;

GstMobilenetBell *gst_mobilenet_bell_new (void);
GstMobilenetBell *gst_mobilenet_bell_ref (GstMobilenetBell *bell);
void gst_mobilenet_bell_unref (GstMobilenetBell *bell);
/* Who is called; NULL: nobody, and nobody is any more when it returns. */
void gst_mobilenet_bell_set_wake (GstMobilenetBell *bell,
    GstMobilenetWakeFunc wake, gpointer user_data);
/* Whether anybody waits to be called. */
void gst_mobilenet_bell_listen (GstMobilenetBell *bell, gboolean listen);
/* Calls, if somebody listens. Any thread. */
void gst_mobilenet_bell_ring (GstMobilenetBell *bell);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstMobilenetBell, gst_mobilenet_bell_unref)

G_END_DECLS

#endif /* GST_MOBILENET_BELL_H */
