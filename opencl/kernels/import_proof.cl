/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the device sees of memory that was imported, word by word.
 *
 * Work item: a word. */

__kernel void
import_proof (__global const uint *restrict imported,
    __global uint *restrict seen, int n)
{
  const int id = get_global_id (0);

  if (id < n)
    seen[id] = imported[id];
}
