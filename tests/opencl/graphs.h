/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Small graphs with random weights, and what two backends make of them. */

#ifndef TEST_OPENCL_GRAPHS_H
#define TEST_OPENCL_GRAPHS_H

#include "opencl/opencl.h"

/* From MOBILENET_TEST_SEED, else another one each time; printed. */
void random_init (void);
gint random_int (gint first, gint last); /* both included */
gfloat random_float (void);              /* -1..1 */

/* Whether the device is so slow that one shape stands for several
 * (MOBILENET_TEST_FEW). */
gboolean few_shapes (void);

/* A graph under construction: what comes next reads x. */
typedef struct
{
  MnGraph *graph;
  gint x;
} Build;

/* A picture of h x w x c as the input. */
Build build_new (gint h, gint w, gint c);
/* Validates; gives the outputs: x, and others that were added before. */
MnGraph *build_finish (Build *b);
/* A constant of random floats. */
gint build_constant (Build *b, guint rank, const gint32 *dims);
gint
build_indices (Build *b, guint rank, const gint32 *dims, const gint32 *values);
/* A node that reads x, further inputs following; x is then its output. */
MnNode *build_node (Build *b, MnOp op, guint n_more, const gint *more);
MnNode *build_conv (Build *b, gint out, gint kernel_h, gint kernel_w,
    gint stride, MnPadding padding, MnActivation activation);
MnNode *build_dwconv (Build *b, gint multiplier, gint kernel_h, gint kernel_w,
    gint stride, MnPadding padding, MnActivation activation);
void build_fully_connected (Build *b, gint out, MnActivation activation);
void build_excite (Build *b, gint hidden, MnActivation gate);
void build_mean (Build *b, gboolean keep_dims);
void build_reshape (Build *b, guint rank, const gint32 *dims);
/* x plus the value: a residual where x is a convolution's. */
void build_residual (Build *b, gint value);

/* Three convolutions, a mean, a fully connected layer; what the second one
 * gives, and no other, is about so large. */
MnGraph *build_sized (gfloat size);

/* FALSE, and the test skipped, when there is no OpenCL device. */
gboolean have_device (void);

/* That of the plans below; off at first. */
extern MnTuning tuning_of_plans;

/* MOBILENET_TEST_PRECISION=float16, else float32. */
MnPrecision test_precision (void);

/* Compiles on OpenCL, in that precision, and on the reference, runs n random
 * inputs as a batch, twice, and compares. what: for messages. */
void compare_backends (const MnGraph *graph, guint n, const gchar *what);

/* Number of launches that a frame takes. */
guint count_launches (const MnGraph *graph);

/* A tensor frame over n floats. */
void init_tensor_frame (MnFrame *frame, const gfloat *data, gsize n);

void add_layer_tests (void);
void add_plan_tests (void);
void add_half_tests (void);
void add_picture_tests (void);
void add_device_tests (void);
void add_cache_tests (void);
void add_form_tests (void);
void add_byte_tests (void);
void add_integer_tests (void);

#endif /* TEST_OPENCL_GRAPHS_H */
