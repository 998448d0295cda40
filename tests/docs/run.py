#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs every command of the documentation, from the text itself.

usage: run.py [--update] [--only PAGE]; the build folder is $BUILD

A command is a fenced block of sh in README.md or docs/*.md. It runs in a
folder that looks like a checkout, with the elements and the tool just built,
and has to end well. What stands in for what a machine in CI has not got is in
commands.py, as is what is not run, each with its reason, and what is skipped
where a package is missing; an entry that no command needs is an error.
`<!-- shows: REGEX -->` above a block: its output has to match, if all of it
ran. `<!-- file: NAME -->` above a block of another language: it is that file,
without its first line of licence; --update writes it there."""

import argparse
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import commands

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
BLOCK = re.compile(r"(?:^<!-- (shows|file): (.*?) -->\n)?"
                   r"^```(\w+)\n(.*?)^```$", re.M | re.S)
TIMEOUT = 180


def pages():
    return [os.path.join(TOP, "README.md"),
            *sorted(glob.glob(os.path.join(TOP, "docs", "*.md")))]


def name_of(page):
    return os.path.relpath(page, TOP)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def without_licence(text):
    return re.sub(r"\A(#!.*\n)?.*SPDX.*\n+", "", text)


def check_files(page, update):
    """Quoted files are what they say; returns what is wrong."""
    text, wrong = read(page), []

    def replace(match):
        kind, name, language, quoted = match.groups()
        if kind != "file":
            return match[0]
        source = without_licence(
            read(os.path.join(os.path.dirname(page), name)))
        if quoted != source and not update:
            wrong.append(f"{name_of(page)}: {name} is another one (--update)")
        return f"<!-- file: {name} -->\n```{language}\n{source}```"

    new = BLOCK.sub(replace, text)
    if update and new != text:
        with open(page, "w", encoding="utf-8") as file:
            file.write(new)
    return wrong


def links(page):
    """Links to files that are not there."""
    folder = os.path.dirname(page)
    targets = re.findall(r"\]\((?!https?://)([^)#\s]*)", read(page))
    return [f"{name_of(page)}: no {target}" for target in targets
            if target and not os.path.exists(os.path.join(folder, target))]


def make_checkout(folder):
    """Files of the checkout, and those that commands read."""
    for name in commands.CHECKOUT:
        os.symlink(os.path.join(TOP, name), os.path.join(folder, name))
    os.symlink(os.path.abspath(os.environ["BUILD"]),
               os.path.join(folder, "build"))
    subprocess.run(["bash", "-euc", commands.PREPARE], cwd=folder, check=True,
                   stdout=subprocess.DEVNULL)


def stand_in(text, used):
    notes = []
    for i, (pattern, instead, reason) in enumerate(commands.STAND_INS):
        text, n = re.subn(pattern, instead, text)
        if n:
            used.add(("stand-in", i))
            notes.append(reason)
    return text, notes


def is_not_run(text, used):
    for i, (pattern, reason) in enumerate(commands.NOT_RUN):
        if re.search(pattern, text):
            used.add(("not run", i))
            return reason
    return None


def have(check):
    return subprocess.run(["bash", "-c", check], stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, check=False,
                          stderr=subprocess.DEVNULL).returncode == 0


def split(text, used):
    """Lines that run here; and those that do not, with what they need."""
    here, missing = [], []
    for line in re.findall(r"(?:.*\\\n)*.*\n", text):
        for i, (pattern, packages, check) in enumerate(commands.NEEDS):
            if re.search(pattern, line):
                used.add(("need", i))
                if not have(check):
                    missing.append((line, packages))
                    break
        else:
            here.append(line)
    return "".join(here), missing


def run(text, shows, folder):
    """What is wrong; None: nothing."""
    script = f"set -euo pipefail\n{text}"
    with subprocess.Popen(["bash", "-c", script], cwd=folder, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT,
                          start_new_session=True) as process:
        try:
            out, _ = process.communicate(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            return f"not at an end after {TIMEOUT} s"
    if process.returncode != 0:
        return f"exit status {process.returncode}:\n{out[-2000:]}"
    if shows and not re.search(shows, out):
        return f"no {shows} in:\n{out[-2000:]}"
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--only", metavar="PAGE")
    options = parser.parse_args()
    used, failed = set(), []
    counts = {"run": 0, "not run": 0, "skipped": 0}
    chosen = [page for page in pages()
              if not options.only or page.endswith(options.only)]
    for page in chosen:
        failed += check_files(page, options.update) + links(page)
    folder = tempfile.mkdtemp()
    try:
        make_checkout(folder)
        for page in chosen:
            for kind, what, language, text in BLOCK.findall(read(page)):
                if language != "sh":
                    continue
                title = f"{name_of(page)}: {text.strip().splitlines()[0]}"
                reason = is_not_run(text, used)
                if reason:
                    counts["not run"] += 1
                    print(f"not run: {title} ({reason})", flush=True)
                    continue
                text, notes = stand_in(text, used)
                command, missing = split(text, used)
                counts["skipped"] += len(missing)
                for line, packages in missing:
                    print(f"skipped: {name_of(page)}: "
                          f"{line.strip().splitlines()[0]} "
                          f"(needs {packages})", flush=True)
                if not command:
                    continue
                counts["run"] += 1
                shows = what if kind == "shows" and not missing else None
                start = time.monotonic()
                wrong = run(command, shows, folder)
                print(f"{'FAILED' if wrong else 'ok'}: {title} "
                      f"({time.monotonic() - start:.1f} s"
                      + "".join("; " + note for note in notes) + ")",
                      flush=True)
                if wrong:
                    failed.append(f"{title}\n{wrong}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if not options.only:
        for kind, entries in (("stand-in", commands.STAND_INS),
                              ("not run", commands.NOT_RUN),
                              ("need", commands.NEEDS)):
            failed += [f"commands.py: no command needs the {kind} {entry[0]}"
                       for i, entry in enumerate(entries)
                       if (kind, i) not in used]
    for text in failed:
        print("FAILED", text)
    print(f"{counts['run']} commands ran, {counts['not run']} did not, "
          f"{counts['skipped']} were skipped, {len(failed)} failures")
    return 1 if failed or not counts["run"] else 0


if __name__ == "__main__":
    sys.exit(main())
