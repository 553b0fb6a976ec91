"""Signals while calls wait: handlers run at once, deadlines stay."""

import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time

from observing import attempt, describe, observe, section, say, unix_pair

SOON = 0.1


class Mine(Exception):
    """Raised by a handler."""


def raising(signum, frame):
    """Ends the call."""
    raise Mine('from a handler')


def quiet(signum, frame):
    """Does nothing, so the call goes on."""
    handled.append(time.monotonic())


handled: list[float] = []


def interrupted(handler, function, *args):
    """Calls a function that a signal interrupts; tells what came when."""
    handled.clear()
    signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, SOON)
    began = time.monotonic()
    try:
        result = function(*args)
    except Exception as error:
        result = describe(error)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    elapsed = time.monotonic() - began
    prompt = [time_ - began < SOON + 0.3 for time_ in handled]
    return result, prompt, 'late' if elapsed > 1 else 'in time'


def with_pair(timeout, use):
    """Calls a function with a socket that has a timeout."""
    with unix_pair() as (one, _):
        one.settimeout(timeout)
        return use(one)


def fill(sock):
    """Leaves no room."""
    timeout = sock.gettimeout()
    sock.setblocking(False)
    try:
        while True:
            sock.send(bytes(65536))
    except BlockingIOError:
        sock.settimeout(timeout)


def sending(name, *arguments):
    """Makes a call that waits for room."""
    def use(sock):
        fill(sock)
        return getattr(sock, name)(*arguments)
    return use


CALLS = {
    'recv': lambda sock: sock.recv(1),
    'recv_into': lambda sock: sock.recv_into(bytearray(1)),
    'recvfrom': lambda sock: sock.recvfrom(1),
    'recvmsg': lambda sock: sock.recvmsg(1),
    'send': sending('send', b'x'),
    'sendall': sending('sendall', b'x'),
    'sendmsg': sending('sendmsg', [b'x']),
}


def accept(timeout):
    """Accepts where nobody connects."""
    with socket.create_server(('127.0.0.1', 0)) as listener:
        listener.settimeout(timeout)
        return listener.accept()


def connect(timeout):
    """Connects where nobody answers."""
    with socket.socket() as sock:
        sock.settimeout(timeout)
        return sock.connect(('192.0.2.99', 9))


def poll(timeout):
    """Polls what is never ready."""
    reader, writer = os.pipe()
    try:
        one = select.poll()
        one.register(reader, select.POLLIN)
        return one.poll(None if timeout is None else timeout * 1000)
    finally:
        os.close(reader)
        os.close(writer)


def epoll(timeout):
    """Waits for what is never ready."""
    with select.epoll() as one:
        return one.poll(timeout)


def select_(timeout):
    """Selects what is never ready."""
    with unix_pair() as (one, _):
        return select.select([one], [], [], timeout)


WAITS = {'accept': accept, 'connect': connect, 'poll': poll, 'epoll': epoll,
         'select': select_}


def all_calls():
    """Interrupts every call in every way."""
    for name, use in CALLS.items():
        for timeout in (None, 5):
            observe(f'{name}, timeout {timeout}, the handler raises',
                    interrupted, raising, with_pair, timeout, use)
        observe(f'{name}, the handler returns',
                interrupted, quiet, with_pair, 0.3, use)
    for name, wait in WAITS.items():
        for timeout in (None, 5):
            if (name, timeout) != ('connect', None):
                observe(f'{name}, timeout {timeout}, the handler raises',
                        interrupted, raising, wait, timeout)
        observe(f'{name}, the handler returns', interrupted, quiet, wait, 0.3)


def goes_on():
    """Goes on receiving after a handler."""
    with unix_pair() as (one, other):
        timer = threading.Timer(0.3, other.send, [b'late'])
        timer.start()
        result = interrupted(quiet, one.recv, 9)
        timer.join()
        return result


def all_sent():
    """Goes on sending after a handler, and loses nothing."""
    size = 3_000_000
    with unix_pair() as (client, server):
        counted = []

        def drain():
            time.sleep(0.3)
            while data := server.recv(65536):
                counted.append(len(data))

        thread = threading.Thread(target=drain)
        thread.start()
        result, prompt, _ = interrupted(quiet, client.sendall, bytes(size))
        client.shutdown(socket.SHUT_WR)
        thread.join()
        return result, prompt, sum(counted) == size


def storm():
    """Keeps one deadline over many signals."""
    signal.signal(signal.SIGALRM, quiet)
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
    found = []
    for name, function, wanted in (
            ('recv', lambda: with_pair(0.3, lambda sock: sock.recv(1)), TimeoutError),
            ('select', lambda: select_(0.3), None),
            ('poll', lambda: poll(0.3), None),
            ('epoll', lambda: epoll(0.3), None)):
        began = time.monotonic()
        attempt(function)
        elapsed = time.monotonic() - began
        found.append((name, 0.3 <= elapsed < 0.6))
    signal.setitimer(signal.ITIMER_REAL, 0)
    return found


def keyboard():
    """Ends a wait as Ctrl-C does."""
    def kill():
        time.sleep(SOON)
        os.kill(os.getpid(), signal.SIGINT)

    signal.signal(signal.SIGINT, signal.default_int_handler)
    thread = threading.Thread(target=kill)
    thread.start()
    began = time.monotonic()
    try:
        with_pair(None, lambda sock: sock.recv(1))
    except KeyboardInterrupt:
        result = 'KeyboardInterrupt'
    thread.join()
    return result, time.monotonic() - began < 2


def wakeup():
    """Learns of signals through a descriptor."""
    with unix_pair() as (one, other):
        one.setblocking(False)
        other.setblocking(False)
        signal.signal(signal.SIGALRM, quiet)
        old = signal.set_wakeup_fd(other.fileno())
        signal.setitimer(signal.ITIMER_REAL, SOON)
        try:
            ready = select.select([one], [], [], 5)
            return len(ready[0]), one.recv(9) == bytes([signal.SIGALRM])
        finally:
            signal.set_wakeup_fd(old)


def other_thread():
    """Waits in a thread, while the main thread gets the signal."""
    with unix_pair() as (one, other):
        found = []
        thread = threading.Thread(target=lambda: found.append(one.recv(9)))
        thread.start()
        handled.clear()
        signal.signal(signal.SIGALRM, quiet)
        signal.setitimer(signal.ITIMER_REAL, SOON)
        time.sleep(0.3)
        other.send(b'x')
        thread.join()
        return found, len(handled)


def dispositions():
    """Shows what the process does on signals."""
    for number in (signal.SIGPIPE, signal.SIGINT, signal.SIGTERM, signal.SIGHUP,
                   signal.SIGCHLD, signal.SIGUSR1):
        say(signal.Signals(number).name, str(signal.getsignal(number)).split(' at ')[0])
    with open('/proc/self/status') as file:
        ignored = next(line for line in file if line.startswith('SigIgn'))
    mask = int(ignored.split()[1], 16)
    say('SIGPIPE is ignored', str(bool(mask >> signal.SIGPIPE - 1 & 1)))
    with open('/proc/self/status') as file:
        blocked = next(line for line in file if line.startswith('SigBlk'))
    say('blocked', blocked.split()[1])
    child = subprocess.run([sys.executable, '-c', CHILD], capture_output=True,
                           text=True, check=False)
    say('in a child', child.stdout.strip())


CHILD = """
with open('/proc/self/status') as file:
    print([line.split()[1] for line in file if line[:6] in ('SigBlk', 'SigIgn')])
"""

section('interrupted')
all_calls()
observe('recv goes on', goes_on)
observe('sendall goes on', all_sent)
observe('a storm of signals', storm)
observe('Ctrl-C', keyboard)
observe('wakeup fd', wakeup)
observe('another thread waits', other_thread)
section('dispositions')
dispositions()
