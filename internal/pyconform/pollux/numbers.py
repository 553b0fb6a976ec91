"""Python numbers to C numbers, with the errors that CPython's C code gives."""

import math
import operator

from pollux import stock

INT_MAX = 2**31 - 1
INT_MIN = -2**31
LONG_MAX = 2**63 - 1
LONG_MIN = -2**63

SECOND = 10**9
MILLISECOND = 10**6


def index(value) -> int:
    """Gives any integer, and refuses floats."""
    return operator.index(value)


def c_long(value) -> int:
    """Converts as PyLong_AsLong does."""
    return _ranged(value, LONG_MIN, LONG_MAX, 'C long')


def c_ssize(value) -> int:
    """Converts as the format "n" does."""
    return _ranged(value, LONG_MIN, LONG_MAX, 'C ssize_t')


def c_int(value) -> int:
    """Converts as _PyLong_AsInt does."""
    return _ranged(value, INT_MIN, INT_MAX, 'C int')


def _ranged(value, low: int, high: int, kind: str) -> int:
    number = operator.index(value)
    if not low <= number <= high:
        raise OverflowError(f'Python int too large to convert to {kind}')
    return number


def i_format(value) -> int:
    """Converts as the format "i" does."""
    number = c_long(value)
    if number > INT_MAX:
        raise OverflowError('signed integer is greater than maximum')
    if number < INT_MIN:
        raise OverflowError('signed integer is less than minimum')
    return number


def descriptor(value) -> int:
    """Converts as PyLong_AsSocket_t does, which cuts to 32 bits."""
    number = c_long(value) & 0xffffffff
    return number - 2**32 if number > INT_MAX else number


def masked32(value) -> int:
    """Converts as the format "I" does, which does not look at the range."""
    return operator.index(value) & 0xffffffff


def k_format(value) -> int:
    """Converts as the format "k" does, which cuts to 64 bits."""
    if not isinstance(value, int):
        kind = 'None' if value is None else type(value).__name__
        raise TypeError(f'argument must be int, not {kind}')
    return value & (2**64 - 1)


def c_ulong(value) -> int:
    """Converts an int as PyLong_AsUnsignedLong does."""
    if not isinstance(value, int):
        raise TypeError('an integer is required')
    if value < 0:
        raise OverflowError("can't convert negative value to unsigned int")
    if value >= 2**64:
        raise OverflowError(
            'Python int too large to convert to C unsigned long')
    return int(value)


def c_ushort(value) -> int:
    """Converts a mask of events as select.poll does."""
    if isinstance(value, int) and value < 0:
        raise ValueError('value must be positive')
    number = c_ulong(value)
    if number > 0xffff:
        raise OverflowError('Python int too large for C unsigned short')
    return number


def nanoseconds(value, unit: int) -> int:
    """Converts a time, rounding away from zero."""
    if isinstance(value, float):
        return _float_nanoseconds(value, unit)
    number = operator.index(value) * unit
    if not LONG_MIN <= number <= LONG_MAX:
        raise OverflowError('timestamp too large to convert to C _PyTime_t')
    return number


def _float_nanoseconds(value: float, unit: int) -> int:
    if math.isnan(value):
        raise ValueError('Invalid value NaN (not a number)')
    scaled = value * unit
    if not -2.0**63 <= scaled < 2.0**63:
        raise OverflowError(_BEYOND)
    return math.ceil(scaled) if scaled >= 0 else math.floor(scaled)


def _words_beyond() -> str:
    """Gives CPython's words for a time too large for C, which have changed."""
    try:
        stock.select.select([], [], [], math.inf)
    except OverflowError as error:
        return str(error)
    return 'timestamp too large to convert to C _PyTime_t'


_BEYOND = _words_beyond()
