/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Makes small .tflite files for tests: tensors, constants, operators in
 * order, then mn_test_writer_finish. It writes what it is told, sound or
 * not, so that refusals can be tested as well.
 *
 *   MnTestWriter *w = mn_test_writer_new ();
 *   gint x = mn_test_writer_tensor (w, "x", MN_DTYPE_F32, 4, dims);
 *   gint k = mn_test_writer_const_f32 (w, "k", 4, k_dims, values);
 *   gint y = mn_test_writer_tensor (w, "y", MN_DTYPE_F32, 4, y_dims);
 *   mn_test_writer_op (w, &(MnTestOp) { .code = TFL_OP_CONV_2D,
 *       .stride_h = 1, .stride_w = 1 }, y, 3, x, k, -1);
 *   mn_test_writer_input (w, x);
 *   mn_test_writer_output (w, y);
 *   GBytes *model = mn_test_writer_finish (w);
 */

#ifndef MN_TEST_TFLITE_WRITER_H
#define MN_TEST_TFLITE_WRITER_H

#include "engine/model/tflite/schema.h"
#include "engine/mn.h"

G_BEGIN_DECLS

typedef struct _MnTestWriter MnTestWriter;

/* One operator; what is left out is 0, dilations of 0 are written as 1 and a
 * beta of 0 as 1. */
typedef struct
{
  gint code;           /* TflOp, or any other builtin code */
  const gchar *custom; /* the name, with TFL_OP_CUSTOM */
  gint padding;        /* TFL_PADDING_SAME, _VALID */
  gint activation;     /* TFL_ACTIVATION_... */
  gint stride_h, stride_w, dilation_h, dilation_w;
  gint filter_h, filter_w;
  gint multiplier;
  gboolean keep_dims;
  gfloat beta;
  gint axis; /* PACK */
  gint begin_mask, end_mask, shrink_axis_mask;
  const gint32 *new_shape; /* RESHAPE, in the options; n of them */
  guint n_new_shape;
} MnTestOp;

MnTestWriter *mn_test_writer_new (void);
/* Not finished: forget it. */
void mn_test_writer_free (MnTestWriter *writer);

/* An activation. All functions that add a tensor return its index. */
gint mn_test_writer_tensor (MnTestWriter *writer, const gchar *name,
    MnDType dtype, guint rank, const gint32 *dims);
/* A constant: dense data of the shape. */
gint mn_test_writer_const (MnTestWriter *writer, const gchar *name,
    MnDType dtype, guint rank, const gint32 *dims, gconstpointer data);
gint mn_test_writer_const_f32 (MnTestWriter *writer, const gchar *name,
    guint rank, const gint32 *dims, const gfloat *values);
/* The values rounded to half floats. */
gint mn_test_writer_const_f16 (MnTestWriter *writer, const gchar *name,
    guint rank, const gint32 *dims, const gfloat *values);
/* A vector of n int32. */
gint mn_test_writer_const_i32 (MnTestWriter *writer, const gchar *name, guint n,
    const gint32 *values);

/* Gives a tensor n scales along axis. zero_points NULL: zeros. */
void mn_test_writer_quant (MnTestWriter *writer, gint tensor, guint n,
    const gfloat *scales, const gint64 *zero_points, gint axis);
/* Leaves dimension i of a tensor open in its signature. */
void mn_test_writer_open_dim (MnTestWriter *writer, gint tensor, guint i);
/* Writes another number as the tensor's type. */
void mn_test_writer_raw_type (MnTestWriter *writer, gint tensor, guint type);

/* An operator that writes `output` from n_inputs tensors (gint). */
void mn_test_writer_op (MnTestWriter *writer, const MnTestOp *op, gint output,
    guint n_inputs, ...);
void mn_test_writer_input (MnTestWriter *writer, gint tensor);
void mn_test_writer_output (MnTestWriter *writer, gint tensor);

/* TFLite metadata: normalisation with n values each, and the name of a labels
 * file (which mn_test_zip_append adds); either may be left out (0, NULL). */
void mn_test_writer_metadata (MnTestWriter *writer, guint n, const gfloat *mean,
    const gfloat *std, const gchar *labels_file);
/* Constants behind the FlatBuffer instead of in it. */
void mn_test_writer_external (MnTestWriter *writer);
/* Constants at addresses that are a multiple of 16 plus n (1..15). */
void mn_test_writer_misalign (MnTestWriter *writer, guint n);

/* The file; frees the writer. */
GBytes *mn_test_writer_finish (MnTestWriter *writer);

/* model with a zip archive behind it that holds one member. */
GBytes *mn_test_zip_append (GBytes *model, const gchar *member,
    const gchar *text, gboolean deflate);

/* A whole classifier, for tests that need any model that runs: input
 * [1,size,size,3] float, a 3x3 convolution of stride 2 with RELU6, a mean, a
 * fully connected layer to n_classes, softmax. Weights come from seed. */
GBytes *mn_test_classifier (guint size, guint n_classes, guint32 seed);
/* 8x8 pixels RGB, whose mean a channel is the answer; input and output are
 * called name. scale 0: of floats; else quantised so. */
GBytes *
mn_test_averages (const gchar *name, MnDType dtype, gfloat scale, gint64 zero);

G_END_DECLS

#endif /* MN_TEST_TFLITE_WRITER_H */
