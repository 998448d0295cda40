#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Labels of a recording, as read-track says them on stdin, against lines of
JSON: usage: check_track.py [--early | FILE.ndjson]

Each frame has the label that was seen on it, and none where none was. Without
a file: the track covers the video, from its first frame to its last. With
--early the recording may have begun before the first result: frames before the
first label, less than half of them, have none."""
import json
import sys


def read_track(lines):
    frames, texts = [], []
    for line in lines:
        words = line.rstrip("\n").split(" ", 3)
        if words[0] == "video":
            frames.append(int(words[1]))
        elif words[0] == "text":
            texts.append((int(words[1]), int(words[2]), words[3]))
    frames.sort()
    return frames, texts


def label_at(texts, time):
    for start, end, label in texts:
        if start <= time < end:
            return label
    return ""


def main():
    frames, texts = read_track(sys.stdin)
    if len(frames) < 2:
        sys.exit("no video")
    # In the middle of a frame: half of it is the error allowed.
    half = (frames[-1] - frames[0]) // (len(frames) - 1) // 2
    for a, b in zip(texts, texts[1:]):
        if a[1] > b[0] + half:
            sys.exit(f"{a} overlaps {b}")
    early = sys.argv[1:] == ["--early"]
    if len(sys.argv) > 1 and not early:
        with open(sys.argv[1], encoding="utf-8") as f:
            seen = {line["pts"]: line["label"]
                    for line in map(json.loads, f)}
        if len(seen) < 2:
            sys.exit("no results")
        for pts, label in seen.items():
            if label_at(texts, pts + half) != label:
                sys.exit(f"at {pts}: {label_at(texts, pts + half)!r} "
                         f"instead of {label!r}")
        if len(frames) != len(seen):
            sys.exit(f"{len(frames)} frames, {len(seen)} results")
    else:
        first = texts[0][0] if early and texts else 0
        if first > frames[len(frames) // 2]:
            sys.exit(f"no label before {first}")
        bare = [t for t in frames
                if t + half >= first and not label_at(texts, t + half)]
        if bare:
            sys.exit(f"no label at {bare}")
    if frames[0] > 2 * half + 1:
        sys.exit(f"the video starts at {frames[0]}")
    print(f"{len(frames)} frames, {len(texts)} texts")


main()
