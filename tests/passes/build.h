/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Small graphs by hand. Every function appends a node and returns its
 * output; shapes are left to mn_graph_validate. Constants are drawn from
 * rand. */

#ifndef BUILD_H
#define BUILD_H

#include "engine/lower/values.h"
#include "engine/passes/passes.h"

typedef struct
{
  MnGraph *graph;
  GRand *rand;
} Build;

/* A graph with a float input [1,h,w,c], tensor 0. */
Build build_new (guint32 seed, gint h, gint w, gint c);
void build_clear (Build *build);
/* Makes t the output; the graph is validated. */
void build_finish (Build *build, gint t);
/* A constant with all elements drawn from low..high. */
gint build_constant (Build *build, guint rank, const gint32 *dims, gdouble low,
    gdouble high);
gint build_scalar (Build *build, gfloat value);
gint build_ints (Build *build, guint n, const gint32 *values);
/* Another type and other bytes for a constant. */
void build_set_data (Build *build, gint t, MnDType dtype, gconstpointer data,
    gsize size);
void build_set_quant (Build *build, gint t, guint n, guint axis,
    const gfloat *scale, const gint64 *zero_point);
/* in: inputs, ended by -2. */
gint
build_node (Build *build, MnOp op, MnActivation activation, const gint *in);
/* c_in is what the tensor x has. Same padding, stride 1. */
gint build_conv (Build *build, gint x, gint c_in, gint c_out, gint k,
    gboolean bias, MnActivation activation);
gint build_dwconv (Build *build, gint x, gint c, gint k, gint stride,
    MnActivation activation);
gint build_dense (Build *build, gint x, gint c_in, gint c_out,
    MnActivation activation);
gint build_mean (Build *build, gint x, gboolean keep_dims);
gint build_global_pool (Build *build, gint x, gint h, gint w);
gint build_reshape (Build *build, gint x, guint rank, const gint32 *dims);

#define BUILD_UNARY(build, op, x) \
  build_node (build, op, MN_ACT_NONE, (const gint[]) {x, -2})
#define BUILD_BINARY(build, op, a, b) \
  build_node (build, op, MN_ACT_NONE, (const gint[]) {a, b, -2})

/* Runs a pass; the graph is valid afterwards. */
void build_run (Build *build, gboolean (*pass) (MnGraph *, GError **));
/* The last node. */
MnNode *build_last (Build *build);
/* How many nodes of this kind the graph has. */
guint count_op (const MnGraph *graph, MnOp op);
/* From MOBILENET_TEST_SEED, else random; printed once. */
guint32 test_seed (void);

void test_memory_add (void);
void test_bounds_add (void);
void test_fold_add (void);
void test_fuse_add (void);
void test_random_add (void);
void test_models_add (void);
void test_operators_add (void);
void test_several_add (void);
void test_transpose_add (void);
void test_twin_add (void);
/* Values of a graph whose steps are its nodes, the first of which is 0; a
 * RESHAPE's output lies where its input does. Free with g_array_unref. */
GArray *build_values (const MnGraph *graph);

#endif /* BUILD_H */
