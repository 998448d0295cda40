/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A class as a line of text, after a pattern. */

#ifndef GST_MOBILENET_LABELTEXT_H
#define GST_MOBILENET_LABELTEXT_H

#include "gst/meta/result.h"

G_BEGIN_DECLS

#define GST_MOBILENET_LABELTEXT_WORDS \
  "{label}, {percent}, {confidence}, {index}, {element} and {model}"
/* Appends pattern with the words in braces replaced; \n in it is a new line,
 * other words in braces stay. What is appended is valid UTF-8. */
void gst_mobilenet_labeltext_append (GString *out, const gchar *pattern,
    const GstMobilenetResult *result, const GstMobilenetScore *score);

G_END_DECLS

#endif /* GST_MOBILENET_LABELTEXT_H */
