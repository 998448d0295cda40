# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is no model, or a broken one: one clear error, never a signal.

Truncation is at every 1 KiB; the tool takes all lengths, gst-launch-1.0 a
few (all of them with MOBILENET_FULL=1). Bits are flipped at random; the seed
is printed, and taken from MOBILENET_TEST_SEED.
"""
import concurrent.futures
import os
import random
import subprocess
import tempfile

import common
from common import check

BUNDLED = os.path.join(common.TOP, "models", "camera_health.tflite")
FULL = bool(os.environ.get("MOBILENET_FULL"))

LFS = (b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\n"
       b"size 10204320\n" % (b"4" * 64))
# name -> what is in the file; words of which one has to be in the error
WRONG = {
    "empty.tflite": (b"", ("empty",)),
    "page.tflite": (b"<!DOCTYPE html>\n<html><body>404</body></html>\n",
                    ("HTML", "web page")),
    "pointer.tflite": (LFS, ("LFS",)),
    "openvino.xml": (b'<?xml version="1.0"?>\n<net name="m" version="11">'
                     b"<layers></layers></net>\n", ("OpenVINO",)),
    "weights.pt": (b"PK\x03\x04" + b"\0" * 26 + b"archive/data.pkl"
                   + b"\0" * 64, ("PyTorch", "torch")),
    "text.tflite": (b"tench\ngoldfish\ngreat white shark\n", ("",)),
    "zeros.tflite": (bytes(4096), ("",)),
}


def run(args, timeout=60):
    try:
        r = subprocess.run(args, stdin=subprocess.DEVNULL, errors="replace",
                           capture_output=True, text=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        return -99, "", "it hangs"
    return r.returncode, r.stdout, r.stderr


def inspect(path):
    return run(["mobilenet-tool", "inspect", path])


def launch(path):
    return run(["gst-launch-1.0", "videotestsrc", "num-buffers=1", "!",
                "mobilenet", "model-file=" + path, "!", "fakesink"])


def one_error(path, words):
    name = os.path.basename(path)
    status, _, stderr = inspect(path)
    lines = stderr.splitlines()
    check(status == 2 and len(lines) == 1 and name in lines[0]
          and any(w in lines[0] for w in words),
          "inspect %s: %d %r" % (name, status, stderr[:300]))
    status, _, stderr = launch(path)
    errors = [s for s in stderr.splitlines() if s.startswith("ERROR: from")]
    check(status > 0 and len(errors) == 1 and name in errors[0]
          and any(w in errors[0] for w in words),
          "gst-launch %s: %d %s" % (name, status, errors))


def check_wrong_files(folder):
    one_error(os.path.join(folder, "absent.tflite"), ("",))
    for name, (data, words) in WRONG.items():
        path = os.path.join(folder, name)
        with open(path, "wb") as f:
            f.write(data)
        one_error(path, words)
    one_error(folder, ("",))
    for name in ("traffic_model.tflite",):
        path = os.path.join(common.MODELS, name)
        if os.path.exists(path):
            one_error(path, ("",))


def check_labels(folder):
    """1000 and 1001 lines are both right; any other number is one warning."""
    with open(common.LABELS, encoding="utf-8") as f:
        labels = f.read().splitlines()
    for lines, warnings in ((labels, 0), (["background"] + labels, 0),
                            (labels[:10], 1), (labels + labels, 1)):
        path = os.path.join(folder, "labels.txt")
        with open(path, "w", encoding="utf-8") as f:
            f.write("\n".join(lines) + "\n")
        status, results, stderr = common.gst_launch([
            "videotestsrc", "num-buffers=3", "!", "mobilenet",
            "post-messages=all", "threshold=0", "model-file=" + common.FLOAT,
            "labels-file=" + path, "!", "fakesink"])
        said = stderr.count("WARNING: from")
        right = all(r["index"] >= len(lines)
                    or r["label"] == labels[r["index"]] for r in results)
        check(status == 0 and len(results) == 3 and right
              and said == warnings, "%d labels: %d warnings %s" % (
                  len(lines), said, stderr.strip()[-200:] if said else ""))


def with_copies(data, runs, folder, what, command, allowed):
    """runs: (name, bytes); all of them end with an allowed status and at
    most one line that says why."""
    bad = []

    def one(item):
        name, content = item
        path = os.path.join(folder, "%s.tflite" % name)
        with open(path, "wb") as f:
            f.write(content())
        status, _, stderr = command(path)
        os.unlink(path)
        said = [s for s in stderr.splitlines()
                if s.startswith(("mobilenet-tool: ", "ERROR: from"))]
        if status not in allowed or (status != 0 and len(said) != 1):
            bad.append("%s: %d %s" % (name, status, stderr[:200]))

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(one, runs))
    check(not bad, "%d %s %s" % (len(runs), what, bad[:3]))


def check_truncated(path, folder, command, step, allowed):
    with open(path, "rb") as f:
        data = f.read()
    runs = [("cut-%d" % n, lambda n=n: data[:n])
            for n in range(0, len(data), step)]
    with_copies(data, runs, folder, "lengths of %s through %s" % (
        os.path.basename(path), command.__name__), command, allowed)


def check_flipped(path, folder, command, count, seed, allowed):
    with open(path, "rb") as f:
        data = f.read()

    def flipped(i):
        rand = random.Random(seed * 100003 + i)
        copy = bytearray(data)
        # Half of them in the last part, where the structure lies.
        low = len(copy) * 9 // 10 if i % 2 else 0
        for _ in range(rand.choice((1, 1, 4, 32))):
            copy[rand.randrange(low, len(copy))] ^= 1 << rand.randrange(8)
        return bytes(copy)

    runs = [("flip-%d" % i, lambda i=i: flipped(i)) for i in range(count)]
    with_copies(data, runs, folder, "flipped copies of %s through %s" % (
        os.path.basename(path), command.__name__), command, allowed)


def main():
    common.need("mobilenet-tool", "gst-launch-1.0")
    seed = int(os.environ.get("MOBILENET_TEST_SEED") or
               random.randrange(1 << 30))
    print("seed", seed)
    with tempfile.TemporaryDirectory() as folder:
        check_wrong_files(folder)
        check_labels(folder)
        check_truncated(BUNDLED, folder, inspect, 1024, {2})
        check_truncated(BUNDLED, folder, launch,
                        1024 if FULL else 64 * 1024, {1, 2, 255})
        if FULL:
            for path, _ in common.float_models():
                check_truncated(path, folder, inspect, 1024, {2})
        check_flipped(BUNDLED, folder, inspect, 2000 if FULL else 200, seed,
                      {0, 2})
        check_flipped(BUNDLED, folder, launch, 500 if FULL else 30, seed,
                      {0, 1, 2, 255})
    common.finish()


main()
