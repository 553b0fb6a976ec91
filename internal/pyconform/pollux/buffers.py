"""Python buffers as memory that the library may read or write."""

import ctypes

_SIMPLE = 0
_WRITABLE = 1


class _View(ctypes.Structure):
    """Py_buffer, which is part of the stable ABI."""

    _fields_ = [
        ('buf', ctypes.c_void_p),
        ('obj', ctypes.c_void_p),
        ('len', ctypes.c_ssize_t),
        ('itemsize', ctypes.c_ssize_t),
        ('readonly', ctypes.c_int),
        ('ndim', ctypes.c_int),
        ('format', ctypes.c_char_p),
        ('shape', ctypes.c_void_p),
        ('strides', ctypes.c_void_p),
        ('suboffsets', ctypes.c_void_p),
        ('internal', ctypes.c_void_p),
    ]


_get = ctypes.pythonapi.PyObject_GetBuffer
_get.argtypes = [ctypes.py_object, ctypes.POINTER(_View), ctypes.c_int]
_get.restype = ctypes.c_int
_release = ctypes.pythonapi.PyBuffer_Release
_release.argtypes = [ctypes.POINTER(_View)]
_release.restype = None


class Buffer:
    """An object's memory, held until the end of a with statement."""

    __slots__ = ('_view', 'address', 'size')

    def __init__(self, owner, flags: int = _SIMPLE):
        self._view = _View()
        _get(owner, self._view, flags)
        self.address = self._view.buf
        self.size = self._view.len

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        _release(self._view)


class Buffers(list):
    """Several buffers, held until the end of a with statement."""

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        for buffer in self:
            buffer.__exit__()

    def vectors(self):
        """Gives the array of struct iovec."""
        return (IOVector * len(self))(
            *(IOVector(buffer.address, buffer.size) for buffer in self))


class IOVector(ctypes.Structure):
    """struct iovec."""

    _fields_ = [('base', ctypes.c_void_p), ('len', ctypes.c_size_t)]


def writable(owner, caller: str, place: int = 1) -> Buffer:
    """Gives a buffer to receive into."""
    try:
        return Buffer(owner, _WRITABLE)
    except (TypeError, BufferError):
        kind = 'None' if owner is None else type(owner).__name__
        raise TypeError(f'{caller}() argument {place} must be read-write '
                        f'bytes-like object, not {kind}') from None


def collect(owners, make) -> Buffers:
    """Makes a buffer of each of the objects, or releases all and fails."""
    held = Buffers()
    try:
        for owner in owners:
            held.append(make(owner))
    except BaseException:
        held.__exit__()
        raise
    return held


def sequence(value, complaint: str) -> list:
    """Gives a list of an iterable's items, as PySequence_Fast does."""
    try:
        iterator = iter(value)
    except TypeError:
        raise TypeError(complaint) from None
    return list(iterator)
