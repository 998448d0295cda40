# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What the tests of single pipelines share: an empty folder, left with whatever
# runs in it. BUILD is the build folder.
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
export MOBILENET_BUILD=$BUILD MOBILENET_NO_BUILD=1
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$work"' EXIT
cd "$work"

# What is missing here, with its package: not a failure.
skip() {
  echo "skipped: $1"
  exit 77
}

need_elements() {
  local element
  for element in "$@"; do
    gst-inspect-1.0 --exists "$element" || skip "no $element"
  done
}

fail() {
  echo "$1" >&2
  cat ./*.txt >&2 || true
  exit 1
}

# wait_for SECONDS WHAT COMMAND...: until the command succeeds.
wait_for() {
  local end=$((SECONDS + $1)) what=$2
  until "${@:3}"; do
    [ "$SECONDS" -lt "$end" ] || fail "waited in vain for $what"
    sleep 0.05
  done
}
