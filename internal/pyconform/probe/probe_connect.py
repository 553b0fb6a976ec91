"""Connecting and accepting: sequences of calls."""

import contextlib
import errno
import select
import socket
import threading
import time

from observing import attempt, observe, section, tcp_pair


def name(code):
    """Gives the name of an error number."""
    return errno.errorcode.get(code, code)


def ready(sock, seconds=2):
    """Waits until a connection is there, or has failed."""
    select.select([], [sock], [sock], seconds)


def closed_port():
    """Gives an address where nobody listens."""
    with socket.create_server(('127.0.0.1', 0)) as listener:
        return listener.getsockname()


def with_listener(function):
    """Calls a function with a listener and a new socket."""
    with socket.create_server(('127.0.0.1', 0)) as listener, \
            socket.socket() as client:
        return function(listener, client)


def nonblocking_sequence(listener, client):
    """Connects three times without waiting."""
    client.setblocking(False)
    codes = [client.connect_ex(listener.getsockname())]
    ready(client)
    codes += [client.connect_ex(listener.getsockname()) for _ in range(2)]
    return [name(code) for code in codes]


def nonblocking_connect(listener, client):
    """The same with exceptions."""
    client.setblocking(False)
    first = attempt(client.connect, listener.getsockname())
    ready(client)
    return [first, *(attempt(client.connect, listener.getsockname())
                     for _ in range(2))]


def then_error_option(listener, client):
    """Asks for the error of a connection."""
    client.setblocking(False)
    client.connect_ex(listener.getsockname())
    ready(client)
    return client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)


def twice(listener, client):
    """Connects a connected socket."""
    client.connect(listener.getsockname())
    return (attempt(client.connect, listener.getsockname()),
            name(client.connect_ex(listener.getsockname())))


def twice_with_timeout(listener, client):
    """Connects a connected socket that has a timeout."""
    client.settimeout(2)
    return twice(listener, client)


def refused(timeout):
    """Connects where nobody listens, three times."""
    address = closed_port()
    with socket.socket() as client:
        client.settimeout(timeout)
        codes = []
        for _ in range(3):
            codes.append(name(client.connect_ex(address)))
            ready(client)
        return codes


def refused_error(timeout):
    """The same with an exception, and the option."""
    address = closed_port()
    with socket.socket() as client:
        client.settimeout(timeout)
        first = attempt(client.connect, address)
        ready(client)
        return (first, name(client.getsockopt(1, socket.SO_ERROR)),
                name(client.getsockopt(1, socket.SO_ERROR)))


@contextlib.contextmanager
def nobody():
    """Gives a socket, and an address where nobody answers: one whose
    listener's queue is full, see listen(2)."""
    with socket.socket() as listener, socket.socket() as first, \
            socket.socket() as client:
        listener.bind(('127.0.0.1', 0))
        listener.listen(0)
        first.connect(listener.getsockname())
        yield client, listener.getsockname()


def timed_out():
    """Connects where nobody answers."""
    with nobody() as (client, address):
        client.settimeout(0.1)
        first = attempt(client.connect, address)
        return first, name(client.connect_ex(address))


def timed_out_ex():
    """The same, with a number."""
    with nobody() as (client, address):
        client.settimeout(0.1)
        return name(client.connect_ex(address)), client.gettimeout()


def in_progress():
    """Connects again while a connection is under way."""
    with nobody() as (client, address):
        client.setblocking(False)
        return [name(client.connect_ex(address)) for _ in range(3)]


def then_timeout():
    """Waits for a connection that is under way already."""
    with nobody() as (client, address):
        client.setblocking(False)
        client.connect_ex(address)
        client.settimeout(0.05)
        return attempt(client.connect, address)


def datagram():
    """Connects a datagram socket, and connects it elsewhere."""
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.connect(('127.0.0.1', 9))
        first = sock.getpeername()
        sock.connect(('127.0.0.1', 10))
        return first, sock.getpeername()


def listening(listener, client):
    """Connects a listener, and listens on a client."""
    client.connect(listener.getsockname())
    return (attempt(listener.connect, listener.getsockname()),
            attempt(client.listen))


def unix_backlog(timeout):
    """Connects to a Unix listener that is full."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind('')
        listener.listen(0)
        clients = []
        for _ in range(4):
            client = socket.socket(socket.AF_UNIX)
            clients.append(client)
            client.settimeout(timeout)
            code = client.connect_ex(listener.getsockname())
            if code:
                break
        for one in clients:
            one.close()
        return len(clients), name(code)


def accept_errors():
    """Accepts where nothing is to accept."""
    with socket.socket() as sock:
        observe('not listening', sock.accept)
    with socket.create_server(('127.0.0.1', 0)) as listener:
        listener.setblocking(False)
        observe('nonblocking', listener.accept)
        listener.settimeout(0.05)
        observe('timeout', listener.accept)
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        observe('datagram accept', sock.accept)
        observe('datagram listen', sock.listen)


def accepted():
    """Accepts and looks."""
    with socket.create_server(('127.0.0.1', 0)) as listener:
        client = socket.create_connection(listener.getsockname(),
                                          source_address=('127.0.0.2', 0))
        server, address = listener.accept()
        with client, server:
            return (address[0], address == client.getsockname(),
                    server.get_inheritable(), server.type, server.family)


def backlogs():
    """Listens with many backlogs."""
    for backlog in (0, 1, -5, 2**31 - 1, 2**31, -2**31 - 1, 2**63, 'x', None, 1.5, True):
        with socket.socket() as sock:
            observe(f'listen({backlog!r})', sock.listen, backlog)
    with socket.socket() as sock:
        observe('listen twice', lambda: (sock.listen(), sock.listen(5)))
        observe('accepting', sock.getsockopt, 1, socket.SO_ACCEPTCONN)


def shortcuts():
    """Uses create_connection and create_server."""
    refused_at = closed_port()
    observe('refused', socket.create_connection, refused_at, 1)
    observe('no name', socket.create_connection, ('nope..', 1), 1)
    observe('all errors', lambda: socket.create_connection(
        refused_at, 1, all_errors=True))
    observe('bad source', lambda: socket.create_connection(
        refused_at, 1, source_address=('192.0.2.1', 0)))
    observe('a str', socket.create_connection, 'x')
    with socket.create_server(('127.0.0.1', 0)) as server:
        observe('in use', lambda: masked_server(server.getsockname()))
        observe('timeout kept', lambda: socket.create_connection(
            server.getsockname(), 3).gettimeout())
    observe('dual stack of IPv4', lambda: socket.create_server(
        ('', 0), dualstack_ipv6=True))
    observe('IPv6 only', lambda: v6only(dualstack_ipv6=False))
    observe('dual stack', lambda: v6only(dualstack_ipv6=True))
    observe('has_dualstack_ipv6', socket.has_dualstack_ipv6)
    observe('reuse', lambda: socket.create_server(('127.0.0.1', 0)).getsockopt(
        1, socket.SO_REUSEADDR))
    observe('reuse port', lambda: socket.create_server(
        ('127.0.0.1', 0), reuse_port=True).getsockopt(1, socket.SO_REUSEPORT))


def masked_server(address):
    """Tries to listen where somebody listens."""
    try:
        socket.create_server(address)
    except OSError as error:
        return error.errno, error.strerror.replace(str(address[1]), 'port')


def v6only(**options):
    """Asks whether a server is for IPv6 only."""
    with socket.create_server(('::', 0), family=socket.AF_INET6, **options) as server:
        return server.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)


def shutdowns():
    """Shuts down in every way."""
    for how in (0, 1, 2, 3, -1, 2**31, 'x', 1.0, None):
        with tcp_pair() as (client, server):
            observe(f'shutdown({how!r})', client.shutdown, how)
            server.settimeout(0.05)
            observe(f'  the peer reads after {how!r}', server.recv, 1)
            client.settimeout(0.05)
            observe(f'  reading after {how!r}', client.recv, 1)
            observe(f'  writing after {how!r}', client.send, b'x')
    with socket.socket() as sock:
        observe('unconnected', sock.shutdown, 2)
    with tcp_pair() as (client, server):
        client.shutdown(1)
        observe('twice', client.shutdown, 1)


def peer_resets():
    """Reads and writes after a reset."""
    with tcp_pair() as (client, server):
        linger = b'\1\0\0\0\0\0\0\0'
        server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        server.close()
        observe('reset: recv', client.recv, 1)
        observe('reset: recv again', client.recv, 1)
        observe('reset: send', client.send, b'x')


def woken_by_shutdown():
    """Shuts down under a call that waits."""
    with tcp_pair() as (client, _):
        timer = threading.Timer(0.1, client.shutdown, [socket.SHUT_RDWR])
        timer.start()
        began = time.monotonic()
        data = attempt(client.recv, 1)
        timer.join()
        return data, time.monotonic() - began < 2


section('connect')
for function in (nonblocking_sequence, nonblocking_connect, then_error_option,
                 twice, twice_with_timeout, listening):
    observe(function.__doc__, with_listener, function)
for timeout in (None, 0, 2):
    observe(f'refused, timeout {timeout}', refused, timeout)
    observe(f'refused with an error, timeout {timeout}', refused_error, timeout)
for function in (timed_out, timed_out_ex, in_progress, then_timeout, datagram):
    observe(function.__doc__, function)
for timeout in (0, 0.05):
    observe(f'unix backlog, timeout {timeout}', unix_backlog, timeout)

section('accept')
accept_errors()
observe('accepted', accepted)
backlogs()

section('shortcuts')
shortcuts()

section('shutdown')
shutdowns()
peer_resets()
observe('shutdown wakes recv', woken_by_shutdown)
