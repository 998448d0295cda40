#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs one of the pipelines with no argument in an empty folder, and looks at
# what it wrote. usage: run.sh record|burn-in|live|many-streams|recorder
# BUILD is the build folder. 77: an element is missing.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
export MOBILENET_BUILD=$BUILD MOBILENET_NO_BUILD=1
unset DISPLAY WAYLAND_DISPLAY
here=$top/tests/pipelines
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
  echo "$1" >&2
  exit 1
}

need() {
  local element
  for element in "$@"; do
    gst-inspect-1.0 --exists "$element" || {
      echo "skipped: no $element"
      exit 77
    }
  done
}

# FILE [NDJSON or --early]
check_track() {
  echo "$1:"
  "$BUILD/tests/pipelines/read-track" "$1" >track.txt ||
    fail "$1 does not play"
  python3 "$here/check_track.py" "${@:2}" <track.txt
}

check_lines() {
  python3 "$top/tests/gst/ndjson_check.py" <"$1"
}

# by_hand SECONDS [OPTION...]: the recorder with the lines of the file commands;
# its input ends so long after it says that it records, and what it says is in
# out.txt.
by_hand() {
  : >out.txt
  {
    cat commands
    for ((i = 0; i < 600; i++)); do
      ! grep -q '^recording' out.txt || break
      sleep 0.1
    done
    sleep "$1"
  } | meson devenv -C "$BUILD" recorder "${@:2}" >out.txt
  cat out.txt
}

# Until a recording has a few frames, however slow the machine is.
until_recorded() {
  local i
  sleep 2
  for ((i = 0; i < 300; i++)); do
    [ "$(stat -c %s "$1" 2>/dev/null || echo 0)" -lt 150000 ] || return 0
    sleep 0.2
  done
  fail "$1 does not grow"
}

has_mp4() {
  gst-inspect-1.0 --exists h264parse || gst-inspect-1.0 --exists vp9parse
}

need matroskamux vp8enc
case $1 in
record)
  "$top/pipelines/record" >out.txt
  cat out.txt
  [ "$(grep -c ' on cpu$' out.txt)" -ge 7 ] || fail "too few labels"
  [ "$(check_lines recording.ndjson)" = 120 ] || fail "not 120 lines"
  check_track recording.mkv recording.ndjson
  if has_mp4; then
    check_track recording.mp4 recording.ndjson
  else
    echo "skipped: MP4, no encoder and parser (gstreamer1.0-plugins-bad)"
  fi
  # A file of a camera's size.
  gst-launch-1.0 -q videotestsrc pattern=smpte num-buffers=60 ! \
    video/x-raw,format=I420,width=1280,height=720,framerate=30/1 ! \
    vp8enc deadline=1 cpu-used=8 ! matroskamux ! filesink location=camera.mkv
  "$top/pipelines/record" --output again camera.mkv >out.txt
  [ "$(check_lines again.ndjson)" = 60 ] || fail "not 60 lines"
  check_track again.mkv again.ndjson
  ! has_mp4 || check_track again.mp4 again.ndjson
  ;;
burn-in)
  "$top/pipelines/burn-in"
  "$BUILD/tests/pipelines/read-track" labelled.mkv >track.txt
  [ "$(grep -c '^video' track.txt)" = 120 ] || fail "not 120 frames"
  # Once more, from a file to a file.
  if has_mp4; then
    "$top/pipelines/burn-in" --output again.mp4 labelled.mkv
    "$BUILD/tests/pipelines/read-track" again.mp4 >track.txt
    [ "$(grep -c '^video' track.txt)" = 120 ] || fail "not 120 frames"
  else
    echo "skipped: MP4, no encoder and parser (gstreamer1.0-plugins-bad)"
  fi
  ;;
live)
  "$top/pipelines/live" >out.txt
  cat out.txt
  grep -q test-card out.txt || fail "the test card was not seen"
  ;;
many-streams)
  "$top/pipelines/many-streams"
  for i in 0 1 2 3; do
    n=$(check_lines "streams/stream$i.ndjson")
    [ "$n" -gt 0 ] && [ "$n" -le 60 ] || fail "stream $i: $n results"
    grep -q "\"element\":\"stream$i\"" "streams/stream$i.ndjson"
  done
  "$BUILD/tests/pipelines/read-track" streams/mosaic.mkv >track.txt
  [ "$(grep -c '^video' track.txt)" = 60 ] || fail "not 60 frames"
  ;;
recorder)
  cp "$top/models/camera_health.tflite" other.tflite
  meson devenv -C "$BUILD" recorder --demo "$work" </dev/null
  check_track first.mkv --early
  check_track second.mkv
  # By hand: nonsense, twice the same, and the end of input while it records.
  printf '%s\n' stop "start $work/x.mkv" "start $work/y.mkv" nonsense \
    >commands
  { cat commands; until_recorded x.mkv; } | meson devenv -C "$BUILD" recorder
  check_track x.mkv --early
  [ ! -e y.mkv ] || fail "two recordings at once"
  # A source that ends by itself, long after a slow machine's first label.
  echo "start $work/z.mkv" >commands
  by_hand 6 --source \
    'videotestsrc is-live=true num-buffers=120 ! video/x-raw,framerate=30/1'
  check_track z.mkv --early
  # A container that takes its text otherwise, of raw frames so large that a
  # queue holds three.
  if has_mp4; then
    { echo "start $work/x.mp4"; until_recorded x.mp4; } |
      meson devenv -C "$BUILD" recorder --source 'videotestsrc is-live=true !
        video/x-raw,format=I420,width=1920,height=1080,framerate=30/1'
    check_track x.mp4 --early
  fi
  # What cannot be written is said, and the next file is written.
  printf '%s\n' "start $work/none/v.mkv" "start $work/w.mkv" >commands
  { cat commands; until_recorded w.mkv; } |
    meson devenv -C "$BUILD" recorder >out.txt
  grep '^error: ' out.txt
  check_track w.mkv --early
  ;;
esac
