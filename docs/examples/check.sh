#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs an example, which has to see the test card. usage: check.sh PROGRAM, or
# a .py. 77: what it needs is not there.
set -euo pipefail
command=("$@")
case $1 in
*.py)
  command=()
  # The system's own: bindings are packages of it.
  for python in /usr/bin/python3 python3; do
    if "$python" -c 'import gi
gi.require_version("GstApp", "1.0")' 2>/dev/null; then
      # Of its own code; the bindings' may warn of itself.
      command=("$python" -W always:::__main__ "$@")
      break
    fi
  done
  [ ${#command[@]} -gt 0 ] || {
    echo "skipped: no GStreamer for Python" \
      "(python3-gi, gir1.2-gst-plugins-base-1.0)"
    exit 77
  }
  ;;
esac
status=0
out=$("${command[@]}" 2>&1) || status=$?
[ "$status" != 77 ] || out="skipped: $out"
echo "$out"
[ "$status" = 0 ] || exit "$status"
# What is deprecated is no example.
if grep 'Warning: ' <<<"$out"; then
  exit 1
fi
grep -q test-card <<<"$out"
