"""Options of sockets."""

import socket
import struct

from observing import observe, section, tcp_pair

SOL, TCP, IP, IP6 = 1, socket.IPPROTO_TCP, socket.IPPROTO_IP, socket.IPPROTO_IPV6

INTEGERS = [
    (SOL, 'SO_REUSEADDR', 1), (SOL, 'SO_REUSEPORT', 1),
    (SOL, 'SO_KEEPALIVE', 1), (SOL, 'SO_BROADCAST', 1),
    (SOL, 'SO_OOBINLINE', 1), (SOL, 'SO_DONTROUTE', 1),
    (SOL, 'SO_PRIORITY', 5), (SOL, 'SO_RCVLOWAT', 10),
    (SOL, 'SO_SNDLOWAT', 10), (SOL, 'SO_RCVBUF', 5000),
    (SOL, 'SO_SNDBUF', 5000), (SOL, 'SO_TYPE', 1), (SOL, 'SO_ERROR', 1),
    (SOL, 'SO_DOMAIN', 1), (SOL, 'SO_PROTOCOL', 1),
    (SOL, 'SO_ACCEPTCONN', 1), (SOL, 'SO_MARK', 0),
    (TCP, 'TCP_NODELAY', 1), (TCP, 'TCP_MAXSEG', 1000),
    (TCP, 'TCP_CORK', 1), (TCP, 'TCP_KEEPIDLE', 10),
    (TCP, 'TCP_KEEPINTVL', 10), (TCP, 'TCP_KEEPCNT', 3),
    (TCP, 'TCP_SYNCNT', 2), (TCP, 'TCP_LINGER2', 5),
    (TCP, 'TCP_DEFER_ACCEPT', 3), (TCP, 'TCP_WINDOW_CLAMP', 5000),
    (TCP, 'TCP_QUICKACK', 0), (TCP, 'TCP_USER_TIMEOUT', 1000),
    (IP, 'IP_TTL', 7), (IP, 'IP_TOS', 16), (IP, 'IP_MULTICAST_TTL', 3),
    (IP, 'IP_MULTICAST_LOOP', 0), (IP, 'IP_RECVTOS', 1),
]
VALUES = [0, 1, True, -1, 2**31 - 1, 2**31, 2**63, -2**31 - 1, 1.5, 'x', None,
          b'', b'\1', b'\1\0', b'\1\0\0\0', b'\1\0\0\0\0\0\0\0', [],
          bytearray(b'\1\0\0\0'), memoryview(b'\1\0\0\0')]
LENGTHS = [0, 1, 2, 4, 8, 12, 1024, 1025, -1, 2**31, 'x', None, 1.5]


def set_and_get(level, option, value):
    """Sets an option of a new socket and reads it."""
    with socket.socket() as sock:
        before = sock.getsockopt(level, option)
        sock.setsockopt(level, option, value)
        return before, sock.getsockopt(level, option)


def integers():
    """Sets and reads the integers."""
    for level, name, value in INTEGERS:
        option = getattr(socket, name, None)
        if option is not None:
            observe(f'{name} {value}', set_and_get, level, option, value)


def values():
    """Sets one option in every way."""
    for value in VALUES:
        with socket.socket() as sock:
            kind = type(value).__name__
            shown = value if kind != 'memoryview' else bytes(value)
            observe(f'SO_KEEPALIVE of {kind} {shown!r}', sock.setsockopt,
                    SOL, socket.SO_KEEPALIVE, value)
            observe('  is now', sock.getsockopt, SOL, socket.SO_KEEPALIVE)


def lengths():
    """Reads options with every length."""
    with socket.socket() as sock:
        for length in LENGTHS:
            observe(f'SO_KEEPALIVE with {length!r}', sock.getsockopt, SOL,
                    socket.SO_KEEPALIVE, length)
        linger = struct.pack('ii', 1, 5)
        observe('SO_LINGER', sock.setsockopt, SOL, socket.SO_LINGER, linger)
        observe('  is', sock.getsockopt, SOL, socket.SO_LINGER, 8)
        observe('  as an int', sock.getsockopt, SOL, socket.SO_LINGER)
        observe('  cut', sock.getsockopt, SOL, socket.SO_LINGER, 3)
        observe('SO_LINGER of an int', sock.setsockopt, SOL, socket.SO_LINGER, 1)
        time = struct.pack('@ll', 2, 500000)
        observe('SO_RCVTIMEO', sock.setsockopt, SOL, socket.SO_RCVTIMEO, time)
        observe('  is', sock.getsockopt, SOL, socket.SO_RCVTIMEO, 16)


def arguments():
    """Gets the arguments wrong."""
    with socket.socket() as sock:
        for wrong in ((), (1,), (1, 2), (1, 2, 3, 4), (1, 2, None),
                      (1, 2, None, 'x'), (1, 2, None, 1, 2), (1, 2, b'', 1),
                      ('x', 2, 3), (1, 'x', 3), (2**31, 2, 3), (1.0, 2, 3)):
            observe(f'setsockopt{wrong!r}', sock.setsockopt, *wrong)
        for wrong in ((99, 99), (SOL, 9999), (TCP, 9999), (-1, -1), (2**31, 1),
                      ('x', 1), (1, 'x'), (1.5, 1), (SOL, 2, 2**31)):
            observe(f'getsockopt{wrong!r}', sock.getsockopt, *wrong)
        observe('unknown option', sock.setsockopt, SOL, 9999, 1)
        observe('None and a length', sock.setsockopt, SOL,
                socket.SO_KEEPALIVE, None, 4)
        observe('unbinding a device', sock.setsockopt, SOL,
                socket.SO_BINDTODEVICE, None, 0)
        observe('binding to no device', sock.setsockopt, SOL,
                socket.SO_BINDTODEVICE, b'nope')


def others():
    """Reads what other kinds of sockets have."""
    with socket.socket(socket.AF_INET6) as sock:
        observe('IPV6_V6ONLY', lambda: (
            sock.getsockopt(IP6, socket.IPV6_V6ONLY),
            sock.setsockopt(IP6, socket.IPV6_V6ONLY, 1),
            sock.getsockopt(IP6, socket.IPV6_V6ONLY)))
        observe('IPV6_UNICAST_HOPS', sock.getsockopt, IP6, socket.IPV6_UNICAST_HOPS)
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        member = socket.inet_aton('224.0.0.251') + socket.inet_aton('127.0.0.1')
        observe('joining a group', sock.setsockopt, IP,
                socket.IP_ADD_MEMBERSHIP, member)
        observe('joining it again', sock.setsockopt, IP,
                socket.IP_ADD_MEMBERSHIP, member)
        observe('leaving it', sock.setsockopt, IP,
                socket.IP_DROP_MEMBERSHIP, member)
        observe('leaving it again', sock.setsockopt, IP,
                socket.IP_DROP_MEMBERSHIP, member)
        observe('TCP option of a datagram socket', sock.getsockopt, TCP, 1)
    with tcp_pair() as (client, server):
        observe('TCP_INFO begins', lambda: client.getsockopt(
            TCP, socket.TCP_INFO, 1))
        observe('inherited', lambda: server.getsockopt(SOL, socket.SO_REUSEADDR))


section('options')
integers()
section('values')
values()
section('lengths')
lengths()
section('arguments')
arguments()
others()
