/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The table: pipelines as people build them. */

#ifndef TABLE_ROWS_H
#define TABLE_ROWS_H

#include "tests/pipelines/table/run.h"

G_BEGIN_DECLS

/* Each adds its part, of Row. */
void rows_add_frames (GPtrArray *rows);
void rows_add_recordings (GPtrArray *rows);

/* A row of that name and line; the caller fills in the rest, at once. */
Row *rows_add (GPtrArray *rows, gchar *name, gchar *line);

G_END_DECLS

#endif /* TABLE_ROWS_H */
