"""Hosts, services, protocols and interfaces."""

import socket

from observing import observe, observe_all, section

STREAM, DGRAM, RAW = 1, 2, 3

QUERIES = [
    (None, None), ('', ''), ('', None), (None, ''), ('localhost', None),
    ('localhost', ''), ('localhost', 'http'), ('localhost', b'http'),
    ('localhost', 'domain'), ('localhost', 'ntp'), ('127.0.0.1', 80),
    ('127.0.0.1', '80'), ('127.0.0.1', b'80'), ('127.0.0.1', ' 80'),
    ('127.0.0.1', '+80'), ('127.0.0.1', '080'), ('127.0.0.1', '0x50'),
    ('127.0.0.1', '80x'), ('127.0.0.1', True), ('127.0.0.1', 0),
    ('::1', 80), ('127.0.0.1', 'nosuchsvc'), ('', 80), (None, 80),
    (None, 'http'), (b'127.0.0.1', 80), (b'localhost', 80),
    (bytearray(b'::1'), 80), (1, 80), ('127.0.0.1', 1.5),
    ('127.0.0.1', [80]), ('127.0.0.1', 70000), ('127.0.0.1', 65535),
    ('127.0.0.1', 65536), ('127.0.0.1', -1), ('127.0.0.1', '-1'),
    ('127.0.0.1', 2**31), ('127.0.0.1', 2**70), ('127.0.0.1', 80, 99),
    ('127.0.0.1', 80, -1), ('127.0.0.1', 80, 0, 99),
    ('127.0.0.1', 80, 0, -1), ('127.0.0.1', 80, 0, 0, 99),
    ('127.0.0.1', 80, 0, STREAM), ('127.0.0.1', 80, 0, DGRAM),
    ('127.0.0.1', 80, 0, RAW), ('127.0.0.1', 80, 0, 0, 6),
    ('127.0.0.1', 80, 0, 0, 17), ('127.0.0.1', 80, 0, STREAM, 17),
    ('127.0.0.1', 80, 0, RAW, 99), ('127.0.0.1', 'http', 0, DGRAM),
    ('127.0.0.1', 'http', 0, RAW), ('127.0.0.1', 'ntp', 0, DGRAM),
    ('127.0.0.1', 'ntp', 0, STREAM), ('127.0.0.1', 80, 'x'),
    ('127.0.0.1', 80, 2**31), ('127.0.0.1', 80, socket.AF_INET6),
    ('::1', 80, socket.AF_INET), ('localhost', 80, socket.AF_INET, STREAM),
    ('127.1', 80, 0, STREAM), ('0x7f.1', 80, 0, STREAM),
    ('127.0.0.1 ', 80, 0, STREAM), ('[::1]', 80, 0, STREAM),
    ('256.0.0.1', 80, 0, STREAM, 0, socket.AI_NUMERICHOST),
    ('::1%lo', 80, 0, STREAM), ('ff02::1%lo', 80, 0, STREAM),
    ('fe80::1%lo', 80, 0, STREAM), ('fe80::1%1', 80, 0, STREAM),
    ('fe80::1%nope', 80, 0, STREAM), ('::ffff:127.0.0.1', 80, 0, STREAM),
    ('x' * 80 + '\xe9', 1), ('a..b', 1), ('a\0b', 1), ('127.0.0.1', '80\0'),
    ('127.0.0.1', '\ud800'), ('\ud800', 80),
]
FLAGGED = [
    ('localhost', 80, 0, STREAM, 0, socket.AI_NUMERICHOST),
    ('127.0.0.1', 80, 0, STREAM, 0, socket.AI_CANONNAME),
    ('127.0.0.1', 80, 0, 0, 0, socket.AI_CANONNAME),
    ('localhost', 80, 0, STREAM, 0, socket.AI_CANONNAME),
    (None, 80, 0, STREAM, 0, socket.AI_CANONNAME),
    (None, 80, 0, STREAM, 0, socket.AI_PASSIVE),
    (None, 80, socket.AF_INET, STREAM, 0, socket.AI_PASSIVE),
    (None, 80, socket.AF_INET6, STREAM, 0, socket.AI_PASSIVE),
    ('127.0.0.1', 'http', 0, STREAM, 0, socket.AI_NUMERICSERV),
    ('127.0.0.1', '80', 0, STREAM, 0, socket.AI_NUMERICSERV),
    ('127.0.0.1', 80, socket.AF_INET6, STREAM, 0, socket.AI_V4MAPPED),
    ('::1', 80, socket.AF_INET6, STREAM, 0, socket.AI_V4MAPPED),
    ('127.0.0.1', 80, 0, STREAM, 0, 0x800000),
    ('127.0.0.1', 80, 0, STREAM, 0, socket.AI_PASSIVE),
]
NAME = socket.NI_NUMERICHOST
SERVICE = socket.NI_NUMERICSERV
SOCKADDRS = [
    (('127.0.0.1', 80), NAME | SERVICE), (('127.0.0.1', 80), 0),
    (('127.0.0.1', 80), NAME), (('127.0.0.1', 80), SERVICE),
    (('127.0.0.1', 123), NAME | socket.NI_DGRAM), (('127.0.0.1', 123), NAME),
    (('127.0.0.1', 1), NAME), (('127.0.0.1', 49151), NAME),
    (('localhost', 80), 3), (('127.1', 80), 3), (('', 80), 3),
    (('::1', 80), 3), (('::1', 80, 0), 3), (('::1', 80, 0, 0), 3),
    (('::1', 80, 0, 0), 0), (('fe80::1', 1, 0, 1), 3), (('fe80::1%lo', 1), 3),
    (('::1', 80, 0, 1), 3), (('::1', 80, 2**20), 3), (('::1', 80, -1), 3),
    (('127.0.0.1', 80, 0, 0), 3), (('127.0.0.1', 70000), 3),
    (('127.0.0.1', -1), 3), (('127.0.0.1', 2**31), 3), (('x', 1, 2**20), 3),
    ('x', 0), (['127.0.0.1', 80], 0), (('127.0.0.1',), 0), ((1, 2), 0),
    (('127.0.0.1', 'x'), 0), ((), 0), (('::1', 80), 'x'), (('\0', 80), 0),
    (('192.0.2.1', 80), NAME | SERVICE | socket.NI_NAMEREQD),
    (('127.0.0.1', 80), SERVICE | socket.NI_NAMEREQD),
    (('127.0.0.1', 80), 1 << 20),
]
HOSTS = ['localhost', '127.0.0.1', '127.1', '0x7f.1', '', '<broadcast>',
         'broadcast', b'127.0.0.1', bytearray(b'127.0.0.1'), 1.5, None,
         'a\0b', '::1', '256.256.256.256', '127.0.0.1 x', '1.2.3.4.5']
SERVICES = ['http', 'https', 'ssh', 'ftp', 'smtp', 'domain', 'ntp', 'pop3',
            'imap2', 'telnet', 'www', 'HTTP', 'nope', '', '80', 'a\0b', 1,
            None, b'http', 'x' * 300]
PORTS = [0, 1, 21, 22, 25, 53, 80, 110, 123, 443, 65535, 65536, -1, 2**31,
         2**70, 'x', 1.5, None]
PROTOCOLS = ['ip', 'icmp', 'tcp', 'udp', 'ipv6', 'TCP', 'ipv6-icmp', 'sctp',
             'nope', '', 'a\0b', 1, None, b'tcp']


def numbered(query):
    """Shows enumerated arguments as numbers."""
    return tuple(int(item) if isinstance(item, int) else item
                 for item in query)


def plain(entries):
    """Shows enumerated values as numbers."""
    return [(int(f), int(t), p, c, a) for f, t, p, c, a in entries]


section('getaddrinfo')
for query in QUERIES + FLAGGED:
    observe(repr(numbered(query)), lambda: plain(socket.getaddrinfo(*query)))
observe('keywords', lambda: plain(socket.getaddrinfo(
    host='127.0.0.1', port=1, family=2, type=1, proto=6, flags=0)))

section('getnameinfo')
for sockaddr, flags in SOCKADDRS:
    observe(f'{sockaddr!r}, {flags!r}', socket.getnameinfo, sockaddr, flags)

section('hosts')
observe_all('gethostbyname', socket.gethostbyname, HOSTS)
observe_all('gethostbyname_ex', socket.gethostbyname_ex,
            ['localhost', '127.0.0.1', '127.1', '', 'a\0b', 5])
observe_all('gethostbyaddr', socket.gethostbyaddr,
            ['127.0.0.1', 'localhost', 'a\0b', 5])
observe('getfqdn', socket.getfqdn, 'localhost')
observe('getfqdn of an address', socket.getfqdn, '127.0.0.1')
observe('gethostname', lambda: type(socket.gethostname()))
observe('gethostname is one', lambda: socket.gethostname() != '')

section('services')
observe_all('getservbyname', socket.getservbyname, SERVICES)
for protocol in ('tcp', 'udp', '', 'nope', 1):
    for service in ('domain', 'http', 'ntp'):
        observe(f'getservbyname {service} {protocol!r}',
                socket.getservbyname, service, protocol)
    observe(f'getservbyport 53 {protocol!r}', socket.getservbyport, 53, protocol)
observe_all('getservbyport', socket.getservbyport, PORTS)

section('protocols')
observe_all('getprotobyname', socket.getprotobyname, PROTOCOLS)

section('interfaces')
observe('the first', lambda: socket.if_nameindex()[0])
observe('all are pairs', lambda: {
    tuple(map(type, pair)) for pair in socket.if_nameindex()})
observe('there and back', lambda: all(
    socket.if_indextoname(i) == name and socket.if_nametoindex(name) == i
    for i, name in socket.if_nameindex()))
observe_all('if_nametoindex', socket.if_nametoindex,
            ['lo', b'lo', 'nope', '', 'a\0b', 'x' * 50, 1, None, 1.5])
observe_all('if_indextoname', socket.if_indextoname,
            [1, True, 0, 99999, -1, 2**31, 2**32 - 1, 2**64, 'lo', None, 1.5])
