/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a model may ask for, in one place.
 *
 * Anybody's file may be opened, on cameras too. Each bound is several times
 * what networks for pictures need, and far below what would hurt the process
 * that opens the file. The file is refused in words, and before memory is
 * taken for what it asks for. docs/my-model.md tells users. */

#ifndef MN_BUDGET_H
#define MN_BUDGET_H

#include <glib.h>

G_BEGIN_DECLS

/* Bytes of the file. */
#define MN_MAX_MODEL_BYTES ((gsize) 512 << 20)
/* Entries of its lists; buffers count as tensors do. */
#define MN_MAX_TENSORS 16384
#define MN_MAX_OPERATORS 4096
/* Inputs of an operator, and outputs. */
#define MN_MAX_OPERANDS 256
/* Values of an output without height and width: each class gets a label. */
#define MN_MAX_CLASSES 100000
/* Bytes of all outputs of a frame as float32, which is what scores are. Grids
 * and masks: DeepLab's 513x513x21 takes 21 MiB. */
#define MN_MAX_OUTPUT_BYTES ((guint64) 128 << 20)
/* Bytes of the activations that are needed at the same time; what RESHAPE
 * gives lies where its input does. */
#define MN_MAX_WORKING_BYTES ((guint64) 256 << 20)
/* Bytes of one tensor. */
#define MN_MAX_TENSOR_BYTES MN_MAX_WORKING_BYTES
/* Bytes of constants as float32, which is what they become; as often as
 * operators name them, since each packs its own. */
#define MN_MAX_WEIGHT_BYTES ((guint64) 256 << 20)
/* Multiply-adds of a frame. An operator counts at least the values that it
 * reads and writes, and a window all that lie in it. */
#define MN_MAX_MACS G_GUINT64_CONSTANT (20000000000)
/* Strides, dilated filters and explicit paddings. */
#define MN_MAX_WINDOW 65536
/* Constant values that may be rewritten while operators are folded into each
 * other. Where more would have to be, operators stay as they are. */
#define MN_MAX_FOLDED ((guint64) 1 << 30)
/* Lines of a list of labels, a label each; also those of comment. */
#define MN_MAX_LABEL_LINES (2 * MN_MAX_CLASSES)
/* Bytes of the name of a file inside the model's archive. */
#define MN_MAX_MEMBER_NAME 1024

G_END_DECLS

#endif /* MN_BUDGET_H */
