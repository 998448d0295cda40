/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Tells what a file is that no reader takes, and what to do about it. */

#ifndef MN_SNIFF_H
#define MN_SNIFF_H

#include "engine/mn.h"

G_BEGIN_DECLS

/* Sets MN_ERROR_FORMAT with one line that names the file, what it is (an
 * empty file, a web page, a Git LFS pointer, an ONNX, PyTorch, OpenVINO,
 * TensorFlow, Keras, ncnn or safetensors model, an archive, a picture, a
 * text...) and the remedy. name: the file in messages; its ending helps to
 * tell kinds apart. */
void mn_sniff_refuse (const guint8 *data, gsize size, const gchar *name,
    GError **error);

G_END_DECLS

#endif /* MN_SNIFF_H */
