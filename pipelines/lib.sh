# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What the scripts here share; sourced by them.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
build=${MOBILENET_BUILD:-$top/build}

die() {
  echo "${0##*/}: $1" >&2
  exit 2
}

# Builds what has changed; the log is shown only if that fails.
ensure_built() {
  local log
  command -v meson >/dev/null && command -v gst-launch-1.0 >/dev/null ||
    die "packages are missing; ./.ci/setup installs them"
  log=$(mktemp)
  echo "building in $build ..." >&2
  if ! { [ -f "$build/build.ninja" ] || meson setup "$build" "$top"; } \
    >"$log" 2>&1 || ! ninja -C "$build" >>"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    die "it does not build; the reason is above"
  fi
  rm -f "$log"
}

# Runs a command with the elements, the model and the tool just built. It
# starts in the build folder: paths have to be absolute.
in_build() {
  meson devenv -C "$build" "$@"
}

# Messages of gst-launch-1.0 -m on stdin: prints a line for each result of
# mobilenet, and everything that looks like an error to stderr.
show_results() {
  awk '
    function field(name,   start, value) {
      start = index($0, ", " name "=(")
      if (!start) return ""
      value = substr($0, start + length(name) + 3)
      sub(/^[^)]*\)/, "", value)
      if (value ~ /^"/) {
        match(value, /^"([^"\\]|\\.)*"/)
        value = substr(value, 2, RLENGTH - 2)
        gsub(/\\/, "", value)
      } else
        sub(/[,;].*/, "", value)
      return value
    }
    /ERROR|WARNING|^Additional debug/ { print > "/dev/stderr" }
    /\(element\): mobilenet-result,/ {
      label = field("label")
      if (label == "") next
      seconds = field("pts") / 1e9
      confidence = field("confidence")
      bar = sprintf("%*s", int(confidence * 20 + 0.5), "")
      gsub(/ /, "#", bar)
      printf "%3d:%04.1f  %-24s %3d%%  %-20s  %.1f ms on %s\n", \
        int(seconds / 60), seconds % 60, label, confidence * 100 + 0.5, bar, \
        field("latency") / 1e6, field("backend")
      fflush()
    }'
}
