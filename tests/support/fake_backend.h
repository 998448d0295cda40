/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A device that is none: computes with the reference kernels, under the name
 * "opencl", and fails when it is told to. One a process. */

#ifndef FAKE_BACKEND_H
#define FAKE_BACKEND_H

#include "engine/backend.h"

G_BEGIN_DECLS

typedef enum
{
  FAKE_COMPILE,
  FAKE_SESSION_NEW,
  FAKE_SET_INPUT,
  FAKE_SUBMIT,
  FAKE_WAIT,
  FAKE_N_CALLS
} FakeCall;

typedef enum
{
  FAKE_ONCE,   /* MN_ERROR_DEVICE, that one time */
  FAKE_ALWAYS, /* the same from then on */
  FAKE_LOST,   /* MN_ERROR_LOST */
  FAKE_HANG    /* does not return before it is released */
} FakeMode;

#define FAKE_DEVICE_NAME "fake device"

extern const MnBackend fake_backend;

/* Forgets everything; nothing fails. */
void fake_backend_reset (void);
/* The nth call of its kind fails, counted from 0 at the reset. */
void fake_backend_fail (FakeCall call, guint nth, FakeMode mode);
/* How often it was called since the reset, failures counted in. */
guint fake_backend_get_calls (FakeCall call);
/* What it identifies as; NULL, as after the reset: as nothing. */
void fake_backend_set_identity (const gchar *identity);
/* From now on the first value of each submission is off by so much, or by one
 * where it is a byte; 0, as after the reset: it is right. */
void fake_backend_set_off (gfloat off);
typedef enum
{
  FAKE_IMPORTS_NOTHING,
  FAKE_IMPORTS_WELL,   /* rows in a DMABuf, or any file that can be mapped */
  FAKE_IMPORTS_FAINTLY /* says so, and then cannot */
} FakeImports;

/* What plans import from now on; nothing after the reset. */
void fake_backend_set_imports (FakeImports imports);
/* How many frames it has read where they lie, since the reset. */
guint fake_backend_get_imported (void);
/* Lets a call go that hangs; it then fails. */
void fake_backend_release (void);
const gchar *fake_call_name (FakeCall call);
const gchar *fake_mode_name (FakeMode mode);

G_END_DECLS

#endif /* FAKE_BACKEND_H */
