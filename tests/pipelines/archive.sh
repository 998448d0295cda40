#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# pipelines/archive: whole, killed and resumed, in parts, with a damaged video;
# and its page in a browser, where there is one. BUILD is the build folder.
# 77: an element is missing.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
export MOBILENET_BUILD=$BUILD MOBILENET_NO_BUILD=1
archive=$top/pipelines/archive
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
  echo "$1" >&2
  exit 1
}

for element in matroskamux jpegenc multifilesink videorate; do
  gst-inspect-1.0 --exists "$element" || {
    echo "skipped: no $element"
    exit 77
  }
done

# label FILE SECOND: what a line near it says.
label() {
  python3 - "$1" "$2" <<'END'
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
print(min(lines, key=lambda l: abs(l["stream_time"] / 1e9
                                   - float(sys.argv[2])))["label"])
END
}

echo "with no argument:"
"$archive"
for name in video1 video2 video3; do
  file=archive/$name.mkv.ndjson
  n=$(python3 "$top/tests/gst/ndjson_check.py" <"$file")
  [ "$n" -ge 20 ] && [ "$n" -le 26 ] || fail "$file: $n lines"
done
for expected in 1:test-card 6:dark 10:test-card; do
  got=$(label archive/video1.mkv.ndjson "${expected%:*}")
  [ "$got" = "${expected#*:}" ] || fail "at ${expected%:*} s: $got"
done

# More and longer ones, in folders, with names that are no fun.
mkdir -p "videos/a b/c" "videos/d"
for i in 1 2 3 4; do
  cp archive/videos/video1.mkv "videos/a b/c/it's <i>$i.mkv"
  cp archive/videos/video2.mkv "videos/d/$i & %41 ü.mkv"
done
"$archive" --output whole --every 0.1 videos 2>log.txt
grep -c . log.txt

echo "killed and resumed:"
mkdir resumed
for n in 0 1 3 6; do
  setsid "$archive" --output resumed --every 0.1 --jobs 1 videos \
    2>>log.txt &
  # While it is at the next one.
  until [ "$(find resumed -name '*.ndjson' | wc -l)" -ge "$n" ] &&
    [ -n "$(find resumed -path '*/.work/*/*')" ]; do
    kill -0 "$!" || fail "it ended early"
    sleep 0.01
  done
  kill -KILL -- "-$!"
  wait "$!" || true
  echo "$(find resumed -name '*.ndjson' | wc -l) done"
done
[ ! -e resumed/index.html ] || fail "killed too late"
"$archive" --output resumed --every 0.1 videos 2>>log.txt
diff -r whole resumed || fail "it is not the same after all"

echo "in parts, by several at once:"
for k in 1 2 3; do
  "$archive" --output parts --every 0.1 --part "$k/3" --no-page videos \
    2>>log.txt &
done
wait
"$archive" --output parts --page
diff -r whole parts || fail "parts make another archive"

echo "videos one by one, named from a folder above:"
for video in videos/*/*.mkv videos/*/*/*.mkv; do
  "$archive" --output single --every 0.1 --root videos --no-page "$video" \
    2>>log.txt
done
"$archive" --output single --page
diff -r whole single || fail "single videos make another archive"

echo "a damaged one:"
head -c 3000 archive/videos/video1.mkv >videos/d/cut.mkv
echo "no video" >videos/d/text.mp4
if "$archive" --output whole --every 0.1 videos 2>damaged.txt; then
  fail "no exit status for damaged videos"
fi
cat damaged.txt
grep -q "^failed: d/text.mp4: " damaged.txt || fail "nobody said text.mp4"
grep -q "^8 of 10 were done before" damaged.txt || fail "not resumed"
if "$archive" --output whole --every 1 videos 2>other.txt; then
  fail "other settings went unnoticed"
fi
grep -q "another every" other.txt || fail "no reason for other settings"

chromium=$(command -v chromium || command -v chromium-browser ||
  command -v google-chrome || true)
if [ -z "$chromium" ]; then
  echo "skipped: the page in a browser (chromium)"
  exit 0
fi
echo "the page in $chromium:"
# The page, and at its end a visitor who clicks.
{
  cat resumed/index.html
  cat <<'END'
<script>
const answer = {};
addEventListener("load", () => setTimeout(async () => {
  const shown = () => document.querySelectorAll("article:not([hidden])").length;
  answer.all = shown();
  [...document.querySelectorAll(".chip")].find((chip) =>
    chip.textContent === "test-card").click();
  answer.card = shown();
  document.querySelector("#search").value = "d/3";
  document.querySelector("#search").dispatchEvent(new Event("input"));
  answer.both = shown();
  document.querySelectorAll(".chip[aria-pressed=true]")[0].click();
  answer.named = shown();
  document.querySelector("#search").value = "a b/c/it's <i>2";
  document.querySelector("#search").dispatchEvent(new Event("input"));
  const card = document.querySelector("article:not([hidden])");
  card.scrollIntoView();
  while (card.fill)
    await new Promise((done) => setTimeout(done, 20));
  answer.spans = card.querySelectorAll(".time button").length;
  answer.pictures = card.querySelectorAll(".thumbs img").length;
  card.querySelectorAll(".time button")[1].click();
  const video = document.querySelector("#video");
  while (!video.error && !(video.currentTime > 3))
    await new Promise((done) => setTimeout(done, 20));
  answer.open = !document.querySelector("#player").hidden;
  answer.second = video.error ? "no codec" : Math.floor(video.currentTime);
  document.title = "answer " + JSON.stringify(answer);
}, 100));
</script>
END
} >resumed/visited.html
# The browser's own clock runs ahead of a busy machine: then it gets more of it.
answered=
for budget in 20000 100000 500000; do
  timeout 120 "$chromium" --headless=new --no-sandbox --disable-gpu \
    --user-data-dir="$work/profile" --virtual-time-budget=$budget \
    --enable-logging=stderr --dump-dom "file://$work/resumed/visited.html" \
    >dom.html 2>browser.txt || true
  if grep -o '<title>answer [^<]*' dom.html; then
    answered=yes
    break
  fi
done
[ -n "$answered" ] || {
  cat browser.txt
  fail "the page did not answer"
}
if grep 'CONSOLE' browser.txt; then
  fail "the page complains"
fi
python3 - <<'END'
import html, json, re
text = open("dom.html").read()
answer = json.loads(html.unescape(
    re.search("<title>answer (.*?)</title>", text).group(1)))
wanted = {"all": 8, "card": 4, "both": 0, "named": 1, "spans": 3,
          "pictures": 3, "open": True}
for key, value in wanted.items():
    assert answer[key] == value, (key, answer)
assert answer["second"] in (4, "no codec"), answer
END
