"""Runs the probes on stock and on Pollux, and compares what they print.

A probe prints lines "section / label = observation". What stock prints is
right.
"""

import dataclasses
import os
import pathlib
import subprocess
import sys

SEPARATOR = ' = '
ABSENT = '(nothing)'


@dataclasses.dataclass
class Difference:
    """An observation that is not the same."""

    label: str
    stock: str
    pollux: str


@dataclasses.dataclass
class Result:
    """What the probes showed."""

    lines: int
    differences: list[Difference]
    reasons: dict[str, str]

    def unexpected(self) -> list[Difference]:
        """Gives the differences that have no reason."""
        return [one for one in self.differences
                if one.label not in self.reasons]

    def outdated(self) -> list[str]:
        """Gives the labels that have a reason, and no difference."""
        different = {one.label for one in self.differences}
        return [label for label in self.reasons if label not in different]

    def is_good(self) -> bool:
        """Tells whether everything is as expected."""
        return not (self.unexpected() or self.outdated())


def parse(text: str) -> dict[str, str]:
    """Reads a probe's output; a label that comes again gets a number."""
    observed: dict[str, str] = {}
    for line in text.splitlines():
        label, separator, value = line.partition(SEPARATOR)
        if not separator:
            continue
        name, number = label, 2
        while name in observed:
            name, number = f'{label} #{number}', number + 1
        observed[name] = value
    return observed


def difference(stock: dict[str, str], pollux: dict[str, str]):
    """Lists what is not the same."""
    return [Difference(label, stock.get(label, ABSENT),
                       pollux.get(label, ABSENT))
            for label in dict.fromkeys([*stock, *pollux])
            if stock.get(label) != pollux.get(label)]


def run(folder: pathlib.Path, out: pathlib.Path, reasons,
        only=()) -> Result:
    """Runs the probes of a folder; only restricts their names."""
    everything: dict[str, dict[str, str]] = {'stock': {}, 'pollux': {}}
    for script in sorted(folder.glob('probe_*.py')):
        name = script.stem.removeprefix('probe_')
        if only and name not in only:
            continue
        for side, observed in everything.items():
            text = output(script, side == 'pollux')
            _save(out / side / f'{name}.txt', text)
            observed.update({f'{name} / {label}': value
                             for label, value in parse(text).items()})
    stock, pollux = everything['stock'], everything['pollux']
    if only:
        reasons = {label: reason for label, reason in reasons.items()
                   if label.partition(' / ')[0] in only}
    return Result(len(stock), difference(stock, pollux), reasons)


def output(script: pathlib.Path, pollux: bool) -> str:
    """Gives what a probe prints, and how it ends."""
    shim = ['-m', 'pollux'] if pollux else []
    environment = os.environ | {'PYTHONPATH': str(script.parents[1]),
                                'PYTHONWARNINGS': 'ignore'}
    try:
        done = subprocess.run(
            [sys.executable, *shim, str(script)], env=environment,
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=120, check=False)
    except subprocess.TimeoutExpired as late:
        return (late.stdout or b'').decode() + f'it{SEPARATOR}hangs\n'
    ending = f'exit status{SEPARATOR}{done.returncode}\n'
    if done.returncode:
        ending += f'its error{SEPARATOR}{done.stderr.strip()[-300:]!r}\n'
    return done.stdout + ending


def _save(path: pathlib.Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
