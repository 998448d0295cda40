/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A network on a device that imports, and pictures for it: in a file, which
 * stands for a DMABuf, and in host memory. */

#ifndef TEST_OPENCL_IMPORTUTIL_H
#define TEST_OPENCL_IMPORTUTIL_H

#include "opencl/import/dmabuf.h"
#include "opencl/import/import.h"
#include "opencl/preprocess/view.h"
#include "tests/opencl/fake_cl.h"
#include "tests/opencl/fake_import.h"
#include "tests/opencl/graphs.h"

#define SCENE_SLOTS 2

/* The fake library's own functions. */
typedef struct
{
  __typeof__ (fake_cl_fail) *fail;
  __typeof__ (fake_cl_calls) *calls;
  __typeof__ (fake_cl_live) *live;
  __typeof__ (fake_cl_failed) *failed;
  __typeof__ (fake_import_offer) *offer;
  __typeof__ (fake_import_set_mode) *set_mode;
  __typeof__ (fake_import_made) *made_imports;
  __typeof__ (fake_import_live) *imports;
  __typeof__ (fake_import_acquired) *acquired;
  __typeof__ (fake_import_released) *released;
} FakeImport;

extern FakeImport fake;

/* Loads the library, and lets files be DMABufs. */
void import_init (void);
/* What makes one: as for mn_cl_dmabuf_set_maker. */
gint make_file (gsize size);

MnGraph *make_import_graph (void);

typedef struct
{
  MnFrame frame;
  gint fd;
  guint8 *memory;  /* of the file, mapped; or not of one */
  gsize size, end; /* end: of the last plane's last row */
  gboolean is_upside_down;
} Picture;

typedef struct
{
  MnContext *context;
  MnGraph *graph;
  MnBackendPlan *plan;
  MnBackendSession *session;
  MnPreprocess whole;
  MnFrameDesc desc;
  Picture host; /* the same picture as the one checked last */
  gsize n_out;
  gfloat *out[SCENE_SLOTS], *want;
} Scene;

/* Nothing fails; or it may (FALSE: with words, and nothing is left). */
void scene_init (Scene *s, MnFormat format);
gboolean scene_try (Scene *s, MnFormat format);
void scene_clear (Scene *s);

void scene_start (Scene *s, guint slot, MnFrame *frame,
    const MnPreprocess *stage, gfloat *out);
void scene_finish (Scene *s, guint slot);
void scene_run (Scene *s, guint slot, MnFrame *frame, const MnPreprocess *stage,
    gfloat *out);
/* That out is what comes of the same picture in host memory. */
void scene_compare (Scene *s, const Picture *p, const gfloat *out);
void scene_check (Scene *s, Picture *p);
void scene_check_part (Scene *s, Picture *p);
/* FALSE: call n failed, which the error names. */
gboolean scene_try_frame (Scene *s, Picture *p, guint n);

/* offset: of the first plane; padding: of each row; in units of 8 bytes. */
Picture *picture_new (const Scene *s, gsize offset, gsize padding,
    gboolean is_upside_down);
void picture_fill (Picture *p);
/* Its memory is gone then. */
void picture_free (Picture *p);

#endif /* TEST_OPENCL_IMPORTUTIL_H */
