#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# pipelines/network-camera: with its test camera, and with one that goes away
# and comes back with another picture. BUILD is the build folder. 77: what the
# test camera needs is missing.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
unset DISPLAY WAYLAND_DISPLAY

need_elements rtspsrc
# The camera's own Python.
/usr/bin/python3 -c 'import gi
gi.require_version("GstRtspServer", "1.0")' 2>/dev/null ||
  skip "no GstRtspServer for Python (python3-gi, gir1.2-gst-rtsp-server-1.0)"
start_camera() {
  "$top/pipelines/rtsp-test-camera" "$1" "${2:-0}" >address.txt 2>error.txt &
  camera=$!
  until [ -s address.txt ]; do
    kill -0 "$camera" 2>/dev/null || {
      cat error.txt
      fail "there is no test camera"
    }
    sleep 0.1
  done
}

start_camera smpte
address=$(cat address.txt)
port=${address#*127.0.0.1:}
port=${port%%/*}
echo "with no argument:"
"$top/pipelines/network-camera" | tee out.txt
grep -q test-card out.txt || fail "the test card was not seen"

echo "$address goes away and comes back:"
"$top/pipelines/network-camera" --output results.ndjson --tcp "$address" \
  >seen.txt 2>said.txt &
pid=$!
wait_for 60 "the first picture" grep -q test-card seen.txt
kill "$camera"
wait_for 60 "it to be missed" grep -q "calling again" said.txt
start_camera black "$port"
wait_for 90 "the other picture" grep -q dark seen.txt
wait_for 30 "it in the file" grep -q '"label":"dark"' results.ndjson
kill "$pid"
wait "$pid" || true
# Without ps: processes whose command names the address.
for process in /proc/[0-9]*; do
  if tr '\0' ' ' 2>/dev/null <"$process/cmdline" |
    grep -F -- "$address"; then
    fail "it left something behind"
  fi
done
cat seen.txt
python3 "$top/tests/gst/ndjson_check.py" <results.ndjson
# Camera and test share a clock; sender reports come after some seconds.
python3 - <<'END'
import datetime, json
lines = [json.loads(line) for line in open("results.ndjson")]
now = datetime.datetime.now(datetime.timezone.utc)
for line in lines:
    assert line["utc"], line
    utc = datetime.datetime.fromisoformat(line["utc"].replace("Z", "+00:00"))
    assert abs((now - utc).total_seconds()) < 600, line["utc"]
END
