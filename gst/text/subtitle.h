/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Turns the text of each frame into pieces with a start and an end, as
 * subtitle tracks want them. Times are ns of the segment. One thread at a
 * time. */

#ifndef GST_MOBILENET_SUBTITLE_H
#define GST_MOBILENET_SUBTITLE_H

#include <gst/gst.h>

G_BEGIN_DECLS

/* Takes a piece; an empty text means that nothing was to be said. */
typedef void (*GstMobilenetSubtitleFunc) (const gchar *text, GstClockTime start,
    GstClockTime end, gpointer user_data);

typedef struct _GstMobilenetSubtitle GstMobilenetSubtitle;

GstMobilenetSubtitle *
gst_mobilenet_subtitle_new (GstMobilenetSubtitleFunc func, gpointer user_data);
void gst_mobilenet_subtitle_free (GstMobilenetSubtitle *subtitle);

/* The next frame, and its text. A piece ends when another text comes, where
 * frames are missing for more than a second, and before it is longer than
 * max_length ns (0: however long). end may be NONE: it lasts until the next
 * one. backwards: frames come in the order of reverse playback. */
void gst_mobilenet_subtitle_add (GstMobilenetSubtitle *subtitle,
    const gchar *text, GstClockTime start, GstClockTime end,
    GstClockTime max_length, gboolean backwards);

/* Ends the piece at hand: no frame follows. */
void gst_mobilenet_subtitle_finish (GstMobilenetSubtitle *subtitle);

/* Drops it instead. */
void gst_mobilenet_subtitle_discard (GstMobilenetSubtitle *subtitle);

G_END_DECLS

#endif /* GST_MOBILENET_SUBTITLE_H */
