#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# In place of a test whose program is not built here. usage: skipped.sh WHY
echo "skipped: $1"
exit 77
