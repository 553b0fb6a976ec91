"""Poll and epoll objects."""

import os
import select
import socket
import tempfile
import threading
import time

from observing import attempt, named, observe, section, tcp_pair, unix_pair

READER, WRITER = os.pipe()
NAMES = {READER: 'reader', WRITER: 'writer'}

POLL_MASKS = [0, 1, 4, 5, 8, 16, 32, 64, 256, 1024, 8192, 65535, 65536, -1,
              2**70, True, 'x', None, 1.5]
EPOLL_MASKS = [0, 1, 4, 5, 8, 16, 64, 8192, 1 << 30, 1 << 31, 1 << 28,
               2**32 - 1, 2**32, 2**70, -1, True, 'x', None, 1.5]
BAD = [-1, -2**31, 2**31, 2**70, 1.0, 'x', None, object]
POLL_TIMEOUTS = [0, 0.0, 0.4, 1, 1.5, True, -0.5, 2**31, 2**31 - 0.5, 1e300,
                 float('nan'), float('inf'), 'x', b'', [], -2**31 - 1, -2**70]
EPOLL_TIMEOUTS = [0, 0.0, 0.0004, True, 2147484, 2**31, 1e300, float('nan'),
                  float('inf'), 'x', b'', [], -2**70, -3e6]
METHODS = [('register', ()), ('modify', (1,)), ('unregister', ())]
MAXEVENTS = [1, 2, 100, 0, -1, -2, 2**31, 1.5, 'x', None]


def seen(poll, timeout=0):
    """Gives the events by name."""
    return named(poll.poll(timeout), NAMES)


def closed_descriptor():
    """Gives a number that was a descriptor."""
    fd = os.dup(READER)
    os.close(fd)
    return fd


def states():
    """Makes things that poll may be asked about."""
    yield 'reader', os.fdopen(os.dup(READER), 'rb', 0)
    yield 'writer', os.fdopen(os.dup(WRITER), 'wb', 0)
    reader, writer = os.pipe()
    os.close(writer)
    yield 'reader without writer', os.fdopen(reader, 'rb', 0)
    reader, writer = os.pipe()
    os.close(reader)
    yield 'writer without reader', os.fdopen(writer, 'wb', 0)
    yield 'new tcp socket', socket.socket()
    yield 'new udp socket', socket.socket(type=socket.SOCK_DGRAM)
    yield 'new unix socket', socket.socket(socket.AF_UNIX)
    yield 'listener', socket.create_server(('127.0.0.1', 0))
    for name, pair in (('tcp', tcp_pair), ('unix', unix_pair)):
        yield from connected(name, pair)


def connected(name, pair):
    """Makes connected sockets in all their states."""
    for state, change in (
            ('connected', lambda one, other: None),
            ('with data', lambda one, other: other.send(b'x')),
            ('end of data', lambda one, other: other.shutdown(1)),
            ('own end', lambda one, other: one.shutdown(1)),
            ('both ends', lambda one, other: (other.shutdown(1), one.shutdown(1))),
            ('peer closed', lambda one, other: other.close()),
            ('data and closed', lambda one, other: (other.send(b'x'), other.close())),
            ('unread and closed', lambda one, other: (one.send(b'x'), other.close())),
            ('reading shut', lambda one, other: one.shutdown(0))):
        with pair() as (one, other):
            change(one, other)
            time.sleep(0.02)
            yield f'{name} {state}', one


def every_state():
    """Asks poll and epoll about everything, with every mask."""
    for name, thing in states():
        for mask in (0, 1, 2, 4, 5, 0x2000, 0x2005):
            observe(f'{name}, mask {mask:#x}', both, thing, mask)
        attempt(thing.close)


def both(thing, mask):
    """Asks poll and epoll."""
    poll = select.poll()
    poll.register(thing, mask)
    with select.epoll() as epoll:
        epoll.register(thing, mask)
        return ([hex(events) for _, events in poll.poll(0)],
                [hex(events) for _, events in epoll.poll(0)])


def poll_arguments():
    """Gets the arguments of poll objects wrong."""
    poll = select.poll()
    for name, more in METHODS:
        for fd in BAD:
            observe(f'{name}({fd!r})', getattr(poll, name), fd, *more)
    observe('modify unknown', poll.modify, READER, 1)
    observe('unregister unknown', poll_unknown, poll)
    for mask in POLL_MASKS:
        observe(f'mask {mask!r}', poll.register, WRITER, mask)
        observe('  events', seen, poll)
        observe(f'  modified to {mask!r}', poll.modify, WRITER, mask)
    poll.unregister(WRITER)
    for timeout in POLL_TIMEOUTS:
        if timeout == -0.5:
            poll.register(WRITER)
        observe(f'timeout {timeout!r}', seen, poll, timeout)
    observe('new one', lambda: type(select.poll()).__name__)
    observe('instantiating', type(select.poll()))


def poll_unknown(poll):
    """Unregisters what was not registered."""
    try:
        poll.unregister(READER)
    except KeyError as error:
        return error.args == (READER,)


def poll_order():
    """Looks at the order of events."""
    fds = [os.dup(WRITER) for _ in range(6)]
    names = dict(zip(fds, 'abcdef'))
    poll = select.poll()
    for fd in (fds[3], fds[1], fds[5], fds[0]):
        poll.register(fd, select.POLLOUT)
    order = [''.join(names[fd] for fd, _ in poll.poll(0))]
    poll.register(fds[1], select.POLLOUT)
    order.append(''.join(names[fd] for fd, _ in poll.poll(0)))
    poll.unregister(fds[3])
    poll.register(fds[3], select.POLLOUT)
    order.append(''.join(names[fd] for fd, _ in poll.poll(0)))
    poll.modify(fds[5], select.POLLIN)
    order.append(''.join(names[fd] for fd, _ in poll.poll(0)))
    for fd in fds:
        os.close(fd)
    return order


def poll_behaviour():
    """Uses poll objects."""
    observe('order', poll_order)
    poll = select.poll()
    observe('nothing registered', poll.poll, 1)
    poll.register(READER)
    poll.register(WRITER)
    observe('default mask', seen, poll)
    poll.register(WRITER, select.POLLIN)
    observe('registered again', seen, poll)
    poll.modify(WRITER, select.POLLOUT)
    observe('modified', seen, poll)
    fd = closed_descriptor()
    observe('register closed', poll.register, fd, 1)
    observe('closed', lambda: [hex(e) for f, e in poll.poll(0) if f == fd])
    observe('unregister closed', poll.unregister, fd)
    with tempfile.TemporaryFile() as file:
        poll.register(file)
        observe('file', lambda: [hex(e) for f, e in poll.poll(0) if f == file.fileno()])
        poll.unregister(file)
    poll.unregister(WRITER)
    began = time.monotonic()
    poll.poll(0.4)
    observe('rounds up', lambda: time.monotonic() - began >= 0.001)
    began = time.monotonic()
    poll.poll(30)
    observe('waits', lambda: 0.03 <= time.monotonic() - began < 1)
    observe('two at a time', concurrently, poll)
    observe('register while it polls', register_meanwhile, poll)
    timer = threading.Timer(0.05, os.write, [WRITER, b'x'])
    timer.start()
    observe('woken', seen, poll, 5000)
    timer.join()
    observe('still ready', seen, poll, None)
    os.read(READER, 1)


def concurrently(poll):
    """Polls in two threads."""
    thread = threading.Thread(target=poll.poll, args=[200])
    thread.start()
    time.sleep(0.05)
    result = attempt(poll.poll, 0)
    thread.join()
    return result


def register_meanwhile(poll):
    """Registers while another thread polls."""
    found = []
    thread = threading.Thread(target=lambda: found.append(seen(poll, 150)))
    thread.start()
    time.sleep(0.05)
    poll.register(WRITER, select.POLLOUT)
    thread.join()
    found.append(seen(poll))
    poll.unregister(WRITER)
    return found


def epoll_arguments():
    """Gets the arguments of epoll objects wrong."""
    for arguments in ((0,), (-1,), (-2,), (5,), (2**31,), (1.5,), ('x',),
                      (-1, 0), (-1, select.EPOLL_CLOEXEC), (-1, 1), (-1, 'x'),
                      (5, 12356)):
        observe(f'epoll{arguments!r}', lambda: select.epoll(*arguments).closed)
    with select.epoll() as epoll:
        special = {closed_descriptor(): 'closed', epoll.fileno(): 'itself'}
        for name, more in METHODS:
            for fd in [*BAD, *special]:
                shown = special.get(fd, fd)
                observe(f'{name}({shown!r})', getattr(epoll, name), fd, *more)
        observe('modify unknown', epoll.modify, WRITER, 1)
        observe('unregister unknown', epoll.unregister, WRITER)
        epoll.register(WRITER)
        observe('register twice', epoll.register, WRITER)
        epoll.unregister(WRITER)
        for mask in EPOLL_MASKS:
            observe(f'mask {mask!r}', epoll.register, WRITER, mask)
            observe('  events', seen, epoll)
            observe(f'  modified to {mask!r}', epoll.modify, WRITER, mask)
            attempt(epoll.unregister, WRITER)
        for timeout in EPOLL_TIMEOUTS:
            if timeout == -3e6:
                epoll.register(WRITER)
            observe(f'timeout {timeout!r}', seen, epoll, timeout)
        for maximum in MAXEVENTS:
            observe(f'maxevents {maximum!r}', lambda: named(
                epoll.poll(0, maximum), NAMES))
        observe('keywords', lambda: epoll.poll(timeout=0, maxevents=1) != [])
        with tempfile.TemporaryFile() as file:
            observe('file', epoll.register, file)


def epoll_closed():
    """Uses closed epoll objects."""
    epoll = select.epoll()
    epoll.close()
    observe('closed', lambda: epoll.closed)
    observe('close again', epoll.close)
    for name, *arguments in (('fileno',), ('poll', 0), ('register', 0),
                             ('modify', 0, 1), ('unregister', 0),
                             ('__enter__',)):
        observe(f'closed.{name}', getattr(epoll, name), *arguments)
    for fd in (-1, 99999, 'x', 2**31):
        observe(f'fromfd({fd!r})', lambda: attempt(
            select.epoll.fromfd(fd).poll, 0))
    observe('fromfd of a pipe', lambda: attempt(
        select.epoll.fromfd(os.dup(READER)).poll, 0))


def epoll_behaviour():
    """Uses epoll objects."""
    with select.epoll() as epoll:
        observe('inheritable', os.get_inheritable, epoll.fileno())
        epoll.register(READER)
        epoll.register(WRITER, select.EPOLLOUT | select.EPOLLONESHOT)
        observe('one shot', lambda: (seen(epoll), seen(epoll)))
        epoll.modify(WRITER, select.EPOLLOUT)
        observe('armed again', lambda: (seen(epoll), seen(epoll)))
        epoll.modify(WRITER, select.EPOLLOUT | select.EPOLLET)
        observe('edge', lambda: (seen(epoll), seen(epoll)))
        epoll.unregister(WRITER)
        epoll.register(WRITER, select.EPOLLOUT | select.EPOLLEXCLUSIVE)
        observe('exclusive, modified', epoll.modify, WRITER, select.EPOLLOUT)
        epoll.unregister(WRITER)
        began = time.monotonic()
        epoll.poll(0.0001)
        observe('rounds up', lambda: time.monotonic() - began >= 0.001)
        observe('pollable', lambda: named(ask_about(epoll), NAMES))
        timer = threading.Timer(0.05, os.write, [WRITER, b'x'])
        timer.start()
        observe('woken', seen, epoll, 5)
        timer.join()
        observe('still ready', seen, epoll)
        os.read(READER, 1)
        other = select.epoll.fromfd(os.dup(epoll.fileno()))
        other.register(WRITER, select.EPOLLOUT)
        observe('seen by both', lambda: (seen(epoll), seen(other)))
        other.close()
        observe('still by one', seen, epoll)
        observe('closed descriptors leave', leaving, epoll)
        observe('duplicates stay', staying, epoll)
        observe('a limit takes turns', turns, epoll)


def ask_about(epoll):
    """Polls an epoll object."""
    poll = select.poll()
    poll.register(epoll, select.POLLIN)
    return poll.poll(0)


def leaving(epoll):
    """Closes what is registered."""
    fd = os.open(os.devnull, os.O_RDONLY)
    reader, writer = os.pipe()
    epoll.register(writer, select.EPOLLOUT)
    before = len(epoll.poll(0))
    os.close(writer)
    after = len(epoll.poll(0))
    os.close(reader)
    os.close(fd)
    return before, after, attempt(epoll.unregister, writer)


def staying(epoll):
    """Closes what is registered while a duplicate is open."""
    reader, writer = os.pipe()
    copy = os.dup(writer)
    epoll.register(writer, select.EPOLLOUT)
    os.close(writer)
    count = len(epoll.poll(0))
    os.close(copy)
    os.close(reader)
    return count, len(epoll.poll(0))


def turns(epoll):
    """Fetches fewer events than there are."""
    fds = [os.dup(WRITER) for _ in range(4)]
    for fd in fds:
        epoll.register(fd, select.EPOLLOUT)
    found = {fd for _ in range(6) for fd, _ in epoll.poll(0, 2)}
    counts = [len(epoll.poll(0, 2)), len(epoll.poll(0)), len(found)]
    for fd in fds:
        os.close(fd)
    return counts


section('poll arguments')
poll_arguments()
section('poll')
poll_behaviour()
section('epoll arguments')
epoll_arguments()
epoll_closed()
section('epoll')
epoll_behaviour()
section('states')
every_state()
