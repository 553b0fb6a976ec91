"""What became of each test: a log of JSON lines, written as it happens."""

import dataclasses
import json
import pathlib

PASSED = 'pass'
SKIPPED = 'skip'
EXPECTED = 'xfail'
SURPRISE = 'upass'
FAILED = 'fail'
ERROR = 'error'
HUNG = 'hung'
CRASHED = 'crash'

# A test may have several outcomes, such as one for each of its subtests; the
# last of these counts.
ORDER = (PASSED, SKIPPED, EXPECTED, SURPRISE, FAILED, ERROR, HUNG, CRASHED)


@dataclasses.dataclass
class Outcome:
    """The end of one test."""

    test: str
    state: str = PASSED
    message: str = ''
    seconds: float = 0.0
    calls: int = 0  # of the library

    def become(self, state: str, message: str) -> None:
        """Takes a new state if it is worse than the one before."""
        if ORDER.index(state) >= ORDER.index(self.state):
            self.state, self.message = state, message

    @property
    def last_line(self) -> str:
        """The end of the message, which for an exception is its text."""
        lines = [line for line in self.message.splitlines() if line.strip()]
        return lines[-1].strip() if lines else ''


class Log:
    """The log of one module's tests."""

    def __init__(self, path):
        self.path = pathlib.Path(path)

    def add(self, event: str, **fields) -> None:
        """Writes one line, whatever happens next."""
        line = json.dumps({'event': event, **fields})
        with self.path.open('a', encoding='utf-8') as file:
            file.write(line + '\n')

    def started(self, test: str) -> None:
        """Notes that a test begins."""
        self.add('start', test=test)

    def ended(self, outcome: Outcome) -> None:
        """Notes what became of a test."""
        self.add('end', **dataclasses.asdict(outcome))

    def finished(self) -> None:
        """Notes that the module is through."""
        self.add('finish')

    def _events(self) -> list[dict]:
        if not self.path.exists():
            return []
        with self.path.open(encoding='utf-8') as file:
            return [json.loads(line) for line in file]

    def outcomes(self) -> dict[str, Outcome]:
        """Gives the tests that ended."""
        found = {}
        for event in self._events():
            if event.pop('event') == 'end':
                found[event['test']] = Outcome(**event)
        return found

    def running(self) -> list[str]:
        """Gives the tests that started and did not end."""
        started = [event['test'] for event in self._events()
                   if event['event'] == 'start']
        ended = self.outcomes()
        return [test for test in dict.fromkeys(started) if test not in ended]

    def is_finished(self) -> bool:
        """Tells whether the module is through."""
        return any(event['event'] == 'finish' for event in self._events())
