"""What lies on top of sockets: files, helpers, servers, other processes."""

import asyncio
import io
import os
import select
import selectors
import socket
import subprocess
import sys
import tempfile
import threading

from observing import attempt, observe, section, tcp_pair, unix_pair

MODES = [('r',), ('w',), ('rw',), ('rb',), ('wb',), ('rwb',), ('b',), ('',),
         ('a',), ('rx',), ('r', 0), ('rb', 0), ('wb', 0), ('rb', 5), ('rb', -1),
         ('r', 1), (None,)]


def made(mode):
    """Makes a file and looks at it."""
    with unix_pair() as (one, _):
        with one.makefile(*mode) as file:
            return type(file).__name__, file.mode if hasattr(file, 'mode') else ''


def lives_on():
    """Closes the socket before the file."""
    with unix_pair() as (one, other):
        file = one.makefile('rb')
        one.close()
        open_ = one.fileno() >= 0
        other.sendall(b'line\n')
        line = file.readline()
        file.close()
        return open_, line, one.fileno()


def lines():
    """Reads and writes lines."""
    with tcp_pair() as (client, server):
        with client.makefile('w', newline='\r\n') as out:
            out.write('a\nb\n\xe9')
        client.shutdown(socket.SHUT_WR)
        with server.makefile('r', newline=None, encoding='utf-8') as file:
            return file.readlines()


def after_timeout():
    """Reads from a file after a timeout."""
    with unix_pair() as (one, other):
        one.settimeout(0.05)
        with one.makefile('rb') as file:
            first = attempt(file.readline)
            other.send(b'x\n')
            return first, attempt(file.readline)


def nonblocking():
    """Reads from a file that does not wait."""
    with unix_pair() as (one, other):
        one.setblocking(False)
        with one.makefile('rb', 0) as raw:
            first = raw.read(5), raw.readinto(bytearray(5))
            other.send(b'xy')
            return first, raw.read(5), raw.write(b'z') if raw.writable() else None


def closed_file():
    """Uses closed files."""
    with unix_pair() as (one, _):
        file = one.makefile('rb', 0)
        file.close()
        return (attempt(file.read, 1), attempt(file.fileno), file.name,
                file.closed, attempt(file.readable))


def sent(size, offset=0, count=None, timeout=5):
    """Sends a file."""
    with tempfile.TemporaryFile() as file, tcp_pair() as (client, server):
        file.write(bytes(range(256)) * (size // 256))
        file.seek(0)
        client.settimeout(timeout)
        received = []
        thread = threading.Thread(target=lambda: drain(server, received))
        thread.start()
        result = attempt(client.sendfile, file, offset, count)
        position = file.tell()
        client.shutdown(socket.SHUT_WR)
        thread.join()
        return result, position, sum(map(len, received))


def drain(sock, parts):
    """Reads to the end."""
    while data := sock.recv(65536):
        parts.append(data)


def not_sent():
    """Sends what cannot be sent."""
    with tempfile.TemporaryFile() as file, tcp_pair() as (client, _):
        file.write(b'x')
        observe('negative count', client.sendfile, file, 0, -1)
        observe('count zero', client.sendfile, file, 0, 0)
        observe('count of no int', client.sendfile, file, 0, 1.5)
        observe('text file', lambda: client.sendfile(io.StringIO('x')))
        observe('memory file', lambda: client.sendfile(io.BytesIO(b'xyz')))
        client.setblocking(False)
        observe('nonblocking', client.sendfile, file)
    with socket.socket(type=socket.SOCK_DGRAM) as sock, open(__file__, 'rb') as file:
        observe('datagram', sock.sendfile, file)


def registered(kind):
    """Uses a selector."""
    with kind() as selector, unix_pair() as (one, other):
        selector.register(one, selectors.EVENT_READ, 'data')
        before = selector.select(0)
        other.send(b'x')
        events = [(key.data, mask) for key, mask in selector.select(1)]
        selector.modify(one, selectors.EVENT_WRITE)
        changed = [mask for _, mask in selector.select(0)]
        again = attempt(selector.register, one, 1)
        one.close()
        return before, events, changed, again.split('(')[0], len(selector.get_map())


def streams():
    """Talks over asyncio."""
    async def answer(reader, writer):
        writer.write((await reader.readline()).upper())
        await writer.drain()
        writer.close()

    async def talk():
        server = await asyncio.start_server(answer, '127.0.0.1', 0)
        address = server.sockets[0].getsockname()
        reader, writer = await asyncio.open_connection(*address)
        writer.write(b'hello\n')
        line = await reader.read()
        writer.close()
        server.close()
        await server.wait_closed()
        return line

    return asyncio.run(talk())


def given_to_child(inheritable):
    """Lets a child write to a socket."""
    program = 'import os; os.write({}, b"child")'
    with unix_pair() as (one, other):
        one.set_inheritable(inheritable)
        child = subprocess.run(
            [sys.executable, '-c', program.format(one.fileno())],
            close_fds=False, stderr=subprocess.DEVNULL, check=False)
        one.close()
        return child.returncode, other.recv(9)


def plain_descriptors():
    """Reads and writes a socket as a descriptor."""
    with unix_pair() as (one, other):
        written = os.write(one.fileno(), b'abc')
        one.setblocking(False)
        return written, other.recv(9), attempt(os.read, one.fileno(), 1)


def forked(work):
    """Does something in a forked child; gives what it says."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            text = repr(attempt(work))
        finally:
            os.write(writer, text.encode())
            os._exit(0)
    os.close(writer)
    with open(reader, 'rb') as file:
        text = file.read().decode()
    os.waitpid(child, 0)
    return text


def in_child():
    """Uses sockets in a forked child."""
    with unix_pair() as (one, other), select.epoll() as epoll:
        one.settimeout(5)
        epoll.register(other, select.EPOLLIN)
        observe('a parent\'s socket', forked, lambda: (
            one.send(b'from the child'), one.gettimeout(), int(one.family)))
        observe('  read by the parent', other.recv, 99)
        observe('a new pair', forked, lambda: (
            lambda a, b: (a.send(b'x'), b.recv(1)))(*socket.socketpair()))
        observe('an epoll object', forked, lambda: len(epoll.poll(0)))
        observe('a new poll object', forked, new_poll)
        observe('select', forked, lambda: [
            len(one) for one in select.select([other], [one], [], 0)])
        observe('names', forked, lambda: (
            socket.inet_aton('127.1'), socket.getservbyname('http')))
        observe('much garbage', forked, lambda: sum(
            len(socket.getaddrinfo('127.0.0.1', 80)) for _ in range(300)))
        observe('the parent goes on', lambda: (one.send(b'y'), other.recv(1)))
    with socket.create_server(('127.0.0.1', 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        observe('accepting', forked, lambda: accepted(listener))
        with client:
            observe('  and answering', client.recv, 9)


def accepted(listener):
    """Serves one client."""
    server, address = listener.accept()
    with server:
        server.sendall(b'served')
        return address[0]


def new_poll():
    """Polls in a child."""
    with unix_pair() as (one, _):
        poll = select.poll()
        poll.register(one, select.POLLOUT)
        return [events for _, events in poll.poll(0)]


section('makefile')
for mode in MODES:
    observe(f'makefile{mode!r}', made, mode)
observe('lives on', lives_on)
observe('lines', lines)
observe('after a timeout', after_timeout)
observe('nonblocking', nonblocking)
observe('closed', closed_file)

section('sendfile')
observe('whole', sent, 1 << 20)
observe('from an offset', sent, 4096, 1000)
observe('a part', sent, 4096, 10, 100)
observe('past the end', sent, 4096, 5000)
observe('blocking', sent, 1 << 20, 0, None, None)
not_sent()

section('selectors')
for kind in (selectors.SelectSelector, selectors.PollSelector,
             selectors.EpollSelector):
    observe(kind.__name__, registered, kind)
observe('the default', lambda: selectors.DefaultSelector.__name__)
observe('asyncio', streams)

section('other processes')
for flag in (False, True):
    observe(f'inheritable {flag}', given_to_child, flag)
observe('descriptors', plain_descriptors)

section('forked')
in_child()
