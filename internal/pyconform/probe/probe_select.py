"""The function select and what it says about readiness."""

import os
import select
import socket
import tempfile
import threading
import time

from observing import attempt, observe, section, tcp_pair, unix_pair

READER, WRITER = os.pipe()


class Holder:
    """An object with a descriptor, of any kind."""

    def __init__(self, value):
        self.value = value

    def fileno(self):
        """Gives the descriptor, or raises it."""
        if isinstance(self.value, Exception):
            raise self.value
        return self.value

    def __repr__(self):
        return 'Holder'


ITEMS = [-1, -5, 1024, 5000, 2**31 - 1, 2**31, -2**31 - 1, 2**70, 1.0, 'x', None,
         b'x', (), Holder(-1), Holder('x'), Holder(None), Holder(1.5),
         Holder(2**40), Holder(ValueError('mine')), Holder(2000)]
LISTS = [1, None, 1.5, object, {}, set(), '', 'x', b'', (), range(0), range(1, 2)]
TIMEOUTS = [None, 0, 0.0, -0.0, 1e-9, 0.001, True, -1, -1e-9, float('nan'),
            float('inf'), float('-inf'), 1e10, 2**62, 2**64, -2**70, 'x', b'',
            [], 1j]


def closed_descriptor():
    """Gives a number that was a descriptor."""
    fd = os.dup(READER)
    os.close(fd)
    return fd


def three(items, timeout=0):
    """Asks the same of all three lists; counts."""
    return tuple(map(len, select.select(items, items, items, timeout)))


def arguments():
    """Gets arguments wrong."""
    for item in ITEMS:
        for place in range(3):
            lists = [[], [], []]
            lists[place] = [item]
            observe(f'{item!r} in list {place}', select.select, *lists, 0)
    for value in LISTS:
        observe(f'list {value!r}', lambda: [len(one) for one in select.select(
            value, [], [], 0)] if value != range(1, 2) else None)
    for timeout in TIMEOUTS:
        observe(f'timeout {timeout!r}', lambda: [len(one) for one in select.select(
            [], [WRITER], [], timeout)])
    observe('timeout is looked at first', select.select, 1, 2, 3, 'x')
    observe('a closed descriptor', select.select, [closed_descriptor()], [], [], 0)
    observe('a closed one among good ones', select.select, [READER],
            [closed_descriptor()], [], 0)
    observe('1024 items', lambda: len(select.select([], [WRITER] * 1024, [], 0)[1]))
    observe('1025 items', select.select, [], [WRITER] * 1025, [], 0)
    sock = socket.socket()
    sock.close()
    observe('a closed socket', select.select, [sock], [], [], 0)
    observe('bool', lambda: select.select([], [True], [], 0)[1] in ([True], []))


def results():
    """Looks at what comes back."""
    holder = Holder(WRITER)
    items = [WRITER, holder, WRITER, holder]
    observe('objects, in order, repeated', lambda: [
        'holder' if item is holder else 'number'
        for item in select.select([], items, [], 0)[1]])
    observe('the same object', lambda: select.select(
        [], [holder], [], 0)[1][0] is holder)
    observe('types', lambda: [
        type(one).__name__ for one in select.select((), (), (), 0)])
    observe('a generator', lambda: len(select.select(
        (), (WRITER for _ in range(3)), (), 0)[1]))
    observe('a dict', lambda: len(select.select((), {WRITER: 1}, (), 0)[1]))
    observe('one list for all', lambda: three([WRITER]))
    observe('shrinking', shrinking)
    observe('growing', growing)


def shrinking():
    """Takes items away while they are read."""
    items = []

    class Thief:
        def fileno(self):
            del items[-1]
            return WRITER

    items[:] = [Thief() for _ in range(10)]
    return [len(one) for one in select.select([], items, [], 0)], len(items)


def growing():
    """Adds items while they are read."""
    items = []

    class Giver:
        def fileno(self):
            if len(items) < 5:
                items.append(WRITER)
            return WRITER

    items.append(Giver())
    return [len(one) for one in select.select([], items, [], 0)], len(items)


def readiness():
    """Asks about everything that may be ready."""
    observe('empty pipe, reader', three, [READER])
    os.write(WRITER, b'x')
    observe('filled pipe, reader', three, [READER])
    os.read(READER, 1)
    reader, writer = os.pipe()
    os.close(writer)
    observe('pipe without writer', three, [reader])
    os.close(reader)
    reader, writer = os.pipe()
    os.close(reader)
    observe('pipe without reader', three, [writer])
    os.close(writer)
    with tempfile.TemporaryFile() as file, open(os.devnull, 'rb') as null:
        observe('file', three, [file])
        observe('device', three, [null])
    with socket.socket() as sock:
        observe('new tcp socket', three, [sock])
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        observe('new udp socket', three, [sock])
    with socket.create_server(('127.0.0.1', 0)) as listener:
        observe('listener', three, [listener])
        with socket.create_connection(listener.getsockname()):
            observe('listener with a connection', three, [listener])
    for name, pair in (('tcp', tcp_pair), ('unix', unix_pair)):
        with pair() as (one, other):
            observe(f'{name} connected', three, [one])
            other.send(b'x')
            select.select([one], [], [], 1)
            observe(f'{name} with data', three, [one])
            other.shutdown(socket.SHUT_WR)
            observe(f'{name} with data and end', three, [one])
            one.recv(1)
            select.select([one], [], [], 1)
            observe(f'{name} at its end', three, [one])
            other.close()
            time.sleep(0.02)
            observe(f'{name} peer closed', three, [one])
    with tcp_pair() as (client, server):
        client.send(b'x', socket.MSG_OOB)
        select.select([], [], [server], 1)
        observe('urgent data', three, [server])
    with tcp_pair() as (client, server):
        client.setblocking(False)
        attempt(fill, client)
        observe('no room', three, [client])
    with select.epoll() as epoll:
        observe('epoll object', three, [epoll])
        epoll.register(WRITER, select.EPOLLOUT)
        observe('epoll object with events', three, [epoll])


def fill(sock):
    """Sends until there is no room."""
    while True:
        sock.send(bytes(65536))


def waiting():
    """Waits and is woken."""
    began = time.monotonic()
    select.select([READER], [], [], 0.05)
    observe('it waits long enough', lambda: 0.05 <= time.monotonic() - began < 1)
    began = time.monotonic()
    select.select([], [], [], 0.02)
    observe('on nothing too', lambda: 0.02 <= time.monotonic() - began < 1)
    timer = threading.Timer(0.05, os.write, [WRITER, b'x'])
    timer.start()
    began = time.monotonic()
    observe('woken', lambda: [len(one) for one in select.select(
        [READER], [], [], 5)])
    observe('in time', lambda: time.monotonic() - began < 2)
    timer.join()
    os.read(READER, 1)
    with tcp_pair() as (client, server):
        timer = threading.Timer(0.05, client.close)
        timer.start()
        observe('woken by a close', lambda: [len(one) for one in select.select(
            [server], [], [], 5)])
        timer.join()


section('arguments')
arguments()
section('results')
results()
section('readiness')
readiness()
section('waiting')
waiting()
observe('constants', lambda: sorted(
    name for name in dir(select) if name.isupper()))
observe('error', lambda: select.error is OSError)
