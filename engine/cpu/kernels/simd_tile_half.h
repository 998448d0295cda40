/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A tile's sums in float16: twice as many products an instruction. Two
 * neighbours of a run lie in a pair of lanes, and their products are summed
 * in two sums of eleven bits, no more than HALF_BLOCK / 2 of them in each;
 * then both go to the float32 accumulators. Included by simd_tile.h. */

/* Elements of a block, even: sums this short lose little, and the accumulators
 * that have to wait in memory meanwhile are seldom asked for. */
#define HALF_BLOCK 128

#define TILE_RUN_ROWS(run) (((run) + 1) / 2)

typedef vp HalfTile[TILE_HIGH][TILE_VECS];

/* sum of row r += pair x of a row times the packed weights w; x: which of the
 * pair count. */
#define HALF_ROW(sum, rows, vecs, a, stride, w, pair) \
  do { \
    vp b_[TILE_VECS]; \
    gsize r_, v_; \
\
    V_UNROLL for (v_ = 0; v_ < (vecs); v_++) \
        b_[v_] = p_load ((w) + v_ * V_LEN); \
    V_UNROLL for (r_ = 0; r_ < (rows); r_++) \
    { \
      vp x_ = pair ((a) + r_ * (stride)); \
\
      V_UNROLL for (v_ = 0; v_ < (vecs); \
          v_++) (sum)[r_][v_] = p_fma (x_, b_[v_], (sum)[r_][v_]); \
    } \
  } while (0)

/* As tile_add of one block. n: elements, of which the first may be the second
 * of a pair. Returns the packed weights behind. */
V_INLINE const gfloat *
tile_add_block (Tile acc, const gsize rows, const gsize vecs, gsize n,
    gboolean second, const ve *a, gsize stride, const gfloat *w)
{
  const ve *end = a + n;
  HalfTile sum;
  gsize r, v;

  V_UNROLL for (r = 0; r < rows; r++)
  {
    V_UNROLL for (v = 0; v < vecs; v++) sum[r][v] = p_zero ();
  }
  if (second) {
    HALF_ROW (sum, rows, vecs, a, stride, w, p_second);
    w += vecs * V_LEN;
    a++;
  }
  for (; a + 1 < end; a += 2) {
    HALF_ROW (sum, rows, vecs, a, stride, w, p_set1);
    w += vecs * V_LEN;
  }
  if (a < end)
    HALF_ROW (sum, rows, vecs, a, stride, w, p_first);
  V_UNROLL for (r = 0; r < rows; r++)
  {
    V_UNROLL for (v = 0; v < vecs; v++)
        acc[r][v] = v_add (acc[r][v], p_sum (sum[r][v]));
  }
  return w;
}

/* acc[r] += sum over i < k of a[r * stride + i] * weight first + i of the run
 * whose packed rows are w */
V_INLINE void
tile_add (Tile acc, const gsize rows, const gsize vecs, gsize first, gsize k,
    const ve *a, gsize stride, const gfloat *w)
{
  gboolean second = first % 2;

  w += first / 2 * vecs * V_LEN;
  while (k > 0) {
    gsize n = MIN (k, HALF_BLOCK + (gsize) second);

    w = tile_add_block (acc, rows, vecs, n, second, a, stride, w);
    second = FALSE;
    a += n;
    k -= n;
  }
}

V_INLINE void
tile_add_run (Tile acc, const gsize rows, const gsize vecs, const gsize k,
    const ve *a, const gsize stride, const gfloat *w)
{
  tile_add (acc, rows, vecs, 0, k, a, stride, w);
}
