"""Runs scripts of file operations from standard input, one JSON object a line,
and prints a JSON list of the results of each."""
import json, socket, sys


def text(h):
    return bytes.fromhex(h).decode("utf-8", "surrogateescape")


def show(v):
    if v is None:
        return "none"
    if isinstance(v, (bytes, bytearray)):
        return "b:" + bytes(v).hex()
    if isinstance(v, str):
        return "s:" + v.encode("utf-8", "surrogateescape").hex()
    if isinstance(v, (list, tuple)):
        return "[" + " ".join(show(x) for x in v) + "]"
    if isinstance(v, (bool, int)):
        return "i:%d" % v
    return type(v).__name__


def into(read, n):
    p = bytearray(n)
    got = read(p)
    return None if got is None else p[:got]


def drain(peer):
    got = b""
    try:
        while p := peer.recv(65536):
            got += p
    except OSError:
        pass
    return got


def do(sock, peer, f, op, n, data, is_text):
    arg = (lambda h: text(h)) if is_text else bytes.fromhex
    match op:
        case "send": peer.sendall(bytes.fromhex(data))
        case "eof": peer.shutdown(socket.SHUT_WR)
        case "drain": return drain(peer)
        case "timeout": sock.settimeout(n / 1000)
        case "closesock": sock.close()
        case "sockfileno": return sock.fileno() >= 0
        case "fileno": return f.fileno() >= 0
        case "read" | "read1" | "readline" | "readlines": return getattr(f, op)(n)
        case "readinto" | "readinto1": return into(getattr(f, op), n)
        case "peek": return f.peek(n)
        case "iter":
            return next(iter(f), "" if is_text else b"")
        case "write": return f.write(arg(data))
        case "writelines": f.writelines([arg(data), arg(data)])
        case "seek": return f.seek(n)
        case "flush" | "close": return getattr(f, op)()
        case "tell" | "truncate" | "readable" | "writable" | "seekable" | "isatty": return getattr(f, op)()
        case "closed": return f.closed
        case "newlines":
            v = f.newlines
            return [] if v is None else v if isinstance(v, tuple) else [v]
    return None


def failed(e):
    s = ["err", type(e).__name__]
    if isinstance(e, BlockingIOError):
        s.append(str(getattr(e, "characters_written", "")))
    elif not (isinstance(e, OSError) and e.errno):
        s.append(str(e))
    return ":".join(s)


def run(script):
    sock, peer = socket.socketpair()
    peer.setblocking(False)
    out, f = [], None
    if "timeout" in script:
        sock.settimeout(script["timeout"] / 1000)
    if script.get("sndbuf"):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, script["sndbuf"])
    kw = {k: script[k] for k in ("encoding", "errors", "newline") if k in script}
    try:
        f = sock.makefile(script["mode"], script.get("buffering"), **kw)
        for op, n, data in script["ops"]:
            try:
                out.append(show(do(sock, peer, f, op, n, data, "b" not in script["mode"])))
            except Exception as e:
                out.append(failed(e))
    except Exception as e:
        out.append(failed(e))
    for x in (f, sock, peer):
        try:
            x and x.close()
        except Exception:
            pass
    return out


for line in sys.stdin:
    print(json.dumps(run(json.loads(line))))
