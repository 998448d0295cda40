#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# pipelines/fleet: alone, with a broker that goes and comes back, killed, and
# with a full store. BUILD is the build folder. 77: no mosquitto.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# Debian has the broker where only root looks.
PATH=$PATH:/usr/sbin
fleet=$top/pipelines/fleet
for program in mosquitto mosquitto_pub mosquitto_sub; do
  command -v "$program" >/dev/null ||
    skip "no $program (mosquitto, mosquitto-clients)"
done
need_elements fdsink

has_lines() {
  [ "$(wc -l <"$2")" -ge "$1" ]
}

# has_last FOLDER CAMERA: the subscriber has what was kept last.
has_last() {
  grep -q "\"camera\":\"$2\",\"sequence\":$(wc -l <"$1/$2.ndjson")," \
    got.ndjson
}

port=$(python3 -c '
import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')

start_broker() {
  mosquitto -c broker.conf 2>>broker.log &
  broker=$!
  wait_for 20 "the broker" mosquitto_pub -p "$port" -t up -n 2>/dev/null
}

stop_broker() {
  kill "$broker"
  wait "$broker" || true
}

{
  echo "listener $port 127.0.0.1"
  echo "allow_anonymous true"
  echo "persistence true"
  echo "persistence_location $work/"
  echo "max_queued_messages 100000"
  if [ "$(id -u)" = 0 ]; then echo "user root"; fi
} >broker.conf
start_broker
# A subscriber that stays one while the broker is away.
mosquitto_sub -p "$port" -q 1 -c -i watcher -t 'mobilenet/+/results' \
  >got.ndjson 2>watcher.log &

# check FOLDER FIRST CAMERA...: that got.ndjson has, of each camera, all that
# the elements wrote, in order, from the FIRST line on.
check() {
  python3 - "$@" <<'END'
import json, sys
folder, first, cameras = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
results, last, twice = {c: [] for c in cameras}, {}, 0
for line in open("got.ndjson"):
    message = json.loads(line)
    camera, sequence = message["camera"], message["sequence"]
    if sequence <= last.get(camera, 0):
        twice += 1
        continue
    if camera in results:
        expected = last.get(camera, first - 1) + 1
        assert sequence == expected, (camera, sequence, expected)
    last[camera] = sequence
    results.setdefault(camera, []).append(message["result"])
for camera in cameras:
    kept = [json.loads(line) for line in open(f"{folder}/{camera}.ndjson")]
    kept = kept[first - 1:]
    assert kept, camera
    # Killed, it may have stored one that it had not kept.
    assert results[camera][:len(kept)] == kept, camera
    assert len(results[camera]) - len(kept) in (0, 1), camera
    print(f"{camera}: {len(kept)} results, {twice} messages twice")
END
}

echo "alone, with a broker of its own:"
"$fleet" >alone.txt 2>/dev/null
tail -n 3 alone.txt
[ "$(grep -c ' results, .* sent, 0 lost$' alone.txt)" = 3 ] ||
  fail "not all was sent"
grep -q 'test-card' alone.txt || fail "the test card was not seen"

echo "the broker goes and comes back:"
"$fleet" --broker "localhost:$port" --folder away --keep --rate 30 \
  a=pattern=smpte b=pattern=snow >away.txt &
pid=$!
wait_for 60 "the first results" has_lines 5 got.ndjson
stop_broker
# Whichever says so first: one that was sending when the broker went tries on
# for longer than the other is patient.
wait_for 100 "one to wait" grep -q ": .* wait on disk" away.txt
waiting=$(sed -n 's/: .* wait on disk$//p;T;q' away.txt)
wait_for 60 "more results" has_lines 40 "away/$waiting.ndjson"
start_broker
wait_for 60 "it to be back" grep -q "$waiting: the broker is back" away.txt
wait "$pid" || fail "something was left"
tail -n 2 away.txt
for camera in a b; do
  wait_for 30 "the last message" has_last away "$camera"
done
check away 1 a b
for line in '"result":{"pts"' '"sequence":1,'; do
  grep -q "$line" got.ndjson || fail "no $line"
done
python3 -c '
import json
for line in open("got.ndjson"):
    print(json.dumps(json.loads(line)["result"]))' |
  python3 "$top/tests/gst/ndjson_check.py"

echo "killed while the broker is away, and started again:"
stop_broker
setsid "$fleet" --broker "localhost:$port" --folder killed --keep --rate 30 \
  c=pattern=smpte >killed.txt &
pid=$!
wait_for 60 "results" test -s killed/c.ndjson
wait_for 60 "more results" has_lines 30 killed/c.ndjson
kill -KILL -- "-$pid"
wait "$pid" || true
[ ! -s killed/store/c/state.json ] || grep -q '"offset": 0' \
  killed/store/c/state.json || fail "sent without a broker"
start_broker
"$fleet" --broker "localhost:$port" --folder killed --keep --rate 30 \
  c=pattern=smpte >>killed.txt
tail -n 1 killed.txt
wait_for 30 "the last message" has_last killed c
# What it had stored and not kept may be in the middle: sequences tell.
python3 - <<'END'
import json
last = 0
for line in open("got.ndjson"):
    message = json.loads(line)
    if message["camera"] == "c" and message["sequence"] > last:
        assert message["sequence"] == last + 1, (last, message["sequence"])
        last = message["sequence"]
kept = sum(1 for line in open("killed/c.ndjson"))
assert last in (kept, kept + 1), (last, kept)
print(f"c: {last} results over two runs")
END

echo "a store that is full:"
stop_broker
"$fleet" --broker "localhost:$port" --folder full --keep --rate 30 \
  --store 0.02 d=pattern=smpte >full.txt && fail "left nothing?"
tail -n 1 full.txt
start_broker
"$fleet" --broker "localhost:$port" --folder full --rate 30 \
  --store 0.02 d=pattern=black >>full.txt
lost=$(grep -m 1 '^d: .* lost' full.txt | sed 's/.* \([0-9]*\) lost.*/\1/')
[ "$lost" -gt 0 ] || fail "nothing was lost"
first=$(grep -m 1 '"camera":"d"' got.ndjson |
  sed 's/.*"sequence":\([0-9]*\).*/\1/')
[ "$first" = $((lost + 1)) ] || fail "the first is $first, lost were $lost"
echo "d: $lost lost, then all from $first on"
