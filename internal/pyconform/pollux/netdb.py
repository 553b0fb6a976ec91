"""The functions of _socket that are not about one socket."""

import ctypes
import json
import os
import sys

from pollux import addresses, numbers, stock
from pollux.abi import go
from pollux.results import ask, check
from pollux.sockettype import socket, timeout_nanoseconds, timeout_seconds

_HOST = 'str, bytes or bytearray'


def _text(value, position: int, caller: str) -> bytes:
    """Converts a str as the format "s" does."""
    if not isinstance(value, str):
        kind = 'None' if value is None else type(value).__name__
        raise TypeError(
            f'{caller}() argument {position} must be str, not {kind}')
    if '\0' in value:
        raise ValueError('embedded null character')
    return value.encode()


# Descriptors and defaults.

def close(fd, /):
    """Closes a socket's descriptor."""
    check(go.closefd(numbers.descriptor(fd)))


def dup(fd, /):
    """Duplicates a socket's descriptor."""
    return check(go.dup(numbers.descriptor(fd)))


def socketpair(family=stock.socket.AF_UNIX, type=stock.socket.SOCK_STREAM,
               proto=0, /):
    """Makes two sockets that are connected with each other."""
    kind = tuple(map(numbers.i_format, (family, type, proto)))
    descriptors = (ctypes.c_int32 * 2)()
    check(go.socketpair(*kind, descriptors))
    return tuple(socket(*kind, fd) for fd in descriptors)


def getdefaulttimeout():
    """Returns the timeout of new sockets in seconds, or None."""
    return timeout_seconds(go.getdefaulttimeout())


def setdefaulttimeout(timeout, /):
    """Sets the timeout of new sockets in seconds, or None."""
    check(go.setdefaulttimeout(timeout_nanoseconds(timeout)))


# Numbers.

def _short(value, caller: str) -> int:
    number = numbers.i_format(value)
    if number < 0:
        raise OverflowError(f"{caller}: can't convert negative Python int "
                            'to C 16-bit unsigned integer')
    if number > 0xffff:
        raise OverflowError(f'{caller}: Python int too large to convert '
                            'to C 16-bit unsigned integer')
    return number


def _word(value) -> int:
    if not isinstance(value, int):
        raise TypeError(f'expected int, {type(value).__name__} found')
    number = numbers.c_ulong(value)
    if number > 0xffffffff:
        raise OverflowError('int larger than 32 bits')
    return number


def htons(x, /):
    """Converts a 16-bit integer to network byte order."""
    return go.hton(16, _short(x, 'htons'))


def ntohs(x, /):
    """Converts a 16-bit integer from network byte order."""
    return go.hton(16, _short(x, 'ntohs'))


def htonl(x, /):
    """Converts a 32-bit integer to network byte order."""
    return go.hton(32, _word(x))


def ntohl(x, /):
    """Converts a 32-bit integer from network byte order."""
    return go.hton(32, _word(x))


def CMSG_LEN(length, /):
    """Returns the size of ancillary data, without padding."""
    return check(go.cmsg(0, numbers.c_ssize(length)))


def CMSG_SPACE(length, /):
    """Returns the room that ancillary data takes."""
    return check(go.cmsg(1, numbers.c_ssize(length)))


# Addresses.

def inet_aton(text, /):
    """Packs an IPv4 address in any of its forms."""
    name = _text(text, 1, 'inet_aton')
    packed = ctypes.create_string_buffer(4)
    check(go.inet_aton(name, len(name), packed))
    return packed.raw


def inet_ntoa(packed, /):
    """Writes a packed IPv4 address as text."""
    data = addresses.bytes_of(packed)
    return ask(go.inet_ntoa, data, len(data))


def inet_pton(family, text, /):
    """Packs an address of a family."""
    family, name = numbers.i_format(family), _text(text, 2, 'inet_pton')
    packed = ctypes.create_string_buffer(16)
    size = check(go.inet_pton(family, name, len(name), packed))
    return packed.raw[:size]


def inet_ntop(family, packed, /):
    """Writes a packed address as text."""
    data = addresses.bytes_of(packed)
    return ask(go.inet_ntop, numbers.i_format(family), data, len(data))


# Hosts.

def gethostname():
    """Returns the name of this machine."""
    return ask(go.gethostname)


def _host(host, caller: str) -> bytes:
    complaint = f'{caller}() argument 1 must be {_HOST}, not %s'
    name = addresses.host_text(host, complaint)
    if '\0' in name:
        raise TypeError(f'{caller}() argument 1 must be encoded string '
                        f'without null bytes, not {type(host).__name__}')
    return name.encode()


def _lookup(kind: int, host, caller: str, event: str) -> tuple:
    name = _host(host, caller)
    sys.audit(event, name.decode())
    return tuple(ask(go.gethostby, kind, name, len(name)))


def gethostbyname(host, /):
    """Finds an IPv4 address of a host."""
    return _lookup(2, host, 'gethostbyname', 'socket.gethostbyname')[2][0]


def gethostbyname_ex(host, /):
    """Finds name, aliases and IPv4 addresses of a host."""
    return _lookup(0, host, 'gethostbyname_ex', 'socket.gethostbyname')


def gethostbyaddr(host, /):
    """Finds name, aliases and addresses by an address."""
    return _lookup(1, host, 'gethostbyaddr', 'socket.gethostbyaddr')


def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
    """Finds the addresses of a service."""
    query = {
        'host': _node(host),
        'port': _service(port),
        'family': numbers.i_format(family),
        'type': numbers.i_format(type),
        'proto': numbers.i_format(proto),
        'flags': numbers.i_format(flags),
    }
    sys.audit('socket.getaddrinfo', host, port, family, type, proto, flags)
    text = json.dumps(query).encode()
    return [(*start, addresses.decode(address))
            for *start, address in ask(go.getaddrinfo, text, len(text))]


def _node(host):
    if host is None:
        return None
    if isinstance(host, str):
        return _c_string(host.encode('idna'))
    if isinstance(host, bytes):
        return _c_string(host)
    raise TypeError('getaddrinfo() argument 1 must be string or None')


def _service(port):
    if port is None:
        return None
    if type(port) is int:  # bool is refused
        return str(numbers.c_long(port))
    if isinstance(port, str):
        return _c_string(port.encode())
    if isinstance(port, bytes):
        return _c_string(port)
    raise OSError('Int or String expected')


def _c_string(data: bytes) -> str:
    """Gives text up to the first null character, as C sees it."""
    return data.partition(b'\0')[0].decode('latin-1')


def getnameinfo(sockaddr, flags, /):
    """Finds the names of an address and its port."""
    flags = numbers.i_format(flags)
    if not isinstance(sockaddr, tuple):
        del sockaddr  # or the traceback would keep it
        raise TypeError('getnameinfo() argument 1 must be a tuple')
    query = _name_query(sockaddr)
    sys.audit('socket.getnameinfo', sockaddr)
    text = json.dumps(query | {'flags': flags}).encode()
    names = tuple(ask(go.getnameinfo, text, len(text)))
    if len(sockaddr) != 2 and ':' not in sockaddr[0]:
        raise OSError('IPv4 sockaddr must be 2 tuple')
    return names


def _name_query(sockaddr: tuple) -> dict:
    if not (2 <= len(sockaddr) <= 4 and isinstance(sockaddr[0], str)):
        raise TypeError('getnameinfo(): illegal sockaddr argument')
    if '\0' in sockaddr[0]:
        raise ValueError('embedded null character')
    query = {'host': sockaddr[0], 'port': numbers.i_format(sockaddr[1])}
    for name, value in zip(('flow', 'scope'), sockaddr[2:]):
        query[name] = numbers.masked32(value)
    if query.get('flow', 0) > 0xfffff:
        raise OverflowError('getnameinfo(): flowinfo must be 0-1048575.')
    return query


# Services, protocols, interfaces.

def getservbyname(name, protocol=None, /):
    """Finds the port of a service."""
    texts = _service_names(name, protocol, 'getservbyname')
    sys.audit('socket.getservbyname', name, protocol or '')
    return check(go.getservbyname(*texts))


def _service_names(name, protocol, caller: str) -> tuple:
    first = _text(name, 1, caller)
    return first, len(first), *_optional_text(protocol, 2, caller)


def _optional_text(value, position: int, caller: str) -> tuple:
    """Gives a text and its length, which is -1 for none."""
    if value is None:
        return None, -1
    text = _text(value, position, caller)
    return text, len(text)


def getservbyport(port, protocol=None, /):
    """Finds the service of a port."""
    number = numbers.i_format(port)
    name = _optional_text(protocol, 2, 'getservbyport')
    if not 0 <= number <= 0xffff:
        raise OverflowError('getservbyport: port must be 0-65535.')
    sys.audit('socket.getservbyport', number, protocol or '')
    return ask(go.getservbyport, number, *name)


def getprotobyname(name, /):
    """Finds the number of a protocol."""
    text = _text(name, 1, 'getprotobyname')
    return check(go.getprotobyname(text, len(text)))


def if_nameindex():
    """Lists the network interfaces."""
    return [tuple(interface) for interface in ask(getattr(go, 'if'))]


def if_nametoindex(name, /):
    """Finds the number of an interface."""
    wanted = os.fsencode(name)
    if b'\0' in wanted:
        raise ValueError('embedded null byte')
    return check(go.if_nametoindex(wanted, len(wanted)))


def if_indextoname(index, /):
    """Finds the name of an interface."""
    # The library takes 32 bits of it, as if_indextoname(3) does.
    wanted = numbers.c_ulong(index) & 0xffffffff
    return ask(go.if_indextoname, wanted)


FUNCTIONS = {
    function.__name__: function
    for function in (
        close, dup, socketpair, getdefaulttimeout, setdefaulttimeout,
        htons, ntohs, htonl, ntohl, CMSG_LEN, CMSG_SPACE,
        inet_aton, inet_ntoa, inet_pton, inet_ntop,
        gethostname, gethostbyname, gethostbyname_ex, gethostbyaddr,
        getaddrinfo, getnameinfo, getservbyname, getservbyport,
        getprotobyname, if_nameindex, if_nametoindex, if_indextoname,
    )
}
