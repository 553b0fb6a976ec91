"""The objects of select.poll() and select.epoll()."""

import ctypes
import errno

from pollux import numbers, stock
from pollux.abi import INT64, byref, go
from pollux.results import check, repeat
from pollux.selecting import FD_SETSIZE, descriptor_of

_ADD, _DELETE, _MODIFY = 1, 2, 3  # the operations of epoll_ctl(2)

_POLL_ALL = (stock.select.POLLIN | stock.select.POLLPRI
             | stock.select.POLLOUT)
_EPOLL_ALL = (stock.select.EPOLLIN | stock.select.EPOLLPRI
              | stock.select.EPOLLOUT)


def _duration(timeout, unit: int) -> int:
    """Converts a timeout in units to nanoseconds, in whole milliseconds.

    None and negative ones are -1.
    """
    if timeout is None:
        return -1
    try:
        duration = numbers.nanoseconds(timeout, unit)
    except TypeError:
        raise TypeError('timeout must be an integer or None') from None
    milliseconds = -(-duration // numbers.MILLISECOND)
    if not numbers.INT_MIN <= milliseconds <= numbers.INT_MAX:
        raise OverflowError('timeout is too large')
    return -1 if duration < 0 else milliseconds * numbers.MILLISECOND


def _pairs(memory, count: int) -> list[tuple[int, int]]:
    """Gives the descriptors and their events."""
    return [(memory[2 * i], memory[2 * i + 1] & 0xffffffff)
            for i in range(count)]


class Poll:
    """A poll object."""

    __slots__ = ('_handle',)

    def __new__(cls, *args):
        raise TypeError("cannot create 'select.poll' instances")

    def register(self, fd, eventmask=_POLL_ALL, /):
        """Adds a descriptor, or changes what it is asked for."""
        descriptor = descriptor_of(fd)
        mask = numbers.c_ushort(eventmask)
        check(go.poll_register(self._handle, descriptor, mask))

    def modify(self, fd, eventmask, /):
        """Changes what a descriptor is asked for."""
        descriptor = descriptor_of(fd)
        mask = numbers.c_ushort(eventmask)
        check(go.poll_modify(self._handle, descriptor, mask))

    def unregister(self, fd, /):
        """Removes a descriptor."""
        descriptor = descriptor_of(fd)
        result = go.poll_unregister(self._handle, descriptor)
        if result == -errno.ENOENT:
            raise KeyError(descriptor)
        check(result)

    def poll(self, timeout=None, /):
        """Waits for events; the timeout is in milliseconds."""
        duration = _duration(timeout, numbers.MILLISECOND)
        room = check(go.poll_len(self._handle)) + 16
        memory = (ctypes.c_int32 * (2 * room))()
        result = repeat(go.poll_poll, self._handle, duration, memory, room,
                        byref(INT64(0)))
        if result == -errno.EBUSY:
            raise RuntimeError('concurrent poll() invocation')
        return _pairs(memory, check(result))

    def __del__(self):
        go.poll_free(self._handle)


Poll.__name__ = Poll.__qualname__ = 'poll'
Poll.__module__ = 'select'


def new_poll():
    """Makes a poll object."""
    self = object.__new__(Poll)
    self._handle = go.poll_new()
    return self


class epoll:
    """An epoll object."""

    __slots__ = ('_fd', '_handle', '__weakref__')

    def __new__(cls, sizehint=-1, flags=0):
        sizehint, flags = numbers.c_int(sizehint), numbers.c_int(flags)
        if sizehint != -1 and sizehint <= 0:
            raise ValueError('negative sizehint')
        if flags and flags != stock.select.EPOLL_CLOEXEC:
            raise OSError('invalid flags')
        return cls._of(check(go.epoll_create()))

    @classmethod
    def fromfd(cls, fd, /):
        """Makes an epoll object of a descriptor."""
        descriptor = numbers.c_int(fd)
        if descriptor == -1:
            return cls()
        return cls._of(check(go.epoll_fromfd(descriptor)))

    @classmethod
    def _of(cls, handle: int):
        self = object.__new__(cls)
        self._handle = handle
        self._fd = go.epoll_fileno(handle)
        return self

    def fileno(self):
        """Returns the descriptor."""
        if self.closed:
            raise ValueError('I/O operation on closed epoll object')
        return self._fd

    @property
    def closed(self):
        """Whether the object is closed."""
        return self._fd < 0

    def close(self):
        """Closes the object; once is enough."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            check(go.epoll_close(self._handle))

    def __enter__(self):
        self.fileno()
        return self

    def __exit__(self, *exception):
        self.close()

    def __del__(self):
        if self._fd >= 0:
            self.close()

    def register(self, fd, eventmask=_EPOLL_ALL):
        """Adds a descriptor."""
        self._control(_ADD, fd, eventmask)

    def modify(self, fd, eventmask):
        """Changes what a descriptor is asked for."""
        self._control(_MODIFY, fd, eventmask)

    def unregister(self, fd):
        """Removes a descriptor."""
        self._control(_DELETE, fd, 0)

    def _control(self, operation: int, fd, eventmask):
        descriptor = descriptor_of(fd)
        mask = numbers.masked32(eventmask)
        self.fileno()  # ValueError once it is closed
        check(go.epoll_ctl(self._handle, operation, descriptor, mask))

    def poll(self, timeout=None, maxevents=-1):
        """Waits for events; the timeout is in seconds."""
        maxevents = numbers.c_int(maxevents)
        self.fileno()  # ValueError once it is closed
        duration = _duration(timeout, numbers.SECOND)
        if maxevents == -1:
            maxevents = FD_SETSIZE - 1
        elif maxevents < 1:
            raise ValueError(
                f'maxevents must be greater than 0, got {maxevents}')
        memory = (ctypes.c_int32 * (2 * maxevents))()
        result = repeat(go.epoll_wait, self._handle, duration, maxevents,
                        memory, byref(INT64(0)))
        return _pairs(memory, check(result))


epoll.__module__ = 'select'
