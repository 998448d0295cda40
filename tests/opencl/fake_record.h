/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What fake_import.c's devices do where it offers cl_khr_command_buffer: they
 * record launches and replay them. */

#ifndef FAKE_RECORD_H
#define FAKE_RECORD_H

/* The extension is version 0.minor.patch, with such capabilities; at first
 * 0.9.0, and what is recorded may be in flight more than once. */
void fake_record_be (unsigned minor, unsigned patch,
    unsigned long long capabilities);
/* How often what was recorded was enqueued. */
unsigned fake_record_enqueued (void);

#endif /* FAKE_RECORD_H */
