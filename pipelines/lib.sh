# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What the scripts here share; sourced by them.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
build=${MOBILENET_BUILD:-$top/build}

die() {
  echo "${0##*/}: $1" >&2
  exit 2
}

# Builds what has changed; the log is shown only if that fails. From then on
# the elements, the model and the tool just built are the ones that are found.
ensure_built() {
  [ -n "${MOBILENET_NO_BUILD:-}" ] || rebuild
  GST_PLUGIN_PATH=${GST_PLUGIN_PATH:-}
  PKG_CONFIG_PATH=${PKG_CONFIG_PATH:-}
  eval "$(meson devenv -C "$build" --dump 2>/dev/null)"
  GST_PLUGIN_PATH=${GST_PLUGIN_PATH%:}
}

rebuild() {
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

# gst-launch-1.0, its lines as they come, also into a pipe.
launcher=(stdbuf -oL gst-launch-1.0)
command -v stdbuf >/dev/null || launcher=(gst-launch-1.0)

have_element() {
  gst-inspect-1.0 --exists "$1"
}

# Sets encode to what makes video for a container: mkv or mp4; fails where
# nothing does.
choose_encoder() {
  local element
  encode=()
  if have_element x264enc; then
    encode=(x264enc tune=zerolatency speed-preset=veryfast
      key-int-max=60 ! video/x-h264,profile=main ! h264parse)
  elif have_element openh264enc && have_element h264parse; then
    encode=(openh264enc complexity=low gop-size=60 ! h264parse)
  elif [ "$1" = mkv ] && have_element vp8enc; then
    encode=(vp8enc deadline=1 cpu-used=8 keyframe-max-dist=60)
  elif have_element vp9enc && have_element vp9parse; then
    encode=(vp9enc deadline=1 cpu-used=8 keyframe-max-dist=60 ! vp9parse)
  else
    return 1
  fi
  for element in "${encode[@]}"; do
    case $element in
    h264parse) have_element h264parse || return 1 ;;
    esac
  done
}

# Sets mux to the element for a file name.
choose_mux() {
  case $1 in
  *.mkv) mux=matroskamux ;;
  *.mp4) mux=mp4mux ;;
  *) die "$1: .mkv or .mp4 expected" ;;
  esac
}

# Sets show to where pictures go: a window, or nowhere without a display.
choose_sink() {
  if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    show=(autovideosink)
  else
    show=(fakesink)
  fi
}

# Sets source to what reads $1: a camera (/dev/video0), a file, or, where it
# is empty, raw frames of the drawn camera on stdin.
choose_source() {
  case $1 in
  '')
    source=(fdsrc fd=0 ! rawvideoparse format=rgb width=640 height=480
      framerate=10/1)
    ;;
  /dev/*) source=(v4l2src "device=$1") ;;
  *)
    [ -r "$1" ] || die "cannot read $1"
    source=(filesrc "location=$(realpath -- "$1")" ! decodebin name=decode)
    ;;
  esac
}

# Runs gst-launch-1.0 on what choose_source said; frames of each scene of the
# drawn camera: $scene_frames.
launch() {
  if [ "${source[0]}" = fdsrc ]; then
    demo-camera "${scene_frames:-15}" |
      "${launcher[@]}" "$@"
  else
    "${launcher[@]}" "$@"
  fi
}

# Messages of gst-launch-1.0 -m on stdin: prints a line for each result of
# mobilenet, and everything that looks like an error to stderr.
show_results() {
  local by_line=(awk)
  # It waits for a whole block otherwise. (No pipe into grep -q here: awk may
  # be killed by it, and that counts as a failure.)
  case $(awk -W version 2>&1 </dev/null) in
  *mawk*) by_line=(awk -W interactive) ;;
  esac
  "${by_line[@]}" '
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
      # Elements without a name of their own are not worth a column.
      name = field("element")
      name = name ~ /^mobilenet[0-9]+$/ ? "" : name "  "
      printf "%s%3d:%04.1f  %-24s %3d%%  %-20s  %.1f ms on %s\n", name, \
        int(seconds / 60), seconds % 60, label, confidence * 100 + 0.5, bar, \
        field("latency") / 1e6, field("backend")
      fflush()
    }'
}
