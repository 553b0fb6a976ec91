"""What the probes share: saying what they see, the same on every run."""

import contextlib
import re
import socket
import ssl

EPHEMERAL = 32768  # ports from here on differ between runs

_ADDRESS = re.compile('0x[0-9a-f]{9,}')
_section = ''


def section(name: str) -> None:
    """Begins a section; its name comes before every label."""
    global _section
    _section = name


def observe(label: str, function, *args, **kwargs) -> None:
    """Prints what a call returns or raises."""
    try:
        text = repr(function(*args, **kwargs))
    except (Exception, KeyboardInterrupt) as error:
        text = describe(error)
    say(label, text)


def say(label: str, text: str) -> None:
    """Prints an observation."""
    place = _ADDRESS.sub('0x...', f'{_section} / {label}')
    print(f'{place} = {masked(text)}', flush=True)


def observe_all(label: str, function, values) -> None:
    """Prints what a function does with each of the values."""
    for value in values:
        observe(f'{label}({short(value)})', function, value)


def short(value) -> str:
    """Writes a value for a label."""
    text = repr(value)
    return text if len(text) <= 60 else f'{text[:40]}... {len(text)} long'


def describe(error: BaseException) -> str:
    """Writes an exception with its class, number and text.

    The numbers of those of ssl are OpenSSL's own, and so is what follows its
    "PEM lib"; how they are written is ssl's.
    """
    if isinstance(error, ssl.SSLError):
        text = str(error.args[-1]).partition(' (_ssl.c:')[0]
        text = text.partition('PEM lib:')[0] + 'PEM lib' * ('PEM lib:' in text)
        origin = [getattr(error, name, None) for name in ('library', 'reason')]
        return f'{type(error).__name__}({text!r}, {origin})'
    args = re.sub(r'_ssl\.c:\d+: ', '', repr(error.args))
    return f'{type(error).__name__}{args}'


def masked(text: str) -> str:
    """Hides what differs between runs: ports, descriptors, addresses."""
    text = re.sub(r'\b(fd|fileno|name)=\d+', r'\1=N', text)
    text = _ADDRESS.sub('0x...', text)
    return re.sub(r"(?<=', )\d{5}(?=[,)])", _port, text)


def _port(match: re.Match) -> str:
    return 'port' if int(match[0]) >= EPHEMERAL else match[0]


def attempt(function, *args):
    """Gives what a call returns, or the description of what it raises."""
    try:
        return function(*args)
    except Exception as error:
        return describe(error)


def named(pairs, names: dict) -> list:
    """Puts names in the place of descriptors: pairs from poll or epoll."""
    return [(names.get(fd, 'another'), hex(events)) for fd, events in pairs]


@contextlib.contextmanager
def tcp_pair(family=socket.AF_INET, host='127.0.0.1'):
    """Gives two connected TCP sockets."""
    with socket.create_server((host, 0), family=family) as listener:
        client = socket.create_connection(listener.getsockname()[:2])
        server, _ = listener.accept()
    with client, server:
        yield client, server


@contextlib.contextmanager
def unix_pair(kind=socket.SOCK_STREAM):
    """Gives two connected Unix sockets."""
    one, other = socket.socketpair(socket.AF_UNIX, kind)
    with one, other:
        yield one, other
