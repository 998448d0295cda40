/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A .tflite file with a network of two layers, made on the spot. */

#ifndef TINY_MODEL_H
#define TINY_MODEL_H

#include <glib.h>

G_BEGIN_DECLS

/* size x size x 3 floats, -1..1 by its metadata -> MEAN over the picture ->
 * SOFTMAX -> 3 floats. */
GBytes *tiny_model_new (guint size);
/* The same, which sees but the upper left quarter of the picture. */
GBytes *tiny_model_new_corner (guint size);
/* The first one with two outputs: 3 floats of the MEAN, and the 3 of the
 * SOFTMAX. */
GBytes *tiny_model_new_two (guint size);

G_END_DECLS

#endif /* TINY_MODEL_H */
