/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The .tflite reader. Facts of the format: schema.h. Only the first subgraph
 * is read; metadata: a FlatBuffer named TFLITE_METADATA and a zip archive
 * behind the model. */

#ifndef MN_TFLITE_H
#define MN_TFLITE_H

#include "engine/model/format/reader.h"

G_BEGIN_DECLS

extern const MnReader mn_reader_tflite;

G_END_DECLS

#endif /* MN_TFLITE_H */
