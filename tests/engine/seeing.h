/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Small networks that show what they see, for tests of what goes in and what
 * comes out. */

#ifndef TEST_SEEING_H
#define TEST_SEEING_H

#include "engine/mn.h"
#include "tests/support/tflite_writer.h"

G_BEGIN_DECLS

#define TEST_SIDE 4
/* 1 x TEST_SIDE x TEST_SIDE x 3 */
extern const gint32 test_picture[];

gint test_tensor (MnTestWriter *w, const gchar *name, MnDType dtype, guint rank,
    const gint32 *dims);
/* An operator without options of inputs a and b (-1: there is one). */
void test_add_op (MnTestWriter *w, gint code, gint output, gint a, gint b);
/* x -> MEAN over the picture, 1 x 3. */
gint test_add_mean (MnTestWriter *w, gint x);
/* The model, as m.tflite. Takes w. */
MnModel *test_load (MnTestWriter *w);
/* The result for a picture of one grey, pixel. */
MnResult *test_infer (MnModel *model, guint8 pixel);
void test_assert_close (gfloat got, gfloat want, gfloat most);

G_END_DECLS

#endif /* TEST_SEEING_H */
