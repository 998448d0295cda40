/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A matrix times one vector: fully connected layers, 1x1 convolutions of one
 * pixel, gates. */

#include "engine/lower/operands.h"
#include "opencl/lower/plan.h"

/* Items that share a tile's inputs, on a GPU. */
#define LANES 8

/* What a file has as bytes stays such. */
static gboolean
upload (MnCompile *c, const MnNode *node, const MnClVector *v,
    const MnClPacking *packing, gboolean bytes, MnClConstants *constants,
    GError **error)
{
  gsize n = v->w->dims[0];

  if (bytes)
    return mn_compile_check_weights (c, node, v->w, v->bias, error)
        && mn_cl_upload_bytes (c, v->w, v->bias, packing, constants, error);
  return mn_cl_upload_weights (c, node, v->w, v->bias, packing, n, 1,
      v->w->n_elements / n, constants, error);
}

gboolean
mn_cl_add_vector (MnCompile *c, const MnNode *node, const MnClVector *v,
    GError **error)
{
  const MnClDevice *device = c->plan->device;
  gboolean gpu = device->gpu_shape;
  gsize n = v->w->dims[0], k = v->w->n_elements / n, lanes = gpu ? LANES : 1;
  guint width = gpu ? 4 : 16, parts = MAX (v->parts, 1);
  MnClPacking packing = mn_cl_packing (n, 1, k);
  gboolean bytes = v->w->data && mn_cl_are_bytes (c->plan, v->w);
  MnClConstants constants = {
    .half = !bytes && mn_cl_weights_fit_half (c, v->w, v->bias)};
  /* Sums are of floats: they are long, and few. */
  const MnClOperands operands = {
    v->x, v->residual, -1, v->y, constants.half, FALSE};
  MnClOptions options = {
    "",
  };
  MnClLaunch *launch;

  if (!upload (c, node, v, &packing, bytes, &constants, error))
    return FALSE;
  mn_cl_option (&options, "V", width);
  mn_cl_option (&options, "REDUCE", gpu);
  mn_cl_option (&options, "PARTS", v->parts > 0);
  mn_cl_option (&options, "BYTES", bytes);
  mn_cl_option_act (&options, "ACT", v->activation);
  mn_cl_option_half (&options, mn_cl_half (c, &operands));
  launch = mn_cl_add_launch (c, "fully_connected", &options, error);
  if (!launch)
    return FALSE;
  mn_cl_arg_value (launch, v->x);
  mn_cl_arg_mem (launch, constants.weights);
  mn_cl_arg_mem (launch, constants.bias);
  mn_cl_arg_value (launch, v->residual >= 0 ? v->residual : v->x);
  mn_cl_arg_value (launch, v->y);
  mn_cl_arg_int4 (launch, packing.k / 4, mn_cl_pad4 (n), v->residual >= 0,
      parts);
  mn_cl_arg_bounds (launch, v->activation);
  if (v->parts > 0)
    mn_cl_arg_float (launch, v->factor);
  mn_cl_set_size (device, launch, packing.n / width, lanes, 1,
      gpu ? MAX (device->quirks->group / lanes, 1) : 1, lanes, 1);
  launch->global[1] = launch->local[1];
  if (gpu)
    mn_cl_arg_local (launch, mn_cl_group_items (launch) * width);
  launch->flops = 2.0 * n * k;
  launch->bytes = (bytes                   ? 1.0
                          : constants.half ? 2.0
                                           : 4.0)
          * packing.n * packing.k
      + (constants.half ? 2.0 : 4.0) * (bytes ? 2 : 1) * packing.n
      + mn_cl_size_of (c, v->y) * n + mn_cl_size_of (c, v->x) * parts * k;
  return TRUE;
}
