/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The validator: the shape of each operator's result, and whether its
 * operands fit together. Types were checked before. */

#include "engine/graph/validate_internal.h"

#include <math.h>

gboolean
mn_infer_broadcast (const MnCheck *check, MnNode *node, MnShape *shape,
    GError **error)
{
  const MnTensor *a = mn_check_input (check, 0);
  const MnTensor *b = mn_check_input (check, 1);
  guint i;

  shape->rank = MAX (a->rank, b->rank);
  for (i = 1; i <= shape->rank; i++) {
    gint32 da = i <= a->rank ? a->dims[a->rank - i] : 1;
    gint32 db = i <= b->rank ? b->dims[b->rank - i] : 1;

    if (da != db && da != 1 && db != 1)
      return mn_check_fail (check, MN_ERROR_INVALID, b, error,
          "sizes %d and %d of dimension -%u do not go together", da, db, i);
    shape->dims[shape->rank - i] = MAX (da, db);
  }
  return TRUE;
}

/* Means over the picture are what backends compute: height and width must be
 * among the axes unless they are 1, channels and batch must not be. */
gboolean
mn_infer_mean (const MnCheck *check, MnNode *node, MnShape *shape,
    GError **error)
{
  const MnTensor *x = mn_check_input (check, 0);
  gboolean reduced[MN_MAX_RANK] = {FALSE};
  const gint32 *axes;
  gsize n, i;
  guint d;

  axes = mn_check_indices (check, 1, 0, &n, error);
  if (!axes)
    return FALSE;
  for (i = 0; i < n; i++) {
    gint64 axis = axes[i] < 0 ? (gint64) axes[i] + x->rank : axes[i];

    if (axis < 0 || axis >= x->rank)
      return mn_check_fail (check, MN_ERROR_INVALID, x, error,
          "axis %d of a tensor of rank %u", axes[i], x->rank);
    reduced[axis] = TRUE;
  }
  if (x->rank != 4 || x->dims[0] != 1 || reduced[0] || reduced[3]
      || (!reduced[1] && x->dims[1] != 1) || (!reduced[2] && x->dims[2] != 1))
    return mn_check_fail (check, MN_ERROR_UNSUPPORTED, x, error,
        "a mean over anything but height and width is not supported");

  shape->rank = 0;
  for (d = 0; d < x->rank; d++) {
    if (!reduced[d])
      shape->dims[shape->rank++] = x->dims[d];
    else if (check->node->params.mean.keep_dims)
      shape->dims[shape->rank++] = 1;
  }
  return TRUE;
}

gboolean
mn_infer_pad (const MnCheck *check, MnNode *node, MnShape *shape,
    GError **error)
{
  const MnTensor *x = mn_check_input (check, 0);
  const gint32 *paddings;
  guint i;

  paddings = mn_check_indices (check, 1, 2 * (gsize) x->rank, NULL, error);
  if (!paddings)
    return FALSE;
  *shape = mn_shape_of (x);
  for (i = 0; i < x->rank; i++) {
    gint32 before = paddings[2 * i], after = paddings[2 * i + 1];

    if (before < 0 || after < 0 || before > MN_MAX_WINDOW
        || after > MN_MAX_WINDOW)
      return mn_check_fail (check, MN_ERROR_INVALID, mn_check_input (check, 1),
          error, "padding %d, %d of dimension %u", before, after, i);
    shape->dims[i] += (gint64) before + after;
  }
  if (x->rank != 4 || shape->dims[0] != x->dims[0])
    return mn_check_fail (check, MN_ERROR_UNSUPPORTED, x, error,
        "padding anything but height, width and channels of a picture is not "
        "supported");
  return TRUE;
}

/* y [..., o] = x [n, i] * weights [o, i]; the leading dimensions are the
 * file's choice as long as they hold n rows. */
gboolean
mn_infer_fully_connected (const MnCheck *check, MnNode *node, MnShape *shape,
    GError **error)
{
  const MnTensor *x = mn_check_input (check, 0);
  const MnTensor *weights = mn_check_input (check, 1);
  const MnTensor *bias = mn_check_input (check, 2);
  const MnTensor *output = mn_check_output (check);
  gsize rows, declared = 1;
  guint i;

  if (weights->rank != 2)
    return mn_check_fail (check, MN_ERROR_INVALID, weights, error,
        "weights of rank %u instead of 2", weights->rank);
  if (x->n_elements % weights->dims[1] != 0)
    return mn_check_fail (check, MN_ERROR_INVALID, x, error,
        "%" G_GSIZE_FORMAT " values for weights of %d inputs", x->n_elements,
        weights->dims[1]);
  if (bias && bias->n_elements != (gsize) weights->dims[0])
    return mn_check_fail (check, MN_ERROR_INVALID, bias, error,
        "%" G_GSIZE_FORMAT " biases for %d outputs", bias->n_elements,
        weights->dims[0]);
  rows = x->n_elements / weights->dims[1];
  shape->rank = 2;
  shape->dims[0] = rows;
  shape->dims[1] = weights->dims[0];

  /* keep_num_dims: as declared, if it says the same. */
  if (output->rank > 2 && output->rank == x->rank
      && output->dims[output->rank - 1] == weights->dims[0]) {
    MnShape kept = mn_shape_of (x);

    for (i = 0; i + 1 < x->rank; i++)
      declared *= x->dims[i];
    kept.dims[kept.rank - 1] = weights->dims[0];
    if (declared == rows)
      *shape = kept;
  }
  return TRUE;
}

gboolean
mn_infer_softmax (const MnCheck *check, MnNode *node, MnShape *shape,
    GError **error)
{
  const MnTensor *x = mn_check_input (check, 0);
  gfloat beta = check->node->params.softmax.beta;

  if (x->rank < 1)
    return mn_check_fail (check, MN_ERROR_INVALID, x, error,
        "softmax of a single value");
  if (!isfinite (beta) || beta <= 0)
    return mn_check_fail (check, MN_ERROR_INVALID, NULL, error, "beta is %g",
        beta);
  *shape = mn_shape_of (x);
  return TRUE;
}

gboolean
mn_infer_squeeze_excite (const MnCheck *check, MnNode *node, MnShape *shape,
    GError **error)
{
  const MnTensor *x = mn_check_input (check, 0);
  const MnTensor *w1 = mn_check_input (check, 1);
  const MnTensor *b1 = mn_check_input (check, 2);
  const MnTensor *w2 = mn_check_input (check, 3);
  const MnTensor *b2 = mn_check_input (check, 4);
  MnActivation gate = check->node->params.se.gate;

  if (x->rank != 4 || x->dims[0] != 1 || w1->rank != 2 || w2->rank != 2
      || w1->dims[1] != x->dims[3] || w2->dims[0] != x->dims[3]
      || w2->dims[1] != w1->dims[0] || b1->n_elements != (gsize) w1->dims[0]
      || b2->n_elements != (gsize) w2->dims[0])
    return mn_check_fail (check, MN_ERROR_INVALID, x, error,
        "its weights do not fit it");
  if (gate != MN_ACT_HARD_SIGMOID && gate != MN_ACT_SIGMOID)
    return mn_check_fail (check, MN_ERROR_INVALID, x, error, "gate %s",
        mn_activation_name (gate));
  *shape = mn_shape_of (x);
  return TRUE;
}

gboolean
mn_infer_transpose (const MnCheck *check, MnNode *node, MnShape *shape,
    GError **error)
{
  const MnTensor *x = mn_check_input (check, 0);
  const gint32 *order;
  gboolean seen[MN_MAX_RANK] = {FALSE};
  guint d;

  if (x->rank == 0)
    return mn_check_fail (check, MN_ERROR_INVALID, x, error,
        "axes of a single value");
  order = mn_check_indices (check, 1, x->rank, NULL, error);
  if (!order)
    return FALSE;
  shape->rank = x->rank;
  for (d = 0; d < x->rank; d++) {
    if (order[d] < 0 || order[d] >= (gint32) x->rank || seen[order[d]])
      return mn_check_fail (check, MN_ERROR_INVALID, mn_check_input (check, 1),
          error, "axis %d at %u in the order of %u axes", order[d], d, x->rank);
    seen[order[d]] = TRUE;
    shape->dims[d] = x->dims[order[d]];
  }
  return TRUE;
}

gboolean
mn_infer_same (const MnCheck *check, MnNode *node, MnShape *shape,
    GError **error)
{
  *shape = mn_shape_of (mn_check_input (check, 0));
  return TRUE;
}

gboolean
mn_check_shapes (const MnCheck *check, MnNode *node, GError **error)
{
  g_autofree MnShape *shapes = g_new0 (MnShape, node->n_outputs);
  guint i;

  if (!mn_operator (node->op)->infer (check, node, shapes, error))
    return FALSE;
  for (i = 0; i < node->n_outputs; i++) {
    if (!mn_check_set_shape (check, i, &shapes[i], error))
      return FALSE;
  }
  return TRUE;
}
