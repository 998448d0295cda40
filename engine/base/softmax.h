/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef MN_SOFTMAX_H
#define MN_SOFTMAX_H

#include <glib.h>

G_BEGIN_DECLS

/* Softmax of beta * x over n values; y may be x. */
void mn_softmax (gsize n, gfloat beta, const gfloat *x, gfloat *y);

G_END_DECLS

#endif /* MN_SOFTMAX_H */
