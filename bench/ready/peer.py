"""CPython's side: reads "kind count calls", writes nanoseconds for one call."""
import resource
import select
import socket
import sys
import time

limit = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
ready, peer = socket.socketpair()
peer.send(b"x")
idle = []


def sockets(n):
    while len(idle) < n:
        idle.extend(socket.socketpair())
    return idle[:n]


def prepare(kind, n):
    if kind == "select":
        watched = sockets(n)
        return lambda: select.select(watched, [], [], 0)
    queue = select.poll() if kind == "poll" else select.epoll()
    for s in sockets(n - 1) + [ready]:
        queue.register(s, select.POLLIN)
    poll = queue.poll
    return lambda: poll(0)


calls = {}
for line in sys.stdin:
    kind, n, count = line.split()
    key = kind, int(n)
    if key not in calls:
        calls[key] = prepare(*key)
    call, count = calls[key], int(count)
    steps = range(count)
    start = time.perf_counter_ns()
    for _ in steps:
        call()
    print((time.perf_counter_ns() - start) / count, flush=True)
