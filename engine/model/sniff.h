/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Tells what a file is that is no .tflite model, and what to do about it. */

#ifndef MN_SNIFF_H
#define MN_SNIFF_H

#include "engine/mn.h"

G_BEGIN_DECLS

/* TRUE when the bytes look like a .tflite file (its mark TFL3 is where it
 * belongs). Else FALSE and one line that names the file, what it is (an
 * empty file, a web page, a Git LFS pointer, an ONNX, PyTorch, OpenVINO,
 * TensorFlow, Keras, ncnn or safetensors model, an archive, a picture, a
 * text...) and the remedy.
 * name: the file in messages; its ending helps to tell kinds apart.
 * MN_ERROR_FORMAT; MN_ERROR_TRUNCATED when the first few bytes are all that
 * is left of a model. */
gboolean mn_sniff_tflite (const guint8 *data, gsize size, const gchar *name,
    GError **error);

G_END_DECLS

#endif /* MN_SNIFF_H */
