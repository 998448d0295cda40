/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The fake library (fake_cl.h) with ways to import memory: any file that can
 * be mapped is a DMABuf to it. */

#ifndef FAKE_IMPORT_H
#define FAKE_IMPORT_H

/* The extensions that its devices list besides their own; NULL: none. */
void fake_import_offer (const char *extensions);

typedef enum
{
  FAKE_IMPORT_SHARES, /* as it should be */
  FAKE_IMPORT_COPIES, /* once, at the import */
  FAKE_IMPORT_OTHER,  /* shows other memory */
  FAKE_IMPORT_REFUSES
} FakeImportMode;

/* From the next import on. */
void fake_import_set_mode (FakeImportMode mode);
/* How many imports were made, and how many of them were not released. */
unsigned fake_import_made (void);
int fake_import_live (void);
/* How often memory was acquired and released in a queue; a mistake, such as
 * to acquire twice, makes that call fail. */
unsigned fake_import_acquired (void);
unsigned fake_import_released (void);

#endif /* FAKE_IMPORT_H */
