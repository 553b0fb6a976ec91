"""Runs scripts of socket operations, one a line of standard input, and prints what each operation came to.

A script is a JSON list of operations, an operation a list of strings: its name, the socket's name, arguments.
The same operations are in scripts_go_test.go, on fdsock.
"""
import json, os, select, signal, socket, struct, sys, tempfile, zlib

FAMILY = {"inet": socket.AF_INET, "inet6": socket.AF_INET6, "unix": socket.AF_UNIX}
TYPE = {"stream": socket.SOCK_STREAM, "dgram": socket.SOCK_DGRAM, "seqpacket": socket.SOCK_SEQPACKET}
PATIENCE = 10


class Hang(BaseException):  # so that nothing takes it for an answer
    pass


def alarm(*_):
    raise Hang


def flags_of(names):
    return sum(getattr(socket, "MSG_" + name) for name in names.split("|")) if names else 0


def show(data):
    data = bytes(data)
    return "%d:%s" % (len(data), data.hex() if len(data) <= 16 else "%08x" % zlib.crc32(data))


def pattern(seed, n):
    return bytes((seed * 31 + i * 7) & 255 for i in range(n))


class Script:
    def __init__(self, directory):
        self.sockets, self.directory, self.step, self.fds = {}, directory, 0, []

    def end(self):
        for s in self.sockets.values():
            s.close()
        for fd in self.fds:
            os.close(fd)

    def run(self, ops):
        results = []
        for op in ops:
            self.step += 1
            try:
                results.append(str(getattr(self, "do_" + op[0])(*op[1:])))
            except TimeoutError as e:
                results.append("timeout" if e.errno is None else "OSError %d" % e.errno)
            except socket.gaierror as e:
                results.append("gaierror %d" % e.errno)
            except OSError as e:
                results.append("OSError %d" % e.errno if e.errno is not None else "OSError %s" % e)
            except (ValueError, OverflowError) as e:
                results.append("%s %s" % (type(e).__name__, e))
        return results

    def addr(self, name):
        return self.sockets[name[1:]].getsockname() if name.startswith("@") else self.literal(name)

    def literal(self, text):
        """An address in words: inet!host!port, path!name, path! for none, long!length."""
        kind, _, rest = text.partition("!")
        if kind == "path":
            return os.path.join(self.directory, rest) if rest else ""
        if kind == "long":
            return "x" * int(rest)
        host, _, port = rest.rpartition("!")
        return host, int(port)

    def show_addr(self, a):
        if a is None:
            return "None"
        if isinstance(a, tuple):
            return "%s:%s%s" % (a[0], "*" if a[1] else "0", "%" + str(a[2:]).replace(" ", "") if len(a) > 2 else "")
        if isinstance(a, bytes):
            return "abstract"
        return "path " + os.path.basename(a) if a else "unnamed"

    def do_new(self, n, family, kind):
        self.sockets[n] = socket.socket(FAMILY[family], TYPE[kind])
        return "ok"

    def do_pair(self, a, b, kind):
        self.sockets[a], self.sockets[b] = socket.socketpair(socket.AF_UNIX, TYPE[kind])
        return "ok"

    def do_bind(self, n, where):
        self.sockets[n].bind(self.literal(where))
        return "ok"

    def do_listen(self, n, backlog):
        self.sockets[n].listen(int(backlog))
        return "ok"

    def do_accept(self, n, child):
        self.sockets[child], peer = self.sockets[n].accept()
        return self.show_addr(peer) if self.sockets[n].family != socket.AF_UNIX else "ok"

    def do_connect(self, n, to):
        self.sockets[n].connect(self.addr(to))
        return "ok"

    def do_connect_ex(self, n, to):
        return self.sockets[n].connect_ex(self.addr(to))

    def do_send(self, n, size, flags):
        return self.sockets[n].send(pattern(self.step, int(size)), flags_of(flags))

    def do_sendall(self, n, size, flags):
        return self.sockets[n].sendall(pattern(self.step, int(size)), flags_of(flags))

    def do_sendto(self, n, size, flags, to):
        return self.sockets[n].sendto(pattern(self.step, int(size)), flags_of(flags), self.addr(to))

    def do_sendmsg(self, n, sizes, flags, to, fds):
        parts = [pattern(self.step + i, int(k)) for i, k in enumerate(sizes.split(",")) if k]
        anc = []
        if int(fds):
            null = os.open("/dev/null", os.O_RDONLY)
            self.fds.append(null)
            anc = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("i", null) * int(fds))]
        args = (parts, anc, flags_of(flags))
        return self.sockets[n].sendmsg(*args, self.addr(to)) if to else self.sockets[n].sendmsg(*args)

    def do_recv(self, n, size, flags):
        return show(self.sockets[n].recv(int(size), flags_of(flags)))

    def do_recv_into(self, n, size, flags):
        buf = bytearray(int(size))
        got = self.sockets[n].recv_into(buf, 0, flags_of(flags))
        return show(buf[:got])

    def do_recvfrom(self, n, size, flags):
        data, peer = self.sockets[n].recvfrom(int(size), flags_of(flags))
        return show(data) + " " + self.show_addr(peer)

    def do_recvfrom_into(self, n, size, flags):
        buf = bytearray(int(size))
        got, peer = self.sockets[n].recvfrom_into(buf, 0, flags_of(flags))
        return "%d %s %s" % (got, show(buf[:got]), self.show_addr(peer))

    def message(self, data, anc, flags, peer):
        shown = []
        for level, kind, payload in anc:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                for (fd,) in struct.iter_unpack("i", payload[: len(payload) // 4 * 4]):
                    os.close(fd)
            shown.append("%d/%d/%d" % (level, kind, len(payload)))
        flags &= ~getattr(socket, "MSG_CMSG_CLOEXEC", 0)
        return "%s [%s] %#x %s" % (show(data), " ".join(shown), flags, self.show_addr(peer))

    def do_recvmsg(self, n, size, anc, flags):
        return self.message(*self.sockets[n].recvmsg(int(size), int(anc), flags_of(flags)))

    def do_recvmsg_into(self, n, sizes, anc, flags):
        bufs = [bytearray(int(k)) for k in sizes.split(",")]
        got, *rest = self.sockets[n].recvmsg_into(bufs, int(anc), flags_of(flags))
        return self.message(b"".join(bufs)[:got], *rest)

    def do_settimeout(self, n, seconds):
        self.sockets[n].settimeout(None if seconds == "none" else float(seconds))
        return "ok"

    def do_setblocking(self, n, flag):
        self.sockets[n].setblocking(bool(int(flag)))
        return "ok"

    def do_mode(self, n):
        t = self.sockets[n].gettimeout()
        return "%s %d" % ("none" if t is None else "%g" % t, self.sockets[n].getblocking())

    def do_shutdown(self, n, how):
        self.sockets[n].shutdown(int(how))
        return "ok"

    def do_close(self, n):
        self.sockets[n].close()
        return "ok"

    def do_detach(self, n):
        fd = self.sockets[n].detach()
        if fd >= 0:
            socket.close(fd)
        return "closed" if fd < 0 else "open"

    def do_dup(self, n, other):
        self.sockets[other] = self.sockets[n].dup()
        return "ok"

    def do_fileno(self, n):
        return "closed" if self.sockets[n].fileno() < 0 else "open"

    def do_getsockname(self, n):
        return self.show_addr(self.sockets[n].getsockname())

    def do_getpeername(self, n):
        return self.show_addr(self.sockets[n].getpeername())

    def do_props(self, n):
        s = self.sockets[n]
        return "%d %d %d" % (s.family, s.type, s.proto)

    def do_getopt(self, n, level, name):
        return self.sockets[n].getsockopt(getattr(socket, level), getattr(socket, name))

    def do_getoptbytes(self, n, level, name, size):
        return show(self.sockets[n].getsockopt(getattr(socket, level), getattr(socket, name), int(size)))

    def do_setopt(self, n, level, name, value):
        self.sockets[n].setsockopt(getattr(socket, level), getattr(socket, name), int(value))
        return "ok"

    def do_inheritable(self, n):
        return int(self.sockets[n].get_inheritable())

    def do_setinheritable(self, n, flag):
        self.sockets[n].set_inheritable(bool(int(flag)))
        return "ok"

    def do_readable(self, n):
        r, _, _ = select.select([self.sockets[n]], [], [], PATIENCE)
        return "yes" if r else "no"

    def do_arrived(self, n, size):
        """Waits until so much of a stream is there."""
        s, size = self.sockets[n], int(size)
        before = s.gettimeout()
        s.settimeout(0)
        try:
            while len(s.recv(size, socket.MSG_PEEK)) < size:
                pass
        except BlockingIOError:
            select.select([s], [], [], PATIENCE)
            s.settimeout(before)
            return self.do_arrived(n, size)
        s.settimeout(before)
        return "yes"


signal.signal(signal.SIGALRM, alarm)
with tempfile.TemporaryDirectory(prefix="pollux") as top:
    for number, line in enumerate(sys.stdin):
        directory = os.path.join(top, str(number))
        os.mkdir(directory)
        script = Script(directory)
        signal.alarm(PATIENCE)
        try:
            results = script.run(json.loads(line))
        except Hang:
            results = ["hang"]
        signal.alarm(0)
        script.end()
        print(json.dumps(results), flush=True)
