# SPDX-License-Identifier: LGPL-2.1-or-later
"""The page of an archive: one file with everything in it, made of
archive_page.html and of what archive_video.py left for it."""

import json
import os
import urllib.parse

import archive_video

TEMPLATE = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                        "archive_page.html")
MARK = "@VIDEOS@"


def read(output):
    """What is known of each finished video, by name."""
    videos = []
    suffix = ".page.json"
    for folder, folders, names in os.walk(output):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for file_name in names:
            if not file_name.endswith(suffix):
                continue
            path = os.path.join(folder, file_name)
            if not os.path.exists(path[:-len(suffix)] + ".ndjson"):
                continue
            with open(path, encoding="utf-8") as file:
                page = json.load(file)
            where = os.path.relpath(page["path"], output)
            videos.append({
                "name": os.path.relpath(path[:-len(suffix)], output),
                "url": urllib.parse.quote(where),
                "seconds": page["seconds"],
                "spans": page["spans"], "thumbs": page["thumbs"]})
    return sorted(videos, key=lambda video: video["name"])


def make(output):
    """Writes OUTPUT/index.html; returns its path."""
    with open(TEMPLATE, encoding="utf-8") as file:
        template = file.read()
    # Within a script element nothing may look like its end.
    data = json.dumps(read(output), ensure_ascii=False,
                      separators=(",", ":")).replace("<", "\\u003c")
    path = os.path.join(output, "index.html")
    os.makedirs(output, exist_ok=True)
    archive_video.write_whole(path, template.replace(MARK, data))
    return path
