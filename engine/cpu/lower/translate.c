/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From the graph's terms to the kernels'. */

#include "engine/cpu/lower/translate.h"

#include <math.h>

MnAct
mn_act (MnActivation activation)
{
  MnAct act = {MN_ACT_KIND_CLAMP, -INFINITY, INFINITY};

  switch (activation) {
    case MN_ACT_NONE:
      break;
    case MN_ACT_RELU:
      act.lo = 0;
      break;
    case MN_ACT_RELU6:
      act.lo = 0;
      act.hi = 6;
      break;
    case MN_ACT_RELU_N1_TO_1:
      act.lo = -1;
      act.hi = 1;
      break;
    case MN_ACT_HARD_SWISH:
      act.kind = MN_ACT_KIND_HARD_SWISH;
      break;
    case MN_ACT_HARD_SIGMOID:
      act.kind = MN_ACT_KIND_HARD_SIGMOID;
      break;
    case MN_ACT_SIGMOID:
      act.kind = MN_ACT_KIND_SIGMOID;
      break;
  }
  return act;
}

MnBinaryKind
mn_binary_kind (MnOp op)
{
  return op == MN_OP_ADD ? MN_BINARY_ADD
      : op == MN_OP_SUB  ? MN_BINARY_SUB
                         : MN_BINARY_MUL;
}
