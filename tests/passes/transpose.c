/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Moving the axes of a tensor, element by element against where each came
 * from: all ranks, sizes that are odd or one, elements of all sizes. */

#include "engine/graph/transpose.h"
#include "tests/passes/build.h"

#include <string.h>

/* A random order of rank axes. */
static void
shuffle (GRand *rand, guint rank, gint32 *order)
{
  for (guint i = 0; i < rank; i++) {
    guint j = g_rand_int_range (rand, 0, i + 1);

    order[i] = order[j];
    order[j] = i;
  }
}

/* Where element i of the result lies in x. */
static gsize
source (const MnTensor *x, const gint32 *order, gsize i)
{
  gsize index[MN_MAX_RANK], at = 0;

  for (guint d = x->rank; d-- > 0;) {
    index[order[d]] = i % x->dims[order[d]];
    i /= x->dims[order[d]];
  }
  for (guint d = 0; d < x->rank; d++)
    at = at * x->dims[d] + index[d];
  return at;
}

static void
check (GRand *rand, gsize size)
{
  MnTensor x = {.rank = g_rand_int_range (rand, 1, MN_MAX_RANK + 1)};
  gint32 order[MN_MAX_RANK];
  g_autofree guint8 *from = NULL;
  g_autofree guint8 *to = NULL;
  MnTranspose walk;
  gsize n = 1, split;

  for (guint d = 0; d < x.rank; d++)
    n *= x.dims[d] = g_rand_int_range (rand, 1, 6);
  shuffle (rand, x.rank, order);
  from = g_malloc (n * size);
  to = g_malloc0 (n * size);
  for (gsize i = 0; i < n * size; i++)
    from[i] = g_rand_int (rand);
  mn_transpose_init (&walk, &x, order);
  split = g_rand_int_range (rand, 0, walk.n_rows + 1);
  mn_transpose_rows (&walk, split, walk.n_rows, size, from, to);
  mn_transpose_rows (&walk, 0, split, size, from, to);
  for (gsize i = 0; i < n; i++)
    g_assert_cmpmem (to + i * size, size, from + source (&x, order, i) * size,
        size);
}

static void
test_random (void)
{
  GRand *rand = g_rand_new_with_seed (test_seed ());

  for (guint i = 0; i < 500; i++)
    check (rand, 1u << i % 4);
  g_rand_free (rand);
}

void
test_transpose_add (void)
{
  g_test_add_func ("/passes/transpose/random", test_random);
}
