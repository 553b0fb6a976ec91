"""Peers of fdsock: the servers of Python's standard library, and clients.

    peers.py serve KIND PATH      prints its address; ends with its input
    peers.py client KIND ADDRESS SIZE

Both sides of a stream know these requests, a line each:

    echo N     N bytes follow, which come back
    blob N     N bytes come
    sum        everything up to the end of the stream; its SHA-256 comes
    reset      the connection is reset
    silent     nothing comes, until the client leaves
"""

import asyncio, hashlib, http.client, http.server, os, socket, socketserver, struct, sys
import threading, urllib.error, urllib.request, xmlrpc.server


def pattern(n):
    x = bytes(range(251))
    return (x * (n // len(x) + 1))[:n]


# Servers.

class Stream(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            word, _, rest = line.decode().strip().partition(" ")
            getattr(self, word)(int(rest or 0))
            if word == "reset":
                return

    def echo(self, n):
        while n:
            p = self.rfile.read1(min(n, 1 << 16))
            n -= len(p)
            self.wfile.write(p)

    def blob(self, n):
        self.wfile.write(pattern(n))

    def sum(self, _):
        h = hashlib.sha256()
        while p := self.rfile.read1(1 << 16):
            h.update(p)
        self.wfile.write(h.hexdigest().encode())

    def reset(self, _):
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.server.shutdown_request = self.server.close_request  # no FIN before the reset

    def silent(self, _):
        self.rfile.read()


class Datagram(socketserver.DatagramRequestHandler):
    def handle(self):
        self.wfile.write(self.rfile.read()[::-1])


class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(pattern(int(self.path[1:])))

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(hashlib.sha256(body).hexdigest().encode())


class ThreadingUnix(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


def servers(kind, path):
    socketserver.ThreadingTCPServer.daemon_threads = True
    local = ("127.0.0.1", 0)
    make = {
        "TCPServer": lambda: socketserver.TCPServer(local, Stream),
        "ThreadingTCPServer": lambda: socketserver.ThreadingTCPServer(local, Stream),
        "UnixStreamServer": lambda: ThreadingUnix(path, Stream),
        "UDPServer": lambda: socketserver.UDPServer(local, Datagram),
        "UnixDatagramServer": lambda: socketserver.UnixDatagramServer(path, Datagram),
        "HTTPServer": lambda: http.server.ThreadingHTTPServer(local, Page),
        "SimpleXMLRPCServer": lambda: xmlrpc.server.SimpleXMLRPCServer(local, logRequests=False),
    }
    server = make[kind]()
    if kind == "SimpleXMLRPCServer":
        server.register_function(pow)
    return server


async def on_stream(reader, writer):
    try:
        while line := await reader.readline():
            word, _, rest = line.decode().strip().partition(" ")
            n = int(rest or 0)
            if word == "echo":
                while n:
                    p = await reader.read(min(n, 1 << 16))
                    n -= len(p)
                    writer.write(p)
                    await writer.drain()
            elif word == "blob":
                writer.write(pattern(n))
            elif word == "sum":
                h = hashlib.sha256()
                while p := await reader.read(1 << 16):
                    h.update(p)
                writer.write(h.hexdigest().encode())
            elif word == "reset":
                writer.transport.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
                return
            elif word == "silent":
                await reader.read()
            await writer.drain()
    finally:
        writer.close()


async def serve_asyncio():
    server = await asyncio.start_server(on_stream, "127.0.0.1", 0)
    print("%s %d" % server.sockets[0].getsockname(), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


def serve(kind, path):
    if kind == "asyncio":
        asyncio.run(serve_asyncio())
        return
    server = servers(kind, path)
    name = server.server_address
    print(name if isinstance(name, str) else "%s %d" % name, flush=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    sys.stdin.read()
    server.shutdown()
    server.server_close()


# Clients.

def blocking(s, size):
    """The whole of the requests over a connected socket, which it uses up."""
    for text in (b"one", b"two" * 1000):
        s.sendall(b"echo %d\n" % len(text) + text)
        assert s.recv(len(text), socket.MSG_WAITALL) == text
    data = pattern(size)
    threading.Thread(target=s.sendall, args=(b"echo %d\n" % size + data,)).start()
    f = s.makefile("rb")
    assert f.read(size) == data, "echo"
    s.sendall(b"blob %d\n" % size)
    assert f.read(size) == data, "blob"
    s.sendall(b"sum\n" + data)
    s.shutdown(socket.SHUT_WR)
    assert f.read() == hashlib.sha256(data).hexdigest().encode(), "sum"
    assert f.read() == b""


def refusals(connect):
    """What a server does to its clients."""
    with connect() as s:
        s.sendall(b"reset\n")
        try:
            assert False, s.recv(1)
        except ConnectionResetError:
            pass
    with connect() as s:
        s.sendall(b"silent\n")
        s.settimeout(0.02)
        try:
            assert False, s.recv(1)
        except TimeoutError:
            pass


async def streams(host, port, size):
    reader, writer = await asyncio.open_connection(host, port)
    for text in (b"one", b"two" * 1000):
        writer.write(b"echo %d\n" % len(text) + text)
        assert await reader.readexactly(len(text)) == text
    data = pattern(size)
    writer.write(b"echo %d\n" % size + data)
    assert await reader.readexactly(size) == data, "echo"
    writer.write(b"sum\n" + data)
    writer.write_eof()
    assert await reader.read() == hashlib.sha256(data).hexdigest().encode(), "sum"
    writer.close()
    await writer.wait_closed()
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(b"reset\n")
    try:
        assert False, await reader.read()
    except ConnectionResetError:
        writer.close()


def pages(host, port, size):
    data = pattern(size)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open("http://%s:%d/%d" % (host, port, size)) as r:
        assert r.read() == data
    try:
        opener.open("http://%s:%d/none" % (host, port))
        assert False, "found"
    except urllib.error.HTTPError as e:
        assert e.code == 404, e
    c = http.client.HTTPConnection(host, port)
    first = None
    for _ in range(3):
        c.request("POST", "/", body=data)
        assert c.getresponse().read() == hashlib.sha256(data).hexdigest().encode()
        first = first or c.sock
        assert c.sock is first, "the connection was not kept"
    c.request("POST", "/", body=iter([data[:100], data[100:]]), encode_chunked=True,
              headers={"Transfer-Encoding": "chunked"})
    assert c.getresponse().read() == hashlib.sha256(data).hexdigest().encode()
    c.close()


def datagrams(s):
    s.settimeout(20)
    for n in (1, 0, 512, 8000):
        data = pattern(n)
        s.send(data)
        assert s.recv(10000) == data[::-1], n


def client(kind, address, size):
    host, _, port = address.partition(" ")
    to = (host, int(port)) if port else address
    if kind == "create_connection":
        connect = lambda: socket.create_connection(to)
        with connect() as s:
            blocking(s, size)
        refusals(connect)
    elif kind == "open_connection":
        asyncio.run(streams(*to, size))
    elif kind == "http":
        pages(*to, size)
    elif kind == "unix":
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(to)
            blocking(s, size)
    elif kind == "udp":
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.connect(to)
            datagrams(s)
    elif kind == "unix datagram":
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.bind(to + ".client")
            s.connect(to)
            datagrams(s)


if sys.argv[1] == "serve":
    serve(sys.argv[2], sys.argv[3])
else:
    client(sys.argv[2], sys.argv[3], int(sys.argv[4]))
