"""Finding a Python that has its own tests."""

import os
import shutil
import subprocess

MINIMUM = (3, 11)

# Exits with success in a Python that is new enough and has the tests.
_CHECK = """
import importlib.util, sys
new = sys.version_info >= {minimum}
sys.exit(not (new and importlib.util.find_spec('test.test_socket')))
"""

ADVICE = """No Python {minimum} or later with its "test" package was found.
Tried: {tried}.
Set PYTHON to one; or use pyenv's; or on Debian 12 and its like:
apt-get install python3 libpython3.11-testsuite"""


class NotFound(Exception):
    """There is no such Python; the text says what to do."""


def candidates(environment) -> list[str]:
    """Lists the Pythons to try, best first, each once."""
    wanted = [environment.get('PYTHON')]
    if not wanted[0]:
        wanted = [shutil.which('python3'), '/usr/bin/python3']
    return list(dict.fromkeys(path for path in wanted if path))


def has_tests(python: str) -> bool:
    """Tells whether a Python is new enough and has its tests."""
    program = _CHECK.format(minimum=MINIMUM)
    try:
        done = subprocess.run([python, '-c', program], check=False,
                              stdin=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    except OSError:
        return False
    return done.returncode == 0


def find(environment=None) -> str:
    """Gives the first candidate that has its tests."""
    tried = candidates(os.environ if environment is None else environment)
    for python in tried:
        if has_tests(python):
            return python
    raise NotFound(ADVICE.format(minimum='.'.join(map(str, MINIMUM)),
                                 tried=', '.join(tried) or 'nothing'))
