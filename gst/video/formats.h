/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which raw formats are taken: all that libgstvideo can unpack, those of the
 * GStreamer that runs and not only of the one that was built against. Many
 * the engine reads where they lie; the others it reads as an unpacked copy
 * (unpack.h). */

#ifndef GST_MOBILENET_FORMATS_H
#define GST_MOBILENET_FORMATS_H

#include <gst/gst.h>
#include <gst/video/video.h>

#include "gst/video/unpack.h"

G_BEGIN_DECLS

/* How the engine sees pixels of a format; layout: of the copy that has to be
 * unpacked first, NULL for none. FALSE: they are not taken. */
gboolean gst_mobilenet_format_find (const GstVideoFormatInfo *finfo,
    MnFormat *format, const GstMobilenetLayout **layout);

/* Textures of OpenGL, as libgstgl names them, which is not needed here. */
#define GST_MOBILENET_FEATURE_GL "memory:GLMemory"

/* What is read, and what is drawn upon, for pad templates; those that the
 * engine reads where they lie come first. What is only looked at may lie in
 * other ways, too: fields in turns; from 1.24 on DMABufs that say how they
 * lie, as long as that is plain (before that nothing said so, and memory that
 * is mapped could be in tiles); textures. The caller's to unref. */
GstCaps *gst_mobilenet_formats_read_caps (void);
GstCaps *gst_mobilenet_formats_draw_caps (void);

/* Puts first what costs least, otherwise in the same order, in the answer to
 * a CAPS query: sources that can give anything take the first. */
void gst_mobilenet_formats_sort_answer (GstQuery *query);

/* From here on pad says in words, as an error of its element, that caps which
 * an event brings are none of its template, and what to put in front. Who only
 * asks whether it would take them hears no more than no. */
void gst_mobilenet_formats_explain (GstPad *pad);
/* Posts that error, once for the same caps. From the streaming thread. */
void gst_mobilenet_formats_refuse (GstElement *element, const GstCaps *caps);

G_END_DECLS

#endif /* GST_MOBILENET_FORMATS_H */
