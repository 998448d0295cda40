/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From the graph's terms to the kernels'. */

#ifndef MN_CPU_TRANSLATE_H
#define MN_CPU_TRANSLATE_H

#include "engine/cpu/kernels/kernels.h"
#include "engine/graph/graph.h"

G_BEGIN_DECLS

MnAct mn_act (MnActivation activation);
/* Of ADD, SUB and MUL. */
MnBinaryKind mn_binary_kind (MnOp op);

G_END_DECLS

#endif /* MN_CPU_TRANSLATE_H */
