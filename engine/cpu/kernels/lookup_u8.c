/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Functions of one byte, a vector of them at once. */

#include "engine/cpu/kernels/simd_bytes.h"

void
MN_BYTES (mn_lookup_u8) (gsize n, const guint8 *x, guint8 *y,
    const guint8 *table)
{
  guint8 packed[256];
  gsize i;

  memcpy (packed, table, sizeof (packed));
  vb_pack_table (packed);
  for (i = 0; i + VB_LEN <= n; i += VB_LEN)
    vb_store (y + i, vb_lookup (vb_load (x + i), packed));
  if (i < n)
    vb_store_part (y + i, vb_lookup (vb_load_part (x + i, n - i), packed),
        n - i);
}
