/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What to tell people whose file cannot be used, beyond that it cannot: what
 * the thing in the way is, and what to do about it. */

#ifndef MN_ADVICE_H
#define MN_ADVICE_H

#include "engine/mn.h"

G_BEGIN_DECLS

typedef enum
{
  MN_ADVICE_OPERATOR, /* by the format's name */
  MN_ADVICE_CUSTOM,   /* a custom operator, by its name */
  MN_ADVICE_FORM      /* how something stands in the file */
} MnAdviceKind;

/* A sentence without its end, in one line; NULL: there is nothing to add. */
const gchar *mn_advice (MnAdviceKind kind, const gchar *what);

G_END_DECLS

#endif /* MN_ADVICE_H */
