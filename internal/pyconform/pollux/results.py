"""What the library's results mean: numbers, or exceptions."""

import ctypes
import errno
import json
import os

from pollux.abi import go

TIMED_OUT = -5000
TYPE_ERROR = -6001
OVERFLOW_ERROR = -6002
VALUE_ERROR = -6003
OS_ERROR = -6004
GAI_ERROR = -6005
HOST_ERROR = -6006
BAD_HANDLE = -6007
SMALL_BUFFER = -6008

INTERRUPTED = -errno.EINTR

_PLAIN = {
    TYPE_ERROR: TypeError,
    OVERFLOW_ERROR: OverflowError,
    VALUE_ERROR: ValueError,
    OS_ERROR: OSError,
}


class herror(OSError):
    """Raised by gethostbyname_ex and gethostbyaddr."""

    __module__ = 'socket'


class gaierror(OSError):
    """Raised when a name cannot be resolved."""

    __module__ = 'socket'


def error_text() -> str:
    """Gives the text of this thread's last error."""
    text = ctypes.create_string_buffer(2048)
    size = go.errtext(text, len(text))
    return text.raw[:size].decode('utf-8', 'replace')


def error_of(result: int) -> Exception:
    """Makes the exception that a negative result stands for."""
    if -4096 < result < 0:
        return OSError(-result, os.strerror(-result))
    if result == TIMED_OUT:
        return TimeoutError('timed out')
    if result == BAD_HANDLE:
        return OSError(errno.EBADF, os.strerror(errno.EBADF))
    if result in _PLAIN:
        return _PLAIN[result](error_text())
    if result in (GAI_ERROR, HOST_ERROR):
        code, _, text = error_text().partition('\t')
        kind = gaierror if result == GAI_ERROR else herror
        return kind(int(code), text)
    return SystemError(f'libpollux answered {result}')


def check(result: int) -> int:
    """Gives the result back, or raises what it stands for."""
    if result < 0:
        raise error_of(result)
    return result


def repeat(function, *args) -> int:
    """Calls a function that may wait, again after each interruption.

    The interpreter runs signal handlers at the loop's backward jump, so a
    handler that raises ends the wait (PEP 475). The arguments carry what the
    library needs to go on where it was.
    """
    while True:
        result = function(*args)
        if result != INTERRUPTED:
            return result


def ask(function, *args):
    """Calls a function that answers in JSON."""
    room = 4096
    while True:
        answer = ctypes.create_string_buffer(room)
        result = function(*args, answer, room)
        if result == SMALL_BUFFER:
            room *= 16
            continue
        return json.loads(answer.raw[:check(result)])
