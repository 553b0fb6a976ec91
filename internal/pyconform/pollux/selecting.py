"""The function select.select."""

import ctypes

from pollux import buffers, numbers
from pollux.abi import INT64, byref, go
from pollux.results import check, repeat

# The size of C's fd_set, which bounds select(2) and so select.select.
FD_SETSIZE = 1024


def descriptor_of(value) -> int:
    """Converts as PyObject_AsFileDescriptor does."""
    if isinstance(value, int):
        number = value
    else:
        number = _fileno(value)
    descriptor = numbers.c_int(number)
    if descriptor < 0:
        raise ValueError('file descriptor cannot be a negative integer '
                         f'({descriptor})')
    return descriptor


def _fileno(value) -> int:
    try:
        method = value.fileno
    except AttributeError:
        raise TypeError('argument must be an int, or have a fileno() '
                        'method.') from None
    number = method()
    if not isinstance(number, int):
        raise TypeError('fileno() returned a non-integer')
    return number


class _Set:
    """One of the three lists: its objects and their descriptors."""

    def __init__(self, items):
        if not isinstance(items, (list, tuple)):
            items = buffers.sequence(
                items, 'arguments 1-3 must be sequences')
        self.objects: list = []
        self.descriptors: list[int] = []
        # By index, because fileno() may change the list.
        while len(self.objects) < len(items):
            self._add(items[len(self.objects)])

    def _add(self, item):
        descriptor = descriptor_of(item)
        if descriptor >= FD_SETSIZE:
            raise ValueError('filedescriptor out of range in select()')
        if len(self.objects) >= FD_SETSIZE:
            raise ValueError('too many file descriptors in select()')
        self.objects.append(item)
        self.descriptors.append(descriptor)

    def __len__(self):
        return len(self.objects)

    def ready(self, flags) -> list:
        """Gives the objects whose flag, the iterator's next, is set."""
        return [item for item in self.objects if next(flags)]


def select(rlist, wlist, xlist, timeout=None, /):
    """Waits until one of the objects is ready."""
    duration = _duration(timeout)
    sets = [_Set(items) for items in (rlist, wlist, xlist)]
    descriptors = [fd for each in sets for fd in each.descriptors]
    flags = (ctypes.c_byte * len(descriptors))()
    check(repeat(
        go.select, (ctypes.c_int32 * len(descriptors))(*descriptors),
        *map(len, sets), flags, duration, byref(INT64(0))))
    answers = iter(flags)
    return tuple(each.ready(answers) for each in sets)


def _duration(timeout) -> int:
    if timeout is None:
        return -1
    try:
        duration = numbers.nanoseconds(timeout, numbers.SECOND)
    except TypeError:
        raise TypeError('timeout must be a float or None') from None
    if duration < 0:
        raise ValueError('timeout must be non-negative')
    return duration
