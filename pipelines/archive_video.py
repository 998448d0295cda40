# SPDX-License-Identifier: LGPL-2.1-or-later
"""One video of an archive: a named-launch process that looks at a frame now
and then, its results as NDJSON, and a file for the page.

OUTPUT/NAME.ndjson: lines of mobilenettext (gst/text/ndjson.schema.json), one a
frame that was looked at. Their latency is null: it would be another one each
time, and the same video has to give the same file.
OUTPUT/NAME.page.json: source (the video's size and time), path (where it is),
bytes (of the lines), seconds, spans (start, end, label, confidence of each run
of one label), thumbs (second, and a JPEG in base64)."""

import base64
import json
import os
import shutil
import stat
import subprocess
import tempfile
import threading
import time

import files

THUMB_WIDTH = 160
PATIENCE = 300                  # seconds without a byte read: it hangs

# Nobody is to go on when the driver is killed.
WITH_US = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []

running = set()
running_lock = threading.Lock()


def outputs(name, output):
    return (os.path.join(output, name + ".ndjson"),
            os.path.join(output, name + ".page.json"))


def source_of(path):
    status = os.stat(path)
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("no file")
    return {"size": status.st_size, "time": int(status.st_mtime)}


def are_spans(spans):
    return isinstance(spans, list) and all(
        isinstance(span, list) and len(span) == 4 and isinstance(span[2], str)
        and all(map(files.is_number, (span[0], span[1], span[3])))
        for span in spans)


def are_thumbs(thumbs):
    return isinstance(thumbs, list) and all(
        isinstance(thumb, list) and len(thumb) == 2
        and files.is_number(thumb[0]) and isinstance(thumb[1], str)
        for thumb in thumbs)


def load_page(path):
    """A file for the page; ValueError or OSError: it is damaged."""
    page = files.load(path)
    if not isinstance(page, dict):
        raise ValueError("no object")
    for key, is_right in (("source", lambda v: isinstance(v, dict)),
                          ("path", lambda v: isinstance(v, str)),
                          ("seconds", files.is_number),
                          ("spans", are_spans), ("thumbs", are_thumbs)):
        if not is_right(page.get(key)):
            raise ValueError(f"its {key}")
    return page


def check_lines(path, page):
    """ValueError or OSError: they are not what they were."""
    with files.open_file(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size == 0 or page.get("bytes", size) != size:
            raise ValueError("its size")
        for start in (0, max(0, size - 4096)):
            file.seek(start)
            if b"\0" in file.read(4096):
                raise ValueError("zeros")


def is_done(path, name, output):
    """The results are there, whole, and are of the video as it is."""
    lines_path, page_path = outputs(name, output)
    if not os.path.exists(lines_path):
        return False
    looked = page_path
    try:
        page = load_page(page_path)
        looked = lines_path
        check_lines(lines_path, page)
    except FileNotFoundError:
        return False
    except (OSError, ValueError) as error:
        if os.path.isdir(lines_path):
            return False        # There may be a folder's results in it.
        files.set_aside("archive", looked, error, "the video's turn comes "
                        "again")
        return False
    try:
        now = source_of(path)
    except (OSError, ValueError):
        return False            # Why, is said when its turn comes.
    return all(page["source"].get(key) == now[key] for key in now)


def fraction_of(seconds):
    """A caps fraction: frames a second for one frame in so many seconds."""
    return f"1000/{round(1000 * seconds)}"


def command(path, options):
    """It runs in the folder for the pictures."""
    names = [f"input.location={path}"]
    if options.model:
        names.append(f"mobilenet0.model-file={options.model}")
    if options.labels:
        names.append(f"mobilenet0.labels-file={options.labels}")
    line = [*WITH_US, "named-launch", *names, "--",
            "filesrc", "name=input", "!",
            "decodebin", "expose-all-streams=false",
            "caps=video/x-raw(ANY)", "!",
            "videorate", "drop-only=true", "!",
            f"video/x-raw(ANY),framerate={fraction_of(options.every)}", "!",
            "videoconvert", "!",
            "mobilenet", "name=mobilenet0", "backend=cpu", "threads=1",
            "schedule=every-frame", f"threshold={options.threshold}",
            "!", "tee", "name=t",
            "t.", "!", "queue", "!", "mobilenettext", "empty-results=true",
            "!", "application/x-ndjson", "!", "fdsink", "fd=1", "sync=false"]
    if options.thumbs > 0:
        line += ["t.", "!", "queue", "!", "videoscale", "!",
                 f"video/x-raw,width={THUMB_WIDTH},pixel-aspect-ratio=1/1",
                 "!", "videoflip", "video-direction=auto", "!",
                 "videoconvert", "!", "jpegenc", "quality=60", "!",
                 "multifilesink", "location=%08d.jpg"]
    return line


def stop_all():
    with running_lock:
        for process in running:
            process.kill()


def position(process, path):
    """Bytes of the video that it has read: what the kernel says of the open
    file. None: it is not open."""
    folder = f"/proc/{process.pid}/fd"
    try:
        for fd in os.listdir(folder):
            if os.path.realpath(os.path.join(folder, fd)) == path:
                with open(f"/proc/{process.pid}/fdinfo/{fd}") as info:
                    return int(info.readline().split()[1])
    except (OSError, ValueError):
        pass
    return None


def watch(process, path, report):
    """Reports how far it is, and ends what hangs."""
    size, last, since = max(1, os.path.getsize(path)), None, time.monotonic()
    while process.poll() is None:
        now = position(process, os.path.realpath(path))
        if now is not None:
            report(min(now / size, 0.99))
        cpu = busy(process)
        if (now, cpu) != last:
            last, since = (now, cpu), time.monotonic()
        elif time.monotonic() - since > PATIENCE:
            process.kill()
        time.sleep(0.2)


def busy(process):
    """Processor time, in ticks."""
    try:
        with open(f"/proc/{process.pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])
    except (OSError, ValueError, IndexError):
        return None


def run(path, options, pictures, report):
    """Lines as they come from the pipeline, and what it said of an error."""
    with tempfile.TemporaryFile(dir=pictures) as lines, \
            tempfile.TemporaryFile(dir=pictures) as errors:
        process = subprocess.Popen(command(path, options), cwd=pictures,
                                   stdin=subprocess.DEVNULL, stdout=lines,
                                   stderr=errors)
        with running_lock:
            running.add(process)
        try:
            watch(process, path, report)
        finally:
            with running_lock:
                running.discard(process)
        lines.seek(0)
        errors.seek(0)
        return ([line for line in lines.read().split(b"\n") if line],
                process.returncode, errors.read().decode(errors="replace"))


def reason(text, status):
    """The first error that was printed, without its prefix."""
    for line in text.split("\n"):
        if "ERROR" in line:
            return line.partition("ERROR: ")[2] or line
    if status < 0:
        return f"the process ended with signal {-status}"
    return text.strip().split("\n")[-1] or f"exit status {status}"


def spans_of(results, every):
    """Runs of one label: [start, end, label, best confidence], seconds."""
    spans = []
    for result in results:
        start = (result["stream_time"] or 0) / 1e9
        label = result["label"] if result["index"] >= 0 else ""
        if not spans or spans[-1][2] != label:
            if spans:
                spans[-1][1] = start
            spans.append([start, start, label, 0.0])
        spans[-1][1] = start + every
        spans[-1][3] = max(spans[-1][3], result["confidence"] or 0.0)
    return [[round(a, 3), round(b, 3), label, round(c, 4)]
            for a, b, label, c in spans]


def thumbs_of(results, spans, pictures, most):
    """A picture from the start of each span; where they are too many, of
    spans evenly over the video."""
    names = sorted(n for n in os.listdir(pictures) if n.endswith(".jpg"))
    if not names or len(names) != len(results) or most < 1:
        return []
    times = [round((r["stream_time"] or 0) / 1e9, 3) for r in results]
    chosen = [span[0] for span in spans]
    if len(chosen) > most:
        chosen = [chosen[i * len(chosen) // most] for i in range(most)]
    thumbs = []
    for second in chosen:
        name = names[times.index(second)]
        with open(os.path.join(pictures, name), "rb") as file:
            thumbs.append([second, base64.b64encode(file.read()).decode()])
    return thumbs


def line_of(result):
    """As NDJSON, in which nothing but its end looks like one to anybody."""
    line = json.dumps(result, ensure_ascii=False, separators=(",", ":"))
    for c in "\u0085\u2028\u2029":
        line = line.replace(c, f"\\u{ord(c):04x}")
    return line + "\n"


def label(path, name, options, work, report):
    """None, or what is wrong with the video, in words."""
    lines_path, page_path = outputs(name, options.output)
    pictures = tempfile.mkdtemp(dir=work)
    try:
        source = source_of(path)
        lines, status, errors = run(path, options, pictures, report)
        if status != 0:
            return reason(errors, status)
        results = [json.loads(line.decode()) for line in lines]
        if not results:
            return "no frame of it could be read"
        for result in results:
            result["latency"] = None
        text = "".join(map(line_of, results))
        spans = spans_of(results, options.every)
        page = {"source": source, "path": path, "bytes": len(text.encode()),
                "seconds": spans[-1][1], "spans": spans, "thumbs": thumbs_of(
                    results, spans, pictures, options.thumbs)}
        os.makedirs(os.path.dirname(lines_path), exist_ok=True)
        # In ASCII: the path may have bytes that are no characters.
        files.write_whole(page_path, json.dumps(page) + "\n", pictures)
        files.write_whole(lines_path, text, pictures)
        return None
    except (OSError, ValueError, LookupError, TypeError) as error:
        return files.reason(error)
    finally:
        shutil.rmtree(pictures, ignore_errors=True)
