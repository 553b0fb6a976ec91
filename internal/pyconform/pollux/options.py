"""Values of socket options."""

import ctypes

from pollux import numbers, stock


def integer_of(family: int):
    """Gives the C type of an integer option; AF_VSOCK has wide ones."""
    wide = getattr(stock.socket, 'AF_VSOCK', None)
    return ctypes.c_uint64 if family == wide else ctypes.c_int32


def is_integer(value) -> bool:
    """Tells whether a value may be taken for an int."""
    return hasattr(value, '__index__')


def memory_of(value, family: int):
    """Gives the bytes of an option, or the value itself if it is no int."""
    kind = integer_of(family)
    if not is_integer(value):
        return value
    number = numbers.index(value)
    if kind is ctypes.c_int32 and not -2**31 <= number < 2**31:
        return value
    return kind(number)
