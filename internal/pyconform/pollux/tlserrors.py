"""SSLError and its subclasses, and what the library's TLS results mean."""

import base64

from pollux import results
from pollux.results import ask, error_text

CALLBACK_FAILED = -7020
NOT_IMPLEMENTED = -7021

_SSL = -7000


class Immutable(type):
    """The type of types that are written in C in CPython.

    Their attributes cannot be set; those of their subclasses can. Nor can
    instances be made of some of them.
    """

    def __setattr__(cls, name, value):
        if '_sealed' in vars(cls):
            raise TypeError(f"cannot set '{name}' attribute of immutable type "
                            f"'{cls.__module__}.{cls.__qualname__}'")
        super().__setattr__(name, value)


def unpicklable(self, _protocol):
    """Serves as the __reduce_ex__ of types that stand for a handle."""
    raise TypeError(f"cannot pickle '{type(self).__name__}' object")


def seal(*types: Immutable) -> None:
    """Makes types immutable."""
    for kind in types:
        kind._sealed = True


def disallow(cls, *_args, **_kwargs):
    """Serves as the __new__ of types that only this package instantiates."""
    raise TypeError(f"cannot create '{cls.__module__}.{cls.__qualname__}' "
                    'instances')


class SSLError(OSError, metaclass=Immutable):
    """An error of TLS."""

    library = None
    reason = None

    def __str__(self):
        strerror = self.strerror
        return strerror if isinstance(strerror, str) else str(self.args)


class SSLZeroReturnError(SSLError):
    """The connection has been closed in good order."""


class SSLWantReadError(SSLError):
    """The call is to be made again when there is more to read."""


class SSLWantWriteError(SSLError):
    """The call is to be made again when there is room to write."""


class SSLSyscallError(SSLError):
    """A system call has failed."""


class SSLEOFError(SSLError):
    """The connection has been cut off."""


class SSLCertVerificationError(SSLError, ValueError):
    """A certificate could not be verified."""


# The classes and their numbers, by the library's kind.
_KINDS = {
    1: (SSLError, 1),
    2: (SSLWantReadError, 2),
    3: (SSLWantWriteError, 3),
    5: (SSLSyscallError, 5),
    6: (SSLZeroReturnError, 6),
    8: (SSLEOFError, 8),
    9: (SSLCertVerificationError, 1),
}

for _class, _ in _KINDS.values():
    _class.__module__ = 'ssl'
seal(SSLError)


def error_of(result: int, timed_out: str = '') -> Exception:
    """Makes the exception that a negative result stands for."""
    if _SSL - result in _KINDS:
        return _ssl_error(*_KINDS[_SSL - result])
    if result == NOT_IMPLEMENTED:
        return NotImplementedError(error_text())
    if result == results.TIMED_OUT and timed_out:
        return TimeoutError(timed_out)
    return results.error_of(result)


def _ssl_error(kind: type, number: int) -> SSLError:
    library, reason, code, message, text = error_text().split('\t', 4)
    origin = ': '.join(filter(None, (library, reason)))
    error = kind(number, f'[{origin}] {text}' if library else text)
    error.library, error.reason = library or None, reason or None
    if kind is SSLCertVerificationError:
        error.verify_code, error.verify_message = int(code), message
    return error


def check(result: int, timed_out: str = '') -> int:
    """Gives the result back, or raises what it stands for."""
    if result < 0:
        raise error_of(result, timed_out)
    return result


def question(function, handle: int, key: bytes):
    """Asks for what the library answers in JSON, by its key."""
    return ask(lambda *room: _checked(function(handle, key, len(key), *room)))


def _checked(result: int) -> int:
    return result if result == results.SMALL_BUFFER else check(result)


def octets(text: str | None) -> bytes | None:
    """Converts bytes in JSON."""
    return None if text is None else base64.b64decode(text)


def no_socket() -> SSLError:
    """Makes the error of a connection whose socket is gone."""
    return SSLError(0, 'Underlying socket connection gone')
