#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# How pipelines/archive scales: seconds for the same videos on one core and on
# all of them, in turns; the last line is the ratio of the medians to what as
# many cores could do at best. usage: archive.sh [ROUNDS] [VIDEOS] [SECONDS]
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
rounds=${1:-5} videos=${2:-8} seconds=${3:-30}
cores=$(nproc)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# shellcheck source=pipelines/lib.sh
. "$top/pipelines/lib.sh"
ensure_built
export MOBILENET_NO_BUILD=1
choose_encoder mkv || die "no encoder"
mkdir videos
gst-launch-1.0 -q videotestsrc pattern=ball \
  "num-buffers=$((seconds * 30))" ! \
  video/x-raw,width=1280,height=720,framerate=30/1 ! videoconvert ! \
  "${encode[@]}" ! matroskamux ! filesink "location=$work/videos/1.mkv"
for i in $(seq 2 "$videos"); do
  cp videos/1.mkv "videos/$i.mkv"
done

# run CORES JOBS: milliseconds
run() {
  local start
  rm -rf out
  start=$(date +%s%N)
  taskset -c "$1" "$top/pipelines/archive" --output out --jobs "$2" videos \
    >/dev/null 2>&1
  echo $((($(date +%s%N) - start) / 1000000))
}

median() {
  sort -n | awk '{ a[NR] = $1 } END { print a[int((NR + 1) / 2)] }'
}

run "0-$((cores - 1))" "$cores" >/dev/null
for i in $(seq "$rounds"); do
  run 0 1 | tee -a one
  run "0-$((cores - 1))" "$cores" | tee -a all
done
one=$(median <one) all=$(median <all)
awk -v one="$one" -v all="$all" -v n="$cores" 'BEGIN {
  printf "1 core %d ms, %d cores %d ms: %.2f times the rate, %.2f of %d\n",
    one, n, all, one / all, one / all / n, n }'
