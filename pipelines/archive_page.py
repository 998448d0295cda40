# SPDX-License-Identifier: LGPL-2.1-or-later
"""The page of an archive: one file with everything in it, made of
archive_page.html and of what archive_video.py left for it."""

import json
import os
import urllib.parse

import archive_video
import files

TEMPLATE = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                        "archive_page.html")
MARK = "@VIDEOS@"


def characters(name):
    """Of a name that may have bytes that are none."""
    return os.fsencode(name).decode(errors="replace")


def load(path):
    try:
        return archive_video.load_page(path)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        files.set_aside("archive", path, error, "the page goes without its "
                        "video until that is labelled again")
        return None


def read(output):
    """What is known of each finished video, by name."""
    videos = []
    suffix = ".page.json"
    for folder, _, names in os.walk(output):
        for file_name in names:
            if not file_name.endswith(suffix):
                continue
            path = os.path.join(folder, file_name)
            if not os.path.isfile(path[:-len(suffix)] + ".ndjson"):
                continue
            page = load(path)
            if page is None:
                continue
            where = os.path.relpath(page["path"], output)
            videos.append({
                "name": characters(
                    os.path.relpath(path[:-len(suffix)], output)),
                # Of the bytes: that is what names of files are.
                "url": urllib.parse.quote(os.fsencode(where)),
                "seconds": page["seconds"],
                "spans": page["spans"], "thumbs": page["thumbs"]})
    return sorted(videos, key=lambda video: video["name"])


def make(output):
    """Writes OUTPUT/index.html; returns its path."""
    with open(TEMPLATE, encoding="utf-8") as file:
        template = file.read()
    # Within a script element nothing may look like its end; and half
    # characters, which damage can make, are no text.
    data = json.dumps(read(output), ensure_ascii=False, allow_nan=False,
                      separators=(",", ":")).replace("<", "\\u003c")
    data = data.encode(errors="replace").decode()
    path = os.path.join(output, "index.html")
    os.makedirs(output, exist_ok=True)
    if os.path.isdir(path):
        files.set_aside("archive", path, ValueError("no file"),
                        "the page is made")
    files.write_whole(path, template.replace(MARK, data))
    return path
