"""Making, adopting, closing and describing sockets."""

import fcntl
import os
import pickle
import socket
import weakref

from observing import attempt, describe, observe, observe_all, section, say
from observing import tcp_pair, unix_pair

ARGUMENTS = [
    (), (2,), (2, 1), (2, 1, 6), (2, 2, 17), (10, 1, 0), (1, 1, 0), (1, 5),
    (-1, -1, -1), (9999,), (2, 99), (2, 1, 17), (2, 1, 999), (1, 1, 6),
    (0,), (-2,), (2, -5), (2, 1, -7), (2**31,), (2, 2**31), (2, 1, 2**40),
    (2.0,), ('x',), (None,), (2, 'x'), (2, 1, 'x'), (2, 1 | 1 << 20),
]
DESCRIPTORS = [-1, -2**31, 99999, 2**31, 2**32 - 1, 2**70, 1.5, 'x', [], b'1']
METHODS = [
    ('fileno',), ('recv', 1), ('recv', 0), ('recv', -1),
    ('recv_into', bytearray(1)), ('recvfrom', 1), ('recvmsg', 1),
    ('recvfrom_into', bytearray(1)), ('recvmsg_into', [bytearray(1)]),
    ('send', b'x'), ('send', b''), ('sendall', b''), ('sendall', b'x'),
    ('sendto', b'x', ('127.0.0.1', 9)), ('sendmsg', [b'x']), ('sendmsg', []),
    ('bind', ('127.0.0.1', 0)), ('bind', 'x'), ('connect', ('127.0.0.1', 1)),
    ('connect_ex', ('127.0.0.1', 1)), ('listen',), ('listen', 'x'),
    ('accept',), ('settimeout', 1), ('settimeout', None), ('settimeout', -1),
    ('setblocking', 0), ('gettimeout',), ('getblocking',), ('getsockname',),
    ('getpeername',), ('getsockopt', 1, 2), ('getsockopt', 1, 2, 4),
    ('setsockopt', 1, 2, 1), ('setsockopt', 1, 2, b'1234'), ('detach',),
    ('shutdown', 2), ('dup',), ('makefile',), ('get_inheritable',),
    ('set_inheritable', True), ('close',),
]


def kind(sock):
    """Gives the numbers that describe a socket."""
    return int(sock.family), int(sock.type), sock.proto


def made(arguments):
    """Makes a socket."""
    with socket.socket(*arguments) as sock:
        return kind(sock), sock.get_inheritable(), sock.fileno() > 2


def adopt(fileno, *arguments):
    """Adopts a descriptor and lets it go again."""
    sock = socket.socket(*arguments, fileno=fileno)
    try:
        return kind(sock)
    finally:
        sock.detach()


def adopted_kinds():
    """Lets every kind of socket be found out."""
    for arguments in ((2, 1), (2, 2), (10, 1), (10, 2), (1, 1), (1, 2), (1, 5), (16, 3, 0)):
        with socket.socket(*arguments) as sock:
            observe(f'{arguments} found out', adopt, sock.fileno())
            observe(f'{arguments} said to be AF_INET', adopt,
                    sock.fileno(), 2, 1, 6)


def not_sockets():
    """Adopts what is no socket."""
    reader, writer = os.pipe()
    with open(__file__, 'rb') as file:
        for name, fd in (('pipe', reader), ('file', file.fileno())):
            observe(f'{name} adopted', adopt, fd)
            observe(f'{name} adopted as AF_INET', adopt, fd, 2, 1, 0)
            observe(f'{name} adopted as AF_INET only', adopt, fd, 2)
    os.close(reader)
    os.close(writer)


def closed_methods():
    """Calls everything on a closed socket."""
    for name, *arguments in METHODS:
        sock = socket.socket()
        sock.close()
        observe(f'closed.{name}{tuple(arguments)!r}', getattr(sock, name),
                *arguments)


def detached():
    """Detaches twice."""
    sock = socket.socket()
    fd = sock.detach()
    socket.close(fd)
    return fd > 2, sock.fileno(), sock.detach(), attempt(sock.recv, 1)


def closed_twice():
    """Closes the descriptor twice, once from outside."""
    sock = socket.socket()
    os.close(sock.fileno())
    return attempt(sock.close), sock.fileno(), attempt(sock.close)


def inheritable(function):
    """Shows what children get."""
    with socket.socket() as sock:
        function(sock)
        flags = fcntl.fcntl(sock.fileno(), fcntl.F_GETFD)
        return sock.get_inheritable(), bool(flags & fcntl.FD_CLOEXEC)


def others_inheritable():
    """Shows what children get of sockets made in other ways."""
    with tcp_pair() as (client, server), unix_pair() as (one, other):
        with client.dup() as copy:
            fd = socket.dup(client.fileno())
            try:
                return [*(sock.get_inheritable() for sock in
                          (client, server, one, other, copy)),
                        os.get_inheritable(fd)]
            finally:
                socket.close(fd)


def texts():
    """Shows how sockets describe themselves."""
    with tcp_pair() as (client, _), unix_pair() as (one, _):
        observe('repr of a client', lambda: client)
        observe('repr of a pair', lambda: one)
        client.shutdown(socket.SHUT_RDWR)
    observe('repr of a closed socket', lambda: client)
    with socket.socket() as sock:
        observe('repr of a new socket', lambda: sock)
        observe('str', lambda: str(sock))
        observe('base repr', lambda: super(socket.socket, sock).__repr__())


def attributes():
    """Tries what an object of this type does not do."""
    with socket.socket() as sock:
        observe('family is', lambda: (sock.family, type(sock.family).__name__))
        observe('type is', lambda: (sock.type, type(sock.type).__name__))
        observe('a new attribute', setattr, sock, 'nothing', 1)
        for name in ('family', 'type', 'proto', 'timeout'):
            observe(f'setting {name}', attempt_set, sock, name)
        observe('pickling', attempt_kind, pickle.dumps, sock)
        observe('a weak reference', lambda: weakref.ref(sock)() is sock)
        observe('hashable', lambda: hash(sock) == hash(sock))
        observe('equal to itself only', lambda: (
            sock == sock, sock == socket.socket))
        observe('in a with statement', lambda: sock.__enter__() is sock)


def attempt_set(sock, name):
    """Sets an attribute; only the kind of the error is the same."""
    try:
        setattr(sock, name, 1)
    except AttributeError:
        return 'AttributeError'
    return 'set'


def attempt_kind(function, value):
    """Calls a function; only the kind of the error is the same."""
    try:
        return function(value)
    except Exception as error:
        return type(error).__name__


def subclass():
    """Subclasses the type."""
    class Sub(socket.socket):
        def recv(self, *args):
            return b'overridden'

    with Sub() as sock:
        sock.attribute = 1
        with sock.dup() as copy:
            return type(copy).__name__, sock.recv(1), hasattr(copy, 'attribute')


def reinitialised():
    """Calls __init__ again."""
    with socket.socket() as sock:
        old = sock.fileno()
        sock.__init__(socket.AF_INET6, socket.SOCK_DGRAM)
        return kind(sock), sock.fileno() >= old


def unclosed():
    """Drops a socket that is open."""
    import gc
    import warnings
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        sock = socket.socket()
        fd = sock.fileno()
        del sock
        gc.collect()
    try:
        os.fstat(fd)
        state = 'open'
    except OSError as error:
        state = describe(error)
    return [(w.category.__name__, str(w.message)) for w in caught], state


def exceptions():
    """Shows the tree of exceptions."""
    for name in ('error', 'timeout', 'gaierror', 'herror'):
        one = getattr(socket, name)
        say(name, f'{one.__module__}.{one.__qualname__} '
            f'{[base.__name__ for base in one.__mro__]}')
    observe('a gaierror', lambda: (socket.gaierror(-2, 'x').errno,
                                   str(socket.gaierror(-2, 'x'))))


section('making')
observe_all('socket', made, ARGUMENTS)
observe_all('fileno', adopt, DESCRIPTORS)
adopted_kinds()
not_sockets()
observe('socketpair default', lambda: [kind(s) for s in socket.socketpair()])
for arguments in ((1, 2), (1, 5), (2, 1), (9999,), (1, 99), ('x',), (1, 1, 5)):
    observe(f'socketpair{arguments}',
            lambda: [kind(s) for s in socket.socketpair(*arguments)])
observe_all('close', socket.close, [-1, 99999, 2**31, 2**70, 1.5, 'x', None])
observe_all('dup', socket.dup, [-1, 99999, 2**31, 2**70, 1.5, 'x', None])
observe('again', reinitialised)
observe('subclass', subclass)

section('closed')
closed_methods()
observe('detached', detached)
observe('closed from outside', closed_twice)
observe('never closed', unclosed)

section('inheritance')
observe('new', inheritable, lambda sock: None)
observe('set', inheritable, lambda sock: sock.set_inheritable(True))
observe('and unset', inheritable, lambda sock: (
    sock.set_inheritable(True), sock.set_inheritable(False)))
observe('others', others_inheritable)

section('descriptions')
texts()
attributes()
exceptions()
observe('SocketType', lambda: socket.SocketType.__name__)
observe('type name', lambda: (socket.SocketType.__module__,
                              socket.socket.__mro__[1] is socket.SocketType))
