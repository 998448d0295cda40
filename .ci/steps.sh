# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# The sections of run and full. Each stands alone.

shared=${MOBILENET_SHARED:-$(cd .. && pwd -P)/shared}
[ -d "$shared" ] && export MOBILENET_SHARED=$shared
export MOBILENET_CI=1

readme_tests() {
  section "the README's second command: install, build, test"
  # What the tests use where it is there, and skip where it is not.
  ./.ci/setup $(cat .ci/packages-tests) ||
    skip "OpenCL, oclgrind, clang" "not to be installed here"
  # For the page of an archive; not every release has it as a package.
  ./.ci/setup chromium || skip "chromium" "not to be installed here"
  tests "tests" sh -c './.ci/setup && ./.ci/test -Dwerror=true'
}

first_run() {
  section "the README's first command: labels and a picture"
  step "first-run" pipelines/first-run --output "${TMPDIR:-/tmp}/first-run.png"
}

# sanitizers [OPTION OF meson test]
sanitizers() {
  # Pipelines and examples put the elements into programs that are built
  # without it.
  local without="--no-suite pipelines --no-suite docs"
  [ -n "${MOBILENET_FULL:-}" ] || without+=" --no-suite slow"
  section "tests with AddressSanitizer and UndefinedBehaviorSanitizer"
  tests "sanitizers" env MOBILENET_BUILD=build-asan \
    ASAN_OPTIONS="allocator_may_return_null=1:${ASAN_OPTIONS:-}" \
    LSAN_OPTIONS="suppressions=$PWD/.ci/lsan.supp:print_suppressions=0" \
    UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
    GST_REGISTRY_FORK=no MOBILENET_TESTS="$without $1" \
    ./.ci/test -Dwerror=true -Db_sanitize=address,undefined \
    -Db_lundef=false -Doptimization=1
}

# The worker threads, whole networks on several of them, and the elements with
# all of their threads; of the kernels only the plain vectors are built for it.
thread_tests() {
  local build=build-tsan name programs=() kernels=(pool cpu-backend)
  local elements=(chaos latest carried swap pace regions fallback frames single
    downstream schedules held backwards textqueue)
  [ -f "$build/build.ninja" ] || meson setup "$build" -Dwerror=true \
    -Doverlay=disabled -Db_sanitize=thread -Db_lundef=false \
    -Doptimization=1 || return
  for name in "${kernels[@]}"; do programs+=("tests/kernels/test-$name"); done
  for name in "${elements[@]}"; do programs+=("tests/gst/gst-test-$name"); done
  ninja -C "$build" "${programs[@]}" &&
    meson test -C "$build" --no-rebuild --print-errorlogs -t 5 \
      "${kernels[@]}" "${elements[@]}"
}

thread_sanitizer() {
  section "tests with ThreadSanitizer"
  MOBILENET_CPU=scalar TSAN_OPTIONS=halt_on_error=1 \
    tests "ThreadSanitizer" thread_tests
}

arm64_root=/var/tmp/gst-mobilenet-arm64

# Makes build-arm64, or skips $1.
arm64_build() {
  if ! ./.ci/setup gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user \
    >"$log" 2>&1; then
    skip "$1" "no cross compiler or no qemu: $(tail -n 1 "$log")"
    return 1
  fi
  if ! ./.ci/arm64-root "$arm64_root" >"$log" 2>&1; then
    skip "$1" "no GLib for arm64: $(tail -n 1 "$log")"
    return 1
  fi
  [ ! -f build-arm64/build.ninja ] || return 0
  if ! meson setup build-arm64 --cross-file "$arm64_root/paths.ini" \
    --cross-file .ci/arm64.ini -Dgst=disabled -Doverlay=disabled \
    -Dwerror=true >"$log" 2>&1; then
    tail -n 20 "$log"
    count_failure "$1: meson setup"
    return 1
  fi
}

# arm64 [COUNT]: the engine's tests, and so many random graphs of each kind, on
# emulated processors: one with NEON alone, and one with all that the
# instruction set has since got.
arm64() {
  local cpu options= run="qemu-aarch64 -L $arm64_root"
  run+=" build-arm64/tests/accuracy/run-graphs"
  section "tests on arm64, emulated"
  arm64_build "arm64" || return
  for suite in kernels engine passes model preprocess fuzz; do
    options+=" --suite $suite"
  done
  find_python
  for cpu in cortex-a53 max; do
    tests "arm64 $cpu" env MOBILENET_BUILD=build-arm64 "QEMU_CPU=$cpu" \
      MOBILENET_TESTS="-t 5 $options" ./.ci/test
    if [ -z "$python" ]; then
      skip "random graphs on arm64 $cpu" "no Python with LiteRT"
      continue
    fi
    step "random graphs on arm64 $cpu" env "QEMU_CPU=$cpu" \
      MOBILENET_GRAPHS="${1:-40}" "MOBILENET_RUN_GRAPHS=$run" \
      "$python" tests/accuracy/random_graphs.py
  done
}

# arm64_networks SCRIPT...: whole networks there, against LiteRT here.
arm64_networks() {
  local cpu script program python path=$PWD/build-arm64/qemu
  section "networks on arm64, emulated, against LiteRT"
  arm64_build "networks on arm64" || return
  find_python
  if [ ! -d "$shared/models" ] || [ -z "$python" ]; then
    skip "networks on arm64" "no models in $shared, or no Python with LiteRT"
    return
  fi
  mkdir -p "$path"
  for program in tools/mobilenet-tool tests/accuracy/run-graphs; do
    printf '#!/bin/sh\nexec qemu-aarch64 -L %s %s "$@"\n' "$arm64_root" \
      "$PWD/build-arm64/$program" >"$path/${program##*/}"
    chmod +x "$path/${program##*/}"
  done
  for cpu in cortex-a53 max; do
    for script in "$@"; do
      step "$script on arm64 $cpu" env "QEMU_CPU=$cpu" "PATH=$path:$PATH" \
        "$python" "$PWD/tests/accuracy/$script" cpu
    done
  done
}

# debian SUITE: the tests on another release of Debian.
debian() {
  local suite=$1 root=/var/tmp/gst-mobilenet-$1 packages
  section "tests on Debian $suite"
  can_make_roots "Debian $suite" || return 0
  # Kernels are looked at by clang and oclgrind on this release already.
  mapfile -t packages < <(cat .ci/packages
    grep -vx -e clang -e oclgrind .ci/packages-tests
    echo libgstreamer-plugins-bad1.0-dev mesa-opencl-icd ocl-icd-libopencl1 |
      tr ' ' '\n')
  if ! "$shared/tools/debian-root" "$suite" "$root" "${packages[@]}" \
    >"$log" 2>&1; then
    tail -n 3 "$log"
    skip "Debian $suite" "its root could not be made"
    return
  fi
  tests "Debian $suite" "$shared/tools/debian-root" run "$root" "$PWD" \
    "$shared" -- env "MOBILENET_BUILD=build-$suite" \
    MOBILENET_TESTS="--no-suite slow" \
    "MOBILENET_SHARED=$shared" HOME=/tmp ./.ci/test -Dwerror=true
}

# with_drivers SUITE ICD COMMAND...: in the root that debian left, with the
# OpenCL driver of that name alone, or all of them where it is empty. Mesa's
# computes on the CPU only where it is told to.
with_drivers() {
  local suite=$1 icd=$2
  shift 2
  "$shared/tools/debian-root" run "/var/tmp/gst-mobilenet-$suite" "$PWD" \
    "$shared" -- env ${icd:+"OCL_ICD_VENDORS=/etc/OpenCL/vendors/$icd.icd"} \
    RUSTICL_ENABLE=llvmpipe HOME=/tmp "POCL_CACHE_DIR=/tmp/pocl" \
    "MOBILENET_OPENCL_DEVICE_TYPE=${MOBILENET_OPENCL_DEVICE_TYPE:-}" "$@"
}

# drivers_networks SUITE ICD: networks there, against LiteRT here.
drivers_networks() {
  local folder=$PWD/build-$1/networks shape
  mkdir -p "$folder"
  {
    echo '#!/usr/bin/env bash'
    declare -p shared
    declare -f with_drivers
    printf 'cd %q\nwith_drivers %q %q build-%q/tools/mobilenet-tool "$@"\n' \
      "$PWD" "$1" "$2" "$1"
  } >"$folder/mobilenet-tool"
  chmod +x "$folder/mobilenet-tool"
  for shape in cpu gpu; do
    step "networks on $2 of Debian $1, shape $shape" env \
      "MOBILENET_OPENCL_DEVICE_TYPE=$shape" "TMPDIR=$folder" \
      "PATH=$folder:$PATH" "$python" tests/accuracy/networks.py opencl
  done
}

# opencl_drivers SUITE: the release's PoCL and Mesa, in the build and the root
# that debian left: the device's tests on Mesa, which debian had on PoCL, both
# in one process, and networks on each.
opencl_drivers() {
  local suite=$1 build=build-$1 icd
  section "OpenCL drivers of Debian $suite"
  can_make_roots "OpenCL drivers of Debian $suite" || return 0
  if [ ! -f "$build/tests/opencl/test-opencl" ]; then
    skip "OpenCL drivers of Debian $suite" "not built there"
    return
  fi
  tests "Mesa's OpenCL of Debian $suite" with_drivers "$suite" rusticl \
    meson test -C "$build" --no-rebuild --print-errorlogs -t 4 opencl-cpu \
    opencl-gpu opencl-half-cpu opencl-half-gpu opencl-failures-cpu \
    opencl-failures-gpu opencl-builds opencl-import opencl-missing \
    opencl-parts opencl-streams opencl-written
  tests "PoCL and Mesa of Debian $suite" with_drivers "$suite" '' \
    meson test -C "$build" --no-rebuild --print-errorlogs -t 4 opencl-platforms
  find_python
  if [ ! -d "$shared/models" ] || [ -z "$python" ]; then
    skip "networks on OpenCL drivers of Debian $suite" \
      "no models in $shared, or no Python with LiteRT"
    return
  fi
  for icd in rusticl pocl; do drivers_networks "$suite" "$icd"; done
}

# Sets python to one that has LiteRT, NumPy and Pillow; empty: none.
find_python() {
  local need="import numpy, PIL, ai_edge_litert" venv=build-ci-venv
  for python in ${MOBILENET_PYTHON:-} "$PWD/$venv/bin/python"; do
    "$python" -c "$need" 2>/dev/null && return
  done
  python=
  ./.ci/setup python3-venv >"$log" 2>&1 || return 0
  python3 -m venv "$venv" >"$log" 2>&1 || return 0
  # Integer networks have the bits of this version.
  "$venv/bin/pip" -q install numpy pillow ai-edge-litert==2.3.0 \
    >"$log" 2>&1 || return 0
  "$venv/bin/python" -c "$need" 2>"$log" && python=$PWD/$venv/bin/python
  return 0
}

# accuracy [SCRIPT...]: against LiteRT, and with real photos.
accuracy() {
  local script python
  section "accuracy: LiteRT, photos, formats, robustness"
  find_python
  for script in "$@"; do
    # Random models need none of those.
    if [ ! -d "$shared/models" ] && [ "${script%%_*}" != random ]; then
      skip "$script" "no models in $shared (MOBILENET_SHARED)"
    elif [ -z "$python" ]; then
      skip "$script" "no Python with LiteRT: $(tail -n 1 "$log")"
    else
      begin_step "$script" meson devenv -C build "$python" \
        "$PWD/tests/accuracy/$script"
    fi
  done
  end_steps
  # It takes the time.
  step "passthrough.sh" meson devenv -C build \
    bash "$PWD/tests/accuracy/passthrough.sh"
}

# random_graphs BUILD COUNT [BACKEND...]: begun, for end_steps.
random_graphs() {
  local build=$1 count=$2
  shift 2
  find_python
  if [ -z "$python" ]; then
    skip "random graphs" "no Python with LiteRT: $(tail -n 1 "$log")"
    return
  fi
  begin_step "random graphs, $build${*:+, $*}" env "MOBILENET_GRAPHS=$count" \
    ASAN_OPTIONS="allocator_may_return_null=1:${ASAN_OPTIONS:-}" \
    LSAN_OPTIONS="suppressions=$PWD/.ci/lsan.supp:print_suppressions=0" \
    UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
    meson devenv -C "$build" "$python" \
    "$PWD/tests/accuracy/random_graphs.py" "$@"
}

# graphs COUNT WATCHED DEVICE: so many random graphs of each kind in the usual
# build, in that which watches memory, and on a device; networks in the second.
graphs() {
  section "random graphs and whole networks on every level"
  random_graphs build "$1"
  random_graphs build-asan "$2"
  MOBILENET_OPENCL_DEVICE_TYPE='' random_graphs build "$3" --kind float32 opencl
  MOBILENET_OPENCL_DEVICE_TYPE=gpu \
    random_graphs build "$3" --kind float32 opencl
  if [ -n "$python" ] && [ -d "$shared/models" ]; then
    begin_step "networks on every level, build-asan" env \
      LSAN_OPTIONS="suppressions=$PWD/.ci/lsan.supp:print_suppressions=0" \
      UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
      meson devenv -C build-asan "$python" \
      "$PWD/tests/accuracy/every_level.py"
  else
    skip "networks on every level" "no models in $shared, or no Python"
  fi
  end_steps
}

style() {
  section "style"
  step "text" ./.ci/style text
  step "lengths" ./.ci/style lengths
  step "headers" ./.ci/style headers
  step "includes" ./.ci/style includes
  step "symbols" ./.ci/style symbols
  step "format" ./.ci/style format
}

valgrind_tests() {
  section "tests under valgrind"
  if ! ./.ci/setup valgrind >/dev/null 2>&1; then
    skip "valgrind" "it could not be installed"
    return
  fi
  # Suites whose programs are small; valgrind knows no AVX-512.
  tests "valgrind" meson test -C build --no-rebuild -t 20 \
    --suite tool --suite model --suite passes --print-errorlogs \
    --wrap "valgrind -q --error-exitcode=9 --trace-children=no"
}

# fuzz SECONDS: each target of the fuzz build, on its own time.
fuzz() {
  local target seeds found='' build=build-fuzz
  section "fuzzing, $1 s a target"
  if ! ./.ci/setup clang >/dev/null 2>&1; then
    skip "fuzzing" "clang could not be installed"
    return
  fi
  if ! { [ -f $build/build.ninja ] || CC=clang meson setup $build \
    -Dfuzz=true -Dgst=disabled -Dopencl=disabled \
    -Db_sanitize=address,undefined -Db_lundef=false \
    -Dc_args=-fsanitize=fuzzer-no-link; } >"$log" 2>&1 ||
    ! ninja -C $build tests/fuzz/{fuzz-labels,fuzz-tflite,make-seeds} \
      >"$log" 2>&1; then
    tail -n 20 "$log"
    count_failure "the fuzz build"
    return
  fi
  for target in $build/tests/fuzz/fuzz-*; do
    # The same as plain programs are among the tests.
    [ -x "$target" ] && [ -f "$target" ] || continue
    case $target in *-plain) continue ;; esac
    found=1
    seeds=$build/seeds/${target##*/}
    mkdir -p "$seeds"
    $build/tests/fuzz/make-seeds "$seeds" || true
    cp "tests/fuzz/${target##*/fuzz-}"/* "$seeds" 2>/dev/null || true
    step "${target##*/}" "$target" -max_total_time="$1" -timeout=10 \
      -rss_limit_mb=2048 -artifact_prefix=$build/ "$seeds"
  done
  [ -n "$found" ] || skip "fuzzing" "no targets in tests/fuzz"
}
