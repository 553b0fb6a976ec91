"""Runs modules of tests, each in a process of its own."""

import dataclasses
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

from harness import outcome

CHILD = pathlib.Path(__file__).with_name('child.py')
HANG_STATUS = 1  # with which faulthandler ends a process
RESTARTS = 40


@dataclasses.dataclass(frozen=True)
class Job:
    """A module of tests to run, and how."""

    module: str
    folder: pathlib.Path  # of the log and of what the tests print
    pollux: bool = False
    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    network: bool = False
    timeout: float = 60
    module_timeout: float = 1800

    @property
    def log(self) -> outcome.Log:
        """Gives the log."""
        return outcome.Log(self.folder / f'{self.module}.jsonl')

    @property
    def output(self) -> pathlib.Path:
        """Gives the file with what the tests print."""
        return self.folder / f'{self.module}.txt'

    def command(self) -> list[str]:
        """Gives the command line of the process."""
        flags = [flag for flag in ('pollux', 'network') if getattr(self, flag)]
        return [
            sys.executable, str(CHILD), *(f'--{flag}' for flag in flags),
            '--timeout', str(self.timeout),
            '--only', json.dumps(self.only),
            '--without', json.dumps(self.without),
            self.module, str(self.log.path),
        ]


def run(job: Job) -> dict[str, outcome.Outcome]:
    """Runs a module to its end, restarting it after a test that hangs."""
    job.folder.mkdir(parents=True, exist_ok=True)
    job.log.path.unlink(missing_ok=True)
    job.output.unlink(missing_ok=True)
    for _ in range(RESTARTS):
        status = _attempt(job)
        if job.log.is_finished():
            break
        if not _blame(job, status):
            break
    return job.log.outcomes()


def _blame(job: Job, status: int | None) -> bool:
    """Notes which tests ended the process; False if there are none."""
    hung = status in (HANG_STATUS, None)
    state = outcome.HUNG if hung else outcome.CRASHED
    blamed = job.log.running()
    message = f'the process ended with {status}; see {job.output.name}'
    for test in blamed or [job.module]:
        job.log.ended(outcome.Outcome(test, state, message,
                                      job.timeout if hung else 0))
    return bool(blamed)


def _attempt(job: Job) -> int | None:
    """Runs the process once; gives its status, None if it was too slow."""
    folder = tempfile.mkdtemp(prefix='pyconform-')
    try:
        with job.output.open('ab') as output:
            process = subprocess.Popen(
                job.command(), cwd=folder, stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, start_new_session=True,
                preexec_fn=_default_signals)
        return _wait(process, job.module_timeout)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _default_signals() -> None:
    """Undoes what a shell does to background jobs."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _wait(process: subprocess.Popen, limit: float) -> int | None:
    try:
        return process.wait(limit)
    except subprocess.TimeoutExpired:
        return None
    finally:
        _end_session(process.pid)
        process.wait()


def _end_session(leader: int) -> None:
    """Ends what the tests left running."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        pass
