"""Loading, choosing and running tests, with each one's outcome in a log."""

import dataclasses
import traceback
import unittest
from collections.abc import Callable

from harness import outcome


@dataclasses.dataclass
class Watchdog:
    """What is measured around a test, and what ends it if it hangs."""

    start: Callable[[], None]
    stop: Callable[[], None]
    clock: Callable[[], float]
    calls: Callable[[], int]


class Recorder(unittest.TestResult):
    """A result that logs."""

    def __init__(self, log: outcome.Log, watchdog: Watchdog):
        super().__init__()
        self._log = log
        self._watchdog = watchdog
        self._current: outcome.Outcome | None = None
        self._began = 0.0
        self._calls = 0

    def startTest(self, test):
        """Notes that a test begins, and watches it."""
        super().startTest(test)
        self._log.started(test.id())
        self._current = outcome.Outcome(test.id())
        self._began = self._watchdog.clock()
        self._calls = self._watchdog.calls()
        self._watchdog.start()

    def stopTest(self, test):
        """Logs the test's outcome."""
        self._watchdog.stop()
        current, self._current = self._current, None
        current.seconds = round(self._watchdog.clock() - self._began, 4)
        current.calls = self._watchdog.calls() - self._calls
        self._log.ended(current)
        super().stopTest(test)

    def _become(self, test, state: str, message: str) -> None:
        """Notes a state of the test that runs, or of a class or module."""
        if self._current is None or test.id() != self._current.test:
            self._log.ended(outcome.Outcome(test.id(), state, message))
        else:
            self._current.become(state, message)

    def addSkip(self, test, reason):
        """Notes a skip, but not of a part of a test."""
        if not hasattr(test, 'test_case'):
            self._become(test, outcome.SKIPPED, reason)

    def addError(self, test, err):
        """Notes an error."""
        self._become(test, outcome.ERROR, _text(err))

    def addFailure(self, test, err):
        """Notes a failure."""
        self._become(test, outcome.FAILED, _text(err))

    def addExpectedFailure(self, test, err):
        """Notes a failure that the test itself expects."""
        self._become(test, outcome.EXPECTED, _text(err))

    def addUnexpectedSuccess(self, test):
        """Notes that a failure which the test expects did not happen."""
        self._become(test, outcome.SURPRISE, '')

    def addSubTest(self, test, subtest, err):
        """Notes the failure of a part of a test."""
        if err is None:
            return
        failed = issubclass(err[0], test.failureException)
        state = outcome.FAILED if failed else outcome.ERROR
        self._become(test, state, f'{subtest}\n{_text(err)}')


def _text(err) -> str:
    return ''.join(traceback.format_exception(*err))[-4000:]


def short(test: str) -> str:
    """Gives Class.method of a test's full name."""
    return '.'.join(test.split('.')[-2:])


def chosen(test: str, only: list[str], without) -> bool:
    """Tells whether a test is to run."""
    if test in without:
        return False
    return not only or any(_matches(test, part) for part in only)


def _matches(test: str, part: str) -> bool:
    """Tells whether a class, a method, both, or a full name is meant."""
    name, kind = short(test), short(test).partition('.')[0]
    return part in (test, name, kind, name.rpartition('.')[2])


def choose(suite: unittest.TestSuite, only, without) -> unittest.TestSuite:
    """Gives the suite without the tests that are not to run."""
    kept = unittest.TestSuite()
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            part = choose(item, only, without)
            if part.countTestCases():
                kept.addTest(part)
        elif chosen(item.id(), only, without):
            kept.addTest(item)
    return kept


def run(module: str, path: str, only, without, watchdog: Watchdog) -> None:
    """Runs a module's tests, except those that its log knows already."""
    log = outcome.Log(path)
    done = {*without, *log.outcomes()}
    try:
        suite = unittest.defaultTestLoader.loadTestsFromName(module)
    except unittest.SkipTest as skip:
        log.ended(outcome.Outcome(module, outcome.SKIPPED, str(skip)))
    else:
        choose(suite, only, done).run(Recorder(log, watchdog))
    log.finished()
