"""Addresses as text, byte order, sizes of ancillary data."""

import array
import ipaddress
import socket

from observing import observe, observe_all, section

CLASSFUL = [
    '1', '0', '127.1', '127.0.1', '10.1.65535', '10.1.65536', '1.16777215',
    '1.16777216', '4294967295', '4294967296', '0x7f.0.0.1', '0X7F.1',
    '0x7f000001', '017700000001', '010.1.1.1', '08.1.1.1', '0x.1.1.1',
    '1.2.3.4 junk', '1.2.3.4\t', '1.2.3.4\n5', '1.2.3.4junk', ' 1.2.3.4',
    '1.2.3.256', '256.1.1.1', '', ' ', '.', '1.', '.1', '1..2', '1.2.3.',
    '1.2.3.4.5', '1.2.3.4.', '-1', '+1', '1.-2', '0xffffffff', '0x100000000',
    '00000000001', '1.2.3.0x4', '1.2.3.04', '1.2.0xffff', '1.2.0x10000',
    'localhost', '255.255.255.255', '1,2', '\u0661', '127.0.0.1%lo',
]
STRICT = [
    '1.2.3.4', '01.2.3.4', '1.2.3', '1.2.3.4.5', ' 1.2.3.4', '1.2.3.4 ',
    '1.2.3.256', '0.0.0.0', '255.255.255.255', '1.2.3.', '0x1.2.3.4', '',
    '00.0.0.0', '1.2.3.0004', '1..3.4', '1.2.3.4\n',
]
COLONS = [
    '::', '::1', '1::', '::1.2.3.4', '::ffff:1.2.3.4', '1::2::3', '::1%lo',
    '1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7', ':::', ':',
    '1:2:3:4:5:6:7::', '::2:3:4:5:6:7:8', '1::2:3:4:5:6:7:8', '12345::',
    'g::', 'ABCD:ef01::', '::1.2.3', '::1.2.3.256', '::01.2.3.4',
    '1:2:3:4:5:6:1.2.3.4', '1:2:3:4:5:6:7:1.2.3.4', '1.2.3.4', '', ' ::1',
    '::1 ', ':1', '1:', '::0001', '::00001', 'fe80::1', '1.2.3.4::',
]
PACKED = [
    '::', '::1', '::ffff:1.2.3.4', '::1.2.3.4', '::1:2', '1::', '1:0:0:2::3',
    '2001:db8:0:1::1', '2001:db8::1:0:0:1', '1:1:1:1:1:1:1:1',
    '1:0:1:0:1:0:1:0', '0:1:0:1:0:1:0:1', '1:2:3:4:5:6:7:0',
    '0:2:3:4:5:6:7:8', 'ff02::fb', '::ffff:0:1.2.3.4', '64:ff9b::1.2.3.4',
    'ABCD::EF', '0:0:1::', '::0.1.0.0', '::0.0.1.0', '1:0:0:1:0:0:1:1',
]
WRONG = [1.5, None, b'1.2.3.4', 'a\0b', -1, ['1']]
SIZES = [0, 1, 3, 4, 5, 8, 12, 100, 65535, -1, 2**31 - 25, 2**31 - 24,
         2**31 - 17, 2**31 - 16, 2**31 - 1, 2**31, 2**63, 1.5, None, 'x']
SHORTS = [0, 1, 255, 256, 0x1234, 65535, 65536, -1, 2**31, 2**63, 2**64,
          -2**40, True, 1.0, None, 'x', b'x']
WORDS = [0, 1, 0x12345678, 2**31, 2**32 - 1, 2**32, -1, 2**64, 2**64 - 1,
         True, 1.0, None, 'x']


def pton4(text):
    """Packs strictly."""
    return socket.inet_pton(socket.AF_INET, text)


def pton6(text):
    """Packs IPv6."""
    return socket.inet_pton(socket.AF_INET6, text)


def ntop6(text):
    """Writes a packed address."""
    return socket.inet_ntop(socket.AF_INET6, ipaddress.ip_address(text).packed)


section('inet_aton')
observe_all('inet_aton', socket.inet_aton, CLASSFUL + WRONG)

section('inet_pton')
observe_all('pton4', pton4, STRICT + WRONG)
observe_all('pton6', pton6, COLONS + WRONG)
observe_all('family', lambda f: socket.inet_pton(f, '::1'),
            [0, 1, 16, 99, -1, 2**31, 1.5, 'x', None])

section('inet_ntop')
observe_all('ntop6', ntop6, PACKED)
for size in (0, 3, 4, 5, 15, 16, 17):
    observe(f'4 of {size}', socket.inet_ntop, socket.AF_INET, b'\1' * size)
    observe(f'6 of {size}', socket.inet_ntop, socket.AF_INET6, b'\1' * size)
observe_all('family', lambda f: socket.inet_ntop(f, b'1234'),
            [0, 1, 16, 99, -1, 2**31, 1.5, 'x'])
observe_all('kind', lambda b: socket.inet_ntop(socket.AF_INET, b),
            [bytearray(4), array.array('I', [0]), 'abcd', 4, None])

section('inet_ntoa')
observe_all('inet_ntoa', socket.inet_ntoa,
            [b'1234', b'', b'123', b'12345', bytearray(b'\xff' * 4),
             'abcd', 1, None])
observe('a view', socket.inet_ntoa, memoryview(b'\0\1\2\3'))

section('byte order')
for name in ('htons', 'ntohs'):
    observe_all(name, getattr(socket, name), SHORTS)
for name in ('htonl', 'ntohl'):
    observe_all(name, getattr(socket, name), WORDS)

section('cmsg sizes')
for name in ('CMSG_LEN', 'CMSG_SPACE'):
    observe_all(name, getattr(socket, name), SIZES)
