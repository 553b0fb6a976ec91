"""Stock CPython's outcomes next to Pollux's, and what is expected of them."""

import collections
import dataclasses
import pathlib
import tomllib

from harness import outcome
from harness.outcome import Outcome

SLOW_FACTOR = 4
SLOW_SECONDS = 1
# What a call of the library costs more than one within the interpreter.
SECONDS_OF_A_CALL = 20e-6


@dataclasses.dataclass
class Comparison:
    """One suite's outcomes. The names of tests lack the suite's."""

    suite: str
    stock: dict[str, Outcome]
    pollux: dict[str, Outcome]
    reasons: dict[str, str]  # of tests that are expected to fail
    complete: bool = True    # whether all of the suite's tests ran
    patience: float = SLOW_SECONDS  # what a test may take longer by

    def failures(self) -> dict[str, str]:
        """Gives the tests that stock passes and Pollux does not."""
        found = {}
        for test, one in self.stock.items():
            if one.state == outcome.PASSED:
                other = self.pollux.get(test, _MISSING)
                if other.state != outcome.PASSED:
                    found[test] = f'{other.state}: {other.last_line}'
        return found

    def unexpected(self) -> dict[str, str]:
        """Gives the failures that have no reason."""
        return {test: text for test, text in self.failures().items()
                if test not in self.reasons}

    def excepted(self) -> dict[str, str]:
        """Gives the failures that have one."""
        failures = self.failures()
        return {test: reason for test, reason in self.reasons.items()
                if test in failures}

    def outdated(self) -> list[str]:
        """Gives the tests that have a reason, and no failure."""
        failures = self.failures()
        return [test for test in self.reasons if test not in failures
                and (self.complete or test in self.stock)]

    def slow(self) -> dict[str, tuple[float, float]]:
        """Gives the tests that pass, but take much longer than on stock."""
        found = {}
        for test, other in self.pollux.items():
            one = self.stock.get(test)
            if one and one.state == other.state == outcome.PASSED \
                    and is_slow(one.seconds, other.seconds, other.calls,
                                self.patience):
                found[test] = (one.seconds, other.seconds)
        return found

    def passed(self) -> tuple[int, int]:
        """Counts what stock and Pollux pass."""
        return _count(self.stock), _count(self.pollux)

    def seconds(self) -> tuple[float, float]:
        """Adds up the durations."""
        return tuple(round(sum(one.seconds for one in side.values()), 1)
                     for side in (self.stock, self.pollux))

    def measured(self) -> int:
        """Counts the tests that passed and called the library."""
        return sum(one.state == outcome.PASSED and one.calls > 0
                   for one in self.pollux.values())

    def states(self) -> dict[str, int]:
        """Counts Pollux's outcomes."""
        return dict(collections.Counter(
            one.state for one in self.pollux.values()))

    def is_good(self) -> bool:
        """Tells whether everything is as expected."""
        return not (self.unexpected() or self.outdated() or self.slow())


_MISSING = Outcome('', 'missing', 'it did not run')


def is_slow(stock: float, pollux: float, calls: int = 0,
            patience: float = SLOW_SECONDS) -> bool:
    """Tells a wait that did not end when it should from much work."""
    stock += calls * SECONDS_OF_A_CALL
    return pollux > SLOW_FACTOR * stock and pollux > stock + patience


def _count(side: dict[str, Outcome]) -> int:
    return sum(one.state == outcome.PASSED for one in side.values())


def shorten(outcomes: dict[str, Outcome], module: str) -> dict[str, Outcome]:
    """Takes the module's name off the names of tests."""
    return {test.removeprefix(module + '.'): one
            for test, one in outcomes.items()}


def load_reasons(path: pathlib.Path) -> dict[str, dict]:
    """Reads expected.toml: for each suite, the tests and their reasons.

    The table "patience" has seconds for suites.
    """
    with path.open('rb') as file:
        return tomllib.load(file)


def reasons_of(tables: dict[str, dict], suite: str, version: str) -> dict:
    """Gives the table of a suite, changed by that of a Python's version.

    Where that one says false instead of a reason, the exception is none.
    """
    both = tables.get(suite, {}) | tables.get(f'{suite} {version}', {})
    return {test: reason for test, reason in both.items()
            if reason is not False}
