"""Addresses: tuples and strings in Python, JSON arrays in the library."""

import json
import os
import sys

from pollux import numbers, stock


# The size of sun_path; a path ends with a null character, an abstract name
# does not.
PATH_ROOM = 108 if sys.platform == 'linux' else 104


def encode(family: int, address, caller: str) -> bytes:
    """Converts an address as the method named caller takes it."""
    try:
        encoder = _ENCODERS[family]
    except KeyError:
        raise OSError(f'{caller}(): bad family') from None
    return json.dumps(encoder(address, caller)).encode()


def decode(parts):
    """Converts an address that the library gave."""
    if parts is None:
        return None
    kind, *values = parts
    if kind == 'unix':
        path = bytes.fromhex(values[0])
        return path if path.startswith(b'\0') else os.fsdecode(path)
    if kind in ('packet', 'raw'):
        values[-1] = bytes.fromhex(values[-1])
    return tuple(values)


def host_text(host, complaint: str) -> str:
    """Converts a host: str becomes IDNA, bytes are taken as they are."""
    if isinstance(host, str):
        text = _idna(host)
    elif isinstance(host, (bytes, bytearray)):
        text = bytes(host).decode('latin-1')
    else:
        kind = 'None' if host is None else type(host).__name__
        raise TypeError(complaint % kind)
    return text


def _idna(host: str) -> str:
    return host if host.isascii() else host.encode('idna').decode('ascii')


def _host(host) -> str:
    if host is None:
        raise TypeError('str, bytes or bytearray expected, not NoneType')
    try:
        text = host_text(host, 'str, bytes or bytearray expected, not %s')
    except UnicodeError:
        raise TypeError('encoding of hostname failed') from None
    if '\0' in text:
        raise TypeError('host name must not contain null character')
    return text


def _port(port, caller: str) -> int:
    number = numbers.c_int(port) if _fits(port) else -1
    if not 0 <= number <= 0xffff:
        raise OverflowError(f'{caller}(): port must be 0-65535.')
    return number


def _fits(number) -> bool:
    return numbers.INT_MIN <= numbers.index(number) <= numbers.INT_MAX


def _tuple(address, caller: str, family: str) -> tuple:
    if not isinstance(address, tuple):
        kind = type(address).__name__
        raise TypeError(
            f'{caller}(): {family} address must be tuple, not {kind}')
    return address


def _unix(address, caller: str) -> list:
    if isinstance(address, str):
        path = os.fsencode(address)
    else:
        path = bytes_of(address)
    abstract = path[:1] in (b'', b'\0')
    if len(path) > PATH_ROOM - (not abstract):
        raise OSError('AF_UNIX path too long')
    return ['unix', path.hex()]


def bytes_of(value) -> bytes:
    """Copies a bytes-like object."""
    try:
        with memoryview(value) as view:
            return view.tobytes()
    except TypeError:
        kind = type(value).__name__
        raise TypeError(
            f"a bytes-like object is required, not '{kind}'") from None


def _inet(address, caller: str) -> list:
    parts = _tuple(address, caller, 'AF_INET')
    if len(parts) != 2:
        raise TypeError('AF_INET address must be a pair (host, port)')
    return ['inet', _host(parts[0]), _port(parts[1], caller)]


def _inet6(address, caller: str) -> list:
    parts = _tuple(address, caller, 'AF_INET6')
    if not 2 <= len(parts) <= 4:
        raise TypeError('AF_INET6 address must be a tuple '
                        '(host, port[, flowinfo[, scopeid]])')
    flow = numbers.masked32(parts[2]) if len(parts) > 2 else 0
    if flow > 0xfffff:
        raise OverflowError(f'{caller}(): flowinfo must be 0-1048575.')
    scope = numbers.masked32(parts[3]) if len(parts) > 3 else 0
    return ['inet6', _host(parts[0]), _port(parts[1], caller), flow, scope]


def _netlink(address, caller: str) -> list:
    parts = _tuple(address, caller, 'AF_NETLINK')
    if len(parts) != 2:
        raise TypeError('AF_NETLINK address must be a pair (pid, groups)')
    return ['netlink', *map(numbers.masked32, parts)]


def _packet(address, caller: str) -> list:
    parts = _tuple(address, caller, 'AF_PACKET')
    if not 2 <= len(parts) <= 5:
        raise TypeError(
            'AF_PACKET address must be a tuple of two to five elements')
    interface, protocol, *rest = parts
    kind = numbers.i_format(rest[0]) if rest else 0
    hardware = numbers.i_format(rest[1]) if len(rest) > 1 else 0
    station = bytes_of(rest[2]) if len(rest) > 2 else b''
    if len(station) > 8:
        raise ValueError('Hardware address must be 8 bytes or less')
    protocol = numbers.i_format(protocol)
    if not 0 <= protocol <= 0xffff:
        raise OverflowError(f'{caller}(): proto must be 0-65535.')
    return ['packet', interface, protocol, kind, hardware, station.hex()]


def _vsock(address, caller: str) -> list:
    parts = _tuple(address, caller, 'AF_VSOCK')
    if len(parts) != 2:
        raise TypeError('AF_VSOCK address must be a pair (CID, port)')
    return ['vsock', *map(numbers.masked32, parts)]


_ENCODERS = {
    getattr(stock.socket, family): encoder
    for family, encoder in {
        'AF_UNIX': _unix,
        'AF_INET': _inet,
        'AF_INET6': _inet6,
        'AF_NETLINK': _netlink,
        'AF_PACKET': _packet,
        'AF_VSOCK': _vsock,
    }.items()
    if hasattr(stock.socket, family)
}
