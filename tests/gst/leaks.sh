#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs all elements in one pipeline with GStreamer's leaks tracer, which names
# what is left at the end. Needs GST_PLUGIN_PATH. 77: no such tracer here.
set -euo pipefail

launch() {
  GST_TRACERS='leaks(check-refs=true)' GST_DEBUG=GST_TRACER:7 \
    GST_DEBUG_NO_COLOR=1 gst-launch-1.0 -q "$@" 2>&1
}

if ! gst-inspect-1.0 leaks >/dev/null; then
  echo "skipped: this GStreamer has no leaks tracer"
  exit 77
fi
# It tells of itself.
out=$(launch fakesrc num-buffers=1 ! fakesink || true)
if ! grep -q 'leaks' <<<"$out"; then
  echo "the leaks tracer says nothing: $out"
  exit 1
fi
for schedule in latest every-frame; do
  out=$(launch videotestsrc num-buffers=30 ! \
    video/x-raw,width=320,height=240 ! tee name=t \
    t. ! queue ! mobilenet schedule=$schedule smoothing=0.1 ! \
    mobilenetoverlay ! fakesink \
    t. ! queue ! mobilenet region=objects ! mobilenettext ! fakesink)
  if grep 'object-alive, type-name=(string)[A-Z]' <<<"$out"; then
    echo "schedule=$schedule leaves objects behind"
    exit 1
  fi
  echo "schedule=$schedule: nothing is left"
done
