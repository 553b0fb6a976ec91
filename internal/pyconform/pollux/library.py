"""Where libpollux is, and how it is built when it is nowhere."""

import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILT = ROOT / 'build' / 'libpollux.so'


def find() -> str:
    """Gives the path of the library: $POLLUX_LIB, or else a fresh build."""
    return os.environ.get('POLLUX_LIB') or build()


def build() -> str:
    """Builds the library from this checkout; Go's cache makes that quick.

    This runs before the shim is in place, so it must not import subprocess,
    which would load the select module.
    """
    BUILT.parent.mkdir(exist_ok=True)
    command = [
        os.environ.get('GO', 'go'), 'build', '-C', str(ROOT),
        '-tags', 'libpollux', '-buildmode=c-shared',
        '-o', str(BUILT), './cmd/libpollux',
    ]
    try:
        status = os.spawnvp(os.P_WAIT, command[0], command)
    except OSError as error:
        sys.exit(f'pollux: cannot run {command[0]}: {error}')
    if status != 0:
        sys.exit(f'pollux: this failed: {" ".join(command)}')
    return str(BUILT)
