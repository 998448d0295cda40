#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs the kernels' tests on the simulated device of Oclgrind, which looks for
# accesses outside of buffers, races, and wrong calls. Takes minutes; with
# MOBILENET_FULL, which tests every shape, some more.
# usage: oclgrind.sh TEST-OPENCL
tool=$(command -v oclgrind) || {
  echo "skipped: no oclgrind (oclgrind)"
  exit 77
}
tool=$(readlink -f "$tool")
for library in "${tool%/bin/*}"/lib*/oclgrind/liboclgrind-rt.so \
  "${tool%/bin/*}"/lib*/liboclgrind-rt.so; do
  [ -e "$library" ] && break
done
[ -e "$library" ] || { echo "no liboclgrind-rt.so beside $tool"; exit 1; }

folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
export XDG_CACHE_HOME="$folder" MOBILENET_OPENCL_LIBRARY="$library"
export OCLGRIND_DATA_RACES=1 OCLGRIND_CHECK_API=1 OCLGRIND_MAX_ERRORS=20
export OCLGRIND_LOG="$folder/log"
[ -n "${MOBILENET_FULL:-}" ] || export MOBILENET_TEST_FEW=1
# The simulated device is of every type, so both shapes can be had. Pictures
# have the same kernels in both.
for test in "gpu /opencl/layers" "gpu /opencl/pictures" "cpu /opencl/layers" \
  ${MOBILENET_FULL:+"cpu /opencl/pictures"}; do
  echo "$test"
  if ! MOBILENET_OPENCL_DEVICE_TYPE=${test% *} "$1" -p "${test#* }" \
    >"$folder/out" 2>&1 || [ -s "$folder/log" ]; then
    cat "$folder/out" "$folder/log"
    exit 1
  fi
done
