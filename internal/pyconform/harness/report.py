"""The table, the list of what is wrong, and conformance.json."""

import json
import pathlib
import platform

from harness.compare import Comparison

COLUMNS = ('suite', 'stock', 'pollux', 'failed', 'excepted', 'slow',
           'measured', 'stock s', 'pollux s')


def row(one: Comparison) -> tuple:
    """Gives a suite's line of the table."""
    return (one.suite, *one.passed(), len(one.unexpected()),
            len(one.excepted()), len(one.slow()), one.measured(),
            *one.seconds())


def table(comparisons: list[Comparison]) -> str:
    """Writes the suites side by side."""
    rows = [COLUMNS, *(row(one) for one in comparisons)]
    width = max(len(str(cells[0])) for cells in rows)
    lines = []
    for name, *numbers in rows:
        lines.append(' '.join([f'{name:<{width}}',
                               *(f'{number:>9}' for number in numbers)]))
    return '\n'.join(lines)


def complaints(comparisons: list[Comparison], probes) -> list[str]:
    """Lists everything that must not be."""
    found = []
    for one in comparisons:
        found += [f'{one.suite}: {test} fails: {text}'
                  for test, text in one.unexpected().items()]
        found += [f'{one.suite}: {test} is slow: {ours} s, on stock {theirs} s'
                  for test, (theirs, ours) in one.slow().items()]
        found += [f'{one.suite}: {test} passes; take it out of expected.toml'
                  for test in one.outdated()]
    if probes:
        found += [f'probe: {one.label}\n    stock:  {one.stock}\n'
                  f'    pollux: {one.pollux}' for one in probes.unexpected()]
        found += [f'probe: {label} is the same; take it out of expected.toml'
                  for label in probes.outdated()]
    return found


def write(path: pathlib.Path, comparisons: list[Comparison], probes) -> None:
    """Writes conformance.json."""
    result = {
        'python': platform.python_version(),
        'system': platform.system(),
        'suites': {one.suite: _suite(one) for one in comparisons},
    }
    if probes:
        result['probes'] = {
            'lines': probes.lines,
            'different': [vars(one) for one in probes.unexpected()],
            'excepted': sorted(probes.reasons),
        }
    path.write_text(json.dumps(result, indent=2) + '\n')


def _suite(one: Comparison) -> dict:
    stock, pollux = one.passed()
    stock_seconds, pollux_seconds = one.seconds()
    return {
        'stock_passed': stock,
        'passed': pollux,
        'states': one.states(),
        'calling_the_library': one.measured(),
        'failed': one.unexpected(),
        'excepted': one.excepted(),
        'outdated': one.outdated(),
        'slow': one.slow(),
        'stock_seconds': stock_seconds,
        'seconds': pollux_seconds,
    }
