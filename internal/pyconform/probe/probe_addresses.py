"""Addresses as arguments and as results."""

import os
import socket
import tempfile

from observing import attempt, observe, section, short, tcp_pair, unix_pair

INET = [
    'x', b'x', None, 5, (), ('127.0.0.1',), ['127.0.0.1', 0],
    ('127.0.0.1', 0, 0), ('127.0.0.1', '80'), ('127.0.0.1', None),
    ('127.0.0.1', 0.0), ('127.0.0.1', -1), ('127.0.0.1', 65536),
    ('127.0.0.1', 2**31), ('127.0.0.1', 2**70), ('127.0.0.1', True),
    ('127.0.0.1', 0), (b'127.0.0.1', 0), (bytearray(b'127.0.0.1'), 0),
    ('127.1', 0), ('0x7f.1', 0), ('0177.0.0.1', 0), ('2130706433', 0),
    ('256.1.1.1', 0), ('', 0), (b'', 0), ('0.0.0.0', 0), ('<broadcast>', 0),
    ('255.255.255.255', 0), ('localhost', 0), (b'localhost', 0),
    ('LOCALHOST', 0), ('localhost\0', 0), (b'localhost\0', 0), ('::1', 0),
    (None, 0), (5, 0), ('\xe9' * 70, 0), ('192.0.2.1', 0), ('127.0.0.1 ', 0),
    (' 127.0.0.1', 0), ('1.2.3', 0), ('127.0.0.2', 0),
]
INET6 = [
    'x', ('::1',), ('::1', 0), ('::1', 0, 0), ('::1', 0, 0, 0),
    ('::1', 0, 0, 0, 0), ('::1', 0, 2**20), ('::1', 0, 2**20 - 1),
    ('::1', 0, -1), ('::1', 0, 'x'), ('::1', 0, 0, -1), ('::1', 0, 0, 2**32),
    ('::1', 0, 0, 'x'), ('::1', 0, 0, 1), ('::1%lo', 0), ('fe80::1%lo', 0),
    ('fe80::1', 0), ('127.0.0.1', 0), ('::ffff:127.0.0.1', 0), ('', 0),
    ('::', 0), ('localhost', 0), ('<broadcast>', 0), ('[::1]', 0),
    ('::1', 65536), ('0:0:0:0:0:0:0:1', 0), ('::1', 0.5), ('g::', 0),
]
UNIX = [
    5, None, ('x',), ['x'], 'plain', b'bytes', bytearray(b'array'), '\0abstract',
    b'\0abs\xff', 'x' * 107, 'x' * 108, b'x' * 200, '\0' + 'x' * 107,
    '\0' + 'x' * 108, 'in\0side', '\xe9', '\ud800', 'no/such/folder', '\udcff',
]
NETLINK = ['x', (0,), (0, 0, 0), (0, 0), (-1, 0), (2**32, 0), ('x', 0),
           (0, 1.5)]


def bound(family, address, kind=socket.SOCK_STREAM):
    """Binds and looks."""
    with socket.socket(family, kind) as sock:
        return sock.bind(address), sock.getsockname()


def each(family, values, kind=socket.SOCK_STREAM):
    """Binds to every one."""
    for value in values:
        observe(f'bind({short(value)})', bound, family, value, kind)


def netlink(address):
    """Binds AF_NETLINK and looks whether the kernel chose the number."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW) as sock:
        sock.bind(address)
        number, groups = sock.getsockname()
        return number == address[0] or number > 0, groups


def autobound(address):
    """Lets the kernel choose an abstract name."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(address)
        name = sock.getsockname()
        return type(name).__name__, name[:1], len(name)


def callers():
    """Names the caller in the error."""
    wrong = ('127.0.0.1', 70000)
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        for name, *arguments in (
                ('bind', wrong), ('connect', wrong), ('connect_ex', wrong),
                ('sendto', b'', wrong), ('sendmsg', [b''], [], 0, wrong)):
            observe(f'{name} of a high port', getattr(sock, name), *arguments)
            bad = [*arguments[:-1], 'x']
            observe(f'{name} of a str', getattr(sock, name), *bad)
            bad = [*arguments[:-1], ('a..b', 5)]
            observe(f'{name} of an empty label', getattr(sock, name), *bad)
            bad = [*arguments[:-1], ('nope..', 5)]
            observe(f'{name} of no name', getattr(sock, name), *bad)


def unconnected():
    """Asks for the names of new sockets."""
    for arguments in ((2, 1), (2, 2), (10, 1), (1, 1), (1, 2)):
        with socket.socket(*arguments) as sock:
            observe(f'{arguments} getsockname', sock.getsockname)
            observe(f'{arguments} getpeername', sock.getpeername)


def connected():
    """Asks for the names of connected sockets."""
    with tcp_pair() as (client, server):
        observe('tcp', lambda: (client.getsockname(), client.getpeername()))
        observe('both ends agree', lambda: (
            client.getsockname() == server.getpeername(),
            client.getpeername() == server.getsockname()))
        server.close()
        observe('after the peer is closed', client.getpeername)
    with tcp_pair(socket.AF_INET6, '::1') as (client, server):
        observe('tcp6', lambda: (client.getsockname(), server.getpeername()))
    with unix_pair() as (one, other):
        observe('unix', lambda: (one.getsockname(), other.getpeername()))


def senders():
    """Receives from sockets of every kind."""
    for family, host in ((socket.AF_INET, '127.0.0.1'), (socket.AF_INET6, '::1')):
        with socket.socket(family, socket.SOCK_DGRAM) as one, \
                socket.socket(family, socket.SOCK_DGRAM) as other:
            one.bind((host, 0))
            other.sendto(b'x', one.getsockname())
            observe(f'{host} datagram', one.recvfrom, 9)
            other.sendmsg([b'y'], [], 0, one.getsockname())
            observe(f'{host} message', one.recvmsg, 9)
    with tcp_pair() as (client, server):
        client.send(b'ab')
        observe('tcp recvfrom', server.recvfrom, 1)
        observe('tcp recvmsg', server.recvmsg, 1)
    with unix_pair() as (one, other):
        one.send(b'ab')
        observe('unix stream recvfrom', other.recvfrom, 1)
        observe('unix stream recvmsg', other.recvmsg, 1)
    with unix_pair(socket.SOCK_DGRAM) as (one, other):
        one.send(b'a')
        observe('unix pair recvfrom', other.recvfrom, 1)
        one.send(b'a')
        observe('unix pair recvmsg', other.recvmsg, 1)


def named_senders():
    """Receives from Unix sockets with names."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind('receiver')
        for name in ('sender', '\0sender', b'\xfe', None):
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                if name is not None:
                    sender.bind(name)
                sender.sendto(b'x', 'receiver')
                observe(f'from {name!r}', receiver.recvfrom, 1)
        observe('the sender is gone', receiver.sendto, b'', 'sender')
    with socket.socket(socket.AF_UNIX) as listener, \
            socket.socket(socket.AF_UNIX) as client:
        listener.bind('listener')
        listener.listen()
        observe('no such socket', attempt, client.connect, 'nothing')
        client.connect('listener')
        server, name = listener.accept()
        with server:
            observe('accepted', lambda: name)
            observe('peer', client.getpeername)
            observe('own', server.getsockname)
    observe('nobody listens', lambda: socket.socket(1).connect('listener'))
    observe('used already', used_already, 'listener')


def used_already(path):
    """Binds to a name that is taken."""
    with socket.socket(socket.AF_UNIX) as sock:
        return sock.bind(path)


def packet():
    """Uses AF_PACKET, where that is allowed."""
    try:
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    except (AttributeError, PermissionError):
        return
    with sock:
        for address in ('x', (1,), ('lo',), ('lo', 70000), ('nope', 1),
                        ('lo', 1, 0, 0, b'123456789'), ('lo', 'x'), ('lo', 3),
                        ('lo', 3, 0, 0, b'123456')):
            observe(f'packet {address!r}', sock.bind, address)
        observe('packet name', sock.getsockname)


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    section('AF_INET')
    each(socket.AF_INET, INET)
    section('AF_INET6')
    each(socket.AF_INET6, INET6)
    section('AF_UNIX')
    each(socket.AF_UNIX, UNIX)
    observe('autobind of str', autobound, '')
    observe('autobind of bytes', autobound, b'')
    section('other families')
    for value in NETLINK:
        observe(f'netlink({value!r})', netlink, value)
    packet()
    section('callers')
    callers()
    section('names')
    unconnected()
    connected()
    section('senders')
    senders()
    named_senders()
    os.chdir('/')
