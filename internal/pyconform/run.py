#!/usr/bin/env python3
"""Runs CPython's own tests and the probes on Pollux, next to stock CPython.

    run.py                              all that is shown
    run.py --suites "test_poll probes"
    run.py --suites test_socket --args "BasicTCPTest testRecv"

It ends with status 1 if a test that stock passes fails here, or is much
slower here, and is not in expected.toml; or if one that is there passes.
"""

import argparse
import concurrent.futures
import importlib.util
import os
import pathlib
import platform
import shlex
import sys
import time

from harness import interpreter

FOLDER = pathlib.Path(__file__).resolve().parent
OUT = FOLDER.parents[1] / 'build' / 'conformance'

SUITES = ('test_select', 'test_poll', 'test_epoll', 'test_selectors',
          'test_asyncore', 'test_asynchat', 'test_ssl', 'test_socket')
PROBES = 'probes'


def arguments():
    """Reads the command line; the environment gives what it leaves out."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--suites', type=str.split,
                        default=os.environ.get('SUITES', '').split(),
                        help='which (also: SUITES)')
    parser.add_argument('--args', type=shlex.split,
                        default=shlex.split(os.environ.get('ARGS', '')),
                        help='classes, methods, or both (also: ARGS)')
    parser.add_argument('--jobs', type=int, default=1,
                        help='suites at a time; more disturbs durations')
    parser.add_argument('--timeout', type=float, default=60,
                        help='seconds that a test may take')
    parser.add_argument('--network', action='store_true',
                        help='also what needs the internet')
    parser.add_argument('--stock-only', action='store_true',
                        help='only the baseline')
    parser.add_argument('--reuse-stock', action='store_true',
                        help='take the baseline of an earlier run')
    parser.add_argument('--out', type=pathlib.Path, default=OUT,
                        help='folder of logs and conformance.json')
    return parser.parse_args()


def main() -> int:
    """Runs what is asked for and reports."""
    options = arguments()
    from harness import probes, report
    began = time.monotonic()
    suites = options.suites or [*SUITES, PROBES]
    if not options.stock_only:
        build_library()
    comparisons = list(compare_all(
        [suite for suite in suites if suite != PROBES], options))
    found = None
    if PROBES in suites and not options.stock_only:
        found = probes.run(FOLDER / 'probe', options.out / 'probe',
                           reasons(PROBES), options.args)
    print('\n' + report.table(comparisons))
    if found:
        print(f'probes: {found.lines} observations, '
              f'{len(found.unexpected())} differ')
    if options.stock_only:
        return 0
    options.out.mkdir(parents=True, exist_ok=True)
    report.write(options.out / 'conformance.json', comparisons, found)
    complaints = report.complaints(comparisons, found)
    print('\n'.join(['', *complaints]))
    print(f'{len(complaints)} complaints, '
          f'{time.monotonic() - began:.0f} s')
    return 1 if complaints else 0


def build_library() -> None:
    """Builds the library once, for all children."""
    from pollux import library
    os.environ['POLLUX_LIB'] = library.find()
    os.environ['POLLUX_COUNT'] = '1'


def reasons(suite: str) -> dict:
    """Gives a table of expected.toml, most of which are suites."""
    from harness import compare
    return compare.reasons_of(
        compare.load_reasons(FOLDER / 'expected.toml'), suite,
        platform.python_version())


def compare_all(suites: list[str], options):
    """Runs the suites that this Python has."""
    known = []
    for suite in suites:
        if importlib.util.find_spec(f'test.{suite}'):
            known.append(suite)
        else:
            print(f'{suite}: this Python has none')
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        yield from pool.map(lambda suite: compare_one(suite, options), known)


def compare_one(suite: str, options):
    """Runs one suite on stock and on Pollux."""
    from harness import compare, runner
    module = f'test.{suite}'
    common = {'module': module, 'only': tuple(options.args),
              'network': options.network, 'timeout': options.timeout}
    stock_job = runner.Job(folder=options.out / 'stock', **common)
    if options.reuse_stock and stock_job.log.is_finished():
        stock = stock_job.log.outcomes()
    else:
        stock = runner.run(stock_job)
    pollux = stock
    patience = reasons('patience').get(suite, compare.SLOW_SECONDS)
    if not options.stock_only:
        pollux = run_pollux(stock, options, common, patience)
    result = compare.Comparison(
        suite, compare.shorten(stock, module),
        compare.shorten(pollux, module), reasons(suite),
        complete=not options.args, patience=patience)
    print(report_line(result), flush=True)
    return result


def run_pollux(stock, options, common, patience):
    """Runs a suite on Pollux, without what hangs on stock.

    What was slow is run once more by itself: a busy machine is slow once, a
    wait that does not end is slow again.
    """
    from harness import compare, outcome, runner
    hangs = tuple(test for test, one in stock.items()
                  if one.state in (outcome.HUNG, outcome.CRASHED))
    pollux = runner.run(runner.Job(folder=options.out / 'pollux', pollux=True,
                                   without=hangs, **common))
    slow = compare.Comparison('', stock, pollux, {}, patience=patience).slow()
    if slow:
        again = common | {'only': tuple(slow)}
        pollux |= runner.run(runner.Job(folder=options.out / 'again',
                                        pollux=True, **again))
    return pollux


def report_line(result) -> str:
    """Says how a suite went, as soon as it is known."""
    stock, pollux = result.passed()
    return (f'{result.suite}: stock {stock}, pollux {pollux}, '
            f'{len(result.unexpected())} failed')


def use_right_python() -> None:
    """Becomes a process of a Python that has its tests."""
    try:
        python = interpreter.find()
    except interpreter.NotFound as error:
        sys.exit(f'conformance: {error}')
    if os.environ.get('POLLUX_PYTHON') != python:
        os.environ['POLLUX_PYTHON'] = python
        os.execv(python, [python, *sys.argv])


if __name__ == '__main__':
    use_right_python()
    sys.exit(main())
