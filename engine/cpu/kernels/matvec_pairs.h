/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The matrix-vector product where pairs of elements are multiplied at once,
 * on packed weights (MN_PACK_PAIRS). Eight vectors of outputs at a time keep
 * the arithmetic out of the way of the reading; fewer take several inputs at
 * a time for the same end. */

#define PAIRS(k) (((k) + 1) / 2)
#define BLOCK 32

/* vecs and ways are constants. x is rounded to elements, a block at a time. */
V_INLINE void
accumulate (const gsize vecs, const gsize ways, gsize k, const gfloat *x,
    const gfloat *w, vf *acc)
{
  gsize first, i, v, u;

  for (first = 0; first < k; first += BLOCK) {
    gsize n = MIN (k - first, BLOCK), rows = PAIRS (n);
    gsize half = MIN (n, V_LEN);
    ve block[BLOCK];

    e_store (block, v_load_n (x + first, half));
    e_store (block + V_LEN,
        n > half ? v_load_n (x + first + half, n - half) : v_zero ());
    for (i = 0; i + ways <= rows; i += ways) {
      V_UNROLL for (u = 0; u < ways; u++)
      {
        vp xi = p_set1 (block + 2 * (i + u));

        V_UNROLL for (v = 0; v < vecs; v++)
            acc[u * vecs + v] = p_dot (acc[u * vecs + v], xi,
                p_load (w + (u * vecs + v) * V_LEN));
      }
      w += vecs * ways * V_LEN;
    }
    for (; i < rows; i++) {
      V_UNROLL for (v = 0; v < vecs; v++) acc[v] = p_dot (acc[v],
          p_set1 (block + 2 * i), p_load (w + v * V_LEN));
      w += vecs * V_LEN;
    }
  }
}

V_INLINE void
tile (const gsize vecs, const gsize ways, const gfloat *x, const gfloat *w,
    gfloat *y, gsize cols, const gfloat *residual, const MnMatvecArgs *args)
{
  vf acc[MATVEC_VECS], scale = v_set1 (args->x_scale);
  const gfloat *bias = w;
  gsize v, u;

  V_UNROLL for (v = 0; v < vecs * ways; v++) acc[v] = v_zero ();
  accumulate (vecs, ways, args->k, x, w + vecs * V_LEN, acc);
  V_UNROLL for (v = 0; v < vecs; v++)
  {
    gsize n = MIN (cols - v * V_LEN, V_LEN);
    vf sum = acc[v];

    V_UNROLL for (u = 1; u < ways; u++) sum = v_add (sum, acc[u * vecs + v]);
    sum = v_fma (sum, scale, v_load (bias + v * V_LEN));
    sum = v_act (sum, &args->act, args->act.kind);
    if (residual)
      sum = v_add (sum, v_load_n (residual + v * V_LEN, n));
    v_store_n (y + v * V_LEN, sum, n);
  }
}

void
MN_SIMD (mn_matvec_f32) (gsize first, gsize end, const gfloat *x,
    const gfloat *w, gfloat *y, const MnMatvecArgs *args)
{
  const gsize width = MATVEC_VECS * V_LEN;
  gsize t;

  w += first * width * (PAIRS (args->k) + 1);
  for (t = first; t < end; t++) {
    gsize cols = MIN (args->n - t * width, width);
    const gfloat *r = args->residual ? args->residual + t * width : NULL;
    gfloat *out = y + t * width;

    switch ((cols + V_LEN - 1) / V_LEN) {
      case 1:
        tile (1, 8, x, w, out, cols, r, args);
        break;
      case 2:
        tile (2, 4, x, w, out, cols, r, args);
        break;
      case 3:
        tile (3, 2, x, w, out, cols, r, args);
        break;
      case 4:
        tile (4, 2, x, w, out, cols, r, args);
        break;
      case 5:
        tile (5, 1, x, w, out, cols, r, args);
        break;
      case 6:
        tile (6, 1, x, w, out, cols, r, args);
        break;
      case 7:
        tile (7, 1, x, w, out, cols, r, args);
        break;
      default:
        tile (8, 1, x, w, out, cols, r, args);
        break;
    }
    w += width * (PAIRS (args->k) + 1);
  }
}
