"""A disk that is slow or fails when told, for a process that loads it beforehand.

A small library in C stands before `fsync` and `fdatasync`; it is compiled when needed.
"""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_SOURCE: Final = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int synced(int file, const char *name) {
    const char *fails = getenv("DISK_FAILS_WHILE"), *slow = getenv("DISK_SLOW_MS");
    if (fails && access(fails, F_OK) == 0) {
        errno = EIO;
        return -1;
    }
    if (slow) {
        struct timespec time = {0, atol(slow) * 1000000L};
        nanosleep(&time, NULL);
    }
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    return real(file);
}

int fsync(int file) { return synced(file, "fsync"); }
int fdatasync(int file) { return synced(file, "fdatasync"); }
"""


class NoCompilerError(Exception):
    """This machine has no C compiler."""


def disk(
    folder: Path, *, slow_ms: int = 0, fails_while: Path | None = None
) -> Mapping[str, str]:
    """Compile it; answers the environment that puts it before a process's syncs.

    Each sync takes `slow_ms` longer, and fails while the file `fails_while` is there.
    Raises NoCompilerError where there is no compiler.
    """
    compiler = shutil.which("cc")
    if compiler is None:
        raise NoCompilerError("no cc on this machine")
    source, library = folder / "disk.c", folder / "disk.so"
    source.write_text(_SOURCE)
    subprocess.run(  # noqa: S603 - our own source
        [compiler, "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"],
        check=True,
        timeout=60,
    )
    environment = {"LD_PRELOAD": str(library)}
    if slow_ms:
        environment["DISK_SLOW_MS"] = str(slow_ms)
    if fails_while:
        environment["DISK_FAILS_WHILE"] = str(fails_while)
    return environment
