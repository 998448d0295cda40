/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the parts of the .tflite writer share. */

#ifndef MN_TEST_TFLITE_WRITER_PRIVATE_H
#define MN_TEST_TFLITE_WRITER_PRIVATE_H

#include "tests/support/fb_writer.h"
#include "tests/support/tflite_writer.h"

G_BEGIN_DECLS

typedef struct
{
  gchar *name;
  guint type, rank;
  gint32 dims[8], signature[8];
  gboolean has_signature;
  gpointer data;
  gsize size;
  guint n_scales;
  gfloat *scales;
  gint64 *zero_points;
  gint axis;
} WriterTensor;

typedef struct
{
  MnTestOp params;
  gchar *custom;
  gint32 *new_shape;
  gint32 inputs[16];
  guint n_inputs;
  gint32 output;
} WriterOp;

struct _MnTestWriter
{
  GPtrArray *tensors, *ops;
  GArray *inputs, *outputs;
  GByteArray *metadata;
  gboolean external;
  guint misalign;
};

/* tflite_writer_options.c: the member of the options union that an operator
 * has (0: none), and its table. */
guint mn_test_options_kind (gint code);
void mn_test_write_options (FbWriter *fb, gsize ref, const WriterOp *op);

G_END_DECLS

#endif /* MN_TEST_TFLITE_WRITER_PRIVATE_H */
