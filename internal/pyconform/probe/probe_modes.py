"""Timeouts and blocking: the values, and who inherits what."""

import decimal
import fcntl
import fractions
import os
import socket

from observing import observe, observe_all, section

TIMEOUTS = [
    None, 0, 0.0, -0.0, 1, 2.5, True, False, 1e-10, 1e-9, 1.5e-9, 1e-300,
    0.1, 1 / 3, 1e9, 2147483, 2147484, 9223372036, 9223372037, 1e10, 1e18,
    2**63, 2**70, -1, -1e-10, -2**70, float('nan'), float('inf'),
    float('-inf'), 'x', b'', [], 1j, decimal.Decimal(1),
    fractions.Fraction(1, 2),
]
FLAGS = [True, False, 0, 1, 2, -1, '', 'x', None, 1.5, 2**63, 2**100, []]


def nonblocking(sock) -> bool:
    """Tells whether the kernel's flag is set."""
    return bool(fcntl.fcntl(sock.fileno(), fcntl.F_GETFL) & os.O_NONBLOCK)


def state(sock):
    """Gives all that there is to see of a mode."""
    return (sock.gettimeout(), sock.timeout, sock.getblocking(),
            nonblocking(sock))


def after_timeout(value):
    """Sets a timeout on a new socket."""
    with socket.socket() as sock:
        sock.settimeout(value)
        return state(sock)


def after_blocking(value):
    """Sets a mode on a new socket."""
    with socket.socket() as sock:
        sock.setblocking(value)
        return state(sock)


def after_default(value):
    """Makes sockets under a default timeout."""
    socket.setdefaulttimeout(value)
    try:
        one, other = socket.socketpair()
        with socket.socket() as sock, one, other:
            return socket.getdefaulttimeout(), state(sock), state(other)
    finally:
        socket.setdefaulttimeout(None)


def failed_setting():
    """Sets what is wrong after what is right."""
    with socket.socket() as sock:
        sock.settimeout(5)
        try:
            sock.settimeout(-1)
        except ValueError:
            return state(sock)


def sequence(*steps):
    """Sets several timeouts in turn."""
    with socket.socket() as sock:
        return [(sock.settimeout(step), state(sock))[1] for step in steps]


def accepted(listener_timeout, default):
    """Shows what an accepted socket inherits."""
    with socket.create_server(('127.0.0.1', 0)) as listener:
        listener.settimeout(listener_timeout)
        client = socket.create_connection(listener.getsockname())
        socket.setdefaulttimeout(default)
        try:
            server, _ = listener.accept()
        finally:
            socket.setdefaulttimeout(None)
        with client, server:
            return state(server)


def with_flags(flags):
    """Makes a socket with flags in its type."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM | flags) as sock:
        return int(sock.type), state(sock), sock.get_inheritable()


def adopted(default, nonblock):
    """Makes a socket object of a descriptor."""
    with socket.socket() as first:
        first.setblocking(not nonblock)
        socket.setdefaulttimeout(default)
        try:
            second = socket.socket(fileno=os.dup(first.fileno()))
        finally:
            socket.setdefaulttimeout(None)
        with second:
            return state(second)


def duplicated():
    """Duplicates a socket that has a timeout."""
    with socket.socket() as first:
        first.settimeout(7)
        with first.dup() as second:
            return state(second)


def from_fd():
    """Duplicates by descriptor."""
    with socket.socket() as first:
        first.settimeout(7)
        with socket.fromfd(first.fileno(), 2, 1) as second:
            return state(second)


def closed_state():
    """Shows the mode of a closed socket."""
    sock = socket.socket()
    sock.settimeout(4)
    sock.close()
    return sock.gettimeout(), sock.timeout, sock.getblocking()


section('modes')
observe_all('settimeout', after_timeout, TIMEOUTS)
observe_all('setblocking', after_blocking, FLAGS)
observe_all('setdefaulttimeout', after_default, TIMEOUTS)
observe('an error changes nothing', failed_setting)
observe('in turn', sequence, 5, 0, None, 0, 3, None)
observe('closed', closed_state)
for listener in (None, 5):
    for default in (None, 0, 3):
        observe(f'accepted: listener {listener}, default {default}',
                accepted, listener, default)
observe('SOCK_NONBLOCK', with_flags, socket.SOCK_NONBLOCK)
observe('SOCK_CLOEXEC', with_flags, socket.SOCK_CLOEXEC)
observe('no flags', with_flags, 0)
for default in (None, 0, 3):
    for nonblock in (False, True):
        observe(f'adopted: default {default}, nonblocking {nonblock}',
                adopted, default, nonblock)
observe('dup', duplicated)
observe('fromfd', from_fd)
