"""Receiving and sending: arguments, limits, flags, ancillary data."""

import array
import os
import socket
import struct
import threading
import time

from observing import attempt, describe, observe, section, tcp_pair, unix_pair

RIGHTS = (socket.SOL_SOCKET, socket.SCM_RIGHTS)
INT = struct.calcsize('i')

RECEIVING = [
    ('recv', 5), ('recv', 0), ('recv', -1), ('recv', True), ('recv', 1.5),
    ('recv', 'x'), ('recv', None), ('recv', 2**63), ('recv', 5, 2**31),
    ('recv', 5, 'x'), ('recv', 5, None),
    ('recv_into', bytearray(3)), ('recv_into', bytearray(3), 2),
    ('recv_into', bytearray(3), 0), ('recv_into', bytearray(3), 4),
    ('recv_into', bytearray(3), -1), ('recv_into', bytearray(0)),
    ('recv_into', b'abc'), ('recv_into', 'abc'), ('recv_into', None),
    ('recv_into', memoryview(b'abc')), ('recv_into', bytearray(3), 'x'),
    ('recv_into', memoryview(bytearray(8))[::2]),
    ('recv_into', array.array('I', [0, 0])), ('recv_into', [1, 2]),
    ('recvfrom', 5), ('recvfrom', 0), ('recvfrom', -1), ('recvfrom', 'x'),
    ('recvfrom_into', bytearray(3)), ('recvfrom_into', bytearray(3), 4),
    ('recvfrom_into', bytearray(3), -1), ('recvfrom_into', b'abc'),
    ('recvfrom_into', bytearray(0)),
    ('recvmsg', 5), ('recvmsg', 0), ('recvmsg', -1), ('recvmsg', 'x'),
    ('recvmsg', 5, -1), ('recvmsg', 5, 2**31), ('recvmsg', 5, 2**63),
    ('recvmsg', 5, 0, 2**31), ('recvmsg', 5, 'x'),
    ('recvmsg_into', [bytearray(2), bytearray(9)]), ('recvmsg_into', []),
    ('recvmsg_into', [bytearray(0), bytearray(1)]), ('recvmsg_into', 3),
    ('recvmsg_into', [b'x']), ('recvmsg_into', ['x']), ('recvmsg_into', [3]),
    ('recvmsg_into', [bytearray(1)], -1), ('recvmsg_into', None),
    ('recvmsg_into', bytearray(2)),
]
SENDING = [
    ('send', b'abc'), ('send', b''), ('send', bytearray(b'abc')),
    ('send', memoryview(b'abcdef')[::2]), ('send', array.array('H', [1, 2])),
    ('send', 'abc'), ('send', 5), ('send', None), ('send', [b'x']),
    ('send', b'abc', 2**31), ('send', b'abc', 'x'),
    ('sendall', b'abc'), ('sendall', b''), ('sendall', 'abc'),
    ('sendall', 5), ('sendall', b'abc', 'x'),
    ('sendto',), ('sendto', b'x'), ('sendto', b'x', 1, 2, 3),
    ('sendto', 'x', 'y'), ('sendto', b'x', 'f', 'y'), ('sendto', b'x', 5),
    ('sendmsg', [b'a', b'bc']), ('sendmsg', []), ('sendmsg', [b'', b'']),
    ('sendmsg', 5), ('sendmsg', [5]), ('sendmsg', ['x']),
    ('sendmsg', (b'a',)), ('sendmsg', b'ab'), ('sendmsg', None),
    ('sendmsg', [b'x'], 5), ('sendmsg', [b'x'], [5]),
    ('sendmsg', [b'x'], [(1, 2)]), ('sendmsg', [b'x'], [(1, 2, 3, 4)]),
    ('sendmsg', [b'x'], [('x', 1, b'')]), ('sendmsg', [b'x'], [(1, 1, 'x')]),
    ('sendmsg', [b'x'], [(1, 2**31, b'')]), ('sendmsg', [b'x'], [[]]),
    ('sendmsg', [b'x'], [(1, 1, b'')]), ('sendmsg', [b'x'], [(0, 0, b'')]),
    ('sendmsg', [b'x'], [(1, 1, b'abc')]), ('sendmsg', [b'x'], None),
    ('sendmsg', [b'x'], [], 2**31), ('sendmsg', [b'x'], [], 'x'),
    ('sendmsg', [b'x'], [], 0, None), ('sendmsg', [b'x'], [], 0, 5),
]


def receiving():
    """Calls everything that receives, on new data each time."""
    for name, *arguments in RECEIVING:
        with unix_pair() as (one, other):
            other.send(b'0123456789')
            observe(f'{name}{tuple(arguments)!r}', getattr(one, name),
                    *arguments)
            one.setblocking(False)
            observe('  what is left', attempt, one.recv, 100)
            for argument in arguments:
                if isinstance(argument, (bytearray, array.array)):
                    observe('  the buffer', bytes, argument)


def sending():
    """Calls everything that sends, and looks what comes."""
    for name, *arguments in SENDING:
        with unix_pair() as (one, other):
            other.setblocking(False)
            observe(f'{name}{tuple(arguments)!r}', getattr(one, name),
                    *arguments)
            observe('  what comes', other.recv, 100)


def modes():
    """Receives and sends in each mode."""
    for timeout in (0, 0.05):
        with unix_pair() as (one, other):
            one.settimeout(timeout)
            observe(f'recv, timeout {timeout}', one.recv, 1)
            observe(f'recv with MSG_DONTWAIT, timeout {timeout}',
                    one.recv, 1, socket.MSG_DONTWAIT)
            observe(f'recv_into, timeout {timeout}', one.recv_into, bytearray(1))
            observe(f'recvfrom, timeout {timeout}', one.recvfrom, 1)
            observe(f'recvmsg, timeout {timeout}', one.recvmsg, 1)
            observe(f'send until it is full, timeout {timeout}', fill, one)
            observe(f'sendall when full, timeout {timeout}', one.sendall, b'x')
            observe(f'sendmsg when full, timeout {timeout}', one.sendmsg, [b'x'])
            observe(f'recv(0), timeout {timeout}', one.recv, 0)
            other.close()
            observe(f'peer closed: send, timeout {timeout}', one.send, b'x')
            observe(f'peer closed: recv, timeout {timeout}', one.recv, 1)
            observe(f'peer closed: recv again, timeout {timeout}', one.recv, 1)


def fill(sock):
    """Sends until there is no room."""
    try:
        while True:
            sock.send(bytes(65536))
    except OSError as error:
        return describe(error)


def blocking_flags():
    """Uses flags on a blocking socket."""
    with unix_pair() as (one, other):
        observe('MSG_DONTWAIT', one.recv, 1, socket.MSG_DONTWAIT)
        observe('MSG_DONTWAIT recvfrom', one.recvfrom, 1, socket.MSG_DONTWAIT)
        observe('MSG_DONTWAIT recvmsg', one.recvmsg, 1, 0, socket.MSG_DONTWAIT)
        other.send(b'abcdef')
        observe('MSG_PEEK', one.recv, 3, socket.MSG_PEEK)
        observe('MSG_PEEK again', one.recv, 9, socket.MSG_PEEK)
        observe('MSG_WAITALL', waitall, one, other)
        observe('MSG_DONTWAIT send', fill_without_waiting, one)
    with tcp_pair() as (client, server):
        client.send(b'x', socket.MSG_OOB)
        time.sleep(0.05)
        observe('MSG_OOB', server.recv, 9, socket.MSG_OOB)
        client.send(b'y', socket.MSG_MORE)
        client.send(b'z')
        observe('MSG_MORE', waited, server, 2)
        observe('MSG_ERRQUEUE', server.recv, 1,
                socket.MSG_ERRQUEUE | socket.MSG_DONTWAIT)


def waited(sock, size):
    """Receives until that many bytes are there."""
    data = b''
    while len(data) < size:
        data += sock.recv(size - len(data))
    return data


def waitall(one, other):
    """Waits for more than is there; the rest comes later."""
    timer = threading.Timer(0.05, other.send, [b'ghi'])
    timer.start()
    data = one.recv(9, socket.MSG_WAITALL)
    timer.join()
    return data


def fill_without_waiting(sock):
    """Sends without waiting, on a socket that waits."""
    try:
        while True:
            sock.send(bytes(65536), socket.MSG_DONTWAIT)
    except OSError as error:
        return describe(error)


def blocking_send():
    """Sends more than there is room for, while it is read slowly."""
    for name in ('send', 'sendall', 'sendmsg'):
        with unix_pair() as (one, other):
            size = 5_000_000
            data = bytes(size)
            counted = []
            thread = threading.Thread(target=drain, args=(other, counted))
            thread.start()
            value = getattr(one, name)([data] if name == 'sendmsg' else data)
            one.shutdown(socket.SHUT_WR)
            thread.join()
            observe(f'{name} of {size}', lambda: (value, sum(counted)))


def drain(sock, counted):
    """Reads to the end."""
    while data := sock.recv(65536):
        counted.append(len(data))


def sendall_deadline():
    """Gives sendall one timeout for all, while a reader keeps it going."""
    with tcp_pair() as (client, server):
        client.settimeout(0.3)
        stop = threading.Event()

        def slowly():
            while not stop.wait(0.05):
                server.recv(65536)

        thread = threading.Thread(target=slowly)
        thread.start()
        began = time.monotonic()
        result = attempt(client.sendall, bytes(100_000_000))
        elapsed = time.monotonic() - began
        stop.set()
        thread.join()
        return result, 0.25 < elapsed < 1.5


def datagrams():
    """Sends and receives whole datagrams."""
    with socket.socket(type=socket.SOCK_DGRAM) as one, \
            socket.socket(type=socket.SOCK_DGRAM) as other:
        one.bind(('127.0.0.1', 0))
        one.settimeout(1)
        address = one.getsockname()
        other.connect(address)
        other.send(b'0123456789')
        observe('cut', one.recv, 4)
        other.send(b'')
        observe('empty', one.recv, 4)
        other.send(b'abc')
        observe('recvfrom of nothing', lambda: one.recvfrom(0)[0])
        other.send(b'0123456789')
        observe('MSG_TRUNC given', lambda: one.recvmsg(4)[:3])
        other.send(b'0123456789')
        observe('MSG_TRUNC asked', lambda: one.recvmsg(4, 0, socket.MSG_TRUNC)[:3])
        observe('too long', other.send, bytes(70000))
        observe('sendto when connected', other.sendto, b'x', address)
        observe('sendto with flags', other.sendto, b'x', 0, address)
        observe('sendall', other.sendall, b'y')
        one.close()
        other.send(b'x')
        time.sleep(0.05)
        observe('nobody is there: send', other.send, b'x')
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        observe('no destination', sock.send, b'x')
        observe('no destination: sendmsg', sock.sendmsg, [b'x'])
    with socket.socket() as sock:
        observe('unconnected stream: send', sock.send, b'x')
        observe('unconnected stream: recv', sock.recv, 1)
        observe('unconnected stream: sendto', sock.sendto, b'x', ('127.0.0.1', 9))


def descriptors(count):
    """Gives some descriptors of pipes."""
    return [fd for _ in range(count // 2) for fd in os.pipe()]


def close_all(fds):
    """Closes descriptors."""
    for fd in fds:
        os.close(fd)


def pass_descriptors(count, size):
    """Passes descriptors and receives with that much room."""
    sent = descriptors(count)
    with unix_pair() as (one, other):
        one.sendmsg([b'x'], [(*RIGHTS, array.array('i', sent))])
        data, messages, flags, address = other.recvmsg(9, size)
    kinds = []
    for level, kind, payload in messages:
        whole = array.array('i')
        whole.frombytes(payload[:len(payload) - len(payload) % INT])
        kinds.append((level, kind, len(payload),
                      [os.get_inheritable(fd) for fd in whole]))
        close_all(whole)
    close_all(sent)
    return data, kinds, flags & ~socket.MSG_CMSG_CLOEXEC, address


def ancillary():
    """Receives ancillary data with every amount of room."""
    for count in (2, 4):
        sizes = {0, 1, 8, 15, 16, 17, 19, 20, 21, 23, 24, 25, 28, 31, 32, 33, 64,
                 socket.CMSG_LEN(count * INT), socket.CMSG_SPACE(count * INT)}
        for size in sorted(sizes):
            observe(f'{count} descriptors, room {size}',
                    pass_descriptors, count, size)
    observe('send_fds', send_fds)
    observe('credentials', credentials)
    observe('two messages', hop_limits)
    for size in (0, 16, 20, 24, 25, 40, 44, 47, 48):
        observe(f'two messages, room {size}', hop_limits, size)


def send_fds():
    """Uses the shortcuts."""
    sent = descriptors(2)
    with unix_pair() as (one, other):
        value = socket.send_fds(one, [b'ab'], sent)
        data, received, flags, address = socket.recv_fds(other, 9, 5)
        close_all([*sent, *received])
        return value, data, len(received), flags, address


def credentials():
    """Receives the sender's credentials."""
    with unix_pair() as (one, other):
        other.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        one.send(b'x')
        data, messages, flags, address = other.recvmsg(9, 64)
        (level, kind, payload), = messages
        pid, uid, gid = struct.unpack('3i', payload)
        return (data, level, kind, pid == os.getpid(), uid == os.getuid(),
                gid == os.getgid(), flags, address)


def hop_limits(size=100):
    """Receives two messages with a datagram."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as one, \
            socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as other:
        one.bind(('::1', 0))
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVTCLASS, 1)
        hops = (socket.IPPROTO_IPV6, socket.IPV6_HOPLIMIT, struct.pack('i', 7))
        kind = (socket.IPPROTO_IPV6, socket.IPV6_TCLASS, struct.pack('i', 3))
        other.sendmsg([b'x'], [hops, kind], 0, one.getsockname())
        return one.recvmsg(9, size)[:3]


def many_buffers():
    """Uses very many buffers."""
    with unix_pair() as (one, other):
        observe('1024 buffers', one.sendmsg, [b'x'] * 1024)
        observe('1025 buffers', one.sendmsg, [b'x'] * 1025)
        observe('into 1025', other.recvmsg_into, [bytearray(1)] * 1025)
        observe('a generator', one.sendmsg, (b'y' for _ in range(3)))


section('receiving')
receiving()
section('sending')
sending()
section('modes')
modes()
blocking_flags()
blocking_send()
observe('one deadline for all of sendall', sendall_deadline)
section('datagrams')
datagrams()
section('ancillary data')
ancillary()
many_buffers()
