/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* An OpenCL library with devices that are not there, each of a platform of
 * its own; usually one. It answers as the file "devices" says; its compiler
 * takes anything and tells of a kernel what the file "table" says, else
 * nothing but the device's limits; what is put into its queue is done at once,
 * and leaves zeros. Its clock says that launches took what the table says
 * ("time", in ns; half of it in groups of "fast-group" items), else a
 * millisecond each. What a device would refuse it refuses: groups beyond a
 * limit, more local memory than there is, buffers that are too large, parts of
 * them that are not aligned, what is another device's. Named by
 * MOBILENET_OPENCL_LIBRARY. Environment, read whenever devices are listed:
 *   FAKE_DEVICE        which: names in brackets, with spaces between them
 *   FAKE_DEVICE_FILE   the file of devices
 *   FAKE_DEVICE_TABLE  the table; default: none
 * Several threads may use it once the devices are listed. */

#ifndef FAKE_DEVICE_H
#define FAKE_DEVICE_H

/* Objects that were made and not released. */
int fake_device_live (void);
/* Launches so far. */
unsigned fake_device_launches (void);

#endif /* FAKE_DEVICE_H */
