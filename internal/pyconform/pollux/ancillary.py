"""Ancillary data: lists in Python, records of bytes in the library."""

import struct

from pollux import addresses, buffers, numbers

_NAME = '[sendmsg() ancillary data items]() argument must be'


def decode(records: bytes) -> list[tuple[int, int, bytes]]:
    """Reads records of level, type, length and padded data."""
    messages = []
    while records:
        level, type, size = struct.unpack_from('=iii', records)
        messages.append((level, type, records[12:12 + size]))
        records = records[12 + (size + 3 & ~3):]
    return messages


def encode(ancdata) -> bytes:
    """Writes what sendmsg takes as records."""
    items = buffers.sequence(
        ancdata, 'sendmsg() argument 2 must be an iterable')
    records = bytearray()
    for item in items:
        level, type, data = _item(item)
        records += struct.pack('=iii', level, type, len(data)) + data
        records += bytes(-len(data) & 3)
    return bytes(records)


def _item(item) -> tuple[int, int, bytes]:
    try:
        parts = tuple(item)
    except TypeError:
        kind = type(item).__name__
        raise TypeError(f'{_NAME} 3-item sequence, not {kind}') from None
    if len(parts) != 3:
        raise TypeError(f'{_NAME} sequence of length 3, not {len(parts)}')
    level, type_, data = parts
    return (numbers.i_format(level), numbers.i_format(type_),
            addresses.bytes_of(data))
