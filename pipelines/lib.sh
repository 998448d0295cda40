# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What the scripts here share; sourced by them.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
build=$(realpath -ms -- "${MOBILENET_BUILD:-$top/build}")

# A line with names in it, for people: without what would move the cursor,
# change the terminal or turn the order of letters round. Bytes of UTF-8.
say() {
  local LC_ALL=C text=$1
  text=${text//[$'\001'-$'\037\177']/?}
  text=${text//$'\xc2'[$'\x80'-$'\x9f']/?}
  text=${text//$'\xe2\x80'[$'\xa8'-$'\xae']/?}
  text=${text//$'\xe2\x81'[$'\xa6'-$'\xa9']/?}
  printf '%s\n' "$text"
}

die() {
  say "${0##*/}: $1" >&2
  exit 2
}

# Sets path to where $1 is, from the root on. (The dot: $( ) takes line feeds
# off the end of a name.)
absolute() {
  path=$(realpath -m -- "$1" && echo .)
  path=${path%$'\n'.}
}

# In front of each argument where options are told apart: after "--" something,
# so that none looks like an option.
operands=

# Builds what has changed; the log is shown only if that fails. From then on
# the elements, the model and the tools just built are the ones that are found.
# (What meson devenv --dump prints is not evaluated here: names of folders are
# in it as they are.)
ensure_built() {
  [ -n "${MOBILENET_NO_BUILD:-}" ] || rebuild
  export PATH=$build/pipelines:$build/tools:$PATH
  export GST_PLUGIN_PATH=$build/gst${GST_PLUGIN_PATH:+:$GST_PLUGIN_PATH}
  export MOBILENET_MODELS_DIR=$top/models
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

# Sets pattern to $1, one of videotestsrc's.
choose_pattern() {
  [[ $1 =~ ^[a-z0-9-]+$ ]] || die "pattern=$1: no such pattern"
  pattern=$1
}

# Sets show to where pictures go: a window, or nowhere without a display.
choose_sink() {
  if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    show=(autovideosink)
  else
    show=(fakesink)
  fi
}

# Names of files, cameras and models that a pipeline's elements get, by the
# elements' names: ELEMENT.PROPERTY=NAME, for named-launch. They are never in
# the pipeline itself, whose text they could go on.
names=()

# Sets source to what reads $1: a camera (/dev/video0), a file, or, where it
# is empty, raw frames of the drawn camera on stdin. Its elements' names end
# in $2.
choose_source() {
  local path
  case $1 in
  '')
    source=(fdsrc fd=0 ! rawvideoparse format=rgb width=640 height=480
      framerate=10/1)
    ;;
  /dev/*)
    source=(v4l2src "name=input${2:-}")
    names+=("input${2:-}.device=$1")
    ;;
  *)
    [ -r "$1" ] || die "cannot read $1"
    absolute "$1"
    source=(filesrc "name=input${2:-}" ! decodebin "name=decode${2:-}")
    names+=("input${2:-}.location=$path")
    ;;
  esac
}

# Runs named-launch with names on what choose_source said; frames of each
# scene of the drawn camera: $scene_frames.
launch() {
  if [ "${source[0]}" = fdsrc ]; then
    demo-camera "${scene_frames:-15}" |
      named-launch -r -e "${names[@]}" -- "$@"
  else
    named-launch -r -e "${names[@]}" -- "$@"
  fi
}
