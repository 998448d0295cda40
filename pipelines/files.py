# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the scripts in Python share: text of others for a terminal, files that
are whole or not there, and what to do with those that are damaged."""

import argparse
import contextlib
import json
import os
import shutil
import stat
import sys
import tempfile
import unicodedata

MOST_BYTES = 256 << 20          # of a JSON file of ours; pages have 1 MB
MOST_ASIDE = 9                  # damaged ones of a name


# ---- for people

def is_harmless(c):
    return (unicodedata.category(c) not in ("Cc", "Cs")
            and not "\u2028" <= c <= "\u202e"
            and not "\u2066" <= c <= "\u2069")


def printable(text):
    """One line in which nothing moves the cursor, changes the terminal or
    turns the order of letters round, nor is half a character."""
    return "".join(c if is_harmless(c) else "?" for c in str(text))


def say(text, file=None):
    """Prints a line, whatever is in it and whatever the locale takes."""
    file = file or sys.stdout
    encoding = file.encoding or "ascii"
    print(printable(text).encode(encoding, "replace").decode(encoding),
          file=file, flush=True)


def reason(error):
    """An exception in words: of a system's error without the file's name."""
    return getattr(error, "strerror", None) or str(error) or repr(error)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        say(f"{self.prog}: {message}", sys.stderr)
        sys.exit(2)


# ---- files

def sync_folder(path):
    """A name given or taken in it lasts, where the system can do that."""
    try:
        handle = os.open(path or ".", os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)


def write_whole(path, text, work=None):
    """Characters or bytes. Under another name first, in the folder work or
    beside it, so that there is all or nothing of it, also when the machine
    stops."""
    folder = os.path.dirname(path)
    handle, temporary = tempfile.mkstemp(prefix=".new-", dir=work or folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.rename(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    sync_folder(folder)


def remove_unfinished(folder):
    """What writers that were killed left beside their files."""
    for name in os.listdir(folder):
        if name.startswith(".new-"):
            with contextlib.suppress(OSError):
                os.unlink(os.path.join(folder, name))


def open_file(path):
    """For reading; ValueError: it is no file (and may be one to wait for)."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise ValueError("no file")
    return os.fdopen(handle, "rb")


def load(path, most=MOST_BYTES):
    """The JSON value in a file; ValueError or OSError: there is none."""
    with open_file(path) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError(f"more than {most} bytes")
    try:
        return json.loads(data.decode())
    except RecursionError:
        raise ValueError("too deep") from None


def is_number(value):
    """A finite one of JSON."""
    return (isinstance(value, (int, float)) and not isinstance(value, bool)
            and abs(value) < 1e15)


def aside(path):
    """Moves what is damaged out of the way; returns its new name."""
    n = 1
    while n < MOST_ASIDE and os.path.lexists(f"{path}.damaged-{n}"):
        n += 1
    target = f"{path}.damaged-{n}"
    if os.path.isdir(target) and not os.path.islink(target):
        shutil.rmtree(target)
    elif os.path.lexists(target) and os.path.isdir(path):
        os.unlink(target)
    os.rename(path, target)
    sync_folder(os.path.dirname(path))
    return target


def set_aside(program, path, error, then):
    """The same, and says it; error: what is wrong with it, then: what that
    means. Another process may have been faster."""
    try:
        target = os.path.basename(aside(path))
    except FileNotFoundError:
        return
    say(f"{program}: {path} is damaged ({reason(error)}); it is {target} now, "
        f"and {then}", sys.stderr)
