"""Runs the tests of one module and logs them; the runner starts it.

It is a script, and the first thing it may do is to put Pollux in place, so it
imports little at first.
"""

import argparse
import faulthandler
import importlib
import json
import os
import pathlib
import sys
import time

FOLDER = pathlib.Path(__file__).resolve().parents[1]

# All that test.support knows, without the network.
RESOURCES = ['audio', 'cpu', 'curses', 'decimal', 'gui', 'largefile',
             'subprocess', 'tzdata', 'walltime']


def arguments():
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--pollux', action='store_true')
    parser.add_argument('--network', action='store_true')
    parser.add_argument('--timeout', type=float, default=60)
    parser.add_argument('--only', type=json.loads, default=[],
                        help='parts of names, as JSON; none for all')
    parser.add_argument('--without', type=json.loads, default=[],
                        help='names, as JSON')
    parser.add_argument('module')
    parser.add_argument('log')
    return parser.parse_args()


def prepare(pollux: bool):
    """Sets up the import path, loads Pollux, and loads the harness."""
    sys.path[0] = str(FOLDER)
    if pollux:
        boot = importlib.import_module('pollux.boot')
        boot.install()
    recording = importlib.import_module('harness.recording')
    del sys.path[0]
    return recording


def calls_of_library() -> int:
    """Counts the calls of the library, if POLLUX_COUNT asks for it."""
    abi = sys.modules.get('pollux.abi')
    return abi.calls() if abi else 0


def main() -> None:
    """Runs the module and leaves without waiting for stray threads."""
    options = arguments()
    recording = prepare(options.pollux)
    support = importlib.import_module('test.support')
    support.verbose = True
    if not options.network:
        support.use_resources = RESOURCES
    faulthandler.enable()
    watchdog = recording.Watchdog(
        start=lambda: faulthandler.dump_traceback_later(
            options.timeout, exit=True),
        stop=faulthandler.cancel_dump_traceback_later,
        clock=time.monotonic, calls=calls_of_library)
    recording.run(options.module, options.log, options.only,
                  options.without, watchdog)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


if __name__ == '__main__':
    main()
