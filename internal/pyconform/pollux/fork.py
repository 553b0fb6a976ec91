"""What becomes of sockets in a forked child.

Go does not survive fork(2): the child has only the thread that forked, and
Go's runtime needs its others. So in a child everything becomes CPython's own,
on the same descriptors, and a RuntimeWarning says so at the first use. TLS
has no descriptor to go on with: a child's attempt raises RuntimeError.
"""

import itertools
import os
import warnings

from pollux import abi, builtin, stock
from pollux.sockettype import information, live, timeout_seconds

MESSAGE = ('this process was forked from one that runs on Pollux; '
           "its sockets are CPython's own")

_functions: list = []
_sockets: list[type] = []
_waiters: list[tuple[type, type]] = []

# What is known of the parent's sockets, by handle, and their stand-ins.
_snapshot: dict[int, tuple] = {}
_stand_ins: dict[int, object] = {}
_new_handles = itertools.count(-1, -1)
_switched = False
_told = False


def watch_functions(functions) -> None:
    """Remembers builtins that a child must not call."""
    _functions.extend(functions)


def watch_sockets(kind: type) -> None:
    """Remembers the socket type."""
    _sockets.append(kind)


def watch_waiters(poll: type, epoll: type) -> None:
    """Remembers the types of select's objects."""
    _waiters.append((poll, epoll))


def install() -> None:
    """Asks the interpreter to call this module when it forks."""
    os.register_at_fork(before=_remember, after_in_child=_switch)


def _remember():
    """Notes the parent's sockets, while the library can still be asked."""
    if not _switched:
        _snapshot.clear()
        _snapshot.update({handle: information(handle) for handle in live})


def _switch():
    """Turns everything in this process, a child, into CPython's own."""
    global _switched
    if _switched:
        return  # the child of a child
    _switched = True
    for function in _functions:
        builtin.become_stock(function)
    for kind in _sockets:
        _switch_sockets(kind)
    for poll, epoll in _waiters:
        _switch_poll(poll)
        _switch_epoll(epoll)
    _end_tls()


def _tell():
    global _told
    if not _told:
        _told = True
        warnings.warn(MESSAGE, RuntimeWarning, stacklevel=4)


# Sockets: each gets a stand-in, made at its first use.

def _stand_in(self):
    _tell()
    if self._handle not in _stand_ins:
        _stand_ins[self._handle] = _revive(self._handle)
    return _stand_ins[self._handle]


def _revive(handle: int):
    """Makes a stock socket of one of the parent's."""
    descriptor, *kind, timeout = _snapshot.get(handle, (-1, 0, 0, 0, -1))
    if descriptor < 0:
        closed = stock.socket.socket()
        closed.close()
        return closed
    revived = stock.socket.socket(*kind, descriptor)
    revived.settimeout(timeout_seconds(timeout))
    return revived


def _switch_sockets(kind: type):
    for name, member in vars(stock.socket.socket).items():
        if name.startswith('__'):
            continue
        setattr(kind, name, _method(name) if callable(member)
                else _attribute(name))
    kind.__init__ = _initialise
    kind.__del__ = _finalise
    kind.__repr__ = lambda self: repr(_stand_in(self))


def _initialise(self, family=-1, type=-1, proto=-1, fileno=None):
    _tell()
    made = stock.socket.socket(family, type, proto, fileno)
    self._handle = next(_new_handles)
    _stand_ins[self._handle] = made


def _finalise(self):
    """Drops the stand-in, which warns and closes as a stock socket does."""
    if self._handle in _snapshot and self._handle not in _stand_ins:
        _stand_ins[self._handle] = _revive(self._handle)
    _stand_ins.pop(self._handle, None)


def _method(name: str):
    def method(self, /, *args, **kwargs):
        return getattr(_stand_in(self), name)(*args, **kwargs)

    method.__name__ = name
    return method


def _attribute(name: str) -> property:
    return property(lambda self: getattr(_stand_in(self), name))


# Poll objects: the parent's cannot be used, new ones are stock objects.

def _switch_poll(poll: type):
    def refuse(self, /, *args, **kwargs):
        raise RuntimeError('a poll object of the parent process cannot be '
                           'used on Pollux; make a new one after fork()')

    for name in ('register', 'modify', 'unregister', 'poll'):
        setattr(poll, name, refuse)
    poll.__del__ = lambda self: None


# Epoll objects: the descriptor still works.

def _switch_epoll(epoll: type):
    for name in ('register', 'modify', 'unregister', 'poll'):
        setattr(epoll, name, _epoll_method(name))
    epoll.close = _close_epoll
    epoll.fromfd = stock.select.epoll.fromfd
    epoll.__new__ = staticmethod(
        lambda cls, *args, **kwargs: stock.select.epoll(*args, **kwargs))


# By descriptor. They stay here, because their end would close it.
_epolls: dict[int, object] = {}


def _epoll_method(name: str):
    def method(self, /, *args, **kwargs):
        _tell()
        fd = self.fileno()
        if fd not in _epolls:
            _epolls[fd] = stock.select.epoll.fromfd(fd)
        return getattr(_epolls[fd], name)(*args, **kwargs)

    method.__name__ = name
    return method


def _close_epoll(self):
    fd, self._fd = self._fd, -1
    if fd in _epolls:
        _epolls.pop(fd).close()
    elif fd >= 0:
        os.close(fd)


# TLS: its state is in the library, which is out of reach.

def _end_tls():
    for name in abi.TLS_SIGNATURES:
        setattr(abi.tls, name,
                _forget if name.endswith('_free') else _refuse_tls)


def _forget(_handle) -> int:
    return 0


def _refuse_tls(*_args):
    raise RuntimeError('this process was forked from one that runs on '
                       'Pollux; it cannot use TLS before it calls exec')
