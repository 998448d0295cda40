/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/lower/operands.h"
#include "opencl/lower/plan.h"

#include <math.h>
#include <string.h>

static gfloat *
new_zeros (gsize n)
{
  return g_try_malloc0_n (n, sizeof (gfloat));
}

MnClPacking
mn_cl_packing (gsize n_out, gsize positions, gsize n_in)
{
  MnClPacking packing;

  packing.n = (n_out + MN_CL_BLOCK - 1) / MN_CL_BLOCK * MN_CL_BLOCK;
  packing.k = positions * mn_cl_pad4 (n_in);
  return packing;
}

/* Where output o has its first input's weight. */
static gsize
column_of (gsize o, gsize k)
{
  return o / MN_CL_BLOCK * k * MN_CL_BLOCK + o % MN_CL_BLOCK;
}

gfloat *
mn_cl_pack (const MnClPacking *packing, const gfloat *w, gsize n_out,
    gsize positions, gsize n_in)
{
  gfloat *out = new_zeros (packing->n * packing->k);
  gsize o, p, i;

  if (!out)
    return NULL;
  for (o = 0; o < n_out; o++) {
    gfloat *column = out + column_of (o, packing->k);

    for (p = 0; p < positions; p++) {
      for (i = 0; i < n_in; i++)
        column[(p * mn_cl_pad4 (n_in) + i) * MN_CL_BLOCK] = *w++;
    }
  }
  return out;
}

gfloat *
mn_cl_pack_taps (const MnClPacking *packing, const gfloat *w, gsize channels)
{
  gfloat *out = new_zeros (packing->n * packing->k);
  gsize c, k;

  for (k = 0; out && k < packing->k; k++) {
    for (c = 0; c < channels; c++)
      out[column_of (c, packing->k) + k * MN_CL_BLOCK] = *w++;
  }
  return out;
}

gfloat *
mn_cl_pack_vector (const gfloat *x, gsize n, gsize padded)
{
  return mn_cl_pack_rows (x, x ? 1 : 0, n, padded);
}

gfloat *
mn_cl_pack_rows (const gfloat *x, gsize n_rows, gsize row, gsize padded)
{
  gfloat *out = new_zeros (MAX (n_rows, 1) * padded);
  gsize i;

  for (i = 0; out && i < n_rows; i++)
    memcpy (out + i * padded, x + i * row, row * sizeof (gfloat));
  return out;
}

gboolean
mn_cl_upload_packed (MnCompile *c, const gfloat *packed, gsize n_packed,
    const MnTensor *b, gsize n_out, gsize padded, MnClConstants *constants,
    GError **error)
{
  g_autofree gfloat *bias = NULL;

  constants->weights = mn_cl_upload_floats (c->plan, packed, n_packed,
      constants->half, error);
  if (!constants->weights)
    return FALSE;
  bias = mn_cl_pack_vector (b ? b->data : NULL, n_out, padded);
  constants->bias = mn_cl_upload_floats (c->plan, bias, padded, constants->half,
      error);
  return constants->bias != NULL;
}

gboolean
mn_cl_weights_fit_half (const MnCompile *c, const MnTensor *w,
    const MnTensor *b)
{
  return mn_cl_fits_half (c->plan, w) && mn_cl_fits_half (c->plan, b);
}

/* What would take the time is left out. */
static gboolean
rehearse (MnCompile *c, const MnTensor *w, MnClConstants *constants,
    GError **error)
{
  constants->weights = constants->bias = mn_cl_plan_upload (c->plan, w->data, 1,
      error);
  return TRUE;
}

gboolean
mn_cl_upload_weights (MnCompile *c, const MnNode *node, const MnTensor *w,
    const MnTensor *b, const MnClPacking *packing, gsize n_out, gsize positions,
    gsize n_in, MnClConstants *constants, GError **error)
{
  g_autofree gfloat *packed = NULL;

  if (!mn_compile_check_weights (c, node, w, b, error))
    return FALSE;
  if (c->plan->wishes)
    return rehearse (c, w, constants, error);
  packed = mn_cl_pack (packing, w->data, n_out, positions, n_in);
  return mn_cl_upload_packed (c, packed, packing->n * packing->k, b, n_out,
      packing->n, constants, error);
}

static gfloat
scale_of (const MnQuant *quant, gsize o)
{
  return quant->scale[quant->n > 1 ? o : 0];
}

static gboolean
are_bytes (const MnTensor *w)
{
  const MnQuant *quant = &w->quant;
  const gfloat *x = w->data;
  gsize n = w->dims[0], k = w->n_elements / n, o, i;

  if (!x || quant->n == 0
      || (quant->n > 1 && (quant->axis != 0 || quant->n != n)))
    return FALSE;
  for (i = 0; i < quant->n; i++) {
    if (quant->zero_point[i] != 0 || !(quant->scale[i] > 0)
        || !isfinite (quant->scale[i]))
      return FALSE;
  }
  for (o = 0; o < n; o++) {
    gfloat scale = scale_of (quant, o);

    for (i = 0; i < k; i++, x++) {
      gfloat q = rintf (*x / scale);

      if (!(q >= G_MININT8 && q <= G_MAXINT8)
          || (gfloat) ((gdouble) scale * q) != *x)
        return FALSE;
    }
  }
  return TRUE;
}

gboolean
mn_cl_recall (GHashTable *table, const MnTensor *t,
    gboolean (*look) (const MnTensor *t))
{
  gpointer known = g_hash_table_lookup (table, t);

  if (!known) {
    known = GINT_TO_POINTER (look (t) ? 1 : -1);
    g_hash_table_insert (table, (gpointer) t, known);
  }
  return GPOINTER_TO_INT (known) > 0;
}

gboolean
mn_cl_are_bytes (MnBackendPlan *self, const MnTensor *w)
{
  return mn_cl_recall (self->bytes, w, are_bytes);
}

static gint8 *
pack_bytes (const MnClPacking *packing, const MnTensor *w)
{
  gsize n = w->dims[0], k = w->n_elements / n, o, i;
  gint8 *out = g_try_malloc0 (packing->n * packing->k);
  const gfloat *x = w->data;

  if (!out)
    return NULL;
  for (o = 0; o < n; o++) {
    gint8 *column = out + column_of (o, packing->k);
    gfloat scale = scale_of (&w->quant, o);

    for (i = 0; i < k; i++)
      column[i * MN_CL_BLOCK] = (gint8) rintf (*x++ / scale);
  }
  return out;
}

/* The bias, and behind it a factor an output. */
static gfloat *
pack_factors (const MnTensor *w, const MnTensor *b, gsize padded)
{
  gsize n = w->dims[0], o;
  gfloat *out = mn_cl_pack_vector (b ? b->data : NULL, n, 2 * padded);

  for (o = 0; out && o < n; o++)
    out[padded + o] = scale_of (&w->quant, o);
  return out;
}

gboolean
mn_cl_upload_bytes (MnCompile *c, const MnTensor *w, const MnTensor *b,
    const MnClPacking *packing, MnClConstants *constants, GError **error)
{
  g_autofree gint8 *packed = NULL;
  g_autofree gfloat *factors = NULL;

  if (c->plan->wishes)
    return rehearse (c, w, constants, error);
  packed = pack_bytes (packing, w);
  constants->weights = mn_cl_plan_upload (c->plan, packed,
      packing->n * packing->k, error);
  if (!constants->weights)
    return FALSE;
  factors = pack_factors (w, b, packing->n);
  constants->bias = mn_cl_plan_upload (c->plan, factors,
      2 * packing->n * sizeof (gfloat), error);
  return constants->bias != NULL;
}
